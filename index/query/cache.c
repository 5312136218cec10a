/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash table of chained entries, each also in a list from most to least recently used. */
#include "index/query/cache.h"

#include "base/mem.h"

struct entry {
	struct entry *chain, *newer, *older;
	uint64_t hash, round;
	void *value;
	size_t bytes, key_len;
	char key[];
};

struct cache {
	uint64_t max, used, round;
	struct entry **slots;
	size_t n_slots, n;
	struct entry *newest, *oldest;
};

struct cache *cache_new(uint64_t max_bytes)
{
	struct cache *c = mem_alloc(sizeof *c);
	c->max = max_bytes;
	c->n_slots = 1024;
	c->slots = mem_alloc(c->n_slots * sizeof *c->slots);
	return c;
}

static void unlink_entry(struct cache *c, struct entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void link_newest(struct cache *c, struct entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void drop(struct cache *c, struct entry *e)
{
	struct entry **at = &c->slots[e->hash & (c->n_slots - 1)];
	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_entry(c, e);
	c->used -= e->bytes;
	c->n--;
	free(e->value);
	free(e);
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	while (c->oldest)
		drop(c, c->oldest);
	free(c->slots);
	free(c);
}

static void evict(struct cache *c)
{
	while (c->used > c->max && c->oldest && c->oldest->round != c->round)
		drop(c, c->oldest);
}

void cache_round(struct cache *c)
{
	c->round++;
	evict(c);
}

static struct entry *find(struct cache *c, struct span key, uint64_t hash)
{
	for (struct entry *e = c->slots[hash & (c->n_slots - 1)]; e; e = e->chain)
		if (e->hash == hash && span_eq((struct span){e->key, e->key_len}, key))
			return e;
	return NULL;
}

const void *cache_find(struct cache *c, struct span key)
{
	struct entry *e = find(c, key, span_hash(key));
	if (!e)
		return NULL;
	e->round = c->round;
	unlink_entry(c, e);
	link_newest(c, e);
	return e->value;
}

static void grow(struct cache *c)
{
	size_t n = c->n_slots * 2;
	struct entry **slots = mem_alloc(n * sizeof *slots);
	for (struct entry *e = c->newest; e; e = e->older) {
		e->chain = slots[e->hash & (n - 1)];
		slots[e->hash & (n - 1)] = e;
	}
	free(c->slots);
	c->slots = slots;
	c->n_slots = n;
}

const void *cache_take(struct cache *c, struct span key, void *value, size_t bytes)
{
	struct entry *e = mem_alloc(sizeof *e + key.n);
	uint64_t hash = span_hash(key);
	struct entry *old = find(c, key, hash);
	if (old && old->round != c->round)
		drop(c, old);
	*e = (struct entry){.hash = hash, .round = c->round, .value = value, .bytes = bytes + key.n + sizeof *e, .key_len = key.n};
	memcpy(e->key, key.p, key.n);
	c->used += e->bytes;
	if (++c->n > c->n_slots)
		grow(c);
	e->chain = c->slots[hash & (c->n_slots - 1)];
	c->slots[hash & (c->n_slots - 1)] = e;
	link_newest(c, e);
	evict(c);
	return value;
}

uint64_t cache_bytes(const struct cache *c) { return c->used; }
