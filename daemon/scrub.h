/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scrub: now and then every checksum of the index is held against its file, slowly, at the lowest priority, in a child. Damage marks
 * the index as suspect and ends the index process: the next one mends (index/store/recover.c). When it was last done stands in the ledger.
 */
#ifndef DOSSIER_DAEMON_SCRUB_H
#define DOSSIER_DAEMON_SCRUB_H

#include "daemon/indexer.h"

struct scrub;

struct scrub *scrub_new(struct indexer *ix); /* NULL when it is switched off */
void scrub_free(struct scrub *s);            /* ends a child */
void scrub_put_status(const struct scrub *s, struct jw *w); /* a member "scrub", unless s is NULL */

#endif
