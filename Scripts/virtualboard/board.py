"""The virtual board: a whole arm64 machine under qemu with two RS-485 ports, GPIO lines, a watchdog and a data disk.

Facts behind it: PL061 lines are driven from outside through QEMU's test protocol; each 16550 is joined to a simulated
line by opening that line's pseudo terminal, so the guest's baud rate and parity reach the simulation; the host's loopback is
10.0.2.2 in the guest. Pulling the plug is SIGKILL to qemu and a disk that forgets.
"""

import signal
import subprocess
import time
from pathlib import Path

from console import Console, ConsoleError, connect
from forgetful_disk import ForgetfulDisk

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGE = ROOT / ".build" / "cross" / "board"
HOST = "10.0.2.2"
LINES = 8


class BoardError(ConsoleError):
    """The board is not as the scenario expects it."""


class Board:
    """One board; it keeps its data disk from one `boot` to the next."""

    def __init__(self, directory: Path, lines: list[Path], seed: int, disk_size: str = "64M"):
        self.directory = directory
        self.lines = lines
        self.image = directory / "data.img"
        subprocess.run(["truncate", "-s", disk_size, self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        self.disk = ForgetfulDisk(self.image, directory / "disk.sock", seed)
        self.process = self.test_port = None
        self.console = Console(directory / "console.log")
        self.boots = 0

    def boot(self, clock: str | None = None, watchdog_action: str = "reset", seconds: float = 120) -> float:
        """Switches the board on and waits for its shell; returns how long that took.

        clock: what the battery clock says, as `1970-01-01`; None: the right time."""
        begin = time.monotonic()
        self.boots += 1
        sockets = {name: self.directory / f"{name}.sock" for name in ("console", "qtest")}
        for path in sockets.values():
            path.unlink(missing_ok=True)
        command = [
            "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "256", "-accel", "tcg", "-nographic",
            "-kernel", IMAGE / "vmlinuz", "-initrd", IMAGE / "initramfs", "-dtb", IMAGE / "machine.dtb",
            "-append", "console=ttyAMA0 quiet panic=1", "-monitor", "none",
            "-serial", f"unix:{sockets['console']},server=on,wait=off",
            "-qtest", f"unix:{sockets['qtest']},server=on,wait=off", "-qtest-log", "/dev/null",
            "-drive", f"file={IMAGE / 'system.img'},format=raw,if=none,id=system,readonly=on",
            "-device", "virtio-blk-pci,drive=system",
            "-drive", f"file=nbd+unix:///?socket={self.directory / 'disk.sock'},format=raw,if=none,id=data",
            "-device", "virtio-blk-pci,drive=data",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-device", "i6300esb", "-watchdog-action", watchdog_action,
        ]
        if clock:
            command += ["-rtc", f"base={clock}"]
        ports = []
        for index, line in enumerate(self.lines):
            command += ["-chardev", f"serial,id=line{index},path={line.resolve()}"]
            ports.append(f"chardev{index + 1}=line{index}")
        if ports:
            kind = {1: "pci-serial", 2: "pci-serial-2x", 4: "pci-serial-4x"}[len(ports)]
            ports = [ports[0].replace("chardev1", "chardev")] if len(ports) == 1 else ports
            command += ["-device", ",".join([kind, *ports])]
        with open(self.directory / "qemu.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        self.console.open(connect(sockets["console"], self.process, self.directory / "qemu.log"))
        self.test_port = connect(sockets["qtest"], self.process, self.directory / "qemu.log")
        self.console.expect(rb"board: ready", seconds)
        self.console.expect(rb"~ # ", seconds)
        self.run("stty -echo; set +m; PS1=")
        return time.monotonic() - begin

    def run(self, command: str, seconds: float = 60) -> str:
        """Runs a command line on the board's console and returns what it printed; raises when its status is not 0."""
        status, text = self.console.ask(command, seconds)
        if status != 0:
            raise BoardError(f"{command!r} ended with {status}: {text.strip()[-2000:]}")
        return text

    def start(self, command: str, log: str = "/tmp/log"):
        """Starts a program in the background of the board."""
        self.run(f"{command} >{log} 2>&1 </dev/null &")

    def put(self, text: str, path: str):
        """Writes a small text file on the board."""
        self.run(f"cat >{path} <<'END_OF_FILE'\n{text}\nEND_OF_FILE\ntrue")

    def set_line(self, line: int, level: bool):
        """Drives an input line of the board, 0 to 7."""
        assert 0 <= line < LINES
        self.ask(f"set_irq_in /machine/unattached/device[6] unnamed-gpio-in {line} {int(level)}")

    def read_word(self, address: int) -> int:
        """A device's register, as the processor would read it."""
        return int(self.ask(f"readl 0x{address:x}").split()[1], 0)

    def ask(self, command: str) -> str:
        self.test_port.sendall(command.encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += self.test_port.recv(4096)
        if not answer.startswith(b"OK"):
            raise BoardError(f"{command}: {answer.decode().strip()}")
        return answer.decode()

    def restarts(self) -> int:
        """How often the kernel has come up since the power was switched on."""
        self.console.listen(0.01)
        return self.console.buffer.count(b"board: ready")

    def wait_for_restart(self, seconds: float):
        self.console.expect(rb"board: ready", seconds)
        self.console.expect(rb"~ # ", 60)
        self.run("stty -echo; set +m; PS1=")

    def pull_plug(self) -> tuple[int, int]:
        """The power is gone between two instructions. Sectors of the disk's cache that were kept and lost."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.shut()
        return self.disk.cut()

    def shut(self):
        if self.test_port:
            self.test_port.close()
        self.test_port = None
        self.console.shut()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.shut()
        self.disk.close()
        self.console.close()
