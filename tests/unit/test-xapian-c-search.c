/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapian-c: queries, and what a search can be asked for: filters, order, collapsing, spies, deciders, keys, bounds. */
#include "test-xapian-c.h"

#include <math.h>
#include <pthread.h>
#include <sys/wait.h>

static const struct {
	const char *words, *value;
} DOCS[] = {
	{"kim putin summit", "2019-04"},                                                           /* 1 */
	{"putin kim war", "2023-09"},      {"kim:5 trump summit", "2018-06"}, {"assad war", NULL}, /* 4 */
	{"xi kim trump putin", "2019-06"}, {"trump:3 war", "2018-06"},        {"summit of nobody", "2015-01"},
	{"kimchi kimono", "2019-04"}, /* 8 */
};

static struct xc_db *open_docs(struct folder *f)
{
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	for (size_t i = 0; i < COUNT(DOCS); i++)
		ok(add_words(w, DOCS[i].words, 1, DOCS[i].value, NULL, &e));
	ok(xc_writer_close(w, &e));
	ok(xc_open(place(f, "db"), &db, &e));
	return db;
}

/* The same documents, dealt out to three shards: document i of DOCS is document i + 1 of the whole. */
static struct xc_db *open_shards(struct folder *f)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	char *dirs[3] = {place_new(f, "a"), place_new(f, "b"), place_new(f, "c")};
	for (size_t s = 0; s < 3; s++) {
		struct xc_writer *w = NULL;
		ok(xc_writer_open(dirs[s], NULL, &w, &e));
		for (size_t i = s; i < COUNT(DOCS); i += 3)
			ok(add_words(w, DOCS[i].words, 1, DOCS[i].value, NULL, &e));
		ok(xc_writer_close(w, &e));
	}
	ok(xc_open_many((const char *const *)dirs, 3, &db, &e));
	for (size_t s = 0; s < 3; s++)
		free(dirs[s]);
	return db;
}

/* The ids found, ascending. */
static const char *set_of(struct xc_db *db, struct xc_query *q)
{
	struct xc_search_args in = {.query = q, .maxitems = 100, .weighting = {.scheme = XC_BOOL}};
	const char *text = found(db, &in);
	xc_query_free(q);
	return text;
}

static struct xc_query *combine(enum xc_op op, uint32_t window, const char *a, const char *b, const char *c)
{
	struct xc_err e = XC_ERR;
	struct xc_query *subs[3] = {term(a), term(b), c ? term(c) : NULL}, *q = NULL;
	ok(xc_query_combine(op, (const struct xc_query *const *)subs, c ? 3 : 2, window, &q, &e));
	for (size_t i = 0; i < 3; i++)
		xc_query_free(subs[i]);
	return q;
}

static void operators(void **state)
{
	struct xc_db *dbs[2] = {open_docs(*state), open_shards(*state)};
	for (size_t i = 0; i < 2; i++) {
		struct xc_db *db = dbs[i];
		assert_string_equal(set_of(db, term("kim")), "1 2 3 5");
		assert_string_equal(set_of(db, combine(XC_AND, 0, "kim", "putin", NULL)), "1 2 5");
		assert_string_equal(set_of(db, combine(XC_OR, 0, "assad", "xi", "trump")), "3 4 5 6");
		assert_string_equal(set_of(db, combine(XC_AND_NOT, 0, "kim", "summit", "xi")), "2");
		assert_string_equal(set_of(db, combine(XC_FILTER, 0, "kim", "putin", "summit")), "1");
		assert_string_equal(set_of(db, combine(XC_AND_MAYBE, 0, "war", "kim", "putin")), "2 4 6");
		assert_string_equal(set_of(db, combine(XC_SYNONYM, 0, "xi", "assad", NULL)), "4 5");
		assert_string_equal(set_of(db, combine(XC_PHRASE, 0, "kim", "putin", NULL)), "1");
		assert_string_equal(set_of(db, combine(XC_PHRASE, 3, "kim", "putin", NULL)), "1 5");
		assert_string_equal(set_of(db, combine(XC_NEAR, 2, "kim", "putin", NULL)), "1 2");
		xc_close(db);
	}
}

static void unknown_operators(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	fails(XC_EINVAL, xc_query_combine((enum xc_op)8, NULL, 0, 0, &q, &e));
	fails(XC_EINVAL, xc_query_combine((enum xc_op) - 1, NULL, 0, 0, &q, &e));
}

static void all_nothing_and_no_children(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = NULL;
	ok(xc_query_all(&q, &e));
	assert_string_equal(set_of(db, q), "1 2 3 4 5 6 7 8");
	ok(xc_query_nothing(&q, &e));
	assert_string_equal(set_of(db, q), "");
	ok(xc_query_combine(XC_OR, NULL, 0, 0, &q, &e));
	assert_string_equal(set_of(db, q), "");
	ok(xc_query_all(&q, &e));
	assert_string_equal(set_of(db, both(XC_AND_NOT, q, term("kim"))), "4 6 7 8");
	xc_close(db);
}

static const char *range(struct xc_db *db, const char *low, const char *high)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	ok(xc_query_range(0, low, low ? strlen(low) : 0, high, high ? strlen(high) : 0, &q, &e));
	return set_of(db, q);
}

static void ranges(void **state)
{
	struct xc_db *db = open_docs(*state);
	assert_string_equal(range(db, "2018-06", "2019-04"), "1 3 6 8");
	assert_string_equal(range(db, "2019-05", NULL), "2 5");
	assert_string_equal(range(db, NULL, "2018-06"), "3 6 7");
	assert_string_equal(range(db, "2019-04", "2019-04"), "1 8");
	assert_string_equal(range(db, "2020", "2019"), "");
	assert_string_equal(range(db, NULL, NULL), "1 2 3 4 5 6 7 8");
	xc_close(db);
}

static int wildcard(struct xc_db *db, uint32_t max, enum xc_wildcard when_more, size_t *n, struct xc_err *err)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	struct xc_hits *hits = NULL;
	ok(xc_query_wildcard("kim", 3, max, when_more, XC_OR, &q, &e));
	struct xc_search_args in = {.query = q, .maxitems = 100};
	int code = xc_search(db, &in, &hits, err);
	*n = hits ? hits->n_hits : 0;
	xc_hits_free(hits);
	xc_query_free(q);
	return code;
}

static void wildcards(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = NULL;
	size_t n = 0;
	ok(wildcard(db, 0, XC_WILDCARD_ERROR, &n, &e));
	assert_int_equal(n, 5);
	ok(wildcard(db, 3, XC_WILDCARD_ERROR, &n, &e));
	assert_int_equal(n, 5);
	stops(XC_ELIMIT, 0, wildcard(db, 2, XC_WILDCARD_ERROR, &n, err));
	ok(wildcard(db, 1, XC_WILDCARD_FIRST, &n, &e));
	assert_int_equal(n, 4);
	xapian_leaks(1);
	ok(wildcard(db, 1, XC_WILDCARD_MOST_FREQUENT, &n, &e));
	xapian_leaks(0);
	assert_int_equal(n, 4);
	fails(XC_EINVAL, xc_query_wildcard("kim", 3, 0, XC_WILDCARD_MOST_FREQUENT, XC_OR, &q, &e));
	fails(XC_EINVAL, xc_query_wildcard("kim", 3, 0, (enum xc_wildcard)7, XC_OR, &q, &e));
	fails(XC_EINVAL, xc_query_wildcard("kim", 3, 0, XC_WILDCARD_FIRST, XC_AND, &q, &e));
	xc_close(db);
}

static void descriptions(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_buf b = XC_BUF;
	struct xc_query *scaled = NULL, *q = combine(XC_AND, 0, "kim", "putin", NULL);
	ok(xc_query_scale(q, 2.5, &scaled, &e));
	xc_query_free(q);
	ok(xc_query_describe(scaled, &b, &e));
	assert_int_equal(b.len, strlen("Query(2.5 * (kim AND putin))"));
	assert_memory_equal(b.bytes, "Query(2.5 * (kim AND putin))", b.len);
	xc_query_free(scaled);
	xc_buf_done(&b);
}

static struct xc_hits *search(struct xc_db *db, const struct xc_search_args *in)
{
	struct xc_err e = XC_ERR;
	struct xc_hits *hits = NULL;
	ok(xc_search(db, in, &hits, &e));
	return hits;
}

/* Weights are what the formula says; one database or three give the same. */
static void weights(void **state)
{
	struct xc_db *dbs[2] = {open_docs(*state), open_shards(*state)};
	struct xc_err e = XC_ERR;
	for (size_t i = 0; i < 2; i++) {
		struct xc_query *q = term("kim");
		struct xc_search_args in = {.query = q, .maxitems = 10, .want_percent = 1};
		struct xc_hits *hits = search(dbs[i], &in);
		struct xc_db_stats s;
		struct xc_bm25 bm25;
		ok(xc_stats(dbs[i], &s, &e));
		xc_bm25_init(&bm25, NULL, s.doccount, s.average_length, 4, 1);
		assert_int_equal(hits->n_hits, 4);
		assert_int_equal(hits->hits[0].docid, 3);
		assert_int_equal(hits->hits[0].percent, 100);
		assert_int_equal(hits->hits[0].shard, i ? 2 : 0);
		assert_int_equal(hits->hits[0].local_id, i ? 1 : 3);
		assert_null(hits->hits[0].sort_key);
		assert_true(fabs(hits->hits[0].weight - xc_bm25_weight(&bm25, 5, 7)) < 1e-12);
		assert_true(fabs(hits->hits[3].weight - xc_bm25_weight(&bm25, 1, 4)) < 1e-12);
		assert_true(hits->weight_max_attained == hits->hits[0].weight);
		assert_true(hits->weight_max_possible >= hits->weight_max_attained);
		assert_int_equal(hits->matches_est, 4);
		xc_hits_free(hits);
		xc_query_free(q);
		xc_close(dbs[i]);
	}
}

static void scaling_and_filters(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim"), *scaled = NULL, *filter = term("putin");
	ok(xc_query_scale(q, 3, &scaled, &e));
	struct xc_search_args in = {.query = q, .filter = filter, .maxitems = 10};
	struct xc_hits *one = search(db, &in);
	in.query = scaled;
	struct xc_hits *three = search(db, &in);
	assert_int_equal(one->n_hits, 3);
	assert_int_equal(three->n_hits, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(fabs(three->hits[i].weight - 3 * one->hits[i].weight) < 1e-12);
	assert_int_equal(one->hits[0].percent, -1);
	in.weighting.scheme = XC_BOOL;
	xc_hits_free(one);
	one = search(db, &in);
	assert_true(one->hits[0].weight == 0);
	xc_hits_free(one);
	xc_hits_free(three);
	xc_hits_free(NULL);
	xc_query_free(scaled);
	scaled = NULL;
	fails(XC_EINVAL, xc_query_scale(q, -1, &scaled, &e));
	fails(XC_EINVAL, xc_query_scale(q, (double)NAN, &scaled, &e));
	fails(XC_EINVAL, xc_query_scale(q, (double)INFINITY, &scaled, &e));
	xc_query_free(q);
	xc_query_free(filter);
	xc_query_free(NULL);
	xc_close(db);
}

static void own_bm25(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim");
	struct xc_search_args in = {.query = q, .maxitems = 10, .weighting = {XC_BM25, 1.7, 0, 2, 0.3, 0.1}};
	struct xc_hits *hits = search(db, &in);
	struct xc_db_stats s;
	struct xc_bm25 bm25;
	ok(xc_stats(db, &s, &e));
	xc_bm25_init(&bm25, &in.weighting, s.doccount, s.average_length, 4, 1);
	assert_true(fabs(hits->hits[0].weight - xc_bm25_weight(&bm25, 5, 7)) < 1e-12);
	xc_hits_free(hits);
	in.weighting.scheme = (enum xc_scheme)17;
	hits = NULL;
	fails(XC_EINVAL, xc_search(db, &in, &hits, &e));
	xc_query_free(q);
	xc_close(db);
}

static void pages(void **state)
{
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim");
	struct xc_search_args in = {.query = q, .first = 1, .maxitems = 2};
	assert_string_equal(found(db, &in), "1 2");
	in.first = 4;
	assert_string_equal(found(db, &in), "");
	in.first = 0;
	in.maxitems = 0;
	in.check_at_least = 100;
	struct xc_hits *hits = search(db, &in);
	assert_int_equal(hits->n_hits, 0);
	assert_int_equal(hits->matches_min, 4);
	assert_int_equal(hits->matches_max, 4);
	xc_hits_free(hits);
	in.maxitems = 10;
	in.weight_min = 1e6;
	assert_string_equal(found(db, &in), "");
	in.weight_min = 0;
	in.time_limit_ms = 10000;
	assert_string_equal(found(db, &in), "3 1 2 5");
	xc_query_free(q);
	xc_close(db);
}

static int key_length(void *data, const struct xc_seen *seen, const void **key, size_t *len)
{
	static char buffer[16];
	const void *value = NULL;
	size_t n = 0;
	(void)data;
	if (xc_seen_value(seen, 0, &value, &n))
		return 1;
	buffer[0] = n ? ((const char *)value)[n - 1] : '~';
	buffer[1] = (char)('a' + xc_seen_docid(seen));
	*key = buffer;
	*len = 2;
	return 0;
}

static void orders(void **state)
{
	struct xc_db *dbs[2] = {open_docs(*state), open_shards(*state)};
	for (size_t i = 0; i < 2; i++) {
		struct xc_db *db = dbs[i];
		struct xc_query *q = combine(XC_OR, 0, "kim", "war", "kimono");
		struct xc_search_args in = {.query = q, .maxitems = 10, .sort = XC_BY_VALUE};
		assert_string_equal(found(db, &in), "4 3 6 1 8 5 2");
		in.sort_reverse = 1;
		assert_string_equal(found(db, &in), "2 5 1 8 3 6 4");
		in.docid_order = XC_HIGHEST_FIRST;
		assert_string_equal(found(db, &in), "2 5 8 1 6 3 4");
		in.sort = XC_BY_VALUE_THEN_RELEVANCE;
		in.docid_order = XC_LOWEST_FIRST;
		assert_string_equal(found(db, &in), "2 5 8 1 3 6 4");
		in.sort = XC_BY_KEY;
		in.sort_reverse = 0;
		in.key = (struct xc_keymaker){key_length, NULL};
		assert_string_equal(found(db, &in), "1 8 3 5 6 2 4");
		struct xc_hits *hits = search(db, &in);
		assert_int_equal(hits->hits[0].sort_key_len, 2);
		assert_memory_equal(hits->hits[0].sort_key, "4b", 2);
		assert_memory_equal(hits->hits[6].sort_key, "~e", 2);
		xc_hits_free(hits);
		xc_query_free(q);
		xc_close(db);
	}
}

static void orders_by_relevance_and_wrong_ones(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim");
	struct xc_hits *hits = NULL;
	struct xc_search_args in = {.query = q, .maxitems = 10, .sort = XC_BY_RELEVANCE_THEN_VALUE, .sort_reverse = 1};
	assert_string_equal(found(db, &in), "3 2 1 5");
	in.sort = XC_BY_RELEVANCE_THEN_KEY;
	fails(XC_EINVAL, xc_search(db, &in, &hits, &e));
	in.key = (struct xc_keymaker){key_length, NULL};
	in.sort_reverse = 0;
	assert_string_equal(found(db, &in), "3 1 2 5");
	in.sort = XC_BY_KEY_THEN_RELEVANCE;
	assert_string_equal(found(db, &in), "1 3 5 2");
	in.sort = (enum xc_sort)7;
	fails(XC_EINVAL, xc_search(db, &in, &hits, &e));
	in.sort = XC_BY_RELEVANCE;
	in.docid_order = (enum xc_docid_order)3;
	fails(XC_EINVAL, xc_search(db, &in, &hits, &e));
	in.query = NULL;
	fails(XC_EINVAL, xc_search(db, &in, &hits, &e));
	assert_null(hits);
	xc_query_free(q);
	xc_close(db);
}

static void collapsing(void **state)
{
	struct xc_db *db = open_docs(*state);
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	ok(xc_query_all(&q, &e));
	struct xc_search_args in = {.query = q, .maxitems = 10, .check_at_least = 100, .collapse_max = 1};
	struct xc_hits *hits = search(db, &in);
	assert_int_equal(hits->n_hits, 6);
	assert_int_equal(hits->hits[0].docid, 1);
	assert_int_equal(hits->hits[0].collapse_count, 1);
	assert_int_equal(hits->hits[1].collapse_count, 0);
	assert_int_equal(hits->matches_est, 6);
	assert_int_equal(hits->uncollapsed_est, 8);
	xc_hits_free(hits);
	xc_query_free(q);
	xc_close(db);
}

struct tally {
	uint32_t n, ids[32], stop_at;
	size_t bytes;
	double weight;
	int stable; /* values handed out stay while more are asked for */
	int answer;
};

static int tally_value(void *data, const struct xc_seen *seen, double weight)
{
	struct tally *t = data;
	const void *first = NULL, *other = NULL;
	size_t len = 0, n = 0;
	if (xc_seen_value(seen, 0, &first, &len))
		return -1;
	char copy[32];
	memcpy(copy, first, len < sizeof copy ? len : 0);
	for (uint32_t slot = 1; slot < 50; slot++)
		if (xc_seen_value(seen, slot % 2 ? slot : 0, &other, &n))
			return -1;
	t->stable &= memcmp(copy, first, len) == 0;
	t->ids[t->n++ % 32] = xc_seen_docid(seen);
	t->bytes += len;
	t->weight += weight;
	return t->n == t->stop_at ? t->answer : 0;
}

static void spies(void **state)
{
	struct xc_db *dbs[2] = {open_docs(*state), open_shards(*state)};
	struct xc_query *q = term("kim");
	for (size_t i = 0; i < 2; i++) {
		struct tally one = {.stable = 1}, two = {.stable = 1};
		struct xc_spy list[] = {{tally_value, &one}, {tally_value, &two}};
		struct xc_search_args in = {.query = q, .check_at_least = 100, .spies = list, .n_spies = 2};
		xc_hits_free(search(dbs[i], &in));
		assert_int_equal(one.n, 4);
		assert_int_equal(two.n, 4);
		assert_int_equal(one.ids[0] + one.ids[1] + one.ids[2] + one.ids[3], 1 + 2 + 3 + 5);
		assert_int_equal(one.bytes, 28);
		assert_true(one.weight > 0 && one.stable);
	}
	xc_query_free(q);
	xc_close(dbs[0]);
	xc_close(dbs[1]);
}

static void a_spy_stops_the_search(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim");
	struct tally t = {.stop_at = 2, .answer = -99};
	struct xc_spy list[] = {{tally_value, &t}};
	struct xc_search_args in = {.query = q, .check_at_least = 100, .spies = list, .n_spies = 1};
	struct xc_hits *hits = NULL;
	stops(XC_ESTOPPED, -99, xc_search(db, &in, &hits, err));
	assert_int_equal(t.n, 2);
	assert_null(hits);
	t.stop_at = 0;
	hits = search(db, &in); /* the database is as good as before */
	xc_hits_free(hits);
	list[0].see = NULL;
	hits = NULL;
	fails(XC_EINVAL, xc_search(db, &in, &hits, &e));
	xc_query_free(q);
	xc_close(db);
}

static int only_odd(void *data, const struct xc_seen *seen, int *keep)
{
	int *stop = data;
	*keep = xc_seen_docid(seen) % 2;
	return *stop;
}

static void deciders(void **state)
{
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim");
	struct xc_hits *hits = NULL;
	int stop = 0;
	struct xc_search_args in = {.query = q, .maxitems = 10, .decider = {only_odd, &stop}};
	assert_string_equal(found(db, &in), "3 1 5");
	stop = 5;
	stops(XC_ESTOPPED, 5, xc_search(db, &in, &hits, err));
	xc_query_free(q);
	xc_close(db);
}

static int stop_at_once(void *data, const struct xc_seen *seen, const void **key, size_t *len)
{
	(void)data;
	(void)seen;
	(void)key;
	(void)len;
	return 8;
}

static void a_key_maker_stops_the_search(void **state)
{
	struct xc_db *db = open_docs(*state);
	struct xc_query *q = term("kim");
	struct xc_hits *hits = NULL;
	struct xc_search_args in = {.query = q, .maxitems = 10, .sort = XC_BY_KEY, .key = {stop_at_once, NULL}};
	stops(XC_ESTOPPED, 8, xc_search(db, &in, &hits, err));
	xc_query_free(q);
	xc_close(db);
}

/* A search within a callback of another, over another handle. */
struct inner {
	struct xc_db *db;
	struct xc_query *query;
	size_t n;
	int code;
};

static int search_inside(void *data, const struct xc_seen *seen, double weight)
{
	struct inner *in = data;
	struct xc_search_args args = {.query = in->query, .maxitems = 10};
	struct xc_hits *hits = NULL;
	(void)seen;
	(void)weight;
	in->code = xc_search(in->db, &args, &hits, NULL);
	in->n += hits ? hits->n_hits : 0;
	xc_hits_free(hits);
	return in->code;
}

static void a_search_within_a_search(void **state)
{
	struct xc_db *outer = open_docs(*state), *other = open_shards(*state);
	struct xc_query *q = term("kim");
	struct inner inside = {other, q, 0, 0};
	struct xc_spy list[] = {{search_inside, &inside}};
	struct xc_search_args in = {.query = q, .maxitems = 10, .check_at_least = 100, .spies = list, .n_spies = 1};
	assert_string_equal(found(outer, &in), "3 1 2 5");
	assert_int_equal(inside.n, 16);
	xc_query_free(q);
	xc_close(outer);
	xc_close(other);
}

/* ---- Threads and processes ---- */

struct searcher {
	struct xc_db *db;
	pthread_t thread;
	size_t n;
	int code;
};

static void *search_often(void *arg)
{
	struct searcher *s = arg;
	struct tally t = {.stable = 1};
	struct xc_spy spy = {tally_value, &t};
	struct xc_query *q = NULL;
	s->code = xc_query_term("kim", 3, 1, &q, NULL);
	struct xc_search_args in = {.query = q, .maxitems = 2, .check_at_least = 100, .spies = &spy, .n_spies = 1};
	for (int i = 0; i < 200 && s->code == 0; i++) {
		struct xc_hits *hits = NULL;
		s->code = xc_search(s->db, &in, &hits, NULL);
		s->n += hits ? hits->n_hits : 0;
		xc_hits_free(hits);
	}
	s->n += t.n;
	xc_query_free(q);
	return NULL;
}

/* Handles of their own: the searches of several threads do not meet. */
static void threads_with_handles_of_their_own(void **state)
{
	struct searcher s[4] = {{.db = open_docs(*state)}};
	struct xc_err e = XC_ERR;
	ok(xc_open(place(*state, "db"), &s[1].db, &e));
	s[2].db = open_shards(*state);
	ok(xc_open(place(*state, "a"), &s[3].db, &e));
	const size_t wanted[4] = {200 * (2 + 4), 200 * (2 + 4), 200 * (2 + 4), 200};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&s[i].thread, NULL, search_often, &s[i]), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(s[i].thread, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(s[i].code, 0);
		assert_true(i == 3 ? s[i].n % 200 == 0 && s[i].n > 0 : s[i].n == wanted[i]);
		xc_close(s[i].db);
	}
}

static void both_sides_of_a_fork(void **state)
{
	struct searcher s = {.db = open_docs(*state)};
	int status = 0;
	pid_t child = fork();
	search_often(&s);
	if (child == 0)
		_exit(s.code == 0 && s.n == 1200 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(s.n, 1200);
	xc_close(s.db);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(operators),
		cmocka_unit_test(unknown_operators),
		in_folder(all_nothing_and_no_children),
		in_folder(ranges),
		in_folder(wildcards),
		cmocka_unit_test(descriptions),
		in_folder(weights),
		in_folder(scaling_and_filters),
		in_folder(own_bm25),
		in_folder(pages),
		in_folder(orders),
		in_folder(orders_by_relevance_and_wrong_ones),
		in_folder(collapsing),
		in_folder(spies),
		in_folder(a_spy_stops_the_search),
		in_folder(deciders),
		in_folder(a_key_maker_stops_the_search),
		in_folder(a_search_within_a_search),
		in_folder(threads_with_handles_of_their_own),
		in_folder(both_sides_of_a_fork),
	};
	return cmocka_run_group_tests_name("xapian-c-search", tests, NULL, NULL);
}
