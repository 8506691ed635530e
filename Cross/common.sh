# What the parts of the cross build share; sourced by them.

# The boards' Debian, and where the Swift compiler and runtime come from.
board_suite=trixie
swift_suite=sid
triple=aarch64-unknown-linux-gnu

# The C libraries that the programs link: with headers, without them, and what libc and the linker need.
sysroot_packages=(
    libc6 libc6-dev linux-libc-dev libgcc-s1 libgcc-14-dev libstdc++6 libstdc++-14-dev
    libmodbus5 libmodbus-dev libgpiod3 libgpiod-dev libserialport0 libserialport-dev libsqlite3-0 libsqlite3-dev
    libmosquitto1 libmosquitto-dev libyaml-0-2 libyaml-dev zlib1g zlib1g-dev libssl3t64 libssl-dev
    libcares2 libcjson1 libzstd1
)

cache=${DG_CROSS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/district-gateway/cross}
root=$cache/$swift_suite          # a Debian root with the compiler; the rest is seen from inside it as /cross
inside=$root/cross

say() { echo "== $*" >&2; }
fail() { echo "error: $*" >&2; exit "${2:-1}"; }

# The Debian mirror that this machine uses itself; DEBIAN_MIRROR overrides.
mirror() {
    local found=${DEBIAN_MIRROR:-}
    [ -n "$found" ] || found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null \
        | grep -v security | head -n 1)
    echo "${found:-http://deb.debian.org/debian}"
}

# Runs a command inside the root, with /proc and /dev there for as long as it takes and not a moment longer.
# Without /proc the compiler ends with an illegal instruction.
in_root() {
    unshare --mount bash -c '
        mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" || exit 1
        [ -z "$DG_SOURCES" ] || mount --bind "$DG_SOURCES" "$0/cross/sources" || exit 1
        exec chroot "$0" "$@"' "$root" "$@"
}
export DG_SOURCES=${DG_SOURCES:-}

# apt inside the root, for the boards' suite and architecture. A mirror may lag behind the date in its index; what it
# signs is checked all the same.
lenient=(-o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
board_apt=(
    -o Dir::Etc::sourcelist=/cross/apt/sources.list -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists=/cross/apt/lists -o Dir::State::status=/dev/null -o Dir::Cache=/cross/apt/cache
    -o APT::Architecture=arm64 -o APT::Architectures=arm64 "${lenient[@]}"
)
