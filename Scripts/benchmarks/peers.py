"""The agent beside collectd's modbus plugin and beside one request for each point, on the line of `wire`.

One after another in one run, so that the machine is the same; what each served is read from the simulator's truth log,
its line use from the simulator's summary. collectd (Debian package collectd-core) is installed by the bench when it is
missing. It does not keep the silence between frames: slaves that ignore a request after too short a silence let half of
its requests time out, so it is measured with slaves that do not, too; the others are measured with those that do.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
import tty

import ideal_plan
import lab
import measure

TYPES = {"s16": "Int16", "u16": "Uint16", "s32": "Int32", "u32": "Uint32", "f32": "Float", "s32le": "Int32LE",
         "u32le": "Uint32LE", "f32le": "FloatLE"}
CHARACTER = 10 / 9600


def install_collectd():
    """True when it is there."""
    if not shutil.which("collectd"):
        root = [] if os.getuid() == 0 else ["sudo"]
        environment = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
        for command in (["apt-get", "update", "-qq"],
                        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "collectd-core"]):
            if subprocess.run(root + environment + command, stdout=subprocess.DEVNULL).returncode != 0:
                return False
    return shutil.which("collectd") is not None


def points_of(plan):
    """(unit, point) of every device, as the scenario has them."""
    for device in plan["devices"]:
        for point in device.get("points") or plan["models"][device["model"]]["points"]:
            yield device["unit"], point


class Collectd:
    """Reads every point as fast as it can; writes nothing."""

    def __init__(self, station, plan):
        directory = station.directory / "collectd"
        directory.mkdir()
        data, slaves = [], {}
        for unit, point in points_of(plan):
            name = f"{unit}-{point['point']}"
            command = "ReadInput" if point["table"] == "input" else "ReadHolding"
            data.append(
                f'  <Data "{name}">\n    RegisterBase {point["address"]}\n    RegisterType {TYPES[point["encode"]]}\n'
                f'    RegisterCmd {command}\n    Type gauge\n    Instance "{name}"\n  </Data>\n')
            slaves.setdefault(unit, []).append(f'      Collect "{name}"\n')
        hosts = "".join(f"    <Slave {unit}>\n      Instance \"d{unit}\"\n{''.join(names)}    </Slave>\n"
                        for unit, names in slaves.items())
        (directory / "collectd.conf").write_text(
            f'BaseDir "{directory}"\nPIDFile "{directory}/pid"\nTypesDB "/usr/share/collectd/types.db"\n'
            'Interval 1\nMaxReadInterval 1\nLoadPlugin logfile\nLoadPlugin modbus\n'
            f'<Plugin logfile>\n  LogLevel err\n  File "{directory}/log"\n</Plugin>\n<Plugin modbus>\n{"".join(data)}'
            f'  <Host "line">\n    Device "{station.lines}/line"\n    Baudrate 9600\n    Interval 1\n{hosts}  </Host>\n'
            "</Plugin>\n")
        station.spawn("collectd", ["/usr/sbin/collectd", "-f", "-C", directory / "collectd.conf"])

    def end(self, station):
        # It takes a minute to end by itself.
        station.end("collectd", how=signal.SIGKILL)


class OneEach(threading.Thread):
    """A master that keeps the silence to the microsecond and asks for each point by a request of its own."""

    def __init__(self, station, plan):
        super().__init__()
        self.ended = threading.Event()
        self.requests = []
        for unit, point in points_of(plan):
            words = 2 if "32" in point["encode"] else 1
            frame = bytes([unit, 4 if point["table"] == "input" else 3, *point["address"].to_bytes(2, "big"), 0, words])
            self.requests.append((frame + crc(frame), 5 + 2 * words))
        self.port = os.open(os.path.realpath(station.lines / "line"), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.port)
        settings = termios.tcgetattr(self.port)
        settings[4] = settings[5] = termios.B9600
        termios.tcsetattr(self.port, termios.TCSANOW, settings)
        self.start()

    def run(self):
        while not self.ended.is_set():
            for request, length in self.requests:
                os.write(self.port, request)
                answer, deadline = b"", time.monotonic() + 0.5
                while len(answer) < length and time.monotonic() < deadline:
                    if select.select([self.port], [], [], 0.05)[0]:
                        answer += os.read(self.port, 256)
                # 3.5 characters, and what the simulator needs to be sure of them.
                free = time.monotonic() + 3.5 * CHARACTER + 0.0001
                time.sleep(max(0, free - time.monotonic() - 0.0003))
                while time.monotonic() < free:
                    pass

    def end(self, _):
        self.ended.set()
        self.join()
        os.close(self.port)


def crc(frame):
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def compare(report, Run, build, seconds):
    with Run("12x20", build) as run:
        seen = run.measure(seconds)
        ideal = ideal_plan.plan(run.plan)["line"]["rate"]
        tell(report, "this agent", rate_of(run.lab, seen["begin"], seen["end"]), seen["lines"]["line"], ideal)
    masters = [("one request a point, perfect silence", OneEach, True)]
    if install_collectd():
        masters += [("collectd, slaves without silence rule", Collectd, False), ("collectd, strict slaves", Collectd, True)]
    else:
        print("peers: collectd cannot be installed here", file=sys.stderr)
    for name, master, is_strict in masters:
        alone(report, build, seconds, name, master, is_strict, ideal)


def alone(report, build, seconds, name, master, is_strict, ideal):
    """Another master on a line of its own, like that of the agent."""
    scenario = lab.ROOT / "BoardConfigs/scenarios/bench-12x20.json5"
    plan = ideal_plan.load(scenario)
    with lab.Lab(lab.ROOT / "BoardConfigs/bench/bench-12x20.yaml", scenario) as station:
        station.bin = build
        if not is_strict:
            plan["buses"][0]["strict"] = False
            station.scenario = station.directory / "scenario.json5"
            station.scenario.write_text(json.dumps(plan))
        summary = station.directory / "summary.json"
        station.start_simulator("--summary", summary)
        simulator = measure.Simulator(station.processes["stationsim"], summary)
        running = master(station, plan)
        try:
            time.sleep(8)
            simulator.restart()
            begin = time.time()
            # A whole pass takes collectd 8 s, or two minutes.
            time.sleep(seconds)
            end = time.time()
            tell(report, name, rate_of(station, begin, end), simulator.summary()["line"], ideal)
        finally:
            running.end(station)


def rate_of(station, begin, end):
    """Points served a second: counted, since slow masters do not come round twice."""
    rows = [row for row in lab.json_lines(station.truth) if "point" in row and begin <= row["time"] / 1000 <= end]
    return len(rows) / (end - begin)


def tell(report, name, rate, line, ideal):
    report.tell("peers", f"{name}: points/s", rate, "{:.1f}")
    report.tell("peers", "  of the ideal plan", 100 * rate / ideal, "{:.1f} %")
    report.tell("peers", "  line use, characters of good answers and their requests", 100 * line["useful"], "{:.1f} %")
    report.tell("peers", "  characters' time for 1,000 points, s", 1000 * line["useful"] / max(rate, 0.001), "{:.2f}")
