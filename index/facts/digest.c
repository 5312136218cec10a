/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry is a key and a hash of what it means:
 *
 *	w word         flags of a word            c code         offices of a country
 *	n word word …  all that hangs at a node   d id           corrections for a document
 *	l id           the countries of a leader, for the columns
 *
 * Hashes of several things at one key are added up, so that the order of rows in a table means nothing.
 */
#include "index/facts/digest.h"

#include "base/mem.h"
#include "index/facts/gazetteer-inner.h"
#include "index/facts/words.h"

#define MAGIC SPAN("dossier-table-1\n")
#define PATH_MAX_WORDS 32

static uint64_t mix(uint64_t h, uint64_t v) { return (h ^ v) * 0x9E3779B97F4A7C15u + (h >> 29); }
static uint64_t mix_span(uint64_t h, struct span s) { return mix(h, span_hash(s)); }
static uint64_t mix_days(uint64_t h, struct interval i)
{
	return i.precision == PREC_NONE ? mix(h, 7) : mix(mix(mix(h, (uint32_t)i.from), (uint32_t)i.to), i.precision);
}

static struct span word_text(const struct gazetteer *g, uint32_t word) { return (struct span){g->trie.bytes.p + g->trie.words[word].at, g->trie.words[word].len}; }

/* ---- Meanings ---- */

static uint64_t office_hash(const struct gazetteer *g, const struct office *o)
{
	uint64_t h = mix_span(mix_span(1, g->people[o->leader].pub.id), o->country);
	return mix_days(mix_days(mix(h, o->kind), o->from), o->to);
}

static uint64_t given_hash(const struct gazetteer *g, const struct person *p)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < p->n_given; i++) {
		uint64_t h = p->given[i].derived;
		for (uint32_t k = 0; k < p->given[i].n; k++)
			h = mix_span(h, word_text(g, p->given[i].words[k]));
		sum += h;
	}
	return sum;
}

static uint64_t ignored_hash(const struct gazetteer *g, uint32_t who)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < g->n_ignored; i++)
		if (g->ignored[i].leader == (int32_t)who)
			sum += mix_span(3, g->ignored[i].form);
	return sum;
}

static uint64_t person_hash(const struct gazetteer *g, uint32_t who)
{
	const struct person *p = &g->people[who];
	uint64_t h = mix_span(mix_span(2, p->pub.id), p->pub.country);
	h = mix(mix(mix(h, p->order), p->female), p->great);
	for (uint32_t i = 0; i < p->pub.n_offices; i++)
		h = mix(h, office_hash(g, &p->pub.offices[i]));
	h = mix(mix(h, given_hash(g, p)), ignored_hash(g, who));
	return who < g->n_merged && g->merged[who] >= 0 ? mix_span(h, g->people[g->merged[who]].pub.id) : h;
}

static uint64_t country_hash(const struct gazetteer *g, uint32_t row)
{
	uint64_t sum = 0;
	for (uint32_t i = g->country_first[row]; i < g->country_first[row + 1]; i++)
		sum += office_hash(g, &g->offices[g->country_offices[i]]);
	return sum;
}

static uint64_t hang_hash(const struct gazetteer *g, const uint64_t *people, const struct hang *h)
{
	const struct decoy *d;
	switch ((enum hang_kind)h->kind) {
	case HANG_FULL:
	case HANG_FREE:
	case HANG_FAMILY: return mix(people[h->what], h->kind);
	case HANG_COUNTRY: return mix_span(mix_days(mix_days(mix(5, h->what % 4), g->countries[h->what / 4].from), g->countries[h->what / 4].to), g->countries[h->what / 4].code);
	case HANG_TITLE: return mix(mix(6, titles[h->what].class), titles[h->what].offices);
	case HANG_DECOY:
	case HANG_AFTER:
	case HANG_BEFORE:
		d = &g->decoys[h->what];
		return mix(mix(mix_span(mix(8, h->kind), d->phrase), d->kind), d->relative * 2u + d->lower);
	case HANG_KINDS_: break;
	}
	return 0;
}

/* ---- Entries ---- */

typedef void (*entry_fn)(void *arg, struct span key, uint64_t meaning);

/* How each node is reached. Node numbers grow with depth, so one pass would do; the edges lie in a hash. */
struct paths {
	const struct gazetteer *g;
	uint32_t *parent, *word;
};

static struct paths paths_make(const struct gazetteer *g)
{
	const struct trie *t = &g->trie;
	struct paths p = {g, mem_alloc((t->n_nodes + 1) * sizeof(uint32_t)), mem_alloc((t->n_nodes + 1) * sizeof(uint32_t))};
	for (uint32_t i = 1; i < t->n_words; i++)
		if (t->words[i].first)
			p.word[t->words[i].first] = i;
	for (size_t i = 0; i < t->cap_edges; i++)
		if (t->edges[i].to) {
			p.parent[t->edges[i].to] = t->edges[i].node;
			p.word[t->edges[i].to] = t->edges[i].word;
		}
	return p;
}

static void path_text(const struct paths *p, uint32_t node, struct str *out)
{
	uint32_t words[PATH_MAX_WORDS];
	size_t n = 0;
	for (; node && n < PATH_MAX_WORDS; node = p->parent[node])
		words[n++] = p->word[node];
	while (n) {
		str_ch(out, ' ');
		str_span(out, word_text(p->g, words[--n]));
	}
}

static void each_node(const struct gazetteer *g, entry_fn fn, void *arg)
{
	AUTO_STR struct str key = {0};
	AUTO_FREE uint64_t *people = mem_alloc((g->n_people + 1) * sizeof *people);
	struct paths paths = paths_make(g);
	for (uint32_t i = 0; i < g->n_people; i++)
		people[i] = person_hash(g, i);
	for (uint32_t i = 1; i < g->trie.n_nodes; i++) {
		uint64_t sum = 0;
		for (uint32_t h = g->trie.nodes[i]; h; h = g->trie.hangs[h].next)
			sum += hang_hash(g, people, &g->trie.hangs[h]);
		if (!g->trie.nodes[i])
			continue;
		str_clear(&key);
		str_ch(&key, 'n');
		path_text(&paths, i, &key);
		fn(arg, str_view(&key), sum);
	}
	free(paths.parent), free(paths.word);
}

static void entry(struct str *key, char kind, struct span name, uint64_t meaning, entry_fn fn, void *arg)
{
	str_clear(key);
	str_ch(key, kind);
	str_ch(key, ' ');
	str_span(key, name);
	fn(arg, str_view(key), meaning);
}

static uint64_t countries_of(const struct gazetteer *g, const struct person *p)
{
	uint64_t sum = span_hash(p->pub.country);
	for (uint32_t i = 0; i < p->n_countries; i++)
		sum += span_hash(g->countries[p->countries[i]].code);
	return sum;
}

static void each_document(const struct gazetteer *g, struct str *key, entry_fn fn, void *arg)
{
	for (size_t i = 0; i < g->n_absent; i++) {
		uint64_t sum = 0;
		for (size_t k = 0; k < g->n_absent; k++)
			if (span_eq(g->absent[k].document, g->absent[i].document))
				sum += span_hash(g->people[g->absent[k].leader].pub.id);
		entry(key, 'd', g->absent[i].document, sum, fn, arg);
	}
}

static void each_entry(const struct gazetteer *g, entry_fn fn, void *arg)
{
	AUTO_STR struct str key = {0};
	for (uint32_t i = 1; i < g->trie.n_words; i++)
		if (g->trie.words[i].flags)
			entry(&key, 'w', word_text(g, i), g->trie.words[i].flags, fn, arg);
	each_node(g, fn, arg);
	for (uint32_t i = 0; i < g->n_countries; i++)
		entry(&key, 'c', g->countries[i].code, country_hash(g, i), fn, arg);
	each_document(g, &key, fn, arg);
	for (size_t i = 0; i < g->n_people; i++)
		entry(&key, 'l', g->people[i].pub.id, countries_of(g, &g->people[i]), fn, arg);
}

/* ---- Keeping ---- */

static void put_entry(void *arg, struct span key, uint64_t meaning)
{
	struct str *out = arg;
	uint16_t n = (uint16_t)key.n;
	str_add(out, &n, sizeof n);
	str_add(out, &meaning, sizeof meaning);
	str_span(out, key);
}

void digest_make(const struct gazetteer *g, struct str *out)
{
	size_t from = out->n;
	str_span(out, MAGIC);
	each_entry(g, put_entry, out);
	uint64_t sum = span_hash((struct span){out->p + from, out->n - from});
	str_add(out, &sum, sizeof sum);
}

static bool take_entry(struct span *rest, struct span *key, uint64_t *meaning)
{
	uint16_t n;
	if (rest->n < sizeof n + sizeof *meaning)
		return false;
	memcpy(&n, rest->p, sizeof n);
	memcpy(meaning, rest->p + sizeof n, sizeof *meaning);
	*rest = span_sub(*rest, sizeof n + sizeof *meaning, rest->n);
	if (n < 2 || rest->n < n)
		return false;
	*key = span_sub(*rest, 0, n);
	*rest = span_sub(*rest, n, rest->n);
	return true;
}

/* ---- Comparing ---- */

struct kept {
	uint64_t hash, meaning;
	struct span key;
	bool seen;
};

struct comparison {
	const struct gazetteer *g;
	struct arena *a;
	struct changes *out;
	struct kept *v; /* open hash of the old entries */
	size_t n_slots;
	size_t cap_words, cap, cap_documents;
	uint32_t *word_slots; /* open hash: word → index + 1 */
	size_t n_word_slots;
};

static struct kept *kept_slot(const struct comparison *c, struct span key, uint64_t hash)
{
	size_t at = (size_t)hash & (c->n_slots - 1);
	while (c->v[at].key.n && !(c->v[at].hash == hash && span_eq(c->v[at].key, key)))
		at = (at + 1) & (c->n_slots - 1);
	return &c->v[at];
}

static void word_slots_grow(struct comparison *c)
{
	if (c->out->n_words * 2 < c->n_word_slots)
		return;
	c->n_word_slots = c->n_word_slots ? c->n_word_slots * 2 : 256;
	c->word_slots = arena_array(c->a, uint32_t, c->n_word_slots);
	for (size_t i = 0; i < c->out->n_words; i++) {
		size_t at = (size_t)span_hash(c->out->words[i]) & (c->n_word_slots - 1);
		while (c->word_slots[at])
			at = (at + 1) & (c->n_word_slots - 1);
		c->word_slots[at] = (uint32_t)i + 1;
	}
}

static uint32_t word_index(struct comparison *c, struct span word)
{
	word_slots_grow(c);
	size_t at = (size_t)span_hash(word) & (c->n_word_slots - 1);
	for (; c->word_slots[at]; at = (at + 1) & (c->n_word_slots - 1))
		if (span_eq(c->out->words[c->word_slots[at] - 1], word))
			return c->word_slots[at] - 1;
	*arena_push(c->a, c->out->words, c->out->n_words, c->cap_words) = arena_span(c->a, word);
	return c->word_slots[at] = (uint32_t)c->out->n_words, (uint32_t)c->out->n_words - 1;
}

static void add_change(struct comparison *c, struct span path, bool titled)
{
	uint32_t words[PATH_MAX_WORDS], n = 0;
	struct span word;
	while (n < PATH_MAX_WORDS && span_cut(&path, ' ', &word))
		if (word.n)
			words[n++] = word_index(c, word);
	uint32_t *kept = arena_array(c->a, uint32_t, n + 1u);
	memcpy(kept, words, n * sizeof *kept);
	if (n)
		*arena_push(c->a, c->out->v, c->out->n, c->cap) = (struct change){kept, n, titled};
}

/* The offices of a country concern the documents that name it and an office. */
static void add_country(struct comparison *c, struct span code)
{
	struct paths paths = paths_make(c->g);
	AUTO_STR struct str path = {0};
	int32_t row = country_find(c->g, code);
	for (uint32_t i = 1; row >= 0 && i < c->g->trie.n_nodes; i++)
		for (uint32_t h = hang_first(&c->g->trie, i, HANG_COUNTRY); h; h = hang_next(&c->g->trie, h))
			if (c->g->trie.hangs[h].what / 4 == (uint32_t)row) {
				str_clear(&path);
				path_text(&paths, i, &path);
				add_change(c, str_view(&path), true);
			}
	free(paths.parent), free(paths.word);
}

static void differs(struct comparison *c, struct span key)
{
	struct span rest = span_sub(key, 2, key.n);
	if (key.p[0] == 'w' || key.p[0] == 'n')
		add_change(c, rest, false);
	else if (key.p[0] == 'c')
		add_country(c, rest);
	else if (key.p[0] == 'd')
		*arena_push(c->a, c->out->documents, c->out->n_documents, c->cap_documents) = arena_span(c->a, rest);
	else
		c->out->columns = true;
}

static void hold_against(void *arg, struct span key, uint64_t meaning)
{
	struct comparison *c = arg;
	struct kept *k = kept_slot(c, key, span_hash(key));
	if (!k->key.n || k->meaning != meaning)
		differs(c, key);
	k->seen = true;
}

static bool load(struct comparison *c, struct span old)
{
	struct span key;
	uint64_t meaning, n = 0;
	for (struct span rest = old; rest.n && take_entry(&rest, &key, &meaning);)
		n++;
	for (c->n_slots = 64; c->n_slots < n * 2;)
		c->n_slots *= 2;
	c->v = mem_alloc(c->n_slots * sizeof *c->v);
	while (old.n) {
		if (!take_entry(&old, &key, &meaning))
			return false;
		uint64_t hash = span_hash(key);
		*kept_slot(c, key, hash) = (struct kept){hash, meaning, key, false};
	}
	return true;
}

static void mark_titles(struct comparison *c)
{
	bool titled = false;
	for (size_t i = 0; i < c->out->n; i++)
		titled |= c->out->v[i].titled;
	for (uint32_t i = 1; titled && i < c->g->trie.n_words; i++)
		if (c->g->trie.words[i].flags & WORD_TITLE)
			word_index(c, word_text(c->g, i));
	c->out->title = arena_array(c->a, bool, c->out->n_words + 1);
	for (size_t i = 0; i < c->out->n_words; i++) {
		uint32_t word = trie_find(&c->g->trie, c->out->words[i]);
		c->out->title[i] = word && (c->g->trie.words[word].flags & WORD_TITLE);
	}
}

int digest_compare(struct span old, const struct gazetteer *now, struct arena *a, struct changes *out, struct err *err)
{
	struct comparison c = {.g = now, .a = a, .out = out};
	uint64_t sum = 0;
	*out = (struct changes){0};
	if (old.n >= MAGIC.n + sizeof sum)
		memcpy(&sum, old.p + old.n - sizeof sum, sizeof sum);
	struct span body = old.n >= MAGIC.n + sizeof sum ? span_sub(old, 0, old.n - sizeof sum) : SPAN_NONE;
	if (!span_starts(body, "dossier-table-1\n") || span_hash(body) != sum || !load(&c, span_sub(body, MAGIC.n, body.n))) {
		free(c.v);
		return err_set(err, ERR_CORRUPT, "what is kept of the leaders' table before is damaged");
	}
	each_entry(now, hold_against, &c);
	for (size_t i = 0; i < c.n_slots; i++)
		if (c.v[i].key.n && !c.v[i].seen)
			differs(&c, c.v[i].key);
	mark_titles(&c);
	free(c.v);
	return 0;
}
