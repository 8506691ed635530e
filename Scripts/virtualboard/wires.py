"""Steps about the board's wires: inputs, pulses, outputs, the power failure, the watchdog.

Lines are driven from outside (QEMU's test protocol), so what the gateway tells is compared with what was done to it. How far
the emulated interrupt controller keeps up is read from the guest's own count of interrupts: a run in which that count is
short says nothing about the gateway and is void.
"""

import json
import re
import time

import yaml
from board import ROOT, BoardError
from lab import json_lines, wait_for

VIRTUAL = yaml.safe_load((ROOT / "BoardConfigs" / "boards" / "virtual.yaml").read_text())
# PL061 data register, all eight lines (ARM DDI 0190B, 3.3.1); where QEMU's machine `virt` has it.
GPIO_DATA = 0x0903_03FC
# The line of the light `run`: make-image.
LIGHT = 6


class Wires:
    def offset(self, name: str) -> int:
        return VIRTUAL["lines"][name]["line"]

    def wire(self, id: str) -> dict:
        document = self.config_document
        return next(wire for wire in document.get("inputs", []) + document.get("outputs", []) if wire["id"] == id)

    def drive(self, id: str, active: bool):
        wire = self.wire(id)
        self.board.set_line(self.offset(wire["line"]), active != (wire.get("active") == "low"))

    def board_status(self) -> dict:
        return json.loads(self.board.run("gatewayctl status --json"))

    def board_wire(self, id: str) -> dict:
        return next(line for line in self.board_status()["lines"] if line["id"] == id)

    def told(self, id: str, since: float) -> list[dict]:
        return [row for row in self.readings()
                if row["device"] == "io" and row["point"] == id and row["time"] >= since * 1000]

    def light(self) -> bool:
        return bool(self.board.read_word(GPIO_DATA) >> LIGHT & 1)

    def light_changes(self, seconds: float) -> int:
        """Of the light `run`, seen from outside."""
        end, last, changes = time.monotonic() + seconds, self.light(), 0
        while time.monotonic() < end:
            time.sleep(0.02)
            if self.light() != last:
                last, changes = not last, changes + 1
        return changes

    # Steps

    def light_blinks(self, seconds: float = 6):
        changes = self.light_changes(seconds)
        if not seconds < changes < 3 * seconds:
            raise BoardError(f"the light `run` changed {changes} times in {seconds:g} s, twice a second were expected")
        self.passed(f"the light `run` blinks: {changes} changes in {seconds:g} s")

    def inputs_arrive(self, within: float = 10, slack: float = 0.25):
        """Every state input, both ways: each change arrives, dated to when the line was driven. The board started from a
        battery clock of whole seconds, so its clock is off by a constant; what is compared is all but that."""
        states = [wire["id"] for wire in self.config_document["inputs"] if wire.get("kind") != "counter"]
        off = []
        for id in states:
            self.drive(id, False)
            time.sleep(3)
            for active in (True, False, True, False):
                seen = len(self.told(id, 0))
                at = time.time()
                self.drive(id, active)
                row = wait_for(
                    lambda: next((row for row in self.told(id, 0)[seen:] if row["value"] is active), None),
                    within, f"{id} is told to be {active}")
                off.append(row["time"] / 1000 - at - float(self.wire(id).get("debounce", "0ms")[:-2]) / 1000)
        spread = max(off) - min(off)
        if spread > slack:
            raise BoardError(f"changes were dated {spread * 1000:.0f} ms apart from each other, at most {slack * 1000:.0f}")
        self.passed(f"{len(off)} changes of {len(states)} inputs arrived, dated to within {spread * 1000:.0f} ms "
                    f"(the board's clock is {sum(off) / len(off):+.2f} s off)")

    def bouncing_is_one_change(self, id: str, bounces: int = 6):
        before = self.board_wire(id)["changes"]
        for _ in range(bounces):
            self.drive(id, True)
            time.sleep(0.004)
            self.drive(id, False)
            time.sleep(0.004)
        self.drive(id, True)
        time.sleep(1)
        changes = self.board_wire(id)["changes"] - before
        self.drive(id, False)
        if changes != 1:
            raise BoardError(f"{id} changed {changes} times")
        self.passed(f"{id} bounced {2 * bounces + 1} times and changed once")

    def interrupts(self, id: str) -> int:
        """Of the line, by the guest's kernel."""
        offset = self.offset(self.wire(id)["line"])
        for line in self.board.run("cat /proc/interrupts").splitlines():
            found = re.match(rf"\s*\d+:\s+(\d+)\s+\S*pl061\s+{offset}\s", line)
            if found:
                return int(found[1])
        raise BoardError(f"no interrupt for {id}: " + self.board.run("cat /proc/interrupts"))

    def pulse(self, id: str, pulses: int, rate: float) -> float:
        """Pulses on an input, half of each period active; the rate that was kept. Never faster than asked for: after a
        moment in which this machine did something else, two edges that follow on each other's heels would be one
        interrupt thread's run in the guest, and no rate that was asked for."""
        offset = self.offset(self.wire(id)["line"])
        begin, late = time.perf_counter(), 0.0
        for index in range(2 * pulses):
            self.board.set_line(offset, index % 2 == 0)
            rest = begin + (index + 1) / (2 * rate) - time.perf_counter()
            if rest > 0:
                time.sleep(rest)
            else:
                late -= rest
                begin -= rest
        return pulses / (time.perf_counter() - begin + late)

    def count_pulses(self, id: str, pulses: int = 2000, rate: float = 200, tries: int = 8):
        for _ in range(tries):
            counted, interrupts = self.board_wire(id)["value"], self.interrupts(id)
            kept = self.pulse(id, pulses, rate)
            time.sleep(1)
            counted, interrupts = self.board_wire(id)["value"] - counted, self.interrupts(id) - interrupts
            if interrupts == pulses:
                if counted != pulses:
                    raise BoardError(f"{id}: {pulses} pulses, {interrupts} interrupts, {counted} counted")
                self.passed(f"{id}: {pulses} pulses at {kept:.0f} a second, all counted")
                return
            print(f"  void: {pulses} pulses at {kept:.0f} a second gave {interrupts} interrupts ({counted} counted)", flush=True)
        raise BoardError(f"{id}: no run in {tries} in which the emulation kept up")

    def find_pulse_limit(self, id: str, rates: list[float], pulses: int = 1000):
        """The highest rate at which all are counted, for information: it is a limit of the emulation, which loses
        interrupts first, and of what else this machine does."""
        best = None
        for rate in rates:
            counted, interrupts = self.board_wire(id)["value"], self.interrupts(id)
            kept = self.pulse(id, pulses, rate)
            time.sleep(1)
            counted, interrupts = self.board_wire(id)["value"] - counted, self.interrupts(id) - interrupts
            print(f"  at {kept:.0f} a second: {pulses} pulses, {interrupts} interrupts, {counted} counted", flush=True)
            if counted == pulses:
                best = kept
        text = "at none of these rates" if best is None else f"at up to {best:.0f} a second"
        print(f"  {id}: every pulse counted {text}; above, the emulation loses interrupts", flush=True)

    def total_arrives(self, id: str, within: float = 20):
        """At the receiving side, exactly what was counted on the board."""
        total = self.board_wire(id)["value"]
        wait_for(lambda: any(self.raw(id, row) == total for row in self.told(id, self.started_at)), within,
                 f"the total {total} arrives")
        self.totals = getattr(self, "totals", []) + [total]
        self.passed(f"{id}: the total {total} arrived")

    def raw(self, id: str, row: dict) -> int | None:
        return None if row["value"] is None else round(row["value"] / self.wire(id).get("scale", 1))

    def no_total_ever_fell(self, id: str):
        totals = [self.raw(id, row) for row in self.told(id, 0) if row["quality"] == "good"]
        if not totals or totals != sorted(totals):
            raise BoardError(f"{id}: totals {totals[-20:]}")
        self.passed(f"{id}: {len(totals)} totals, none below one before it, the last {totals[-1]}")

    def total_is_set(self, id: str, value: str):
        self.board.run(f"gatewayctl total {id} {value}")
        wait_for(lambda: any(row["quality"] == "substituted" and row["value"] == float(value)
                             for row in self.told(id, self.started_at)), 20, "the total that was set arrives")
        self.passed(f"{id} was set to {value} by hand, and says so")

    def output_switches(self, id: str, seconds: float):
        """By command, seen from outside; off by itself after `seconds`, its `max_on`."""
        def level() -> bool:
            return bool(self.board.read_word(GPIO_DATA) >> self.offset(self.wire(id)["line"]) & 1)

        if level():
            raise BoardError(f"{id} is not off at the start")
        self.board.run(f"gatewayctl set {id} on")
        at = time.time()
        if not level():
            raise BoardError(f"{id} was not switched on")
        wait_for(lambda: not level(), seconds + 3, f"{id} goes off by itself")
        if abs(time.time() - at - seconds) > 2:
            raise BoardError(f"{id} went off after {time.time() - at:.1f} s instead of {seconds:g}")
        self.passed(f"{id} was switched on, and went off by itself after {time.time() - at:.1f} s")

    def alarm_within(self, id: str, seconds: float = 1.0, times: int = 3):
        """From the edge to the event at the broker."""
        worst = 0.0
        for _ in range(times):
            at = time.time()
            self.drive(id, True)
            event = wait_for(
                lambda: next((row for row in json_lines(self.ledger) if row.get("event") == "alarm"
                              and row["alarm"]["id"] == id and row["received_ms"] >= at * 1000), None),
                20, f"alarm {id} arrives", poll=0.01)
            worst = max(worst, event["received_ms"] / 1000 - at)
            self.drive(id, False)
            time.sleep(3)
        if worst > seconds:
            raise BoardError(f"alarm {id} took {worst:.2f} s, at most {seconds:g}")
        self.passed(f"alarm {id} at the broker {worst * 1000:.0f} ms after the edge at most, {times} times")

    def power_fails(self):
        """From the edge to the broker's word, for information: the emulation is ten times slower than a board."""
        before = max(number for _, number in self.sequences())
        at = time.time()
        self.board.set_line(self.offset(self.config_document["board"]["power_fail"]), True)
        wait_for(lambda: max(number for _, number in self.sequences()) > before, 20, "the last batch arrives", poll=0.005)
        spent = time.time() - at
        self.board.set_line(self.offset(self.config_document["board"]["power_fail"]), False)
        self.passed(f"power failure: the last batch arrived {spent * 1000:.0f} ms after the edge")

    def watchdog_spares_a_healthy_daemon(self, seconds: float):
        boots = self.board.restarts()
        time.sleep(seconds)
        if self.board.restarts() != boots:
            raise BoardError("the watchdog reset a healthy board")
        self.passed(f"{seconds:g} s with the watchdog armed and fed")

    def watchdog_resets_a_wedged_daemon(self, within: float):
        """Every thread stands still, as in a driver that never returns."""
        self.board.run("kill -STOP $(pidof gatewayd)")
        at = time.monotonic()
        if changes := self.light_changes(3):
            raise BoardError(f"the light `run` of a daemon that stands still changed {changes} times")
        self.board.wait_for_restart(within)
        self.passed(f"the daemon stood still, its light too, and the watchdog reset the board within {time.monotonic() - at:.0f} s")
