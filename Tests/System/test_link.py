"""What the link does to the data: outages, dead receivers, brokers that refuse. Nothing is lost, nobody waits."""

import re
import time

import pytest

from lab import free_port, json_lines, wait_for


def fast(document):
    document["store"] = {"seal": "1s"}
    for device in document["devices"]:
        device["period"] = "1s"
        for point in device.get("points", []):
            if isinstance(point, dict):
                point.pop("period", None)


def batches(lab, ledger=None):
    """(sequence, lane, received_ms) of each batch, once, in the order of arrival."""
    seen, order = set(), []
    for row in json_lines(ledger or lab.ledger):
        if "sequence" in row and (row["epoch"], row["sequence"]) not in seen:
            seen.add((row["epoch"], row["sequence"]))
            order.append((row["sequence"], row["lane"], row["received_ms"]))
    return order


def unacknowledged(lab, receiver=0):
    return lab.status()["uplinks"][receiver]["unacknowledged"]


@pytest.mark.parametrize("seconds", [45, pytest.param(180, marks=pytest.mark.long)])
def test_after_an_outage_the_newest_comes_within_5_s_and_the_backlog_oldest_first(heat_station, seconds):
    lab = heat_station
    lab.start_broker()
    lab.start_simulator()
    lab.write_config(fast)
    lab.start_receiver()
    lab.start_gateway()
    wait_for(lambda: len(batches(lab)) >= 3, 30, "first batches")
    lab.end("mosquitto")
    before = max(sequence for sequence, _, _ in batches(lab))
    time.sleep(seconds)
    waiting = unacknowledged(lab)
    assert waiting > 30, "batches pile up in the store while the broker is away"
    backlog = lab.status()["uplinks"][0]["backlog"]
    assert backlog["left"] >= waiting and backlog["done_percent"] == 0 and backlog["share_percent"] == 50
    assert re.search(r"backlog of \d+ batches, waits for the connection", lab.status_text())
    lab.start_broker()
    listening = time.time() * 1000
    wait_for(lambda: lab.status()["uplinks"][0]["connected"], 30, "the receiver connects again")
    back = time.time() * 1000
    wait_for(lambda: unacknowledged(lab) <= 2, 60 + seconds, "the backlog drains")
    time.sleep(1)
    backlog = lab.status()["uplinks"][0]["backlog"]
    assert backlog["left"] <= 2 and backlog["starts_in_s"] is None

    after = [row for row in batches(lab) if row[2] >= listening]
    newest = next(row for row in after if row[0] >= before + waiting - 1)
    assert newest[2] - back < 5_000, "newest within 5 s of reconnecting"
    backlog = [sequence for sequence, lane, _ in after if lane == "backlog"]
    assert len(backlog) > 20
    assert backlog == sorted(backlog), f"the backlog goes oldest first: {after}"
    sequences = sorted(sequence for sequence, _, _ in batches(lab))
    assert sequences == list(range(sequences[0], sequences[-1] + 1)), "no batch is missing"


def test_a_dead_receiver_delays_no_other(heat_station):
    lab = heat_station
    lab.start_broker()
    lab.start_simulator()

    def two(document):
        fast(document)
        alive = document["uplinks"][0]
        document["uplinks"] = [
            {"id": "dead", "profile": "batch", "mqtt": {"host": "127.0.0.1", "port": free_port()}},
            {**alive, "id": "alive", "profile": "json"},
        ]

    lab.write_config(two)
    lab.start_receiver()
    lab.start_gateway()
    wait_for(lambda: len(batches(lab)) >= 10, 30, "the living receiver gets batches")
    uplinks = {uplink["id"]: uplink for uplink in lab.status()["uplinks"]}
    assert uplinks["alive"]["unacknowledged"] <= 2
    assert uplinks["dead"]["unacknowledged"] >= 10, "kept for the dead one"
    assert not uplinks["dead"]["connected"] and uplinks["dead"]["error"]
    lags = [row["received_ms"] - row["time"] for row in lab.readings()]
    assert max(lags) < 4_000, "seal 1 s, and no wait for the other"


def test_nothing_counts_as_delivered_while_nobody_subscribes(heat_station):
    lab = heat_station
    lab.start_broker()
    lab.start_simulator()
    lab.write_config(fast)
    lab.start_gateway()
    wait_for(lambda: "nobody listens" in (lab.status()["uplinks"][0]["error"] or ""), 30, "status says so")
    kept = unacknowledged(lab)
    assert kept >= 1
    lab.start_receiver()
    wait_for(lambda: len(batches(lab)) >= kept + 5 and unacknowledged(lab) <= 2, 60, "all comes once someone listens")
    assert min(sequence for sequence, _, _ in batches(lab)) == 1


def test_a_broker_that_refuses_by_acl_loses_nothing_and_is_named(heat_station):
    lab = heat_station
    acl = lab.directory / "acl"
    acl.write_text("topic read #\ntopic write dg/1/+/meta/#\ntopic write dg/1/+/status\n")
    acl.chmod(0o644)
    lab.directory.chmod(0o755)
    lab.broker_extra = f"acl_file {acl}\n"
    lab.start_broker()
    lab.start_simulator()
    lab.write_config(fast)
    lab.start_receiver()
    lab.start_gateway()
    wait_for(lambda: "not authorised" in (lab.status()["uplinks"][0]["error"] or ""), 30, "status names the refusal")
    assert unacknowledged(lab) >= 1
    assert batches(lab) == []
    lab.end("mosquitto")
    lab.broker_extra = ""
    lab.start_broker()
    wait_for(lambda: len(batches(lab)) >= 5 and unacknowledged(lab) <= 2, 90, "all comes once it is allowed")
    assert min(sequence for sequence, _, _ in batches(lab)) == 1
