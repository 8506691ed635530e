"""A station on simulated lines, a real broker, and the daemon as it is shipped, measured from outside."""

import json
import os
import subprocess
import time

import ideal_plan
import lab
import measure
from noisy import NOISY_TEMPLATE

CONFIGS = lab.ROOT / "BoardConfigs"
WARM_UP = 8.0


class Run:
    """A station at work, measured for a while."""

    def __init__(self, name, build, change=None, change_scenario=None, tls=False, seal=None):
        """`change` alters the config as a mapping, `change_scenario` the scenario, both in place."""
        scenario = CONFIGS / "scenarios" / f"bench-{name}.json5"
        self.lab = lab.Lab(CONFIGS / "bench" / f"bench-{name}.yaml", scenario)
        self.lab.bin = build
        self.lab.profile = "batch"
        self.plan = ideal_plan.load(scenario)
        if change_scenario:
            change_scenario(self.plan)
            self.lab.scenario = self.lab.directory / "scenario.json5"
            self.lab.scenario.write_text(json.dumps(self.plan))
        self.change, self.tls, self.seal = change, tls, seal

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if getattr(self, "tap", None):
            self.tap.close()
        self.lab.close(keep=bool(os.environ.get("LAB_KEEP")))

    def _start(self):
        station = self.lab
        # Templates are looked for beside the config.
        templates = station.directory / "BoardConfigs" / "devices"
        templates.mkdir(parents=True)
        for file in (CONFIGS / "bench" / "BoardConfigs" / "devices").glob("*.yaml"):
            (templates / file.name).symlink_to(file)
        (templates / "bench-noisy.yaml").write_text(NOISY_TEMPLATE)
        tls = make_certificates(station.directory) if self.tls else None
        secure = lab.free_port()
        if tls:
            station.broker_extra = (
                f"listener {secure} 127.0.0.1\ncafile {tls['ca']}\ncertfile {station.directory}/server.pem\n"
                f"keyfile {station.directory}/server.key\nrequire_certificate true\n")
        station.start_broker()

        def change(document):
            if self.seal:
                document["store"]["seal"] = self.seal
            if tls:
                document["uplinks"][0]["mqtt"] = {"host": "127.0.0.1", "port": secure, "tls": tls}
            if self.change:
                self.change(document)

        self.summary_file = station.directory / "summary.json"
        station.start_simulator("--summary", self.summary_file)
        self.simulator = measure.Simulator(station.processes["stationsim"], self.summary_file)
        self.tap = measure.Tap(station.broker_port)
        station.write_config(change)
        station.start_gateway("--log-level", "warning")
        self.gateway = measure.ProcessFigures(station.processes["gatewayd"].pid)

    def measure(self, seconds, warm_up=WARM_UP, whole_batches=False):
        """Figures of `seconds`; with `whole_batches` from one delivery of a batch to another."""
        time.sleep(warm_up)
        if whole_batches:
            self._next_batch()
        self.simulator.restart()
        begin, tapped = time.time(), self.tap.figures()
        cpu, written = self.gateway.cpu_seconds(), self.gateway.written()
        time.sleep(seconds)
        if whole_batches:
            self._next_batch()
        cpu, written = self.gateway.cpu_seconds() - cpu, self.gateway.written() - written
        end, arrived = time.time(), self.tap.figures()
        lines = self.simulator.summary()
        if self.lab.processes["gatewayd"].poll() is not None:
            raise lab.LabError("gatewayd ended: " + self.lab.log("gatewayd"))
        return {
            "begin": begin, "end": end, "cpu": cpu, "written": written, "lines": lines,
            "tap": {key: arrived[key] - tapped[key] for key in arrived},
            "resident": self.gateway.resident(), "anonymous": self.gateway.anonymous(),
            "polled": sum(bus["values"] for bus in lines.values()),
            "requests": sum(bus["requests"] for bus in lines.values()),
        }

    def _next_batch(self):
        """Returns once a batch has come and, for a second, none has come after it."""
        before = self.tap.figures()["batches"]
        lab.wait_for(
            lambda: self.tap.figures()["batches"] > before and time.monotonic() - self.tap.last > 1, 90,
            "a batch comes")

    def devices(self, without=("dead",)):
        gone = {fault.get("device") for fault in self.plan.get("faults", []) if fault["kind"] in without}
        return {device["id"] for device in self.plan["devices"]} - gone


def make_certificates(directory):
    """A CA, a server's and a client's certificate, for this run only."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", directory / "ca.key", "-out", directory / "ca.pem", "-days", 2,
            "-subj", "/CN=bench ca")
    (directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "client"):
        openssl("req", *new, "-keyout", directory / f"{name}.key", "-out", directory / f"{name}.csr", "-subj",
                f"/CN={name}")
        openssl("x509", "-req", "-in", directory / f"{name}.csr", "-CA", directory / "ca.pem", "-CAkey",
                directory / "ca.key", "-CAcreateserial", "-out", directory / f"{name}.pem", "-days", 2, "-extfile",
                directory / "names")
    return {"ca": str(directory / "ca.pem"), "cert": str(directory / "client.pem"), "key": str(directory / "client.key")}
