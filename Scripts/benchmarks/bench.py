"""The benchmarks of Scripts/bench: each is a station on simulated lines, a real broker and the daemon as it is shipped.

Every figure stands in one table beside what is demanded and what the best of five other programs reached on the same
kind of station. Ratios are taken within one run, so that they survive a slow machine; absolute figures are this
machine's.
"""

import argparse
import json
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tty
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import flash as flash_bench  # noqa: E402
import ideal_plan  # noqa: E402
import lab  # noqa: E402
import measure  # noqa: E402
import peers as peer_bench  # noqa: E402
import plan as plan_bench  # noqa: E402
import scan as scan_bench  # noqa: E402
import volume as volume_bench  # noqa: E402
from report import Report  # noqa: E402
from station import CONFIGS, WARM_UP, Run  # noqa: E402


# The benchmarks


def wire(report, build, seconds):
    """12 devices of 20 points on one 9600 8N1 line, as fast as it goes."""
    with Run("12x20", build) as run:
        seen = run.measure(seconds)
        ideal = ideal_plan.plan(run.plan)["line"]
        line = seen["lines"]["line"]
        rate = measure.rate_of(run.lab.truth, seen["begin"], seen["end"], run.devices())
        oldest = measure.longest_wait(run.lab.truth, seen["begin"], seen["end"], run.devices())
        planned = run.lab.status()["buses"][0]
    report.tell("wire", "ideal plan, points/s", ideal["rate"], "{:.2f}", "102.7 (their map)")
    report.tell("wire", "points/s", rate, "{:.2f}", "95.3")
    report.at_least("wire", "of ideal", 100 * rate / ideal["rate"], 98.5, "{:.2f} %", "92.8 %")
    report.at_most("wire", "requests of a pass", planned["requests_per_cycle"], ideal["requests"], "{:.0f}")
    report.at_most("wire", "ignored requests", line["ignored"], 0, "{:.0f}", "0")
    report.at_most("wire", "added gap, median ms", line["gap_ms"]["median"], 0.3, "{:.3f}", "0.33")
    report.at_most("wire", "added gap, p99 ms", line["gap_ms"]["p99"], 1.5, "{:.3f}", "0.81 (p95)")
    report.tell("wire", "  of it the simulator's own wake-up, median ms", line["wake_ms"]["median"], "{:.3f}")
    report.tell("wire", "  of it the simulator's own wake-up, p99 ms", line["wake_ms"]["p99"], "{:.3f}")
    report.tell("wire", "longest wait of a point, s", oldest, "{:.2f}", "2.5")
    cost_rows(report, "wire", seen)


def lines(report, build, seconds):
    """Eight 19200 8N1 lines of 250 points, TLS with client certificate."""
    with Run("8x250", build, tls=True) as run:
        seen = run.measure(seconds)
        ideal = sum(bus["rate"] for bus in ideal_plan.plan(run.plan).values())
        rate = measure.rate_of(run.lab.truth, seen["begin"], seen["end"], run.devices())
    report.tell("lines", "points/s", rate, "{:.1f}", "1627")
    report.at_least("lines", "of ideal", 100 * rate / ideal, 97, "{:.2f} %", "92.9 %")
    report.at_most("lines", "ignored requests", sum(bus["ignored"] for bus in seen["lines"].values()), 0, "{:.0f}")
    gaps = [bus["gap_ms"] for bus in seen["lines"].values()]
    report.tell("lines", "added gap, worst line's median ms", max(gap["median"] for gap in gaps), "{:.3f}")
    report.tell("lines", "added gap, worst line's p99 ms", max(gap["p99"] for gap in gaps), "{:.3f}")
    report.at_most("lines", "CPU s per 1,000 readings", 1000 * seen["cpu"] / seen["polled"], 0.04, "{:.4f}", "0.067")
    report.at_most("lines", "resident MB, TLS connected", seen["resident"] / 1e6, 16, "{:.1f}", "7.0")
    report.at_most("lines", "anonymous MB", seen["anonymous"] / 1e6, 6, "{:.1f}")
    report.tell("lines", "MQTT payload B per reading", seen["tap"]["payload"] / max(seen["tap"]["readings"], 1))


def sick(report, build, seconds):
    """The wire's station with two dead devices and one that spoils an answer in five."""
    with Run("sick", build) as run:
        # The 25 s between probes of devices that never answered have to show.
        seen = run.measure(max(seconds, 60), warm_up=WARM_UP + 12)
        healthy = run.devices(without=("dead", "crc"))
        plan = ideal_plan.plan(run.plan)["line"]
        rate = measure.rate_of(run.lab.truth, seen["begin"], seen["end"], healthy)
        oldest = measure.longest_wait(run.lab.truth, seen["begin"], seen["end"], healthy)
    # Nine healthy devices have their share of a cycle of ten: the spoiling one is asked like the others.
    ideal = 20 * len(healthy) / plan["cycle"]
    report.tell("sick", "healthy points/s", rate, "{:.2f}", "74.4")
    report.at_least("sick", "of ideal", 100 * rate / ideal, 95, "{:.2f} %")
    report.tell("sick", "longest wait of a healthy point, s", oldest, "{:.2f}", "9.7")


def scan(report, build, seconds):
    """All 247 addresses of a line at 9600: fast pass, slow pass, a device with 250 ms."""
    scan_bench.measure(report, build)


def peers(report, build, seconds):
    """The line of `wire` polled by this agent, by collectd's modbus plugin, and point by point. Installs collectd-core."""
    peer_bench.compare(report, Run, build, max(seconds, 20))


def volume(report, build, seconds):
    """2,000 points every 10 s: what is written, what is sent."""
    volume_bench.measure(report, build, seconds)


def plan(report, build, seconds):
    """What `gatewayctl plan --measured` says of the heat substation, beside what it then does."""
    plan_bench.measure(report, build, max(seconds, 60))


def small(report, build, seconds):
    """100 points every 10 s: what a card has to take in a day."""
    def few(document):
        document["devices"] = document["devices"][:5]
        for device in document["devices"]:
            device["period"] = "10s"

    with Run("12x20", build, change=few) as run:
        seen = run.measure(max(seconds, 60) - 2, warm_up=15, whole_batches=True)
    day = 86_400 / (seen["end"] - seen["begin"])
    report.at_most("small", "written MB a day, 100 points per 10 s", seen["written"] * day / 1e6, 60, "{:.1f}")
    report.tell("small", "MQTT payload B per reading", seen["tap"]["payload"] / seen["tap"]["readings"])
    report.tell("small", "CPU s a day", seen["cpu"] * day, "{:.1f}")
    report.tell("small", "resident MB, no TLS", seen["resident"] / 1e6, "{:.1f}")


def flash(report, build, seconds):
    """What ext4 writes to its block device, beside a row per reading. Needs root, losetup and mkfs.ext4."""
    def periodic(document):
        for device in document["devices"]:
            device["period"] = "10s"

    def few(document):
        document["devices"] = document["devices"][:5]
        periodic(document)

    span = max(seconds, 120)
    try:
        flash_bench.measure(Run, report, build, span, "flash, 2,000 per 10 s", "8x250", periodic, 80, 25)
        flash_bench.measure(Run, report, build, span, "flash, 100 per 10 s", "12x20", few, 5, 20)
    except flash_bench.Void as error:
        print(f"flash: void: {error}", file=sys.stderr)


def start(report, build, seconds):
    """From the start of the process to the first byte of the first request; size of the program."""
    times = [first_request(build) for _ in range(7)]
    report.at_most("start", "ms to the first request, worst of 7", 1000 * max(times), 200, "{:.0f}")
    report.tell("start", "ms to the first request, median", 1000 * sorted(times)[3], "{:.0f}")
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, build / "gatewayd"], check=True)
        size = os.path.getsize(stripped.name)
    report.at_most("start", "MB of gatewayd, stripped, runtime static", size / 1e6, 8, "{:.2f}")


def first_request(build):
    station = lab.Lab(CONFIGS / "bench" / "bench-12x20.yaml", None)
    station.bin = build
    master, slave = pty.openpty()
    try:
        tty.setraw(master)
        tty.setraw(slave)
        (station.lines / "line").symlink_to(os.ttyname(slave))
        station.write_config()
        begin = time.monotonic()
        station.start_gateway(expect_running=False)
        ready, _, _ = select.select([master], [], [], 10)
        if not ready:
            raise lab.LabError("no request within 10 s: " + station.log("gatewayd"))
        return time.monotonic() - begin
    finally:
        station.close()
        os.close(master)
        os.close(slave)


def hour(report, build, seconds):
    """2,000 points every 10 s with TLS, for an hour after ten minutes in which caches fill: is memory flat?"""
    def periodic(document):
        for device in document["devices"]:
            device["period"] = "10s"

    with Run("8x250", build, change=periodic, tls=True) as run:
        # The first 20 s map what only the start needs.
        time.sleep(60)
        resident, anonymous = [], []
        for minute in range(-9, 61):
            highest = [size / 1e6 for size in run.gateway.highest_memory(seconds)]
            print("minute {}: resident {:.2f} MB, anonymous {:.2f} MB".format(minute, *highest), file=sys.stderr,
                  flush=True)
            resident.append(highest[0])
            anonymous.append(highest[1])
        uplink = run.lab.status()["uplinks"][0]
        batches = run.tap.figures()["batches"]
        if not uplink["connected"] or batches < 6 * seconds:
            raise lab.LabError(f"not connected all the time: {batches} batches; {uplink}")
    for name, values, limit, drift in (("resident", resident, 16, 0.5), ("anonymous", anonymous, 6, 0.25)):
        filling, first, last = (statistics.mean(values[place:place + 10]) for place in (0, 10, 60))
        report.at_most("hour", f"{name} MB, highest", max(values), limit)
        report.tell("hour", f"{name} MB, while caches fill", filling)
        report.tell("hour", f"{name} MB, first ten minutes", first)
        report.at_most("hour", f"{name} MB more in the last ten", last - first, drift)


def cost_rows(report, name, seen):
    report.tell(name, "CPU s per 1,000 readings", 1000 * seen["cpu"] / max(seen["polled"], 1), "{:.4f}", "0.086")
    report.tell(name, "resident MB", seen["resident"] / 1e6, "{:.1f}", "4.5")
    report.tell(name, "anonymous MB", seen["anonymous"] / 1e6, "{:.1f}")
    report.tell(name, "written B per reading", seen["written"] / max(seen["tap"]["readings"], 1))
    report.tell(name, "MQTT payload B per reading", seen["tap"]["payload"] / max(seen["tap"]["readings"], 1), peer="14.4")


BENCHES = {
    "start": start, "wire": wire, "lines": lines, "sick": sick, "scan": scan, "peers": peers, "volume": volume,
    "small": small, "plan": plan,
}
# Only when named.
LONG = {"hour": hour, "flash": flash}


def main():
    parser = argparse.ArgumentParser(
        prog="Scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "bench", nargs="*", metavar="BENCH",
        help=f"of {' '.join(BENCHES)}; without: all these; or {' '.join(LONG)}, only when named")
    parser.add_argument(
        "--seconds", type=float, default=60, help="how long each is measured (default 60); of hour, each of 60 minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    known = BENCHES | LONG
    unknown = [name for name in arguments.bench if name not in known]
    if unknown:
        parser.error(f"{unknown[0]}: expected one of {', '.join(known)}")
    if not shutil.which("openssl"):
        parser.error("openssl is missing")
    report = Report()
    failed = False
    median, high, load = measure.lateness_of_machine()
    print(f"this machine: wakes a sleeper {median:.3f} ms late (median), {high:.3f} ms (p99); load {load:.1f}",
          file=sys.stderr)
    for name in arguments.bench or BENCHES:
        print(f"{name}: {known[name].__doc__.strip()}", file=sys.stderr, flush=True)
        try:
            known[name](report, arguments.build, arguments.seconds)
        except (lab.LabError, subprocess.CalledProcessError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
    print(report.table())
    if arguments.json:
        arguments.json.write_text(json.dumps(report.rows, indent=2) + "\n")
    missed = report.missed()
    print(f"bench: {len(report.rows)} figures, {len(missed)} demands missed")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
