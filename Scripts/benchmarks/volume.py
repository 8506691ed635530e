"""What 2,000 points every 10 s write to the disk and send."""

from noisy import noisy_config, noisy_scenario
from station import Run


def measure(report, build, seconds):
    def periodic(document):
        for device in document["devices"]:
            device["period"] = "10s"

    for seal, written, payload in (("10s", 10, 2.0), ("60s", 3, 0.7)):
        seen = volume_run(build, seconds, seal, periodic, None)
        readings = seen["tap"]["readings"]
        name = f"volume, seal {seal}"
        peer = "25 unsynced, 494 and 670 synced" if seal == "10s" else ""
        report.tell(name, "readings", readings, "{:.0f}")
        report.at_most(name, "written B per reading", seen["written"] / readings, written, "{:.2f}", peer)
        report.tell(name, "  of it requests on the lines", 8 * seen["requests"] / readings)
        report.at_most(
            name, "MQTT payload B per reading, slow process", seen["tap"]["payload"] / readings, payload, "{:.2f}",
            "14.4" if seal == "10s" else "")
        report.tell(name, "CPU s per 1,000 readings", 1000 * seen["cpu"] / readings, "{:.4f}")

    seen = volume_run(build, min(seconds, 30), "10s", noisy_config, noisy_scenario)
    readings = seen["tap"]["readings"]
    report.tell("volume, noisy", "MQTT payload B per reading, noisy float32", seen["tap"]["payload"] / readings)
    report.tell("volume, noisy", "written B per reading", seen["written"] / readings)


def volume_run(build, seconds, seal, change, change_scenario):
    with Run("8x250", build, change=change, change_scenario=change_scenario, seal=seal) as run:
        whole = 60 if seal == "60s" else 10
        span = max(whole * max(1, round(seconds / whole)), 2 * whole) - 2
        # After 30 s each device is first written down as it has been learnt: once, 120 kB for 80 devices.
        return run.measure(span, warm_up=max(whole, 30) + 5, whole_batches=True)
