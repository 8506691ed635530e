"""Modbus, DL/T 645, CJ/T 188 and M-Bus meters on one line: their values, and the flight recorder's account of them."""

import subprocess

import pytest

from conftest import ROOT
from lab import Lab, json_lines, seed_from_environment, wait_for
from ledger import SLACK_MS, number

STATION = ROOT / "BoardConfigs/stations/meter-room.yaml"
SCENARIO = ROOT / "BoardConfigs/scenarios/meter-room.json5"
# On a busy machine the daemon stamps a reading when it wakes.
LATE_MS = 3_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    # The Modbus device loses its power when the meters have been read some times.
    scenario = tmp_path_factory.mktemp("room") / "scenario.json5"
    text = SCENARIO.read_text().rstrip()
    assert text.endswith("}")
    scenario.write_text(text[:-1] + ' faults: [{device: "room", kind: "dead", from: "35s"}],\n}\n')
    with Lab(STATION, scenario) as lab:
        lab.start_broker()
        lab.start_receiver()
        lab.start_simulator("--seed", seed_from_environment() % (1 << 32))
        lab.write_config(lambda station: station.update(store={"seal": "1s"}))
        lab.start_gateway()
        wait_for(lambda: lab.status()["buses"][0]["recorder"]["faults"] > 0, 120, "the device falls silent", poll=1)
        lab.settle()
        yield lab


def frames(lab, *arguments):
    answer = subprocess.run(
        [lab.bin / "gatewayctl", "frames", "meters", "--state-dir", lab.state, *arguments], capture_output=True,
        text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_every_meter_is_read_and_no_value_is_another_than_was_served(lab):
    served = {}
    for row in json_lines(lab.truth):
        if "point" in row:
            served.setdefault((row["device"], row["point"]), []).append(row)
    good = [row for row in lab.readings() if row["quality"] == "good"]
    assert {row["device"] for row in good} == {device["id"] for device in lab.document["devices"]}
    wrong = [
        row for row in good if not any(
            -LATE_MS <= other["time"] - row["time"] <= SLACK_MS and number(other["value"]) == number(row["value"])
            for other in served.get((row["device"], row["point"]), []))]
    assert wrong == []


def test_what_each_protocol_said_is_shown_decoded(lab):
    shown = frames(lab, "--first")
    for said in [
        "unit 1 read input 1 x 2", "DL/T 645: meter 000000000161 read 0201FF00",
        "DL/T 645: meter 000000000161 answers 0201FF00 = ", "CJ/T 188: meter 00000040314132 of type 20 answers 901F = ",
        "CJ/T 188: meter 00002020120218 of type 10 answers 1F90 = ", "M-Bus: reset 17", "M-Bus: acknowledged",
        "M-Bus: 17 answers: meter 12345678 KAM, ", "room fell silent: no-reply",
    ]:
        assert said in shown, shown


def test_the_capture_is_read_by_tshark(lab):
    capture = lab.directory / "line.pcap"
    frames(lab, "--first", "--pcap", capture)
    rows = subprocess.run(
        ["/usr/bin/tshark", "-r", capture, "-T", "fields", "-E", "separator=;", "-e", "ip.src", "-e",
         "_ws.col.Protocol", "-e", "modbus.func_code"], capture_output=True, text=True, check=True).stdout.splitlines()
    asked = [row for row in rows if row.startswith("10.0.0.1")]
    assert len(rows) > 10 and asked
    assert "10.0.0.1;Modbus RTU;4" in rows
    for protocol in ["DL/T 645: meter", "CJ/T 188: meter", "M-Bus: 17 answers"]:
        assert any(f";{protocol}" in row for row in rows), rows


def test_a_fault_is_kept_until_it_is_released(lab):
    first = frames(lab, "--first")
    wait_for(lambda: frames(lab) != first, 30, "the line goes on", poll=0.5)
    assert frames(lab, "--first") == first
    frames(lab, "--release")
    gone = subprocess.run(
        [lab.bin / "gatewayctl", "frames", "meters", "--first", "--state-dir", lab.state], capture_output=True,
        text=True)
    assert gone.returncode == 65 and "no fault on meters" in gone.stderr
