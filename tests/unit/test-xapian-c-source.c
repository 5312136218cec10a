/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapian-c: posting sources of functions, arrays and bitmaps, against Xapian's own postings as the oracle.
 *
 * A collection is made by a small generator with a fixed seed: 3 shards, words w0 (in most documents) to w7 (in few). What a
 * source says in place of a word must give the same hits with the same weights.
 */
#include "test-xapian-c.h"

#include <math.h>

enum { N_SHARDS = 3, N_WORDS = 8, N_DOCS = 700, BLOCK = 16 };

/* ---- The collection ---- */

struct shard_words {
	uint32_t n[N_WORDS];
	uint32_t docids[N_WORDS][N_DOCS];
	uint16_t wdfs[N_WORDS][N_DOCS];
	float weights[N_WORDS][N_DOCS];
	uint32_t lengths[N_DOCS + 1];
	uint16_t block_wdf[N_WORDS][N_DOCS / BLOCK + 1];
	uint32_t block_length[N_WORDS][N_DOCS / BLOCK + 1];
	float block_weight[N_WORDS][N_DOCS / BLOCK + 1];
	uint64_t bits[N_WORDS][N_DOCS / 64 + 1];
};

struct collection {
	struct folder *folder;
	struct xc_db *db;
	struct shard_words shards[N_SHARDS];
	uint32_t docs;
	double average_length;
	uint32_t termfreq[N_WORDS];
};

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void note(struct shard_words *s, uint32_t docid, unsigned word, uint32_t wdf)
{
	uint32_t i = s->n[word]++;
	s->docids[word][i] = docid;
	s->wdfs[word][i] = (uint16_t)wdf;
	s->lengths[docid] += wdf;
	s->bits[word][docid / 64] |= UINT64_C(1) << docid % 64;
}

static void write_doc(struct xc_writer *w, struct shard_words *s, uint32_t docid, uint32_t *seed)
{
	struct xc_err e = XC_ERR;
	char text[256] = "filler:3";
	size_t at = strlen(text);
	s->lengths[docid] = 3;
	for (unsigned word = 0; word < N_WORDS; word++) {
		if (random_next(seed) % 100 >= 90u >> word)
			continue;
		uint32_t wdf = 1 + (random_next(seed) % 8 == 0 ? random_next(seed) % 20 : 0);
		note(s, docid, word, wdf);
		at += (size_t)snprintf(text + at, sizeof text - at, " w%u:%u", word, wdf);
	}
	ok(add_words(w, text, 0, NULL, NULL, &e));
}

static void bound_blocks(struct shard_words *s)
{
	for (unsigned w = 0; w < N_WORDS; w++)
		for (uint32_t i = 0; i < s->n[w]; i++) {
			uint32_t b = i / BLOCK, length = s->lengths[s->docids[w][i]];
			if (i % BLOCK == 0)
				s->block_length[w][b] = UINT32_MAX;
			if (s->wdfs[w][i] > s->block_wdf[w][b])
				s->block_wdf[w][b] = s->wdfs[w][i];
			if (length < s->block_length[w][b])
				s->block_length[w][b] = length;
		}
}

/* XC_LIST_FLOATS: any weights that a float holds exactly. */
static void make_floats(struct shard_words *s, uint32_t *seed)
{
	for (unsigned w = 0; w < N_WORDS; w++)
		for (uint32_t i = 0; i < s->n[w]; i++) {
			float x = (float)(random_next(seed) % 1024) / 256;
			s->weights[w][i] = x;
			if (x > s->block_weight[w][i / BLOCK])
				s->block_weight[w][i / BLOCK] = x;
		}
}

static int collection_make(void **state)
{
	struct xc_err e = XC_ERR;
	struct collection *c = calloc(1, sizeof *c);
	void *f = NULL;
	uint32_t seed = 7;
	char *dirs[N_SHARDS];
	if (!c || folder_make(&f))
		return -1;
	c->folder = f;
	for (unsigned i = 0; i < N_SHARDS; i++) {
		struct xc_writer *w = NULL;
		struct xc_write_options o = {XC_CREATE, XC_NO_TERMLIST | XC_NO_SYNC, 0};
		char name[8] = {(char)('a' + i), '\0'};
		dirs[i] = place_new(f, name);
		ok(xc_writer_open(dirs[i], &o, &w, &e));
		for (uint32_t d = 1; d <= N_DOCS / (i + 1); d++)
			write_doc(w, &c->shards[i], d, &seed);
		ok(xc_writer_close(w, &e));
		bound_blocks(&c->shards[i]);
		make_floats(&c->shards[i], &seed);
		for (unsigned t = 0; t < N_WORDS; t++)
			c->termfreq[t] += c->shards[i].n[t];
	}
	ok(xc_open_many((const char *const *)dirs, N_SHARDS, &c->db, &e));
	struct xc_db_stats s;
	ok(xc_stats(c->db, &s, &e));
	c->docs = s.doccount;
	c->average_length = s.average_length;
	for (unsigned i = 0; i < N_SHARDS; i++)
		free(dirs[i]);
	*state = c;
	return 0;
}

static int collection_remove(void **state)
{
	struct collection *c = *state;
	void *f = c->folder;
	xc_close(c->db);
	free(c);
	return folder_remove(&f);
}

/* ---- The word's query, made in five ways ---- */

enum way { BY_TERM, BY_LIST, BY_BLOCKS, BY_FUNCTIONS, BY_STRICT_FUNCTIONS, N_WAYS };

static struct xc_query *word_term(unsigned w)
{
	char name[4] = {'w', (char)('0' + w), '\0'};
	return term(name);
}

static struct xc_query *word_list(const struct collection *c, unsigned w, int blocks)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	struct xc_list shards[N_SHARDS];
	memset(shards, 0, sizeof shards);
	for (unsigned i = 0; i < N_SHARDS; i++) {
		const struct shard_words *s = &c->shards[i];
		shards[i].n = s->n[w];
		shards[i].docids = s->docids[w];
		shards[i].wdfs = s->wdfs[w];
		shards[i].lengths = s->lengths;
		shards[i].block_wdf = blocks ? s->block_wdf[w] : NULL;
		shards[i].block_length = blocks ? s->block_length[w] : NULL;
	}
	struct xc_lists in = {.kind = XC_LIST_BM25, .shards = shards, .n_shards = N_SHARDS, .block_size = blocks ? BLOCK : 0};
	ok(xc_query_lists(&in, &q, &e));
	return q;
}

/* A source of functions: the word's postings and Xapian's formula. */
struct word_source {
	const struct collection *collection;
	unsigned word;
	int strict; /* 1: gives only what reaches the minimum */
	long *alive;
};

struct word_state {
	struct word_source from;
	const struct shard_words *shard;
	struct xc_bm25 bm25;
	uint32_t pos;
	int started;
};

static int word_clone(void *data, void **state)
{
	struct word_state *s = calloc(1, sizeof *s);
	if (!s)
		return -1;
	s->from = *(struct word_source *)data;
	++*s->from.alive;
	*state = s;
	return 0;
}

static void word_release(void *state)
{
	struct word_state *s = state;
	--*s->from.alive;
	free(s);
}

static int word_init(void *state, const struct xc_shard *shard, struct xc_bounds *out)
{
	struct word_state *s = state;
	const struct collection *c = s->from.collection;
	if (shard->index >= N_SHARDS || shard->n_shards != N_SHARDS || strlen(shard->uuid) != 36)
		return -2;
	s->shard = &c->shards[shard->index];
	if (shard->doccount != N_DOCS / (shard->index + 1) || shard->lastdocid != shard->doccount || shard->collection_docs != c->docs)
		return -3;
	xc_bm25_init(&s->bm25, NULL, shard->collection_docs, shard->collection_average_length, c->termfreq[s->from.word], 1);
	s->pos = 0;
	s->started = 0;
	out->docs_min = out->docs_est = out->docs_max = s->shard->n[s->from.word];
	out->weight_max = xc_bm25_weight(&s->bm25, 40, 1);
	return 0;
}

static double word_weight_at(const struct word_state *s)
{
	uint32_t docid = s->shard->docids[s->from.word][s->pos];
	return xc_bm25_weight(&s->bm25, s->shard->wdfs[s->from.word][s->pos], s->shard->lengths[docid]);
}

static int word_stand(struct word_state *s, double min_weight, struct xc_at *at)
{
	uint32_t n = s->shard->n[s->from.word];
	while (s->from.strict && s->pos < n && word_weight_at(s) < min_weight)
		s->pos++;
	at->docid = s->pos < n ? s->shard->docids[s->from.word][s->pos] : 0;
	if (s->pos > n / 2)
		at->weight_max = xc_bm25_weight(&s->bm25, 30, 3); /* a lower bound that is still true */
	return 0;
}

static int word_next(void *state, double min_weight, struct xc_at *at)
{
	struct word_state *s = state;
	s->pos += s->started ? 1 : 0;
	s->started = 1;
	return word_stand(s, min_weight, at);
}

static int word_skip_to(void *state, uint32_t docid, double min_weight, struct xc_at *at)
{
	struct word_state *s = state;
	s->started = 1;
	while (s->pos < s->shard->n[s->from.word] && s->shard->docids[s->from.word][s->pos] < docid)
		s->pos++;
	return word_stand(s, min_weight, at);
}

static int word_weight(void *state, double *out)
{
	*out = word_weight_at(state);
	return 0;
}

static struct word_source word_sources[N_WORDS];
static long word_alive;

static struct xc_query *word_functions(const struct collection *c, unsigned w, int strict)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	word_sources[w] = (struct word_source){c, w, strict, &word_alive};
	struct xc_source in = {&word_sources[w], word_clone, word_release, word_init, word_next, word_skip_to, word_weight};
	ok(xc_query_source(&in, &q, &e));
	return q;
}

static struct xc_query *word(const struct collection *c, unsigned w, enum way way)
{
	switch (way) {
	case BY_LIST: return word_list(c, w, 0);
	case BY_BLOCKS: return word_list(c, w, 1);
	case BY_FUNCTIONS: return word_functions(c, w, 0);
	case BY_STRICT_FUNCTIONS: return word_functions(c, w, 1);
	default: return word_term(w);
	}
}

/* ---- Comparing ---- */

static struct xc_hits *top(struct xc_db *db, const struct xc_query *q, uint32_t n)
{
	struct xc_err e = XC_ERR;
	struct xc_hits *hits = NULL;
	struct xc_search_args in = {.query = q, .maxitems = n};
	ok(xc_search(db, &in, &hits, &e));
	return hits;
}

/* Same ids, same weights: to the last bit where no sums are reordered. */
static void same_hits(struct xc_db *db, const struct xc_query *one, const struct xc_query *two, uint32_t n, double slack)
{
	struct xc_hits *a = top(db, one, n), *b = top(db, two, n);
	assert_int_equal(a->n_hits, b->n_hits);
	for (size_t i = 0; i < a->n_hits; i++) {
		assert_true(fabs(a->hits[i].weight - b->hits[i].weight) <= slack);
		if (slack <= 0)
			assert_int_equal(a->hits[i].docid, b->hits[i].docid);
	}
	xc_hits_free(a);
	xc_hits_free(b);
}

static void one_word_in_every_way(void **state)
{
	struct collection *c = *state;
	for (unsigned w = 0; w < N_WORDS; w++)
		for (enum way way = BY_LIST; way < N_WAYS; way++) {
			struct xc_query *oracle = word_term(w), *q = word(c, w, way);
			same_hits(c->db, oracle, q, 10, 0);
			same_hits(c->db, oracle, q, 5000, 0);
			xc_query_free(oracle);
			xc_query_free(q);
		}
	assert_int_equal(word_alive, 0);
}

/* A tree of two to four words under random operators; the same tree with sources in place of some of its words. Whole rankings
 * are compared, for where Xapian 1.4 prunes to find the top alone, some nested trees of plain terms already lose a part of
 * a weight: (a AND b) OR c, (a OR b) AND_MAYBE c, (a AND_NOT b) OR c. */
static struct xc_query *tree(const struct collection *c, uint32_t seed, enum way way)
{
	static const enum xc_op ops[] = {XC_OR, XC_AND, XC_AND_MAYBE, XC_FILTER, XC_AND_NOT};
	unsigned n = 1 + random_next(&seed) % 3;
	struct xc_query *q = word(c, random_next(&seed) % N_WORDS, way);
	for (unsigned i = 0; i < n; i++) {
		enum xc_op op = ops[random_next(&seed) % COUNT(ops)];
		enum way other = random_next(&seed) % 3 ? way : BY_TERM;
		q = both(op, q, word(c, random_next(&seed) % N_WORDS, other));
	}
	return q;
}

static void trees_in_every_way(void **state)
{
	struct collection *c = *state;
	for (uint32_t seed = 1; seed <= 300; seed++)
		for (enum way way = BY_LIST; way < N_WAYS; way++) {
			struct xc_query *oracle = tree(c, seed, BY_TERM), *q = tree(c, seed, way);
			same_hits(c->db, oracle, q, 5000, 1e-9);
			xc_query_free(oracle);
			xc_query_free(q);
		}
	assert_int_equal(word_alive, 0);
}

/* What a search program asks: two to six words under AND or OR, alone or under a filter, an exclusion, a must. */
enum shape { ANY_OF, ALL_OF, ANY_UNDER_FILTER, ANY_BUT_NOT, MUST_AND_MAYBE, N_SHAPES };

static struct xc_query *bitmap(const struct collection *c, unsigned w);

static struct xc_query *shaped(const struct collection *c, enum shape shape, uint32_t seed, enum way way)
{
	struct xc_err e = XC_ERR;
	struct xc_query *subs[6], *q = NULL;
	unsigned n = 2 + random_next(&seed) % 5, extra = random_next(&seed) % N_WORDS;
	for (unsigned i = 0; i < n; i++) {
		unsigned w = random_next(&seed) % N_WORDS;
		subs[i] = word(c, w, random_next(&seed) % 3 ? way : BY_TERM);
	}
	ok(xc_query_combine(shape == ALL_OF ? XC_AND : XC_OR, (const struct xc_query *const *)subs, n, 0, &q, &e));
	for (unsigned i = 0; i < n; i++)
		xc_query_free(subs[i]);
	if (shape == ANY_UNDER_FILTER || shape == ANY_BUT_NOT)
		q = both(shape == ANY_BUT_NOT ? XC_AND_NOT : XC_FILTER, q, way == BY_TERM ? word_term(extra) : bitmap(c, extra));
	return shape == MUST_AND_MAYBE ? both(XC_AND_MAYBE, word(c, extra, way), q) : q;
}

/* The top ten found with pruning are the first ten of all. */
static void the_top_is_the_top(void **state)
{
	struct collection *c = *state;
	for (uint32_t i = 0; i < 150 * N_SHAPES; i++) {
		struct xc_query *oracle = shaped(c, (enum shape)(i % N_SHAPES), i, BY_TERM);
		struct xc_hits *all = top(c->db, oracle, 5000);
		for (enum way way = BY_TERM; way < N_WAYS; way++) {
			struct xc_query *q = shaped(c, (enum shape)(i % N_SHAPES), i, way);
			struct xc_hits *ten = top(c->db, q, 10);
			assert_int_equal(ten->n_hits, all->n_hits < 10 ? all->n_hits : 10);
			for (size_t k = 0; k < ten->n_hits; k++)
				assert_true(fabs(ten->hits[k].weight - all->hits[k].weight) < 1e-9);
			xc_hits_free(ten);
			xc_query_free(q);
		}
		xc_hits_free(all);
		xc_query_free(oracle);
	}
}

/* Xapian hands the minimum down in the scaled measure; sources must not lose hits by it. */
static void scaled_sources_lose_nothing(void **state)
{
	struct collection *c = *state;
	struct xc_err e = XC_ERR;
	const double factors[] = {0, 0.01, 0.5, 1, 3, 1000};
	for (unsigned i = 0; i < COUNT(factors); i++)
		for (enum way way = BY_LIST; way < N_WAYS; way++) {
			struct xc_query *pair[2] = {word_term(1), word(c, 1, way)};
			for (unsigned k = 0; k < 2; k++) {
				struct xc_query *scaled = NULL;
				ok(xc_query_scale(pair[k], factors[i], &scaled, &e));
				xc_query_free(pair[k]);
				pair[k] = both(XC_OR, scaled, word_term(4));
				ok(xc_query_scale(pair[k], 2, &scaled, &e));
				xc_query_free(pair[k]);
				pair[k] = scaled;
			}
			same_hits(c->db, pair[0], pair[1], 10, 1e-9 * (1 + factors[i]));
			xc_query_free(pair[0]);
			xc_query_free(pair[1]);
		}
}

/* Floats: the oracle is a sort by hand. */
struct weighed {
	uint32_t docid;
	double weight;
};

static int heavier_first(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;
	if (x->weight < y->weight || x->weight > y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->docid < y->docid ? -1 : x->docid > y->docid;
}

static size_t sorted_floats(const struct collection *c, unsigned w, double scale, struct weighed *out)
{
	size_t n = 0;
	for (uint32_t i = 0; i < N_SHARDS; i++)
		for (uint32_t k = 0; k < c->shards[i].n[w]; k++, n++) {
			out[n].docid = xc_global_id(c->shards[i].docids[w][k], i, N_SHARDS);
			out[n].weight = scale * (double)c->shards[i].weights[w][k];
		}
	qsort(out, n, sizeof *out, heavier_first);
	return n;
}

static struct xc_query *float_list(const struct collection *c, unsigned w, double scale, int blocks)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	struct xc_list shards[N_SHARDS];
	memset(shards, 0, sizeof shards);
	for (unsigned i = 0; i < N_SHARDS; i++) {
		shards[i].n = c->shards[i].n[w];
		shards[i].docids = c->shards[i].docids[w];
		shards[i].weights = c->shards[i].weights[w];
		shards[i].block_weight = blocks ? c->shards[i].block_weight[w] : NULL;
	}
	struct xc_lists in = {
		.kind = XC_LIST_FLOATS, .shards = shards, .n_shards = N_SHARDS, .scale = scale, .block_size = blocks ? BLOCK : 0, .name = "floats"};
	ok(xc_query_lists(&in, &q, &e));
	return q;
}

static void lists_of_floats(void **state)
{
	struct collection *c = *state;
	static struct weighed wanted[N_SHARDS * N_DOCS];
	for (unsigned i = 0; i < 4 * N_WORDS; i++) {
		double scale = i & 1 ? 2.5 : 1;
		size_t n = sorted_floats(c, i / 4, scale, wanted);
		struct xc_query *q = float_list(c, i / 4, scale, i & 2);
		struct xc_hits *hits = top(c->db, q, 25);
		assert_int_equal(hits->n_hits, n < 25 ? n : 25);
		for (size_t k = 0; k < hits->n_hits; k++) {
			assert_int_equal(hits->hits[k].docid, wanted[k].docid);
			assert_true(hits->hits[k].weight == wanted[k].weight);
		}
		xc_hits_free(hits);
		xc_query_free(q);
	}
}

static struct xc_query *plain_list(const struct collection *c, unsigned w)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	struct xc_list shards[N_SHARDS];
	memset(shards, 0, sizeof shards);
	for (unsigned i = 0; i < N_SHARDS; i++) {
		shards[i].n = c->shards[i].n[w];
		shards[i].docids = c->shards[i].docids[w];
	}
	struct xc_lists in = {.kind = XC_LIST_PLAIN, .shards = shards, .n_shards = N_SHARDS};
	ok(xc_query_lists(&in, &q, &e));
	return q;
}

static struct xc_query *bitmap(const struct collection *c, unsigned w)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	struct xc_bits shards[N_SHARDS];
	for (unsigned i = 0; i < N_SHARDS; i++)
		shards[i] = (struct xc_bits){c->shards[i].bits[w], N_DOCS / 64 + 1, 0};
	ok(xc_query_bits(shards, N_SHARDS, NULL, &q, &e));
	return q;
}

/* As filters, as exclusions, alone, and as a branch of OR: what the word does with weight 0. */
static void filters(void **state)
{
	struct collection *c = *state;
	static const enum xc_op ops[] = {XC_FILTER, XC_AND_NOT, XC_OR, XC_AND};
	struct xc_err e = XC_ERR;
	for (unsigned w = 0; w < N_WORDS; w++)
		for (unsigned other = 0; other < N_WORDS; other++)
			for (unsigned o = 0; o < COUNT(ops); o++)
				for (unsigned bits = 0; bits < 2; bits++) {
					struct xc_query *t = word_term(w), *zero = NULL;
					ok(xc_query_scale(t, 0, &zero, &e));
					xc_query_free(t);
					struct xc_query *a = both(ops[o], word_term(other), zero);
					struct xc_query *b = both(ops[o], word_term(other), bits ? bitmap(c, w) : plain_list(c, w));
					same_hits(c->db, a, b, other % 2 ? 10 : 5000, 1e-9);
					xc_query_free(a);
					xc_query_free(b);
				}
}

static void a_filter_alone(void **state)
{
	struct collection *c = *state;
	for (unsigned w = 0; w < N_WORDS; w++) {
		struct xc_query *q[2] = {bitmap(c, w), plain_list(c, w)};
		for (unsigned k = 0; k < 2; k++) {
			struct xc_hits *hits = top(c->db, q[k], 5000);
			assert_int_equal(hits->n_hits, c->termfreq[w]);
			assert_int_equal(hits->matches_est, c->termfreq[w]);
			xc_hits_free(hits);
			xc_query_free(q[k]);
		}
	}
}

static void lists_over_nothing(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_query *q = NULL;
	ok(xc_open_many(NULL, 0, &db, &e));
	ok(xc_query_bits(NULL, 0, NULL, &q, &e));
	assert_string_equal(found_by(db, q), "");
	struct xc_lists in = {.kind = XC_LIST_BM25};
	ok(xc_query_lists(&in, &q, &e));
	assert_string_equal(found_by(db, q), "");
	xc_close(db);
}

static void empty_lists(void **state)
{
	struct collection *c = *state;
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	const struct xc_list none[N_SHARDS] = {{0}};
	const struct xc_bits nothing[N_SHARDS] = {{0}};
	for (int kind = XC_LIST_PLAIN; kind <= XC_LIST_BM25; kind++) {
		struct xc_lists in = {.kind = (enum xc_list_weight)kind, .shards = none, .n_shards = N_SHARDS, .block_size = 64};
		ok(xc_query_lists(&in, &q, &e));
		assert_string_equal(found_by(c->db, q), "");
	}
	ok(xc_query_bits(nothing, N_SHARDS, "nothing", &q, &e));
	assert_string_equal(found_by(c->db, q), "");
}

/* ---- What is refused ---- */

static void wrong_lists(void **state)
{
	struct collection *c = *state;
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	const uint32_t ids[] = {1, 2};
	const uint16_t wdfs[] = {1, 1};
	const float weights[] = {1, 1};
	struct xc_list l = {.n = 2, .docids = ids};
	struct xc_lists in = {.kind = XC_LIST_FLOATS, .shards = &l, .n_shards = 1};
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e)); /* no weights */
	in.kind = XC_LIST_BM25;
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e)); /* no wdfs */
	l.wdfs = wdfs;
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e)); /* no lengths */
	in.weighting = (struct xc_weighting){XC_BM25, 1, 0, 1, 0.5, 0.5};
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e)); /* the same, in its own words */
	in.weighting.scheme = XC_BOOL;
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e));
	in.kind = (enum xc_list_weight)3;
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e));
	in.kind = XC_LIST_FLOATS;
	l.weights = weights;
	for (uint32_t size = 1; size < 200000; size = size * 2 + (size % 3 == 0)) {
		in.block_size = size;
		if (size >= 16 && size <= 65536 && (size & (size - 1)) == 0)
			continue;
		fails(XC_EINVAL, xc_query_lists(&in, &q, &e));
	}
	in.block_size = 0;
	in.scale = -1;
	fails(XC_EINVAL, xc_query_lists(&in, &q, &e));
	fails(XC_EINVAL, xc_query_lists(NULL, &q, &e));
	in.scale = 1;
	ok(xc_query_lists(&in, &q, &e)); /* one shard, but the database has three */
	struct xc_search_args args = {.query = q, .maxitems = 1};
	struct xc_hits *hits = NULL;
	stops(XC_EINVAL, 0, xc_search(c->db, &args, &hits, err));
	xc_query_free(q);
}

static void wrong_bitmaps_and_sources(void **state)
{
	struct collection *c = *state;
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	const uint64_t zero_set[] = {1};
	struct xc_bits bits = {zero_set, 1, 0};
	struct xc_source in = {NULL, word_clone, word_release, word_init, word_next, NULL, NULL};
	fails(XC_EINVAL, xc_query_bits(&bits, 1, NULL, &q, &e));
	bits.words = NULL;
	fails(XC_EINVAL, xc_query_bits(&bits, 1, NULL, &q, &e));
	fails(XC_EINVAL, xc_query_bits(NULL, 1, NULL, &q, &e));
	fails(XC_EINVAL, xc_query_source(&in, &q, &e));
	fails(XC_EINVAL, xc_query_source(NULL, &q, &e));
	bits.n_words = 0;
	ok(xc_query_bits(&bits, 1, NULL, &q, &e));
	struct xc_search_args args = {.query = q, .maxitems = 1};
	struct xc_hits *hits = NULL;
	stops(XC_EINVAL, 0, xc_search(c->db, &args, &hits, err));
	xc_query_free(q);
}

/* Each function of a source can stop the search, and no clone is lost. */
static int stop_in;

static int stopping_clone(void *data, void **state) { return stop_in == 1 ? 101 : word_clone(data, state); }
static int stopping_init(void *state, const struct xc_shard *shard, struct xc_bounds *out)
{
	int code = word_init(state, shard, out);
	if (stop_in == 6)
		out->docs_min = out->docs_max + 1;
	return stop_in == 2 ? 102 : code;
}
static int stopping_next(void *state, double min_weight, struct xc_at *at) { return stop_in == 3 ? 103 : word_next(state, min_weight, at); }
static int stopping_skip_to(void *state, uint32_t docid, double min_weight, struct xc_at *at)
{
	return stop_in == 4 ? 104 : word_skip_to(state, docid, min_weight, at);
}
static int stopping_weight(void *state, double *out) { return stop_in == 5 ? 105 : word_weight(state, out); }

static void sources_stop_the_search(void **state)
{
	struct collection *c = *state;
	struct xc_err e = XC_ERR;
	struct word_source from = {c, 1, 0, &word_alive};
	struct xc_source calls = {&from, stopping_clone, word_release, stopping_init, stopping_next, stopping_skip_to, stopping_weight};
	for (stop_in = 1; stop_in <= 6; stop_in++) {
		struct xc_query *q = NULL;
		struct xc_hits *hits = NULL;
		ok(xc_query_source(&calls, &q, &e));
		if (stop_in == 4)
			q = both(XC_AND, q, word_term(6));
		struct xc_search_args in = {.query = q, .maxitems = 10};
		if (stop_in == 6)
			stops(XC_EINVAL, 0, xc_search(c->db, &in, &hits, err));
		else
			stops(XC_ESTOPPED, 100 + stop_in, xc_search(c->db, &in, &hits, err));
		assert_null(hits);
		xc_query_free(q);
		if (stop_in == 6) /* found before Xapian owns the lists: its clones are freed with the tree */
			assert_int_equal(word_alive, 0);
	}
	stop_in = 0;
}

/* A source may be shared by two queries and outlives neither. */
static void sources_are_shared(void **state)
{
	struct collection *c = *state;
	struct xc_query *q = word(c, 2, BY_BLOCKS), *again = word(c, 2, BY_FUNCTIONS);
	struct xc_query *tree_one = both(XC_OR, q, word_term(3)), *tree_two = both(XC_AND, again, word_term(3));
	for (unsigned i = 0; i < 3; i++) {
		struct xc_hits *hits = top(c->db, tree_one, 10);
		assert_int_equal(hits->n_hits, 10);
		xc_hits_free(hits);
		hits = top(c->db, tree_two, 10);
		assert_int_equal(hits->n_hits, 10);
		xc_hits_free(hits);
	}
	xc_query_free(tree_one);
	xc_query_free(tree_two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_word_in_every_way),
		cmocka_unit_test(trees_in_every_way),
		cmocka_unit_test(the_top_is_the_top),
		cmocka_unit_test(scaled_sources_lose_nothing),
		cmocka_unit_test(lists_of_floats),
		cmocka_unit_test(filters),
		cmocka_unit_test(a_filter_alone),
		cmocka_unit_test(lists_over_nothing),
		cmocka_unit_test(empty_lists),
		cmocka_unit_test(wrong_lists),
		cmocka_unit_test(wrong_bitmaps_and_sources),
		cmocka_unit_test(sources_stop_the_search),
		cmocka_unit_test(sources_are_shared),
	};
	return cmocka_run_group_tests_name("xapian-c-source", tests, collection_make, collection_remove);
}
