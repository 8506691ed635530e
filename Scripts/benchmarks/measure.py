"""What a running process costs, what a broker hands on, what a simulated line saw."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import decode_batch  # noqa: E402
import lab  # noqa: E402


class ProcessFigures:
    """CPU, memory and written bytes of a process, as the kernel counts them."""

    def __init__(self, pid):
        self.pid = pid

    def cpu_seconds(self):
        """All threads, those that have ended too, to the nanosecond (the clock that clock_getcpuclockid(3) gives)."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def written(self):
        """Bytes handed to write(2) and its kin: store, state, requests on the lines, log. Not what sockets send."""
        return self._field("io", "wchar")

    def resident(self):
        return self._field("status", "VmRSS") * 1024

    def anonymous(self):
        return self._field("status", "RssAnon") * 1024

    def highest_memory(self, seconds):
        """Resident and anonymous bytes, the highest of one look a second."""
        end, highest = time.monotonic() + seconds, (0, 0)
        while time.monotonic() < end:
            highest = max(highest[0], self.resident()), max(highest[1], self.anonymous())
            time.sleep(min(1, max(0, end - time.monotonic())))
        return highest

    def _field(self, file, key):
        for line in Path(f"/proc/{self.pid}/{file}").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == key:
                return int(value.split()[0])
        raise KeyError(key)


class Tap:
    """A subscriber that weighs the batches of profile `batch`."""

    def __init__(self, port):
        self.lock = threading.Lock()
        self.batches = self.readings = self.payload = 0
        self.last = None
        self.client = mqtt.Client(client_id="bench-tap", protocol=mqtt.MQTTv311)
        self.subscribed = threading.Event()
        self.client.on_connect = lambda client, *_: client.subscribe("dg/1/+/batch", qos=1)
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        if not self.subscribed.wait(10):
            raise lab.LabError("the broker did not accept the subscription")

    def _take(self, client, userdata, message):
        count = decode_batch.HEADER.unpack_from(message.payload)[11]
        with self.lock:
            self.batches += 1
            self.readings += count
            self.payload += len(message.payload)
            self.last = time.monotonic()

    def figures(self):
        with self.lock:
            return {"batches": self.batches, "readings": self.readings, "payload": self.payload}

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()


class Simulator:
    """The summary of a running stationsim, asked for by signals."""

    def __init__(self, process, path):
        self.process, self.path = process, path

    def restart(self):
        self.process.send_signal(signal.SIGUSR2)
        time.sleep(0.2)

    def summary(self):
        """By bus."""
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        self.process.send_signal(signal.SIGUSR1)
        lab.wait_for(
            lambda: self.path.exists() and self.path.stat().st_mtime_ns != before, 5, "stationsim writes its summary")

        def whole():
            try:
                return json.loads(self.path.read_text())
            except ValueError:
                return None

        return {bus["bus"]: bus for bus in lab.wait_for(whole, 5, "the summary is whole")["buses"]}


def rate_of(truth, begin, end, devices):
    """Points a second that the devices served between two wall-clock times (seconds).

    Each point's own rate, between its first and its last answer in that time, summed: exact whatever part of a cycle
    the time begins and ends with.
    """
    times = {}
    for row in lab.json_lines(truth):
        if "point" in row and row["device"] in devices and begin <= row["time"] / 1000 <= end:
            times.setdefault((row["device"], row["point"]), []).append(row["time"] / 1000)
    return sum((len(seen) - 1) / (seen[-1] - seen[0]) for seen in times.values() if len(seen) > 1)


def longest_wait(truth, begin, end, devices):
    """The longest time between two answers of one point, seconds."""
    last, longest = {}, 0.0
    for row in lab.json_lines(truth):
        if "point" in row and row["device"] in devices and begin <= row["time"] / 1000 <= end:
            key, now = (row["device"], row["point"]), row["time"] / 1000
            longest = max(longest, now - last.get(key, now))
            last[key] = now
    return longest


def lateness_of_machine():
    """How late this machine wakes a sleeper at present, median and 99th percentile in ms: part of every gap."""
    late = []
    for _ in range(300):
        begin = time.monotonic()
        time.sleep(0.002)
        late.append((time.monotonic() - begin - 0.002) * 1000)
    late.sort()
    return late[150], late[297], os.getloadavg()[0]
