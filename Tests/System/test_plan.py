"""What `gatewayctl plan` promises beside what the running station then does."""

import json
import os
import subprocess
import time

import pytest

from lab import ROOT, wait_for

def plan(lab, *arguments) -> dict:
    answer = subprocess.run(
        [lab.bin / "gatewayctl", "plan", lab.directory / "station.yaml", "--json", *arguments],
        capture_output=True, text=True, env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize("station", ["heat_station", pytest.param("pump_station", marks=pytest.mark.long)])
def test_the_plan_has_the_requests_and_the_payload_of_the_running_station(station, request):
    """Times are for `Scripts/bench plan`: on a busy machine every answer of the simulated lines comes late."""
    lab = request.getfixturevalue(station)
    lab.profile = "batch"
    lab.start_broker()
    lab.start_receiver()
    lab.start_simulator()
    lab.start_gateway()
    before, after, span = between_batches(lab, batches=2)
    measured = lab.directory / "box.json"
    measured.write_text(json.dumps(after))
    planned = plan(lab, "--measured", measured)

    for promised, was, now in zip(planned["buses"], before["buses"], after["buses"]):
        asked = now["requests"] - was["requests"]
        # At either end of the time between the looks a pass may just have been made, or not yet.
        assert abs(promised["requests_per_s"] * span - asked) <= promised["requests"], promised["id"]
    sent = [after["uplinks"][0][key] - before["uplinks"][0][key] for key in ("payload_bytes", "acknowledged")]
    receiver = planned["uplinks"][0]
    promised = receiver["payload_bytes_per_reading"] * receiver["readings_per_day"] / receiver["messages_per_day"]
    assert abs(promised - sent[0] / sent[1]) <= 0.1 * sent[0] / sent[1], f"payload of a batch: {promised}, {sent}"


def between_batches(lab, batches: int) -> tuple[dict, dict, float]:
    """What the gateway says after its second batch and `batches` later, and the seconds between; at the start all is
    due at once, which would not be the plan's."""
    looks = []
    for count in (2, 2 + batches):
        wait_for(lambda: lab.status()["uplinks"][0]["acknowledged"] >= count, 90, f"{count} acknowledged batches")
        looks.append((lab.status(), time.monotonic()))
    return looks[0][0], looks[1][0], looks[1][1] - looks[0][1]


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
