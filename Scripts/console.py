"""The console of a machine under qemu: a socket that answers as a root shell does."""

import re
import socket
import time
from pathlib import Path


class ConsoleError(Exception):
    """The machine did not start, or did not say what it should; the message holds what it said last."""


def connect(path: Path, process, log: Path, seconds: float = 20) -> socket.socket:
    """The socket that qemu makes when it starts; `log` is where qemu writes why it does not."""
    deadline = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            connection.close()
            if process.poll() is not None or time.monotonic() > deadline:
                raise ConsoleError("qemu did not start: " + log.read_text()) from None
            time.sleep(0.05)


class Console:
    """Of one machine after another; everything that it says is added to `transcript`."""

    def __init__(self, transcript: Path):
        self.transcript = open(transcript, "ab")
        self.socket = None
        self.buffer = b""

    def open(self, connection: socket.socket):
        self.socket, self.buffer = connection, b""

    def send(self, line: str):
        self.socket.sendall(line.encode() + b"\n")

    def ask(self, command: str, seconds: float) -> tuple[int, str]:
        """Exit status of a command line and what it printed."""
        self.buffer = b""
        self.send(command + '\necho "status"=$?.')
        found = self.expect(rb"status=(\d+)\.\r?\n", seconds)
        return int(found[1]), found.string[:found.start()].decode(errors="replace").replace("\r\n", "\n")

    def expect(self, pattern: bytes, seconds: float):
        """Where `pattern` is in what the machine says; what is before it is forgotten."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.buffer)
            if found:
                self.buffer = self.buffer[found.end():]
                return found
            if not self.listen(max(0.01, deadline - time.monotonic())):
                raise ConsoleError(f"{pattern!r} not on the console within {seconds:g} s: {self.buffer[-2000:]!r}")

    def listen(self, seconds: float) -> bool:
        """Takes what comes within that time; false: nothing."""
        self.socket.settimeout(seconds)
        try:
            piece = self.socket.recv(65536)
        except TimeoutError:
            piece = b""
        self.transcript.write(piece)
        self.transcript.flush()
        self.buffer += piece
        return bool(piece)

    def shut(self):
        if self.socket:
            self.socket.close()
        self.socket, self.buffer = None, b""

    def close(self):
        self.shut()
        self.transcript.close()
