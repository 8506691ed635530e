"""Invariant 9 on the real daemon: a clock that starts in 1970, is set later, steps, and a boot that never knew the time.

The daemon runs with a shim in front of CLOCK_REALTIME, adjtimex(2) and the boot's id (support/clock_shim.c); the
simulated station keeps the machine's time, so its truth log says when each value was really served.
"""

import shutil
import signal
import struct
import subprocess
import time
import uuid
from pathlib import Path

import pytest

import ledger
from lab import every_second, wait_for

SHIM = Path(__file__).parent / "support" / "clock_shim.c"
NEVER_SYNCHRONISED = 16_000_000
PATIENCE = 60


class ShownClock:
    """The clock that the daemon sees."""

    def __init__(self, directory):
        if not shutil.which("cc"):
            pytest.skip("needs a C compiler")
        self.file, self.boot_file = directory / "clock", directory / "boot_id"
        self.library = directory / "clock_shim.so"
        subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", self.library, SHIM], check=True)
        self.file.write_bytes(struct.pack("<qq", 0, NEVER_SYNCHRONISED))
        self.new_boot()

    def new_boot(self):
        boot = uuid.uuid4()
        self.boot_file.write_text(f"{boot}\n")
        return boot.hex

    def show(self, offset_seconds=0.0, synchronised=True):
        # Written in place: the daemon has the file mapped.
        with open(self.file, "r+b") as file:
            file.write(struct.pack("<qq", int(offset_seconds * 1e9), 1_000 if synchronised else NEVER_SYNCHRONISED))

    def begin_in_1970(self):
        self.show(60 - time.time(), synchronised=False)

    @property
    def environment(self):
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIM": str(self.file), "CLOCK_SHIM_BOOT": str(self.boot_file)}


class Station:
    """The heat station, every point each second, and what its receiver has seen so far."""

    def __init__(self, lab):
        self.lab = lab
        self.clock = ShownClock(lab.directory)
        self.disturbed = []
        lab.start_broker()
        lab.start_simulator()
        lab.write_config(self.change)
        lab.start_receiver()

    @staticmethod
    def change(document):
        every_second(document)
        document["board"]["rtc"] = False
        # They do not wait for the clock, and neither does what was read before them.
        document.pop("alarms", None)

    def start(self):
        self.disturbed.append(now())
        self.lab.start_gateway(environment=self.clock.environment)

    def stop(self, how=signal.SIGTERM):
        self.disturbed.append(now())
        self.lab.end("gatewayd", how)

    def served_after(self, moment):
        """How many values of the point that is served the least."""
        counts = dict.fromkeys(self.lab.periods(), 0)
        for row in ledger.truth_rows([self.lab.truth]):
            if row["time"] > moment:
                counts[f"{row['device']}.{row['point']}"] = counts.get(f"{row['device']}.{row['point']}", 0) + 1
        return min(counts[point] for point in self.points)

    @property
    def points(self):
        if not hasattr(self, "_points"):
            served = {f"{row['device']}.{row['point']}" for row in ledger.truth_rows([self.lab.truth])}
            self._points = sorted(served & set(self.lab.periods()))
        return self._points

    def read_for(self, rounds, what):
        begin = now()
        wait_for(lambda: self.served_after(begin) >= rounds, PATIENCE, what, poll=0.3)
        return begin

    def arrived(self):
        """Readings with a time of either kind, in the order in which they came."""
        return [row for row in ledger.json_lines(self.lab.ledger) if "point" in row and ("time" in row or "boottime" in row)]

    def arrived_of(self, begin):
        """Readings with a trusted time, of a moment after `begin`."""
        return [row for row in self.arrived() if row.get("time", -1) >= begin]


def now():
    return time.time() * 1000


def test_no_step_of_the_clock_dates_a_reading_wrong(heat_station):
    station = Station(heat_station)
    lab, clock = station.lab, station.clock

    # A boot that never learnt the time.
    lost_boot = clock.boot_file.read_text().strip().replace("-", "")
    clock.begin_in_1970()
    station.start()
    wait_for(lambda: lab.truth.exists() and len(list(ledger.truth_rows([lab.truth]))) > 200, PATIENCE, "it is polled")
    station.read_for(2, "the boot without time reads")
    assert not station.arrived(), "nothing may be sent before the clock is known, for ten minutes"
    station.stop()

    # The next boot begins in 1970 too: the earlier one's readings go out as what they are.
    clock.new_boot()
    clock.begin_in_1970()
    before_time = now()
    station.start()
    wait_for(
        lambda: {row["boot"] for row in station.arrived() if "boottime" in row} == {lost_boot}, PATIENCE,
        "the earlier boot's readings arrive under its id")
    station.read_for(2, "the second boot reads without time")
    station.stop(signal.SIGKILL)
    station.start()
    station.read_for(2, "it reads without time after a restart")
    assert not station.arrived_of(0), "a reading was dated before the clock was known"

    # It is set: what was read before is dated, across the restart too.
    clock.show()
    wait_for(lambda: len(station.arrived_of(before_time)) > 100, PATIENCE, "what was read before arrives, dated")

    # Steps of an hour forward, three back, and home again, each as a synchronised clock and as one that is not.
    for hours in (1, -2, 0):
        for synchronised in (True, False):
            clock.show(3600 * hours, synchronised)
            begin = station.read_for(2, f"polling goes on after a step to {hours} h")
            wait_for(lambda: len(station.arrived_of(begin)) > 20, PATIENCE, f"live readings after a step to {hours} h")

    # The same boot after a restart whose clock is in 1970 once more: its anchor stands.
    station.stop()
    clock.begin_in_1970()
    station.start()
    begin = station.read_for(2, "it reads after the last restart")
    wait_for(lambda: len(station.arrived_of(begin)) > 20, PATIENCE, "readings are dated at once after a restart")
    station.stop()
    lab.settle()
    lab.end("stationsim")
    judge(station, lost_boot)


def judge(station, lost_boot):
    lab = station.lab
    rows = station.arrived()
    dated = [row for row in rows if "time" in row]
    undated = [row for row in rows if "boottime" in row]
    assert {row["boot"] for row in undated} == {lost_boot}

    # Boot time is the machine's own, so what the earlier boot told in it can be compared too.
    offset = now() - time.clock_gettime(time.CLOCK_BOOTTIME) * 1000
    everything = [dict(row, time=row["boottime"] + offset) for row in undated] + dated
    good = ledger.collect([row for row in everything if row["quality"] == "good"])
    truth = ledger.collect(list(ledger.truth_rows([lab.truth])))
    wrong = ledger.wrong_readings(good, truth)
    assert not wrong, f"{len(wrong)} of {len(everything)} dated wrong, first: {wrong[:3]}"
    assert len(undated) > 50 and len(dated) > 500, "too little arrived for the test to mean anything"

    # Nothing twice, nothing out of order.
    order = {}
    for row in sorted(everything, key=lambda row: ("boottime" not in row, row["epoch"], row["sequence"])):
        order.setdefault(f"{row['device']}.{row['point']}", []).append(row["time"])
    for point, times in order.items():
        assert all(a < b for a, b in zip(times, times[1:])), f"{point} goes back: {times}"
    assert not [row for row in ledger.json_lines(lab.ledger) if row.get("event") in ("differs", "bad")]

    # Nothing missing but what was on its way when the daemon started or ended.
    for row in everything:
        if row["quality"] != "good":
            station.disturbed.append(row["time"])
    begin, end = min(station.disturbed), max(station.disturbed)
    periods = dict.fromkeys(station.points, 1_000)
    missing = [
        (point, when, value) for point, when, value in ledger.missing_values(good, truth, periods, begin, end)
        if when is None or not any(abs(when - moment) < 2_500 for moment in station.disturbed)]
    assert not missing, f"{len(missing)} missing, first: {missing[:3]}"
