"""The demo as a person runs it: its last line, its exit status, and nothing left running."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    "arguments",
    [["--profile", "json"], ["--station", "pumps", "--profile", "batch"], ["--foreign"],
     ["--station", "meters"]],
    ids=["heat-json", "pumps-batch", "foreign-slaves", "four-protocols-on-one-line"],
)
def test_the_demo_ends_with_nothing_missing_and_nothing_wrong(arguments, tmp_path):
    run = subprocess.run(
        ["/usr/bin/python3", ROOT / "Scripts/demo.py", "--seconds", "22", *arguments],
        capture_output=True, text=True, timeout=150, env=dict(os.environ, TMPDIR=str(tmp_path)))
    last = run.stdout.strip().splitlines()[-1]
    assert re.fullmatch(r"demo: \d+ readings, 0 missing, 0 wrong", last), run.stdout + run.stderr
    assert run.returncode == 0
    left = subprocess.run(["pgrep", "-af", str(tmp_path)], capture_output=True, text=True).stdout
    assert not left, f"still running: {left}"
    assert not list(tmp_path.iterdir()), "the temporary directory is gone"


def test_each_station_that_ships_delivers_every_point_as_it_was_served(tmp_path):
    """Side by side: a station waits nearly all the time."""
    running = {}
    for station in ("drainage", "gas", "indoor", "power"):
        running[station] = subprocess.Popen(
            ["/usr/bin/python3", ROOT / "Scripts/demo.py", "--seconds", "20", "--station", station],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=str(tmp_path)))
    said = {station: run.communicate(timeout=200) for station, run in running.items()}
    for station, (out, err) in said.items():
        last = (out.strip().splitlines() or [""])[-1]
        assert re.fullmatch(r"demo: [1-9]\d* readings, 0 missing, 0 wrong", last), f"{station}: {out}{err}"
        assert running[station].returncode == 0, station
    assert not list(tmp_path.iterdir()), "the temporary directories are gone"
