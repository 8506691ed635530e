"""A disk that forgets what was not flushed: an NBD server on a Unix socket, for pulling the plug.

Writes go to memory and reach the image file at a flush. `cut()` is the power cut: of the writes since the last flush
each sector is kept or lost by chance, by seed, as a real disk's cache would have it.
NBD: fixed newstyle handshake and simple replies, https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
"""

import random
import socket
import struct
import threading
from pathlib import Path

SECTOR = 512
REQUEST = struct.Struct(">IHHQQI")
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
FUA = 1
HAS_FLAGS, SEND_FLUSH, SEND_FUA = 1, 4, 8


class ForgetfulDisk:
    def __init__(self, image: Path, address: Path, seed: int):
        self.image = open(image, "r+b")
        self.size = image.stat().st_size
        self.random = random.Random(seed)
        self.unflushed: dict[int, bytes] = {}
        self.lock = threading.Lock()
        self.flushes = 0
        self.listener = socket.socket(socket.AF_UNIX)
        address.unlink(missing_ok=True)
        self.listener.bind(str(address))
        self.listener.listen(1)
        threading.Thread(target=self.serve, daemon=True).start()

    def cut(self) -> tuple[int, int]:
        """Loses what was not flushed, to be called once the machine is gone. Sectors kept and lost."""
        with self.lock:
            kept = [sector for sector in sorted(self.unflushed) if self.random.random() < 0.5]
            lost = len(self.unflushed) - len(kept)
            for sector in kept:
                self.put(sector, self.unflushed[sector])
            self.unflushed = {}
            self.image.flush()
            return len(kept), lost

    def close(self):
        self.listener.close()
        self.image.close()

    # One connection at a time: a machine has one disk.

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    if self.shake_hands(connection):
                        self.transmit(connection)
                except (ConnectionError, struct.error, OSError):
                    pass                                    # the machine is gone; cut() decides what it wrote

    def shake_hands(self, connection) -> bool:
        connection.sendall(b"NBDMAGIC" + b"IHAVEOPT" + struct.pack(">H", 3))
        exactly(connection, 4)
        while True:
            _, option, length = struct.unpack(">8sII", exactly(connection, 16))
            exactly(connection, length)
            flags = HAS_FLAGS | SEND_FLUSH | SEND_FUA
            if option == 1:                                 # export name: the answer ends the handshake
                connection.sendall(struct.pack(">QH", self.size, flags))
                return True
            if option in (6, 7):                            # info, go
                reply(connection, option, 3, struct.pack(">HQH", 0, self.size, flags))
                reply(connection, option, 1)
                if option == 7:
                    return True
            elif option == 2:
                reply(connection, option, 1)
                return False
            else:
                reply(connection, option, 0x80000001)       # unsupported

    def transmit(self, connection):
        while True:
            _, flags, kind, handle, offset, length = REQUEST.unpack(exactly(connection, REQUEST.size))
            answer = b""
            if kind == DISCONNECT:
                return
            if kind == WRITE:
                self.write(offset, exactly(connection, length))
                if flags & FUA:
                    self.flush()
            elif kind == READ:
                answer = self.read(offset, length)
            elif kind == FLUSH:
                self.flush()
            connection.sendall(struct.pack(">IIQ", 0x67446698, 0, handle) + answer)

    # Requests are whole sectors: virtio-blk's block size.

    def write(self, offset, data):
        with self.lock:
            for at in range(0, len(data), SECTOR):
                self.unflushed[(offset + at) // SECTOR] = data[at:at + SECTOR]

    def read(self, offset, length):
        with self.lock:
            self.image.seek(offset)
            data = bytearray(self.image.read(length).ljust(length, b"\0"))
            for at in range(0, length, SECTOR):
                sector = self.unflushed.get((offset + at) // SECTOR)
                if sector is not None:
                    data[at:at + SECTOR] = sector
            return bytes(data)

    def flush(self):
        with self.lock:
            for sector, data in self.unflushed.items():
                self.put(sector, data)
            self.unflushed = {}
            self.image.flush()
            self.flushes += 1

    def put(self, sector, data):
        self.image.seek(sector * SECTOR)
        self.image.write(data)


def exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("gone")
        data += piece
    return data


def reply(connection, option, kind, data=b""):
    connection.sendall(struct.pack(">QIII", 0x3E889045565A9, option, kind, len(data)) + data)
