/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of rows of one view in the making, and those that are kept from request to request.
 *
 *	struct span key = rows_key(j, 'F', v, field, value);
 *	const uint64_t *known = cache_find(j->e->cache, key);
 *	… else fill rows_none(j, v), and return rows_keep(j, v, key, rows)
 */
#ifndef DOSSIER_INDEX_QUERY_ROWS_H
#define DOSSIER_INDEX_QUERY_ROWS_H

#include "index/query/engine.h"

struct span rows_key(struct job *j, char kind, const struct view *v, int extra, struct span name); /* for the cache; kind and extra: the caller's */
uint64_t *rows_none(struct job *j, const struct view *v);                       /* an empty set, of the request's arena */
uint64_t *rows_copy(struct job *j, const struct view *v, const uint64_t *rows);
/* Into the cache; borrowed from there, or `rows` as it is when the request was cut short. */
const uint64_t *rows_keep(struct job *j, const struct view *v, struct span key, const uint64_t *rows);

#endif
