"""Lets the linker leave out what nobody calls of Swift's own library.

Every function of the library is a section of its own, so that --gc-sections could drop it, and each of them is marked
to be kept nevertheless (SHF_GNU_RETAIN): right for a shared library, too much in a program that has the library inside.
This clears the marks of what is only ever reached by name. The records that the runtime finds by their section
(swift5_*: types, conformances, fields) stay marked, and with them all that they need.

  lean_runtime.py DIRECTORY        copies of this machine's archives, and a linker that takes them first; prints its path
  lean_runtime.py --in-place DIR   clears the marks in the archives of DIR
"""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

RETAIN = 0x200000
RECORDS = b"swift5_"
LIBRARIES = ["libswiftCore", "libswift_Concurrency", "libswiftSynchronization", "libswiftGlibc"]


def cleared(archive: bytes) -> bytes:
    """The archive without the marks; ELF64, little-endian."""
    data = bytearray(archive)
    if data[:8] != b"!<arch>\n":
        raise SystemExit("lean_runtime.py: not an archive")
    at = 8
    while at < len(data):
        size = int(data[at + 48:at + 58])
        body = at + 60
        if data[body:body + 6] == b"\x7fELF\x02\x01":
            clear_object(data, body)
        at = body + size + size % 2
    return bytes(data)


def clear_object(data: bytearray, base: int):
    (headers,) = struct.unpack_from("<Q", data, base + 0x28)
    length, count = struct.unpack_from("<HH", data, base + 0x3A)
    if headers and count == 0:
        # More than 65,279 sections: their number is the size of the first.
        (count,) = struct.unpack_from("<Q", data, base + headers + 32)
    (names,) = struct.unpack_from("<H", data, base + 0x3E)
    if names == 0xFFFF:
        (names,) = struct.unpack_from("<I", data, base + headers + 40)
    (names,) = struct.unpack_from("<Q", data, base + headers + names * length + 0x18)
    for index in range(count):
        place = base + headers + index * length
        name, _, flags = struct.unpack_from("<IIQ", data, place)
        if not data.startswith(RECORDS, base + names + name):
            struct.pack_into("<Q", data, place + 8, flags & ~RETAIN)


def this_machine() -> tuple[Path, Path]:
    """Where the static libraries and the linker of this machine's Swift are."""
    info = json.loads(subprocess.run(
        ["swiftc", "-static-stdlib", "-print-target-info"], check=True, capture_output=True, text=True).stdout)
    resources = Path(info["paths"]["runtimeResourcePath"])
    beside = resources.parent.parent / "bin" / "ld.lld"
    linker = beside if beside.exists() else Path(shutil.which("ld.lld") or "")
    if not linker.is_file():
        raise SystemExit(f"lean_runtime.py: no ld.lld beside Swift ({beside}) and none on the PATH")
    return resources.parent / "swift_static" / "linux", linker


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--in-place":
        for name in LIBRARIES:
            archive = Path(sys.argv[2]) / f"{name}.a"
            archive.write_bytes(cleared(archive.read_bytes()))
        return
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    libraries, linker = this_machine()
    for name in LIBRARIES:
        copy, original = target / f"{name}.a", libraries / f"{name}.a"
        # Also when this script has changed since.
        if (not copy.exists() or copy.stat().st_mtime != original.stat().st_mtime
                or copy.stat().st_ctime < Path(__file__).stat().st_mtime):
            copy.write_bytes(cleared(original.read_bytes()))
            shutil.copystat(original, copy)
    program = target / "ld.lld"
    program.write_text(f'#!/bin/sh\nexec "{linker}" -L"{target}" "$@"\n')
    program.chmod(0o755)
    print(program)


if __name__ == "__main__":
    main()
