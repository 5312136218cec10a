/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an expression to its value and its days: one function an action.
 *
 *	anchors   now: the publication day (or the month, the year, where no more is known)
 *	          ref: the last expression before this one that means a stretch of the calendar
 *	          tense: which way "in July" and "on Wednesday" look
 *
 * Where the anchor is not known, there is a value with X for what is missing, and no days.
 */
#include "index/facts/days-parts.h"

struct resolver {
	const struct day_context *c;
	struct exprs *all;
	struct point ref, quarter; /* the last of each */
	uint32_t ref_start, quarter_start;
};

static bool has(const struct expr *e, enum day_class c) { return e->has & CLASS_BIT(c); }
static struct point now_at(const struct resolver *r, enum grain g) { return point_in(g, r->c->now); }
static struct point nowhere(void) { return (struct point){GRAIN_NONE, 0}; }

static uint32_t start_of(const struct resolver *r, const struct expr *e) { return r->c->tokens->v[e->tok].start; }

static struct point ref_at(struct resolver *r, struct expr *e, enum grain g)
{
	struct point p = point_in(g, point_days(r->ref));
	if (p.grain) {
		e->anchor = r->ref_start;
		e->how = "anchored";
	}
	return p;
}

static int tense(const struct resolver *r, const struct expr *e) { return tense_near(r->c->tokens, e->tok, e->tok + e->n_tok); }

/* Of the numbers base + k*step the one that the direction asks for, seen from `at`: past ≤ at, future ≥ at, unsure the nearest. */
static int32_t choose(int32_t candidate, int32_t at, int32_t step, int direction)
{
	int32_t away = (candidate - at) % step;
	if (away < 0)
		away += step; /* 0 … step-1 ahead */
	if (direction > 0)
		return at + away;
	if (direction < 0)
		return away ? at + away - step : at;
	return away * 2 < step ? at + away : at + away - step;
}

static const char *const part_values[] = {"TMO", "TAF", "TEV", "TNI"};
static const enum grain unit_grains[] = {
#define X(name, letter, grain, times) GRAIN_##grain,
	DAY_UNITS(X)
#undef X
};
static const int unit_times[] = {
#define X(name, letter, grain, times) times,
	DAY_UNITS(X)
#undef X
};
static const char *const unit_letters[] = {
#define X(name, letter, grain, times) letter,
	DAY_UNITS(X)
#undef X
};

static int unit_of(const struct expr *e) { return has(e, CL_UNITS) && has(e, CL_NUM) ? e->slot[CL_UNITS] : has(e, CL_UNIT) ? e->slot[CL_UNIT] : has(e, CL_UNITS) ? e->slot[CL_UNITS] : UNIT_YEAR; }
static int year_of(const struct expr *e) { return has(e, CL_YEAR) ? e->slot[CL_YEAR] : has(e, CL_OLDYEAR) ? e->slot[CL_OLDYEAR] : has(e, CL_YEAR2) ? e->slot[CL_YEAR2] : 0; }
static int month_of(const struct expr *e) { return has(e, CL_MONTH) ? e->slot[CL_MONTH] : has(e, CL_MONTHNAME) ? e->slot[CL_MONTHNAME] : has(e, CL_MAYBE) ? e->slot[CL_MAYBE] : e->slot[CL_MONTHX]; }
static int season_of(const struct expr *e) { return has(e, CL_SEASON) ? e->slot[CL_SEASON] : e->slot[CL_SEASONX]; }
static bool has_year(const struct expr *e) { return has(e, CL_YEAR) || has(e, CL_OLDYEAR) || has(e, CL_YEAR2); }
static bool has_month(const struct expr *e) { return has(e, CL_MONTH) || has(e, CL_MONTHNAME) || has(e, CL_MAYBE) || has(e, CL_MONTHX); }

static bool before_is(const struct resolver *r, const struct expr *e, const char *z)
{
	return e->tok > 0 && !(r->c->tokens->v[e->tok].flags & TOKEN_SENTENCE) && span_is(token_word(r->c->tokens, e->tok - 1), z);
}

/* A word inside the expression, as "past" in "the past decade". */
static bool inside(const struct resolver *r, const struct expr *e, const char *z)
{
	for (uint32_t i = e->tok; i < e->tok + e->n_tok; i++)
		if (span_is(token_word(r->c->tokens, i), z))
			return true;
	return false;
}

static void set_span_value(const struct resolver *r, struct expr *e, struct str *s)
{
	e->value = arena_span(r->c->arena, str_view(s));
}

static void set_text(struct expr *e, const char *z) { e->value = span_of(z); }

static void absolute(struct expr *e, struct point p)
{
	e->point = p;
	e->how = "absolute";
	e->dead = !point_valid(p);
}

static void relative(struct expr *e, struct point p, const char *unknown)
{
	e->point = p;
	if (!e->how)
		e->how = "relative";
	if (!point_valid(p)) {
		e->point = nowhere();
		set_text(e, unknown);
	}
}

static void duration_value(struct resolver *r, struct expr *e, int n, int unit);

/* --- dates --- */

/* A year on its own: a number with a measure behind it, or a name of something numbered before it, is none. */
static bool plausible_year(const struct resolver *r, const struct expr *e)
{
	static const char *const measures[] = {"people", "men", "women", "troops", "soldiers", "miles", "kilometers", "kilometres", "km", "meters", "metres", "feet", "dollars", "percent", "per", "tons",
		"tonnes", "points", "shares", "pounds", "euros", "yen", "rubles", "jobs", "workers", "employees", "students", "words", "pages", "times", "units", "members", "million", "billion", "trillion",
		"acres", "hectares", "degrees", "votes", "seats", "cars", "homes", "houses", "others", "persons", "civilians", "refugees", "prisoners", "hours", "gmt", "utc", "mm", "kg", "mhz", "series", NULL};
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
	int n = has_year(e) ? year_of(e) : e->slot[CL_NUM];
	if (e->rule->arg == 3) { /* before Christ: no civil day in our calendar */
		AUTO_STR struct str s = {0};
		str_printf(&s, "BC%04d", n);
		e->how = "absolute";
		set_span_value(r, e, &s);
		e->dead = n > 9999;
		return;
	}
	absolute(e, point_of(GRAIN_YEAR, e->rule->arg == 4 ? 1911 + n : n));
}

static struct point day_point(int y, int m, int d) { return day_valid(y, m, d) ? point_of(GRAIN_DAY, day_of(y, m, d)) : nowhere(); }

/* A day without a year is within half a year, unless the verb is sure of the past and the day is far ahead. */
static int day_year(const struct resolver *r, const struct expr *e, int32_t want, int32_t at)
{
	int32_t near = choose(want, at, 12, 0);
	if (before_is(r, e, "ended") || (near - at >= 3 && tense(r, e) < 0))
		return choose(want, at, 12, -1) / 12;
	return (before_is(r, e, "ending") ? choose(want, at, 12, 1) : near) / 12;
}

/* The year of a month (and day) that names none: by "last", "next", by the tense, else the nearest. */
static int missing_year(struct resolver *r, struct expr *e, int m, int d)
{
	struct point now = now_at(r, GRAIN_MONTH), year = now_at(r, GRAIN_YEAR);
	int rel = has(e, CL_REL) && !has(e, CL_YEARNOUN) ? e->slot[CL_REL] : 99;
	if (has(e, CL_REL) && rel == 0 && e->again)
		rel = e->again; /* "this past October" */
	if (!year.grain)
		return 0;
	if (!now.grain || rel == 0)
		return year.number;
	int32_t at = now.number, want = at / 12 * 12 + m - 1;
	if (rel == -1)
		return choose(want, at - (d <= 0 || m != at % 12 + 1), 12, -1) / 12;
	if (rel == 1)
		return choose(want, at + (d <= 0 || m != at % 12 + 1), 12, 1) / 12;
	int dir = tense(r, e);
	if (d > 0) /* a day without a year is within half a year, unless it is the end of something */
		return day_year(r, e, want, at);
	if (want == at)
		return year.number;
	if (before_is(r, e, "by"))
		dir = 1;
	if (!dir && d <= 0)
		dir = e->part == PART_WHOLE && want - at < 3 && want > at ? 0 : -1;
	return choose(want, at, 12, dir) / 12;
}

static void month_and_day(struct resolver *r, struct expr *e)
{
	int m = month_of(e), d = has(e, CL_DOM) ? e->slot[CL_DOM] : 0, y;
	if (e->rule->arg == 5)
		d = e->again;
	if (has(e, CL_YEARNOUN) && has(e, CL_REL)) /* "January this year" */
		y = now_at(r, GRAIN_YEAR).grain ? now_at(r, GRAIN_YEAR).number + e->slot[CL_REL] : 0;
	else if (has_year(e))
		y = year_of(e);
	else
		y = missing_year(r, e, m, d);
	if (y == 0) {
		AUTO_STR struct str s = {0};
		e->dead = d > 31 || (d && !day_valid(2000, m, d));
		str_printf(&s, d ? "XXXX-%02d-%02d" : "XXXX-%02d", m, d);
		e->how = "relative";
		set_span_value(r, e, &s);
		return;
	}
	struct point p = d ? day_point(y, m, d) : point_of(GRAIN_MONTH, y * 12 + m - 1);
	absolute(e, p);
	if (!has_year(e))
		e->how = "relative";
}

/* "April Jones", "June Carter": a capital behind it, and nothing before it that leads to a date. */
static bool given_name(const struct resolver *r, const struct expr *e)
{
	static const char *const leads[] = {"in", "since", "by", "until", "till", "of", "from", "to", "during", "last", "next", "this", "and", "early", "late", "mid", "on", "for", "before", "after", "between",
		"through", "or", NULL};
	const struct tokens *t = r->c->tokens;
	size_t next = e->tok + 1;
	if (e->n_tok != 1 || !has(e, CL_MONTHNAME) || has(e, CL_DOM) || next >= t->n || !(t->v[next].flags & TOKEN_UPPER) || t->v[next].before != ' ')
		return false;
	for (int i = 0; leads[i]; i++)
		if (before_is(r, e, leads[i]))
			return false;
	return true;
}

static void act_date(struct resolver *r, struct expr *e)
{
	if (has_month(e)) {
		month_and_day(r, e);
		e->dead |= given_name(r, e);
		return;
	}
	if (e->rule->arg == 6) { /* "post-1959": it has no end */
		AUTO_STR struct str s = {0};
		str_printf(&s, "%04d", year_of(e));
		e->how = "absolute";
		set_span_value(r, e, &s);
		return;
	}
	if (e->rule->arg >= 2) {
		era_year(r, e);
		return;
	}
	int y = has(e, CL_FISCAL) ? e->slot[CL_FISCAL] : year_of(e);
	absolute(e, point_of(GRAIN_YEAR, y));
	if (e->rule->arg == 1 && !plausible_year(r, e))
		e->dead = true;
}

static void act_fixed(struct resolver *r, struct expr *e)
{
	(void)r;
	absolute(e, e->rule->arg ? point_of(GRAIN_MONTH, e->slot[CL_YEARMONTH]) : point_of(GRAIN_DAY, e->slot[CL_DATE]));
}

static void act_weekday(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	struct point now = now_at(r, GRAIN_DAY), week = now_at(r, GRAIN_WEEK);
	int w = e->slot[CL_WEEKDAY], rel = has(e, CL_REL) ? e->slot[CL_REL] : 99;
	if (rel == 99 && e->tok > 0 && span_is(token_word(r->c->tokens, e->tok - 1), "a")) { /* "it was a Friday" */
		e->dead = true;
		return;
	}
	if (rel == 0 && e->again)
		rel = e->again;
	str_printf(&s, "XXXX-WXX-%d", w);
	const char *unknown = arena_z(r->c->arena, str_view(&s));
	if (e->rule->arg == 1) {
		relative(e, week.grain ? point_of(GRAIN_DAY, point_days(week).from + 7 * e->slot[CL_REL] + w - 1) : week, unknown);
		return;
	}
	if (!now.grain) {
		relative(e, now, unknown);
		return;
	}
	int32_t at = now.number, want = at + w - day_weekday(at);
	int dir = rel == 99 ? tense(r, e) : rel;
	if (rel == -1)
		at--;
	else if (rel == 1)
		at++;
	if (rel == 0)
		dir = 1;
	relative(e, point_of(GRAIN_DAY, choose(want, at, 7, dir > 0 ? 1 : -1)), unknown);
}

static void act_relunit(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = e->rule->arg;
	if (e->rule->arg >= 7)
		n = 0;
	else if (!n)
		n = e->slot[CL_REL] ? e->slot[CL_REL] : e->again;
	enum grain g = unit_grains[unit];
	if (g == GRAIN_NONE || unit == UNIT_NIGHT || (unit == UNIT_DAY && n != 0)) {
		e->dead = true;
		return;
	}
	if ((unit == UNIT_DECADE || unit == UNIT_CENTURY) && inside(r, e, "past")) {
		duration_value(r, e, 1, unit);
		return;
	}
	relative(e, point_shift(now_at(r, g), n * (unit == UNIT_FORTNIGHT ? 2 : 1)), n ? n < 0 ? "PAST_REF" : "FUTURE_REF" : "PRESENT_REF");
	if (!now_at(r, g).grain)
		relative(e, nowhere(), n ? n < 0 ? "PAST_REF" : "FUTURE_REF" : "PRESENT_REF");
}

static void act_deictic(struct resolver *r, struct expr *e)
{
	int n = has(e, CL_DEICTIC) ? e->slot[CL_DEICTIC] : e->rule->arg;
	struct point p = now_at(r, GRAIN_DAY);
	if (p.grain)
		p = point_shift(p, n);
	relative(e, p, n ? n < 0 ? "PAST_REF" : "FUTURE_REF" : "PRESENT_REF");
}

/* --- amounts --- */

static int amount(const struct expr *e) { return has(e, CL_NUM) ? e->slot[CL_NUM] : has(e, CL_UNIT) || has(e, CL_YEARNOUN) ? 1 : NUM_VAGUE; }

static void duration_value(struct resolver *r, struct expr *e, int n, int unit)
{
	AUTO_STR struct str s = {0};
	const char *letter = unit_letters[unit];
	bool time = letter[0] == 'T';
	e->type = "DURATION";
	e->how = e->how ? e->how : "absolute";
	str_z(&s, time ? "PT" : "P");
	letter += time;
	if (n < 0)
		str_z(&s, "X");
	else
		str_printf(&s, "%d", n * unit_times[unit]);
	if (n > 100000)
		e->dead = true;
	str_z(&s, letter);
	set_span_value(r, e, &s);
}

/* "two and a half years": the half in the next smaller unit. */
static void fraction_value(struct resolver *r, struct expr *e, int n, int unit, int quarters)
{
	static const struct { uint8_t unit, lower, per; } rows[] = {{UNIT_YEAR, UNIT_MONTH, 12}, {UNIT_DECADE, UNIT_YEAR, 10}, {UNIT_CENTURY, UNIT_YEAR, 100}, {UNIT_HOUR, UNIT_MINUTE, 60},
		{UNIT_MINUTE, UNIT_SECOND, 60}, {UNIT_DAY, UNIT_HOUR, 24}, {UNIT_WEEK, UNIT_DAY, 7}, {UNIT_MONTH, UNIT_WEEK, 4}};
	AUTO_STR struct str s = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].unit != unit)
			continue;
		int small = rows[i].per * quarters / 4;
		const char *a = unit_letters[unit], *b = unit_letters[rows[i].lower];
		int lower_n = small;
		if (unit == UNIT_DECADE || unit == UNIT_CENTURY) {
			duration_value(r, e, n * unit_times[unit] + small, UNIT_YEAR);
			return;
		}
		str_z(&s, "P");
		if (a[0] == 'T')
			str_z(&s, "T");
		if (n > 0)
			str_printf(&s, "%d%s", n, a + (a[0] == 'T'));
		if (b[0] == 'T' && a[0] != 'T')
			str_z(&s, "T");
		str_printf(&s, "%d%s", lower_n, b + (b[0] == 'T'));
		e->type = "DURATION";
		e->how = "absolute";
		set_span_value(r, e, &s);
		return;
	}
	duration_value(r, e, n, unit);
}

static bool rate_before(const struct resolver *r, const struct expr *e)
{
	const struct tokens *t = r->c->tokens;
	for (uint32_t k = 1; k <= 2 && k <= e->tok; k++) {
		if (t->v[e->tok - k + 1].flags & TOKEN_SENTENCE || !token_follows(t, e->tok - k + 1))
			return false;
		if (t->v[e->tok - k].flags & TOKEN_HAS_DIGIT || span_is(token_word(t, e->tok - k), "times") || span_is(token_word(t, e->tok - k), "million") || span_is(token_word(t, e->tok - k), "billion"))
			return true;
	}
	return false;
}

static void act_duration(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = amount(e), arg = e->rule->arg;
	if (has(e, CL_NUM) && has(e, CL_UNIT) && !has(e, CL_UNITS) && unit == UNIT_SECOND)
		e->dead = true;
	if (unit == UNIT_SECOND && !has(e, CL_UNITS)) /* "a second chance" */
		e->dead = true;
	if (arg == 6)
		n = 1;
	if (arg == 4 || (arg == 3 && e->again > n))
		n = arg == 4 ? NUM_VAGUE : n;
	if (arg == 1 || e->quarters || arg == 2) {
		fraction_value(r, e, arg == 1 ? 0 : n, unit, arg == 1 || arg == 2 ? 2 : e->quarters);
		return;
	}
	if (unit == UNIT_QUARTER && has(e, CL_NUM) && n < 0)
		n = NUM_VAGUE;
	duration_value(r, e, n, unit);
	if (n == 1 && !has(e, CL_NUM) && rate_before(r, e))
		e->type = "SET";
}

/* The size of stretch that "n of this unit ago" names, and how many of it. */
static enum grain ago_grain(int unit, int *n)
{
	enum grain g = unit_grains[unit];
	if (unit == UNIT_FORTNIGHT)
		*n *= 2;
	if (unit == UNIT_DECADE || unit == UNIT_CENTURY || unit == UNIT_MILLENNIUM) {
		*n *= unit_times[unit];
		return GRAIN_YEAR;
	}
	return g;
}

static void act_ago(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = amount(e);
	const char *unknown = e->rule->arg < 0 ? "PAST_REF" : "FUTURE_REF";
	if (!has(e, CL_UNIT) && !has(e, CL_UNITS))
		n = 1, unit = UNIT_YEAR;
	enum grain g = ago_grain(unit, &n);
	if (n < 0 || g == GRAIN_NONE) {
		if (g == GRAIN_NONE && n >= 0)
			duration_value(r, e, n, unit);
		else
			relative(e, nowhere(), unknown);
		return;
	}
	if (unit == UNIT_YEAR && n == 1 && !e->quarters && r->quarter.grain && start_of(r, e) - r->quarter_start < 600) {
		e->how = "anchored"; /* "from $1.2 million a year ago": the same quarter */
		e->anchor = r->quarter_start;
		e->compared = true;
		relative(e, point_shift(r->quarter, e->rule->arg * 4), unknown);
		return;
	}
	if (inside(r, e, "quarter") && now_at(r, GRAIN_QUARTER).grain) {
		relative(e, point_shift(now_at(r, GRAIN_QUARTER), -5), unknown);
		return;
	}
	if (e->quarters && unit == UNIT_YEAR)
		g = GRAIN_MONTH, n = n * 12 + e->quarters * 3;
	struct point p = now_at(r, g);
	if (p.grain)
		p = point_shift(p, e->rule->arg * n);
	relative(e, p, unknown);
}

/* A year before a quarter is a quarter, before a day a day. */
static struct point years_from(struct point ref, int n)
{
	int y, m, d;
	switch (ref.grain) {
	case GRAIN_MONTH: return point_shift(ref, 12 * n);
	case GRAIN_QUARTER:
	case GRAIN_SEASON: return point_shift(ref, 4 * n);
	case GRAIN_HALF: return point_shift(ref, 2 * n);
	case GRAIN_YEAR: return point_shift(ref, n);
	case GRAIN_DAY:
		day_split(ref.number, &y, &m, &d);
		return day_valid(y + n, m, d) ? point_of(GRAIN_DAY, day_of(y + n, m, d)) : nowhere();
	default: {
		struct point p = point_in(GRAIN_YEAR, point_days(ref));
		return p.grain ? point_shift(p, n) : p;
	}
	}
}

static void act_later(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = amount(e);
	enum grain g = ago_grain(unit, &n);
	struct point p = nowhere();
	if (n == 1 && unit == UNIT_YEAR && e->rule->arg < 0 && r->ref.grain == GRAIN_DAY && r->quarter.grain && start_of(r, e) - r->quarter_start < 600) {
		p = point_shift(r->quarter, -4);
		e->anchor = r->quarter_start;
		e->how = "anchored";
		e->compared = true;
	} else if (n >= 0 && g == GRAIN_YEAR && r->ref.grain) {
		p = years_from(r->ref, n * e->rule->arg);
		e->compared = e->rule->arg < 0 && r->ref.grain != GRAIN_YEAR;
		e->anchor = r->ref_start;
		e->how = "anchored";
	} else if (n >= 0 && g) {
		p = ref_at(r, e, g);
		if (p.grain)
			p = point_shift(p, n * e->rule->arg);
	}
	if (!point_valid(p)) {
		duration_value(r, e, amount(e), unit);
		return;
	}
	relative(e, p, "");
}

static void ref_month(struct resolver *r, struct expr *e, int n)
{
	struct point p = ref_at(r, e, GRAIN_MONTH);
	int m = month_of(e) - 1;
	if (p.grain)
		p.number = n == 0 ? p.number / 12 * 12 + m : choose(p.number / 12 * 12 + m, p.number + n, 12, n);
	relative(e, p, n < 0 ? "PAST_REF" : "FUTURE_REF");
}

static void ref_weekday(struct resolver *r, struct expr *e, int n)
{
	struct point p = ref_at(r, e, GRAIN_DAY);
	if (!p.grain)
		p = now_at(r, GRAIN_DAY);
	if (p.grain)
		p.number = choose(p.number + e->slot[CL_WEEKDAY] - day_weekday(p.number), p.number + n, 7, n ? n : 1);
	relative(e, p, n < 0 ? "PAST_REF" : "FUTURE_REF");
}

/* "the quarter", "the year": the one spoken of, or the one of the publication day. */
static void the_unit(struct resolver *r, struct expr *e)
{
	bool period = !has(e, CL_UNIT), latest = e->rule->arg == 6;
	int unit = has(e, CL_UNIT) ? e->slot[CL_UNIT] : UNIT_QUARTER;
	enum grain g = unit_grains[unit];
	struct point p = now_at(r, g);
	if (latest && (period || unit == UNIT_QUARTER))
		g = GRAIN_QUARTER;
	if (unit == UNIT_WEEKEND && p.grain) {
		int32_t sat = point_days(p).from;
		if (r->c->now.from < sat && tense(r, e) <= 0)
			p = point_shift(p, -1);
		relative(e, p, "PAST_REF");
		return;
	}
	if (g == GRAIN_NONE || unit == UNIT_NIGHT || unit == UNIT_DECADE || unit == UNIT_CENTURY || unit == UNIT_DAY) {
		e->dead = true;
		return;
	}
	if (g == GRAIN_QUARTER && r->quarter.grain && !(latest && now_at(r, g).grain && r->quarter.number >= now_at(r, g).number)) {
		e->how = "anchored";
		e->anchor = r->quarter_start;
		p = r->quarter;
	} else if (g == GRAIN_QUARTER && now_at(r, GRAIN_QUARTER).grain)
		p = point_shift(now_at(r, GRAIN_QUARTER), -1);
	relative(e, p, "PRESENT_REF");
}

static void act_refunit(struct resolver *r, struct expr *e)
{
	int n = e->rule->arg;
	if (n >= 6) {
		the_unit(r, e);
		return;
	}
	if (n == 5) { /* "until then" */
		relative(e, ref_at(r, e, r->ref.grain), "PAST_REF");
		return;
	}
	if (has_month(e)) {
		ref_month(r, e, n);
		return;
	}
	if (has(e, CL_WEEKDAY)) {
		ref_weekday(r, e, n);
		return;
	}
	if (has(e, CL_SEASON)) {
		struct point p = ref_at(r, e, GRAIN_YEAR);
		relative(e, p.grain ? point_of(GRAIN_SEASON, (p.number + n) * 4 + season_of(e)) : p, "PAST_REF");
		return;
	}
	int unit = has(e, CL_UNIT) ? e->slot[CL_UNIT] : UNIT_DAY;
	enum grain g = unit_grains[unit];
	if (g == GRAIN_NONE) {
		e->dead = true;
		return;
	}
	struct point p = ref_at(r, e, g);
	if (has(e, CL_PARTOFDAY))
		e->suffix = part_values[e->slot[CL_PARTOFDAY]];
	if (p.grain)
		p = point_shift(p, n);
	relative(e, p, n < 0 ? "PAST_REF" : n > 0 ? "FUTURE_REF" : "PAST_REF");
}

static void act_set(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	int w = has(e, CL_WEEKDAYS) ? e->slot[CL_WEEKDAYS] : has(e, CL_WEEKDAY) ? e->slot[CL_WEEKDAY] : 0;
	e->type = "SET";
	e->how = "absolute";
	if (w) {
		str_printf(&s, "XXXX-WXX-%d", w);
		if (has(e, CL_PARTSOFDAY))
			str_z(&s, part_values[e->slot[CL_PARTSOFDAY]]);
	} else if (has_month(e))
		str_printf(&s, "XXXX-%02d", month_of(e));
	else if (has(e, CL_SEASON))
		str_printf(&s, "XXXX-%s", (const char *const[]){"SP", "SU", "FA", "WI"}[season_of(e)]);
	else if (has(e, CL_PARTOFDAY))
		str_printf(&s, "XXXX-XX-XX%s", part_values[e->slot[CL_PARTOFDAY]]);
	else {
		int unit = has(e, CL_OFTEN) ? e->slot[CL_OFTEN] : unit_of(e), n = has(e, CL_NUM) && has(e, CL_EACH) ? e->slot[CL_NUM] : 1;
		duration_value(r, e, e->rule->arg == 2 ? 2 : n, unit);
		e->type = "SET";
		return;
	}
	set_span_value(r, e, &s);
}

static void act_ref(struct resolver *r, struct expr *e)
{
	(void)r;
	static const char *const words[] = {"PRESENT_REF", "PAST_REF", "FUTURE_REF"};
	e->how = "relative";
	set_text(e, words[e->rule->arg]);
}

/* --- parts of a year --- */

static void act_quarter(struct resolver *r, struct expr *e)
{
	int q = has(e, CL_QUARTERNO) ? e->slot[CL_QUARTERNO] : e->slot[CL_ORD];
	struct point now = now_at(r, GRAIN_QUARTER), year = now_at(r, GRAIN_YEAR);
	if (e->rule->arg == 5) { /* "the 1988 quarter": the quarter spoken of, in that year */
		int y = has(e, CL_YEAR) ? e->slot[CL_YEAR] : year.grain ? year.number + e->slot[CL_REL] : 0;
		if (r->quarter.grain && y) {
			e->anchor = r->quarter_start;
			absolute(e, point_of(GRAIN_QUARTER, y * 4 + r->quarter.number % 4));
			e->how = "anchored";
		} else
			relative(e, y ? point_of(GRAIN_YEAR, y) : nowhere(), "PAST_REF");
		return;
	}
	if (q < 1 || q > 4) {
		e->dead = true;
		return;
	}
	if (has_year(e)) {
		absolute(e, point_of(GRAIN_QUARTER, year_of(e) * 4 + q - 1));
		return;
	}
	const char *unknown = (const char *const[]){"XXXX-Q1", "XXXX-Q2", "XXXX-Q3", "XXXX-Q4"}[q - 1];
	if (has(e, CL_REL) || e->rule->arg == -1) {
		relative(e, year.grain ? point_of(GRAIN_QUARTER, (year.number + (e->rule->arg == -1 ? -1 : e->slot[CL_REL])) * 4 + q - 1) : year, unknown);
		return;
	}
	if (!now.grain) {
		relative(e, year.grain ? point_of(GRAIN_QUARTER, year.number * 4 + q - 1) : year, unknown);
		return;
	}
	int32_t want = now.number / 4 * 4 + q - 1, last = choose(want, now.number, 4, -1);
	int dir = now.number - last <= 1 ? -1 : tense(r, e); /* the one just over is spoken of most */
	relative(e, point_of(GRAIN_QUARTER, choose(want, now.number, 4, dir ? dir : -1)), unknown);
}

static void act_half(struct resolver *r, struct expr *e)
{
	int h = has(e, CL_HALFNO) ? e->slot[CL_HALFNO] : e->rule->arg, y = has_year(e) ? year_of(e) : 0;
	if (!y && now_at(r, GRAIN_YEAR).grain)
		y = now_at(r, GRAIN_YEAR).number + (has(e, CL_REL) ? e->slot[CL_REL] : 0);
	relative(e, y ? point_of(GRAIN_HALF, y * 2 + h - 1) : nowhere(), h == 1 ? "XXXX-H1" : "XXXX-H2");
	if (has_year(e))
		e->how = "absolute";
}

static void act_season(struct resolver *r, struct expr *e)
{
	static const char *const unknown[] = {"XXXX-SP", "XXXX-SU", "XXXX-FA", "XXXX-WI"};
	int s = season_of(e), rel = has(e, CL_REL) ? e->slot[CL_REL] : 99;
	struct point now = now_at(r, GRAIN_SEASON), year = now_at(r, GRAIN_YEAR);
	if (has_year(e)) {
		absolute(e, point_of(GRAIN_SEASON, year_of(e) * 4 + s));
		return;
	}
	if (rel == 0 && e->again)
		rel = e->again;
	if (has(e, CL_YEARNOUN) && rel != 99) { /* "the summer of last year" */
		relative(e, year.grain ? point_of(GRAIN_SEASON, (year.number + rel) * 4 + s) : year, unknown[s]);
		return;
	}
	if (!now.grain) {
		relative(e, now, unknown[s]);
		return;
	}
	int32_t want = now.number / 4 * 4 + s;
	int dir = rel == 99 ? tense(r, e) : rel;
	if (rel == 0)
		relative(e, point_of(GRAIN_SEASON, year.grain ? year.number * 4 + s : want), unknown[s]);
	else
		relative(e, point_of(GRAIN_SEASON, choose(want, now.number + (rel == 99 ? 0 : rel), 4, dir ? dir : -1)), unknown[s]);
}

static void act_decade(struct resolver *r, struct expr *e)
{
	(void)r;
	int d = has(e, CL_DECADE) ? e->slot[CL_DECADE] : has(e, CL_DECADEWORD) ? 190 + e->slot[CL_DECADEWORD] / 10 : e->slot[CL_YEAR] / 10;
	absolute(e, point_of(GRAIN_DECADE, d));
	if (e->rule->arg == 2 && e->slot[CL_YEAR] % 10)
		e->dead = true;
}

static void act_century(struct resolver *r, struct expr *e)
{
	(void)r;
	int n = e->slot[CL_ORD];
	absolute(e, point_of(GRAIN_CENTURY, n - 1));
	if (n > 30)
		e->dead = true;
}

/* --- times of day --- */

static struct point day_spoken_of(struct resolver *r, struct expr *e)
{
	if (r->ref.grain == GRAIN_DAY && start_of(r, e) - r->ref_start < 300)
		return ref_at(r, e, GRAIN_DAY);
	return now_at(r, GRAIN_DAY);
}

static void act_clock(struct resolver *r, struct expr *e)
{
	if (e->rule->arg == 1 && has(e, CL_NUM) && !has(e, CL_CLOCK)) {
		int part = e->slot[CL_PARTOFDAY], h = e->slot[CL_NUM];
		e->dead = h < 1 || h > 12;
		e->clock = (h % 12 + (part ? 12 : 0)) * 60;
		e->has |= CLASS_BIT(CL_CLOCK);
		e->slot[CL_CLOCK] = e->clock;
	}
	relative(e, day_spoken_of(r, e), "XXXX-XX-XX");
}

static void act_partofday(struct resolver *r, struct expr *e)
{
	int n = e->rule->arg, part = has(e, CL_PARTOFDAY) ? e->slot[CL_PARTOFDAY] : 3;
	struct point p = n == 8 ? day_spoken_of(r, e) : now_at(r, GRAIN_DAY);
	if (p.grain && n == -1)
		p = point_shift(p, -1);
	e->suffix = part_values[part];
	relative(e, p, "XXXX-XX-XX");
}

/* --- the rest --- */

static void act_weekof(struct resolver *r, struct expr *e)
{
	if (e->rule->arg == 1) {
		int w = has(e, CL_WEEKNO) ? e->slot[CL_WEEKNO] : e->slot[CL_NUM], y = e->slot[CL_YEAR], iso_y, iso_w;
		day_t monday = w >= 1 && w <= 53 ? day_of_week(y, w) : 0;
		day_iso_week(monday, &iso_y, &iso_w);
		absolute(e, point_at(GRAIN_WEEK, monday));
		e->dead |= iso_y != y || iso_w != w;
		return;
	}
	month_and_day(r, e);
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

/* The holiday of the year that is named, of last or next time, or the one that tense and nearness choose. */
static void act_holiday(struct resolver *r, struct expr *e)
{
	const struct holiday *h = &day_holidays[e->rule->arg];
	struct point now = now_at(r, GRAIN_DAY), year = now_at(r, GRAIN_YEAR);
	int y = has_year(e) ? year_of(e) : year.grain ? year.number : 0, rel = has(e, CL_REL) ? e->slot[CL_REL] : tense(r, e);
	if (!y) {
		relative(e, nowhere(), "XXXX-XX-XX");
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
			y += this_year - now.number > 183 ? -1 : now.number - this_year > 183 ? 1 : 0;
	}
	day_t d = holiday_in(h, y);
	relative(e, point_at(h->kind == HOLIDAY_WEEK ? GRAIN_WEEK : GRAIN_DAY, d), "XXXX-XX-XX");
	if (has_year(e))
		e->how = "absolute";
}

static void act_anniversary(struct resolver *r, struct expr *e)
{
	(void)r;
	absolute(e, point_of(GRAIN_YEAR, day_events[e->rule->arg].year + e->slot[CL_ORD]));
	e->dead |= e->slot[CL_ORD] < 1;
}
static void act_void(struct resolver *r, struct expr *e) { (void)r; e->dead = true; }

/* "1914-18", "2011-2013", "1990/91": one expression, both ends known. */
static void act_range(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	int from = year_of(e), to = e->slot[CL_NUM] == from ? e->again : e->slot[CL_NUM];
	const struct tokens *t = r->c->tokens;
	size_t digits = t->v[e->tok + e->n_tok - 1].len;
	if (digits == 2)
		to += from / 100 * 100;
	else if (digits == 1)
		to += from / 10 * 10;
	else if (digits != 4)
		to = 0;
	if (to <= from || to - from > 300 || from < 1000 || (e->rule->arg == 1 && to != from + 1)) {
		e->dead = true;
		return;
	}
	str_printf(&s, "%04d/%04d", from, to);
	e->how = "absolute";
	set_span_value(r, e, &s);
	e->days = (struct interval){day_of(from, 1, 1), day_of(to, 12, 31), PREC_YEARS};
}

/* The part that is meant: a third, or what lies before or after the publication day ("earlier this year"). */
static struct interval narrowed(const struct resolver *r, const struct expr *e)
{
	struct interval i = point_part(e->point, e->part), now = r->c->now, whole = point_days(e->point);
	if (e->rule->action != ACT_RELUNIT || e->part == PART_WHOLE || !interval_any(now) || !interval_any(i))
		return i;
	if ((e->rule->arg == 7 || e->rule->arg == 8) && e->point.grain == GRAIN_YEAR) {
		i = point_days(point_of(GRAIN_MONTH, e->point.number * 12 + 11));
		return i;
	}
	if (now.from < whole.from || now.to > whole.to || !(inside(r, e, "earlier") || inside(r, e, "later")))
		return i;
	if (e->part == PART_START)
		whole.to = now.to;
	else
		whole.from = now.from;
	whole.precision = e->point.grain == GRAIN_YEAR ? PREC_PART : i.precision;
	return whole;
}

typedef void act(struct resolver *r, struct expr *e);
static act *const acts[ACT_COUNT_] = {
	[ACT_DATE] = act_date, [ACT_FIXED] = act_fixed, [ACT_WEEKDAY] = act_weekday, [ACT_RELUNIT] = act_relunit, [ACT_DEICTIC] = act_deictic, [ACT_AGO] = act_ago,
	[ACT_LATER] = act_later, [ACT_REFUNIT] = act_refunit, [ACT_DURATION] = act_duration, [ACT_SET] = act_set, [ACT_REF] = act_ref, [ACT_QUARTER] = act_quarter,
	[ACT_HALF] = act_half, [ACT_SEASON] = act_season, [ACT_DECADE] = act_decade, [ACT_CENTURY] = act_century, [ACT_CLOCK] = act_clock, [ACT_PARTOFDAY] = act_partofday,
	[ACT_HOLIDAY] = act_holiday, [ACT_WEEKOF] = act_weekof, [ACT_ANNIVERSARY] = act_anniversary, [ACT_EVENT] = act_void, [ACT_RANGE] = act_range, [ACT_VOID] = act_void,
};

/* The value of the point, with the time of day. */
static void write_value(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	if (has(e, CL_PARTOFDAY) && !e->suffix && e->point.grain == GRAIN_DAY)
		e->suffix = part_values[e->slot[CL_PARTOFDAY]];
	if (e->point.grain)
		point_value(&s, e->point);
	else
		str_span(&s, e->value);
	if (has(e, CL_CLOCK) || has(e, CL_HOURWORD)) {
		int m = has(e, CL_CLOCK) ? e->slot[CL_CLOCK] : e->slot[CL_HOURWORD];
		str_printf(&s, "T%02d:%02d", m / 60, m % 60);
		e->type = "TIME";
	} else if (e->suffix) {
		str_z(&s, e->suffix);
		e->type = "TIME";
	}
	set_span_value(r, e, &s);
}

static void remember(struct resolver *r, const struct expr *e)
{
	if (!e->point.grain || e->compared)
		return;
	r->ref = e->point;
	r->ref_start = start_of(r, e);
	if (e->point.grain == GRAIN_QUARTER) {
		r->quarter = e->point;
		r->quarter_start = r->ref_start;
	}
}

/* Two expressions joined as a range: 'f' by "from … to" or "between … and" or a dash, 'a' by a bare "to" or "and"; 0 not. */
static char joined(const struct tokens *t, const struct expr *a, const struct expr *b)
{
	static const char *const links[] = {"to", "and", "until", "till", "through", NULL};
	uint32_t end = a->tok + a->n_tok;
	struct span lead = a->tok ? token_word(t, a->tok - 1) : SPAN_NONE;
	if (b->tok == end && (t->v[end].before == '-' || t->v[end].before == '_'))
		return 'f';
	if (b->tok != end + 1 || !token_follows(t, end) || !token_follows(t, b->tok))
		return 0;
	for (int i = 0; links[i]; i++)
		if (span_is(token_word(t, end), links[i]))
			return (span_is(lead, "from") && i != 1) || (span_is(lead, "between") && i == 1) || i >= 2 ? 'f' : 'a';
	return 0;
}

/* "from 28 February to 2 March 2016": the year stands at the end alone. */
static void share_years(const struct day_context *c, struct exprs *all)
{
	for (size_t i = 0; i + 1 < all->n; i++) {
		struct expr *a = &all->v[i];
		const struct expr *b = &all->v[i + 1];
		if (a->rule->action != ACT_DATE || b->rule->action != ACT_DATE || !has_month(a) || !has_month(b) || has_year(a) || has(a, CL_REL) || !has_year(b) || !joined(c->tokens, a, b))
			continue;
		a->has |= CLASS_BIT(CL_YEAR);
		a->slot[CL_YEAR] = year_of(b) - (month_of(a) > month_of(b));
	}
}

static uint8_t precision_of_length(int32_t days)
{
	return days <= 7 ? PREC_WEEK : days <= 31 ? PREC_MONTH : days <= 366 ? PREC_PART : PREC_YEARS;
}

/* The first end of a range covers it all. */
static void stretch_ranges(const struct day_context *c, struct exprs *all)
{
	for (size_t i = 0; i + 1 < all->n; i++) {
		struct expr *a = &all->v[i];
		const struct expr *b = &all->v[i + 1];
		if (a->dead || b->dead || !interval_any(a->days) || !interval_any(b->days) || a->days.to >= b->days.from || joined(c->tokens, a, b) != 'f')
			continue;
		a->days.to = b->days.to;
		a->days.precision = precision_of_length(a->days.to - a->days.from + 1);
		a->how = "range";
	}
}

/* "at 9 a.m. on Friday": the day that follows is meant. */
static void clocks_on_days(struct resolver *r)
{
	for (size_t i = 0; i + 1 < r->all->n; i++) {
		struct expr *a = &r->all->v[i];
		const struct expr *b = &r->all->v[i + 1];
		if (a->rule->action != ACT_CLOCK || a->dead || b->dead || b->point.grain != GRAIN_DAY || b->tok != a->tok + a->n_tok + 1 || !span_is(token_word(r->c->tokens, b->tok - 1), "on"))
			continue;
		a->point = b->point;
		a->days = b->days;
		a->anchor = start_of(r, b);
		a->how = "anchored";
		write_value(r, a);
	}
}

void days_resolve(const struct day_context *c, struct exprs *all)
{
	struct resolver r = {.c = c, .all = all};
	share_years(c, all);
	for (size_t i = 0; i < all->n; i++) {
		struct expr *e = &all->v[i];
		e->point = nowhere();
		e->days = (struct interval){0, 0, PREC_NONE};
		e->type = "DATE";
		e->how = e->suffix = NULL;
		e->anchor = UINT32_MAX;
		e->dead = e->compared = false;
		e->value = SPAN_NONE;
		acts[e->rule->action](&r, e);
		if (e->dead)
			continue;
		if (e->point.grain)
			e->days = narrowed(&r, e);
		write_value(&r, e);
		remember(&r, e);
	}
	clocks_on_days(&r);
	stretch_ranges(c, all);
}
