"""A whole Debian machine under qemu, with systemd as its first process: what a package does is seen on nothing less.

The disk is made once by debootstrap and kept in .build/packages/machine-ARCHITECTURE; a machine forgets what it wrote when
it ends. Its console is a root shell. arm64 runs on any machine under emulation, amd64 by KVM where there is one.
"""

import lzma
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from console import Console, ConsoleError, connect

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "10.0.2.2"        # this machine, in the other one
SHELL = "DG# "
BINFMT = Path("/proc/sys/fs/binfmt_misc")

KINDS = {
    "amd64": {
        "suite": "bookworm", "kernel": "linux-image-cloud-amd64", "qemu": "qemu-system-x86_64", "console": "ttyS0",
        "options": ["-M", "q35", "-cpu", "qemu64", "-accel", "tcg"],
    },
    "arm64": {
        "suite": "trixie", "kernel": "linux-image-arm64", "qemu": "qemu-system-aarch64", "console": "ttyAMA0",
        "options": ["-M", "virt", "-cpu", "cortex-a53", "-accel", "tcg"],
    },
}
INCLUDED = ["systemd-sysv", "dbus", "udev", "iproute2", "kmod", "adduser", "busybox-static", "procps"]
MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "ext4", "i6300esb"]

# What the kernel starts first: it loads what the disk needs and hands over to it.
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs devtmpfs /dev
for name in $(cat /order); do insmod /modules/$name 2>/dev/null; done
until [ -b /dev/vda ]; do sleep 0.1; done
mount -t ext4 /dev/vda /disk && exec switch_root /disk /sbin/init
"""
CONSOLE = """[Unit]
Description=A root shell on the console
[Service]
ExecStart=/bin/sh -i
Environment=PS1="{shell}" TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/{console}
Restart=always
# An interactive shell ignores SIGTERM, and a reboot would wait for it.
SendSIGHUP=yes
[Install]
WantedBy=multi-user.target
"""


class MachineError(ConsoleError):
    pass


def run(*command, **options):
    """Output as text; raises with the end of what it said when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise MachineError(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def mirror():
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                             "Origin: Debian"], capture_output=True, text=True).stdout.split()
    listed = [url for url in listed if "security" not in url]
    return os.environ.get("DEBIAN_MIRROR") or (listed[0] if listed else "http://deb.debian.org/debian")


@contextmanager
def foreign_programs(architecture):
    """While it lasts, the kernel runs arm64 programs through qemu-user."""
    if architecture != "arm64":
        yield
        return
    mounted = not (BINFMT / "register").exists()
    if mounted:
        run("mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT)
    entry = BINFMT / "qemu-aarch64"
    made = not entry.exists()
    if made:
        (BINFMT / "register").write_bytes(Path("/usr/lib/binfmt.d/qemu-aarch64.conf").read_bytes().strip())
    try:
        yield
    finally:
        if made:
            entry.write_text("-1")
        if mounted:
            run("umount", BINFMT)


def make_image(architecture, packages):
    """The directory with `disk.img`, `vmlinuz` and `initrd`; made anew when the packages wanted change."""
    kind = KINDS[architecture]
    home = ROOT / ".build/packages" / f"machine-{architecture}"
    wanted = " ".join(sorted(INCLUDED + packages)) + "\n" + INIT + CONSOLE
    if (home / "wanted").exists() and (home / "wanted").read_text() == wanted:
        return home
    print(f"== a Debian {kind['suite']} for {architecture}, once", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="district-gateway-machine-") as directory, foreign_programs(architecture):
        tree = Path(directory) / "tree"
        run("debootstrap", f"--arch={architecture}", "--variant=minbase", f"--include={','.join(INCLUDED + packages)}",
            kind["suite"], tree, mirror())
        shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
        chroot = ["chroot", tree]
        run(*chroot, "apt-get", "-qq", "-o", "Acquire::Check-Valid-Until=false", "update")
        depends = run(*chroot, "apt-cache", "depends", kind["kernel"])
        kernel = re.search(r"Depends: (linux-image-\d\S+)", depends).group(1)
        run(*chroot, "sh", "-c", f"cd /tmp && apt-get -qq -o APT::Sandbox::User=root download {kernel}")
        unpacked = Path(directory) / "kernel"
        run("dpkg-deb", "-x", next((tree / "tmp").glob("*.deb")), unpacked)
        shutil.copy(next(unpacked.glob("boot/vmlinuz-*")), home / "vmlinuz")
        make_initrd(tree, unpacked, home / "initrd")
        furnish(tree, kind["console"])
        run("mkfs.ext4", "-q", "-F", "-d", tree, home / "disk.img", "2G")
    (home / "wanted").write_text(wanted)
    return home


def furnish(tree, console):
    """A shell on the console in place of a login, a network, nothing that waits."""
    shutil.rmtree(tree / "var/cache/apt/archives")
    for deb in (tree / "tmp").glob("*.deb"):
        deb.unlink()
    units = tree / "etc/systemd/system"
    (units / "console-shell.service").write_text(CONSOLE.format(shell=SHELL, console=console))
    (units / "multi-user.target.wants").mkdir(exist_ok=True)
    (units / "multi-user.target.wants/console-shell.service").symlink_to("../console-shell.service")
    for masked in (f"serial-getty@{console}.service", "getty@tty1.service", "apt-daily.timer", "apt-daily-upgrade.timer"):
        link = units / masked
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    (tree / "etc/hostname").write_text("board\n")
    (tree / "etc/fstab").write_text("/dev/vda / ext4 defaults,noatime 0 0\n")


def make_initrd(tree, kernel, target):
    root = tree.parent / "initrd"
    for part in ("bin", "dev", "disk", "modules"):
        (root / part).mkdir(parents=True)
    shutil.copy(next(path for path in (tree / "usr/bin/busybox", tree / "bin/busybox") if path.exists()), root / "bin/busybox")
    files = {re.sub(r"\.ko(\.\w+)?$", "", path.name).replace("-", "_"): path for path in kernel.rglob("*.ko*")}
    order = []

    def contents(path):
        return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()

    def load(name):
        name = name.replace("-", "_")
        if name in order or name not in files:
            return                                   # built in
        # modinfo(8), which need not be here, reads the same.
        found = re.search(rb"\0depends=([^\0]*)\0", contents(files[name]))
        for other in found.group(1).decode().split(",") if found else []:
            load(other)
        order.append(name)

    for name in ["crc32c_generic", *MODULES]:
        load(name)
    for name in order:
        (root / "modules" / name).write_bytes(contents(files[name]))
    (root / "order").write_text("\n".join(order) + "\n")
    (root / "init").write_text(INIT)
    (root / "init").chmod(0o755)
    run("sh", "-c", f"cd {root} && find . | cpio -o -H newc --quiet | gzip -1 >{target}")


class Machine:
    """One machine, with the files of a directory at /mnt."""

    def __init__(self, architecture, image: Path, files: Path, directory: Path):
        kind = KINDS[architecture]
        self.console = Console(directory / "console.log")
        run("mkfs.ext4", "-q", "-F", "-d", files, directory / "files.img", "64M")
        path = directory / "console.sock"
        command = [
            kind["qemu"], *kind["options"], "-m", "512", "-nographic", "-nodefaults", "-monitor", "none",
            "-kernel", image / "vmlinuz", "-initrd", image / "initrd",
            "-append", f"console={kind['console']} quiet loglevel=1 systemd.show_status=no panic=1",
            "-serial", f"unix:{path},server=on,wait=off",
            "-drive", f"file={image / 'disk.img'},format=raw,if=none,id=disk,snapshot=on,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk",
            "-drive", f"file={directory / 'files.img'},format=raw,if=none,id=files,readonly=on",
            "-device", "virtio-blk-pci,drive=files",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
        ]
        with open(directory / "qemu.log", "wb") as log:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        self.console.open(connect(path, self.process, directory / "qemu.log"))

    def wait_for_shell(self, seconds):
        self.console.expect(SHELL.encode(), seconds)
        self.ask("stty -echo -onlcr; PS1=; mount -o ro /dev/vdb /mnt; net=$(ls /sys/class/net | grep -v lo);"
                 " ip link set $net up; ip address add 10.0.2.15/24 dev $net; ip route add default via 10.0.2.2; true")

    def ask(self, command, seconds=120):
        """Exit status and what a command line printed."""
        return self.console.ask(command, seconds)

    def close(self):
        self.console.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
