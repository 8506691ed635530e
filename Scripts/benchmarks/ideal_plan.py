#!/usr/bin/env python3
"""The best rate that a scenario's lines allow, worked out apart from the daemon.

    ideal_plan.py BoardConfigs/scenarios/bench-12x20.json5       one JSON object, by bus

The daemon's planner cuts a sorted list of points into runs. This one knows no points when it searches: it walks through
the addresses of a table one register at a time and at each decides to read on, to end the request, to begin one or to
pass by; the cheapest walk is found with Dijkstra's algorithm, in exact fractions. Rules: a register that a point needs is
read, a request does not end inside a point, keeps to the device's limit and covers only what the device has.

Cost, in characters c: 3.5 c of silence (1.75 ms above 19200 baud), 8 c of request, the device's mean turnaround, 5 c and
the data of the answer. Perfect timing: nothing else.
"""

import heapq
import json
import sys
from fractions import Fraction
from pathlib import Path

WORDS = {"16": 1, "32": 2, "64": 4}
UNITS = {"us": Fraction(1, 1_000_000), "ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60)}
BITS = ("coil", "discrete")


def load(path):
    """A scenario that is JSON but for lines of comment, as the benchmarks' are."""
    lines = Path(path).read_text().splitlines()
    return json.loads("\n".join(line for line in lines if not line.lstrip().startswith("//")))


def seconds(value):
    if isinstance(value, dict):
        return seconds(value["typical"])
    for unit in ("us", "ms", "s", "m"):
        if isinstance(value, str) and value.endswith(unit) and value[: -len(unit)].replace(".", "").isdigit():
            return Fraction(value[: -len(unit)]) * UNITS[unit]
    return Fraction(value)


class Line:
    """A serial line: what a character and the silence between frames last."""

    def __init__(self, serial):
        baud, form = serial.split()
        self.character = Fraction(1 + int(form[0]) + (form[1] != "N") + int(form[2]), int(baud))
        self.silence = Fraction(7, 4000) if int(baud) > 19_200 else Fraction(7, 2) * self.character


def words(point):
    if point.get("table", "holding") in BITS:
        return 1
    return WORDS["".join(letter for letter in point.get("encode", "u16") if letter.isdigit())]


def cheapest(points, table, exists, limit, line, turnaround):
    """(seconds, requests) of the cheapest walk over one table of one device."""
    needed, joined = set(), set()
    for point in points:
        first, count = point["address"], words(point)
        needed.update(range(first, first + count))
        # No cut between an address in `joined` and the one before it.
        joined.update(range(first + 1, first + count))
    begin, end = min(needed), max(needed) + 1
    overhead = line.silence + 13 * line.character + turnaround

    def data(length):
        """What the register or bit that makes a request this long adds."""
        if table in BITS:
            return line.character if length % 8 == 1 else Fraction(0)
        return 2 * line.character

    # A place: the next address, and how long the request is that is being read (0: none).
    queue = [(Fraction(0), 0, begin, 0)]
    done = set()
    while queue:
        cost, requests, address, length = heapq.heappop(queue)
        if (address, length) in done:
            continue
        done.add((address, length))
        if address == end:
            return cost, requests
        if length and address not in joined:
            heapq.heappush(queue, (cost, requests, address, 0))
        if not length and address not in needed:
            heapq.heappush(queue, (cost, requests, address + 1, 0))
        if not length and address not in joined and exists(address):
            heapq.heappush(queue, (cost + overhead + data(1), requests + 1, address + 1, 1))
        if length and length < limit and exists(address):
            heapq.heappush(queue, (cost + data(length + 1), requests, address + 1, length + 1))
    raise ValueError(f"{table}: no request may be as long as one of its points")


def device_plan(device, line):
    """(seconds, requests, points) of one pass over one device."""
    total, requests, count = Fraction(0), 0, 0
    turnaround = seconds(device.get("turnaround", 0))
    for table in sorted({point.get("table", "holding") for point in device["points"]}):
        points = [point for point in device["points"] if point.get("table", "holding") == table]
        there = {address for point in points for address in range(point["address"], point["address"] + words(point))}
        for first, last in device.get("readable", {}).get(table, []):
            there.update(range(first, last + 1))
        limit = device.get("max_bits", 2000) if table in BITS else device.get("max_registers", 125)
        cost, number = cheapest(points, table, there.__contains__, limit, line, turnaround)
        total, requests, count = total + cost, requests + number, count + len(points)
    return total, requests, count


def plan(scenario, without=("dead",)):
    """By bus: points, requests, seconds of a pass, points a second. Devices with a fault of these kinds are left out."""
    gone = {fault.get("device") for fault in scenario.get("faults", []) if fault["kind"] in without}
    result = {}
    for bus in scenario["buses"]:
        line = Line(bus["serial"])
        total, requests, count = Fraction(0), 0, 0
        for device in scenario["devices"]:
            if device["bus"] != bus["id"] or device["id"] in gone:
                continue
            merged = {**scenario.get("models", {}).get(device.get("model"), {}), **device}
            cost, number, points = device_plan(merged, line)
            total, requests, count = total + cost, requests + number, count + points
        result[bus["id"]] = {
            "points": count, "requests": requests, "cycle": float(total), "rate": float(count / total) if total else 0.0}
    return result


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if {"-h", "--help"} & set(sys.argv) else 64)
    print(json.dumps(plan(load(sys.argv[1])), indent=2))
