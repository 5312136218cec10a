/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A builder in a process of its own, so that segments are built on every core.
 *
 *	writer ── OPEN name · RECORD bytes · RECORD … · SEAL ──► child        (one socket pair; the child dies with the writer)
 *	       ◄── outcome: the segment's entry, or why not ────
 *
 * What fails in the child is told with the outcome; a child that dies is told as that. Either way the writer is done for.
 */
#ifndef DOSSIER_INDEX_STORE_SLOT_CHILD_H
#define DOSSIER_INDEX_STORE_SLOT_CHILD_H

#include "index/store/segment.h"

#include <sys/types.h>

struct outcome {
	int rc;
	struct err err;
	struct segment_entry e;
};
int outcome_read(int fd, struct outcome *o); /* 0, or -1 when the other side is gone */

int child_start(const char *dir, const struct build_options *opt, int guard, pid_t *child, int *fd, struct err *err) MUST_CHECK;
/*
 * In a child, at once: closes every descriptor but the standard ones, `keep` and `guard` – the other children, whatever the program around has
 * open – and sees to it that the child does not outlive its parent. It holds the guard's lock as long as it lives: the next writer waits
 * for that before it begins.
 */
void child_alone(int keep, int guard, pid_t parent);
int child_open(int fd, const char *name, struct err *err) MUST_CHECK;
int child_record(int fd, struct span record, uint64_t revision, struct err *err) MUST_CHECK;
int child_seal(int fd, struct err *err) MUST_CHECK; /* the outcome comes when it is ready: poll fd, then outcome_read */

#endif
