"""Invariants 2 and 3: SIGKILL at random moments while the simulator serves, restart on the same store."""

import random
import signal
import time

import ledger
from lab import json_lines, seed_from_environment, wait_for

KILLS = 50
SEAL = 1.0
# So long after a kill the line may still carry the answer to a request of the daemon that is gone: nobody hears it.
ORPHAN_MS = 400


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
    kills = []
    for _ in range(KILLS):
        lab.start_gateway()
        time.sleep(rng.uniform(0.2, 6.0))
        lab.end("gatewayd", signal.SIGKILL)
        kills.append(time.time() * 1000)
    lab.start_gateway()
    time.sleep(3)
    wait_for(lambda: drained(lab), 30, "the last life sends what it stored")
    assert lab.end("gatewayd") == 0
    wait_for(lambda: settled(lab), 10, "the receiver has written what it got")
    lab.end("stationsim")

    arrived = ledger.collect(ledger.good_readings(lab.ledger))
    truth = ledger.collect(ledger.truth_rows([lab.truth]))
    failures = failed_readings(lab)
    lost, served = [], 0
    for point in arrived:
        for when, value in truth[point].rows:
            kill = next((k for k in kills if k >= when), None)
            if kill is not None and when > kill - (SEAL + 1) * 1000:
                continue
            if any(0 <= when - k <= ORPHAN_MS for k in kills):
                continue
            served += 1
            if not arrived[point].has(when, value) and not was_reported(failures.get(point, []), when):
                lost.append((point, when, value))
    assert served > 2_000, "too little was served for the test to mean anything"
    assert not lost, f"{len(lost)} of {served} lost, first: {lost[:3]}"
    wrong = ledger.wrong_readings(arrived, truth)
    assert not wrong, f"{len(wrong)} wrong, first: {wrong[:3]}"
    assert not [row for row in json_lines(lab.ledger) if row.get("event") == "differs"], "a duplicate differs"


def failed_readings(lab):
    """Times of readings without a value, by point."""
    table = {}
    for row in lab.readings():
        if row["quality"] != "good":
            table.setdefault(f"{row['device']}.{row['point']}", []).append(row["time"])
    return table


def was_reported(times, when):
    """On a machine without time to spare an answer can come after its timeout. Then the daemon says that it has none."""
    return any(-ledger.SLACK_MS <= time - when <= 1_500 for time in times)


def drained(lab):
    status = lab.status()
    return all(uplink["unacknowledged"] == 0 for uplink in status["uplinks"])


def settled(lab):
    size = lab.ledger.stat().st_size
    time.sleep(0.5)
    return lab.ledger.stat().st_size == size
