/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mentioned days of an article answer a question about days: those that fit a "mentioned:" of the query, or the bounds on the axis
 * "mentioned". The most exact ones come first: who asks for May 2015 is shown "9 May 2015" before "the 2010s".
 */
#ifndef DOSSIER_INDEX_QUERY_MENTIONED_H
#define DOSSIER_INDEX_QUERY_MENTIONED_H

#include "index/document.h"
#include "index/query/plan.h"

#define MENTIONED_SHOWN 3

struct mentioned {
	const struct timex3 *v[MENTIONED_SHOWN]; /* in the order of the text */
	size_t n;
};

bool mentioned_asked(const struct request *r, const struct plan *p); /* was there such a question? */
void mentioned_find(const struct request *r, const struct plan *p, const struct facts *f, struct mentioned *out);
bool mentioned_exact(const struct mentioned *m, size_t i); /* is none of them more exact than this one? */
void mentioned_write(struct jw *w, const struct mentioned *m); /* the member "mentioned"; none: nothing */

#endif
