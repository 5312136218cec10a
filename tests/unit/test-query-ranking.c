/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of results: what words weigh, parts of compounds, and pages that go on where the last one ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "index/query/passage.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <math.h>

struct house {
	char dir[64];
	struct writer *w;
	struct engine *e;
};

static void open_house(struct house *h)
{
	struct store_options opt = store_default_options();
	AUTO_STR struct str recovered = {0}, index = {0};
	*h = (struct house){.dir = "/tmp/test-query-ranking.XXXXXX"};
	assert_non_null(mkdtemp(h->dir));
	str_printf(&index, "%s/index", h->dir);
	opt.no_sync = true;
	assert_int_equal(writer_open(str_cz(&index), &opt, &h->w, &recovered, NULL), 0);
}

static void put(struct house *h, const char *id, const char *text)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str rec = {0};
	enum put_status st;
	struct facts f = {0};
	struct document d = {.id = span_of(id), .text = span_of(text), .lang = SPAN("en"), .title_how = SPAN("given"), .content_hash = span_hash(span_of(text))};
	record_encode(&rec, &d, &f);
	assert_int_equal(writer_put(h->w, str_view(&rec), &st, NULL), 0);
}

static void publish(struct house *h)
{
	struct err err = {0};
	uint64_t rev;
	AUTO_STR struct str index = {0};
	str_printf(&index, "%s/index", h->dir);
	assert_int_equal(writer_commit(h->w, &rev, &err), 0);
	if (!h->e)
		assert_int_equal(engine_open(str_cz(&index), NULL, NULL, &h->e, &err), 0);
	assert_int_equal(engine_refresh(h->e, &err), 0);
}

static void close_house(struct house *h)
{
	engine_close(h->e);
	writer_close(h->w);
	assert_int_equal(io_remove_tree(h->dir, NULL), 0);
}

/* Asks; the caller decrefs. */
static json_t *search(struct house *h, const char *query)
{
	AUTO_ARENA struct arena a = {0};
	struct reply r = {0};
	struct ask q = {.method = SPAN("GET"), .path = SPAN("/v1/search"), .query = span_of(query)};
	engine_answer(h->e, &a, &q, &r);
	json_t *out = json_loadb(r.body.p, r.body.n, 0, NULL);
	assert_int_equal(r.status, 200);
	assert_non_null(out);
	reply_done(&r);
	return out;
}

/* The score of a document in the answer; -1: it is not there. */
static double score_of(struct house *h, const char *query, const char *id)
{
	json_t *j = search(h, query), *hit;
	double score = -1;
	size_t i;
	json_array_foreach(json_object_get(j, "hits"), i, hit)
		if (strcmp(json_string_value(json_object_get(hit, "id")), id) == 0)
			score = json_number_value(json_object_get(hit, "score"));
	json_decref(j);
	return score;
}

/* ---- weights ---- */

static void words_weigh(void **state)
{
	(void)state;
	/* few words: rarity alone */
	assert_true(weight_of_word(1000, 10, 10, 1, false) == weight_of_word(1000, 10, 90, 1, false));
	assert_true(weight_of_word(1000, 10, 10, 1, false) > weight_of_word(1000, 100, 100, 1, false));
	/* in a sentence: who keeps to his documents counts more, and a ceiling holds */
	assert_true(weight_of_word(1000, 10, 40, 1, true) > 1.5 * weight_of_word(1000, 10, 10, 1, true));
	assert_true(weight_of_word(1000, 10, 1000000, 1, true) < 2 * weight_of_word(1000, 10, 20, 1, true));
	assert_true(weight_of_word(1000, 10, 40, 2, true) > weight_of_word(1000, 10, 40, 1, true));
	/* nothing and everything */
	const uint64_t n[] = {0, 1, 2, 999, 1000, 1001, UINT32_MAX};
	for (size_t i = 0; i < sizeof n / sizeof *n; i++)
		for (size_t k = 0; k < sizeof n / sizeof *n; k++)
			for (int sentence = 0; sentence < 2; sentence++) {
				double w = weight_of_word(n[i], n[k], n[k], 1, sentence);
				assert_true(isfinite(w) && w >= 0);
			}
}

static void fill(struct house *h)
{
	for (int i = 0; i < 40; i++) {
		char id[16], text[200];
		snprintf(id, sizeof id, "%d", i);
		snprintf(text, sizeof text, "the sea and the town on day number%d%s", i, i < 6 ? " papers" : i < 12 ? " reactor reactor reactor reactor" : "");
		put(h, id, text);
	}
	put(h, "papers", "a ship came with papers to the old harbour");
	put(h, "reactor", "a ship came with reactor to the old harbour");
	publish(h);
}

static void sentences(void **state)
{
	(void)state;
	struct house h;
	open_house(&h);
	fill(&h);
	const char *two = "q=papers+reactor&match=any&limit=100", *five = "q=what+papers+tell+of+any+reactor&match=any&limit=100";
	assert_float_equal(score_of(&h, two, "papers"), score_of(&h, two, "reactor"), 1e-6);
	assert_true(score_of(&h, five, "reactor") > 1.5 * score_of(&h, five, "papers"));
	close_house(&h);
}

static void compounds(void **state)
{
	(void)state;
	struct house h;
	open_house(&h);
	put(&h, "row", "flow in a boundary layer is slow");
	put(&h, "part", "flow in a layer of oil is not slow");
	put(&h, "none", "flow in a volume of oil is not slow");
	publish(&h);
	const char *compound = "q=flow+boundary-layer&match=any", *quoted = "q=flow+%22boundary+layer%22&match=any", *all = "q=flow+boundary-layer&match=all";
	assert_true(score_of(&h, compound, "row") > score_of(&h, compound, "part"));
	assert_true(score_of(&h, compound, "part") > score_of(&h, compound, "none"));
	assert_float_equal(score_of(&h, quoted, "part"), score_of(&h, quoted, "none"), 1e-6);
	assert_true(score_of(&h, all, "part") < 0); /* what matches is not changed */
	assert_true(score_of(&h, "q=boundary-layer&match=any", "part") < 0);
	close_house(&h);
}

/* ---- the second look ---- */

static void windows(void **state)
{
	(void)state;
	const uint8_t of[] = {0, 1, 2, 3};
	const float weights[256] = {0, 1, 10, 100};
	uint32_t v[200];
	for (size_t apart = 1; apart < 150; apart++) {
		memset(v, 0, sizeof v);
		v[20] = v[21] = 1; /* twice counts once */
		v[20 + apart] = 2;
		v[199] = 99;       /* no word of the segment */
		double want = apart == 1 || apart >= PASSAGE_WORDS + 1 ? (apart == 1 ? 11 : 10) : 11;
		assert_float_equal(passage_best(v, 200, of, 4, weights), want, 1e-9);
	}
	memset(v, 0, sizeof v);
	v[0] = 1, v[PASSAGE_WORDS - 1] = 3;
	assert_float_equal(passage_best(v, 200, of, 4, weights), 101, 1e-9);
	memset(v, 0, sizeof v);
	v[0] = 1, v[PASSAGE_WORDS] = 3;
	assert_float_equal(passage_best(v, 200, of, 4, weights), 100, 1e-9);
	assert_float_equal(passage_best(v, 0, of, 4, weights), 0, 1e-9);
}

static void close_together(void **state)
{
	(void)state;
	struct house h;
	AUTO_STR struct str near = {0}, apart = {0};
	open_house(&h);
	for (int i = 0; i < 60; i++)
		str_z(&apart, i % 15 ? "filler " : (const char *[]){"studies ", "treaty ", "harbours ", "pilots "}[i / 15]);
	str_z(&near, "studies treaty harbours pilots ");
	for (int i = 0; i < 56; i++)
		str_z(&near, "filler ");
	put(&h, "apart", str_cz(&apart));
	put(&h, "near", str_cz(&near));
	for (int i = 0; i < 30; i++)
		put(&h, (char[]){'a' + (char)(i % 26), (char)('0' + i / 26), 0}, "something else in a town by the sea");
	publish(&h);
	const char *sentence = "q=which+study+of+a+treaty+names+harbour+and+pilot&match=any", *few = "q=study+treaty+harbour+pilot&match=any";
	assert_true(score_of(&h, sentence, "near") > score_of(&h, sentence, "apart") + 0.1); /* by other forms of the words, too */
	assert_float_equal(score_of(&h, few, "near"), score_of(&h, few, "apart"), 1e-6);
	close_house(&h);
}

/* Pages of any size are the one long list, across the end of the head; documents deleted between them are missing, nothing else is. */
static void list_by(struct house *h, size_t limit, bool delete, char seen[100][8], size_t *n)
{
	AUTO_STR struct str cursor = {0};
	double last = 1e9;
	*n = 0;
	do {
		AUTO_STR struct str query = {0};
		size_t i;
		json_t *hit;
		str_printf(&query, "q=which+pilots+of+the+harbour+signed+a+treaty&match=any&snippet=0&limit=%zu%s%s", limit, cursor.n ? "&cursor=" : "", str_cz(&cursor));
		json_t *j = search(h, str_cz(&query)), *next = json_object_get(j, "next");
		json_array_foreach(json_object_get(j, "hits"), i, hit) {
			assert_true(json_number_value(json_object_get(hit, "score")) <= last);
			last = json_number_value(json_object_get(hit, "score"));
			snprintf(seen[(*n)++], 8, "%s", json_string_value(json_object_get(hit, "id")));
			assert_true(*n <= 80);
		}
		str_clear(&cursor);
		if (next)
			str_z(&cursor, json_string_value(next));
		json_decref(j);
		if (delete) {
			AUTO_STR struct str gone = {0};
			bool was = false;
			str_printf(&gone, "%zu", (*n * 7) % 80);
			assert_int_equal(writer_remove(h->w, str_view(&gone), &was, NULL), 0);
			put(h, "new", "pilots of the harbour signed a treaty");
			publish(h);
		}
	} while (cursor.n);
}

static bool among(char (*v)[8], size_t n, const char *id, size_t *at)
{
	for (*at = 0; *at < n; ++*at)
		if (strcmp(v[*at], id) == 0)
			return true;
	return false;
}

static void pages(void **state)
{
	(void)state;
	struct house h;
	char whole[100][8], paged[100][8];
	size_t n_whole, n, at, last = 0;
	open_house(&h);
	for (int i = 0; i < 80; i++) {
		AUTO_STR struct str text = {0};
		char id[8];
		snprintf(id, sizeof id, "%d", i);
		for (int k = 0; k < 90; k++)
			str_z(&text, k == i ? "pilots " : k == (i * 7) % 90 ? "harbour " : k == (i * 31) % 90 ? "treaty " : k == 88 && i % 3 ? "signed " : "the ");
		put(&h, id, str_cz(&text));
		if (i == 50)
			publish(&h);
	}
	publish(&h);
	list_by(&h, 1000, false, whole, &n_whole);
	assert_int_equal(n_whole, 80);
	for (size_t limit = 1; limit <= 41; limit += limit == 19 || limit == 20 ? 1 : 6) {
		list_by(&h, limit, false, paged, &n);
		assert_int_equal(n, n_whole);
		for (size_t i = 0; i < n; i++)
			assert_string_equal(paged[i], whole[i]);
	}
	list_by(&h, 6, true, paged, &n);
	for (size_t i = 0; i < n; i++) { /* in the order of before */
		assert_true(among(whole, n_whole, paged[i], &at));
		assert_true(i == 0 || at > last);
		last = at;
	}
	for (size_t i = 0; i < n_whole; i++) {
		AUTO_STR struct str query = {0};
		str_printf(&query, "q=the&limit=1000&snippet=0");
		if (!among(paged, n, whole[i], &at))
			assert_true(score_of(&h, str_cz(&query), whole[i]) < 0);
	}
	assert_true(n < n_whole);
	close_house(&h);
}

/* ---- what is marked ---- */

static size_t n_marked(struct house *h, const char *query)
{
	json_t *j = search(h, query);
	size_t n = json_array_size(json_object_get(json_array_get(json_object_get(j, "hits"), 0), "snippet"));
	json_decref(j);
	return n / 2;
}

/* "the" is not marked beside better words in an archive of some size; alone it is, and in a small one. */
static void small_words(void **state)
{
	(void)state;
	for (int many = 0; many < 2; many++) {
		struct house h;
		open_house(&h);
		put(&h, "a", "the pilot of the ship");
		for (int i = 0; i < (many ? 199 : 198); i++) {
			char id[8];
			snprintf(id, sizeof id, "%d", i);
			put(&h, id, "the town by the sea");
		}
		publish(&h);
		assert_int_equal(n_marked(&h, "q=the+pilot"), many ? 1 : 3);
		assert_int_equal(n_marked(&h, "q=the"), 2);
		assert_int_equal(n_marked(&h, "q=%22the%22+pilot"), 3);
		close_house(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words_weigh), cmocka_unit_test(sentences), cmocka_unit_test(compounds), cmocka_unit_test(windows), cmocka_unit_test(close_together),
		cmocka_unit_test(pages), cmocka_unit_test(small_words)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
