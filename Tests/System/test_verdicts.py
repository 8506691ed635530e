"""Sick lines and what the gateway says of them: each scenario of BoardConfigs/scenarios/sick is a line of bits with a
simulator of its own, all on one daemon. `gatewayctl status --json` must name what is wrong, and nothing else; of the
healthy line it must say nothing all the while."""

import json
import subprocess
import time

import pytest
import yaml

from conftest import ROOT
from lab import Lab, LabError

SICK = ROOT / "BoardConfigs/scenarios/sick"

# By scenario: what must be said, of a device or of the bus (None).
EXPECTED = {
    "healthy": set(),
    "dead": {("supply", "dead-or-unpowered")},
    "wrong-address": {("supply", "wrong-address")},
    "wrong-baud": {("supply", "wrong-baud-or-parity")},
    "wrong-parity": {("supply", "wrong-baud-or-parity")},
    "wrong-line-settings": {(None, "wrong-baud-or-parity")},
    "two-on-one-address": {("water-meter", "two-devices-on-one-address"), ("boiler", "dead-or-unpowered")},
    "no-bias": {(None, "missing-bias")},
    "no-termination": {(None, "missing-termination")},
    "swapped-gateway": {(None, "a-and-b-swapped")},
    "swapped-device": {("supply", "dead-or-unpowered")},
    "pump-noise": {(None, "noise-with-signal")},
    "too-slow": {("boiler", "too-slow-for-timeout")},
    "second-master": {(None, "second-master")},
    "corrupting": {("boiler", "answers-spoilt-at-device")},
}
# 200 s of one daemon on 15 lines, and not all of them are judged surely yet: with --all only.
pytestmark = pytest.mark.long

SECONDS = 200
# Not sure yet: what else is said beside, or how long it takes, hangs on how the frames happen to collide.
UNSURE = {"too-slow", "second-master", "no-bias"}


def config_of(name):
    own = SICK / f"{name}.yaml"
    return yaml.safe_load((own if own.exists() else SICK / "line.yaml").read_text())


def station(lines):
    """One config of all lines: each a bus named like its scenario."""
    document = {"schema": 1, "gateway": {"id": "verdicts"}, "board": {"name": "simulated", "ports": {}},
                "buses": [], "devices": [],
                "uplinks": [{"id": "city", "profile": "json", "mqtt": {"host": "127.0.0.1", "port": 1}}]}
    for name in EXPECTED:
        one = config_of(name)
        bus = dict(one["buses"][0], id=name, port=str(lines / name / one["buses"][0]["id"]))
        document["buses"].append(bus)
        for device in one["devices"]:
            document["devices"].append(dict(device, id=f"{name}-{device['id']}", bus=name))
    return document


@pytest.fixture(scope="module")
def said():
    """What was said of each line: at the end, and ever of the healthy one."""
    lab = Lab(SICK / "line.yaml", None)
    with lab:
        for name in EXPECTED:
            (lab.lines / name).mkdir()
            lab.spawn(f"sim-{name}", [lab.bin / "stationsim", SICK / f"{name}.json5", "--dir", lab.lines / name])
        config = lab.directory / "verdicts.yaml"
        config.write_text(yaml.safe_dump(station(lab.lines)))
        time.sleep(2)
        lab.spawn("gatewayd", [lab.bin / "gatewayd", "--config", config, "--state-dir", lab.state])
        ever, now = set(), {}
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            time.sleep(5)
            answer = subprocess.run([lab.bin / "gatewayctl", "status", "--json", "--state-dir", lab.state],
                                    capture_output=True, text=True)
            if answer.returncode:
                continue
            for bus in json.loads(answer.stdout)["buses"]:
                prefix = bus["id"] + "-"
                now[bus["id"]] = {
                    (v["device"].removeprefix(prefix) if v["device"] else None, v["kind"]): v for v in bus["verdicts"]}
            ever |= set(now.get("healthy", {}))
            if all(set(now.get(name, {})) == EXPECTED[name] for name in EXPECTED) and \
                    time.monotonic() > deadline - SECONDS + 60:
                break
        if not now:
            raise LabError("the daemon has never answered; see " + str(lab.directory / "gatewayd.log"))
        yield now, ever


@pytest.mark.parametrize("name", EXPECTED)
def test_the_line_is_told_what_is_wrong_with_it(said, name):
    now, _ = said
    if name in UNSURE and set(now[name]) != EXPECTED[name]:
        pytest.xfail(f"said {sorted(map(str, now[name]))}")
    assert set(now[name]) == EXPECTED[name], json.dumps([v for v in now[name].values()], indent=1)
    for verdict in now[name].values():
        assert verdict["summary"] and verdict["evidence"] and verdict["advice"]


def test_nothing_was_ever_said_of_the_healthy_line(said):
    assert said[1] == set()
