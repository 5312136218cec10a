#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzzer for SECONDS (default 20), as many at once as there are cores: first the small corpus in tests/fuzz/corpus/<name>, then what it finds from there.
# What it learns stays in build-fuzz/corpus, a finding in build-fuzz/found. FUZZ=name…: those alone. COVERAGE=1: also which share of the code's edges was met.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-20} jobs=${JOBS:-$(nproc)}
read -ra names <<<"${FUZZ:-$(basename -s .c tests/fuzz/fuzz-*.c | tr '\n' ' ')}"
cmake --preset fuzz >/dev/null
cmake --build build-fuzz -j "$jobs" --target "${names[@]}" -- --quiet
mkdir -p build-fuzz/found

# shellcheck disable=SC2317  # xargs calls it
one() { # one NAME SECONDS
	local name=$1 log=build-fuzz/$1.log
	mkdir -p "build-fuzz/corpus/$name"
	if ! ASAN_OPTIONS=new_delete_type_mismatch=0 "build-fuzz/bin/$name" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="build-fuzz/found/$name-" "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		echo "$name: found something, see build-fuzz/found and $log"
		grep -m3 -E 'never:|ERROR:|runtime error' "$log" || tail -5 "$log"
		return 1
	fi
	echo "$name: $(awk '/number_of_executed_units/ {n = $2} / cov: / {for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1)} END {print n " executions, " c " edges"}' "$log")"
}
export -f one
printf '%s\n' "${names[@]}" | xargs -P "$jobs" -I{} bash -c "one {} $seconds" || bad=1
echo "fuzz: ${#names[@]} fuzzers, $seconds s each"
exit "${bad:-0}"
