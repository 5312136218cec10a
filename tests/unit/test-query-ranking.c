/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of results: what words weigh, parts of compounds, and pages that go on where the last one ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "index/query/weights.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words_weigh), cmocka_unit_test(sentences), cmocka_unit_test(compounds)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
