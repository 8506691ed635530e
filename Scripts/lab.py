"""A whole station on one machine: simulated lines, a real broker, the daemon, a receiver.

Used by the demo, the system tests and the benchmarks. Everything lives in one temporary directory and ends with
`Lab.close()`; nothing is left running.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"
# `release`: the programs as Scripts/build-release makes them.
BUILD = os.environ.get("DG_BUILD", "debug")


# For a program to start: many start at once, on machines that do other things too.
START = 60


class LabError(Exception):
    """Something did not come up; the message says what and where to look."""


def free_port() -> int:
    """A port that nobody has, below those that the kernel gives to outgoing connections: it stays free until used."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_for(condition, seconds: float, what: str, poll: float = 0.02):
    """Waits until condition() is true and returns its value; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:g} s")
        time.sleep(poll)


def milliseconds(duration: str) -> int:
    for suffix, factor in (("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)):
        if duration.endswith(suffix):
            return int(float(duration[: -len(suffix)]) * factor)
    raise LabError(f"not a duration: {duration}")


class Lab:
    def __init__(self, config: Path, scenario: Path | None, build: str = BUILD, directory: Path | None = None):
        self.directory = Path(directory or tempfile.mkdtemp(prefix="district-gateway-"))
        self.bin = ROOT / ".build" / build
        self.scenario = scenario
        self.document = yaml.safe_load(config.read_text())
        self.gateway_id = self.document["gateway"]["id"]
        self.profile = "json"
        self.processes: dict[str, subprocess.Popen] = {}
        self.broker_port = free_port()
        self.broker_extra = ""
        self.lines = self.directory / "lines"
        self.state = self.directory / "state"
        self.truth = self.directory / "truth.jsonl"
        self.ledger = self.directory / "ledger.jsonl"
        self.lines.mkdir(exist_ok=True)

    # Processes

    def spawn(self, name: str, command: list, environment: dict | None = None, **options) -> subprocess.Popen:
        log = open(self.directory / f"{name}.log", "ab")
        options.setdefault("stdout", log)
        options.setdefault("stderr", log)
        environment = dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs"), **environment or {})
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, env=environment, start_new_session=True,
            **options)
        log.close()
        self.processes[name] = process
        return process

    def end(self, name: str, how: int = signal.SIGTERM, seconds: float = 10) -> int | None:
        """Ends a process of the lab and returns its exit status; kills it when it does not end in time."""
        process = self.processes.pop(name, None)
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise LabError(f"{name} did not end within {seconds:g} s of {signal.Signals(how).name}") from None

    def log(self, name: str) -> str:
        path = self.directory / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self, keep: bool = False):
        for name in list(self.processes):
            try:
                self.end(name)
            except LabError as error:
                print(error, file=sys.stderr)
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        # A fixture that ends does not learn whether its test failed: who asks for the lab gets it in any case.
        keep = bool(os.environ.get("LAB_KEEP"))
        if keep:
            print(f"lab kept in {self.directory}", file=sys.stderr)
        self.close(keep=keep)

    # Parts

    def start_broker(self, port: int | None = None):
        """A real mosquitto on the loopback; its sessions and retained messages survive a restart."""
        port = port or self.broker_port
        (self.directory / "mosquitto.conf").write_text(
            f"listener {port} 127.0.0.1\n"
            + ("" if "allow_anonymous" in self.broker_extra else "allow_anonymous true\n")
            + f"persistence true\npersistence_location {self.directory}/\nautosave_interval 1\n"
            + "max_queued_messages 0\nmax_inflight_messages 100\nlog_type error\nlog_type warning\n"
            + ("user root\n" if os.getuid() == 0 else "")
            + self.broker_extra)
        self.spawn("mosquitto", ["/usr/sbin/mosquitto", "-c", self.directory / "mosquitto.conf"])

        def listening():
            if self.processes["mosquitto"].poll() is not None:
                raise LabError("mosquitto ended: " + self.log("mosquitto"))
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_for(listening, START, "mosquitto listens")

    def start_simulator(self, *arguments):
        self.spawn(
            "stationsim",
            [self.bin / "stationsim", self.scenario, "--dir", self.lines, "--truth", self.truth, *arguments])
        buses = [bus for bus in self.document["buses"]]

        def ready():
            if self.processes["stationsim"].poll() is not None:
                raise LabError("stationsim ended: " + self.log("stationsim"))
            return all(
                (self.lines / (bus["id"] if "port" in bus else bus["id"] + ".port")).exists() for bus in buses)

        wait_for(ready, START, "stationsim opens its lines")

    def write_config(self, change=None) -> Path:
        """The station's config with its ports on the simulated lines and its receivers on the lab's broker."""
        document = json.loads(json.dumps(self.document))
        ports = {}
        for bus in document["buses"]:
            if "port" in bus:
                ports[bus["port"]] = str(self.lines / bus["id"])
            elif (self.lines / (bus["id"] + ".port")).exists():
                bus["tcp"] = "127.0.0.1:" + (self.lines / (bus["id"] + ".port")).read_text().strip()
        document["board"] = {"name": "lab", "ports": ports, "rtc": True}
        document["uplinks"] = [
            {"id": "city", "profile": self.profile, "mqtt": {"host": "127.0.0.1", "port": self.broker_port}}]
        # The ledger wants every value that was read: none may be held back for being like the last one.
        for device in document["devices"]:
            for point in device.get("points", []):
                if isinstance(point, dict):
                    point.pop("deadband", None)
        if change:
            change(document)
        self.config_document = document
        path = self.directory / "station.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
        return path

    def start_gateway(self, *arguments, expect_running: bool = True, environment: dict | None = None):
        path = self.directory / "station.yaml"
        if not path.exists():
            self.write_config()
        self.spawn(
            "gatewayd", [self.bin / "gatewayd", "--config", path, "--state-dir", self.state, *arguments], environment)
        if expect_running:
            def running():
                if self.processes["gatewayd"].poll() is not None:
                    raise LabError("gatewayd ended: " + self.log("gatewayd"))
                return (self.state / "shell.sock").exists()

            wait_for(running, START, "gatewayd opens its shell")

    def status(self) -> dict:
        return json.loads(self.status_text("--json"))

    def status_text(self, *arguments) -> str:
        answer = subprocess.run(
            [self.bin / "gatewayctl", "status", *arguments, "--state-dir", self.state], capture_output=True, text=True)
        if answer.returncode != 0:
            raise LabError(f"gatewayctl status: {answer.stderr.strip()}")
        return answer.stdout

    def start_receiver(self, *arguments, name: str = "receiver", ledger: Path | None = None, **options):
        """The receiving side; returns once its persistent session is subscribed."""
        ready = self.directory / f"{name}.ready"
        self.spawn(
            name,
            [PYTHON, ROOT / "Scripts" / "receiver.py", "--port", self.broker_port, "--ledger", ledger or self.ledger,
             "--client-id", f"lab-{name}", "--ready", ready, *arguments],
            **options)

        def subscribed():
            if self.processes[name].poll() is not None:
                raise LabError(f"{name} ended: " + self.log(name))
            return ready.exists()

        wait_for(subscribed, START, f"{name} subscribes")

    def settle(self):
        """Returns once the receiver has written nothing for half a second."""
        size = -1
        while size != self.ledger.stat().st_size:
            size = self.ledger.stat().st_size
            time.sleep(0.5)

    # What was seen

    def readings(self, ledger: Path | None = None) -> list[dict]:
        """Good and bad readings at the receiving side, in the order in which they came."""
        return [row for row in json_lines(ledger or self.ledger) if "point" in row and "time" in row]

    def periods(self) -> dict[str, int]:
        """Milliseconds by `device.point`, as gatewayd's own dictionary names the points."""
        answer = subprocess.run(
            [self.bin / "gatewayctl", "points", self.directory / "station.yaml", "--json"],
            capture_output=True, text=True, env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
        if answer.returncode != 0:
            raise LabError(answer.stderr)
        return {f"{p['device']}.{p['point']}": p["period_ms"] for p in json.loads(answer.stdout)}


def every_second(document: dict):
    """Change of a config: each point has a period of 1 s, so that every served value is a due one and must arrive."""
    document["store"] = {"seal": "1s"}
    for device in document["devices"]:
        device["period"] = "1s"
        for point in device.get("points", []):
            if isinstance(point, dict):
                point.pop("period", None)


def json_lines(path: Path):
    """The complete JSON lines of a file that may still be written to."""
    if not path.exists():
        return
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def seed_from_environment() -> int:
    """One seed for every random choice of a run; printed, and taken from SEED to replay."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"SEED={seed}")
    return seed
