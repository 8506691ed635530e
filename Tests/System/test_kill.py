"""Invariants 2 and 3: SIGKILL at random moments while the simulator serves, restart on the same store."""

import random
import signal
import time
from decimal import Decimal

from lab import json_lines, seed_from_environment, wait_for

KILLS = 50
SEAL = 1.0
# Reading time and truth time are taken by two processes.
SLACK_MS = 400


def every_second(document):
    """Every served value is a due one, so each must arrive."""
    document["store"] = {"seal": "1s"}
    for device in document["devices"]:
        device["period"] = "1s"
        for index, point in enumerate(device.get("points", [])):
            if isinstance(point, dict):
                point.pop("period", None)


def test_what_was_read_more_than_seal_and_a_second_before_a_kill_always_arrives(heat_station):
    lab = heat_station
    rng = random.Random(seed_from_environment())
    lab.start_broker()
    lab.start_simulator()
    lab.write_config(every_second)
    lab.start_receiver()
    lifetimes = []
    for _ in range(KILLS):
        lab.start_gateway()
        time.sleep(rng.uniform(0.2, 6.0))
        lab.end("gatewayd", signal.SIGKILL)
        lifetimes.append(time.time() * 1000)
    lab.start_gateway()
    time.sleep(3)
    wait_for(lambda: drained(lab), 30, "the last life sends what it stored")
    assert lab.end("gatewayd") == 0
    last_clean_stop = time.time() * 1000
    wait_for(lambda: settled(lab), 10, "the receiver has written what it got")
    lab.end("stationsim")

    readings = lab.readings()
    arrived = by_point(readings)
    points = set(arrived)
    lost, served = [], 0
    for entry in json_lines(lab.truth):
        if "point" not in entry or f"{entry['device']}.{entry['point']}" not in points:
            continue
        kill = next((k for k in lifetimes if k >= entry["time"]), last_clean_stop)
        if entry["time"] > kill - (SEAL + 1) * 1000 and kill != last_clean_stop:
            continue
        served += 1
        if not matches(arrived[f"{entry['device']}.{entry['point']}"], entry):
            lost.append(entry)
    assert served > 5_000, "too little was served for the test to mean anything"
    assert not lost, f"{len(lost)} of {served} lost, first: {lost[:3]}"

    wrong = wrong_readings(lab, readings)
    assert not wrong, f"{len(wrong)} wrong, first: {wrong[:3]}"
    assert not [row for row in json_lines(lab.ledger) if row.get("event") == "differs"], "a duplicate differs"


def by_point(readings):
    table = {}
    for row in readings:
        if row["quality"] == "good":
            table.setdefault(f"{row['device']}.{row['point']}", []).append((row["time"], Decimal(str(row["value"]))))
    for rows in table.values():
        rows.sort()
    return table


def matches(rows, entry):
    from bisect import bisect_left

    at = bisect_left(rows, (entry["time"] - SLACK_MS,))
    value = Decimal(str(entry["value"]))
    while at < len(rows) and rows[at][0] <= entry["time"] + SLACK_MS:
        if rows[at][1] == value:
            return True
        at += 1
    return False


def wrong_readings(lab, readings):
    truth = {}
    for entry in json_lines(lab.truth):
        if "point" in entry:
            truth.setdefault(f"{entry['device']}.{entry['point']}", []).append(
                (entry["time"], Decimal(str(entry["value"]))))
    for rows in truth.values():
        rows.sort()
    return [
        row for row in readings
        if row["quality"] == "good" and not matches(truth.get(f"{row['device']}.{row['point']}", []), row)
    ]


def drained(lab):
    status = lab.status()
    return all(uplink["unacknowledged"] == 0 for uplink in status["uplinks"])


def settled(lab):
    size = lab.ledger.stat().st_size
    time.sleep(0.5)
    return lab.ledger.stat().st_size == size
