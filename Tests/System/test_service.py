"""What a service manager hears of the real daemon: ready, alive while it works, stopping."""

import os
import signal
import socket
import time


def test_the_service_manager_hears_ready_signs_of_life_and_stopping(heat_station):
    lab = heat_station
    address = str(lab.directory / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        lab.start_broker()
        lab.start_simulator()
        os.environ.update(NOTIFY_SOCKET=address, WATCHDOG_USEC="400000")
        try:
            lab.start_gateway()
        finally:
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
        heard = [manager.recv(256) for _ in range(4)]
        assert sorted(set(heard)) == [b"READY=1", b"WATCHDOG=1"]

        # A process that stands still gives no sign of life, and goes on giving them afterwards.
        daemon = lab.processes["gatewayd"]
        daemon.send_signal(signal.SIGSTOP)
        drain(manager)
        manager.settimeout(1.5)
        try:
            assert not manager.recv(256), "a sign of life from a process that stands still"
        except TimeoutError:
            pass
        daemon.send_signal(signal.SIGCONT)
        manager.settimeout(20)
        assert manager.recv(256) == b"WATCHDOG=1"

        assert lab.end("gatewayd") == 0
        rest = drain(manager)
        assert b"STOPPING=1" in rest


def drain(manager):
    """What has been sent so far."""
    manager.settimeout(0.2)
    messages = []
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            messages.append(manager.recv(256))
        except TimeoutError:
            break
    return messages
