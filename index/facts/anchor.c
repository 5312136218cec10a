/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every grain is a row of one table: how a day finds its number, where the stretch of a number begins, how it is written. */
#include "index/facts/anchor.h"

#define WEEK_ZERO ((day_t)-3) /* Monday 1969-12-29 */

static int floor_div(int a, int b) { return a / b - (a % b < 0); }
static int floor_mod(int a, int b) { return a - floor_div(a, b) * b; }

static int month_number(day_t d)
{
	int y, m;
	day_split(d, &y, &m, NULL);
	return y * 12 + m - 1;
}

static day_t month_start(int n) { return day_of(floor_div(n, 12), floor_mod(n, 12) + 1, 1); }

/* Months to a stretch and months by which it is put off: winter 1994 is December 1994 to February 1995. */
static const struct grain_row {
	uint16_t months;
	uint8_t late, precision;
} rows[GRAIN_COUNT_] = {
	[GRAIN_DAY] = {0, 0, PREC_DAY}, [GRAIN_WEEKEND] = {0, 0, PREC_WEEK}, [GRAIN_WEEK] = {0, 0, PREC_WEEK},
	[GRAIN_MONTH] = {1, 0, PREC_MONTH}, [GRAIN_QUARTER] = {3, 0, PREC_PART}, [GRAIN_SEASON] = {3, 2, PREC_PART},
	[GRAIN_HALF] = {6, 0, PREC_PART}, [GRAIN_YEAR] = {12, 0, PREC_YEAR}, [GRAIN_DECADE] = {120, 0, PREC_DECADE},
	[GRAIN_CENTURY] = {1200, 0, PREC_CENTURY},
};

struct point point_at(enum grain g, day_t d)
{
	if (g == GRAIN_NONE)
		return (struct point){GRAIN_NONE, 0};
	if (g == GRAIN_DAY)
		return point_of(g, d);
	if (!rows[g].months)
		return point_of(g, floor_div(d - WEEK_ZERO, 7));
	return point_of(g, floor_div(month_number(d) - rows[g].late, rows[g].months));
}

struct point point_in(enum grain g, struct interval days)
{
	struct point a, b;
	if (!interval_any(days))
		return (struct point){GRAIN_NONE, 0};
	a = point_at(g, days.from);
	b = point_at(g, days.to);
	return a.number == b.number ? a : (struct point){GRAIN_NONE, 0};
}

static int32_t start_year(struct point p) { return rows[p.grain].months ? floor_div(p.number * rows[p.grain].months, 12) : 0; }

bool point_valid(struct point p)
{
	if (p.grain == GRAIN_NONE || p.number < -10000000 || p.number > 10000000)
		return false;
	if (rows[p.grain].months)
		return p.number > 0 && p.number < 10000 * 12 && start_year(p) >= 1 && start_year(p) <= 9998;
	return p.grain == GRAIN_DAY ? p.number >= DAY_MIN && p.number <= DAY_MAX : p.number > DAY_MIN / 7 && p.number < DAY_MAX / 7;
}

struct interval point_days(struct point p)
{
	if (!point_valid(p))
		return (struct interval){0, 0, PREC_NONE};
	const struct grain_row *r = &rows[p.grain];
	if (p.grain == GRAIN_DAY)
		return (struct interval){p.number, p.number, PREC_DAY};
	if (p.grain == GRAIN_WEEKEND)
		return (struct interval){WEEK_ZERO + p.number * 7 + 5, WEEK_ZERO + p.number * 7 + 6, PREC_WEEK};
	if (p.grain == GRAIN_WEEK)
		return (struct interval){WEEK_ZERO + p.number * 7, WEEK_ZERO + p.number * 7 + 6, PREC_WEEK};
	int n = p.number * r->months + r->late;
	return (struct interval){month_start(n), month_start(n + r->months) - 1, r->precision};
}

/* Where a part begins and ends in a stretch of so many pieces (days, months, years). */
static void part_of(enum part part, int pieces, int *from, int *to)
{
	int third = pieces / 3, half = pieces / 2;
	*from = part == PART_MID ? third : part == PART_END ? pieces - third : part == PART_SECOND ? half : 0;
	*to = part == PART_START ? third : part == PART_MID ? pieces - third : part == PART_FIRST ? half : pieces;
}

/* Of years in whole months, of decades and centuries in whole years ("the early 1980s" to 1982), of shorter ones in days. */
struct interval point_part(struct point p, enum part part)
{
	struct interval i = point_days(p);
	int from, to, months = rows[p.grain].months;
	if (part == PART_WHOLE || !interval_any(i) || p.grain == GRAIN_DAY || p.grain == GRAIN_WEEKEND)
		return i;
	if (months >= 3) {
		int piece = months > 12 ? 12 : 1, first = month_number(i.from);
		part_of(part, months / piece, &from, &to);
		return (struct interval){month_start(first + from * piece), month_start(first + to * piece) - 1, months > 12 ? PREC_YEARS : months > 3 ? PREC_PART : PREC_MONTH};
	}
	part_of(part, i.to - i.from + 1, &from, &to);
	return (struct interval){i.from + from, i.from + to - 1, PREC_WEEK};
}

void point_value(struct str *out, struct point p)
{
	static const char *const season[] = {"SP", "SU", "FA", "WI"};
	int y, w, n = p.number;
	if (!point_valid(p))
		return;
	switch (p.grain) {
	case GRAIN_DAY: day_text(out, n); break;
	case GRAIN_WEEK:
	case GRAIN_WEEKEND:
		day_iso_week(WEEK_ZERO + n * 7, &y, &w);
		str_printf(out, "%04d-W%02d%s", y, w, p.grain == GRAIN_WEEKEND ? "-WE" : "");
		break;
	case GRAIN_MONTH: str_printf(out, "%04d-%02d", n / 12, n % 12 + 1); break;
	case GRAIN_QUARTER: str_printf(out, "%04d-Q%d", n / 4, n % 4 + 1); break;
	case GRAIN_SEASON: str_printf(out, "%04d-%s", n / 4, season[n % 4]); break;
	case GRAIN_HALF: str_printf(out, "%04d-H%d", n / 2, n % 2 + 1); break;
	case GRAIN_YEAR: str_printf(out, "%04d", n); break;
	case GRAIN_DECADE: str_printf(out, "%03d", n); break;
	case GRAIN_CENTURY: str_printf(out, "%02d", n); break;
	case GRAIN_NONE:
	case GRAIN_COUNT_: break;
	}
}

day_t day_easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
	int n = h + l - 7 * m + 114;
	return day_of(year, n / 31, n % 31 + 1);
}

day_t day_nth_weekday(int year, int month, int weekday, int n)
{
	if (n < 0) {
		day_t last = day_of(year, month + 1, 1) - 1;
		return last - (day_weekday(last) - weekday + 7) % 7 + (n + 1) * 7;
	}
	day_t first = day_of(year, month, 1);
	return first + (weekday - day_weekday(first) + 7) % 7 + (n - 1) * 7;
}
