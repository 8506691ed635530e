"""A Modbus slave that this project did not write: pymodbus on a PTY (RTU) and on TCP, with a truth log.

Run with the Python of a virtual environment that has pymodbus. Values are made and packed here, by `struct`, so that
an error of ours in decoding cannot cancel out.

    foreign_slave.py --dir DIR --truth FILE      links DIR/foreign-rtu, writes DIR/foreign-tcp.port, serves until SIGTERM
"""

import argparse
import asyncio
import json
import math
import os
import socket
import struct
import threading
import time
import tty
from decimal import Decimal
from pathlib import Path

from pymodbus.datastore import ModbusServerContext
from pymodbus.datastore.context import ModbusBaseSlaveContext
from pymodbus.framer import FramerType
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer

# point: (table, address, struct format of the big-endian value, word order, decimals)
POINTS = {
    "temperature": ("holding", 0, "h", "big", 1),
    "energy": ("holding", 10, "I", "big", 2),
    "volume": ("holding", 30, "d", "big", None),
    "total": ("holding", 40, "q", "little", 3),
    "flow": ("input", 20, "f", "little", None),
    "running": ("coil", 3, "?", None, 0),
    "fault": ("discrete", 5, "?", None, 0),
}
TYPES = {"h": "int16", "I": "uint32", "d": "float64", "q": "int64", "f": "float32", "?": "bool"}
TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
UNITS = {"foreign-rtu": 7, "foreign-tcp": 1}


def devices():
    """The device entries of a board config that describe these slaves, without a template."""
    for bus, unit in UNITS.items():
        points = []
        for name, (table, address, form, order, decimals) in POINTS.items():
            point = {"id": name, "table": table, "address": address, "type": TYPES[form]}
            if order == "little":
                point["word_order"] = "little"
            if decimals:
                point["scale"] = float(Decimal(1).scaleb(-decimals))
            points.append(point)
        yield {"id": f"{bus}-meter", "bus": bus, "address": unit, "period": "1s", "points": points}


class Slave(ModbusBaseSlaveContext):
    """Makes each value when it is asked for, and writes down what it gave."""

    def __init__(self, device, truth):
        super().__init__()
        self.device, self.truth, self.words, self.bits = device, truth, {}, {}

    def refresh(self):
        now = time.time()
        raw = {
            "temperature": round(200 * math.sin(now / 7)),
            "energy": int(now * 10) % 4_000_000_000,
            "volume": now / 3,
            "total": -int(now * 1000),
            "flow": struct.unpack(">f", struct.pack(">f", 42 + math.sin(now)))[0],
            "running": int(now) % 4 < 2,
            "fault": int(now) % 6 == 0,
        }
        self.values = {}
        for name, (table, address, form, order, decimals) in POINTS.items():
            value = raw[name]
            if form == "?":
                self.bits[table, address] = value
                self.values[name] = str(int(value))
                continue
            packed = struct.pack(">" + form, value)
            words = list(struct.unpack(f">{len(packed) // 2}H", packed))
            for offset, word in enumerate(words if order == "big" else words[::-1]):
                self.words[table, address + offset] = word
            self.values[name] = shortest32(value) if form == "f" else repr(value) if form == "d" else str(
                Decimal(value).scaleb(-decimals))

    def validate(self, fc_as_hex, address, count=1):
        return fc_as_hex in TABLES and address + count <= 200

    def getValues(self, fc_as_hex, address, count=1):
        table = TABLES[fc_as_hex]
        self.refresh()
        for name, (point_table, start, form, _, _) in POINTS.items():
            length = 1 if form == "?" else struct.calcsize(form) // 2
            if point_table == table and address <= start and start + length <= address + count:
                json.dump(
                    {"device": self.device, "point": name, "time": round(time.time() * 1000, 3),
                     "value": self.values[name]},
                    self.truth)
                self.truth.write("\n")
        self.truth.flush()
        source = self.bits if table in ("coil", "discrete") else self.words
        return [source.get((table, at), 0) for at in range(address, address + count)]

    def setValues(self, fc_as_hex, address, values):
        raise PermissionError("nobody writes to this slave")


def shortest32(value):
    """The shortest decimal that reads back as the same float32."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack(">f", float(text)) == struct.pack(">f", value):
            return text
    return repr(value)


def pump(a, b):
    while True:
        try:
            data = os.read(a, 512)
        except OSError:
            return
        os.write(b, data)


def bridge(link):
    """Two PTYs back to back: the daemon opens `link`, pymodbus the returned path."""
    ends = []
    for _ in range(2):
        master, slave = os.openpty()
        tty.setraw(slave)
        ends.append((master, os.ttyname(slave)))
    for a, b in ((0, 1), (1, 0)):
        threading.Thread(target=pump, args=(ends[a][0], ends[b][0]), daemon=True).start()
    link.unlink(missing_ok=True)
    link.symlink_to(ends[0][1])
    return ends[1][1]


async def serve(directory, truth):
    def context(bus):
        return ModbusServerContext(slaves={UNITS[bus]: Slave(f"{bus}-meter", truth)}, single=False)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = bridge(directory / "foreign-rtu")
    rtu = StartAsyncSerialServer(context("foreign-rtu"), port=path, framer=FramerType.RTU, baudrate=19200)
    tcp = StartAsyncTcpServer(context("foreign-tcp"), address=("127.0.0.1", port))
    tasks = [asyncio.create_task(rtu), asyncio.create_task(tcp)]
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        await asyncio.sleep(0.02)
    (directory / "foreign-tcp.port").write_text(str(port))
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    arguments = parser.parse_args()
    with open(arguments.truth, "a", encoding="utf-8") as truth_file:
        asyncio.run(serve(arguments.dir, truth_file))
