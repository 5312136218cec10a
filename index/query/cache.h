/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was worked out once about a sealed segment stays true: decoded posting lists and sets of rows, kept by name, the least
 * recently used thrown out when there is more than the bound. What the request at hand has touched is never thrown out.
 */
#ifndef DOSSIER_INDEX_QUERY_CACHE_H
#define DOSSIER_INDEX_QUERY_CACHE_H

#include "base/span.h"

struct cache;
struct cache *cache_new(uint64_t max_bytes);
void cache_free(struct cache *c);
void cache_round(struct cache *c);                                 /* a new request begins: everything may be thrown out again */
const void *cache_find(struct cache *c, struct span key);          /* NULL if it is not there; good until the next round */
const void *cache_take(struct cache *c, struct span key, void *value, size_t bytes); /* keeps a malloc()ed block; returns it */
uint64_t cache_bytes(const struct cache *c);

#endif
