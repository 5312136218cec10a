/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands and options: near misses, no two of one name, every option of a request known by its name. */
#include "client/help.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void distances(void **state)
{
	(void)state;
	assert_int_equal(distance("search", "search"), 0);
	assert_int_equal(distance("", "abc"), 3);
	assert_int_equal(distance("abc", ""), 3);
	assert_int_equal(distance("serach", "search"), 1); /* neighbours swapped */
	assert_int_equal(distance("serch", "search"), 1);
	assert_int_equal(distance("seearch", "search"), 1);
	assert_int_equal(distance("saarch", "search"), 1);
	assert_int_equal(distance("kitten", "sitting"), 3);
	char huge[200];
	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = 0;
	assert_int_equal(distance(huge, "search"), 64);
}

static void near_words(void **state)
{
	(void)state;
	assert_string_equal(nearest_command("serach"), "search");
	assert_string_equal(nearest_command("facet"), "facets");
	assert_string_equal(nearest_command("tim"), "timeline"); /* a beginning */
	assert_string_equal(nearest_command("stauts"), "status");
	assert_null(nearest_command("moscow-conference"));
	assert_string_equal(nearest_option("leeder", COMMAND_search), "leader");
	assert_string_equal(nearest_option("limt", COMMAND_search), "limit");
	assert_null(nearest_option("unheard-of", COMMAND_search));
	const char *near = nearest_option("snippet", COMMAND_status); /* options of other commands are not proposed */
	assert_true(!near || strcmp(near, "snippet") != 0);
}

static void no_two_of_one_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_option_rows; i++)
		for (size_t k = i + 1; k < n_option_rows; k++) {
			const struct option_row *a = &option_rows[i], *b = &option_rows[k];
			if (!(a->where & b->where))
				continue;
			if (strcmp(a->long_name, b->long_name) == 0 || (a->short_name && a->short_name == b->short_name))
				fail_msg("--%s and --%s clash", a->long_name, b->long_name);
		}
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_option_rows; i++) {
		assert_true(option_rows[i].where != 0 && strlen(option_rows[i].summary) > 5);
		assert_true(!option_rows[i].repeats || option_rows[i].parameter);
	}
	for (int c = 0; c < COMMAND_COUNT_; c++) {
		bool shown = false;
		for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
			if ((int)examples[i].command == c) {
				char begin[64];
				snprintf(begin, sizeof begin, "dossier %s", command_rows[c].name);
				shown = true;
				assert_non_null(strstr(examples[i].line, begin));
			}
		if (!shown)
			fail_msg("%s has no example", command_rows[c].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(near_words),
		cmocka_unit_test(no_two_of_one_name),
		cmocka_unit_test(rows_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
