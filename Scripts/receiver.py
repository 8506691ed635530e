"""The receiving side: subscribes like a city's platform, keeps a ledger of what came, shows it as a live table.

    receiver.py --port 1883 --ledger FILE            live table, refreshed each second
    receiver.py --port 1883 --ledger FILE --plain    one line per batch

MQTT 5 with a persistent session, QoS 1: what is sent while this program is away comes when it is back. Profiles json
and batch. A batch that comes again (same gateway, epoch and sequence) is counted, not listed; one whose bytes differ is
written down as {"event": "differs"}, one that cannot be read as {"event": "bad"}.

A batch is acknowledged to the broker once its rows are written, the row {"event": "batch"} last. Started again on the
same ledger, this program knows what it has: half a batch at the end is cut off and comes again.
"""

import argparse
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import decode_batch

SESSION_EXPIRY_SECONDS = 86_400
# Batches held until their dictionary comes; a broker sends retained dictionaries at each subscription.
MOST_WAITING = 10_000


def text_of(value):
    """A value as JSON text, with the digits it came with."""
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


class Receiver:
    def __init__(self, ledger, plain):
        self.ledger, self.plain = ledger, plain
        self.seen = {}          # (gateway, epoch, sequence) -> SHA-256 of the payload
        self.dictionaries = {}  # id -> JSON bytes
        self.waiting = []       # batches whose dictionary has not come yet
        self.units = {}         # (device, point) -> unit
        self.latest = {}        # (device, point) -> (time, value, quality, lane)
        self.counts = {"batches": 0, "readings": 0, "again": 0, "differ": 0}
        self.lock = threading.Lock()

    def recall(self, path):
        """What an earlier run has written; rows after the last whole batch are cut off."""
        at = keep = 0
        with open(path, "rb") as file:
            for line in file:
                at += len(line)
                try:
                    row = json.loads(line)
                except ValueError:
                    break
                if "event" in row:
                    keep = at
                if row.get("event") == "batch":
                    self.seen[row["gateway"], row["epoch"], row["sequence"]] = row["sha256"]
        os.truncate(path, keep)

    def on_message(self, client, userdata, message):
        parts = message.topic.split("/")
        with self.lock:
            try:
                if "meta" in parts and parts[-1] != "meta":
                    self.learn(parts[-1], message.payload)
                elif parts[-1] == "batch":
                    lane = dict(getattr(message.properties, "UserProperty", [])).get("lane", "")
                    self.take(message.payload, lane, time.time() * 1000)
                elif parts[-1] == "alarm":
                    self.note({"event": "alarm", "received_ms": time.time() * 1000, "alarm": json.loads(message.payload)})
            except (ValueError, KeyError, IndexError, TypeError) as error:
                self.note({"event": "bad", "topic": message.topic, "bytes": len(message.payload), "why": repr(error)})

    def note(self, row):
        self.ledger.write(json.dumps(row) + "\n")
        self.ledger.flush()

    def learn(self, name, payload):
        if not payload:
            return
        self.dictionaries[name] = payload
        for point in json.loads(payload)["points"]:
            self.units[point["device"], point["point"]] = point.get("unit", "")
        waiting, self.waiting = self.waiting, []
        for batch in waiting:
            self.take(*batch)

    def take(self, payload, lane, received):
        if payload[:4] == b"DGB1":
            name = payload[72:80].hex()
            if name not in self.dictionaries:
                if len(self.waiting) < MOST_WAITING:
                    self.waiting.append((payload, lane, received))
                return
            batch = decode_batch.decode(payload, self.dictionaries[name])
        else:
            batch = json.loads(payload, parse_float=Decimal)
        key = batch["gateway"], batch["epoch"], batch["sequence"]
        print_of = hashlib.sha256(payload).hexdigest()
        if key in self.seen:
            self.counts["again"] += 1
            if self.seen[key] != print_of:
                self.counts["differ"] += 1
                self.note({"event": "differs", "epoch": key[1], "sequence": key[2]})
            return
        self.write(batch, lane, received, print_of, len(payload))
        self.seen[key] = print_of

    def write(self, batch, lane, received, print_of, size):
        head = (f'{{"gateway":"{batch["gateway"]}","epoch":"{batch["epoch"]}","sequence":{batch["sequence"]},'
                f'"lane":"{lane}","received_ms":{received:.0f}')
        lines = []
        for reading in batch["readings"]:
            when = (f'"time":{reading["time"]}' if "time" in reading
                    else f'"boot":"{batch["boot"]}","boottime":{reading["boottime"]}')
            lines.append(
                head + f',"device":"{reading["device"]}","point":"{reading["point"]}",{when},'
                + f'"value":{text_of(reading["value"])},"quality":"{reading["quality"]}"}}')
            # The backlog comes later than what is newer.
            point = reading["device"], reading["point"]
            if point not in self.latest or (reading.get("time") or 0) >= (self.latest[point][0] or 0):
                self.latest[point] = (reading.get("time"), reading["value"], reading["quality"], lane)
        for gap in batch["gaps"]:
            lines.append(head + ',"gap":' + decode_batch.to_json(gap).decode() + "}")
        for index, alarm in enumerate(batch["alarms"]):
            lines.append(head + f',"index":{index},"alarm":{decode_batch.to_json(alarm).decode()}}}')
        lines.append(head + f',"event":"batch","clock":"{batch["clock"]}","bytes":{size},"sha256":"{print_of}"}}')
        self.ledger.write("\n".join(lines) + "\n")
        self.ledger.flush()
        self.counts["batches"] += 1
        self.counts["readings"] += len(batch["readings"])
        if self.plain:
            print(f'batch {batch["sequence"]} ({lane}): {len(batch["readings"])} readings, '
                  f'{len(batch["gaps"])} gaps', flush=True)

    def table(self):
        """The latest of each point, as text that fits the terminal."""
        columns, rows = shutil.get_terminal_size((100, 40))
        now = time.time() * 1000
        with self.lock:
            counts, latest = dict(self.counts), sorted(self.latest.items())
        out = ["{batches} batches, {readings} readings, {again} again, {differ} differing".format(**counts), "",
               f'{"DEVICE":20} {"POINT":26} {"VALUE":>16} {"UNIT":8} {"AGE":>7} {"QUALITY":13} LANE']
        for (device, point), (when, value, quality, lane) in latest[: max(rows - 5, 5)]:
            age = f"{(now - when) / 1000:.1f} s" if when else "?"
            shown = "-" if value is None else text_of(value)
            unit = self.units.get((device, point), "")
            out.append(f"{device:20.20} {point:26.26} {shown:>16.16} {unit:8.8} {age:>7} {quality:13} {lane}")
        hidden = len(latest) - max(rows - 5, 5)
        if hidden > 0:
            out.append(f"... and {hidden} points more")
        return "\n".join(line[:columns] for line in out)


def connect(arguments, receiver):
    client = mqtt.Client(client_id=arguments.client_id, protocol=mqtt.MQTTv5)
    client.on_message = receiver.on_message

    def on_connect(client, userdata, flags, reason, properties):
        client.subscribe(f"{arguments.prefix}/+/#", qos=1)

    def on_subscribe(client, userdata, mid, reasons, properties):
        if arguments.ready:
            arguments.ready.write_text("ready\n")

    client.on_connect, client.on_subscribe = on_connect, on_subscribe
    if arguments.username:
        client.username_pw_set(arguments.username, arguments.password)
    if arguments.cafile:
        client.tls_set(ca_certs=arguments.cafile, certfile=arguments.cert, keyfile=arguments.key)
    session = Properties(PacketTypes.CONNECT)
    session.SessionExpiryInterval = SESSION_EXPIRY_SECONDS
    client.reconnect_delay_set(min_delay=1, max_delay=1)
    client.connect(arguments.host, arguments.port, keepalive=10, clean_start=False, properties=session)
    client.loop_start()
    return client


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--prefix", default="dg/1")
    parser.add_argument("--client-id", default="receiver")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--ready", type=Path, help="written once the subscription stands")
    parser.add_argument("--username")
    parser.add_argument("--password")
    parser.add_argument("--cafile", help="PEM; makes the connection TLS")
    parser.add_argument("--cert", help="PEM, this receiver's certificate")
    parser.add_argument("--key", help="PEM, the certificate's key")
    parser.add_argument("--plain", action="store_true", help="a line per batch instead of the table")
    arguments = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with open(arguments.ledger, "a", encoding="utf-8") as ledger:
        receiver = Receiver(ledger, arguments.plain)
        receiver.recall(arguments.ledger)
        client = connect(arguments, receiver)
        while not stop.wait(1):
            if sys.stdout.isatty() and not arguments.plain:
                print("\x1b[H\x1b[2J" + receiver.table(), flush=True)
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    main()
