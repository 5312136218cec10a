#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzzer for SECONDS (default 20) from its small corpus in tests/fuzz/corpus/<name>; a finding stays in build-fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-20}
cmake --preset fuzz >/dev/null
cmake --build build-fuzz -j "$(nproc)" -- --quiet
mkdir -p build-fuzz/found
bad=0 n=0
for source in tests/fuzz/fuzz-*.c; do
	name=$(basename "$source" .c)
	mkdir -p "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name"
	if ! ASAN_OPTIONS=new_delete_type_mismatch=0 "build-fuzz/bin/$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="build-fuzz/found/$name-" "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"build-fuzz/$name.log" 2>&1; then
		echo "$name: found something, see build-fuzz/found and build-fuzz/$name.log"
		bad=1
	fi
	echo "$name: $(awk '/number_of_executed_units/ {print $2}' "build-fuzz/$name.log") executions"
	n=$((n + 1))
done
echo "fuzz: $n fuzzers, $seconds s each"
exit $bad
