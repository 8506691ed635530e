"""What `gatewayctl plan` promises beside what the running station then does."""

import json
import os
import subprocess
import time

import pytest

from lab import ROOT, wait_for

# Two batches.
SECONDS = 21


def plan(lab, *arguments) -> dict:
    answer = subprocess.run(
        [lab.bin / "gatewayctl", "plan", lab.directory / "station.yaml", "--json", *arguments],
        capture_output=True, text=True, env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def near(planned: float, measured: float, what: str, percent: float = 10):
    assert abs(planned - measured) <= percent / 100 * measured, f"{what}: planned {planned}, measured {measured}"


def load(was: dict, before: float, now: dict, after: float) -> float:
    """Of the time between two looks at a bus, percent; at the start all is due at once, which is not counted."""
    busy = [sum(bus["line_percent"].values()) * uptime for bus, uptime in ((was, before), (now, after))]
    return (busy[1] - busy[0]) / (after - before)


@pytest.mark.parametrize("station", ["heat_station", pytest.param("pump_station", marks=pytest.mark.long)])
def test_the_plan_is_within_ten_percent_of_the_running_station(station, request):
    lab = request.getfixturevalue(station)
    lab.profile = "batch"
    lab.start_broker()
    lab.start_receiver()
    lab.start_simulator()
    start = time.monotonic()
    lab.start_gateway()
    wait_for(lambda: lab.status()["uplinks"][0]["acknowledged"] >= 2, 60, "the first batches are acknowledged")
    before, begin = lab.status(), time.monotonic()
    wait_for(lambda: time.monotonic() - begin >= SECONDS, SECONDS + 10, "a stretch of polling", poll=0.5)
    after, end = lab.status(), time.monotonic()
    measured = lab.directory / "box.json"
    measured.write_text(json.dumps(after))
    planned = plan(lab, "--measured", measured)

    for promised, was, now in zip(planned["buses"], before["buses"], after["buses"]):
        near(promised["load_percent"], load(was, begin - start, now, end - start), f"load of {promised['id']}", 10)
        near(promised["cycle_ms"], now["cycle_ms"], f"one pass of {promised['id']}", 10)
    sent = [after["uplinks"][0][key] - before["uplinks"][0][key] for key in ("payload_bytes", "acknowledged")]
    receiver = planned["uplinks"][0]
    promised = receiver["payload_bytes_per_reading"] * receiver["readings_per_day"] / receiver["messages_per_day"]
    near(promised, sent[0] / sent[1], "payload of a batch", 10)


def test_without_measured_figures_the_templates_stand_in(heat_station):
    lab = heat_station
    lab.write_config()
    planned = plan(lab)
    assert [bus["id"] for bus in planned["buses"]] == ["meters", "drives"]
    assert planned["loss_bound_s"] == 11
    assert all(device["turnaround_ms"] > 0 for bus in planned["buses"] for device in bus["devices"])


def test_what_is_no_status_is_refused(heat_station):
    lab = heat_station
    lab.write_config()
    wrong = lab.directory / "wrong.json"
    wrong.write_text('{"devices": 3}')
    answer = subprocess.run(
        [lab.bin / "gatewayctl", "plan", lab.directory / "station.yaml", "--measured", wrong],
        capture_output=True, text=True, env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
    assert answer.returncode == 65
    assert "expected what `gatewayctl status --json` prints" in answer.stderr
