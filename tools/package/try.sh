#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# try.sh: the packages of build/package/ in a clean Debian: install, serve, upgrade, remove, purge (inside.sh says what must hold).
# shellcheck disable=SC2016 # $(…) below is for apt-get
# The clean root is made by debootstrap from the mirror that this machine is set up with. Needs root.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../../build/package"
root=$PWD/root

die() { echo "try: $*" >&2; exit 1; }
say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

# Mounts live in a name space of this process alone: whatever happens, none is left behind.
if [[ ${1:-} != inside-namespace ]]; then
	[[ $(id -u) == 0 ]] || die "a clean root needs root"
	exec unshare --mount --pid --fork --kill-child "$here/try.sh" inside-namespace
fi

targets() { apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' | sort -u; }

make_root() {
	local codename mirror
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	mirror=$(targets '$(SITE) $(RELEASE)' | awk -v release="$codename" '$2 == release { print $1; exit }')
	[[ -n $mirror ]] || die "no mirror of Debian $codename is set up on this machine"
	rm -rf --one-file-system "$root"
	mkdir -p "$PWD/cache"
	debootstrap --variant=minbase --cache-dir="$PWD/cache" "$codename" "$root" "$mirror" >"$PWD/debootstrap.log" 2>&1 ||
		{ tail "$PWD/debootstrap.log" >&2; die "debootstrap failed"; }
	targets 'deb $(SITE) $(RELEASE) $(COMPONENT)' >"$root/etc/apt/sources.list"
	apt-config dump | grep '^Acquire::Check' >"$root/etc/apt/apt.conf.d/90check" || true
	cp /etc/resolv.conf "$root/etc/resolv.conf"
}

# The same package with a higher version, to upgrade to.
make_next() {
	rm -rf next
	dpkg-deb -R dossier_*_*.deb next
	sed -i 's/^Version: .*/&+next/' next/DEBIAN/control
	dpkg-deb --root-owner-group -b next "$root/tmp/next.deb" >/dev/null
	rm -rf next
}

stage() { # stage NAME [WRAPPER…]: one part of inside.sh
	say "$1"
	"${@:2}" chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		/bin/bash /tmp/inside.sh "$1" || die "the stage '$1' failed in the clean root"
}

say "a clean root"
make_root
mount -t proc proc "$root/proc"
cp dossier_*.deb "$here/inside.sh" "$root/tmp/"
make_next
stage installed
stage serves unshare --net # no network at all, not even lo
stage upgraded
stage removed
stage purged
umount "$root/proc"
rm -rf --one-file-system "$root"
say "the package installs, serves, upgrades, goes and leaves nothing behind"
