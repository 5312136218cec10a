/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers, one function a route. Each writes members into the object that answer.c has opened (schema, index, revision and
 * took_us stand there already) and returns 0, or a code with the reason in j->err (and j->extra).
 */
#ifndef DOSSIER_INDEX_QUERY_PAGES_H
#define DOSSIER_INDEX_QUERY_PAGES_H

#include "index/query/rank.h"
#include "index/query/snippet.h"

int page_search(struct job *j) MUST_CHECK;   /* search.c: /v1/search and /v1/facets */
int page_timeline(struct job *j) MUST_CHECK; /* timeline.c */
int page_who(struct job *j) MUST_CHECK;      /* who.c */
int page_meetings(struct job *j) MUST_CHECK; /* meetings.c */
int page_doc(struct job *j) MUST_CHECK;      /* doc.c */
int page_similar(struct job *j) MUST_CHECK;  /* similar.c */
int page_leaders(struct job *j) MUST_CHECK;  /* leaders.c */
int page_suggest(struct job *j) MUST_CHECK;  /* suggest.c */

int doc_find(struct job *j, struct place *at) MUST_CHECK; /* the one that the path names */
/* One hit as an object. p: whose days are shown as "mentioned", NULL: none. m NULL: no snippet. */
int hit_write(struct job *j, const struct hit *h, uint64_t rank_, bool scored, const struct plan *p, struct marker *m) MUST_CHECK;
/* "query":{…}, and "truncated":{…} if anything was cut. `truncated` may be NULL. */
void query_write(struct job *j, const struct plan *p);
void truncated_write(struct job *j, const struct plan *p, const struct str *truncated);

#endif
