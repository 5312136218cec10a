#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Side by side with Lucene and SQLite FTS5, then sessions, many clients and memory: bench/run.sh [DATA] [WORK] [ARTICLES]. DATA has real text (bench/corpus.py says where in it), WORK keeps corpus and indexes, ARTICLES makes it a small one.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-../shared/data} work=${2:-build/bench} articles=${3:-1000000000}
[[ -d $data/archive ]] || { echo "bench: no texts in $data; say where: bench/run.sh DATA" >&2; exit 2; }
shopt -s nullglob
found=(/usr/share/java/lucene-{core,analyzers-common,queryparser,facet,queries}-8*.jar)
[[ ${#found[@]} == 5 ]] || { echo "bench: Lucene is missing: ./dev bench installs it" >&2; exit 2; }
jars=$(IFS=:; echo "${found[*]}")
cmake --build build --target load-bench >/dev/null
mkdir -p "$work/source" "$work/peer"
javac -cp "$jars" -d "$work/peer" bench/peers/Peer.java
[[ -f $work/source/corpus.jsonl ]] || python3 bench/corpus.py "$data" "$work/source/corpus.jsonl" --bytes 720 --documents "$articles"
build/bin/dossierd --index "$work/index" --socket "$work/socket" --data data --source "$work/source" --connections-per-user 256 2>"$work/log" &
daemon=$!
trap 'kill $daemon; wait $daemon || true' EXIT
until [[ -S $work/socket ]] && curl -sf --unix-socket "$work/socket" http://localhost/v1/status >/dev/null; do kill -0 $daemon; done
curl -s --unix-socket "$work/socket" http://localhost/v1/progress | tail -1
python3 bench/bench.py --socket "$work/socket" --corpus "$work/source/corpus.jsonl" --work "$work/peer/indexes" --classpath "$jars:$work/peer"
python3 bench/sessions.py --socket "$work/socket" --corpus "$work/source/corpus.jsonl" --load build/bin/load-bench --pid "$daemon"
