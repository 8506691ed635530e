"""Invariants 2 and 3: SIGKILL at random moments while the simulator serves, restart on the same store."""

import random
import signal
import time

import ledger
from lab import every_second, json_lines, seed_from_environment, wait_for

KILLS = 50
SEAL = 1.0


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
        sent = now()
        lab.end("gatewayd", signal.SIGKILL)
        kills.append((sent, now()))
    lab.start_gateway()
    time.sleep(3)
    wait_for(lambda: drained(lab), 30, "the last life sends what it stored")
    sent = now()
    assert lab.end("gatewayd") == 0
    stop = (sent, now())
    lab.settle()
    lab.end("stationsim")

    arrived = ledger.collect(ledger.good_readings(lab.ledger))
    rows = list(ledger.truth_rows([lab.truth]))
    truth = ledger.collect(rows)
    failures = failed_readings(lab)
    requests = {}
    for row in rows:
        requests.setdefault(f"{row['device']}.{row['point']}", []).append(float(row["asked"]))
    lost, served = [], 0
    for row in rows:
        point, when, asked = f"{row['device']}.{row['point']}", float(row["time"]), float(row["asked"])
        if point not in arrived or was_unheard(asked, when, [*kills, stop]):
            continue
        if any(0 <= sent - when < (SEAL + 1) * 1000 for sent, _ in kills):
            continue
        served += 1
        if arrived[point].has(when, ledger.number(row["value"])) or was_asked_again(requests[point], asked):
            continue
        if not was_reported(failures.get(point, []), arrived[point].times, when):
            lost.append(f"{point} {row['value']} served at {when} ({ends_near(when, [*kills, stop])})")
    assert len(arrived) > 30 and served > 2_000, "too little was served for the test to mean anything"
    assert not lost, f"{len(lost)} of {served} lost, first: {lost[:3]}"
    wrong = ledger.wrong_readings(arrived, truth)
    assert not wrong, f"{len(wrong)} wrong, first: {wrong[:3]}"
    assert not [row for row in json_lines(lab.ledger) if row.get("event") == "differs"], "a duplicate differs"


def now():
    return time.time() * 1000


def was_unheard(asked, answered, ends):
    """The daemon that asked was gone, or stopping, when the answer came."""
    return any(asked <= gone and answered >= sent for sent, gone in ends)


def was_asked_again(requests, asked):
    """Within the period: the daemon heard the answer too late to take it. What it asked for then has to arrive."""
    return any(asked < other < asked + 800 for other in requests)


def ends_near(when, ends):
    """For the message: how long before the next end of the daemon and after the last one."""
    before = max((gone for _, gone in ends if gone <= when), default=None)
    after = min((sent for sent, _ in ends if sent > when), default=None)
    return ", ".join(
        f"{abs(when - end):.0f} ms {word} an end"
        for end, word in ((before, "after"), (after, "before")) if end is not None)


def failed_readings(lab):
    """Times of readings without a value, by point."""
    table = {}
    for row in lab.readings():
        if row["quality"] != "good":
            table.setdefault(f"{row['device']}.{row['point']}", []).append(row["time"])
    return table


def was_reported(failures, good, when):
    """On a machine without time to spare an answer can come after its timeout, and the daemon says that it has none:
    once at the change, then not again until a good reading ends the span."""
    last = max((time for time in failures if time <= when + 1_500), default=None)
    if last is None:
        return False
    return last >= when - ledger.SLACK_MS or not any(last < time < when - ledger.SLACK_MS for time in good)


def drained(lab):
    status = lab.status()
    return all(uplink["unacknowledged"] == 0 for uplink in status["uplinks"])
