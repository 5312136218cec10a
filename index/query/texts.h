/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts that are made once and written often, by number: the JSON of a facet's value, of a bucket of time.
 *
 *	struct span s = texts_at(t, 7);
 *	if (!s.n) { struct str *out = texts_begin(t, 7); …append to out…; s = texts_end(t, 7); }
 *
 * Zero-initialise; texts_done() frees. A span is good until the next texts_begin().
 */
#ifndef DOSSIER_INDEX_QUERY_TEXTS_H
#define DOSSIER_INDEX_QUERY_TEXTS_H

#include "base/str.h"

struct texts {
	struct str bytes;
	struct text_place {
		uint32_t at, n; /* n 0: not made yet */
	} *place;
	size_t n, cap;
};

static inline struct span texts_at(const struct texts *t, uint32_t i) /* empty: not made yet */
{
	return i < t->n && t->place[i].n ? (struct span){t->bytes.p + t->place[i].at, t->place[i].n} : SPAN_NONE;
}
struct str *texts_begin(struct texts *t, uint32_t i);
struct span texts_end(struct texts *t, uint32_t i);
void texts_done(struct texts *t);

#endif
