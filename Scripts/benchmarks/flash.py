"""What reaches the card: bytes that ext4 writes to its block device, a loop device, per reading.

Beside the daemon, in the same run and each on a loop device of its own, stores with a row per reading: SQLite in its usual
settings for such a job (WAL, synchronous=NORMAL), rows deleted once they are 10 s old, as if sent. They differ in what is
one transaction: a reading, all of a device's answer, or everything of 10 s.
"""

import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path


class Void(Exception):
    """This machine cannot measure it."""


class LoopDisk:
    """An ext4 of 96 MiB on a loop device, mounted at `path`."""

    def __init__(self, path):
        self.path = Path(path)
        self.image = tempfile.NamedTemporaryFile(prefix="bench-flash-")
        self.image.truncate(96 << 20)
        self.device = self._run("losetup", "--find", "--show", self.image.name)
        try:
            # Without lazy initialisation, which would write in the background.
            self._run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.device)
            self.path.mkdir(parents=True, exist_ok=True)
            self._run("mount", "-o", "noatime", self.device, self.path)
        except Void:
            self._run("losetup", "--detach", self.device)
            raise

    @staticmethod
    def _run(*command):
        try:
            answer = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        except OSError as error:
            raise Void(f"{command[0]}: {error.strerror}") from None
        if answer.returncode != 0:
            raise Void(f"{command[0]}: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def written(self):
        """Bytes since it was made, all of them on the device."""
        self._run("sync", "--file-system", self.path)
        fields = Path(f"/sys/block/{Path(self.device).name}/stat").read_text().split()
        return 512 * int(fields[6])

    def close(self):
        self._run("umount", "--lazy", self.path)
        self._run("losetup", "--detach", self.device)
        self.image.close()


class RowPerReading(threading.Thread):
    """`devices` answers of `points` readings every 10 s, spread over the time."""

    KINDS = ("each reading", "each answer", "each 10 s")

    def __init__(self, directory, devices, points, kind):
        super().__init__(daemon=True)
        self.file, self.devices, self.points, self.kind = Path(directory) / "rows.sqlite", devices, points, kind
        self.readings = 0
        self.ended = threading.Event()

    def run(self):
        database = sqlite3.connect(self.file, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(
            "CREATE TABLE readings (id INTEGER PRIMARY KEY, time INTEGER, point INTEGER, value REAL, quality INTEGER)")
        begin, cycle = time.monotonic(), 0
        while True:
            for device in range(self.devices):
                if self.ended.wait(max(0, begin + 10 * cycle + 10 * device / self.devices - time.monotonic())):
                    database.close()
                    return
                if self.kind == "each answer" or (self.kind == "each 10 s" and device == 0):
                    database.execute("BEGIN")
                now = time.time_ns() // 1_000_000
                for point in range(self.points):
                    database.execute(
                        "INSERT INTO readings (time, point, value, quality) VALUES (?, ?, ?, 0)",
                        (now, device * self.points + point, 20 + (cycle + point) % 50 / 10))
                if self.kind == "each answer" or (self.kind == "each 10 s" and device == self.devices - 1):
                    database.execute("COMMIT")
                self.readings += self.points
            database.execute("DELETE FROM readings WHERE time < ?", (time.time_ns() // 1_000_000 - 10_000,))
            cycle += 1

    def end(self):
        self.ended.set()
        self.join()


def measure(Run, report, build, seconds, name, station, change, devices, points):
    """`points` of each of `devices` every 10 s for `seconds`."""
    disks, writers = [], {}
    with tempfile.TemporaryDirectory(prefix="bench-flash-") as directory:
        try:
            for kind in RowPerReading.KINDS:
                disks.append(LoopDisk(Path(directory) / kind))
                writers[kind] = RowPerReading(disks[-1].path, devices, points, kind)
            run = Run(station, build, change=change)
            disks.append(LoopDisk(run.lab.state))
            with run:
                for writer in writers.values():
                    writer.start()
                # Until the WAL has its size and checkpoints have begun to come.
                time.sleep(60)
                own = [disks[-1].written(), run.tap.figures()["readings"]]
                rows = {kind: [disk.written(), writers[kind].readings] for disk, kind in zip(disks, writers)}
                time.sleep(seconds)
                own = [b - a for a, b in zip(own, [disks[-1].written(), run.tap.figures()["readings"]])]
                for disk, kind in zip(disks, writers):
                    rows[kind] = [b - a for a, b in zip(rows[kind], [disk.written(), writers[kind].readings])]
        finally:
            for writer in writers.values():
                if writer.is_alive():
                    writer.end()
            for disk in disks:
                disk.close()
    each = own[0] / max(own[1], 1)
    report.tell(name, "readings", own[1], "{:.0f}")
    report.tell(name, "B on the block device per reading", each)
    report.tell(name, "MB on the block device a day", own[0] / seconds * 86_400 / 1e6, "{:.0f}")
    for kind, (written, readings) in rows.items():
        other = written / max(readings, 1)
        report.tell(name, f"  a row per reading, a transaction {kind}: B", other)
        if kind == "each reading":
            report.at_least(name, "  times as many", other / each, 8, "{:.1f}")
        else:
            report.tell(name, "  times as many", other / each, "{:.1f}")
