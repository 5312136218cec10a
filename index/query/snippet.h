/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The passage of an article that shows best why it was found, as an array of strings, unmarked and marked in turn. Marked are the words
 * asked for in every form that matched, phrases as a whole, all mentions of the leaders asked for, by whatever name, and the mentioned days
 * that were asked for (days; NULL: none were).
 */
#ifndef DOSSIER_INDEX_QUERY_SNIPPET_H
#define DOSSIER_INDEX_QUERY_SNIPPET_H

#include "index/document.h"
#include "index/query/mentioned.h"

/* What is marked, worked out once a request. */
struct marker;
struct marker *marker_new(struct job *j, const struct plan *p); /* NULL plan: nothing is marked */
/* Writes the array. `a` is emptied by the caller from document to document. */
void snippet_write(struct jw *w, struct arena *a, struct marker *m, const struct document *d, const struct facts *f, const struct mentioned *days, uint32_t characters);

#endif
