#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# try.sh: the packages of build/package/ in a clean Debian: install, serve, upgrade, remove, purge (inside.sh says what must hold).
# shellcheck disable=SC2016 # $(…) and $0 below are for others
# The clean root is made by debootstrap from the mirror that this machine is set up with. Needs root.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../../build/package"
root=$PWD/root

die() { echo "try: $*" >&2; exit 1; }
say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

[[ $(id -u) == 0 ]] || die "a clean root needs root"

targets() { apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' | sort -u; }

make_root() {
	local codename mirror
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	mirror=$(targets '$(SITE) $(RELEASE)' | awk -v release="$codename" '$2 == release { print $1; exit }')
	[[ -n $mirror ]] || die "no mirror of Debian $codename is set up on this machine"
	rm -rf --one-file-system "$root"
	mkdir -p "$PWD/cache"
	unshare --mount debootstrap --variant=minbase --cache-dir="$PWD/cache" "$codename" "$root" "$mirror" >"$PWD/debootstrap.log" 2>&1 ||
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
	dpkg-deb --root-owner-group -b next "$root/var/try/next.deb" >/dev/null
	rm -rf next
}

# Mounts and processes live in name spaces of the stage alone: whatever happens, none is left behind.
stage() { # stage NAME [--net]: one part of inside.sh; --net: without any network, not even lo
	say "$1"
	unshare --mount --pid --fork --kill-child "${@:2}" bash -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
		/usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		/bin/bash /var/try/inside.sh "$1" || die "the stage '$1' failed in the clean root"
}

# systemd itself starts there, without a network, runs the stage, and ends with its status. (nspawn's own filter of
# system calls is off: it would take Landlock away. The unit's filter holds.)
boot() {
	local unit=$root/etc/systemd/system/try.service
	say boots
	cat >"$unit" <<-'END'
		[Unit]
		After=multi-user.target
		SuccessAction=exit
		FailureAction=exit
		FailureActionExitStatus=1
		[Service]
		Type=oneshot
		Environment=HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
		ExecStart=/bin/bash /var/try/inside.sh boots
		StandardOutput=file:/var/try/said
		StandardError=inherit
		TimeoutStartSec=120
	END
	SYSTEMD_SECCOMP=0 systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --directory="$root" systemd.wants=try.service \
		>console.log 2>&1 || { cat "$root/var/try/said" >&2 || tail console.log >&2; die "the stage 'boots' failed"; }
	cat "$root/var/try/said"
	rm "$unit"
}

say "a clean root"
make_root
mkdir "$root/var/try"
cp dossier_*.deb "$here/inside.sh" "$root/var/try/"
make_next
stage installed
stage serves --net
stage upgraded
boot
stage removed
stage purged
rm -rf --one-file-system "$root"
say "the package installs, serves, upgrades, goes and leaves nothing behind"
