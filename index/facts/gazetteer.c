/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door of the gazetteer: loading, looking up, who held what. How the tables become a trie is in gazetteer-forms.c. */
#include "base/edits.h"
#include "base/fold.h"
#include "base/mem.h"
#include "index/facts/gazetteer-inner.h"
#include "index/facts/words.h"

int gazetteer_load(const char *dir, const char *user_dir, struct gazetteer **out, struct err *err)
{
	struct gazetteer *g = mem_alloc(sizeof *g);
	trie_init(&g->trie);
	tables_read(g, dir, false);
	if (user_dir)
		tables_read(g, user_dir, true);
	corrections_read(g, user_dir);
	forms_build(g);
	*out = g;
	return g->n_people ? 0 : err_set(err, ERR_BAD_CONFIG, "%s: no leader could be read from leaders.tsv; nobody will be found", dir);
}

void gazetteer_free(struct gazetteer *g)
{
	if (!g)
		return;
	trie_done(&g->trie);
	arena_done(&g->arena);
	free(g);
}

size_t gazetteer_n_leaders(const struct gazetteer *g) { return g->n_people; }

const struct leader *gazetteer_leader(const struct gazetteer *g, size_t index) { return index < g->n_people ? &g->people[index].pub : NULL; }

const struct leader *gazetteer_by_id(const struct gazetteer *g, struct span id)
{
	int32_t row = person_find(g, id);
	return row >= 0 ? &g->people[row].pub : NULL;
}

size_t gazetteer_problems(const struct gazetteer *g, const struct table_problem **out)
{
	*out = g->problems;
	return g->n_problems;
}

uint64_t gazetteer_version(const struct gazetteer *g) { return g->version; }

/* Looking up what a user typed. */

struct found {
	const struct gazetteer *g;
	const struct leader **v;
	size_t n, max;
};

static void found_add(struct found *f, uint32_t row)
{
	if (row < f->g->n_merged && f->g->merged[row] >= 0)
		row = (uint32_t)f->g->merged[row];
	const struct leader *l = &f->g->people[row].pub;
	for (size_t i = 0; i < f->n && i < f->max; i++)
		if (f->v[i] == l)
			return;
	if (f->n < f->max)
		f->v[f->n] = l;
	f->n++;
}

static uint32_t node_of(const struct gazetteer *g, const uint32_t *words, size_t n)
{
	uint32_t node = n ? trie_first(&g->trie, words[0]) : 0;
	for (size_t i = 1; i < n && node; i++)
		node = trie_edge_find(&g->trie, node, words[i]);
	return node;
}

static void found_hangs(struct found *f, uint32_t node, enum hang_kind kind)
{
	for (uint32_t h = node ? hang_first(&f->g->trie, node, kind) : 0; h; h = hang_next(&f->g->trie, h))
		found_add(f, f->g->trie.hangs[h].what);
}

/* True when one way of writing the given names is these words: all of them, or, as `loose`, each beginning one in turn. */
static bool given_fits(const struct gazetteer *g, const struct given *v, const uint32_t *words, size_t n, bool loose)
{
	if (n == 1 && v->joined == words[0])
		return true;
	if (n > v->n || (!loose && n != v->n))
		return false;
	for (size_t i = 0, k = 0; i < n; i++, k++) {
		while (k < v->n && v->words[k] != words[i] && !(loose && g->trie.words[words[i]].len == 1 &&
			g->trie.bytes.p[g->trie.words[words[i]].at] == g->trie.bytes.p[g->trie.words[v->words[k]].at]))
			k++;
		if (k >= v->n)
			return false;
	}
	return true;
}

static void found_combined(struct found *f, const uint32_t *words, size_t n, bool loose)
{
	const struct gazetteer *g = f->g;
	for (size_t cut = 1; cut < n; cut++)
		for (int last = 0; last < 2; last++) {
			const uint32_t *given = last ? words : words + cut, *family = last ? words + cut : words;
			size_t n_given = last ? cut : n - cut;
			uint32_t node = node_of(g, family, n - n_given);
			for (uint32_t h = node ? hang_first(&g->trie, node, HANG_FAMILY) : 0; h; h = hang_next(&g->trie, h)) {
				const struct person *p = &g->people[g->trie.hangs[h].what];
				if (!last && p->order != ORDER_FIRST)
					continue;
				for (uint32_t k = 0; k < p->n_given; k++)
					if (given_fits(g, &p->given[k], given, n_given, loose))
						found_add(f, g->trie.hangs[h].what);
			}
		}
}

static size_t without_articles_typed(const struct gazetteer *g, uint32_t *words, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!(g->trie.words[words[i]].flags & WORD_ARTICLE) || n == 1)
			words[kept++] = words[i];
	return kept;
}

/* "Did you mean": typed words beside the words of a name, both folded. */

#define FAR     99u
#define STRANGE 3u /* a word that is none of the name's */

/* So many letters of a word of n may be wrong. */
static unsigned slips(size_t n) { return n < 4 ? 0 : n < 7 ? 1 : n < 10 ? 2 : 3; }

/* From a typed word to the nearest word of the name; one that only begins so is one away. */
static unsigned word_apart(struct span typed, struct span name)
{
	unsigned best = FAR, most = slips(typed.n);
	struct span word;
	while (span_cut(&name, ' ', &word)) {
		unsigned d = edits_between(typed, word, most);
		if (d > most || d > 1)
			d = typed.n >= 3 && word.n >= typed.n && span_eq(span_sub(word, 0, typed.n), typed) ? 1 : d > most ? FAR : d;
		best = d < best ? d : best;
	}
	return best;
}

/* Every typed word is near one of the name's; or half of them are its words exactly. */
static unsigned name_apart(struct span typed, struct span name)
{
	unsigned sum = 0, n = 0, strange = 0;
	struct span word;
	while (span_cut(&typed, ' ', &word)) {
		unsigned d = word_apart(word, name);
		strange += d == FAR;
		sum += d == FAR ? 0 : d;
		n++;
	}
	if (!n || strange * 2 > n || (strange && sum))
		return FAR;
	return sum + strange * STRANGE;
}

/* Best first: all with the fewest slips, then those with more, as many as there is room for. */
static void found_near(struct found *f, struct span name)
{
	AUTO_STR struct str typed = {0}, have = {0};
	uint8_t *apart = mem_alloc(f->g->n_people + 1);
	fold_name(&typed, name);
	for (size_t i = 0; i < f->g->n_people; i++) {
		str_clear(&have);
		fold_name(&have, f->g->people[i].pub.name);
		apart[i] = (uint8_t)name_apart(str_view(&typed), str_view(&have));
	}
	for (unsigned d = 0; d < FAR; d++)
		for (size_t i = 0; i < f->g->n_people && f->n < f->max; i++)
			if (apart[i] == d)
				found_add(f, (uint32_t)i);
	free(apart);
}

int gazetteer_lookup(const struct gazetteer *g, struct span name, const struct leader **out, const struct leader **candidates, size_t *n, struct err *err)
{
	uint32_t words[16];
	struct found f = {.g = g, .v = candidates, .max = candidates && n ? *n : 0};
	const struct leader *one[1];
	if (!f.max)
		f.v = one, f.max = 1;
	int32_t row = person_find(g, name);
	size_t k = words_of((struct trie *)&g->trie, name, words, 16, false);
	if (row >= 0) {
		found_add(&f, (uint32_t)row);
	} else if (k != SIZE_MAX && k > 0) {
		k = without_articles_typed(g, words, k);
		uint32_t node = node_of(g, words, k);
		found_hangs(&f, node, HANG_FREE);
		found_hangs(&f, node, HANG_FULL);
		if (!f.n)
			found_combined(&f, words, k, false);
		if (!f.n)
			found_combined(&f, words, k, true);
		if (!f.n)
			found_hangs(&f, node, HANG_FAMILY);
	}
	size_t exact = f.n;
	if (!exact)
		found_near(&f, name);
	if (candidates && n)
		*n = f.n < f.max ? f.n : f.max;
	if (exact == 1) {
		*out = f.v[0];
		return 0;
	}
	int shown = (int)(name.n > 100 ? 100 : name.n);
	if (exact)
		return err_set(err, ERR_AMBIGUOUS, "\"%.*s\" can be %zu leaders; give the full name or the id", shown, name.p, exact);
	return err_set(err, ERR_UNKNOWN_LEADER, "no leader is called \"%.*s\"", shown, name.p);
}

size_t gazetteer_holders(const struct gazetteer *g, struct span country, enum office_kind kind, struct interval days, const struct leader **out, size_t max)
{
	struct found f = {.g = g, .v = out, .max = max};
	for (size_t i = 0; i < g->n_offices; i++) {
		const struct office *o = &g->offices[i];
		struct interval held = {o->from.from, interval_any(o->to) ? o->to.to : DAY_MAX, PREC_DAY};
		if (o->kind == kind && span_eq(o->country, country) && interval_overlaps(held, days))
			found_add(&f, o->leader);
	}
	return f.n;
}

struct span gazetteer_country_name(const struct gazetteer *g, struct span code)
{
	int32_t row = country_find(g, code);
	return row >= 0 ? g->countries[row].name : code;
}

static bool code_eq(struct span typed, struct span code)
{
	char z[16] = {0};
	if (typed.n != code.n || code.n >= sizeof z)
		return false;
	memcpy(z, code.p, code.n);
	return span_ieq(typed, z);
}

struct span gazetteer_country_code(const struct gazetteer *g, struct span typed)
{
	for (size_t i = 0; i < g->n_countries; i++)
		if (code_eq(typed, g->countries[i].code))
			return g->countries[i].code;
	uint32_t words[16];
	size_t n = words_of((struct trie *)&g->trie, typed, words, 16, false);
	uint32_t node = n != SIZE_MAX ? node_of(g, words, n) : 0;
	uint32_t h = node ? hang_first(&g->trie, node, HANG_COUNTRY) : 0;
	return h ? g->countries[g->trie.hangs[h].what / 4].code : SPAN_NONE;
}
