/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From rows to what is looked for: every family name, full form, country, title and decoy becomes a path of words in the
 * trie, and every leader gets the list of full forms that users see.
 */
#include "base/fold.h"
#include "base/utf8.h"
#include "index/facts/gazetteer-inner.h"
#include "index/facts/words.h"

#define WORDS_MAX 16
#define FORMS_MAX 400 /* full forms of one leader that are listed */

/* Cuts a folded name where tokens_make would: at spaces, and around each character that is written without spaces. */
static size_t next_word(struct span s, size_t *at, struct span *word)
{
	while (*at < s.n && s.p[*at] == ' ')
		++*at;
	size_t from = *at;
	while (*at < s.n && s.p[*at] != ' ') {
		size_t next = *at;
		if (fold_class(utf8_next(s, &next)) == CHAR_CJK) {
			if (*at == from)
				*at = next;
			break;
		}
		*at = next;
	}
	*word = span_sub(s, from, *at);
	return word->n;
}

static bool ascii(struct span s)
{
	unsigned char all = 0;
	for (size_t i = 0; i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return all < 0x80;
}

/* The same for ASCII, most of the table, without a buffer from the heap. */
static size_t words_of_ascii(struct trie *t, struct span text, uint32_t *out, size_t max, bool intern)
{
	char word[256];
	size_t n = 0, len = 0;
	for (size_t i = 0; i <= text.n; i++) {
		char c = i < text.n ? text.p[i] : ' ';
		bool upper = c >= 'A' && c <= 'Z';
		if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			word[len++] = (char)(upper ? c + 32 : c);
			continue;
		}
		if (!len)
			continue;
		uint32_t w = intern ? trie_intern(t, (struct span){word, len}) : trie_find(t, (struct span){word, len});
		if (!w || n == max)
			return SIZE_MAX;
		out[n++] = w;
		len = 0;
	}
	return n;
}

size_t words_of(struct trie *t, struct span text, uint32_t *out, size_t max, bool intern)
{
	if (text.n < 256 && ascii(text))
		return words_of_ascii(t, text, out, max, intern);
	AUTO_STR struct str folded = {0};
	fold_name(&folded, text);
	struct span word;
	size_t n = 0;
	for (size_t at = 0; next_word(str_view(&folded), &at, &word);) {
		uint32_t w = intern ? trie_intern(t, word) : trie_find(t, word);
		if (!w || n == max)
			return SIZE_MAX;
		out[n++] = w;
	}
	return n;
}

/* Takes al-, el- out: they may stand in the text or not. */
static size_t without_articles(const struct trie *t, uint32_t *words, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!(t->words[words[i]].flags & WORD_ARTICLE) || n == 1)
			words[kept++] = words[i];
	return kept ? kept : n;
}

static void hang_phrase(struct gazetteer *g, struct span text, enum hang_kind kind, uint32_t what, bool name)
{
	uint32_t words[WORDS_MAX];
	size_t n = words_of(&g->trie, text, words, WORDS_MAX, true);
	if (n == SIZE_MAX || n == 0)
		return;
	if (name)
		n = without_articles(&g->trie, words, n);
	trie_hang(&g->trie, trie_add(&g->trie, words, n), kind, what);
}

/* Joins 2 or 3 words into one: "Jong-un" is also written "Jongun". */
static uint32_t join_words(struct gazetteer *g, const uint32_t *words, size_t n)
{
	if (n < 2 || n > 3)
		return 0;
	AUTO_STR struct str joined = {0};
	for (size_t i = 0; i < n; i++) {
		struct trie_word w = g->trie.words[words[i]];
		if (w.len < 2)
			return 0;
		str_add(&joined, g->trie.bytes.p + w.at, w.len);
	}
	return trie_intern(&g->trie, str_view(&joined));
}

struct givens {
	size_t n, cap;
};

static void given_add(struct gazetteer *g, struct person *p, struct givens *v, const uint32_t *words, size_t n, bool derived)
{
	for (size_t i = 0; i < v->n; i++)
		if (p->given[i].n == n && memcmp(p->given[i].words, words, n * sizeof *words) == 0)
			return;
	uint32_t *kept = arena_array(&g->arena, uint32_t, n);
	memcpy(kept, words, n * sizeof *kept);
	for (size_t i = 0; i < n; i++) {
		p->female |= (g->trie.words[words[i]].flags & WORD_FEMALE) != 0;
		if (g->trie.words[words[i]].len > 2)
			g->trie.words[words[i]].flags |= WORD_GIVEN;
	}
	*arena_push(&g->arena, p->given, v->n, v->cap) = (struct given){kept, (uint32_t)n, join_words(g, words, n), derived};
}

/* "the younger Bush", "President Park": no given names. */
static bool all_names(const struct trie *t, const uint32_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (t->words[words[i]].flags & (WORD_FUNCTION | WORD_TITLE | WORD_KIN | WORD_FORMER))
			return false;
	return true;
}

/* "John F. Kennedy" without "Kennedy": one more way of writing the given names. */
static void given_from_form(struct gazetteer *g, struct person *p, struct givens *v, struct span form)
{
	uint32_t words[WORDS_MAX], family[WORDS_MAX];
	size_t n = words_of(&g->trie, form, words, WORDS_MAX, true);
	struct span rest = p->family_list, item;
	while (n != SIZE_MAX && span_cut(&rest, '|', &item)) {
		size_t k = words_of(&g->trie, item, family, WORDS_MAX, true);
		if (k == SIZE_MAX || k == 0 || k >= n)
			continue;
		if (memcmp(words + n - k, family, k * sizeof *family) == 0 && all_names(&g->trie, words, n - k))
			given_add(g, p, v, words, n - k, true);
		else if (p->order == ORDER_FIRST && memcmp(words, family, k * sizeof *family) == 0 && all_names(&g->trie, words + k, n - k))
			given_add(g, p, v, words + k, n - k, true);
	}
}

static void build_given(struct gazetteer *g, struct person *p)
{
	struct span rest = p->given_list, item;
	struct givens v = {0};
	uint32_t words[WORDS_MAX];
	while (span_cut(&rest, '|', &item)) {
		size_t k = words_of(&g->trie, item, words, WORDS_MAX, true);
		if (k != SIZE_MAX && k > 0)
			given_add(g, p, &v, words, k, false);
	}
	given_from_form(g, p, &v, p->pub.name);
	size_t n_name = words_of(&g->trie, p->pub.name, words, WORDS_MAX, true);
	for (size_t i = 0; n_name != SIZE_MAX && i < n_name; i++)
		p->female |= (g->trie.words[words[i]].flags & WORD_FEMALE) != 0;
	for (rest = p->alias_list; span_cut(&rest, '|', &item);)
		if (!span_starts(item, "=") && memchr(item.p, ' ', item.n))
			given_from_form(g, p, &v, item);
	p->n_given = (uint32_t)v.n;
}

static void build_family(struct gazetteer *g, struct person *p, uint32_t index)
{
	struct span rest = p->family_list, item;
	uint32_t words[WORDS_MAX];
	while (span_cut(&rest, '|', &item)) {
		hang_phrase(g, item, HANG_FAMILY, index, true);
		size_t n = words_of(&g->trie, item, words, WORDS_MAX, true);
		uint32_t joined = n != SIZE_MAX ? join_words(g, words, n) : 0;
		if (joined)
			trie_hang(&g->trie, trie_add(&g->trie, &joined, 1), HANG_FAMILY, index);
	}
}

struct forms {
	struct span *v;
	size_t n, cap;
};

static void form_add(struct gazetteer *g, struct forms *f, struct span form)
{
	if (f->n >= FORMS_MAX || !form.n)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (span_eq(f->v[i], form))
			return;
	*arena_push(&g->arena, f->v, f->n, f->cap) = form;
}

/* "Władysław Gomułka" as it is typed without the letters: "Wladyslaw Gomulka". Empty if there is nothing to change. */
static struct span form_plain(struct gazetteer *g, struct span form)
{
	char buf[64];
	if (ascii(form))
		return SPAN_NONE;
	AUTO_STR struct str plain = {0};
	bool changed = false;
	for (size_t at = 0; at < form.n;) {
		uint32_t c = utf8_next(form, &at);
		if (c < 0x80) {
			str_ch(&plain, (char)c);
			continue;
		}
		size_t n = c < 0x250 || (c >= 0x1E00 && c < 0x1F00) ? fold_char(buf, c) : 0;
		if (!n || (unsigned char)buf[0] >= 0x80)
			return SPAN_NONE; /* another script */
		if (fold_is_upper(c))
			buf[0] = (char)(buf[0] - 32);
		str_add(&plain, buf, n);
		changed = true;
	}
	return changed ? arena_span(&g->arena, str_view(&plain)) : SPAN_NONE;
}

static struct span form_joined(struct gazetteer *g, struct span a, struct span b)
{
	char *p = arena_raw(&g->arena, a.n + b.n + 2);
	memcpy(p, a.p, a.n);
	p[a.n] = ' ';
	memcpy(p + a.n + 1, b.p, b.n);
	p[a.n + b.n + 1] = 0;
	return (struct span){p, a.n + b.n + 1};
}

static void combine(struct gazetteer *g, const struct person *p, struct forms *f)
{
	struct span families = p->family_list, family, given;
	while (span_cut(&families, '|', &family))
		for (struct span rest = p->given_list; span_cut(&rest, '|', &given);) {
			if (p->order == ORDER_FIRST)
				form_add(g, f, form_joined(g, family, given));
			form_add(g, f, form_joined(g, given, family));
		}
}

static void build_forms(struct gazetteer *g, struct person *p, uint32_t index)
{
	struct forms f = {0};
	struct span rest = p->alias_list, item;
	hang_phrase(g, p->pub.name, HANG_FULL, index, true);
	while (span_cut(&rest, '|', &item)) {
		bool free = span_starts(item, "=");
		if (free)
			item = span_sub(item, 1, item.n);
		hang_phrase(g, item, free ? HANG_FREE : HANG_FULL, index, true);
		form_add(g, &f, item);
	}
	combine(g, p, &f);
	for (rest = p->family_list; p->order == ORDER_SINGLE && span_cut(&rest, '|', &item);)
		form_add(g, &f, item);
	form_add(g, &f, form_plain(g, p->pub.name));
	for (size_t i = 0, n = f.n; i < n; i++)
		form_add(g, &f, form_plain(g, f.v[i]));
	struct span family = SPAN_NONE, given = SPAN_NONE, families = p->family_list, givens = p->given_list;
	if (span_cut(&families, '|', &family))
		p->pub.family = family;
	if (span_cut(&givens, '|', &given))
		p->pub.given = given;
	p->pub.aliases = f.v;
	p->pub.n_aliases = (uint32_t)f.n;
}

static void build_offices(struct gazetteer *g)
{
	size_t *first = arena_array(&g->arena, size_t, g->n_people + 1);
	struct office *sorted = arena_array(&g->arena, struct office, g->n_offices + 1);
	for (size_t i = 0; i < g->n_offices; i++)
		first[g->offices[i].leader + 1]++;
	for (size_t i = 0; i < g->n_people; i++)
		first[i + 1] += first[i];
	size_t *at = arena_array(&g->arena, size_t, g->n_people + 1);
	memcpy(at, first, g->n_people * sizeof *at);
	for (size_t i = 0; i < g->n_offices; i++) {
		struct office o = g->offices[i];
		size_t k = at[o.leader]++, low = first[o.leader];
		for (; k > low && sorted[k - 1].from.from > o.from.from; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = o;
	}
	g->offices = sorted;
	for (size_t i = 0; i < g->n_people; i++) {
		struct person *p = &g->people[i];
		p->pub.offices = sorted + first[i];
		p->pub.n_offices = (uint32_t)(first[i + 1] - first[i]);
		p->active = (struct interval){.precision = PREC_NONE};
		for (uint32_t k = 0; k < p->pub.n_offices; k++) {
			const struct office *o = &p->pub.offices[k];
			day_t to = interval_any(o->to) ? o->to.to : DAY_MAX;
			if (!interval_any(p->active) || o->from.from < p->active.from)
				p->active.from = o->from.from;
			if (!interval_any(p->active) || to > p->active.to)
				p->active.to = to;
			p->active.precision = PREC_DAY;
			p->weight += (float)(interval_any(o->to) ? to - o->from.from : 4 * 365) / 3653;
		}
		p->weight = p->weight > 1 ? 1 : p->weight;
	}
}

static void country_words(struct gazetteer *g, struct span list, uint32_t row, enum country_form form)
{
	struct span item;
	uint32_t words[WORDS_MAX];
	while (span_cut(&list, '|', &item)) {
		hang_phrase(g, item, HANG_COUNTRY, row * 4 + form, false);
		if (form != FORM_CAPITAL && words_of(&g->trie, item, words, WORDS_MAX, true) == 1)
			g->trie.words[words[0]].flags |= WORD_NATION;
		else if (form == FORM_CAPITAL && words_of(&g->trie, item, words, WORDS_MAX, true) == 1 && !(g->trie.words[words[0]].flags & WORD_GIVEN))
			g->trie.words[words[0]].flags |= WORD_CITY;
	}
}

static void build_countries(struct gazetteer *g)
{
	for (uint32_t i = 0; i < g->n_countries; i++) {
		const struct country *c = &g->countries[i];
		country_words(g, c->name, i, FORM_NAME);
		country_words(g, c->aliases, i, FORM_NAME);
		country_words(g, c->adjectives, i, FORM_ADJECTIVE);
		country_words(g, c->capital, i, FORM_CAPITAL);
	}
	static const char *const great[] = {"US", "SU", "RU", "GB", "FR", "DE", "CN", "JP", "IT", "IN", "IL", "EG", "KP", "IR", "IQ", "CU", "UN", NULL};
	for (size_t i = 0; i < g->n_people; i++) {
		struct person *p = &g->people[i];
		p->country = country_find(g, p->pub.country);
		for (size_t k = 0; great[k]; k++)
			p->great |= span_is(p->pub.country, great[k]);
	}
}

static void country_add(struct person *p, uint32_t *rows, int32_t row)
{
	for (uint32_t i = 0; i < p->n_countries; i++)
		if (rows[i] == (uint32_t)row)
			return;
	if (row >= 0)
		rows[p->n_countries++] = (uint32_t)row;
}

static void build_person_countries(struct gazetteer *g, const int32_t *row_of_office)
{
	for (size_t i = 0; i < g->n_people; i++) {
		struct person *p = &g->people[i];
		uint32_t *rows = arena_array(&g->arena, uint32_t, p->pub.n_offices + 1);
		country_add(p, rows, p->country);
		for (uint32_t k = 0; k < p->pub.n_offices; k++)
			country_add(p, rows, row_of_office[&p->pub.offices[k] - g->offices]);
		p->countries = rows;
	}
}

/* Which offices a country has: country_offices[country_first[row]] to [country_first[row + 1]). */
static void build_country_offices(struct gazetteer *g)
{
	g->country_first = arena_array(&g->arena, uint32_t, g->n_countries + 2);
	g->country_offices = arena_array(&g->arena, uint32_t, g->n_offices + 1);
	int32_t *row = arena_array(&g->arena, int32_t, g->n_offices + 1);
	for (size_t i = 0; i < g->n_offices; i++) {
		row[i] = i && span_eq(g->offices[i].country, g->offices[i - 1].country) ? row[i - 1] : country_find(g, g->offices[i].country);
		if (row[i] >= 0)
			g->country_first[row[i] + 2]++;
	}
	build_person_countries(g, row);
	for (size_t i = 1; i < g->n_countries + 2; i++)
		g->country_first[i] += g->country_first[i - 1];
	for (uint32_t i = 0; i < g->n_offices; i++)
		if (row[i] >= 0)
			g->country_offices[g->country_first[row[i] + 1]++] = i;
}

static void hang_reversed(struct gazetteer *g, struct span text, uint32_t what)
{
	uint32_t words[WORDS_MAX], turned[WORDS_MAX];
	size_t n = words_of(&g->trie, text, words, WORDS_MAX, true);
	if (n == SIZE_MAX || n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		turned[i] = words[n - 1 - i];
	trie_hang(&g->trie, trie_add(&g->trie, turned, n), HANG_BEFORE, what);
}

static void build_decoys(struct gazetteer *g)
{
	uint32_t word[1];
	for (uint32_t i = 0; i < g->n_decoys; i++) {
		struct decoy *d = &g->decoys[i];
		const char *star = memchr(d->phrase.p, '*', d->phrase.n);
		struct span before = span_trim(span_sub(d->phrase, 0, star ? (size_t)(star - d->phrase.p) : 0));
		struct span after = star ? span_trim(span_sub(d->phrase, (size_t)(star - d->phrase.p) + 1, d->phrase.n)) : SPAN_NONE;
		if (!star && d->kind == DECOY_WORD && words_of(&g->trie, d->phrase, word, 1, true) == 1)
			g->trie.words[word[0]].flags |= WORD_VOCABULARY;
		else if (!star)
			hang_phrase(g, d->phrase, HANG_DECOY, i, false);
		else if (after.n)
			d->lower = after.p[0] >= 'a' && after.p[0] <= 'z', hang_phrase(g, after, HANG_AFTER, i, false);
		else if (before.n)
			d->lower = before.p[0] >= 'a' && before.p[0] <= 'z', hang_reversed(g, before, i);
	}
}

static void build_titles(struct gazetteer *g)
{
	uint32_t words[WORDS_MAX];
	for (uint32_t i = 0; i < n_titles; i++) {
		size_t n = words_of(&g->trie, span_of(titles[i].phrase), words, WORDS_MAX, true);
		trie_hang(&g->trie, trie_add(&g->trie, words, n), HANG_TITLE, i);
		for (size_t k = 0; k < n; k++)
			if (!(g->trie.words[words[k]].flags & WORD_FUNCTION) && g->trie.words[words[k]].len > 1)
				g->trie.words[words[k]].flags |= WORD_TITLE;
	}
}

void forms_build(struct gazetteer *g)
{
	words_build(&g->trie);
	build_titles(g);
	build_countries(g);
	build_offices(g);
	build_country_offices(g);
	for (uint32_t i = 0; i < g->n_people; i++) {
		build_given(g, &g->people[i]);
		build_family(g, &g->people[i], i);
		build_forms(g, &g->people[i], i);
	}
	build_decoys(g);
	for (uint32_t i = 1; i < g->trie.n_words; i++) {
		int bit = small_index((struct span){g->trie.bytes.p + g->trie.words[i].at, g->trie.words[i].len});
		if (bit >= 0 && (g->trie.words[i].flags & (WORD_TITLE | WORD_KIN | WORD_GERMAN)))
			g->small[bit / 64] |= 1ull << (bit % 64);
	}
	g->node_kinds = arena_array(&g->arena, uint16_t, g->trie.n_nodes);
	for (size_t i = 1; i < g->trie.n_nodes; i++)
		for (uint32_t h = g->trie.nodes[i]; h; h = g->trie.hangs[h].next)
			g->node_kinds[i] |= (uint16_t)(1u << g->trie.hangs[h].kind);
	for (size_t i = 0; i < g->trie.cap_edges; i++)
		if (g->trie.edges[i].to)
			g->node_kinds[g->trie.edges[i].node] |= (uint16_t)NODE_GOES_ON;
}
