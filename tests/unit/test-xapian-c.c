/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapian-c without searching: stems, writing, merging, checking, reading. */
#include "test-xapian-c.h"

XAPIAN_UNDER_ASAN

static const char *const TEN[] = {"kim:3 putin", "putin trump:2", "kim trump", "assad",  "kim assad putin",
				  "moon kim:9",  "moon trump",    "xi",        "xi kim", "abe xi moon kim putin"};

/* ---- Stems ---- */

static void stem_is(const char *language, const char *word, const char *wanted)
{
	struct xc_err e = XC_ERR;
	struct xc_stemmer *s = NULL;
	char out[64];
	size_t n = 0;
	ok(xc_stemmer_new(language, &s, &e));
	ok(xc_stem(s, word, strlen(word), out, sizeof out, &n, &e));
	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(out, wanted, n);
	xc_stemmer_free(s);
}

static void stems_of_languages(void **state)
{
	(void)state;
	stem_is("en", "meetings", "meet");
	stem_is("en", "summits", "summit");
	stem_is("english", "presidents", "presid");
	stem_is("de", "verhandlungen", "verhandl");
	stem_is("fr", "présidents", "président");
	stem_is("es", "reuniones", "reunion");
	stem_is("it", "incontri", "incontr");
	stem_is("pt", "reuniões", "reuniõ");
	stem_is("ru", "переговоры", "переговор");
	stem_is("none", "meetings", "meetings");
	stem_is("en", "", "");
}

static void stem_needs_room_and_a_language(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_stemmer *s = NULL;
	char out[4];
	size_t n = 77;
	fails(XC_EINVAL, xc_stemmer_new("klingon", &s, &e));
	fails(XC_EINVAL, xc_stemmer_new(NULL, &s, &e));
	assert_null(s);
	ok(xc_stemmer_new("en", &s, &e));
	ok(xc_stem(s, "meets", 5, out, 4, &n, &e));
	fails(XC_ELIMIT, xc_stem(s, "meets", 5, out, 3, &n, &e));
	assert_int_equal(n, 4);
	xc_stemmer_free(s);
	xc_stemmer_free(NULL);
}

/* ---- Writing ---- */

static void what_is_written_is_read(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_buf b = XC_BUF;
	const uint32_t places[] = {2, 5, 9};
	const char zeros[] = "a\0b";
	const struct xc_term terms[] = {
		{"abe", 3, 1, 0, NULL}, {"kim", 3, 3, 3, places}, {"kim", 3, 2, 0, NULL}, {zeros, 3, 1, 0, NULL}, {"Xfilter", 7, 0, 0, NULL}};
	const struct xc_value values[] = {{0, "2019", 4}, {7, zeros, 3}, {8, NULL, 0}};
	const struct xc_doc doc = {terms, COUNT(terms), values, COUNT(values), zeros, 3};
	uint32_t id = 0, n = 0, length = 0, found_at[8];
	size_t count = 0;
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	ok(xc_writer_add(w, &doc, &id, &e));
	assert_int_equal(id, 1);
	ok(xc_writer_set_metadata(w, "schema", 6, "1", 1, &e));
	ok(xc_writer_doccount(w, &n, &e));
	assert_int_equal(n, 1);
	ok(xc_writer_close(w, &e));

	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_doc_data(db, 1, &b, &e));
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.bytes, zeros, 3);
	ok(xc_doc_value(db, 1, 7, &b, &e));
	assert_int_equal(b.len, 3);
	ok(xc_doc_value(db, 1, 8, &b, &e));
	assert_int_equal(b.len, 0);
	ok(xc_metadata(db, "schema", 6, &b, &e));
	assert_int_equal(b.len, 1);
	ok(xc_metadata(db, "nothing", 7, &b, &e));
	assert_int_equal(b.len, 0);
	ok(xc_doc_length(db, 1, &length, &e));
	assert_int_equal(length, 7); /* 1 + 3 + 2 + 1, filters do not count */
	ok(xc_positions(db, 1, "kim", 3, found_at, 8, &count, &e));
	assert_int_equal(count, 3);
	assert_memory_equal(found_at, places, sizeof places);
	ok(xc_positions(db, 1, "kim", 3, found_at, 2, &count, &e));
	assert_int_equal(count, 2);
	xc_buf_done(&b);
	xc_close(db);
}

static void figures(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	struct xc_term_freqs t;
	char uuid[XC_UUID_SIZE];
	build(place(f, "db"), TEN, COUNT(TEN), 0);
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.n_shards, 1);
	assert_int_equal(s.doccount, 10);
	assert_int_equal(s.lastdocid, 10);
	assert_int_equal(s.total_length, 33);
	assert_true(s.average_length > 3.299 && s.average_length < 3.301);
	assert_int_equal(s.doclength_min, 1);
	assert_int_equal(s.doclength_max, 10);
	assert_true(s.has_positions);
	ok(xc_term_stats(db, "kim", 3, &t, &e));
	assert_int_equal(t.termfreq, 6);
	assert_int_equal(t.collfreq, 16);
	assert_true(t.wdf_max >= 9);
	ok(xc_term_stats(db, "nobody", 6, &t, &e));
	assert_int_equal(t.termfreq, 0);
	ok(xc_uuid(db, 0, uuid, &e));
	assert_int_equal(strlen(uuid), 36);
	fails(XC_EINVAL, xc_uuid(db, 1, uuid, &e));
	xc_close(db);
}

static void without_term_lists_and_positions(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	const struct xc_write_options o = {XC_CREATE, XC_NO_TERMLIST | XC_NO_SYNC | XC_DANGEROUS, 4096};
	ok(xc_writer_open(place(f, "db"), &o, &w, &e));
	ok(add_words(w, "kim putin", 0, "v", NULL, &e));
	ok(xc_writer_close(w, &e));
	assert_int_equal(access(place(f, "db/postlist.glass"), F_OK), 0);
	assert_int_not_equal(access(place(f, "db/termlist.glass"), F_OK), 0);
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.doccount, 1);
	assert_false(s.has_positions);
	assert_string_equal(found_by(db, term("kim")), "1");
	xc_close(db);
}

static uint32_t doccount(const char *dir)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	ok(xc_open(dir, &db, &e));
	ok(xc_stats(db, &s, &e));
	xc_close(db);
	return s.doccount;
}

static void discarding_keeps_the_last_commit(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	ok(add_words(w, "one", 1, NULL, NULL, &e));
	ok(xc_writer_commit(w, &e));
	ok(add_words(w, "two", 1, NULL, NULL, &e));
	xc_writer_discard(w);
	xc_writer_discard(NULL);
	assert_int_equal(doccount(place(f, "db")), 1);
}

static void creating_opening_overwriting(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_write_options o = {XC_CREATE_OR_OPEN, XC_NO_SYNC, 0};
	for (int i = 0; i < 2; i++) {
		ok(xc_writer_open(place(f, "db"), &o, &w, &e));
		ok(add_words(w, "one", 1, NULL, NULL, &e));
		ok(xc_writer_close(w, &e));
	}
	assert_int_equal(doccount(place(f, "db")), 2);
	fails(XC_EIO, xc_writer_open(place(f, "db"), NULL, &w, &e));
	o.create = XC_OVERWRITE;
	ok(xc_writer_open(place(f, "db"), &o, &w, &e));
	ok(xc_writer_close(w, &e));
	assert_int_equal(doccount(place(f, "db")), 0);
	o.create = (enum xc_create)9;
	fails(XC_EINVAL, xc_writer_open(place(f, "db"), &o, &w, &e));
}

static int add_term(struct xc_writer *w, const void *bytes, size_t len, struct xc_err *err)
{
	struct xc_term t = {bytes, len, 1, 0, NULL};
	struct xc_doc doc = {&t, 1, NULL, 0, NULL, 0};
	return xc_writer_add(w, &doc, NULL, err);
}

/* A bad document changes nothing: what was added before and after it is committed. */
static void limits_of_terms(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	char long_term[300];
	memset(long_term, 'x', sizeof long_term);
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	ok(add_term(w, long_term, 244, &e));
	ok(add_term(w, long_term, 245, &e));
	fails(XC_EINVAL, add_term(w, long_term, 246, &e));
	fails(XC_EINVAL, add_term(w, long_term, 300, &e));
	long_term[5] = '\0';
	ok(add_term(w, long_term, 244, &e));
	fails(XC_EINVAL, add_term(w, long_term, 245, &e));
	memset(long_term, 0, sizeof long_term);
	ok(add_term(w, long_term, 122, &e));
	fails(XC_EINVAL, add_term(w, long_term, 123, &e));
	fails(XC_EINVAL, add_term(w, "", 0, &e));
	fails(XC_EINVAL, add_term(w, NULL, 3, &e));
	ok(xc_writer_close(w, &e));
	assert_int_equal(doccount(place(f, "db")), 4);
}

static void limits_of_metadata(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_buf b = XC_BUF;
	char key[200];
	memset(key, 0, sizeof key);
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	ok(xc_writer_set_metadata(w, key, 122, "v", 1, &e));
	fails(XC_EINVAL, xc_writer_set_metadata(w, key, 123, "v", 1, &e));
	fails(XC_EINVAL, xc_writer_set_metadata(w, key, 0, "v", 1, &e));
	ok(xc_writer_set_metadata(w, "gone", 4, "v", 1, &e));
	ok(xc_writer_set_metadata(w, "gone", 4, NULL, 0, &e));
	ok(xc_writer_close(w, &e));
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_metadata(db, key, 122, &b, &e));
	assert_int_equal(b.len, 1);
	ok(xc_metadata(db, "gone", 4, &b, &e));
	assert_int_equal(b.len, 0);
	fails(XC_EINVAL, xc_metadata(db, "", 0, &b, &e));
	xc_buf_done(&b);
	xc_close(db);
}

/* ---- Merging ---- */

struct calls {
	int n, stop_at, answer;
};

static int count_progress(void *data, const char *table, const char *status)
{
	struct calls *c = data;
	(void)table;
	(void)status;
	return ++c->n == c->stop_at ? c->answer : 0;
}

static int merge(struct folder *f, const char *const *dirs, size_t n, unsigned flags, struct calls *c, struct xc_err *err)
{
	struct xc_compact_args in = {dirs, n, place(f, "merged"), flags, 0, count_progress, c};
	return xc_compact(&in, err);
}

static void merging_shifts_ids(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct calls c = {0, 0, 0};
	uint64_t faults = 9;
	char *dirs[2] = {place_new(f, "a"), place_new(f, "b")};
	build(dirs[0], TEN, 4, XC_NO_TERMLIST);
	build(dirs[1], TEN + 4, 6, XC_NO_TERMLIST);
	ok(merge(f, (const char *const *)dirs, 2, 0, &c, &e));
	assert_true(c.n > 0);
	ok(xc_open(place(f, "merged"), &db, &e));
	assert_string_equal(found_by(db, both(XC_FILTER, term("xi"), term("moon"))), "10");
	assert_string_equal(found_by(db, term("assad")), "4 5");
	xc_close(db);
	ok(xc_check(place(f, "merged"), &faults, NULL, NULL, &e));
	assert_int_equal(faults, 0);
	free(dirs[0]);
	free(dirs[1]);
}

static void add_at(const char *dir, const char *const *docs, size_t n, size_t skip)
{
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	ok(xc_writer_open(dir, NULL, &w, &e));
	for (size_t i = 0; i < skip + n; i++)
		ok(add_words(w, i < skip ? "filler" : docs[i - skip], 1, NULL, NULL, &e));
	ok(xc_writer_close(w, &e));
}

/* With ids kept, ranges that overlap are refused. */
static void merging_keeps_ids(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct calls c = {0, 0, 0};
	char *dirs[2] = {place_new(f, "a"), place_new(f, "b")};
	add_at(dirs[0], TEN, 3, 0);
	add_at(dirs[1], TEN, 3, 2);
	fails(XC_EINVAL, merge(f, (const char *const *)dirs, 2, XC_KEEP_IDS, &c, &e));
	ok(merge(f, (const char *const *)dirs, 1, XC_KEEP_IDS | XC_FAST, &c, &e));
	assert_int_equal(doccount(place(f, "merged")), 3);
	free(dirs[0]);
	free(dirs[1]);
}

static void merging_many_into_one_file(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct calls c = {0, 0, 0};
	struct xc_db *db = NULL;
	char *dirs[5];
	for (size_t i = 0; i < 5; i++) {
		char name[8] = {(char)('a' + i), '\0'};
		dirs[i] = place_new(f, name);
		build(dirs[i], TEN + 2 * i, 2, 0);
	}
	ok(merge(f, (const char *const *)dirs, 5, XC_MULTIPASS | XC_SINGLE_FILE, &c, &e));
	ok(xc_open(place(f, "merged"), &db, &e));
	assert_string_equal(found_by(db, term("xi")), "8 9 10");
	xc_close(db);
	for (size_t i = 0; i < 5; i++)
		free(dirs[i]);
}

/* Empty ones, and ids that begin late: the result counts on from the highest id of each. */
static void merging_odd_sources(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct calls c = {0, 0, 0};
	struct xc_db *db = NULL;
	uint64_t faults = 9;
	char *dirs[3] = {place_new(f, "a"), place_new(f, "b"), place_new(f, "c")};
	build(dirs[0], NULL, 0, XC_NO_TERMLIST | XC_DANGEROUS);
	build(dirs[1], TEN, 4, XC_NO_TERMLIST | XC_DANGEROUS);
	build(dirs[2], NULL, 0, XC_NO_TERMLIST);
	ok(merge(f, (const char *const *)dirs, 3, 0, &c, &e));
	ok(xc_open(place(f, "merged"), &db, &e));
	assert_string_equal(found_by(db, term("kim")), "1 3");
	xc_close(db);
	ok(xc_check(place(f, "merged"), &faults, NULL, NULL, &e));
	assert_int_equal(faults, 0);
	for (size_t i = 0; i < 3; i++)
		free(dirs[i]);
}

/* What is there is never overwritten. */
static void merging_into_something(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct calls c = {0, 0, 0};
	char *dir = place_new(f, "a");
	const char *dirs[] = {dir};
	build(dir, TEN, 4, 0);
	build(place(f, "merged"), TEN, 7, 0);
	fails(XC_EINVAL, merge(f, dirs, 1, 0, &c, &e));
	fails(XC_EINVAL, merge(f, dirs, 1, XC_SINGLE_FILE, &c, &e));
	assert_int_equal(doccount(place(f, "merged")), 7);
	struct xc_compact_args in = {dirs, 1, dir, 0, 0, NULL, NULL};
	fails(XC_EINVAL, xc_compact(&in, &e));
	assert_int_equal(doccount(dir), 4);
	free(dir);
}

static void merging_can_be_stopped(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct calls c = {0, 3, 42};
	char *dir = place_new(f, "a");
	build(dir, TEN, 10, 0);
	const char *dirs[] = {dir};
	stops(XC_ESTOPPED, 42, merge(f, dirs, 1, 0, &c, err));
	assert_int_equal(c.n, 3);
	fails(XC_EINVAL, merge(f, dirs, 0, 0, &c, &e));
	free(dir);
}

/* ---- Checking ---- */

struct lines {
	int n, stop_at;
	size_t longest;
	int broken; /* a line with a newline in it */
};

static int take_line(void *data, const char *text, size_t len)
{
	struct lines *l = data;
	l->broken |= memchr(text, '\n', len) || text[len] != '\0';
	l->longest = len > l->longest ? len : l->longest;
	return ++l->n == l->stop_at ? 7 : 0;
}

static void checking_reports_lines(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct lines l = {0, 0, 0, 0};
	uint64_t faults = 9;
	build(place(f, "db"), TEN, COUNT(TEN), 0);
	ok(xc_check(place(f, "db"), &faults, take_line, &l, &e));
	assert_int_equal(faults, 0);
	assert_true(l.n > 3 && l.longest > 5);
	assert_false(l.broken);
	l = (struct lines){0, 2, 0, 0};
	faults = 9;
	stops(XC_ESTOPPED, 7, xc_check(place(f, "db"), &faults, take_line, &l, err));
	assert_int_equal(l.n, 2);
	assert_int_equal(faults, 9);
}

/* ---- Reading ---- */

static struct xc_db *two_shards(struct folder *f)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	char *dirs[2] = {place_new(f, "a"), place_new(f, "b")};
	build(dirs[0], TEN, 4, 0);
	build(dirs[1], TEN + 4, 6, 0);
	ok(xc_open_many((const char *const *)dirs, 2, &db, &e));
	free(dirs[0]);
	free(dirs[1]);
	return db;
}

static void several_as_one(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = two_shards(*state);
	struct xc_db_stats s;
	struct xc_buf b = XC_BUF;
	char one[XC_UUID_SIZE], two[XC_UUID_SIZE];
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.n_shards, 2);
	assert_int_equal(s.doccount, 10);
	ok(xc_uuid(db, 0, one, &e));
	ok(xc_uuid(db, 1, two, &e));
	assert_string_not_equal(one, two);
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t shard = i < 4 ? 0 : 1, local = i < 4 ? i + 1 : i - 3;
		uint32_t docid = xc_global_id(local, shard, 2);
		assert_int_equal(xc_shard_of(docid, 2), shard);
		assert_int_equal(xc_local_id(docid, 2), local);
		ok(xc_doc_data(db, docid, &b, &e));
		assert_int_equal(b.len, strlen(TEN[i]));
		assert_memory_equal(b.bytes, TEN[i], b.len);
	}
	xc_buf_done(&b);
	xc_close(db);
}

static void none_as_one(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	ok(xc_open_many(NULL, 0, &db, &e));
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.n_shards, 0);
	assert_int_equal(s.doccount, 0);
	assert_string_equal(found_by(db, term("kim")), "");
	xc_close(db);
	xc_close(NULL);
}

static void a_stub_names_several(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	build(place(f, "a"), TEN, 4, 0);
	build(place(f, "b"), TEN + 4, 6, 0);
	FILE *stub = fopen(place(f, "stub"), "w");
	assert_non_null(stub);
	fprintf(stub, "auto a\nauto b\n");
	fclose(stub);
	ok(xc_open(place(f, "stub"), &db, &e));
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.n_shards, 2);
	assert_int_equal(s.doccount, 10);
	xc_close(db);
}

static void data_of_several(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_buf b = XC_BUF;
	const uint32_t ids[] = {9, 1, 8};
	const uint32_t missing[] = {9, 11};
	size_t ends[3] = {0, 0, 0};
	build(place(f, "db"), TEN, COUNT(TEN), 0);
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_docs_data(db, ids, 3, &b, ends, &e));
	assert_int_equal(b.len, 6 + 11 + 2);
	assert_memory_equal(b.bytes, "xi kimkim:3 putinxi", b.len);
	assert_int_equal(ends[0], 6);
	assert_int_equal(ends[1], 17);
	assert_int_equal(ends[2], 19);
	ok(xc_docs_data(db, NULL, 0, &b, NULL, &e));
	assert_int_equal(b.len, 0);
	fails(XC_ENOTFOUND, xc_docs_data(db, missing, 2, &b, ends, &e));
	xc_buf_done(&b);
	xc_buf_done(NULL);
	xc_close(db);
}

/* Postings in chunks of every size, from every place, are the same list. */
static void postings_in_chunks(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = two_shards(*state);
	struct xc_postings *p = NULL;
	const uint32_t wanted[] = {1, 2, 4, 5, 10, 12}, wdfs[] = {3, 1, 9, 1, 1, 1}, lengths[] = {4, 3, 10, 2, 2, 5};
	for (size_t chunk = 1; chunk < 8; chunk++) {
		uint32_t ids[8], w[8], l[8];
		size_t n = 1, at = 0;
		ok(xc_postings_open(db, "kim", 3, &p, &e));
		while (n) {
			ok(xc_postings_read(p, ids, w, l, chunk, &n, &e));
			assert_true(at + n <= COUNT(wanted));
			for (size_t i = 0; i < n; i++, at++) {
				assert_int_equal(ids[i], wanted[at]);
				assert_int_equal(w[i], wdfs[at]);
				assert_int_equal(l[i], lengths[at]);
			}
		}
		assert_int_equal(at, COUNT(wanted));
		xc_postings_close(p);
	}
	xc_close(db);
}

static void postings_skip(void **state)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = two_shards(*state);
	struct xc_postings *p = NULL;
	uint32_t id = 0;
	size_t n = 0;
	const struct {
		uint32_t to, gives;
	} steps[] = {{3, 4}, {1, 5}, {6, 10}, {12, 12}, {13, 0}, {1, 0}};
	ok(xc_postings_open(db, "kim", 3, &p, &e));
	for (size_t i = 0; i < COUNT(steps); i++) {
		ok(xc_postings_skip_to(p, steps[i].to, &e));
		ok(xc_postings_read(p, &id, NULL, NULL, 1, &n, &e));
		assert_int_equal(n, steps[i].gives ? 1 : 0);
		assert_true(!n || id == steps[i].gives);
	}
	xc_postings_close(p);
	xc_postings_close(NULL);
	ok(xc_postings_open(db, "nobody", 6, &p, &e));
	ok(xc_postings_skip_to(p, 3, &e));
	ok(xc_postings_read(p, &id, NULL, NULL, 1, &n, &e));
	assert_int_equal(n, 0);
	xc_postings_close(p);
	xc_close(db);
}

static void all_documents_are_a_list(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_postings *p = NULL;
	uint32_t ids[16], lengths[16];
	size_t n = 0;
	build(place(f, "db"), TEN, COUNT(TEN), XC_NO_TERMLIST);
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_postings_open(db, NULL, 0, &p, &e));
	ok(xc_postings_read(p, ids, NULL, lengths, 16, &n, &e));
	assert_int_equal(n, 10);
	assert_int_equal(ids[9], 10);
	assert_int_equal(lengths[5], 10);
	xc_postings_close(p);
	xc_close(db);
}

static void terms_in_chunks(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_terms *t = NULL;
	struct xc_term_row rows[4];
	const char *const docs[] = {"Ltrump Lkim kim", "Lkim Lputin", "Lxi Lkim Lmoon"};
	size_t n = 0;
	build(place(f, "db"), docs, COUNT(docs), XC_NO_TERMLIST);
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_terms_open(db, "L", 1, &t, &e));
	ok(xc_terms_read(t, rows, 3, &n, &e));
	assert_int_equal(n, 3);
	assert_memory_equal(rows[0].bytes, "Lkim", 4);
	assert_int_equal(rows[0].termfreq, 3);
	assert_memory_equal(rows[1].bytes, "Lmoon", 5);
	assert_memory_equal(rows[2].bytes, "Lputin", 6);
	ok(xc_terms_skip_to(t, "La", 2, &e));
	ok(xc_terms_read(t, rows, 1, &n, &e));
	assert_memory_equal(rows[0].bytes, "Ltrump", 6);
	ok(xc_terms_skip_to(t, "Lz", 2, &e));
	ok(xc_terms_read(t, rows, 4, &n, &e));
	assert_int_equal(n, 0);
	xc_terms_close(t);
	xc_terms_close(NULL);
	ok(xc_terms_open(db, NULL, 0, &t, &e));
	size_t all = 0;
	do {
		ok(xc_terms_read(t, rows, 4, &n, &e));
		all += n;
	} while (n);
	assert_int_equal(all, 6);
	xc_terms_close(t);
	xc_close(db);
}

static void values_in_chunks(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_values *v = NULL;
	struct xc_value_row rows[8];
	size_t n = 0;
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	ok(add_words(w, "a", 0, "2019", NULL, &e));
	ok(add_words(w, "b", 0, NULL, NULL, &e));
	ok(add_words(w, "c", 0, "2015-06", NULL, &e));
	ok(add_words(w, "d", 0, "x", NULL, &e));
	ok(xc_writer_close(w, &e));
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_values_open(db, 0, &v, &e));
	ok(xc_values_read(v, rows, 2, &n, &e));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].docid, 1);
	assert_memory_equal(rows[0].bytes, "2019", 4);
	assert_int_equal(rows[1].docid, 3);
	assert_int_equal(rows[1].len, 7);
	assert_memory_equal(rows[1].bytes, "2015-06", 7);
	ok(xc_values_skip_to(v, 2, &e));
	ok(xc_values_read(v, rows, 8, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].docid, 4);
	xc_values_close(v);
	ok(xc_values_open(db, 0, &v, &e));
	ok(xc_values_skip_to(v, 4, &e));
	ok(xc_values_read(v, rows, 8, &n, &e));
	assert_int_equal(n, 1);
	xc_values_close(v);
	ok(xc_values_open(db, 5, &v, &e));
	ok(xc_values_read(v, rows, 8, &n, &e));
	assert_int_equal(n, 0);
	xc_values_close(v);
	xc_values_close(NULL);
	xc_close(db);
}

static void reopening_shows_the_new(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	int changed = 9;
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	ok(add_words(w, "one", 1, NULL, NULL, &e));
	ok(xc_writer_commit(w, &e));
	ok(xc_open(place(f, "db"), &db, &e));
	ok(add_words(w, "two", 1, NULL, NULL, &e));
	ok(xc_writer_commit(w, &e));
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.doccount, 1);
	ok(xc_reopen(db, &changed, &e));
	assert_int_equal(changed, 1);
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.doccount, 2);
	ok(xc_reopen(db, &changed, &e));
	assert_int_equal(changed, 0);
	xc_close(db);
	ok(xc_writer_close(w, &e));
	ok(xc_writer_close(NULL, &e));
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stems_of_languages),
		cmocka_unit_test(stem_needs_room_and_a_language),
		in_folder(what_is_written_is_read),
		in_folder(figures),
		in_folder(without_term_lists_and_positions),
		in_folder(discarding_keeps_the_last_commit),
		in_folder(creating_opening_overwriting),
		in_folder(limits_of_terms),
		in_folder(limits_of_metadata),
		in_folder(merging_shifts_ids),
		in_folder(merging_keeps_ids),
		in_folder(merging_many_into_one_file),
		in_folder(merging_odd_sources),
		in_folder(merging_into_something),
		in_folder(merging_can_be_stopped),
		in_folder(checking_reports_lines),
		in_folder(several_as_one),
		in_folder(none_as_one),
		in_folder(a_stub_names_several),
		in_folder(data_of_several),
		in_folder(postings_in_chunks),
		in_folder(postings_skip),
		in_folder(all_documents_are_a_list),
		in_folder(terms_in_chunks),
		in_folder(values_in_chunks),
		in_folder(reopening_shows_the_new),
	};
	return cmocka_run_group_tests_name("xapian-c", tests, NULL, NULL);
}
