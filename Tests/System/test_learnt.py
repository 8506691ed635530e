"""What a gateway learns of a device goes into its template as it is printed: the next gateway asks right from the start."""

import subprocess

import pytest
import yaml

from lab import Lab, wait_for

# Registers 2 to 4 exist and mean nothing, 5 is refused, 6 to 9 exist.
SCENARIO = """{
  name: "odd", seed: 1, buses: [{id: "line", serial: "19200 8N1"}],
  devices: [{id: "odd", bus: "line", unit: 7, turnaround: "20ms", readable: {holding: [[0, 4], [6, 11]]}, points: [
    {point: "a", address: 0, signal: 11}, {point: "b", address: 1, signal: 12}, {point: "c", address: 10, signal: 13}]}],
}"""
TEMPLATE = """name: Odd meter
vendor: none
protocol: modbus-rtu
verification: bench
source: [Tests/System/test_learnt.py]
serial: {baud: 19200, format: 8N1, address: 7}
points:
  - {id: a, table: holding, address: 0, type: uint16, default: true}
  - {id: b, table: holding, address: 1, type: uint16, default: true}
  - {id: c, table: holding, address: 10, type: uint16, default: true}
"""
CONFIG = """
schema: 1
gateway: {id: odd-1}
buses: [{id: line, port: line, baud: 19200, format: 8N1, response_timeout: 300ms}]
devices: [{id: odd, bus: line, address: 7, template: odd, period: 500ms}]
uplinks: [{id: city, profile: json, mqtt: {host: 127.0.0.1, port: 1}}]
"""


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "scenario.json5").write_text(SCENARIO)
    with Lab(tmp_path / "config.yaml", tmp_path / "scenario.json5") as lab:
        templates = lab.directory / "BoardConfigs" / "devices"
        templates.mkdir(parents=True)
        lab.template = templates / "odd.yaml"
        lab.template.write_text(TEMPLATE)
        lab.start_simulator()
        yield lab


def counters(lab):
    return lab.status()["devices"][0]


def test_a_refused_gap_is_learnt_printed_and_taken_from_the_template_by_the_next_gateway(lab):
    lab.start_gateway()
    learnt = [lab.bin / "gatewayctl", "learnt", "--template", "--state-dir", lab.state]

    def lines():
        text = subprocess.run(learnt, capture_output=True, text=True).stdout
        return text if "refused" in text and "turnaround" in text else None

    text = wait_for(lines, 30, "the gap is learnt", poll=0.3)
    gap = yaml.safe_load(text)["limits"]["refused"]
    assert gap == ["holding:2-9"], text
    assert counters(lab)["exceptions"], "it was refused to learn it"

    lab.end("gatewayd")
    lab.template.write_text(TEMPLATE + text)
    checked = subprocess.run(
        [lab.bin / "gatewayctl", "check", lab.directory / "station.yaml"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # Another box, which has learnt nothing.
    lab.state = lab.directory / "other"
    lab.start_gateway()
    wait_for(lambda: counters(lab)["replies"] >= 8, 20, "answers", poll=0.2)
    assert not counters(lab)["exceptions"], "never asked across the gap"
