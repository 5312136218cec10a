/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/day.h"

static void day_numbers_count_civil_days(void **state)
{
	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(day_of(2000, 3, 1), 11017);
	assert_int_equal(day_of(1969, 12, 31), -1);
	assert_int_equal(day_of(1, 1, 1), DAY_MIN);
	assert_int_equal(day_of(9999, 12, 31), DAY_MAX);
	assert_int_equal(day_of(2015, 14, 1), day_of(2016, 2, 1));
	assert_int_equal(day_of(2015, 0, 1), day_of(2014, 12, 1));
	day_t expect = DAY_MIN;
	for (int y = 1; y <= 9999; y += y < 2400 ? 1 : 37)
		for (int m = 1; m <= 12; m++) {
			int y2, m2, d2;
			day_t d = day_of(y, m, day_month_length(y, m));
			assert_true(d >= expect);
			expect = d;
			day_split(d, &y2, &m2, &d2);
			assert_true(y2 == y && m2 == m && d2 == day_month_length(y, m));
		}
}

static void weeks_are_iso(void **state)
{
	(void)state;
	int y, w;
	assert_int_equal(day_weekday(day_of(2026, 11, 21)), 6);
	assert_int_equal(day_weekday(day_of(1, 1, 1)), 1);
	day_iso_week(day_of(2016, 1, 3), &y, &w);
	assert_true(y == 2015 && w == 53);
	day_iso_week(day_of(2018, 12, 31), &y, &w);
	assert_true(y == 2019 && w == 1);
	for (day_t d = -40000; d < 40000; d += 13) {
		day_iso_week(d, &y, &w);
		assert_true(day_of_week(y, w) <= d && d < day_of_week(y, w) + 7);
	}
}

static void days_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	assert_true(day_valid(2024, 2, 29));
	assert_false(day_valid(2023, 2, 29));
	assert_false(day_valid(1900, 2, 29));
	assert_true(day_valid(2000, 2, 29));
	assert_false(day_valid(0, 1, 1));
	assert_false(day_valid(10000, 1, 1));
	assert_false(day_valid(2020, 13, 1));
}

static void intervals_are_read_and_written(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
		enum precision p;
	} rows[] = {{"2015", "2015", PREC_YEAR}, {"2015-01", "2015-01", PREC_MONTH}, {"2015-1-2", "2015-01-02", PREC_DAY}, {"2024-02-29T08:00:00Z", "2024-02-29", PREC_DAY}, {"2024-02-29 08:00:00.123+02:00", "2024-02-29", PREC_DAY}, {"2024-02-29 08:00 UTC", "2024-02-29", PREC_DAY},
		{" 1990s ", "1990s", PREC_DECADE}, {"0800", "0800", PREC_YEAR}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct interval v;
		struct str s = {0};
		assert_true(interval_parse(span_of(rows[i].in), &v));
		assert_int_equal(v.precision, rows[i].p);
		interval_text(&s, v);
		assert_string_equal(s.p, rows[i].out);
		str_done(&s);
	}
	static const char *const bad[] = {"", "15", "2015-13", "2015-02-30", "0000", "2015-", "2015-01-", "20155", "1995s", "2015-01-01x", "99999-99-99", "2015/01/01", "2015-01-01Tgarbage", "2015-01-01T99:99", "2015-01-01T08:00 in Paris", "2015-01-01 x"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct interval v;
		assert_false(interval_parse(span_of(bad[i]), &v));
	}
	struct str s = {0};
	interval_text(&s, (struct interval){day_of(2013, 9, 1), day_of(2013, 12, 31), PREC_PART});
	assert_string_equal(s.p, "2013-09-01..2013-12-31");
	str_done(&s);
	assert_int_equal(precision_of(SPAN("part-of-year")), PREC_PART);
	assert_int_equal(precision_of(SPAN("moon")), PREC_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(day_numbers_count_civil_days), cmocka_unit_test(weeks_are_iso),
		cmocka_unit_test(days_that_do_not_exist_are_refused), cmocka_unit_test(intervals_are_read_and_written)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
