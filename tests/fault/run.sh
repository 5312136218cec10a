#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The long tier of the fault tests: every system call killed and failed, thousands of power cuts, long model runs, 20,000 queries
# against brute force.
set -euo pipefail
cd "$(dirname "$0")/../.."
export FAULT_STEP=${FAULT_STEP:-1} POWER_STATES=${POWER_STATES:-6000} BIN=$PWD/build/bin
for test in fault power damage model; do
	echo "== test-store-$test"
	"$BIN/test-store-$test"
done
echo "== test-query-oracle"
ORACLE_QUERIES=${ORACLE_QUERIES:-20000} "$BIN/test-query-oracle"
echo "== test-daemon-counts.py"
CHANGES=${CHANGES:-10000} tests/e2e/test-daemon-counts.py
export KILLS=${KILLS:-200} ROUNDS=${ROUNDS:-200} CHURN=${CHURN:-60}
for test in tests/fault/test-*.py; do
	echo "== $test"
	"$test"
done
echo "fault: all of the long tier held"
