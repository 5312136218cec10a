/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversion counts years from 1 March, so that the leap day comes last (H. Hinnant, "chrono-compatible low-level date algorithms"). */
#include "base/day.h"

static int floor_div(int a, int b) { return a / b - (a % b < 0); }

day_t day_of(int year, int month, int dom)
{
	int m = month - 1;
	year += floor_div(m, 12);
	m -= floor_div(m, 12) * 12; /* 0..11 */
	int y = m < 2 ? year - 1 : year;
	int from_march = (m + 10) % 12;
	int era = floor_div(y, 400), yoe = y - era * 400;
	int doy = (153 * from_march + 2) / 5;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468 + dom - 1;
}

void day_split(day_t d, int *year, int *month, int *dom)
{
	int z = d + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int m = mp < 10 ? mp + 3 : mp - 9;
	if (dom)
		*dom = doy - (153 * mp + 2) / 5 + 1;
	if (month)
		*month = m;
	if (year)
		*year = yoe + era * 400 + (m <= 2);
}

int day_weekday(day_t d) { return d - floor_div(d + 3, 7) * 7 + 4; }

int day_month_length(int year, int month) { return day_of(year, month + 1, 1) - day_of(year, month, 1); }

bool day_valid(int year, int month, int dom)
{
	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && dom >= 1 && dom <= day_month_length(year, month);
}

day_t day_of_week(int year, int week)
{
	day_t fourth = day_of(year, 1, 4);
	return fourth - (day_weekday(fourth) - 1) + (week - 1) * 7;
}

void day_iso_week(day_t d, int *year, int *week)
{
	int y;
	day_split(d - day_weekday(d) + 4, &y, NULL, NULL); /* the Thursday of the week names the year */
	*year = y;
	*week = (d - day_of_week(y, 1)) / 7 + 1;
}

struct interval interval_day(int year, int month, int dom)
{
	day_t d = day_of(year, month, dom);
	return (struct interval){d, d, PREC_DAY};
}

struct interval interval_month(int year, int month)
{
	return (struct interval){day_of(year, month, 1), day_of(year, month + 1, 1) - 1, PREC_MONTH};
}

struct interval interval_year(int year)
{
	return (struct interval){day_of(year, 1, 1), day_of(year, 12, 31), PREC_YEAR};
}

/* Takes up to `most` digits off the front; how many it took. */
static int take_number(struct span *s, int most, int *value)
{
	int n = 0;
	for (*value = 0; n < most && s->n && s->p[0] >= '0' && s->p[0] <= '9'; n++) {
		*value = *value * 10 + (s->p[0] - '0');
		s->p++, s->n--;
	}
	return n;
}

static bool take_dash(struct span *s)
{
	if (!s->n || s->p[0] != '-')
		return false;
	s->p++, s->n--;
	return true;
}

/* "", "T08:00:00Z", " 10:30:00.5+02:00", " 08:00 UTC": dropped, but it must be a time. */
static bool is_time_of_day(struct span s)
{
	if (s.n == 0)
		return true;
	if ((s.p[0] != 'T' && s.p[0] != ' ') || s.n < 3 || s.n > 40 || s.p[1] < '0' || s.p[1] > '2' || s.p[2] < '0' || s.p[2] > '9')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!strchr("0123456789:.+-ZUTCGM ", s.p[i]) || !s.p[i])
			return false;
	return true;
}

bool interval_parse(struct span s, struct interval *out)
{
	int y, m, d;
	s = span_trim(s);
	if (take_number(&s, 4, &y) != 4 || y < 1)
		return false;
	if (s.n == 0)
		return *out = interval_year(y), true;
	if (s.n == 1 && s.p[0] == 's' && y % 10 == 0) {
		*out = (struct interval){day_of(y, 1, 1), day_of(y + 9, 12, 31), PREC_DECADE};
		return true;
	}
	if (!take_dash(&s) || !take_number(&s, 2, &m) || m < 1 || m > 12)
		return false;
	if (s.n == 0)
		return *out = interval_month(y, m), true;
	if (!take_dash(&s) || !take_number(&s, 2, &d) || !day_valid(y, m, d))
		return false;
	if (!is_time_of_day(s))
		return false;
	*out = interval_day(y, m, d);
	return true;
}

/* Years are 1 to 9999 (what is outside was never written: DAY_MIN and DAY_MAX hold it in). */
static void year_text(struct str *out, int y) { str_u64(out, y > 0 ? (uint64_t)y : 0, 4); }

static void month_text(struct str *out, int y, int m)
{
	year_text(out, y);
	str_ch(out, '-');
	str_u64(out, (uint64_t)m, 2);
}

void day_text(struct str *out, day_t d)
{
	int y, m, dom;
	day_split(d, &y, &m, &dom);
	month_text(out, y, m);
	str_ch(out, '-');
	str_u64(out, (uint64_t)dom, 2);
}

static bool same_days(struct interval a, struct interval b) { return a.from == b.from && a.to == b.to; }

void interval_text(struct str *out, struct interval i)
{
	int y, m;
	day_split(i.from, &y, &m, NULL);
	if (i.from == i.to)
		day_text(out, i.from);
	else if (same_days(i, interval_month(y, m)))
		month_text(out, y, m);
	else if (same_days(i, interval_year(y)))
		year_text(out, y);
	else if (y % 10 == 0 && i.from == day_of(y, 1, 1) && i.to == day_of(y + 9, 12, 31)) {
		year_text(out, y);
		str_ch(out, 's');
	} else {
		day_text(out, i.from);
		str_z(out, "..");
		day_text(out, i.to);
	}
}

static const char *const words[] = {
#define X(name, word) word,
	PRECISIONS(X)
#undef X
};

const char *precision_name(enum precision p) { return words[p < PREC_COUNT_ ? p : 0]; }

enum precision precision_of(struct span name)
{
	for (int i = 0; i < PREC_COUNT_; i++)
		if (span_is(name, words[i]))
			return (enum precision)i;
	return PREC_NONE;
}
