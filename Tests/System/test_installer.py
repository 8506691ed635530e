"""What an installer does before the door closes: a new config, a table in a spreadsheet, a run without hardware."""

import os
import pty
import subprocess
import time

import pytest

from lab import Lab, ROOT, wait_for

STATIONS = {
    "heat-substation": "heat-substation", "pump-station": "water-pump-station", "drainage": "drainage-lift-station",
    "gas": "gas-regulating-station", "indoor": "indoor-temperature-site", "power": "power-distribution-room",
}


@pytest.fixture
def gatewayctl(tmp_path):
    binary = ROOT / ".build" / os.environ.get("DG_BUILD", "debug") / "gatewayctl"

    def run(*arguments, **options):
        return subprocess.run(
            [str(binary), *map(str, arguments)], capture_output=True, text=True, cwd=tmp_path, stdin=subprocess.DEVNULL,
            env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")), **options)

    run.binary = binary
    return run


def test_a_new_config_passes_the_check_and_is_not_written_over(gatewayctl, tmp_path):
    new = ["new", "--kind", "heat-substation", "--id", "hs-017", "--name", "换热站 17", "--board", "rk3568",
           "--broker", "mqtt.city.example", "--device", "heat-meter=tuf-2000m@meters:12",
           "--device", "pump-1=abb-acs580@drives:1"]
    made = gatewayctl(*new)
    assert made.returncode == 0, made.stderr
    assert "gatewayctl check hs-017.yaml" in made.stdout
    checked = gatewayctl("check", "hs-017.yaml")
    assert checked.returncode == 0 and "2 devices" in checked.stdout, checked.stdout
    text = (tmp_path / "hs-017.yaml").read_bytes()
    again = gatewayctl(*new)
    assert again.returncode == 73 and "--force" in again.stderr
    assert gatewayctl(*new, "--force").returncode == 0
    assert (tmp_path / "hs-017.yaml").read_bytes() == text


@pytest.mark.parametrize("arguments, status, said", [
    (["--kind", "gas"], 64, "--id: expected"),
    (["--id", "x"], 64, "--kind: expected one of heat-substation"),
    (["--kind", "gas", "--id", "Not An Id"], 64, "is no id"),
    (["--kind", "gas", "--id", "x", "--board", "rk9"], 64, "expected one of am62x"),
    (["--kind", "gas", "--id", "x", "--device", "a=xy-md2@m:1"], 64, 'did you mean "xy-md02"'),
    (["--kind", "gas", "--id", "x", "--device", "a=xy-md02@m:1", "--device", "b=xy-md02@m:1"], 78, "already device a"),
    (["--kind", "gas", "--id", "x", "--scan", "nothing.txt"], 66, "cannot be read"),
], ids=str)
def test_what_cannot_be_written_is_said_and_nothing_is(arguments, status, said, gatewayctl, tmp_path):
    answer = gatewayctl("new", *arguments)
    assert answer.returncode == status and said in answer.stderr, answer.stderr
    assert not list(tmp_path.iterdir())


def test_on_a_terminal_it_asks(gatewayctl, tmp_path):
    answers = ["drainage", "ls-1", "none", "10.0.0.8:1883", "level", "level-cm-generic", "road", "field", "2", ""]
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [str(gatewayctl.binary), "new"], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
    os.write(master, "".join(answer + "\n" for answer in answers).encode())
    out, err = process.communicate(timeout=60)
    os.close(terminal)
    os.close(master)
    assert process.returncode == 0, out + err
    text = (tmp_path / "ls-1.yaml").read_text()
    assert "{id: road, bus: field, address: 2, template: level-cm-generic}" in text, text
    assert "host: 10.0.0.8, port: 1883" in text


def test_a_table_goes_through_a_spreadsheet_and_comes_back_changed(gatewayctl, tmp_path):
    station = tmp_path / "station.yaml"
    station.write_text((ROOT / "BoardConfigs/stations/gas-regulating-station.yaml").read_text())
    before = station.read_text()
    assert gatewayctl("table", "export", "station.yaml", "-o", "points.csv").returncode == 0
    table = (tmp_path / "points.csv").read_bytes()
    assert table.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8"
    assert gatewayctl("table", "export", "station.yaml", "-o", "points.csv").returncode == 73

    wrong = table.replace(b",pressure,,holding,0,float32,", b",pressure,,holding,0,float33,")
    (tmp_path / "wrong.csv").write_bytes(wrong)
    answer = gatewayctl("table", "import", "wrong.csv", "--into", "station.yaml")
    assert answer.returncode == 65
    assert 'wrong.csv:7:' in answer.stderr and 'error: column "type": ' in answer.stderr, answer.stderr
    assert station.read_text() == before, "nothing is touched"

    changed = table.replace(b",kPa,10s,", b",kPa,15s,")
    assert changed != table
    (tmp_path / "changed.csv").write_bytes(changed)
    answer = gatewayctl("table", "import", "changed.csv", "--into", "station.yaml")
    assert answer.returncode == 0, answer.stderr
    assert "# Stream A works at 2.5 kPa" in station.read_text(), "comments elsewhere stay"
    listed = gatewayctl("points", "station.yaml").stdout
    assert "corrector.pressure kPa  holding 0 float32  every 15 s" in listed, listed


@pytest.mark.parametrize("kind", ["drainage", pytest.param("power", marks=pytest.mark.long)])
def test_from_new_to_a_running_simulated_station(kind, gatewayctl, tmp_path):
    begun = time.monotonic()
    made = gatewayctl("new", "--kind", kind, "--id", "try-1", "--example")
    assert made.returncode == 0, made.stderr
    scenario = ROOT / f"BoardConfigs/scenarios/{STATIONS[kind]}.json5"
    assert str(scenario.relative_to(ROOT)) in made.stdout
    with Lab(tmp_path / "try-1.yaml", scenario) as lab:
        lab.start_broker()
        lab.start_receiver()
        lab.start_simulator()
        lab.start_gateway()
        wanted = set(lab.periods())
        wait_for(lambda: wanted <= {f"{row['device']}.{row['point']}" for row in lab.readings()}, 60, "every point arrives")
    assert time.monotonic() - begun < 150
