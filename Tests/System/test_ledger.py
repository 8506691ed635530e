"""The comparison itself: what counts as wrong, what as missing, and what a receiver started again remembers."""

import json
import subprocess
from pathlib import Path

import pytest

from lab import PYTHON, ROOT

BEGIN, END = 1_000_000, 1_060_000
PERIOD = 10_000


class Case:
    """A truth log with one value each period, and a ledger that a test then spoils."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.truth = [
            {"device": "tank", "point": "level", "time": time + 3.25, "value": 71.3 + time / 1_000_000}
            for time in range(BEGIN - PERIOD, END + 2 * PERIOD, PERIOD)]
        self.ledger = [
            {"gateway": "g", "epoch": "e", "sequence": index, "lane": "live", "received_ms": row["time"], **row,
             "time": round(row["time"]) + 7, "quality": "good"}
            for index, row in enumerate(self.truth)]

    def verdict(self, periods=None) -> tuple[int, str]:
        for name, rows in (("truth", self.truth), ("ledger", self.ledger)):
            (self.directory / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        (self.directory / "periods").write_text(json.dumps(periods or {"tank.level": PERIOD}))
        result = subprocess.run(
            [PYTHON, ROOT / "Scripts/ledger.py", "--ledger", self.directory / "ledger", "--truth",
             self.directory / "truth", "--periods", self.directory / "periods", "--from", str(BEGIN), "--to",
             str(END)],
            capture_output=True, text=True)
        assert result.stderr == ""
        return result.returncode, result.stdout.strip().splitlines()[-1]


@pytest.fixture
def case(tmp_path):
    return Case(tmp_path)


def test_a_whole_ledger_passes(case):
    assert case.verdict() == (0, "demo: 6 readings, 0 missing, 0 wrong")


def test_a_value_that_nobody_served_is_wrong_and_the_served_one_is_missing(case):
    case.ledger[3]["value"] += 0.001
    assert case.verdict() == (1, "demo: 6 readings, 1 missing, 1 wrong")


def test_a_value_of_another_period_is_wrong(case):
    case.ledger[3]["value"] = case.ledger[4]["value"]
    assert case.verdict() == (1, "demo: 6 readings, 1 missing, 1 wrong")


def test_numbers_are_compared_exactly_and_not_by_their_spelling(case):
    case.truth[3]["value"], case.ledger[3]["value"] = 70, 70.0
    assert case.verdict()[0] == 0


def test_a_reading_that_did_not_arrive_is_missing(case):
    del case.ledger[3]
    assert case.verdict() == (1, "demo: 5 readings, 1 missing, 0 wrong")


def test_a_bad_reading_does_not_stand_for_a_good_one(case):
    case.ledger[3].update(value=None, quality="no-reply")
    assert case.verdict() == (1, "demo: 5 readings, 1 missing, 0 wrong")


def test_outside_the_window_nothing_counts(case):
    del case.ledger[-1], case.ledger[0]
    assert case.verdict() == (0, "demo: 6 readings, 0 missing, 0 wrong")


def test_a_value_served_at_the_very_end_may_be_read_just_after_it(case):
    case.truth.append({"device": "tank", "point": "pump", "time": END - 1, "value": 1})
    case.ledger.append({**case.ledger[0], "point": "pump", "time": END + 5, "value": 1, "quality": "good"})
    code, line = case.verdict({"tank.level": PERIOD, "tank.pump": 1_000_000})
    assert (code, line) == (0, "demo: 6 readings, 0 missing, 0 wrong")


def test_a_point_that_never_arrived_is_missing_though_it_was_due_only_once(case):
    case.truth.append({"device": "tank", "point": "pump", "time": BEGIN + 5, "value": 1})
    assert case.verdict({"tank.level": PERIOD, "tank.pump": PERIOD})[1] == "demo: 6 readings, 1 missing, 0 wrong"


def test_too_few_readings_fail_even_if_none_is_missing(case):
    case.truth = case.truth[:4]
    case.ledger = case.ledger[:4]
    assert case.verdict() == (1, "demo: 3 readings, 0 missing, 0 wrong")


def test_a_duplicate_with_other_bytes_fails(case):
    case.ledger.append({"event": "differs", "epoch": "e", "sequence": 3})
    assert case.verdict() == (1, "demo: 6 readings, 0 missing, 0 wrong")


def test_a_receiver_started_again_knows_its_ledger(tmp_path):
    receiver_module = pytest.importorskip("receiver")
    path = tmp_path / "ledger"

    def batch(sequence, value):
        return json.dumps({
            "gateway": "g", "epoch": "e", "sequence": sequence, "dictionary": "d", "clock": "trusted",
            "readings": [{"device": "tank", "point": "level", "time": 1, "value": value, "quality": "good"}],
            "gaps": [], "alarms": [], "aggregates": []}).encode()

    def open_receiver():
        receiver = receiver_module.Receiver(open(path, "a", encoding="utf-8"), plain=False)
        receiver.recall(path)
        return receiver

    first = open_receiver()
    first.take(batch(1, 71.3), "live", 5)
    first.ledger.write('{"gateway":"g","epoch":"e","sequence":2,"device":"tank","point":"level","time":2,"val')
    first.ledger.close()

    second = open_receiver()
    second.take(batch(1, 71.3), "live", 6)
    second.take(batch(2, 71.4), "backlog", 7)
    second.take(batch(1, 71.5), "live", 8)
    second.ledger.close()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["sequence"] for row in rows if "point" in row] == [1, 2]
    assert [row.get("event") for row in rows if "event" in row] == ["batch", "batch", "differs"]
    assert second.counts == {"batches": 1, "readings": 1, "again": 2, "differ": 1}
