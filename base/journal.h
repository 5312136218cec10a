/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of systemd, spoken to in its own protocol: an event is a datagram of fields, so that each of them can be asked for
 * (journalctl DOSSIER_EVENT=file-failed) and no value, whatever bytes it holds, can pass for another field.
 *
 *	MESSAGE=file-failed process=index path="/srv/a.html" why="…"     what stands in the line that a terminal or a file would get
 *	PRIORITY=4   SYSLOG_IDENTIFIER=dossierd   DOSSIER_EVENT=file-failed   DOSSIER_PROCESS=index   DOSSIER_PATH=/srv/a.html   …
 *
 * Spoken where standard error is the journal, as $JOURNAL_STREAM tells ("device:inode"). One descriptor, which children may keep: it is
 * connected, so that a jail that lets them write lets them log. $DOSSIER_JOURNAL is another socket than systemd's, for tests.
 *
 * Not here: what an event is (log.h), memory files for large messages: values are cut instead (JOURNAL_VALUE).
 */
#ifndef DOSSIER_BASE_JOURNAL_H
#define DOSSIER_BASE_JOURNAL_H

#include "base/span.h"
#include "base/str.h"

#define JOURNAL_VALUE ((size_t)16 << 10) /* bytes of a value; what is longer is cut, and ends in "…" */
#define JOURNAL_MOST  ((size_t)96 << 10) /* bytes of a datagram: the system takes more by default; fields beyond it are left out */

int journal_open(void); /* a descriptor, close-on-exec, above the standard ones; -1: standard error is not the journal, or nobody is there */

/* One field. name: any words; they become capitals, digits and "_", behind the prefix. */
void journal_field(struct str *out, const char *prefix, const char *name, struct span value);

#endif
