/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points of the calendar: every grain there and back, parts, Easter, the n-th weekday. */
#include "index/facts/anchor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void written(struct point p, const char *want)
{
	AUTO_STR struct str s = {0};
	point_value(&s, p);
	assert_string_equal(str_cz(&s), want);
}

static void spans(struct interval i, const char *from, const char *to)
{
	AUTO_STR struct str a = {0}, b = {0};
	assert_true(interval_any(i));
	day_text(&a, i.from);
	day_text(&b, i.to);
	assert_string_equal(a.p, from);
	assert_string_equal(b.p, to);
}

static void every_grain(void **state)
{
	(void)state;
	static const struct { enum grain g; const char *value, *from, *to; } rows[] = {
		{GRAIN_DAY, "1989-10-27", "1989-10-27", "1989-10-27"}, {GRAIN_WEEK, "1989-W43", "1989-10-23", "1989-10-29"}, {GRAIN_WEEKEND, "1989-W43-WE", "1989-10-28", "1989-10-29"},
		{GRAIN_MONTH, "1989-10", "1989-10-01", "1989-10-31"}, {GRAIN_QUARTER, "1989-Q4", "1989-10-01", "1989-12-31"}, {GRAIN_SEASON, "1989-FA", "1989-09-01", "1989-11-30"},
		{GRAIN_HALF, "1989-H2", "1989-07-01", "1989-12-31"}, {GRAIN_YEAR, "1989", "1989-01-01", "1989-12-31"}, {GRAIN_DECADE, "198", "1980-01-01", "1989-12-31"},
		{GRAIN_CENTURY, "19", "1900-01-01", "1999-12-31"}};
	day_t d = day_of(1989, 10, 27);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct point p = point_at(rows[i].g, d);
		written(p, rows[i].value);
		spans(point_days(p), rows[i].from, rows[i].to);
		assert_int_equal(point_in(rows[i].g, point_days(p)).number, p.number);
	}
}

/* Each day lies in the stretch that it is said to lie in, and the next stretch begins where this one ends. */
static void no_gaps(void **state)
{
	(void)state;
	for (day_t d = day_of(1, 1, 1) + 400; d < day_of(2500, 1, 1); d += 13)
		for (int g = GRAIN_DAY; g < GRAIN_COUNT_; g++) {
			struct point p = point_at((enum grain)g, d);
			struct interval i = point_days(p), next = point_days(point_shift(p, 1));
			if (!interval_any(i))
				continue;
			if (g != GRAIN_WEEKEND) {
				assert_true(i.from <= d && d <= i.to);
				assert_int_equal(next.from, i.to + 1);
			}
		}
}

static void winter_runs_over(void **state)
{
	(void)state;
	struct point p = point_at(GRAIN_SEASON, day_of(1995, 1, 15));
	written(p, "1994-WI");
	spans(point_days(p), "1994-12-01", "1995-02-28");
	spans(point_days(point_shift(p, 4)), "1995-12-01", "1996-02-29");
}

static void parts(void **state)
{
	(void)state;
	struct point year = point_of(GRAIN_YEAR, 2013), month = point_of(GRAIN_MONTH, 2015 * 12 + 4), decade = point_of(GRAIN_DECADE, 198), day = point_of(GRAIN_DAY, 0);
	spans(point_part(year, PART_START), "2013-01-01", "2013-04-30");
	spans(point_part(year, PART_MID), "2013-05-01", "2013-08-31");
	spans(point_part(year, PART_END), "2013-09-01", "2013-12-31");
	spans(point_part(year, PART_FIRST), "2013-01-01", "2013-06-30");
	spans(point_part(year, PART_SECOND), "2013-07-01", "2013-12-31");
	spans(point_part(month, PART_START), "2015-05-01", "2015-05-10");
	spans(point_part(month, PART_END), "2015-05-22", "2015-05-31");
	spans(point_part(decade, PART_START), "1980-01-01", "1982-12-31");
	spans(point_part(decade, PART_MID), "1983-01-01", "1986-12-31");
	spans(point_part(decade, PART_SECOND), "1985-01-01", "1989-12-31");
	spans(point_part(day, PART_END), "1970-01-01", "1970-01-01");
}

static void ends(void **state)
{
	(void)state;
	assert_false(point_valid(point_of(GRAIN_YEAR, 0)));
	assert_false(point_valid(point_of(GRAIN_YEAR, -5)));
	assert_true(point_valid(point_of(GRAIN_YEAR, 1)));
	assert_false(point_valid(point_of(GRAIN_YEAR, 10000)));
	assert_false(point_valid(point_of(GRAIN_DAY, DAY_MAX + 1)));
	assert_false(point_valid(point_of(GRAIN_DAY, DAY_MIN - 1)));
	assert_false(point_valid(point_of(GRAIN_CENTURY, 2000000000)));
	assert_false(point_valid(point_of(GRAIN_NONE, 3)));
	assert_false(interval_any(point_days(point_of(GRAIN_MONTH, -1))));
	written(point_of(GRAIN_YEAR, 0), "");
	struct interval two_years = {day_of(2019, 1, 1), day_of(2020, 12, 31), PREC_YEARS};
	assert_int_equal(point_in(GRAIN_YEAR, two_years).grain, GRAIN_NONE);
	assert_int_equal(point_in(GRAIN_DECADE, two_years).grain, GRAIN_NONE);
	assert_int_equal(point_in(GRAIN_CENTURY, two_years).number, 20);
	assert_int_equal(point_in(GRAIN_YEAR, (struct interval){0, 0, PREC_NONE}).grain, GRAIN_NONE);
}

static void moving_feasts(void **state)
{
	(void)state;
	static const struct { int y, m, d; } easter[] = {{1583, 4, 10}, {1916, 4, 23}, {1943, 4, 25}, {1998, 4, 12}, {2000, 4, 23}, {2008, 3, 23}, {2016, 3, 27}, {2018, 4, 1}, {2024, 3, 31}, {2038, 4, 25}};
	for (size_t i = 0; i < sizeof easter / sizeof *easter; i++)
		assert_int_equal(day_easter(easter[i].y), day_of(easter[i].y, easter[i].m, easter[i].d));
	assert_int_equal(day_nth_weekday(1999, 11, 4, 4), day_of(1999, 11, 25));
	assert_int_equal(day_nth_weekday(2011, 5, 1, -1), day_of(2011, 5, 30));
	assert_int_equal(day_nth_weekday(2011, 5, 1, -2), day_of(2011, 5, 23));
	assert_int_equal(day_nth_weekday(2021, 2, 1, -1), day_of(2021, 2, 22));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_grain), cmocka_unit_test(no_gaps), cmocka_unit_test(winter_runs_over), cmocka_unit_test(parts), cmocka_unit_test(ends),
		cmocka_unit_test(moving_feasts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
