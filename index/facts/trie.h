/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and sequences of words: folded word → number, number sequence → node, node → what hangs there.
 *
 *	words   "kim" → 7, "jong" → 8, "un" → 9          one open hash
 *	nodes   root ─7→ 21 ─8→ 22 ─9→ 23 [hang, hang]   first step by array, further steps by one open hash
 *
 * Grows while the tables are read; nothing is ever taken out. Number 0 is no word, node 0 no node.
 */
#ifndef DOSSIER_INDEX_FACTS_TRIE_H
#define DOSSIER_INDEX_FACTS_TRIE_H

#include "base/str.h"

struct trie_slot {
	uint32_t hash, word;
};
struct trie_edge {
	uint32_t node, word, to;
};
struct trie_word {
	uint32_t at, first; /* offset into bytes; the node after this word alone */
	uint32_t flags; /* the owner's, see words.h */
	uint16_t len;
};
struct hang {
	uint32_t next; /* 0: the last */
	uint32_t kind : 4, what : 28;
};
struct trie {
	struct str bytes;
	struct trie_word *words;
	struct trie_slot *slots;
	struct trie_edge *edges;
	struct hang *hangs;
	uint32_t *nodes; /* first hang of each */
	size_t n_words, cap_words, n_slots, n_edges, cap_edges, n_hangs, cap_hangs, n_nodes, cap_nodes;
};

void trie_init(struct trie *t);
void trie_done(struct trie *t);
uint32_t trie_intern(struct trie *t, struct span word); /* its number, new if need be; words over 255 bytes are 0 */
uint32_t trie_find(const struct trie *t, struct span word);
/* The same in two steps, so that the slots of many words can be on their way from memory at once. */
uint32_t trie_hash(struct span word);
uint32_t trie_find_hashed(const struct trie *t, struct span word, uint32_t hash);
static inline void trie_prefetch(const struct trie *t, uint32_t hash) { __builtin_prefetch(&t->slots[hash & (t->n_slots - 1)]); }
uint32_t trie_add(struct trie *t, const uint32_t *words, size_t n); /* the node of that sequence; n > 0 */
void trie_hang(struct trie *t, uint32_t node, unsigned kind, uint32_t what); /* the same twice is kept once */
uint32_t trie_edge_find(const struct trie *t, uint32_t node, uint32_t word);
static inline uint32_t trie_first(const struct trie *t, uint32_t word) { return t->words[word].first; }

#endif
