"""Devices whose values never stand still: float32 with digits that mean nothing."""

NOISY_POINTS = [(f"v{number + 1:02}", 2 * number) for number in range(25)]


def noisy_scenario(scenario):
    """The same devices, each with 25 float32 values whose last digits mean nothing."""
    for model in scenario["models"].values():
        model["readable"] = {}
        model["points"] = [
            {"point": name, "address": address, "encode": "f32",
             "signal": {"walk": {"start": 60, "low": 20, "high": 100, "step": 0.1, "every": "1s"}, "noise": 0.05}}
            for name, address in NOISY_POINTS]


NOISY_TEMPLATE = """name: Benchmark meter with noisy values
vendor: none
category: benchmark
protocol: modbus-rtu
verification: two-sources
source: [Scripts/benchmarks/noisy.py]
serial: {baud: 19200, format: 8N1, address: 1}
limits: {max_registers: 60}
points:
""" + "".join(
    f"  - {{id: {name}, table: holding, address: {address}, type: float32}}\n" for name, address in NOISY_POINTS)


def noisy_config(document):
    for device in document["devices"]:
        device.update(period="10s", template="bench-noisy")
