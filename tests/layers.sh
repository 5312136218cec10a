#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may include whom: includes run one way through the house. Each row: room, then what it may include (prefixes).
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0 files=0

check() { # check ROOM ALLOWED…
	local room=$1 file line inc ok allowed
	shift
	while IFS=: read -r file line inc; do
		ok=0
		for allowed in "$room/" "$@"; do [[ $inc == "$allowed"* ]] && ok=1; done
		if [[ $ok == 0 ]]; then
			echo "$file:$line: $room may not include $inc"
			bad=1
		fi
	done < <(grep -rnoE --include='*.[ch]' --include='*.cc' --include='*.def' '^#[[:space:]]*include[[:space:]]+["<][^">]+' "$room" |
		sed -E 's/#[[:space:]]*include[[:space:]]+["<]//' | grep -E ':(base|index|daemon|client|include|tests)/|:xapian|:event|:jansson|:libxml|:seccomp|:dossier\.h|:roaring')
	files=$((files + $(find "$room" -name '*.[ch]' -o -name '*.cc' | wc -l)))
}

check base jansson.h
check index/xapian xapian
check index/read base/ index/document.h libxml/
check index/facts base/ index/document.h
check index/store base/ index/document.h index/facts/ xapian-c.h roaring/
check index/query base/ index/document.h index/facts/ index/store/ xapian-c.h roaring/
check daemon base/ index/document.h index/read/reader.h index/facts/templates.h index/facts/facts.h index/facts/gazetteer.h \
	index/store/writer.h index/store/record.h index/store/builder.h index/query/answer.h event2/ seccomp.h jansson.h
check client base/ dossier.h jansson.h
read -ra xml < <(pkg-config --cflags libxml-2.0)
for header in $(git ls-files '*.h' | grep -v -e '^tests/'); do
	case $header in index/xapian/*) continue ;; esac
	printf '#include "%s"\n' "$header" | gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I. -Iinclude "${xml[@]}" -x c - ||
		{ echo "$header does not compile alone"; bad=1; }
done
echo "layers: $files files"
[[ $files -gt 20 ]] || { echo "layers: found too few files to mean anything"; bad=1; }
exit $bad
