/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates: days, months, years, weekdays, holidays, anniversaries; whole, or with a year to be found. */
#include "index/facts/days-resolve.h"

/* A year on its own: a number with a measure behind it, or a name of something numbered before it, is none. */
static bool plausible_year(const struct resolver *r, const struct expr *e)
{
	static const char *const measures[] = {"people", "men", "women", "troops", "soldiers", "miles", "kilometers", "kilometres", "km", "meters", "metres", "feet", "dollars", "percent", "per", "tons",
		"tonnes", "points", "shares", "pounds", "euros", "yen", "rubles", "jobs", "workers", "employees", "students", "words", "pages", "times", "units", "members", "million", "billion", "trillion",
		"acres", "hectares", "degrees", "votes", "seats", "cars", "homes", "houses", "others", "persons", "civilians", "refugees", "prisoners", "hours", "gmt", "utc", "mm", "kg", "mhz", "series", "personnel", "copies", "items", "cases", "deaths", "families", "children", "delegates", "calories", "barrels", "aircraft", "tanks", "missiles", "warheads", NULL};
	static const char *const numbered[] = {"resolution", "no", "number", "flight", "room", "page", "section", "article", "route", "highway", "channel", "model", "boeing", "windows", "code", "box", "rs", "us",
		"some", "nearly", "than", "least", "nikkei", "russell", "order", "case", "paragraph", NULL};
	const struct tokens *t = r->c->tokens;
	size_t next = e->tok + e->n_tok;
	if (next < t->n && (token_follows(t, next) || t->v[next].before == '-'))
		for (int i = 0; measures[i]; i++)
			if (span_is(token_word(t, next), measures[i]))
				return false;
	if (next < t->n && t->v[next].before == '.' && t->v[next].start == t->v[next - 1].end + 1 && t->v[next].flags & TOKEN_DIGITS)
		return false;
	if (next < t->n && (t->v[next].before == '%' || (t->v[next].before == '-' && t->v[next].flags & TOKEN_DIGITS)))
		return false;
	if (t->v[e->tok].before == '-' && e->tok > 0 && t->v[e->tok - 1].flags & TOKEN_HAS_DIGIT)
		return t->v[e->tok - 1].len == 4;
	if (t->v[e->tok].before == '/' || t->v[e->tok].before == '&')
		return false;
	if (e->tok > 0 && (token_follows(t, e->tok) || t->v[e->tok].before == '.'))
		for (int i = 0; numbered[i]; i++)
			if (span_is(token_word(t, e->tok - 1), numbered[i]))
				return false;
	return true;
}

static void era_year(struct resolver *r, struct expr *e)
{
	int n = has_year(e) ? year_of(e) : slot(e, CL_NUM);
	if (e->rule->arg == 3) { /* before Christ: no civil day in our calendar */
		AUTO_STR struct str s = {0};
		str_printf(&s, "BC%04d", n);
		e->how = "absolute";
		day_set_span_value(r, e, &s);
		e->dead = n > 9999;
		return;
	}
	day_absolute(e, point_of(GRAIN_YEAR, e->rule->arg == 4 ? 1911 + n : n));
}

static struct point day_point(int y, int m, int d) { return day_valid(y, m, d) ? point_of(GRAIN_DAY, day_of(y, m, d)) : nowhere(); }

/* A day without a year is within half a year, unless the verb is sure of the past and the day is far ahead. */
static int day_year(const struct resolver *r, const struct expr *e, int32_t want, int32_t at)
{
	int32_t near = day_choose(want, at, 12, 0);
	if (day_before_is(r, e, "ended") || (near - at >= 3 && tense(r, e) < 0))
		return day_choose(want, at, 12, -1) / 12;
	bool ahead = day_before_is(r, e, "ending") || (at - near == 6 && (day_before_is(r, e, "from") || tense(r, e) > 0));
	return (ahead ? day_choose(want, at, 12, 1) : near) / 12;
}

/* Stories go on: the next such month after the one spoken of, or one a little before it. */
static int narrative_year(struct resolver *r, struct expr *e, int m)
{
	struct point month = point_in(GRAIN_MONTH, point_days(r->ref)), year = point_in(GRAIN_YEAR, point_days(r->ref));
	e->anchor = r->ref_start;
	if (month.grain)
		return day_choose(month.number / 12 * 12 + m - 1, month.number - 3, 12, 1) / 12;
	return year.grain ? year.number : 0;
}

/* The year of a month (and day) that names none: by "last", "next", by the tense, else the nearest. */
static int missing_year(struct resolver *r, struct expr *e, int m, int d)
{
	struct point now = now_at(r, GRAIN_MONTH), year = now_at(r, GRAIN_YEAR);
	int rel = has(e, CL_REL) && !has(e, CL_YEARNOUN) ? slot(e, CL_REL) : 99;
	if (has(e, CL_REL) && rel == 0 && e->again)
		rel = e->again; /* "this past October" */
	if (r->narrative && rel == 99 && r->ref.grain && start_of(r, e) - r->ref_start < NARRATIVE_REACH)
		return narrative_year(r, e, m);
	if (!year.grain)
		return 0;
	if (!now.grain || rel == 0)
		return year.number;
	int32_t at = now.number, want = at / 12 * 12 + m - 1;
	if (rel == -1)
		return day_choose(want, at - (d <= 0 || m != at % 12 + 1), 12, -1) / 12;
	if (rel == 1)
		return day_choose(want, at + (d <= 0 || m != at % 12 + 1), 12, 1) / 12;
	int dir = tense(r, e);
	if (d > 0) /* a day without a year is within half a year, unless it is the end of something */
		return day_year(r, e, want, at);
	if (want == at)
		return year.number;
	if (day_before_is(r, e, "through") || day_before_is(r, e, "for"))
		return day_choose(want, at, 12, 0) / 12;
	if (dir > 0 && day_choose(want, at, 12, 0) < at && day_before_is(r, e, "the")) /* "… to make the November trip" */
		return day_choose(want, at, 12, -1) / 12;
	if (day_before_is(r, e, "by"))
		dir = 1;
	if (!dir && d <= 0)
		dir = want > at && want - at < 3 ? 0 : -1;
	return day_choose(want, at, 12, dir) / 12;
}

/* "Monday 4 June" says which year it was: the one before or after, if only there it is a Monday. */
static int weekday_year(const struct expr *e, int y, int m, int d)
{
	static const int8_t tries[] = {0, -1, 1};
	int w = has(e, CL_WEEKDAY) ? slot(e, CL_WEEKDAY) : has(e, CL_DAYABBR) ? slot(e, CL_DAYABBR) : has(e, CL_DAYX) ? slot(e, CL_DAYX) : 0;
	for (size_t i = 0; y && d && w && i < sizeof tries; i++)
		if (day_valid(y + tries[i], m, d) && day_weekday(day_of(y + tries[i], m, d)) == w)
			return y + tries[i];
	return y;
}

void day_month_and_day(struct resolver *r, struct expr *e)
{
	int m = month_of(e), d = dom_of(e), y;
	if (e->rule->arg == 5)
		d = e->again;
	if (has(e, CL_YEARNOUN) && has(e, CL_REL)) /* "January this year" */
		y = now_at(r, GRAIN_YEAR).grain ? now_at(r, GRAIN_YEAR).number + slot(e, CL_REL) : 0;
	else if (has_year(e))
		y = year_of(e) - (e->rule->arg == 7 && m > e->again); /* "December to March 2014" */
	else
		y = weekday_year(e, missing_year(r, e, m, d), m, d);
	if (y == 0) {
		AUTO_STR struct str s = {0};
		e->dead = d > 31 || (d && !day_valid(2000, m, d));
		str_printf(&s, d ? "XXXX-%02d-%02d" : "XXXX-%02d", m, d);
		e->how = "relative";
		day_set_span_value(r, e, &s);
		return;
	}
	struct point p = d ? day_point(y, m, d) : point_of(GRAIN_MONTH, y * 12 + m - 1);
	day_absolute(e, p);
	if (!has_year(e))
		e->how = e->anchor == UINT32_MAX ? "relative" : "anchored";
}

/* "April Jones", "June Carter": a capital behind it, and nothing before it that leads to a date. */
static bool given_name(const struct resolver *r, const struct expr *e)
{
	static const char *const leads[] = {"in", "since", "by", "until", "till", "of", "from", "to", "during", "last", "next", "this", "and", "early", "late", "mid", "on", "for", "before", "after", "between",
		"through", "or", NULL};
	const struct tokens *t = r->c->tokens;
	size_t next = e->tok + 1;
	if (e->n_tok != 1 || !has(e, CL_MONTHNAME) || dom_of(e) || next >= t->n || !(t->v[next].flags & TOKEN_UPPER) || t->v[next].before != ' ')
		return false;
	for (int i = 0; leads[i]; i++)
		if (day_before_is(r, e, leads[i]))
			return false;
	return true;
}

/* After "on the 15th" nothing may stand that it counts: a stop, or a small word. */
static bool counts_something(const struct tokens *t, size_t next)
{
	static const char *const small[] = {"in", "at", "by", "with", "from", "for", "that", "which", "who", "when", "where", "and", "but", "or", "to", "he", "she", "they", "we", "it", "i", "his", "her", "their",
		"was", "were", "is", "are", "had", "has", "have", "will", "would", "after", "before", "until", "as", "because", "if", "not", "there", "a", "an", NULL};
	if (next >= t->n || t->v[next].flags & TOKEN_SENTENCE || !token_follows(t, next))
		return false;
	for (int i = 0; small[i]; i++)
		if (span_is(token_word(t, next), small[i])) {
			bool on = i >= 11 && i <= 14, the = on && next + 1 < t->n && span_is(token_word(t, next + 1), "the"); /* "from the 19th to the 20th century" */
			size_t other = next + 1 + the;
			return on && other < t->n && t->v[other].flags & TOKEN_HAS_DIGIT && counts_something(t, other + 1);
		}
	return true;
}

/* So many days ahead of today's in the month: which month is meant? Nobody says "on the 24th" of a day four weeks ago. */
static int months_off(int dir, int ahead)
{
	if (dir > 0)
		return ahead < 0;
	if (dir < 0)
		return -(ahead > 3);
	return ahead > 15 ? -1 : ahead < -15 ? 1 : 0;
}

/* "north of the 19th": a parallel. */
static bool direction_before(const struct tokens *t, const struct expr *e)
{
	static const char *const sides[] = {"north", "south", "east", "west", "northern", "southern", NULL};
	for (int i = 0; e->tok > 1 && sides[i]; i++)
		if (span_is(token_word(t, e->tok - 2), sides[i]))
			return true;
	return false;
}

/* "on the 15th": of the month spoken of, else by the tense and the nearest; "the 15th ultimo". */
static void day_of_month(struct resolver *r, struct expr *e)
{
	const struct tokens *t = r->c->tokens;
	int d = slot(e, CL_ORDNO), y, m, dom;
	struct point now = now_at(r, GRAIN_DAY), month = now_at(r, GRAIN_MONTH);
	bool last = day_inside(r, e, "ultimo") || day_inside(r, e, "ult"), named = last || day_inside(r, e, "instant") || day_inside(r, e, "inst");
	if (direction_before(t, e) || (!named && counts_something(t, e->tok + e->n_tok))) {
		e->dead = true;
		return;
	}
	if (!named && r->dated.grain && start_of(r, e) - r->dated_start < 400) {
		struct interval at = point_days(r->dated);
		day_split(at.from, &y, &m, &dom);
		m += r->dated.grain == GRAIN_DAY && d + 15 < dom; /* "28 March … the 3d" */
		e->anchor = r->dated_start;
		e->how = "anchored";
	} else if (month.grain) {
		y = month.number / 12, m = month.number % 12 + 1;
		if (last)
			m--;
		else if (!named && now.grain) {
			day_split(now.number, NULL, NULL, &dom);
			m += months_off(tense(r, e), d - dom);
		}
	} else {
		day_relative(e, nowhere(), "XXXX-XX-XX");
		return;
	}
	y += m > 12 ? 1 : m < 1 ? -1 : 0;
	m = m > 12 ? 1 : m < 1 ? 12 : m;
	day_relative(e, day_point(y, m, d), "XXXX-XX-XX");
}

/* "the March accession": a thing in that month; not "the March on Rome", "the march", nor what a Mrs May did. */
static bool attributive(const struct resolver *r, const struct expr *e)
{
	static const char *const prepositions[] = {"on", "to", "from", "through", "of", "for", "in", "at", "against", "by", "was", "is", "and", "or", "family", "hare", "who", "that", "which", "past", "with", "into", "across", "up",
		"had", "has", "will", NULL};
	const struct tokens *t = r->c->tokens;
	size_t next = e->tok + 1;
	if (month_of(e) != 3 || next >= t->n || !token_follows(t, next) || t->v[next].flags & (TOKEN_UPPER | TOKEN_HAS_DIGIT | TOKEN_SENTENCE))
		return false;
	for (int i = 0; prepositions[i]; i++)
		if (span_is(token_word(t, next), prepositions[i]))
			return false;
	return true;
}

void act_date(struct resolver *r, struct expr *e)
{
	if (e->rule->arg == 9) {
		day_of_month(r, e);
		return;
	}
	if (has_month(e)) {
		day_month_and_day(r, e);
		e->dead |= given_name(r, e) || (e->rule->arg == 10 && !attributive(r, e));
		return;
	}
	if (e->rule->arg == 8) { /* the one day that is named by its figures */
		day_absolute(e, point_of(GRAIN_DAY, day_of(2001, 9, 11)));
		e->dead |= slot(e, CL_NUM) != 9 || e->again != 11;
		return;
	}
	if (e->rule->arg == 6) { /* "post-1959": it has no end */
		AUTO_STR struct str s = {0};
		str_printf(&s, "%04d", year_of(e));
		e->how = "absolute";
		day_set_span_value(r, e, &s);
		return;
	}
	if (e->rule->arg >= 2) {
		era_year(r, e);
		return;
	}
	int y = has(e, CL_FISCAL) ? slot(e, CL_FISCAL) : year_of(e);
	day_absolute(e, point_of(GRAIN_YEAR, y));
	if (e->rule->arg == 1 && !plausible_year(r, e))
		e->dead = true;
}

void act_fixed(struct resolver *r, struct expr *e)
{
	(void)r;
	day_absolute(e, e->rule->arg ? point_of(GRAIN_MONTH, slot(e, CL_YEARMONTH)) : point_of(GRAIN_DAY, slot(e, CL_DATE)));
}

static bool possessive(const struct resolver *r, const struct expr *e)
{
	const struct tokens *t = r->c->tokens;
	return e->tok + e->n_tok < t->n && t->v[e->tok + e->n_tok].flags & TOKEN_POSSESSIVE;
}

void act_weekday(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	struct point now = now_at(r, GRAIN_DAY), week = now_at(r, GRAIN_WEEK);
	int w = slot(e, CL_WEEKDAY), rel = has(e, CL_REL) ? slot(e, CL_REL) : 99;
	if (rel == 99 && !has(e, CL_PARTOFDAY) && e->tok > 0 && span_is(token_word(r->c->tokens, e->tok - 1), "a")) { /* "it was a Friday" */
		e->dead = true;
		return;
	}
	if (rel == 0 && e->again)
		rel = e->again;
	str_printf(&s, "XXXX-WXX-%d", w);
	const char *unknown = arena_z(r->c->arena, str_view(&s));
	if (e->rule->arg == 1) {
		day_relative(e, week.grain ? point_of(GRAIN_DAY, point_days(week).from + 7 * slot(e, CL_REL) + w - 1) : week, unknown);
		return;
	}
	if (!now.grain) {
		day_relative(e, now, unknown);
		return;
	}
	int32_t at = now.number, want = at + w - day_weekday(at);
	int dir = rel == 99 ? tense(r, e) : rel;
	if (rel == 99 && possessive(r, e)) /* "Wednesday's ruling" */
		dir = -1;
	if (rel == -1)
		at--;
	else if (rel == 1)
		at++;
	if (rel == 0)
		dir = 1;
	day_relative(e, point_of(GRAIN_DAY, day_choose(want, at, 7, dir > 0 ? 1 : -1)), unknown);
}

void act_relunit(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = e->rule->arg;
	if (e->rule->arg >= 7)
		n = 0;
	else if (!n)
		n = slot(e, CL_REL) ? slot(e, CL_REL) : e->again;
	enum grain g = day_unit_grains[unit];
	bool name = e->n_tok > 1 && titled(r, e) && r->c->tokens->v[e->tok].before == '"'; /* "This Week" on television */
	if (name || g == GRAIN_NONE || unit == UNIT_NIGHT || (unit == UNIT_DAY && n != 0)) {
		e->dead = true;
		return;
	}
	if ((unit == UNIT_DECADE || unit == UNIT_CENTURY) && day_inside(r, e, "past")) {
		day_duration_value(r, e, 1, unit);
		return;
	}
	day_relative(e, point_shift(now_at(r, g), n * (unit == UNIT_FORTNIGHT ? 2 : 1)), n ? n < 0 ? "PAST_REF" : "FUTURE_REF" : "PRESENT_REF");
	if (!now_at(r, g).grain)
		day_relative(e, nowhere(), n ? n < 0 ? "PAST_REF" : "FUTURE_REF" : "PRESENT_REF");
}

/* "USA Today": a capital behind a word in capitals. */
static bool paper(const struct resolver *r, const struct expr *e)
{
	return e->n_tok == 1 && e->tok > 0 && titled(r, e) && token_follows(r->c->tokens, e->tok) && r->c->tokens->v[e->tok - 1].flags & TOKEN_CAPS;
}

void act_deictic(struct resolver *r, struct expr *e)
{
	if (paper(r, e)) {
		e->dead = true;
		return;
	}
	int n = has(e, CL_DEICTIC) ? slot(e, CL_DEICTIC) : e->rule->arg;
	struct point p = now_at(r, GRAIN_DAY);
	if (p.grain)
		p = point_shift(p, n);
	day_relative(e, p, n ? n < 0 ? "PAST_REF" : "FUTURE_REF" : "PRESENT_REF");
}

void act_weekof(struct resolver *r, struct expr *e)
{
	if (e->rule->arg == 1) {
		int w = has(e, CL_WEEKNO) ? slot(e, CL_WEEKNO) : slot(e, CL_NUM), y = slot(e, CL_YEAR), iso_y, iso_w;
		day_t monday = w >= 1 && w <= 53 ? day_of_week(y, w) : 0;
		day_iso_week(monday, &iso_y, &iso_w);
		day_absolute(e, point_at(GRAIN_WEEK, monday));
		e->dead |= iso_y != y || iso_w != w;
		return;
	}
	day_month_and_day(r, e);
	if (e->point.grain == GRAIN_DAY)
		e->point = point_at(GRAIN_WEEK, e->point.number);
}

static day_t holiday_in(const struct holiday *h, int year)
{
	day_t monday;
	switch (h->kind) {
	case HOLIDAY_NTH: return day_nth_weekday(year, h->a, h->b, h->c);
	case HOLIDAY_EASTER:
	case HOLIDAY_WEEK: return day_easter(year) + h->b;
	case HOLIDAY_ELECTION: monday = day_nth_weekday(year, h->a, 1, 1); return monday + 1;
	default: return day_of(year, h->a, h->b);
	}
}

/* The nearest one, unless the verb is sure of the other side and this one is weeks away; in years. */
static int holiday_nearest(const struct resolver *r, const struct expr *e, int32_t ahead)
{
	int dir = tense(r, e), years = ahead > 183 ? -1 : ahead < -183 ? 1 : 0;
	int32_t near = ahead + years * 365;
	if (near > 45 && dir < 0)
		return years - 1;
	return near < -45 && dir > 0 ? years + 1 : years;
}

/* The holiday of the year that is named, of last or next time, or the one that tense and nearness choose. */
void act_holiday(struct resolver *r, struct expr *e)
{
	const struct holiday *h = &day_holidays[e->rule->arg];
	struct point now = now_at(r, GRAIN_DAY), year = now_at(r, GRAIN_YEAR);
	int y = has_year(e) ? year_of(e) : year.grain ? year.number : 0, rel = has(e, CL_REL) ? slot(e, CL_REL) : 0;
	if (!y) {
		day_relative(e, nowhere(), "XXXX-XX-XX");
		return;
	}
	if (!has_year(e) && now.grain) {
		bool strict = has(e, CL_REL) && rel != 0;
		day_t this_year = holiday_in(h, y);
		if (rel < 0 && this_year >= now.number + !strict)
			y--;
		else if (rel > 0 && this_year <= now.number - !strict)
			y++;
		else if (rel == 0 && !has(e, CL_REL))
			y += holiday_nearest(r, e, this_year - now.number);
	}
	day_t d = holiday_in(h, y);
	day_relative(e, point_at(h->kind == HOLIDAY_WEEK ? GRAIN_WEEK : GRAIN_DAY, d), "XXXX-XX-XX");
	if (has_year(e))
		e->how = "absolute";
}

void act_anniversary(struct resolver *r, struct expr *e)
{
	(void)r;
	day_absolute(e, point_of(GRAIN_YEAR, day_events[e->rule->arg].year + slot(e, CL_ORD)));
	e->dead |= slot(e, CL_ORD) < 1;
}

/* "1914-18", "2011-2013", "1990/91": one expression, both ends known. */
void act_range(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	int from = year_of(e), to = slot(e, CL_NUM) == from ? e->again : slot(e, CL_NUM);
	const struct tokens *t = r->c->tokens;
	size_t digits = t->v[e->tok + e->n_tok - 1].len;
	if (digits == 2)
		to += from / 100 * 100;
	else if (digits == 1)
		to += from / 10 * 10;
	else if (digits != 4)
		to = 0;
	if (!plausible_year(r, e) || to <= from || to - from > 300 || from < 1000 || (e->rule->arg == 1 && to != from + 1)) {
		e->dead = true;
		return;
	}
	str_printf(&s, "%04d/%04d", from, to);
	e->how = "absolute";
	day_set_span_value(r, e, &s);
	e->days = (struct interval){day_of(from, 1, 1), day_of(to, 12, 31), PREC_YEARS};
}
