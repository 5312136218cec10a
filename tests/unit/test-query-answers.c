/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and what must be in their answers: tests/cases/query/answers.txt over docs.jsonl; then cursors while documents come and go, and ETags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "index/query/answer.h"
#include "index/document.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <stdio.h>

struct house {
	char dir[64];
	struct writer *w;
	struct engine *e;
	struct gazetteer *g;
	uint64_t rev;
};

/* ---- documents ---- */

static void put_json(struct writer *w, const json_t *o)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str rec = {0};
	enum put_status st;
	size_t i;
	json_t *x;
	struct facts f = {.mentions = arena_array(&a, struct mention, 8), .days = arena_array(&a, struct timex3, 8)};
	struct document d = {.id = json_span(o, "id"), .title = json_span(o, "title"), .text = json_span(o, "text"), .source = json_span(o, "source"), .lang = json_span(o, "lang"),
		.title_how = SPAN("given"), .content_hash = span_hash(json_span(o, "text"))};
	if (interval_parse(json_span(o, "published"), &d.published.days))
		d.published.how = "given", d.published.sure = 100;
	json_array_foreach(json_object_get(o, "leaders"), i, x) {
		struct mention *m = &f.mentions[f.n_mentions++];
		*m = (struct mention){.start = (uint32_t)json_integer_value(json_array_get(x, 1)), .end = (uint32_t)json_integer_value(json_array_get(x, 2)),
			.leader = span_of(json_string_value(json_array_get(x, 0))), .how = "full-name", .sure = 1, .office = -1};
		m->surface = span_sub(d.text, m->start, m->end);
	}
	json_array_foreach(json_object_get(o, "days"), i, x) {
		struct timex3 *t = &f.days[f.n_days++];
		*t = (struct timex3){.start = (uint32_t)json_integer_value(json_array_get(x, 1)), .end = (uint32_t)json_integer_value(json_array_get(x, 2)), .type = "DATE",
			.value = span_of(json_string_value(json_array_get(x, 0))), .how = "absolute", .rule = "x", .anchor = UINT32_MAX};
		t->surface = span_sub(d.text, t->start, t->end);
		interval_parse(t->value, &t->days);
	}
	f.meetings = arena_array(&a, struct meeting, 4);
	json_array_foreach(json_object_get(o, "meetings"), i, x) { /* [status, day, place, leader, leader] */
		struct meeting *m = &f.meetings[f.n_meetings++];
		*m = (struct meeting){.status = json_string_value(json_array_get(x, 0)), .place = span_of(json_string_value(json_array_get(x, 2))), .n_leaders = 2,
			.leaders = arena_array(&a, struct span, 2), .end = (uint32_t)d.text.n};
		interval_parse(span_of(json_string_value(json_array_get(x, 1))), &m->days);
		m->leaders[0] = span_of(json_string_value(json_array_get(x, 3)));
		m->leaders[1] = span_of(json_string_value(json_array_get(x, 4)));
	}
	f.sentences = arena_array(&a, struct sentence, 1); /* all of it is one */
	f.sentences[f.n_sentences++] = (struct sentence){0, (uint32_t)d.text.n};
	record_encode(&rec, &d, &f);
	assert_int_equal(writer_put(w, str_view(&rec), &st, NULL), 0);
}

static void put_text(struct writer *w, const char *id, const char *text, const char *date)
{
	json_t *o = json_pack("{ssssss}", "id", id, "text", text, "published", date);
	put_json(w, o);
	json_decref(o);
}

static void open_house(struct house *h)
{
	struct store_options opt = store_default_options();
	struct err err = {0};
	AUTO_STR struct str recovered = {0};
	*h = (struct house){.dir = "/tmp/test-query-answers.XXXXXX"};
	assert_non_null(mkdtemp(h->dir));
	AUTO_STR struct str index = {0};
	str_printf(&index, "%s/index", h->dir);
	opt.no_sync = true;
	if (writer_open(str_cz(&index), &opt, &h->w, &recovered, &err) || gazetteer_load(SOURCE_DIR "/data", NULL, &h->g, &err))
		fail_msg("%s", err.msg);
}

static void publish(struct house *h)
{
	struct err err = {0};
	AUTO_STR struct str index = {0};
	str_printf(&index, "%s/index", h->dir);
	assert_int_equal(writer_commit(h->w, &h->rev, NULL), 0);
	if (h->e ? engine_refresh(h->e, &err) : engine_open(str_cz(&index), h->g, NULL, &h->e, &err))
		fail_msg("%s", err.msg);
}

static void close_house(struct house *h)
{
	engine_close(h->e);
	writer_close(h->w);
	gazetteer_free(h->g);
	assert_int_equal(io_remove_tree(h->dir, NULL), 0);
}

static int ask(struct house *h, const char *target, json_t **out, struct str *etag)
{
	AUTO_ARENA struct arena a = {0};
	struct reply r = {0};
	const char *mark = strncmp(target, "/v1/docs/a", 10) == 0 ? NULL : strchr(target, '?'); /* that id has a ? in it */
	struct ask q = {.method = SPAN("GET"), .path = {target, mark ? (size_t)(mark - target) : strlen(target)}, .query = span_of(mark ? mark + 1 : "")};
	engine_answer(h->e, &a, &q, &r);
	*out = json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES, NULL);
	if (!*out)
		fail_msg("%s: not JSON: %s", target, str_cz(&r.body));
	if (etag)
		str_span(etag, str_view(&r.etag));
	int status = r.status;
	assert_string_equal(r.content_type, status == 200 ? "application/json" : "application/problem+json");
	reply_done(&r);
	return status;
}

/* ---- expectations ---- */

static json_t *at_path(json_t *j, struct span path)
{
	struct span key;
	uint64_t n;
	while (j && span_cut(&path, '.', &key)) {
		AUTO_ARENA struct arena a = {0};
		j = json_is_array(j) && span_to_u64(key, &n) ? json_array_get(j, n) : json_object_get(j, arena_z(&a, key));
	}
	return j;
}

static struct span value_text(struct arena *a, const json_t *v)
{
	if (!v)
		return SPAN("(absent)");
	if (json_is_string(v))
		return arena_span(a, span_of(json_string_value(v)));
	char *z = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	struct span s = arena_span(a, span_of(z));
	free(z);
	if (json_is_real(v) && span_ends(s, ".0"))
		s.n -= 2;
	return s;
}

static struct span unescape(struct arena *a, struct span s)
{
	struct str out = {0};
	for (size_t i = 0; i < s.n; i++)
		if (s.n - i >= 3 && memcmp(s.p + i, "%20", 3) == 0)
			str_ch(&out, ' '), i += 2;
		else
			str_ch(&out, s.p[i]);
	s = arena_span(a, str_view(&out));
	str_done(&out);
	return s;
}

static bool expected(struct arena *a, json_t *j, struct span want, struct span *got)
{
	size_t i = 0;
	if (want.p[0] == '!') {
		json_t *v = at_path(j, span_sub(want, 1, want.n));
		*got = value_text(a, v);
		return !v;
	}
	bool length = want.p[0] == '#';
	while (i < want.n && want.p[i] != '=' && want.p[i] != '~')
		i++;
	json_t *v = at_path(j, span_sub(want, length, i));
	struct span value = unescape(a, span_sub(want, i + 1, want.n));
	*got = length ? arena_printf(a, "%zu", json_array_size(v)) : value_text(a, v);
	return want.p[i] == '~' ? span_find(*got, value) >= 0 : span_eq(*got, value);
}

static int check_line(struct house *h, struct span line)
{
	AUTO_ARENA struct arena a = {0};
	ptrdiff_t arrow = span_find(line, SPAN(" => "));
	struct span want, rest = span_sub(line, (size_t)arrow + 4, line.n), got;
	const char *target = arena_z(&a, span_sub(line, 0, (size_t)arrow));
	json_t *j;
	int status = ask(h, target, &j, NULL), bad = 0;
	uint64_t code;
	span_cut(&rest, ' ', &want);
	assert_true(span_to_u64(want, &code));
	if ((uint64_t)status != code) {
		print_error("%s: status %d, not %d\n", target, status, (int)code);
		bad++;
	}
	while (span_cut(&rest, ' ', &want))
		if (want.n && !expected(&a, j, want, &got)) {
			print_error("%s: %.*s: it is %.*s\n", target, SPAN_ARG(want), SPAN_ARG(got));
			bad++;
		}
	json_decref(j);
	return bad;
}

static void cases(void **state)
{
	(void)state;
	struct house h;
	AUTO_STR struct str docs = {0}, file = {0};
	struct span rest, line;
	int n = 0, bad = 0;
	assert_int_equal(io_read_file(SOURCE_DIR "/tests/cases/query/docs.jsonl", 1 << 20, &docs, NULL), 0);
	assert_int_equal(io_read_file(SOURCE_DIR "/tests/cases/query/answers.txt", 1 << 20, &file, NULL), 0);
	open_house(&h);
	for (rest = str_view(&docs); span_cut(&rest, '\n', &line);) {
		json_t *o = NULL;
		assert_int_equal(json_read(line, 8, &o, NULL), 0);
		put_json(h.w, o);
		json_decref(o);
	}
	publish(&h);
	for (int round = 0; round < 2; round++) /* the second time from the caches */
		for (rest = str_view(&file); span_cut(&rest, '\n', &line);)
			if (line.n && line.p[0] == '/') {
				bad += check_line(&h, line);
				n++;
			}
	close_house(&h);
	assert_true(n > 200);
	assert_int_equal(bad, 0);
}

/* ---- cursors ---- */

/* Lists by pages of 7 while documents are added and removed between the pages. Each that was there throughout comes once, in the first order. */
static void list_while_changing(struct house *h, const char *query)
{
	bool seen[200] = {false};
	AUTO_STR struct str cursor = {0}, target = {0};
	double last = 1e9;
	for (int page = 0; page == 0 || cursor.n; page++) {
		json_t *j, *hit;
		size_t i;
		str_clear(&target);
		str_printf(&target, "/v1/search?%s&limit=7&snippet=0%s%s", query, cursor.n ? "&cursor=" : "", str_cz(&cursor));
		assert_int_equal(ask(h, str_cz(&target), &j, NULL), 200);
		json_array_foreach(json_object_get(j, "hits"), i, hit) {
			int number = atoi(json_string_value(json_object_get(hit, "id")));
			json_t *score = json_object_get(hit, "score");
			assert_true(number < 100); /* not one that came later */
			assert_false(seen[number]);
			seen[number] = true;
			if (json_is_number(score)) {
				assert_true(json_number_value(score) <= last);
				last = json_number_value(score);
			}
		}
		str_clear(&cursor);
		if (json_object_get(j, "next"))
			str_z(&cursor, json_string_value(json_object_get(j, "next")));
		json_decref(j);
		for (int k = 0; k < 5; k++) {
			char id[16];
			snprintf(id, sizeof id, "%d", 100 + page * 5 + k);
			put_text(h->w, id, "war peace war oil talks in a town by the sea of nobody", "2015-06-01");
		}
		publish(h);
	}
	for (int i = 0; i < 100; i++)
		assert_true(seen[i]);
}

static void cursors(void **state)
{
	(void)state;
	static const char *const queries[] = {"q=war", "q=war+peace+oil&match=any", "q=war&sort=newest", "sort=oldest", "q=war+OR+%22peace+talks%22&stories=0"};
	for (size_t k = 0; k < sizeof queries / sizeof *queries; k++) {
		struct house h;
		open_house(&h);
		for (int i = 0; i < 100; i++) {
			char id[16], text[200], date[16];
			snprintf(id, sizeof id, "%d", i);
			snprintf(text, sizeof text, "war %s %s %s number%d", i % 2 ? "peace talks" : "war", i % 3 ? "oil" : "peace", i % 5 ? "" : "war and a long tail of words", i);
			snprintf(date, sizeof date, "2015-%02d", 1 + i % 12);
			put_text(h.w, id, text, date);
			if (i == 60)
				publish(&h);
		}
		publish(&h);
		list_while_changing(&h, queries[k]);
		close_house(&h);
	}
}

static void cursor_of_another_query(void **state)
{
	(void)state;
	struct house h;
	json_t *j;
	open_house(&h);
	for (int i = 0; i < 5; i++) {
		char id[16];
		snprintf(id, sizeof id, "%d", i);
		put_text(h.w, id, "war and peace", "2015");
	}
	publish(&h);
	AUTO_STR struct str other = {0}, same = {0}, broken = {0}, e1 = {0}, e2 = {0}, e3 = {0};
	assert_int_equal(ask(&h, "/v1/search?q=war&limit=2", &j, &e1), 200);
	const char *next = json_string_value(json_object_get(j, "next"));
	str_printf(&same, "/v1/search?q=war&limit=3&cursor=%s", next);
	str_printf(&other, "/v1/search?q=peace&limit=2&cursor=%s", next);
	str_printf(&broken, "/v1/search?q=war&limit=2&cursor=%s", next);
	broken.p[broken.n - 20] = broken.p[broken.n - 20] == 'A' ? 'B' : 'A';
	json_decref(j);
	assert_int_equal(ask(&h, str_cz(&same), &j, NULL), 200);
	assert_int_equal(json_array_size(json_object_get(j, "hits")), 3);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(j, "hits"), 0), "rank")), 3);
	assert_null(json_object_get(j, "next"));
	json_decref(j);
	assert_int_equal(ask(&h, str_cz(&other), &j, NULL), 400);
	json_decref(j);
	assert_int_equal(ask(&h, str_cz(&broken), &j, NULL), 400);
	json_decref(j);
	assert_int_equal(ask(&h, "/v1/search?q=war&limit=2", &j, &e2), 200);
	json_decref(j);
	assert_string_equal(str_cz(&e1), str_cz(&e2));
	put_text(h.w, "new", "war", "2015");
	publish(&h);
	assert_int_equal(ask(&h, "/v1/search?q=war&limit=2", &j, &e3), 200);
	json_decref(j);
	assert_string_not_equal(str_cz(&e1), str_cz(&e3));
	close_house(&h);
}

/* Filters and facets go by the language; the document keeps what it said. */
static void parts_of_a_language(void **state)
{
	(void)state;
	static const char *const langs[] = {"de", "de-AT", "en-GB", "deu", ""};
	static const struct {
		const char *asked;
		int found;
	} asks[] = {{"de", 2}, {"de-CH", 2}, {"-de", 3}, {"en", 1}, {"en,de", 3}, {"d", 0}};
	struct house h;
	json_t *j;
	open_house(&h);
	for (size_t i = 0; i < sizeof langs / sizeof *langs; i++) {
		json_t *o = json_pack("{ss#ssss}", "id", &"abcde"[i], (size_t)1, "text", "Berlin talks", "lang", langs[i]);
		put_json(h.w, o);
		json_decref(o);
	}
	publish(&h);
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		AUTO_STR struct str target = {0};
		str_printf(&target, "/v1/search?lang=%s&facets=lang", asks[i].asked);
		assert_int_equal(ask(&h, str_cz(&target), &j, NULL), 200);
		assert_int_equal(json_integer_value(json_object_get(j, "total")), asks[i].found);
		json_decref(j);
	}
	assert_int_equal(ask(&h, "/v1/facets?facets=lang", &j, NULL), 200);
	const json_t *first = json_array_get(json_object_get(json_object_get(json_object_get(j, "facets"), "lang"), "values"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "id")), "de");
	assert_int_equal(json_integer_value(json_object_get(first, "count")), 2);
	json_decref(j);
	close_house(&h);
}

static void long_query(void **state)
{
	(void)state;
	struct house h;
	json_t *j;
	open_house(&h);
	put_text(h.w, "a", "kim kim", "2015");
	publish(&h);
	for (size_t n = 1023; n <= 1025; n++) {
		AUTO_STR struct str target = {0};
		str_z(&target, "/v1/search?q=");
		for (size_t i = 0; i < n; i++)
			str_ch(&target, "kim+"[i % 4]);
		target.p[target.n - 1] = 'k'; /* a space at the end would be cut off */
		assert_int_equal(ask(&h, str_cz(&target), &j, NULL), n > 1024 ? 413 : 200);
		json_decref(j);
	}
	close_house(&h);
}

/* Filters and the values of one, at their limits. */
static void many_filters(void **state)
{
	(void)state;
	struct house h;
	json_t *j;
	open_house(&h);
	put_text(h.w, "a", "war", "2015");
	publish(&h);
	for (size_t n = 31; n <= 33; n++) {
		AUTO_STR struct str target = {0};
		str_z(&target, "/v1/search?limit=0");
		for (size_t i = 0; i < n; i++)
			str_printf(&target, "&source=-s%zu", i);
		assert_int_equal(ask(&h, str_cz(&target), &j, NULL), n > 32 ? 413 : 200);
		json_decref(j);
	}
	for (size_t n = 999; n <= 1001; n++) {
		AUTO_STR struct str target = {0};
		str_z(&target, "/v1/search?limit=0&source=");
		for (size_t i = 0; i < n; i++)
			str_printf(&target, "%ss%zu", i ? "," : "", i);
		assert_int_equal(ask(&h, str_cz(&target), &j, NULL), n > 1000 ? 413 : 200);
		json_decref(j);
	}
	close_house(&h);
}

/* Past its time an answer is partial, says so, and is not kept: asked again with time, it is whole. */
static void deadline(void **state)
{
	(void)state;
	struct house h;
	AUTO_ARENA struct arena a = {0};
	open_house(&h);
	for (int i = 0; i < 300; i++) {
		char id[16];
		snprintf(id, sizeof id, "%d", i);
		put_text(h.w, id, "the war of the words", "2015");
	}
	publish(&h);
	for (int round = 0; round < 2; round++) {
		struct reply r = {0};
		struct ask q = {.method = SPAN("GET"), .path = SPAN("/v1/search"), .query = SPAN("q=%22the+words%22+OR+wor*"), .deadline_us = round ? 0 : 1};
		engine_answer(h.e, &a, &q, &r);
		json_t *j = json_loadb(r.body.p, r.body.n, 0, NULL);
		assert_non_null(j);
		assert_int_equal(r.status, 200);
		assert_int_equal(json_is_true(json_object_get(j, "partial")), round == 0);
		assert_int_equal(r.etag.n > 0, round == 1);
		if (round)
			assert_int_equal(json_integer_value(json_object_get(j, "total")), 300);
		json_decref(j);
		reply_done(&r);
	}
	close_house(&h);
}

/* The index is thrown away and made anew in the same place: nothing of the old one is remembered. */
static void another_index(void **state)
{
	(void)state;
	struct house h;
	struct store_options opt = store_default_options();
	AUTO_STR struct str recovered = {0}, index = {0};
	json_t *j;
	open_house(&h);
	put_text(h.w, "old", "war and peace", "2015");
	publish(&h);
	assert_int_equal(ask(&h, "/v1/search?q=war&facets=date", &j, NULL), 200);
	json_decref(j);
	str_printf(&index, "%s/index", h.dir);
	writer_close(h.w);
	assert_int_equal(io_remove_tree(str_cz(&index), NULL), 0);
	opt.no_sync = true;
	assert_int_equal(writer_open(str_cz(&index), &opt, &h.w, &recovered, NULL), 0);
	put_text(h.w, "new1", "oil and war", "2016");
	put_text(h.w, "new2", "oil", "2016");
	publish(&h);
	assert_int_equal(ask(&h, "/v1/search?q=oil&facets=date", &j, NULL), 200);
	assert_int_equal(json_integer_value(json_object_get(j, "total")), 2);
	json_decref(j);
	assert_int_equal(ask(&h, "/v1/search?q=war", &j, NULL), 200);
	assert_int_equal(json_integer_value(json_object_get(j, "total")), 1);
	json_decref(j);
	close_house(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(deadline), cmocka_unit_test(another_index), cmocka_unit_test(cases), cmocka_unit_test(cursors), cmocka_unit_test(cursor_of_another_query), cmocka_unit_test(parts_of_a_language), cmocka_unit_test(long_query), cmocka_unit_test(many_filters)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
