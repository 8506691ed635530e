"""A station around the virtual board: simulated lines, a broker, a receiving side and a time server on this machine."""

import json
import shutil
import socket
import time
from pathlib import Path

import ledger
from board import HOST, Board, BoardError
from lab import Lab, wait_for
from wires import VIRTUAL, Wires

CONFIG = "/var/lib/gatewayd/station.yaml"
STATE = "/var/lib/gatewayd"


class BoardStation(Lab, Wires):
    """The steps of a scenario are methods of this class; each checks what it is about and says so with `passed`."""

    def __init__(self, config: Path, scenario: Path, seed: int):
        super().__init__(config, scenario)
        self.seed = seed
        self.checks = 0
        self.board: Board | None = None
        self.started_at = 0.0

    def passed(self, text: str):
        self.checks += 1
        print(f"  ok  {text}", flush=True)

    def prepare(self):
        self.start_broker()
        self.start_simulator()
        self.start_receiver("--plain")
        buses = [bus["id"] for bus in self.document["buses"] if "port" in bus]
        self.board = Board(self.directory, [self.lines / bus for bus in buses], self.seed)

    def close(self, keep: bool = False):
        if self.board:
            self.board.close()
        super().close(keep)

    # Steps

    def boot(self, clock: str | None = None):
        seconds = self.board.boot(clock)
        self.passed(f"boot {self.board.boots}: console after {seconds:.1f} s")

    def start(self, rtc: bool = True, **changes):
        """Writes the station's config onto the data disk and starts the daemon."""
        path = self.write_config(lambda document: self.adapt(document, rtc, changes))
        self.board.put(path.read_text(), CONFIG)
        self.started_at = time.time()
        self.board.start(f"DG_BOARDCONFIGS=/usr/share/district-gateway gatewayd --config {CONFIG} --state-dir {STATE}",
                         "/tmp/gatewayd.log")

    def adapt(self, document, rtc, changes):
        changes = dict(changes)
        document["board"] = VIRTUAL | {"rtc": rtc, "ports": {
            bus["port"]: f"/dev/ttyS{index}" for index, bus in
            enumerate(bus for bus in document["buses"] if "port" in bus)}}
        document["uplinks"][0]["mqtt"]["host"] = HOST
        if watchdog := changes.pop("watchdog", None):
            document["board"]["watchdog"] = {"path": "/dev/watchdog0", "timeout": watchdog}
        document.update(changes)

    def readings_of_every_point(self, within: float = 60):
        """Every configured point arrives good, and what arrives is what the lines served."""
        points = set(self.periods())
        begin = self.started_at * 1000

        def all_there():
            seen = {f"{row['device']}.{row['point']}" for row in self.readings()
                    if row["quality"] == "good" and row["time"] >= begin}
            return points <= seen

        wait_for(all_there, within, f"all {len(points)} points arrive", poll=0.2)
        self.passed(f"{len(points)} points of both lines arrived, {time.time() - self.started_at:.1f} s after the start")

    def nothing_wrong(self, slack: float = 1500):
        """Exact values; the board's clock may be off from this machine's by `slack` ms."""
        ledger.SLACK_MS = slack
        arrived = ledger.collect(row for row in ledger.good_readings(self.ledger) if row["device"] != "io")
        truth = ledger.collect(ledger.truth_rows([self.truth]))
        wrong = ledger.wrong_readings(arrived, truth)
        count = sum(len(series.rows) for series in arrived.values())
        if wrong or not count:
            raise BoardError(f"{len(wrong)} of {count} readings are wrong, first: {wrong[:3]}")
        self.passed(f"{count} readings, none wrong")

    def memory(self, resident: float = 16.0):
        """Resident memory of the daemon in MB, by the kernel."""
        text = self.board.run("cat /proc/$(pidof gatewayd)/status")
        figures = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in text.splitlines() if " kB" in line}
        if figures["VmRSS"] > resident:
            raise BoardError(f"resident {figures['VmRSS']:.1f} MB, at most {resident:g}")
        self.passed(f"resident {figures['VmRSS']:.1f} MB of at most {resident:g}, anonymous {figures['RssAnon']:.1f} MB")

    def wait(self, seconds: float):
        time.sleep(seconds)

    def pull_plug(self):
        kept, lost = self.board.pull_plug()
        self.passed(f"plug pulled: {kept} sectors of the disk's cache kept, {lost} lost")
        self.cut_at = time.time()

    def goes_on(self, within: float = 60):
        """After a cut: the store opens in its old epoch and nothing sealed is missing from the sequence."""
        before = self.sequences()
        wait_for(lambda: self.sequences() - before, within, "batches of the next life arrive", poll=0.2)
        epochs = {epoch for epoch, _ in self.sequences()}
        if len(epochs) != 1:
            raise BoardError(f"the store did not survive: epochs {epochs}")
        numbers = sorted(number for _, number in self.sequences())
        missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers)
        if missing:
            raise BoardError(f"batches {sorted(missing)} never arrived")
        self.passed(f"the next life goes on in the same epoch; batches {numbers[0]} to {numbers[-1]} without a hole")

    def sequences(self):
        return {(row["epoch"], row["sequence"]) for row in self.readings()}

    def set_clock_by_time_server(self, within: float = 60):
        """A real time server here, a real time client on the board."""
        address = self.directory / "chrony.conf"
        address.write_text("local stratum 5\nallow 127.0.0.1\nbindaddress 127.0.0.1\nport 123\ncmdport 0\n"
                           f"pidfile {self.directory}/chronyd.pid\n")
        if not shutil.which("chronyd"):
            raise BoardError("chronyd is missing here: apt-get install chrony")
        self.spawn("chronyd", ["chronyd", "-x", "-d", "-U", "-f", address])
        self.board.put(f"server {HOST} iburst\nmakestep 1 -1\nrtcsync\ncmdport 0\n", "/tmp/chrony.conf")
        self.board.run("mkdir -p /var/run/chrony /var/lib/chrony; true")
        self.board.start("chronyd -d -U -u root -f /tmp/chrony.conf", "/tmp/chronyd.log")
        wait_for(lambda: abs(int(self.board.run("date +%s")) - time.time()) < 3, within, "the board's clock is set", 0.5)
        self.passed("the board's clock was set by a time server")

    def no_reading_dated_wrong(self):
        begin, end = self.started_at * 1000 - 1500, time.time() * 1000 + 1500
        rows = [row for row in self.readings() if "time" in row]
        outside = [row for row in rows if not begin <= row["time"] <= end]
        if outside or not rows:
            raise BoardError(f"{len(outside)} of {len(rows)} readings dated wrong, first: {outside[:2]}")
        first = min(row["time"] for row in rows) - self.started_at * 1000
        if first > 10_000:
            raise BoardError(f"what was read before the clock was set is missing: the first reading is {first:.0f} ms old")
        self.passed(f"{len(rows)} readings, none dated before the start or after now, the first {first:.0f} ms after it")

    def ports_are_known(self):
        """What libserialport says of the UARTs; it knows no pseudo terminals, so this is seen on a board only."""
        rows = [json.loads(line) for line in self.board.run("gatewayctl ports --json").splitlines()]
        wanted = ["/dev/ttyS0", "/dev/ttyS1", "/dev/ttyAMA0"]
        if [row["path"] for row in rows] != wanted or any(row["kind"] != "native" for row in rows):
            raise BoardError(f"libserialport sees {rows}")
        self.board.run("gatewayctl ports /dev/ttyS1 && ! gatewayctl ports /dev/ttyS5 && ! gatewayctl ports /dev/null")
        self.passed(f"libserialport knows {', '.join(wanted)}, and no others")

    def kernel_port(self):
        """The real 16550 behind a line, as the kernel names it."""
        text = self.board.run("cat /proc/tty/driver/serial")
        if "16550A" not in text:
            raise BoardError(f"no 16550: {text}")
        self.passed("the lines are real UARTs (16550A)")
