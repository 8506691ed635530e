"""Compares what arrived at the receiving side with what the simulated station served.

    ledger.py --ledger FILE --truth FILE [--truth FILE ...] --periods FILE --from MS --to MS

The ledger has one JSON line per reading (receiver.py), a truth log one per value served (stationsim, foreign_slave).
`--periods`: a JSON object, milliseconds by `device.point`. Only the window from --from to --to (UTC in ms) counts.

A good reading is WRONG when no equal value of the same point was served within 0.4 s of its time. A value is MISSING
when it was served and no equal reading of that period has its time. A configured point that never
arrived counts as missing too. Numbers are compared exactly, as decimals.
Exit status 0: nothing wrong, nothing missing, and at least 90 % of what the periods give.
"""

import argparse
import json
import sys
from bisect import bisect_left
from decimal import Decimal
from pathlib import Path

# Two processes take the times, and on a busy machine one may wake late; periods are 1 s or longer.
SLACK_MS = 400


def json_lines(path):
    """The complete lines of a file that may still be written to; numbers as they are written."""
    if not Path(path).exists():
        return
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line, parse_float=Decimal)


def number(value):
    """A value as an exact decimal; truth values count as 0 and 1; text stays text."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    try:
        return Decimal(value)
    except ArithmeticError:
        return value


class Series:
    """The values of one point by time."""

    def __init__(self):
        self.rows = []

    def add(self, time, value):
        self.rows.append((float(time), number(value)))

    def sort(self):
        self.rows.sort(key=lambda row: row[0])
        self.times = [time for time, _ in self.rows]

    def has(self, time, value):
        at = bisect_left(self.times, time - SLACK_MS)
        while at < len(self.rows) and self.times[at] <= time + SLACK_MS:
            if self.rows[at][1] == value:
                return True
            at += 1
        return False


def collect(rows):
    table = {}
    for row in rows:
        table.setdefault(f"{row['device']}.{row['point']}", Series()).add(row["time"], row["value"])
    for series in table.values():
        series.sort()
    return table


def truth_rows(paths):
    for path in paths:
        for row in json_lines(path):
            if "point" in row and "value" in row:
                yield row


def good_readings(path):
    for row in json_lines(path):
        if row.get("quality") == "good" and "time" in row:
            yield row


def wrong_readings(readings, truth):
    """Good readings that nobody served."""
    empty = Series()
    empty.sort()
    return [
        (point, time, value)
        for point, series in readings.items()
        for time, value in series.rows
        if not truth.get(point, empty).has(time, value)
    ]


def missing_values(readings, truth, periods, begin, end):
    """What was served inside the window and did not arrive, once per point and period."""
    missing = []
    for point, period in periods.items():
        if point not in truth:
            missing.append((point, None, "never served"))
            continue
        if point not in readings:
            missing.append((point, None, "never arrived"))
            continue
        served = {}
        for time, value in truth[point].rows:
            if begin <= time <= end:
                served.setdefault(int(time // period) if period else time, []).append((time, value))
        for number_of_period, rows in served.items():
            # The period that the window begins in may have had its due value before.
            if period and number_of_period * period < begin:
                continue
            # A request for neighbours may have served the point too, beside the one that was due.
            if not any(readings[point].has(time, value) for time, value in rows):
                missing.append((point, *rows[0]))
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--truth", action="append", required=True)
    parser.add_argument("--periods", required=True)
    parser.add_argument("--from", dest="begin", type=float, required=True)
    parser.add_argument("--to", dest="end", type=float, required=True)
    arguments = parser.parse_args()

    periods = json.loads(Path(arguments.periods).read_text())
    all_rows = list(good_readings(arguments.ledger))
    rows = [row for row in all_rows if arguments.begin <= row["time"] <= arguments.end]
    truth = collect(truth_rows(arguments.truth))
    wrong = wrong_readings(collect(rows), truth)
    # A value served at the window's very end has its reading a little later.
    missing = missing_values(collect(all_rows), truth, periods, arguments.begin, arguments.end)
    expected = sum((arguments.end - arguments.begin) / period for period in periods.values() if period)
    for name, rows_found in (("wrong", wrong), ("missing", missing)):
        for point, time, value in rows_found[:5]:
            print(f"{name}: {point} at {time}: {value}")
    differs = sum(1 for row in json_lines(arguments.ledger) if row.get("event") == "differs")
    if differs:
        print(f"{differs} batches came twice with different bytes")
    if len(rows) < 0.9 * expected:
        print(f"too few: {len(rows)} readings where the periods give {expected:.0f}")
    print(f"demo: {len(rows)} readings, {len(missing)} missing, {len(wrong)} wrong", flush=True)
    return 0 if not wrong and not missing and not differs and len(rows) >= 0.9 * expected else 1


if __name__ == "__main__":
    sys.exit(main())
