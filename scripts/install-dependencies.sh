#!/bin/bash
# Installs from the distribution (Debian, Ubuntu) what Countersign needs. Run it as often as you like: where nothing is missing
# it changes nothing and returns at once.
#
#   scripts/install-dependencies.sh            what building needs
#   scripts/install-dependencies.sh --demo     and what the demo needs
#   scripts/install-dependencies.sh --tests    and what all tests and benchmarks need
#   scripts/install-dependencies.sh --virtual-machine  what building needs, and packages, and a machine to try them in
#
# As an ordinary user it calls sudo for apt-get, and only where a package is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly minimum_swift=6.3
readonly build=(build-essential ca-certificates git libcurl4-openssl-dev libfido2-dev libpcsclite-dev libsqlite3-dev
    libssl-dev libsystemd-dev libtss2-dev libutf8proc-dev pkg-config python3 python3-venv zlib1g-dev)
# The Python packages of demo and tests are one set, of which one is compiled here.
readonly demo=(pinentry-tty python3-dev swig)
readonly tests=(apache2 apparmor bash-completion btrfs-progs createrepo-c dbus dconf-cli dconf-gsettings-backend debhelper
    debootstrap default-jdk-headless distro-info dnf e2fsprogs faketime fido2-tools fish fprintd fwupd gcr gnome-keyring
    gsettings-desktop-schemas iproute2 iptables libapache2-mod-auth-openidc libarchive-tools libcommons-logging-java
    libglib2.0-bin libkf5config-bin libsecret-tools libspring-core-java libspring-expression-java libxfconf-0-3
    lintian lynis nftables nginx-light opensc openssh-client openssl pacman-package-manager pcscd pinentry-curses
    pinentry-gnome3 pinentry-gtk2 pinentry-qt pinentry-tty python3-dbusmock python3-dev rpm rpmlint scdaemon sqlite3
    sudo swig swtpm swtpm-tools systemd tmux tpm2-tools ufw umockdev util-linux vsmartcard-vpcd wrk xdotool xfconf
    xvfb yubico-piv-tool zsh)
# Debian's packages are built, and an emulated machine that starts from Debian's packages is put together.
readonly virtual_machine=(debhelper mmdebstrap ovmf python3-dev qemu-system-x86 qemu-utils squashfs-tools-ng swig swtpm
    swtpm-tools)

say() { printf '%s\n' "install-dependencies: $*"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "this needs root, and there is no sudo: run as root: $*" >&2
        return 1
    fi
}

installed() {
    dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# The packages of the arguments that are not installed, a line each.
missing() {
    local package
    for package in "$@"; do
        installed "$package" || printf '%s\n' "$package"
    done
}

# The version that apt would install, or nothing.
candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '^(none)$' || true
}

# The browsers' packages. Debian has both browsers as packages. Ubuntu has them as snaps, which need snapd running.
browsers() {
    if [ "$distribution" = debian ]; then
        printf '%s\n' chromium chromium-driver
        if [ "$1" = tests ]; then printf '%s\n' firefox-esr; fi
    fi
}

# What starts a service as soon as it is installed, or filters the network: only where nothing starts, as in a container. Elsewhere
# the tests that need it are skipped, unless it is there already.
quiet_services() {
    if [ ! -d /run/systemd/system ] && [ -x /usr/sbin/policy-rc.d ] && ! /usr/sbin/policy-rc.d ssh start >/dev/null 2>&1; then
        printf '%s\n' caddy firewalld openssh-server
    fi
}

# With a display the demo asks in a window, and without a desktop environment there may be no pinentry that has one.
graphical_pinentry() {
    local package
    [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return 0
    for package in pinentry-gtk2 pinentry-qt pinentry-fltk; do
        if installed "$package"; then return 0; fi
    done
    if installed pinentry-gnome3 && [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ]; then return 0; fi
    for package in pinentry-gtk2 pinentry-qt pinentry-fltk; do
        if [ -n "$(candidate "$package")" ]; then
            printf '%s\n' "$package"
            return 0
        fi
    done
}

check_ubuntu_browsers() {
    [ "$distribution" != debian ] || return 0
    if command -v chromium chromium-browser google-chrome >/dev/null; then return 0; fi
    if [ "$distribution" = ubuntu ] && [ -d /run/systemd/system ] && command -v snap >/dev/null; then
        say "installing the chromium snap, which brings its driver"
        as_root snap install chromium && return 0
    fi
    say "no Chromium could be installed here: tests in a browser are skipped, and the demo needs a display" \
        "(Ubuntu has Chromium only as a snap, which needs snapd; Firefox ESR is not in Ubuntu)"
}

install_packages() {
    local wanted
    mapfile -t wanted < <(missing "$@")
    [ "${#wanted[@]}" -gt 0 ] || return 0
    say "installing ${wanted[*]}"
    as_root apt-get update --quiet
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${wanted[@]}"
}

# Whether version $1 is $2 or later.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1)" = "$2" ]
}

swift_version() {
    swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1
}

check_swift() {
    local version package
    version=$(swift_version || true)
    if [ -n "$version" ] && at_least "$version" "$minimum_swift"; then return 0; fi
    package=$(candidate swiftlang)
    if [ -n "$package" ] && at_least "${package#*:}" "$minimum_swift"; then
        install_packages swiftlang
        return 0
    fi
    say "Swift ${minimum_swift} or later is needed and ${version:-none} was found: get it from https://www.swift.org/install/linux" >&2
    return 1
}

# The Python packages of the tests, in an environment of the working copy's own.
install_python_packages() {
    local requirements=Tests/EndToEndTests/requirements.txt
    local stamp=.venv/requirements.txt
    if [ -x .venv/bin/python ] && cmp --silent "$requirements" "$stamp"; then return 0; fi
    say "installing the Python packages of the tests into .venv"
    python3 -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --no-compile --requirement "$requirements"
    cp "$requirements" "$stamp"
}

main() {
    local group=build
    case "${1:-}" in
        '') ;;
        --demo) group=demo ;;
        --tests) group=tests ;;
        --virtual-machine) group=virtual-machine ;;
        *)
            sed -n 's/^# \{0,1\}//p' "$0" | sed -n '1,/^As an/p'
            return 2
            ;;
    esac
    if ! command -v apt-get >/dev/null; then
        say "this script knows apt only; on this system install by hand: ${build[*]}" >&2
        return 1
    fi
    # shellcheck source=/dev/null
    distribution=$(. /etc/os-release && printf '%s' "$ID")
    readonly distribution

    local packages=("${build[@]}")
    case "$group" in
        demo)
            packages+=("${demo[@]}")
            mapfile -t -O "${#packages[@]}" packages < <(graphical_pinentry)
            ;;
        tests)
            packages+=("${tests[@]}")
            mapfile -t -O "${#packages[@]}" packages < <(quiet_services)
            ;;
        virtual-machine) packages+=("${virtual_machine[@]}") ;;
    esac
    if [ "$group" = demo ] || [ "$group" = tests ]; then
        mapfile -t -O "${#packages[@]}" packages < <(browsers "$group")
    fi
    install_packages "${packages[@]}"
    if [ "$group" = demo ] || [ "$group" = tests ]; then check_ubuntu_browsers; fi
    if [ "$group" != build ]; then install_python_packages; fi
    check_swift
}

main "$@"
