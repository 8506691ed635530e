"""A station planned with the turnarounds that it has measured, beside what its lines and its receiver then see."""

import json
import os
import subprocess
import time

import lab


def measure(report, build, seconds):
    station = lab.Lab(
        lab.ROOT / "BoardConfigs/stations/heat-substation.yaml", lab.ROOT / "BoardConfigs/scenarios/heat-substation.json5")
    station.bin = build
    station.profile = "batch"
    try:
        station.start_broker()
        station.start_receiver()
        station.start_simulator()
        begin = time.monotonic()
        station.start_gateway()
        lab.wait_for(lambda: station.status()["uplinks"][0]["acknowledged"] >= 2, 60, "the first batches are acknowledged")
        before, was_at = station.status(), time.monotonic() - begin
        time.sleep(seconds)
        after, now_at = station.status(), time.monotonic() - begin
        planned = plan(station, after)
    finally:
        station.close()
    for bus, was, now in zip(planned["buses"], before["buses"], after["buses"]):
        measured = (taken(now, now_at) - taken(was, was_at)) / (now_at - was_at)
        compare(report, f"load of {bus['id']}, %", bus["load_percent"], measured)
    sent = [after["uplinks"][0][key] - before["uplinks"][0][key] for key in ("payload_bytes", "acknowledged")]
    receiver = planned["uplinks"][0]
    payload = receiver["payload_bytes_per_reading"] * receiver["readings_per_day"] / receiver["messages_per_day"]
    compare(report, "payload of a batch, B", payload, sent[0] / sent[1])


def plan(station, status):
    measured = station.directory / "box.json"
    measured.write_text(json.dumps(status))
    answer = subprocess.run(
        [station.bin / "gatewayctl", "plan", station.directory / "station.yaml", "--json", "--measured", measured],
        capture_output=True, text=True, env=dict(os.environ, DG_BOARDCONFIGS=str(lab.ROOT / "BoardConfigs")), check=True)
    return json.loads(answer.stdout)


def taken(bus, uptime):
    """Percent-seconds for which a line was taken since the start."""
    return sum(bus["line_percent"].values()) * uptime


def compare(report, figure, planned, measured):
    report.tell("plan", figure + ", planned", planned)
    report.tell("plan", figure + ", measured", measured)
    report.at_most("plan", figure + ", off by %", 100 * abs(planned - measured) / measured, 10, "{:.1f}")
