/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves → sets of rows.
 *
 *	word      posting lists of its stems, as they lie in the file
 *	"exact"   the same, then a look at the token stream of each candidate      cached: the set
 *	phrase, NEAR, prefix*  likewise: AND (OR for prefixes) first, verify after  cached: the set
 *	field     a walk over a column (match-columns.c)                           cached: the set
 *
 * Verification is what costs, so inside an AND it is done last and only for rows that are still candidates.
 */
#include "index/query/match.h"

#include "index/query/rows.h"

#include "base/fold.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "index/facts/gazetteer.h"
#include "index/store/schema.h"
#include "index/store/terms.h"

/* ---- posting lists ---- */

static bool find_list(const struct view *v, struct span stem, bool title, struct posting_list *out)
{
	char term[TERM_MAX + 8];
	struct span prefix = span_of(schema_fields[title ? FIELD_TITLE : FIELD_TEXT].prefix);
	memcpy(term, prefix.p, prefix.n);
	memcpy(term + prefix.n, stem.p, stem.n);
	return postings_find(v->seg->postings, (struct span){term, prefix.n + stem.n}, out);
}

#define SHORT_LIST 4u /* blocks */

/* Of most stems of other languages nothing is left: a short list is looked through before a set is made of it. */
static bool none_counts(const struct view *v, uint32_t stemmers, const struct posting_list *l)
{
	uint32_t rows[POSTING_BLOCK];
	if (l->bits || l->n_blocks > SHORT_LIST)
		return false;
	for (uint32_t b = 0; b < l->n_blocks; b++)
		for (uint32_t i = 0, n = postings_rows(l, b, rows); i < n; i++)
			if (view_row_stemmed(v, stemmers, rows[i]))
				return false;
	return true;
}

/* Which rows of a list count: documents of the languages that give the stem. False: none. */
static bool find_rows(struct job *j, struct view *v, uint32_t stemmers, struct word_list *w)
{
	w->n = w->list.n;
	if (stemmers & 1) /* English */
		return true;
	if (none_counts(v, stemmers, &w->list))
		return false;
	uint64_t *rows = view_stemmed(j, v, stemmers);
	if (!rows)
		return false;
	postings_keep(&w->list, rows);
	w->rows = rows;
	w->n = bits_count(rows, v->n_words);
	return w->n > 0;
}

const struct word_lists *word_lists(struct job *j, const struct stems *word, bool title, struct view *v)
{
	if (word->lists[v->index])
		return word->lists[v->index];
	struct word_lists *l = arena_alloc(j->a, sizeof *l + word->n * sizeof l->v[0]);
	if (job_late(j))
		return l;
	for (size_t i = 0; i < word->n; i++) {
		l->v[l->n].stem = (uint32_t)i;
		if (view_stems(j->e, v, word->stemmers[i]) && find_list(v, word->v[i], title, &l->v[l->n].list) && find_rows(j, v, word->stemmers[i], &l->v[l->n]))
			l->n++;
		else
			l->v[l->n] = (struct word_list){0};
	}
	return word->lists[v->index] = l;
}

static uint64_t word_size(struct job *j, const struct stems *word, bool title, struct view *v)
{
	const struct word_lists *l = word_lists(j, word, title, v);
	uint64_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].n;
	return n;
}

static void add_list(const struct word_list *l, const struct view *v, uint64_t *to)
{
	if (l->rows)
		bits_or(to, l->rows, v->n_words);
	else
		postings_add(&l->list, to);
}

/* ---- preparing leaves ---- */

static void make_stems(struct job *j, struct span word, struct stems *out)
{
	*out = (struct stems){.word = word, .lists = arena_array(j->a, const struct word_lists *, j->e->n_views + 1)};
	for (size_t i = 0; i < j->e->n_stem_langs; i++) {
		char buf[TERM_MAX];
		struct span stem = {buf, terms_stem(word, j->e->stem_langs[i], buf)};
		size_t k = 0;
		while (k < out->n && !span_eq(out->v[k], stem))
			k++;
		if (k == out->n && stem.n)
			out->v[out->n++] = arena_span(j->a, stem);
		if (stem.n)
			out->stemmers[k] |= 1u << i;
	}
}

struct expansion {
	struct span word;
	uint64_t count;
};

static int by_count(const void *x, const void *y)
{
	const struct expansion *a = x, *b = y;
	return a->count != b->count ? (a->count > b->count ? -1 : 1) : span_cmp(a->word, b->word);
}

/* The words that begin so, in all segments together: the most frequent ones, as many as the limit allows. */
static void expand_prefix(struct job *j, struct leaf_plan *out)
{
	uint32_t most = j->e->limits.expansion, *v = arena_array(j->a, uint32_t, most + 1);
	struct names words = {0};
	struct expansion *found = NULL;
	size_t cap = 0, n = 0, known = 0;
	for (size_t i = 0; i < j->e->n_views; i++) {
		const struct token_streams *s = j->e->views[i]->seg->streams;
		size_t exist = streams_words_with_prefix(s, out->leaf->words[0], v, most);
		if (exist > known)
			known = exist;
		for (size_t k = 0; k < exist && k < most; k++) {
			struct span word = streams_word_text(s, v[k]);
			uint32_t number = names_add(&words, word);
			if (number == n)
				*arena_push(j->a, found, n, cap) = (struct expansion){arena_span(j->a, word), 0};
			found[number].count += streams_word_count(s, v[k]);
		}
	}
	names_done(&words);
	if (n)
		qsort(found, n, sizeof *found, by_count);
	known = known > n ? known : n;
	out->n_words = n > most ? most : (uint32_t)n;
	out->n_more = (uint32_t)known - out->n_words;
	out->words = arena_array(j->a, struct stems, out->n_words + 1u);
	for (uint32_t i = 0; i < out->n_words; i++)
		make_stems(j, found[i].word, &out->words[i]);
}

/* A name in the text of a query is never an error: an ambiguous one means any of those it may be, an unknown one nobody. */
static void find_ids(struct job *j, struct leaf_plan *out)
{
	const struct leader *one = NULL, *some[32];
	size_t n = 32, cap = 0;
	struct span v = out->leaf->value, id = v;
	if (out->leaf->field == FACET_LEADER && v.p[0] != '?' && names_find(&j->e->names[FACET_LEADER], v) == NO_NAME && j->e->g) {
		int rc = gazetteer_lookup(j->e->g, v, &one, some, &n, NULL);
		if (rc == 0)
			some[0] = one, n = 1;
		for (size_t i = 0; i < n && (rc == 0 || rc == ERR_AMBIGUOUS); i++)
			*arena_push(j->a, out->ids, out->n_ids, cap) = some[i]->id;
		return;
	}
	if (out->leaf->field == FACET_COUNTRY && j->e->g) {
		id = gazetteer_country_code(j->e->g, v);
		id = id.n ? id : v;
	}
	*arena_push(j->a, out->ids, out->n_ids, cap) = id;
}

void leaf_prepare(struct job *j, const struct leaf *l, struct leaf_plan *out)
{
	*out = (struct leaf_plan){.leaf = l};
	if (l->kind == LEAF_FIELD) {
		find_ids(j, out);
	} else if (l->kind == LEAF_PREFIX) {
		expand_prefix(j, out);
	} else if (l->kind != LEAF_DATE) {
		out->n_words = l->n_words;
		out->words = arena_array(j->a, struct stems, l->n_words);
		for (uint32_t i = 0; i < l->n_words; i++)
			make_stems(j, l->words[i], &out->words[i]);
	}
}

/* ---- verification ---- */

/* Of the positions of `word`: those within `window` of one of the n in `from`, other than itself. Both ascending. */
static size_t near_step(const uint32_t *v, size_t n, uint32_t word, uint32_t window, const uint32_t *from, size_t n_from, uint32_t *to)
{
	size_t n_to = 0, low = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (v[i] != word)
			continue;
		while (low < n_from && from[low] + window < i)
			low++;
		size_t k = low < n_from && from[low] == i ? low + 1 : low;
		if (k < n_from && from[k] <= i + window)
			to[n_to++] = i;
	}
	return n_to;
}

/* A chain of positions, one of each word, neighbours within their windows. Linear in the stream for each word. */
bool stream_has_near(const uint32_t *v, size_t n, const uint32_t *words, const uint32_t *windows, size_t k)
{
	AUTO_FREE uint32_t *from = mem_alloc(2 * n * sizeof *from + 1);
	uint32_t *to = from + n, *a = from;
	size_t n_from = 0;
	for (uint32_t i = 0; i < n; i++)
		if (v[i] == words[0])
			a[n_from++] = i;
	for (size_t step = 1; step < k && n_from; step++) {
		n_from = near_step(v, n, words[step], windows[step - 1], a, n_from, to);
		uint32_t *swap = a;
		a = to;
		to = swap;
	}
	return n_from > 0;
}

static bool stream_has_any(const uint32_t *v, size_t n, const uint64_t *wanted, uint32_t n_wanted)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] < n_wanted && bits_has(wanted, v[i]))
			return true;
	return false;
}

struct verify {
	const struct leaf *leaf;
	struct stream_phrase phrase; /* PHRASE, EXACT */
	uint32_t *words;  /* numbers of the segment */
	size_t n_words;
	uint64_t *wanted; /* PREFIX: a bit for each word of the segment */
	uint32_t n_wanted;
};

static bool part_matches(const struct verify *y, const uint32_t *v, size_t n)
{
	return y->wanted ? stream_has_any(v, n, y->wanted, y->n_wanted) : stream_has_near(v, n, y->words, y->leaf->windows, y->n_words);
}

/* The stream of a row, decoded into the engine's buffer. */
static size_t read_stream(struct engine *e, const struct view *v, uint32_t row, size_t *n_title)
{
	size_t n = streams_read(v->seg->streams, row, e->stream, e->stream_cap, n_title);
	if (n > e->stream_cap) {
		e->stream = mem_grow(e->stream, &e->stream_cap, n, sizeof *e->stream);
		n = streams_read(v->seg->streams, row, e->stream, e->stream_cap, n_title);
	}
	return n;
}

static bool row_matches(struct engine *e, const struct verify *y, const struct view *v, uint32_t row)
{
	if (y->leaf->kind == LEAF_PHRASE || y->leaf->kind == LEAF_EXACT)
		return streams_has_phrase(v->seg->streams, row, &y->phrase, y->leaf->title);
	size_t n_title = 0, n = read_stream(e, v, row, &n_title);
	if (n_title > n)
		n_title = n;
	return (n_title && part_matches(y, e->stream, n_title)) || (!y->leaf->title && n > n_title && part_matches(y, e->stream + n_title, n - n_title));
}

/* ---- sets of leaves ---- */

/* Adds the rows of a word, whatever its form. */
static void add_word(struct job *j, struct view *v, const struct stems *s, bool title, uint64_t *to)
{
	const struct word_lists *l = word_lists(j, s, title, v);
	for (size_t i = 0; i < l->n; i++)
		add_list(&l->v[i], v, to);
}

/* Keeps of `rows` those with a word. `size`: about how many rows there are. */
static void keep_word(struct job *j, struct view *v, const struct stems *s, bool title, uint64_t *rows, uint64_t size)
{
	const struct word_lists *l = word_lists(j, s, title, v);
	if (l->n == 1 && !l->v[0].rows && (l->v[0].list.bits || size < l->v[0].n / 2)) {
		postings_keep(&l->v[0].list, rows);
		return;
	}
	uint64_t *with = rows_none(j, v);
	add_word(j, v, s, title, with);
	bits_and(rows, with, v->n_words);
}

/* Rows that have every word (and are within a set, unless it is NULL): the rarest first, the others asked about what is left. */
static uint64_t *rows_with_all(struct job *j, const struct stems *const *words, const bool *title, size_t n, struct view *v, const uint64_t *within)
{
	uint64_t *rows = rows_none(j, v), *size = arena_raw(j->a, n * sizeof *size), least = UINT64_MAX;
	size_t rarest = 0;
	for (size_t i = 0; i < n; i++)
		if ((size[i] = word_size(j, words[i], title[i], v)) < least) {
			least = size[i];
			rarest = i;
		}
	if (n && least == 0)
		return rows;
	for (size_t done = 0; done < n; done++) {
		size_t next = rarest;
		for (size_t i = 0; i < n && done; i++)
			next = size[i] < size[next] ? i : next;
		if (done == 0)
			add_word(j, v, words[next], title[next], rows);
		else
			keep_word(j, v, words[next], title[next], rows, least);
		if (done == 0 && within)
			bits_and(rows, within, v->n_words);
		size[next] = UINT64_MAX;
	}
	return rows;
}

/* What the set could be at most: rows with every word. */
static uint64_t *candidates(struct job *j, const struct leaf_plan *l, struct view *v, const uint64_t *within)
{
	const struct stems **words = arena_array(j->a, const struct stems *, l->n_words + 1u);
	bool *title = arena_array(j->a, bool, l->n_words + 1u);
	for (uint32_t i = 0; i < l->n_words; i++) {
		words[i] = &l->words[i];
		title[i] = l->leaf->title;
	}
	return rows_with_all(j, words, title, l->n_words, v, within);
}

/* False: nothing in the segment can match. */
static bool prepare_verify(struct job *j, const struct leaf_plan *l, const struct view *v, struct verify *y)
{
	const struct token_streams *s = v->seg->streams;
	*y = (struct verify){.leaf = l->leaf, .words = arena_array(j->a, uint32_t, l->n_words + 1u)};
	if (l->leaf->kind == LEAF_PREFIX) {
		y->n_wanted = streams_n_words(s);
		y->wanted = arena_array(j->a, uint64_t, y->n_wanted / 64 + 2u);
	}
	for (uint32_t i = 0; i < l->n_words; i++) {
		uint32_t number = streams_word(s, l->words[i].word);
		if (number == NO_WORD && l->leaf->kind != LEAF_PREFIX)
			return false;
		if (number == NO_WORD)
			continue;
		y->words[y->n_words++] = number;
		if (y->wanted)
			bits_set(y->wanted, number);
	}
	streams_phrase(&y->phrase, y->words, y->n_words);
	return y->n_words > 0;
}

#define LOOK_AHEAD 8u /* rows: as long as memory takes to answer */

/* Keeps of `rows` those whose stream agrees. */
static void verify_rows(struct job *j, const struct verify *y, const struct view *v, uint64_t *rows)
{
	const struct token_streams *s = v->seg->streams;
	uint32_t n = 0, count = bits_count(rows, v->n_words), *list = arena_raw(j->a, (count + 2 * LOOK_AHEAD) * sizeof *list);
	BITS_EACH(rows, v->n_words, row)
		list[n++] = row;
	for (uint32_t i = 0; i < 2 * LOOK_AHEAD && n; i++)
		list[n + i] = list[n - 1];
	for (uint32_t i = 0; i < n; i++) {
		streams_prefetch_start(s, list[i + 2 * LOOK_AHEAD]);
		streams_prefetch(s, list[i + LOOK_AHEAD]);
		if (job_late(j) || !row_matches(j->e, y, v, list[i]))
			bits_clear(rows, list[i]);
	}
}

/* Do only wanted words of the segment have this stem? Then whoever has the stem has one of them, and nobody need look. */
static bool stem_is_wanted(struct job *j, const struct view *v, const struct verify *y, struct span stem)
{
	enum { LOOK_AT = 512 };
	const struct token_streams *s = v->seg->streams;
	uint32_t words[LOOK_AT];
	if (stem.n < 4) /* short stems have irregular words: dying, die */
		return false;
	size_t n = streams_words_with_prefix(s, span_sub(stem, 0, utf8_floor(stem, stem.n - 1)), words, LOOK_AT);
	if (n > LOOK_AT)
		return false;
	for (size_t i = 0; i < n; i++) {
		char other[TERM_MAX];
		struct span word = streams_word_text(s, words[i]);
		if (bits_has(y->wanted, words[i]))
			continue;
		for (size_t k = 0; k < j->e->n_stem_langs; k++)
			if (span_eq(stem, (struct span){other, terms_stem(word, j->e->stem_langs[k], other)}))
				return false;
	}
	return true;
}

/* A word of a prefix: rows that surely have it, and rows that perhaps have another word of the same stem. */
static void add_prefixed(struct job *j, struct view *v, const struct verify *y, const struct stems *word, uint64_t *sure, uint64_t *perhaps)
{
	const struct word_lists *l = word_lists(j, word, y->leaf->title, v);
	if (streams_word(v->seg->streams, word->word) == NO_WORD)
		return;
	for (size_t i = 0; i < l->n; i++)
		add_list(&l->v[i], v, stem_is_wanted(j, v, y, word->v[l->v[i].stem]) ? sure : perhaps);
}

static const uint64_t *prefix_rows(struct job *j, const struct leaf_plan *l, struct view *v)
{
	struct span key = rows_key(j, 'S', v, 0, l->leaf->text);
	const uint64_t *known = cache_find(j->e->cache, key);
	struct verify y;
	uint64_t *sure = rows_none(j, v), *perhaps = rows_none(j, v);
	if (known)
		return known;
	if (!prepare_verify(j, l, v, &y))
		return sure;
	for (uint32_t i = 0; i < l->n_words; i++)
		add_prefixed(j, v, &y, &l->words[i], sure, perhaps);
	bits_and_not(perhaps, sure, v->n_words);
	verify_rows(j, &y, v, perhaps);
	bits_or(sure, perhaps, v->n_words);
	return rows_keep(j, v, key, sure);
}

static bool verified(const struct leaf *l) { return l->kind == LEAF_EXACT || l->kind == LEAF_PHRASE || l->kind == LEAF_NEAR || l->kind == LEAF_PREFIX; }

/* `within`: rows outside it do not matter (NULL: all do). */
static const uint64_t *verified_rows(struct job *j, const struct leaf_plan *l, struct view *v, const uint64_t *within)
{
	struct span key = rows_key(j, 'S', v, 0, l->leaf->text);
	const uint64_t *known = cache_find(j->e->cache, key);
	struct verify y;
	if (known)
		return known;
	if (!prepare_verify(j, l, v, &y))
		return rows_none(j, v);
	uint64_t *rows = candidates(j, l, v, within);
	verify_rows(j, &y, v, rows);
	return within ? rows : rows_keep(j, v, key, rows);
}

static const uint64_t *word_rows(struct job *j, const struct leaf_plan *l, struct view *v)
{
	const struct word_lists *lists = word_lists(j, &l->words[0], l->leaf->title, v);
	if (lists->n == 1 && (lists->v[0].rows || lists->v[0].list.bits))
		return lists->v[0].rows ? lists->v[0].rows : lists->v[0].list.bits; /* as it lies in the file */
	uint64_t *rows = rows_none(j, v);
	add_word(j, v, &l->words[0], l->leaf->title, rows);
	return rows;
}

static const uint64_t *field_rows(struct job *j, const struct leaf_plan *l, struct view *v)
{
	if (l->n_ids == 1)
		return value_rows(j, v, l->leaf->field, l->ids[0]);
	uint64_t *rows = rows_none(j, v);
	for (size_t i = 0; i < l->n_ids; i++)
		bits_or(rows, value_rows(j, v, l->leaf->field, l->ids[i]), v->n_words);
	return rows;
}

static const uint64_t *leaf_rows_within(struct job *j, const struct leaf_plan *l, struct view *v, const uint64_t *within)
{
	if (l->leaf->kind == LEAF_PREFIX)
		return prefix_rows(j, l, v);
	if (verified(l->leaf))
		return verified_rows(j, l, v, within);
	if (l->leaf->kind == LEAF_FIELD)
		return field_rows(j, l, v);
	if (l->leaf->kind == LEAF_DATE)
		return date_rows(j, v, l->leaf->range, l->leaf->mentioned, false);
	return word_rows(j, l, v);
}

const uint64_t *leaf_rows(struct job *j, const struct leaf_plan *l, struct view *v) { return leaf_rows_within(j, l, v, NULL); }

/* ---- trees ---- */

static const uint64_t *node_rows(struct job *j, const struct node *n, const struct leaf_plan *leaves, struct view *v, const uint64_t *within);

static bool is_word(const struct node *n, const struct leaf_plan *leaves) { return n->kind == NODE_LEAF && leaves[n->leaf].leaf->kind == LEAF_WORD; }
static bool costly(const struct node *n, const struct leaf_plan *leaves) { return n->kind != NODE_LEAF || verified(leaves[n->leaf].leaf); }

/* The words first, all together; then what is cheap; what is costly is asked about the rows that are left. */
static const uint64_t *and_rows(struct job *j, const struct node *n, const struct leaf_plan *leaves, struct view *v, const uint64_t *within)
{
	const struct stems **words = arena_array(j->a, const struct stems *, n->n_kids + 1);
	bool *title = arena_array(j->a, bool, n->n_kids + 1);
	size_t n_words = 0;
	for (size_t i = 0; i < n->n_kids; i++)
		if (is_word(n->kids[i], leaves)) {
			words[n_words] = &leaves[n->kids[i]->leaf].words[0];
			title[n_words++] = leaves[n->kids[i]->leaf].leaf->title;
		}
	uint64_t *rows = n_words ? rows_with_all(j, words, title, n_words, v, within) : within ? rows_copy(j, v, within) : NULL;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < n->n_kids; i++) {
			if (is_word(n->kids[i], leaves) || costly(n->kids[i], leaves) != (round == 1))
				continue;
			const uint64_t *more = node_rows(j, n->kids[i], leaves, v, round ? rows : NULL);
			if (rows)
				bits_and(rows, more, v->n_words);
			else
				rows = rows_copy(j, v, more);
		}
	return rows ? rows : rows_none(j, v);
}

static const uint64_t *or_rows(struct job *j, const struct node *n, const struct leaf_plan *leaves, struct view *v, const uint64_t *within)
{
	uint64_t *rows = rows_none(j, v);
	for (size_t i = 0; i < n->n_kids; i++)
		if (is_word(n->kids[i], leaves))
			add_word(j, v, &leaves[n->kids[i]->leaf].words[0], leaves[n->kids[i]->leaf].leaf->title, rows);
		else
			bits_or(rows, node_rows(j, n->kids[i], leaves, v, within), v->n_words);
	return rows;
}

static const uint64_t *node_rows(struct job *j, const struct node *n, const struct leaf_plan *leaves, struct view *v, const uint64_t *within)
{
	uint64_t *rows;
	switch (n->kind) {
	case NODE_LEAF: return leaf_rows_within(j, &leaves[n->leaf], v, within);
	case NODE_AND: return and_rows(j, n, leaves, v, within);
	case NODE_OR: return or_rows(j, n, leaves, v, within);
	case NODE_NOT:
		rows = rows_none(j, v);
		memcpy(rows, node_rows(j, n->kids[0], leaves, v, within), v->n_words * sizeof *rows);
		bits_not(rows, v->n_rows);
		return rows;
	default: return rows_none(j, v);
	}
}

const uint64_t *tree_rows(struct job *j, const struct tree *t, const struct leaf_plan *leaves, struct span name, struct view *v)
{
	struct span key = rows_key(j, 'T', v, 0, name);
	const uint64_t *known = is_word(t->root, leaves) ? NULL : cache_find(j->e->cache, key);
	if (known)
		return known;
	const uint64_t *rows = node_rows(j, t->root, leaves, v, NULL);
	return is_word(t->root, leaves) ? rows : rows_keep(j, v, key, rows); /* a word's are in the file */
}
