/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands and options: near misses, no two of one name, every option of a request known by its name. */
#include "client/help.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void distances(void **state)
{
	(void)state;
	assert_int_equal(edits_between(span_of("search"), span_of("search"), 4), 0);
	assert_int_equal(edits_between(span_of(""), span_of("abc"), 4), 3);
	assert_int_equal(edits_between(span_of("abc"), span_of(""), 4), 3);
	assert_int_equal(edits_between(span_of("serach"), span_of("search"), 4), 1); /* neighbours swapped */
	assert_int_equal(edits_between(span_of("serch"), span_of("search"), 4), 1);
	assert_int_equal(edits_between(span_of("seearch"), span_of("search"), 4), 1);
	assert_int_equal(edits_between(span_of("saarch"), span_of("search"), 4), 1);
	assert_int_equal(edits_between(span_of("kitten"), span_of("sitting"), 4), 3);
	assert_int_equal(edits_between(span_of("kitten"), span_of("sitting"), 2), 3); /* past the bound */
	char huge[200];
	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = 0;
	assert_int_equal(edits_between(span_of(huge), span_of("search"), 4), 5);
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

/* An option that is refused with a reason is an option of other commands, and not of this one. */
static void refusals(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof refused_rows / sizeof refused_rows[0]; r++) {
		unsigned where = 0;
		for (size_t i = 0; i < n_option_rows; i++)
			where |= strcmp(option_rows[i].long_name, refused_rows[r].option) == 0 ? option_rows[i].where : 0;
		assert_true(where && !(where & 1u << refused_rows[r].command));
		assert_int_equal(strncmp(refused_rows[r].instead, "dossier ", 8), 0);
	}
	assert_non_null(refused_option("sort=x", 4, COMMAND_facets));
	assert_null(refused_option("sorted", 6, COMMAND_facets));
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
		cmocka_unit_test(refusals),
		cmocka_unit_test(no_two_of_one_name),
		cmocka_unit_test(rows_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
