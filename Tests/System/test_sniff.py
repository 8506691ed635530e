"""`gatewayctl sniff` on a line of bits where an old controller asks: everything is paired, and not one byte is sent."""

import re
import subprocess

from conftest import ROOT
from lab import BUILD, Lab, json_lines, wait_for

SCENARIO = ROOT / "BoardConfigs/scenarios/sick/listen.json5"


def test_what_another_master_asks_is_paired_with_its_answers_and_nothing_is_sent(tmp_path):
    capture = tmp_path / "line.pcap"
    with Lab(ROOT / "BoardConfigs/scenarios/sick/line.yaml", None) as lab:
        lab.spawn("stationsim", [
            lab.bin / "stationsim", SCENARIO, "--dir", lab.lines, "--truth", lab.truth])
        wait_for((lab.lines / "line").exists, 60, "the line is open")
        said = subprocess.run(
            [ROOT / ".build" / BUILD / "gatewayctl", "sniff", lab.lines / "line", "--seconds", "6", "--pcap", capture],
            capture_output=True, text=True, timeout=120)
        lab.end("stationsim")
        rows = list(json_lines(lab.truth))
    assert said.returncode == 0, said.stderr
    frames = said.stdout.splitlines()
    pairs = [
        (re.search(r"unit (\d+) read holding 0 x", asked), re.search(r"unit (\d+) answers holding 0 = ", answered))
        for asked, answered in zip(frames, frames[1:])]
    heard = {asked[1] for asked, answered in pairs if asked and answered and asked[1] == answered[1]}
    assert heard == {"1", "2", "3", "4", "6"}, said.stdout
    # The values are the ones that were served: a total of four registers' worth is told as its words.
    totals = {int(row["value"]) for row in rows if row.get("point") == "total"}
    words = {int(re.search(r"= (\S+ ){4}(\d+) (\d+)", line)[3]) for line in frames if " answers holding 0 = " in line}
    assert words and words <= totals
    # A byte of the listener's would have been a collision.
    assert {row["event"] for row in rows if "event" in row} == {"nobody"}
    assert all("master" in row for row in rows if "point" in row)
    assert capture.read_bytes()[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")


def test_a_port_that_is_not_there_and_settings_that_are_none_are_told(tmp_path):
    def sniff(*arguments):
        return subprocess.run(
            [ROOT / ".build" / BUILD / "gatewayctl", "sniff", *arguments], capture_output=True, text=True, timeout=60)

    missing = sniff(tmp_path / "nothing", "--seconds", "1")
    assert missing.returncode == 65 and "nothing" in missing.stderr, missing.stderr
    wrong = sniff(tmp_path / "nothing", "--serial", "9600 8X1")
    assert wrong.returncode == 64 and "9600 8N1" in wrong.stderr
