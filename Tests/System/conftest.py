"""Whole stations as fixtures: real lines (PTYs), a real broker, the real daemon, a receiver with a ledger."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Scripts"))

from lab import Lab  # noqa: E402

HEAT = (ROOT / "BoardConfigs/stations/heat-substation.yaml", ROOT / "BoardConfigs/scenarios/heat-substation.json5")
PUMPS = (
    ROOT / "BoardConfigs/stations/water-pump-station.yaml",
    ROOT / "BoardConfigs/scenarios/water-pump-station.json5",
)


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run the long tests too")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--all"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long: Scripts/test --all"))


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; only with --all")


@pytest.fixture
def heat_station():
    with Lab(*HEAT) as lab:
        yield lab


@pytest.fixture
def pump_station():
    with Lab(*PUMPS) as lab:
        yield lab
