#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh BIN_DIR: a daemon on the sample archive answers real questions; each command is shown before its output.
# Fails when a command fails or an answer is empty. The daemon and its folder go in every case.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
BIN=$(readlink -f "${1:-build/bin}")
work=$(mktemp -d "${TMPDIR:-/tmp}/dossier-demo.XXXXXX")
daemon='' asked=0 articles=0

finish() {
	local status=$?
	trap - EXIT INT TERM
	[[ -z $daemon ]] || kill "$daemon" 2>/dev/null || true
	[[ -z $daemon ]] || wait "$daemon" 2>/dev/null || true
	[[ $status == 0 || ! -s $work/log ]] || { echo "demo: what the daemon said:" >&2; tail -20 "$work/log" >&2; }
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() { echo "demo: $*" >&2; exit 1; }

show_command() {
	local word line='$'
	for word; do line+=" $([[ $word =~ ^[A-Za-z0-9_./:,=-]+$ ]] && printf %s "$word" || printf "'%s'" "$word")"; done
	if [[ -t 1 ]]; then printf '\n\033[1m%s\033[0m\n' "$line"; else printf '\n%s\n' "$line"; fi
}

# dossierd says on its log when it is ready; the log goes on into a file.
start_daemon() {
	local line
	mkfifo "$work/said"
	show_command dossierd --index "$work/index" --socket "$work/socket" "&"
	"$BIN/dossierd" --index "$work/index" --socket "$work/socket" --data data 2>"$work/said" &
	daemon=$!
	exec 3<"$work/said"
	while IFS= read -r line <&3; do
		echo "$line" >>"$work/log"
		[[ $line != *ready* ]] || break
	done
	[[ $line == *ready* ]] || die "dossierd did not become ready"
	cat <&3 >>"$work/log" &
	exec 3<&-
	export DOSSIER_SOCKET=$work/socket
}

ask() { # ask WORDS…: the words of a dossier command; its answer must not be empty
	show_command dossier "$@"
	"$BIN/dossier" "$@" >"$work/answer" || die "dossier $1 ended with status $?"
	[[ -s $work/answer ]] || die "dossier $1 answered nothing"
	cat "$work/answer"
	asked=$((asked + 1))
}

start_daemon
show_command dossier add data/sample
"$BIN/dossier" add data/sample
articles=$("$BIN/dossier" search --json --limit 0 | sed -n 's/.*"total":\([0-9]*\).*/\1/p')
[[ ${articles:-0} -gt 0 ]] || die "nothing was indexed"

ask search nuclear talks --limit 4
ask search talks --leader putin --limit 3
ask search --leader kim-jong-un --leader trump --sort oldest --limit 3
ask search summit --from 2018-06 --to 2019 --limit 3
ask facets --leader putin --facets leader:8,date:year,country:5,source
ask timeline --leader trump --leader kim-jong-un --from 2017 --to 2019
ask who kim-jong-un
ask show "$("$BIN/dossier" search --csv --limit 1 vladivostok bread | sed -n '2s/^[0-9]*,\([^,]*\),.*/\1/p')"

printf '\ndemo: %s articles, %s questions answered: ranked, by one leader, by two, between dates, facets, a timeline, who with whom, one article marked\n' "$articles" "$asked"
cat <<EOF
This daemon and its index are gone now. To ask the same archive yourself:

  export PATH="\$PWD/build/bin:\$PATH" DOSSIER_SOCKET=/tmp/dossier-sample.sock
  dossierd --index /tmp/dossier-sample --socket \$DOSSIER_SOCKET &
  dossier add data/sample
EOF
