#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh: Debian packages of the last commit in build/package/, looked through by lintian, then tried in a clean root.
# The clean root needs root and Debian's package mirror, the one that this machine is set up with.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
out=$PWD/build/package

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

rm -rf "$out"
mkdir -p "$out/dossier"
git archive HEAD | tar -x -C "$out/dossier"
[[ -z $(git status --porcelain) ]] || say "uncommitted changes are not in the package"

say "building in $out"
(cd "$out/dossier" && DEB_BUILD_OPTIONS="nocheck parallel=${JOBS:-$(nproc)}" dpkg-buildpackage -us -uc >"$out/log" 2>&1) ||
	{ tail -40 "$out/log" >&2; exit 1; }

say "lintian"
user=()
[[ $(id -u) != 0 ]] || user=(--allow-root)
lintian "${user[@]}" --fail-on error,warning --display-level '>=info' "$out"/dossier_*.changes
du -h "$out"/*.deb | sed "s|$out/||"

if [[ $(id -u) != 0 ]]; then
	say "not root: the clean root was NOT tried; sudo tools/package/try.sh does it"
	exit 0
fi
exec tools/package/try.sh
