/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The best ten, found without looking at most documents, against the best ten found by scoring each one: 26,000 short documents, so that there are
 * many windows and blocks to leave out, in one big segment and some small ones. Few words and many, phrases, filters, pages of several sizes; then
 * the same pages against each other after documents have died.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "index/query/answer.h"
#include "index/query/passage.h"
#include "index/query/score.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <stdio.h>

#define N_DOCS  26000
#define N_WORDS 300
#define MOST    60

static struct { /* a document is a few numbers of words */
	uint16_t word[MOST];
	uint8_t n_title, n;
	bool german;
} docs[N_DOCS];
static uint32_t rows_with[N_WORDS];
static uint64_t occurrences[N_WORDS], all_words;

static uint64_t seed = 7;
static uint32_t dice(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((seed >> 33) % n);
}

/* Low numbers are frequent: word 0 stands nearly everywhere, the last ones in a few dozen documents. */
static uint16_t any_word(void) { return (uint16_t)((uint64_t)dice(N_WORDS) * dice(1000) / 1000 * dice(1000) / 1000); }

static uint32_t wdf_of(int d, uint16_t word)
{
	uint32_t n = 0;
	for (int i = 0; i < docs[d].n; i++)
		n += docs[d].word[i] == word ? i < docs[d].n_title ? 3 : 1 : 0;
	return n;
}

static void make_docs(void)
{
	for (int d = 0; d < N_DOCS; d++) {
		bool seen[N_WORDS] = {0};
		docs[d].n_title = (uint8_t)dice(5);
		docs[d].n = (uint8_t)(docs[d].n_title + 3 + dice(d / 3000 % 2 ? 12 : 50)); /* long ones and short ones in stretches */
		docs[d].german = dice(3) == 0;
		for (int i = 0; i < docs[d].n; i++)
			docs[d].word[i] = i && dice(8) == 0 ? docs[d].word[i - 1] : any_word();
		for (int i = 0; i < docs[d].n; i++)
			if (!seen[docs[d].word[i]]) {
				seen[docs[d].word[i]] = true;
				rows_with[docs[d].word[i]]++;
				occurrences[docs[d].word[i]] += wdf_of(d, docs[d].word[i]);
			}
		all_words += (uint64_t)(docs[d].n - docs[d].n_title);
	}
}

static void put_doc(struct writer *w, int d)
{
	AUTO_STR struct str title = {0}, text = {0}, rec = {0};
	char id[16];
	enum put_status st;
	snprintf(id, sizeof id, "d/%d", d);
	for (int i = 0; i < docs[d].n; i++)
		str_printf(i < docs[d].n_title ? &title : &text, "q%u ", docs[d].word[i]);
	struct document x = {.id = span_of(id), .title = str_view(&title), .text = str_view(&text), .lang = docs[d].german ? SPAN("de") : SPAN("en"), .title_how = SPAN("given"), .content_hash = dice(1u << 30)};
	struct facts f = {0};
	record_encode(&rec, &x, &f);
	assert_int_equal(writer_put(w, str_view(&rec), &st, NULL), 0);
}

/* ---- queries ---- */

#define WORDS_MOST 9
struct question {
	uint16_t word[WORDS_MOST];
	int n;
	bool all, german;
	int phrase; /* that many of the first words stand in a row */
};

static struct question any_question(void)
{
	struct question q = {.n = 1 + (int)dice(dice(3) ? 4 : WORDS_MOST), .all = dice(3) == 0, .german = dice(4) == 0};
	if (dice(5) == 0) { /* a phrase that somewhere stands */
		int d = (int)dice(N_DOCS), at = docs[d].n_title + (int)dice((uint32_t)(docs[d].n - docs[d].n_title - 1));
		q.phrase = 2;
		q.n = 2 + (int)dice(2);
		q.word[0] = docs[d].word[at];
		q.word[1] = docs[d].word[at + 1];
	}
	for (int i = q.phrase; i < q.n; i++)
		q.word[i] = dice(2) ? any_word() : (uint16_t)dice(N_WORDS);
	for (int i = 1; i < q.n; i++) /* each once: words that stand twice weigh otherwise */
		for (int k = 0; k < i; k++)
			if (q.word[i] == q.word[k])
				return any_question();
	return q;
}

static void write_question(struct str *out, const struct question *q, unsigned limit)
{
	str_z(out, "q=");
	for (int i = 0; i < q->n; i++)
		str_printf(out, "%s%sq%u%s", i ? "+" : "", q->phrase && i == 0 ? "%22" : "", q->word[i], q->phrase && i == q->phrase - 1 ? "%22" : "");
	str_printf(out, "&match=%s&snippet=0&limit=%u%s", q->all ? "all" : "any", limit, q->german ? "&lang=de" : "");
}

static bool has_phrase(int d, const struct question *q, int from, int end)
{
	for (int i = from; i + q->phrase <= end; i++)
		if (docs[d].word[i] == q->word[0] && docs[d].word[i + 1] == q->word[1])
			return true;
	return false;
}

static bool is_sentence(const struct question *q) { return q->n - q->phrase >= (int)SENTENCE_WORDS; }

/* What a second look adds. */
static double lift_of(int d, const struct question *q)
{
	uint32_t words[MOST];
	uint8_t of[N_WORDS] = {0};
	float weights[256] = {0};
	for (int i = 0; i < q->n; i++) {
		of[q->word[i]] = (uint8_t)(i + 1);
		weights[i + 1] = (float)weight_of_word(N_DOCS, rows_with[q->word[i]], occurrences[q->word[i]], 1, true);
	}
	for (int i = 0; i < docs[d].n; i++)
		words[i] = docs[d].word[i];
	return PASSAGE_SHARE * passage_best(words, docs[d].n, of, N_WORDS, weights);
}

/* Below 0: no match. */
static double score_of(int d, const struct question *q, double average)
{
	bool row = q->phrase && (has_phrase(d, q, 0, docs[d].n_title) || has_phrase(d, q, docs[d].n_title, docs[d].n)), sentence = is_sentence(q);
	int with = q->phrase ? row : 0, wanted = q->n - q->phrase + (q->phrase > 0);
	double sum = 0;
	float norm = score_norm((uint32_t)(docs[d].n - docs[d].n_title), average);
	for (int i = 0; i < q->n; i++) {
		uint32_t wdf = wdf_of(d, q->word[i]);
		with += i >= q->phrase && wdf;
		if (wdf && (i >= q->phrase || row))
			sum += weight_of_word(N_DOCS, rows_with[q->word[i]], occurrences[q->word[i]], 1, sentence) * (double)score_share(wdf, norm);
	}
	return (q->german && !docs[d].german) || (q->all ? with < wanted : with == 0) ? -1 : sum;
}

static json_t *ask_engine(struct engine *e, const char *query)
{
	AUTO_ARENA struct arena a = {0};
	struct reply r = {0};
	struct ask q = {.method = SPAN("GET"), .path = SPAN("/v1/search"), .query = span_of(query)};
	engine_answer(e, &a, &q, &r);
	json_t *j = json_loadb(r.body.p, r.body.n, 0, NULL);
	if (!j || r.status != 200)
		fail_msg("%s: %d %s", query, r.status, str_cz(&r.body));
	reply_done(&r);
	return j;
}

static int number_of(const json_t *hits, size_t i) { return atoi(json_string_value(json_object_get(json_array_get(hits, i), "id")) + 2); }

static void like_brute_force(struct engine *e)
{
	double average = score_average((int)lround(log((double)all_words / N_DOCS) / log(LENGTH_STEP)));
	for (int round = 0; round < 150; round++) {
		AUTO_STR struct str query = {0};
		static double want[N_DOCS];
		static bool given[N_DOCS];
		json_int_t total = 0;
		struct question q = any_question();
		double least = INFINITY;
		write_question(&query, &q, 1 + dice(12));
		AUTO_JSON json_t *answer = ask_engine(e, str_cz(&query));
		json_t *hits = json_object_get(answer, "hits");
		for (int d = 0; d < N_DOCS; d++) {
			given[d] = false;
			total += (want[d] = score_of(d, &q, average)) >= 0;
		}
		assert_int_equal(json_integer_value(json_object_get(answer, "total")), total);
		for (size_t i = 0; i < json_array_size(hits); i++) {
			int d = number_of(hits, i);
			double score = json_number_value(json_object_get(json_array_get(hits, i), "score"));
			double should = want[d] + (is_sentence(&q) ? lift_of(d, &q) : 0); /* a page is no longer than the head of a sentence */
			if (fabs(score - should) > 1e-4 * (1 + score) || score > least)
				fail_msg("%s: d/%d has %f, should have %f", str_cz(&query), d, score, should);
			given[d] = true;
			least = score;
		}
		for (int d = 0; d < N_DOCS; d++)
			if (want[d] > least * 1.0001 + 1e-4 && !given[d])
				fail_msg("%s: d/%d has %f and is left out, the last has %f", str_cz(&query), d, want[d], least);
	}
}

/* Pages of ten, one after the other, are the page of a hundred. */
static void like_one_page(struct engine *e)
{
	for (int round = 0; round < 60; round++) {
		AUTO_STR struct str query = {0}, cursor = {0};
		struct question q = any_question();
		size_t at = 0;
		write_question(&query, &q, 100);
		AUTO_JSON json_t *whole = ask_engine(e, str_cz(&query));
		json_t *all = json_object_get(whole, "hits");
		for (int page = 0; page < 10; page++) {
			AUTO_STR struct str part = {0};
			write_question(&part, &q, 10);
			if (cursor.n)
				str_printf(&part, "&cursor=%s", str_cz(&cursor));
			AUTO_JSON json_t *answer = ask_engine(e, str_cz(&part));
			json_t *hits = json_object_get(answer, "hits"), *next = json_object_get(answer, "next");
			for (size_t i = 0; i < json_array_size(hits); i++, at++) {
				assert_int_equal(number_of(hits, i), number_of(all, at));
				assert_true(json_equal(json_object_get(json_array_get(hits, i), "score"), json_object_get(json_array_get(all, at), "score")));
			}
			if (!next)
				break;
			str_clear(&cursor);
			str_z(&cursor, json_string_value(next));
		}
		assert_int_equal(at, json_array_size(all));
	}
}

static void the_best(void **state)
{
	struct store_options opt = store_default_options();
	struct writer *w = NULL;
	struct engine *e = NULL;
	struct err err = {0};
	char dir[] = "/tmp/test-query-best.XXXXXX";
	uint64_t rev = 0;
	bool did = true;
	AUTO_STR struct str recovered = {0}, index = {0};
	(void)state;
	make_docs();
	assert_non_null(mkdtemp(dir));
	str_printf(&index, "%s/index", dir);
	opt.no_sync = true;
	opt.max_segments = 1;
	assert_int_equal(writer_open(str_cz(&index), &opt, &w, &recovered, &err), 0);
	for (int d = 0; d < N_DOCS; d++) {
		put_doc(w, d);
		if (d == 18000 || d == 21000 || d == N_DOCS - 1)
			assert_int_equal(writer_commit(w, &rev, &err), 0);
		for (did = d == 18000; did;)
			assert_int_equal(writer_merge(w, true, &did, &err), 0);
	}
	if (engine_open(str_cz(&index), NULL, NULL, &e, &err))
		fail_msg("%s", err.msg);
	like_brute_force(e);
	like_one_page(e);
	for (int i = 0; i < 2000; i++) {
		char id[16];
		bool existed;
		snprintf(id, sizeof id, "d/%u", dice(N_DOCS));
		assert_int_equal(writer_remove(w, span_of(id), &existed, &err), 0);
	}
	assert_int_equal(writer_commit(w, &rev, &err), 0);
	assert_int_equal(engine_refresh(e, &err), 0);
	like_one_page(e);
	engine_close(e);
	writer_close(w);
	assert_int_equal(io_remove_tree(dir, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_best)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
