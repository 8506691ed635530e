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
