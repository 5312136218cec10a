/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text → tree → text, by the cases of tests/cases/query/trees.txt; the limit of different words; any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "index/query/tree.h"

#include <stdio.h>

static struct span parsed(struct arena *a, struct span text, bool any)
{
	struct engine_limits limits = engine_default_limits();
	struct tree t;
	struct err err = {0};
	AUTO_STR struct str s = {0};
	if (tree_parse(a, text, any, &limits, &t, &err))
		return arena_printf(a, "!%s", err.msg);
	tree_print(&s, &t);
	return arena_span(a, str_view(&s));
}

static void cases(void **state)
{
	(void)state;
	AUTO_STR struct str file = {0};
	struct span rest, line;
	int n = 0, bad = 0;
	assert_int_equal(io_read_file(SOURCE_DIR "/tests/cases/query/trees.txt", 1 << 20, &file, NULL), 0);
	for (rest = str_view(&file); span_cut(&rest, '\n', &line); n++) {
		AUTO_ARENA struct arena a = {0};
		ptrdiff_t arrow = span_find(line, SPAN(" => "));
		if (arrow < 0 || line.p[0] == '#')
			continue;
		bool any = span_starts(line, "any ");
		struct span got = parsed(&a, span_sub(line, any ? 4 : 0, (size_t)arrow), any), want = span_sub(line, (size_t)arrow + 4, line.n);
		bool ok = want.n && want.p[0] == '!' ? got.n && got.p[0] == '!' && span_find(got, span_sub(want, 1, want.n)) >= 0 : span_eq(got, want);
		if (!ok) {
			print_error("%.*s\n   got %.*s\n", SPAN_ARG(line), SPAN_ARG(got));
			bad++;
		}
	}
	assert_true(n > 70);
	assert_int_equal(bad, 0);
}

static void different_words(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct engine_limits limits = engine_default_limits();
	for (uint32_t n = limits.leaves - 1; n <= limits.leaves + 1; n++) {
		AUTO_STR struct str q = {0};
		struct tree t;
		for (uint32_t i = 0; i < n; i++)
			str_printf(&q, "w%u w%u ", i, i);
		assert_int_equal(tree_parse(&a, str_view(&q), false, &limits, &t, NULL), 0);
		assert_int_equal(t.n_leaves, n > limits.leaves ? limits.leaves : n);
		assert_int_equal(t.n_dropped > 0, n > limits.leaves);
	}
}

/* No text is refused but for a limit, and what is printed parses to itself. */
static void any_bytes(void **state)
{
	(void)state;
	static const char *const bits[] = {"a", "b", "moscow", " ", " ", "\"", "(", ")", "-", "AND ", " OR ", "NOT ", " NEAR/3 ", "NEAR ", "*", "title:", "leader:", "published:",
		"2015", "..", "'", ".", "\xE2\x80\x9C", "\xC3", "\xE6\x9D\xB1", ":", ",", "abc*", "x-y"};
	struct engine_limits limits = engine_default_limits();
	uint32_t seed = 7;
	for (int round = 0; round < 20000; round++) {
		AUTO_ARENA struct arena a = {0};
		AUTO_STR struct str q = {0}, once = {0}, twice = {0};
		struct tree t;
		struct err err = {0};
		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525u + 1013904223u;
			str_z(&q, bits[(seed >> 8) % (sizeof bits / sizeof *bits)]);
		}
		int rc = tree_parse(&a, str_view(&q), round % 2, &limits, &t, &err);
		assert_true(rc == 0 || rc == ERR_LIMIT);
		if (rc)
			continue;
		tree_print(&once, &t);
		if (tree_parse(&a, str_view(&once), false, &limits, &t, &err))
			continue; /* brackets of the printed form may be deeper than the limit */
		tree_print(&twice, &t);
		if (round % 2 == 0 && !span_eq(str_view(&once), str_view(&twice)))
			fail_msg("%s\n -> %s\n -> %s", str_cz(&q), str_cz(&once), str_cz(&twice));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cases), cmocka_unit_test(different_words), cmocka_unit_test(any_bytes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
