"""What Scripts/demo runs once everything is built: a station in a temporary directory, and the receiving side's view."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

from lab import PYTHON, ROOT, Lab, LabError, json_lines, wait_for

STATIONS = {
    "heat": "heat-substation", "pumps": "water-pump-station", "meters": "meter-room",
    "drainage": "drainage-lift-station", "gas": "gas-regulating-station", "indoor": "indoor-temperature-site",
    "power": "power-distribution-room",
}
# Readings taken by the end of the demo are sealed (10 s), stored and sent well within this.
DELIVERY_SECONDS = 30


def add_foreign(lab):
    """Slaves of pymodbus beside the simulated ones, on a PTY and on TCP."""
    sys.path.insert(0, str(ROOT / "Scripts"))
    python = ROOT / ".build/foreign-venv/bin/python"
    lab.foreign_truth = lab.directory / "foreign-truth.jsonl"
    lab.spawn(
        "foreign",
        [python, ROOT / "Scripts/foreign_slave.py", "--dir", lab.lines, "--truth", lab.foreign_truth])
    port_file = lab.lines / "foreign-tcp.port"
    wait_for(port_file.exists, 15, "the foreign slaves listen")
    described = subprocess.run(
        [python, "-c", "import json, foreign_slave; print(json.dumps(list(foreign_slave.devices())))"],
        cwd=ROOT / "Scripts", capture_output=True, text=True, check=True)

    def change(document):
        document["board"]["ports"]["foreign-rtu"] = str(lab.lines / "foreign-rtu")
        document["buses"] += [
            {"id": "foreign-rtu", "port": "foreign-rtu", "baud": 19200, "format": "8N1"},
            {"id": "foreign-tcp", "tcp": f"127.0.0.1:{port_file.read_text()}"},
        ]
        document["devices"] += json.loads(described.stdout)

    return change


def main():
    parser = argparse.ArgumentParser(prog="Scripts/demo")
    parser.add_argument("--seconds", type=float, help="end by itself so long after the first reading")
    parser.add_argument("--station", choices=STATIONS, default="heat")
    parser.add_argument("--profile", choices=["json", "batch"], default="json")
    parser.add_argument("--foreign", action="store_true", help="also pymodbus slaves")
    parser.add_argument("--yes", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    name = STATIONS[arguments.station]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Lab(
            ROOT / f"BoardConfigs/stations/{name}.yaml", ROOT / f"BoardConfigs/scenarios/{name}.json5"
        ) as lab:
            lab.profile = arguments.profile
            return run(lab, arguments)
    except KeyboardInterrupt:
        print("\nended")
        return 130
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def run(lab, arguments):
    print(f"station {lab.gateway_id}: simulated lines, mosquitto on 127.0.0.1:{lab.broker_port}, gatewayd, receiver")
    lab.start_broker()
    change = add_foreign(lab) if arguments.foreign else None
    lab.start_simulator()
    lab.write_config(change)
    view = [] if sys.stdout.isatty() else ["--plain"]
    lab.start_receiver(*view, stdout=None, stderr=None)
    lab.start_gateway()
    first = wait_for(lambda: next(iter(lab.readings()), None), 60, "a first reading arrives")
    if arguments.seconds is None:
        while lab.processes["gatewayd"].poll() is None:
            time.sleep(0.5)
        print("gatewayd ended: " + lab.log("gatewayd"), file=sys.stderr)
        return 1

    begin = first["time"]
    end = begin + arguments.seconds * 1000
    while time.time() * 1000 < end:
        time.sleep(0.1)
    wait_for(lambda: has_delivered(lab, end), DELIVERY_SECONDS, "what was read by the end arrives")
    status = lab.end("gatewayd")
    for part in ("stationsim", "foreign", "receiver"):
        lab.end(part)
    return verdict(lab, begin, end, status)


def has_delivered(lab, end):
    """Whether every device's readings up to the end are in the ledger: batches are sealed in order."""
    return any(row["time"] >= end for row in lab.readings()) and all(
        uplink["unacknowledged"] == 0 for uplink in lab.status()["uplinks"])


def verdict(lab, begin, end, gateway_status):
    periods = lab.directory / "periods.json"
    periods.write_text(json.dumps(lab.periods()))
    truths = [lab.truth] + ([lab.foreign_truth] if hasattr(lab, "foreign_truth") else [])
    compared = subprocess.run(
        [PYTHON, ROOT / "Scripts/ledger.py", "--ledger", lab.ledger, "--periods", periods,
         "--from", str(begin), "--to", str(end)] + [part for truth in truths for part in ("--truth", truth)])
    if gateway_status != 0:
        print(f"demo: gatewayd ended with {gateway_status}", file=sys.stderr)
        return 1
    return compared.returncode


if __name__ == "__main__":
    sys.exit(main())
