"""Runs scenario files on the virtual board: boots it, takes step after step, counts what was checked.

A scenario is YAML: `station` and `lines` (files below BoardConfigs), `steps`: a list of step names, or of
{step: {argument: value}}; the steps are the methods of station.py.
"""

import argparse
import os
import random
import sys
import traceback
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "Scripts"), str(ROOT / "Scripts" / "virtualboard")]

from console import ConsoleError  # noqa: E402
from lab import LabError  # noqa: E402
from station import BoardStation  # noqa: E402


def run(path: Path, seed: int) -> tuple[int, str | None]:
    """Checks passed, and what went wrong or None."""
    scenario = yaml.safe_load(path.read_text())
    print(f"{path.stem}: {scenario['title']} (SEED={seed})", flush=True)
    station = BoardStation(ROOT / "BoardConfigs" / scenario["station"], ROOT / "BoardConfigs" / scenario["lines"], seed)
    failure = None
    try:
        station.prepare()
        for step in scenario["steps"]:
            name, arguments = next(iter(step.items())) if isinstance(step, dict) else (step, {})
            getattr(station, name)(**arguments)
    except (ConsoleError, LabError) as error:
        failure = str(error)
    except Exception:
        failure = traceback.format_exc()
    finally:
        if failure:
            print(f"  FAILED  {failure}\n  the board's console: {station.directory}/console.log", flush=True)
        station.close(keep=bool(failure))
    return station.checks, failure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="+", type=Path)
    arguments = parser.parse_args()
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    results = [run(path, seed) for path in arguments.scenarios]
    failed = sum(1 for _, failure in results if failure)
    print(f"virtual-board: {sum(checks for checks, _ in results)} checks passed, {failed} scenarios failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
