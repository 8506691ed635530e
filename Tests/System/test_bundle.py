"""`gatewayctl key`, `bundle` and `verify` as an installer uses them, with openssl as the judge of keys."""

import os
import subprocess

import pytest

from lab import BUILD, ROOT

GATEWAYCTL = ROOT / ".build" / BUILD / "gatewayctl"
STATION = ROOT / "BoardConfigs/stations/heat-substation.yaml"


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "station.yaml").write_bytes(STATION.read_bytes())
    gatewayctl(tmp_path, "key", "new", "company.key")
    return tmp_path


def gatewayctl(directory, *arguments, status=0):
    answer = subprocess.run(
        [GATEWAYCTL, *arguments], cwd=directory, capture_output=True, text=True,
        env=dict(os.environ, DG_BOARDCONFIGS=str(ROOT / "BoardConfigs")))
    assert answer.returncode == status, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def test_a_bundle_holds_what_the_config_needs_and_needs_nothing_else(desk):
    gatewayctl(desk, "bundle", "station.yaml", "--key", "company.key")
    told = gatewayctl(desk, "verify", "station.bundle", "--trust", "company.key.pub", "--extract", "out")
    assert "heat-substation-1" in told and "release   1" in told
    assert (desk / "out/station.yaml").read_bytes() == STATION.read_bytes()
    assert (desk / "out/devices/tuf-2000m.yaml").exists()


def test_the_release_rises_with_a_change_and_only_then(desk):
    for _ in range(2):
        gatewayctl(desk, "bundle", "station.yaml", "--key", "company.key")
        first = (desk / "station.bundle").read_bytes()
        assert b"\nrelease: 1\n" in first
    with open(desk / "station.yaml", "a") as config:
        config.write("# the second pump was exchanged\n")
    gatewayctl(desk, "bundle", "station.yaml", "--key", "company.key")
    assert b"\nrelease: 2\n" in (desk / "station.bundle").read_bytes()
    gatewayctl(desk, "bundle", "station.yaml", "--key", "company.key", "--release", "0", status=64)


def test_a_changed_bundle_and_a_stranger_are_found_out(desk):
    gatewayctl(desk, "bundle", "station.yaml", "--key", "company.key")
    gatewayctl(desk, "key", "new", "other.key")
    told = gatewayctl(desk, "verify", "station.bundle", "--trust", "other.key.pub", status=65)
    assert "signed by" in told
    bundle = desk / "station.bundle"
    bundle.write_bytes(bundle.read_bytes().replace(b"period: 10s", b"period: 99s", 1))
    assert "the signature does not fit" in gatewayctl(desk, "verify", "station.bundle", status=65)


def test_what_is_no_bundle_is_refused_however_long_it_is(desk):
    assert "too large" in gatewayctl(desk, "verify", "/dev/zero", status=65)
    assert "expected it to begin with" in gatewayctl(desk, "verify", "station.yaml", status=65)
    assert "cannot be read" in gatewayctl(desk, "verify", "nowhere.bundle", status=66)


def test_a_config_with_errors_makes_no_bundle(desk):
    config = desk / "station.yaml"
    config.write_text(config.read_text().replace("template: tuf-2000m", "template: tuf-2000x"))
    assert "tuf-2000x" in gatewayctl(desk, "bundle", "station.yaml", "--key", "company.key", status=78)
    assert not (desk / "station.bundle").exists()


def test_keys_are_those_of_openssl_and_never_overwritten(desk):
    shown = gatewayctl(desk, "key", "show", "company.key")
    public = subprocess.run(
        ["openssl", "pkey", "-in", desk / "company.key", "-pubout"], check=True, capture_output=True, text=True).stdout
    assert public == (desk / "company.key.pub").read_text()
    assert public in shown
    assert (desk / "company.key").stat().st_mode & 0o777 == 0o600
    gatewayctl(desk, "key", "new", "company.key", status=73)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", desk / "openssl.key"], check=True)
    gatewayctl(desk, "bundle", "station.yaml", "--key", "openssl.key")
    assert "no Ed25519" in gatewayctl(desk, "bundle", "station.yaml", "--key", "station.yaml", status=65)
