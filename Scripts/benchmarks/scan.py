"""How long `gatewayctl scan` takes for the 247 addresses of a line at 9600 8N1, and whom it finds."""

import json
import subprocess
import time

import lab

# Address -> turnaround, ms: quick ones, the ends of the range, one slower than the fast pass waits.
DEVICES = {1: 5, 17: 30, 120: 250, 180: 45, 247: 12}


def measure(report, build):
    scenario = {
        "name": "scan", "seed": 247, "buses": [{"id": "line", "serial": "9600 8N1"}],
        "devices": [{"id": f"d{unit}", "bus": "line", "unit": unit, "turnaround": f"{delay}ms",
                     "points": [{"point": "p", "address": 0, "signal": 1}]} for unit, delay in DEVICES.items()]}
    with lab.Lab(lab.ROOT / "BoardConfigs/bench/bench-12x20.yaml", None) as station:
        station.bin = build
        station.scenario = station.directory / "scenario.json5"
        station.scenario.write_text(json.dumps(scenario))
        station.start_simulator()
        fast, found = scan(station, "--fast", "--protocol", "modbus")
        both, all_found = scan(station, "--protocol", "modbus")
        everything, _ = scan(station, "--fast")
    everyone = {f"modbus:{unit}" for unit in DEVICES}
    report.at_most("scan", "fast pass of 247 addresses, s", fast, 20, "{:.1f}")
    report.at_most("scan", "slow pass, s", both - fast, 90, "{:.1f}")
    report.at_least("scan", f"found of {len(everyone)}, one with 250 ms", len(all_found & everyone), len(everyone), "{:.0f}")
    report.tell("scan", "found by the fast pass alone", len(found & everyone), "{:.0f}")
    report.at_most("scan", "found that are not there", len((all_found | found) - everyone), 0, "{:.0f}")
    report.tell("scan", "fast pass with all meter protocols, at 2400 8E1 too, s", everything, "{:.1f}")


def scan(station, *arguments):
    """Seconds, and who was found."""
    begin = time.monotonic()
    answer = subprocess.run(
        [station.bin / "gatewayctl", "scan", station.lines / "line", "--no-names", *arguments], capture_output=True,
        text=True, check=True)
    return time.monotonic() - begin, {line.split()[0] for line in answer.stdout.splitlines()}
