/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/facts/trie.h"

#include "base/mem.h"

#define WORD_MAX 255

void trie_init(struct trie *t)
{
	*t = (struct trie){0};
	t->n_slots = 1u << 12;
	t->slots = mem_alloc(t->n_slots * sizeof *t->slots);
	t->cap_edges = 1u << 12;
	t->edges = mem_alloc(t->cap_edges * sizeof *t->edges);
	t->words = mem_grow(NULL, &t->cap_words, 1024, sizeof *t->words);
	t->nodes = mem_grow(NULL, &t->cap_nodes, 1024, sizeof *t->nodes);
	t->hangs = mem_grow(NULL, &t->cap_hangs, 1024, sizeof *t->hangs);
	t->words[0] = (struct trie_word){0};
	t->nodes[0] = 0;
	t->hangs[0] = (struct hang){0};
	t->n_words = t->n_nodes = t->n_hangs = 1;
}

void trie_done(struct trie *t)
{
	str_done(&t->bytes);
	free(t->words);
	free(t->slots);
	free(t->edges);
	free(t->hangs);
	free(t->nodes);
	*t = (struct trie){0};
}

/* A few multiplications: words are short, and there are ten million a second. */
uint32_t trie_hash(struct span w)
{
	uint64_t h = w.n * 0x9E3779B97F4A7C15u, v;
	const char *p = w.p;
	size_t n = w.n;
	for (; n > 8; p += 8, n -= 8) {
		memcpy(&v, p, 8);
		h = (h ^ v) * 0xFF51AFD7ED558CCDu;
		h ^= h >> 32;
	}
	v = 0;
	if (n >= 4) { /* the first and the last four: all of up to eight */
		uint32_t head, tail;
		memcpy(&head, p, 4);
		memcpy(&tail, p + n - 4, 4);
		v = head | (uint64_t)tail << 32;
	} else if (n) {
		v = (unsigned char)p[0] | (unsigned)(unsigned char)p[n / 2] << 8 | (unsigned)(unsigned char)p[n - 1] << 16;
	}
	h = (h ^ v) * 0xFF51AFD7ED558CCDu;
	h ^= h >> 33;
	h *= 0xC4CEB9FE1A85EC53u;
	return (uint32_t)(h >> 32);
}

/* Short words: a call would cost more than the comparison. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
	uint64_t x, y;
	for (; n >= 8; a += 8, b += 8, n -= 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (x != y)
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static struct trie_slot *slot_of(const struct trie *t, struct span word, uint32_t hash)
{
	for (size_t i = hash & (t->n_slots - 1);; i = (i + 1) & (t->n_slots - 1)) {
		struct trie_slot *s = &t->slots[i];
		if (!s->word)
			return s;
		if (s->hash == hash && t->words[s->word].len == word.n && same_bytes(t->bytes.p + t->words[s->word].at, word.p, word.n))
			return s;
	}
}

uint32_t trie_find(const struct trie *t, struct span word)
{
	return trie_find_hashed(t, word, trie_hash(word));
}

uint32_t trie_find_hashed(const struct trie *t, struct span word, uint32_t hash)
{
	return word.n && word.n <= WORD_MAX ? slot_of(t, word, hash)->word : 0;
}

static void slots_double(struct trie *t)
{
	struct trie_slot *old = t->slots;
	size_t n = t->n_slots;
	t->n_slots *= 2;
	t->slots = mem_alloc(t->n_slots * sizeof *t->slots);
	for (size_t i = 0; i < n; i++) {
		if (!old[i].word)
			continue;
		size_t at = old[i].hash & (t->n_slots - 1);
		while (t->slots[at].word)
			at = (at + 1) & (t->n_slots - 1);
		t->slots[at] = old[i];
	}
	free(old);
}

uint32_t trie_intern(struct trie *t, struct span word)
{
	if (!word.n || word.n > WORD_MAX)
		return 0;
	uint32_t hash = trie_hash(word);
	struct trie_slot *s = slot_of(t, word, hash);
	if (s->word)
		return s->word;
	if (t->n_words * 3 > t->n_slots) {
		slots_double(t);
		s = slot_of(t, word, hash);
	}
	t->words = mem_grow(t->words, &t->cap_words, t->n_words + 1, sizeof *t->words);
	t->words[t->n_words] = (struct trie_word){.at = (uint32_t)t->bytes.n, .len = (uint16_t)word.n};
	str_span(&t->bytes, word);
	*s = (struct trie_slot){hash, (uint32_t)t->n_words};
	return (uint32_t)t->n_words++;
}

static struct trie_edge *edge_of(const struct trie *t, uint32_t node, uint32_t word)
{
	uint64_t h = ((uint64_t)node << 32 | word) * 0x9E3779B97F4A7C15u;
	for (size_t i = (size_t)(h >> 32) & (t->cap_edges - 1);; i = (i + 1) & (t->cap_edges - 1)) {
		struct trie_edge *e = &t->edges[i];
		if (!e->to || (e->node == node && e->word == word))
			return e;
	}
}

uint32_t trie_edge_find(const struct trie *t, uint32_t node, uint32_t word) { return edge_of(t, node, word)->to; }

static void edges_double(struct trie *t)
{
	struct trie_edge *old = t->edges;
	size_t n = t->cap_edges;
	t->cap_edges *= 2;
	t->edges = mem_alloc(t->cap_edges * sizeof *t->edges);
	for (size_t i = 0; i < n; i++)
		if (old[i].to)
			*edge_of(t, old[i].node, old[i].word) = old[i];
	free(old);
}

static uint32_t node_new(struct trie *t)
{
	t->nodes = mem_grow(t->nodes, &t->cap_nodes, t->n_nodes + 1, sizeof *t->nodes);
	t->nodes[t->n_nodes] = 0;
	return (uint32_t)t->n_nodes++;
}

static uint32_t step_new(struct trie *t, uint32_t node, uint32_t word)
{
	struct trie_edge *e = edge_of(t, node, word);
	if (e->to)
		return e->to;
	if (t->n_edges * 2 > t->cap_edges) {
		edges_double(t);
		e = edge_of(t, node, word);
	}
	t->n_edges++;
	*e = (struct trie_edge){node, word, node_new(t)};
	return e->to;
}

uint32_t trie_add(struct trie *t, const uint32_t *words, size_t n)
{
	uint32_t node = t->words[words[0]].first;
	if (!node)
		node = t->words[words[0]].first = node_new(t);
	for (size_t i = 1; i < n; i++)
		node = step_new(t, node, words[i]);
	return node;
}

void trie_hang(struct trie *t, uint32_t node, unsigned kind, uint32_t what)
{
	uint32_t *last = &t->nodes[node];
	for (; *last; last = &t->hangs[*last].next)
		if (t->hangs[*last].kind == kind && t->hangs[*last].what == what)
			return;
	*last = (uint32_t)t->n_hangs; /* written before the array may move */
	t->hangs = mem_grow(t->hangs, &t->cap_hangs, t->n_hangs + 1, sizeof *t->hangs);
	t->hangs[t->n_hangs++] = (struct hang){.kind = kind & 15, .what = what & 0xFFFFFFF};
}
