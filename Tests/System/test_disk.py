"""A disk that is full, read-only, or not there: the daemon polls and sends all the same, and recovers by itself.

The state directory is a small tmpfs of its own; mounting needs root, else the tests are skipped.
"""

import os
import subprocess
import time

import pytest

import ledger
from lab import every_second, json_lines, wait_for


class SmallDisk:
    """A tmpfs of 3 MiB in place of the lab's state directory."""

    def __init__(self, path):
        self.path = path
        self.mounted = False

    def mount(self):
        self.path.mkdir(exist_ok=True)
        answer = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", self.path], capture_output=True)
        if answer.returncode != 0:
            pytest.skip(f"needs root and mount(8): {answer.stderr.decode().strip()}")
        self.mounted = True

    def remount(self, mode):
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True)

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.path], check=False)
            self.mounted = False

    def fill(self):
        """What others do to a disk: to the last byte."""
        with open(self.path / "filler", "ab", buffering=0) as file:
            try:
                for size in (4096, 1):
                    while True:
                        file.write(b"x" * size)
            except OSError:
                pass
        free = os.statvfs(self.path)
        assert free.f_bavail * free.f_frsize < 8192

    def free(self):
        (self.path / "filler").unlink()


@pytest.fixture
def small_disk(heat_station):
    disk = SmallDisk(heat_station.state)
    yield disk
    heat_station.end("gatewayd")
    disk.unmount()


def start(lab, **options):
    def change(document):
        every_second(document)
        document["store"]["size"] = "1MiB"

    lab.start_broker()
    lab.start_simulator()
    lab.write_config(change)
    lab.start_receiver()
    lab.start_gateway(**options)


def start_with(lab, disk):
    """Returns a moment in ms at which all is well."""
    disk.mount()
    start(lab)
    wait_for(lambda: received(lab) > 50, 30, "first readings")
    return time.time() * 1000


def start_without_store(lab):
    """Returns a moment in ms at which batches leave from memory."""
    start(lab, expect_running=False)
    wait_for(lambda: any(epoch.startswith("volatile-") for epoch in epochs(lab)), 60, "batches leave from memory")
    return time.time() * 1000


def recovers(lab, begin):
    wait_for(lambda: (lab.state / "shell.sock").exists(), 60, "the shell comes with the directory")
    wait_for(lambda: not lab.status()["store"]["volatile"], 120, "the store is used again")
    goes_on(lab, 5, "values arrive afterwards")
    nothing_is_lost(lab, begin)


def epochs(lab):
    return {row["epoch"] for row in json_lines(lab.ledger) if "epoch" in row}


def received(lab):
    return len(lab.readings())


def nothing_is_lost(lab, begin):
    """All that was served between `begin` and some seconds ago has arrived, once, and as it was served."""
    end = time.time() * 1000 - 4_000
    wait_for(lambda: time.time() * 1000 > end + 6_000, 10, "the last batches")
    arrived = ledger.collect(ledger.good_readings(lab.ledger))
    truth = ledger.collect(ledger.truth_rows([lab.truth]))
    served, lost = 0, []
    for point, readings in arrived.items():
        for when, value in truth[point].rows:
            if begin <= when <= end:
                served += 1
                if not readings.has(when, value):
                    lost.append((point, when, value))
    assert served > 500, "too little was served for the test to mean anything"
    # On a machine without time to spare an answer can come after its timeout, or be dated late by as much.
    bad = [row for row in lab.readings() if row["quality"] != "good"]
    lost = [one for one in lost if not any(abs(row["time"] - one[1]) < 1_500 for row in bad)]
    lost = [one for one in lost if not near(arrived, *one)]
    assert not lost, f"{len(lost)} of {served} lost, first: {lost[:3]}"
    wrong = [one for one in ledger.wrong_readings(arrived, truth) if not near(truth, *one)]
    assert not wrong, f"{len(wrong)} wrong, first: {wrong[:3]}"
    assert not [row for row in json_lines(lab.ledger) if row.get("event") == "differs"], "a duplicate differs"
    keys = {}
    for row in lab.readings():
        keys.setdefault((row["device"], row["point"], row["time"]), set()).add((row["epoch"], row["sequence"]))
    twice = {point: where for point, where in keys.items() if len(where) > 1}
    assert not twice, f"under two keys: {list(twice.items())[:3]}"


def near(table, point, when, value):
    """The same value within 1.5 s."""
    return any(abs(time_ - when) < 1_500 and value_ == value for time_, value_ in table[point].rows)


def goes_on(lab, seconds, what):
    before = received(lab)
    time.sleep(seconds)
    assert received(lab) - before > 20, what


def test_a_full_disk_loses_nothing_and_is_left_by_itself(heat_station, small_disk):
    lab = heat_station
    begin = start_with(lab, small_disk)
    small_disk.fill()
    # The reserve and pages that are free carry it for a while; the receivers notice nothing either way.
    goes_on(lab, 20, "values arrive while the disk is full")
    small_disk.free()
    recovers(lab, begin)


def test_a_full_disk_and_a_dead_link_lose_nothing_that_memory_holds(heat_station, small_disk):
    lab = heat_station
    begin = start_with(lab, small_disk)
    lab.end("mosquitto")
    # Nothing is acknowledged, so no page is freed; and what the store gives up, others take.
    for _ in range(20):
        small_disk.fill()
        time.sleep(1)
    wait_for(lambda: lab.status()["store"]["volatile"], 60, "the store cannot be written any more")
    status = lab.status()
    assert status["loss_bound_s"] is None and status["store"]["error"]
    lab.start_broker()
    wait_for(lambda: any(epoch.startswith("volatile-") for epoch in epochs(lab)), 60, "batches leave from memory")
    goes_on(lab, 10, "values arrive while the disk is full")
    small_disk.free()
    recovers(lab, begin)


def test_a_read_only_disk_is_no_reason_not_to_start(heat_station, small_disk):
    lab = heat_station
    small_disk.mount()
    small_disk.remount("ro")
    begin = start_without_store(lab)
    goes_on(lab, 10, "values arrive while the disk is read-only")
    small_disk.remount("rw")
    recovers(lab, begin)


def test_without_a_state_directory_it_starts_and_takes_the_directory_when_it_comes(heat_station):
    lab = heat_station
    state = lab.state
    # Its parent is missing, as when a medium is not mounted.
    lab.state = state / "medium" / "state"
    begin = start_without_store(lab)
    goes_on(lab, 10, "values arrive without a store")
    lab.state.parent.mkdir(parents=True)
    wait_for(lambda: any(not epoch.startswith("volatile-") for epoch in epochs(lab)), 60, "the store is used")
    recovers(lab, begin)
    assert lab.end("gatewayd") == 0
