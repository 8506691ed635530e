"""The JSON Schema that editors complete and check with, by a validator that this project did not write."""

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from lab import Lab, ROOT

CONFIGS = ROOT / "BoardConfigs"
SCHEMA = CONFIGS / "board-config.schema.json"


class Loader(yaml.SafeLoader):
    """YAML 1.2, as the gateway and editors read it: `off` is a word and `10s` no number of base 60."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":")[-1] not in ("bool", "timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def load(path: Path):
    # Keys of a JSON object are texts.
    return json.loads(json.dumps(yaml.load(path.read_text(), Loader)))


def configs() -> list[Path]:
    return sorted(path for shelf in ("stations", "examples", "bench") for path in (CONFIGS / shelf).glob("*.yaml"))


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("path", configs(), ids=lambda path: path.stem)
def test_every_config_that_ships_is_what_the_schema_asks_for(path, validator):
    assert [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(load(path))] == []


@pytest.mark.parametrize("path", [path for path in configs() if path.parent.name != "bench"], ids=lambda path: path.stem)
def test_its_first_line_leads_editors_to_the_schema(path):
    first = path.read_text().splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (path.parent / first.removeprefix(prefix)).resolve() == SCHEMA.resolve()


def test_the_schema_that_ships_is_the_one_that_gatewayctl_prints():
    with Lab(configs()[0], None) as lab:
        printed = subprocess.run([lab.bin / "gatewayctl", "schema"], capture_output=True, text=True, check=True).stdout
    assert SCHEMA.read_text() == printed, "gatewayctl schema > BoardConfigs/board-config.schema.json"


@pytest.mark.parametrize("path, wrong", [
    (["devices", 0, "periode"], "10s"),
    (["devices", 0, "period"], "ten"),
    (["devices", 0, "points", 0], 7),
    (["buses", 0, "baud"], 9601),
    (["uplinks", 0, "profile"], "xml"),
    (["gateway", "id"], "Has Blanks"),
    (["alarms", 0, "severity"], "bad"),
], ids=str)
def test_what_is_wrong_in_an_editor_is_marked_there(path, wrong, validator):
    document = load(CONFIGS / "stations/heat-substation.yaml")
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    places = [list(error.absolute_path) for error in validator.iter_errors(document)]
    assert places and all(path[: len(place)] == place for place in places), places
