"""`gatewayctl scan` finds and names what hangs on a line: on a free port, and in the gaps of a running gateway.

The devices are simulated with encodings of their own, on lines of bits: meters that answer together spoil each other.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from conftest import ROOT
from lab import Lab, wait_for

ENCODE = {"uint16": "u16", "int16": "s16", "uint32": "u32", "int32": "s32", "float32": "f32", "uint64": "u64",
          "int64": "s64"}
# What an instrument shows, by unit.
USUAL = {"V": 229, "A": 7, "kW": 12, "W": 900, "var": 200, "VA": 1000, "kWh": 5300, "Hz": 49.9, "C": 54, "%": 41,
         "bar": 4, "m3/h": 12, "m3": 812, "h": 733, "kvarh": 90, "kvar": 3, "kVA": 12}
METERS = {
    "dlt645:000000000161": "dlt645-2007-meter", "cjt188:32:00000040314132": "cjt188-heat-meter",
    "cjt188:16:00002020120218": "cjt188-water-meter", "m-bus:17:12345678.KAM.1B.04": "mbus-heat-meters",
    "m-bus:3:06855817.KAM.08.04": "mbus-heat-meters",
}
FAMILIES = ["eastron-sdm630", "chint-dtsu666", "tuf-2000m", "invt-goodrive", "schneider-iem3000", "grundfos-cim200",
            "waveshare-ai-8ch"]


def device(family, unit, bus="line", turnaround="12ms"):
    """A simulated device with every certain number of a Modbus template in its registers."""
    template = yaml.safe_load((ROOT / f"BoardConfigs/devices/{family}.yaml").read_text())
    points, taken = [], set()
    for point in template["points"]:
        encode = ENCODE.get(point.get("type", "uint16"))
        table = point.get("table", "holding")
        if "access" in point or "doubtful" in point or encode is None or table not in ("holding", "input"):
            continue
        place = (table, point["address"])
        if place in taken:
            continue
        taken.add(place)
        little = point.get("word_order") == "little"
        simulated = {"point": point["id"], "table": table, "address": point["address"],
                     "encode": encode + ("le" if little else ""), "signal": USUAL.get(point.get("unit"), 3)}
        if isinstance(point.get("scale"), (int, float)):
            simulated["scale"] = f"{point['scale']:.12f}".rstrip("0").rstrip(".")
        points.append(simulated)
    return {"id": f"{family}-{unit}", "bus": bus, "unit": unit, "turnaround": turnaround, "points": points}


def electricity(number, bus):
    return {"id": f"e-{number}", "bus": bus, "baud": 2400, "format": "8E1", "turnaround": "60ms", "meter": {
        "speaks": "dlt645", "number": number, "values": [
            {"point": "forward_active_energy", "di": "00010000", "bytes": 4, "scale": "0.01", "signal": 317}]}}


def scan(lab, port, *arguments):
    """Identity -> the rest of its line."""
    answer = subprocess.run(
        [lab.bin / "gatewayctl", "scan", port, *arguments], capture_output=True, text=True, timeout=400,
        env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
    assert answer.returncode == 0, answer.stderr
    print(answer.stdout)
    return {line.split("  ")[0]: line for line in answer.stdout.splitlines()}


@pytest.fixture
def lines(tmp_path):
    """Three free ports: families of Modbus devices, the meters of the meter room, two electricity meters of one delivery."""
    # JSON5 of this simple kind is YAML, but for words that YAML takes for yes and no.
    room = (ROOT / "BoardConfigs/scenarios/meter-room.json5").read_text()
    room = "\n".join(line for line in room.splitlines() if not line.strip().startswith("//"))
    scenario = yaml.safe_load(re.sub(r"\b(on|off):", r'"\1":', room))
    scenario["buses"] = [{"id": name, "serial": "9600 8N1"} for name in ("meters", "families", "twins")]
    scenario["devices"] += [device(family, 2 + place, "families") for place, family in enumerate(FAMILIES)]
    scenario["devices"].append(device("xy-md02", 12, "families", turnaround="250ms"))
    chameleon = device("chint-dtsu666", 13, "families")
    chameleon["points"] += [point | {"point": f"b_{point['point']}"} for point in
                            device("eastron-sdm630", 13)["points"]]
    scenario["devices"].append(chameleon)
    scenario["devices"] += [electricity("000000123401", "twins"), electricity("000000123402", "twins")]
    # Known to the config of the meter room only by its neighbours.
    scenario["devices"].append(device("eastron-sdm630", 5, "meters"))
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario))
    with Lab(ROOT / "BoardConfigs/stations/meter-room.yaml", path) as lab:
        lab.start_simulator()
        yield lab


def test_a_free_port_is_searched_in_every_protocol_and_devices_are_named(lines):
    with ThreadPoolExecutor() as pool:
        families = pool.submit(scan, lines, lines.lines / "families", "--addresses", "1-16")
        twins = pool.submit(scan, lines, lines.lines / "twins", "--addresses", "1-2")
        fast = scan(lines, lines.lines / "meters", "--addresses", "1-6", "--fast")
        whole = scan(lines, lines.lines / "meters", "--addresses", "1-6")
        families, twins = families.result(), twins.result()

    assert set(fast) == set(whole) == set(METERS) | {"modbus:1", "modbus:5"}, "one result of either pass"
    for identity, family in METERS.items():
        assert family in whole[identity] and "2400 8E1" in whole[identity]

    assert set(families) == {f"modbus:{2 + place}" for place in range(len(FAMILIES))} | {"modbus:12", "modbus:13"}
    for place, family in enumerate(FAMILIES):
        line = families[f"modbus:{2 + place}"]
        assert f"looks like {family} " in line, line
    # What holds sound values where two families have theirs is not said to be one of them.
    both = families["modbus:13"]
    assert "may be one of" in both and "eastron-sdm630" in both and "chint-dtsu666" in both
    # Two registers are in many families: no name is claimed.
    assert "may be" in families["modbus:12"] and "look at its label" in families["modbus:12"]

    assert set(twins) == {"dlt645:000000123401", "dlt645:000000123402"}


def test_a_running_gateway_searches_in_the_gaps_of_its_polling_and_names_what_it_does_not_know(lines):
    lines.start_broker()
    lines.start_receiver()
    lines.write_config(lambda station: station.update(
        store={"seal": "1s"},
        # The M-Bus meter at 3 and the water meter are not in it.
        devices=[d for d in station["devices"] if d["id"] not in ("mbus-flat", "water-meter")]))
    lines.start_gateway()
    wait_for(lambda: len({row["point"] for row in lines.readings() if row["quality"] == "good"}) > 10, 40, "values")
    found = scan(lines, "meters", "--state-dir", lines.state, "--addresses", "1-6", "--fast")
    assert set(found) == {"modbus:5", "cjt188:16:00002020120218", "m-bus:3:06855817.KAM.08.04"}
    assert "looks like eastron-sdm630" in found["modbus:5"]
    assert "cjt188-water-meter" in found["cjt188:16:00002020120218"]
    bad = [row for row in lines.readings() if row["quality"] != "good"]
    assert bad == [], "the polling went on unharmed"
    assert lines.status()["buses"][0]["verdicts"] == []
