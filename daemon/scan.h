/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking through a source, one file at a time, so that a loop can do other things in between. Never leaves the root: symbolic
 * links are not followed (openat2 where the kernel has it, O_NOFOLLOW everywhere). Names that begin with a dot are passed over.
 */
#ifndef DOSSIER_DAEMON_SCAN_H
#define DOSSIER_DAEMON_SCAN_H

#include "base/err.h"
#include "base/str.h"

struct scan;
struct scan_entry {
	struct span path;  /* below the root; until the next call */
	uint64_t size;
	int64_t mtime_ns;
};

/* root: a folder, or a file (which is then the one entry). */
int scan_open(const char *root, struct scan **out, struct err *err) MUST_CHECK;
/*
 * 1: a regular file; 2: a folder is entered (path "": the root), its entries come after it; 0: the end;
 * negative: something below could not be looked at (err names it, e->path too): call again.
 */
int scan_next(struct scan *s, struct scan_entry *e, struct err *err) MUST_CHECK;
bool scan_is_file(const struct scan *s); /* the root is a file; before the first scan_next */
void scan_close(struct scan *s); /* NULL is fine */

/* Opens a regular file below a root for reading; no link of any kind on the way. path empty: the root itself, a file. */
int scan_open_file(const char *root, const char *path, int *fd, struct scan_entry *now, struct err *err) MUST_CHECK;

#endif
