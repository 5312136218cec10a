/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs tests/cases/read/: a document in, what must come out beside it (README.md there says how). */
#include "base/io.h"
#include "index/read/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CASES SOURCE_DIR "/tests/cases/read/"

static bool holds(struct span text, struct span words) { return span_find(text, words) >= 0; }

static bool dropped_as(const struct document *d, struct span reason, struct span words)
{
	for (size_t i = 0; i < d->n_dropped; i++)
		if (span_is(reason, drop_word(d->dropped[i].why)) && holds(d->dropped[i].text, words))
			return true;
	return false;
}

static bool only_title_dropped(const struct document *d)
{
	for (size_t i = 0; i < d->n_dropped; i++)
		if (d->dropped[i].why != DROP_TITLE)
			return false;
	return true;
}

/* Does the document keep one rule of an .expect file? */
static bool rule_holds(const struct document *d, struct span rule)
{
	struct span key = rule, value = SPAN_NONE;
	const char *colon = memchr(rule.p, ':', rule.n);
	if (colon) {
		key = (struct span){rule.p, (size_t)(colon - rule.p)};
		value = span_trim((struct span){colon + 1, (size_t)(rule.p + rule.n - colon - 1)});
	}
	AUTO_STR struct str day = {0};
	if (interval_any(d->published.days))
		interval_text(&day, d->published.days);
	if (span_is(key, "title"))
		return span_eq(d->title, value);
	if (span_is(key, "author"))
		return span_eq(d->author, value);
	if (span_is(key, "site"))
		return span_eq(d->site, value);
	if (span_is(key, "section"))
		return span_eq(d->section, value);
	if (span_is(key, "conflict"))
		return d->published.conflict == span_is(value, "yes");
	if (span_is(key, "modified")) {
		bool found = false;
		for (size_t i = 0; i < d->n_dates; i++) {
			str_clear(&day);
			interval_text(&day, d->dates[i].days);
			found |= strcmp(d->dates[i].how, "modified") == 0 && span_eq(str_view(&day), value);
		}
		return found;
	}
	if (span_is(key, "lang"))
		return span_eq(d->lang, value);
	if (span_is(key, "published"))
		return span_is(value, "unknown") ? !day.n : span_eq(str_view(&day), value);
	if (span_is(key, "keep"))
		return holds(d->text, value);
	if (span_is(key, "gone"))
		return !holds(d->text, value);
	if (span_is(key, "whole"))
		return only_title_dropped(d);
	if (span_starts(key, "drop "))
		return dropped_as(d, span_sub(key, 5, key.n), value) && !holds(d->text, value);
	return false;
}

static void read_document(const char *path, struct arena *a, struct document *d)
{
	struct read_limits limits = reader_default_limits();
	struct read_input in = {.fd = open(path, O_RDONLY | O_CLOEXEC), .name = span_of(strrchr(path, '/') + 1), .source = SPAN("cases")};
	struct reader *r = NULL;
	struct err err = {0};
	assert_true(in.fd >= 0);
	assert_int_equal(reader_open(&in, &limits, &r, &err), 0);
	assert_int_equal(reader_next(r, a, d, &err), 1);
	assert_int_equal(clean_document(a, &limits, d, &err), 0);
	reader_close(r);
	close(in.fd);
}

static int run_case(const char *expect_name)
{
	AUTO_STR struct str rules = {0}, path = {0};
	AUTO_ARENA struct arena a = {0};
	struct document d;
	int failed = 0;
	str_printf(&path, CASES "%s", expect_name);
	assert_int_equal(io_read_file(path.p, 1 << 20, &rules, NULL), 0);
	path.n -= strlen(".expect");
	str_z(&path, ".txt");
	if (access(path.p, R_OK)) {
		path.n -= strlen(".txt");
		str_z(&path, ".html");
	}
	read_document(path.p, &a, &d);
	struct span rest = str_view(&rules), rule;
	while (span_cut(&rest, '\n', &rule)) {
		rule = span_trim(rule);
		if (!rule.n || rule.p[0] == '#' || rule_holds(&d, rule))
			continue;
		printf("%s: does not hold: %.*s\n", expect_name, SPAN_ARG(rule));
		failed++;
	}
	return failed;
}

static void cases(void **state)
{
	(void)state;
	DIR *dir = opendir(CASES);
	assert_non_null(dir);
	int run = 0, failed = 0;
	for (struct dirent *e; (e = readdir(dir));)
		if (span_ends(span_of(e->d_name), ".expect"))
			failed += run_case(e->d_name), run++;
	closedir(dir);
	assert_true(run >= 10);
	assert_int_equal(failed, 0);
}

static void keeps_byte_for_byte(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct read_limits limits = reader_default_limits();
	struct document d;
	assert_int_equal(reader_from_json(&a, SPAN("{\"id\":\"x\",\"text\":\"Share this\\r\\n\\n  Leave a Reply\\n\"}"), &limits, &d, NULL), 0);
	d.body_kind = BODY_KEPT;
	assert_int_equal(clean_document(&a, &limits, &d, NULL), 0);
	assert_true(span_is(d.text, "Share this\r\n\n  Leave a Reply\n"));
	assert_int_equal(d.n_dropped, 0);
}

static void given_values_stay(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct read_limits limits = reader_default_limits();
	struct document d;
	assert_int_equal(reader_from_json(&a, SPAN("{\"html\":\"<title>Page</title><h1>Another headline of it</h1><p>Some text that is long enough to be a paragraph of an article, is it not.</p>\","
						   "\"title\":\"Given\",\"author\":\"G\",\"lang\":\"fr\",\"published\":\"2001-02\",\"url\":\"http://x.example/2019/03/04/a\"}"),
					  &limits, &d, NULL), 0);
	assert_int_equal(clean_document(&a, &limits, &d, NULL), 0);
	assert_true(span_is(d.title, "Given") && span_is(d.author, "G") && span_is(d.lang, "fr"));
	assert_int_equal(d.published.days.precision, PREC_MONTH);
	assert_string_equal(d.published.how, "given");
	assert_true(d.id.n == 16); /* made from the content */
}

static void same_content_same_hash(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct read_limits limits = reader_default_limits();
	struct document d[3];
	const char *json[3] = {"{\"id\":\"1\",\"text\":\"One text.\"}", "{\"id\":\"1\",\"text\":\"One text.\"}", "{\"id\":\"1\",\"text\":\"One text.\",\"published\":\"2001\"}"};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(reader_from_json(&a, span_of(json[i]), &limits, &d[i], NULL), 0);
		assert_int_equal(clean_document(&a, &limits, &d[i], NULL), 0);
	}
	assert_true(d[0].content_hash == d[1].content_hash);
	assert_true(d[0].content_hash != d[2].content_hash);
}

static void nothing_readable_is_an_error(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct read_limits limits = reader_default_limits();
	struct document d = {.body = SPAN("<html><body><script>x()</script></body></html>"), .body_kind = BODY_HTML};
	struct err err = {0};
	assert_int_equal(clean_document(&a, &limits, &d, &err), ERR_BAD_DOCUMENT);
	assert_non_null(strstr(err.msg, "no readable text"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases), cmocka_unit_test(keeps_byte_for_byte), cmocka_unit_test(given_values_stay), cmocka_unit_test(same_content_same_hash), cmocka_unit_test(nothing_readable_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
