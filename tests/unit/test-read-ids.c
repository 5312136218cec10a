/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids from names: nearly always the name itself; never two names one id; never anything that is not printable UTF-8. */
#include "index/read/inside.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena a;

static void is(const char *name, const char *id)
{
	struct span got = id_from_name(&a, span_of(name));
	if (!span_is(got, id))
		print_error("%s: %.*s\n", name, SPAN_ARG(got));
	assert_true(span_is(got, id));
}

static void names_stay(void **state)
{
	(void)state;
	static const char *const same[] = {"2015/moscow.html", "with space and  two.txt", " leading.txt", "caf\xC3\xA9/\xE4\xB8\xAD.txt", "a%20b%0A.html", "$(x) 'quote\" -dash", "a#b", "a#12.txt", "back\\slash", "", "x\\x4"};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		is(same[i], same[i]);
}

static void odd_ones_are_escaped(void **state)
{
	(void)state;
	is("new\nline", "new\\x0Aline");
	is("\x1B[31m", "\\x1B[31m");
	is("bad\xFFname", "bad\\xFFname");
	is("literal\\x0A", "literal\\x5Cx0A");
	is("x.warc#17", "x.warc\\x2317");
	is("rlo\xE2\x80\xAEtxt", "rlo\\xE2\\x80\\xAEtxt");
	is("\xC2\x9B", "\\xC2\\x9B");
	assert_true(span_is(id_given(&a, SPAN("  x\t1 #17 ")), "x\\x091 #17"));
	assert_int_equal(id_given(&a, SPAN(" \n ")).n, 0);
}

static void long_ones_are_cut(void **state)
{
	(void)state;
	char one[5000], two[5000];
	memset(one, 'a', sizeof one), memset(two, 'a', sizeof two);
	two[4999] = 'b';
	struct span x = id_from_name(&a, (struct span){one, sizeof one}), y = id_from_name(&a, (struct span){two, sizeof two});
	assert_true(x.n <= 2000 && y.n <= 2000 && !span_eq(x, y));
}

static int by_bytes(const void *x, const void *y) { return span_cmp(*(const struct span *)x, *(const struct span *)y); }

/* Every name of up to three bytes out of those that matter, and those that are spelt like their escapes. */
static void never_one_id_for_two(void **state)
{
	(void)state;
	static const char alphabet[] = {'\n', '\\', 'x', '0', 'A', '#', ' ', '\xC3', '\xA9', '\xFF', '/', '7'};
	size_t k = sizeof alphabet, n = 0, total = k + k * k + k * k * k + k * k * k * k + 4;
	struct span *v = mem_alloc(total * sizeof *v);
	for (size_t len = 1; len <= 4; len++) {
		size_t count = 1;
		for (size_t i = 0; i < len; i++)
			count *= k;
		for (size_t c = 0; c < count; c++) {
			char name[4];
			for (size_t i = 0, rest = c; i < len; i++, rest /= k)
				name[i] = alphabet[rest % k];
			v[n++] = id_from_name(&a, (struct span){name, len});
			assert_true(utf8_valid(v[n - 1]));
		}
	}
	v[n++] = id_from_name(&a, SPAN("\\x0A\\x0A"));
	v[n++] = id_from_name(&a, SPAN("\n\\x0A"));
	v[n++] = id_from_name(&a, SPAN("\\x0A\n"));
	v[n++] = id_from_name(&a, SPAN("\\x5Cx0A"));
	qsort(v, n, sizeof *v, by_bytes);
	for (size_t i = 1; i < n; i++)
		assert_false(span_eq(v[i - 1], v[i]));
	free(v);
}

static void twice_in_an_archive(void **state)
{
	(void)state;
	struct taken t = {0};
	static const char *const pairs[][2] = {{"b/a.txt", "b/a.txt"}, {"b/a.txt", "b/a~2.txt"}, {"b/a~2.txt", "b/a~2~2.txt"}, {"b/a.txt", "b/a~3.txt"}, {"x.y/z", "x.y/z"}, {"x.y/z", "x.y/z~2"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		AUTO_STR struct str name = {0};
		str_z(&name, pairs[i][0]);
		taken_name(&t, &name, i);
		assert_string_equal(name.p, pairs[i][1]);
	}
	for (uint64_t i = 0; i < 300; i++) { /* many of one name, and many of many */
		AUTO_STR struct str name = {0}, other = {0};
		str_z(&name, "b/a.txt");
		taken_name(&t, &name, 10 + i);
		str_printf(&other, "f%u", (unsigned)i);
		taken_name(&t, &other, i);
		assert_true(other.p[1] != 0 && !strchr(other.p, '~'));
	}
	taken_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names_stay), cmocka_unit_test(odd_ones_are_escaped), cmocka_unit_test(long_ones_are_cut), cmocka_unit_test(never_one_id_for_two), cmocka_unit_test(twice_in_an_archive)};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_done(&a);
	return rc;
}
