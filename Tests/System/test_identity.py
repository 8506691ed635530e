"""A meter is changed: its template names the register of the serial number, so the gateway knows, over its restarts too."""

import subprocess

import pytest

from lab import Lab, wait_for

SCENARIO = """{
  name: "changed-meter", seed: 1,
  buses: [{id: "line", serial: "19200 8E1"}],
  devices: [{id: "electricity", bus: "line", unit: 1, turnaround: "8ms", readable: {holding: [[0x0BB7, 0x0BF4]]},
    points: [{point: "active_power_total", address: 0x0BF3, encode: "f32", signal: %(power)d},
             {point: "serial_number", address: 0x81, encode: "u32", signal: %(serial)d, hidden: true}]}],
}"""
CONFIG = """
schema: 1
gateway: {id: changed-meter}
buses: [{id: line, port: line, baud: 19200, format: 8E1, response_timeout: 300ms}]
devices:
  - {id: electricity, bus: line, address: 1, template: schneider-iem3000, period: 1s, points: [active_power_total]}
uplinks: [{id: city, profile: json, mqtt: {host: 127.0.0.1, port: 1}}]
"""


class Changed(Lab):
    def meter(self, serial, power):
        """Puts this meter on the line, in place of the one that is there."""
        self.end("stationsim")
        self.scenario.write_text(SCENARIO % {"serial": serial, "power": power})
        self.start_simulator()

    def device(self):
        return self.status()["devices"][0]

    def verdicts(self):
        return [v["kind"] for v in self.status()["buses"][0]["verdicts"]]

    def values(self):
        return [row["value"] for row in self.readings() if row["quality"] == "good"]

    def learnt(self, *arguments):
        return subprocess.run([self.bin / "gatewayctl", "learnt", "--state-dir", self.state, *arguments],
                              capture_output=True, text=True)


@pytest.fixture
def lab(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    with Changed(config, tmp_path / "scenario.json5") as lab:
        lab.start_broker()
        lab.start_receiver()
        lab.meter(serial=4711, power=10)
        lab.write_config(lambda station: station.update(store={"seal": "1s"}))
        lab.start_gateway()
        wait_for(lambda: lab.values(), 20, "the first value")
        yield lab


def test_another_meter_at_an_old_address_is_a_verdict_and_no_wrong_value(lab):
    wait_for(lambda: lab.device()["identity"] == "4711", 30, "its serial number", poll=0.2)
    assert lab.verdicts() == []
    assert lab.learnt("--accept", "electricity").returncode == 65, "nothing to accept"

    lab.meter(serial=4712, power=20)
    wait_for(lambda: lab.verdicts() == ["another-device"], 90, "the verdict", poll=0.2)
    assert (lab.device()["identity"], lab.device()["identity_expected"]) == ("4712", "4711")
    wait_for(lambda: any(row["quality"] == "wrong-answer" for row in lab.readings()), 30, "its points say why")

    # The state is written once in 30 s, and at a clean stop.
    wait_for(lambda: b"4711" in b"".join(p.read_bytes() for p in lab.state.glob("*state*")), 40, "kept", poll=0.5)
    lab.end("gatewayd")
    lab.start_gateway()
    wait_for(lambda: lab.verdicts() == ["another-device"], 60, "the same after a restart", poll=0.2)
    assert set(lab.values()) == {10}, "not one value of the other meter"

    accepted = lab.learnt("--accept", "electricity")
    assert accepted.stdout == "electricity: 4712 in place of 4711\n", accepted.stderr
    wait_for(lambda: 20 in lab.values(), 60, "its values, now that it is the right one")
    wait_for(lambda: lab.verdicts() == [], 30, "no verdict any more", poll=0.2)
    assert "4712" in lab.learnt().stdout
