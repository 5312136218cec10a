/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts of time: how long, how often, how long ago, how much later; and "the year", "that day", which hang on another. */
#include "index/facts/days-resolve.h"

static int amount(const struct expr *e) { return has(e, CL_NUM) ? slot(e, CL_NUM) : has(e, CL_UNIT) || has(e, CL_YEARNOUN) ? 1 : NUM_VAGUE; }

void day_duration_value(struct resolver *r, struct expr *e, int n, int unit)
{
	AUTO_STR struct str s = {0};
	const char *letter = day_unit_letters[unit];
	bool time = letter[0] == 'T';
	e->type = "DURATION";
	e->how = e->how ? e->how : "absolute";
	str_z(&s, time ? "PT" : "P");
	letter += time;
	if (n < 0)
		str_z(&s, "X");
	else
		str_printf(&s, "%d", n * day_unit_times[unit]);
	if (n > 100000)
		e->dead = true;
	str_z(&s, letter);
	day_set_span_value(r, e, &s);
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
		const char *a = day_unit_letters[unit], *b = day_unit_letters[rows[i].lower];
		int lower_n = small;
		if (unit == UNIT_DECADE || unit == UNIT_CENTURY) {
			day_duration_value(r, e, n * day_unit_times[unit] + small, UNIT_YEAR);
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
		day_set_span_value(r, e, &s);
		return;
	}
	day_duration_value(r, e, n, unit);
}

/* "$55 a night", "four flights a week": a price or a rate, which names no time. */
static bool rate_before(const struct resolver *r, const struct expr *e)
{
	const struct tokens *t = r->c->tokens;
	for (uint32_t k = 1; k <= 2 && k <= e->tok; k++) {
		if (t->v[e->tok - k + 1].flags & TOKEN_SENTENCE || !token_follows(t, e->tok - k + 1))
			return false;
		uint16_t id = word_find(day_words(), token_word(t, e->tok - k));
		if (id && word_classes(day_words(), id) & CLASS_BIT(CL_NUMBER) && k == 2)
			return true;
		if (t->v[e->tok - k].flags & TOKEN_HAS_DIGIT || span_is(token_word(t, e->tok - k), "times") || span_is(token_word(t, e->tok - k), "million") || span_is(token_word(t, e->tok - k), "billion"))
			return true;
	}
	return false;
}

void act_duration(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = amount(e), arg = e->rule->arg;
	if (has(e, CL_NUM) && has(e, CL_UNIT) && !has(e, CL_UNITS) && unit == UNIT_SECOND)
		e->dead = true;
	if (unit == UNIT_SECOND && !has(e, CL_UNITS)) /* "a second chance" */
		e->dead = true;
	if (unit == UNIT_QUARTER && e->n_tok == 1 && has(e, CL_UNITS)) /* "the troops' quarters", "in some quarters" */
		e->dead = true;
	if (arg == 5) {
		day_duration_value(r, e, 25, UNIT_YEAR);
		return;
	}
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
	day_duration_value(r, e, n, unit);
	if (n == 1 && !has(e, CL_NUM) && !span_is(token_word(r->c->tokens, e->tok), "the") && rate_before(r, e))
		e->dead = true;
	if (e->n_tok > 1 && titled(r, e))
		e->dead = true;
}

/* The size of stretch that "n of this unit ago" names, and how many of it. */
static enum grain ago_grain(int unit, int *n)
{
	enum grain g = day_unit_grains[unit];
	if (unit == UNIT_FORTNIGHT)
		*n *= 2;
	if (unit == UNIT_DECADE || unit == UNIT_CENTURY || unit == UNIT_MILLENNIUM) {
		*n *= day_unit_times[unit];
		return GRAIN_YEAR;
	}
	return g;
}

#define QUARTER_REACH 400 /* bytes that "from $1.2 million a year ago" may stand behind its quarter */

/* "A year ago" beside the figures of a quarter is the same quarter. */
static bool beside_quarter(const struct resolver *r, const struct expr *e)
{
	if (!r->quarter.grain || day_longer_period(r, e))
		return false;
	return day_inside(r, e, "period") || day_inside(r, e, "quarter") || start_of(r, e) - r->quarter_start < QUARTER_REACH;
}

void act_ago(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = amount(e);
	const char *unknown = e->rule->arg < 0 ? "PAST_REF" : "FUTURE_REF";
	if (!has(e, CL_UNIT) && !has(e, CL_UNITS))
		n = 1, unit = UNIT_YEAR;
	enum grain g = ago_grain(unit, &n);
	if (n < 0 || g == GRAIN_NONE) {
		if (g == GRAIN_NONE && n >= 0)
			day_duration_value(r, e, n, unit);
		else
			day_relative(e, nowhere(), unknown);
		return;
	}
	if (unit == UNIT_YEAR && n == 1 && !e->quarters && !day_inside(r, e, "half") && beside_quarter(r, e)) {
		e->how = "anchored"; /* "from $1.2 million a year ago": the same quarter */
		e->anchor = r->quarter_start;
		e->compared = true;
		day_relative(e, point_shift(r->quarter, e->rule->arg * 4), unknown);
		return;
	}
	if (day_inside(r, e, "quarter") && now_at(r, GRAIN_QUARTER).grain) {
		day_relative(e, point_shift(now_at(r, GRAIN_QUARTER), -5), unknown);
		return;
	}
	if ((e->quarters || day_inside(r, e, "half")) && unit == UNIT_YEAR)
		g = GRAIN_MONTH, n = n * 12 + (e->quarters ? e->quarters * 3 : 6);
	struct point p = now_at(r, g);
	if (p.grain)
		p = point_shift(p, e->rule->arg * n);
	day_relative(e, p, unknown);
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

void act_later(struct resolver *r, struct expr *e)
{
	int unit = unit_of(e), n = amount(e);
	enum grain g = ago_grain(unit, &n);
	struct point p = nowhere();
	if (n == 1 && unit == UNIT_YEAR && e->rule->arg < 0 && (r->ref.grain == GRAIN_DAY || day_inside(r, e, "period") || day_inside(r, e, "quarter")) && beside_quarter(r, e)) {
		p = point_shift(r->quarter, -4);
		e->anchor = r->quarter_start;
		e->how = "anchored";
		e->compared = true;
	} else if (n >= 0 && g == GRAIN_YEAR && r->ref.grain) {
		bool months = e->rule->arg < 0 && day_longer_period(r, e) && r->ref.grain != GRAIN_YEAR; /* "nine months … a year earlier" */
		p = years_from(months ? point_in(GRAIN_YEAR, point_days(r->ref)) : r->ref, n * e->rule->arg);
		e->compared = e->rule->arg < 0 && r->ref.grain != GRAIN_YEAR;
		e->anchor = r->ref_start;
		e->how = "anchored";
	} else if (n >= 0 && g) {
		p = day_ref_at(r, e, g);
		if (p.grain)
			p = point_shift(p, n * e->rule->arg);
	}
	if (!point_valid(p)) {
		day_duration_value(r, e, amount(e), unit);
		return;
	}
	day_relative(e, p, "");
}

static void ref_month(struct resolver *r, struct expr *e, int n)
{
	struct point p = day_ref_at(r, e, GRAIN_MONTH);
	int m = month_of(e) - 1;
	if (has(e, CL_YEARNOUN)) { /* "December of that year" */
		p = day_ref_at(r, e, GRAIN_YEAR);
		if (p.grain)
			p = !dom_of(e) ? point_of(GRAIN_MONTH, (p.number + n) * 12 + m) : day_valid(p.number + n, m + 1, dom_of(e)) ? point_of(GRAIN_DAY, day_of(p.number + n, m + 1, dom_of(e))) : nowhere();
		day_relative(e, p, "PAST_REF");
		return;
	}
	if (p.grain)
		p.number = n == 0 ? p.number / 12 * 12 + m : day_choose(p.number / 12 * 12 + m, p.number + n, 12, n);
	day_relative(e, p, n < 0 ? "PAST_REF" : "FUTURE_REF");
}

static void ref_weekday(struct resolver *r, struct expr *e, int n)
{
	struct point p = day_ref_at(r, e, GRAIN_DAY);
	if (!p.grain)
		p = now_at(r, GRAIN_DAY);
	if (p.grain)
		p.number = day_choose(p.number + slot(e, CL_WEEKDAY) - day_weekday(p.number), p.number + n, 7, n ? n : 1);
	day_relative(e, p, n < 0 ? "PAST_REF" : "FUTURE_REF");
}

/* "the quarter", "the year": the one spoken of, or the one of the publication day. */
static void the_unit(struct resolver *r, struct expr *e)
{
	if (titled(r, e)) {
		e->dead = true;
		return;
	}
	bool period = !has(e, CL_UNIT), latest = e->rule->arg == 6;
	int unit = has(e, CL_UNIT) ? slot(e, CL_UNIT) : UNIT_QUARTER;
	enum grain g = day_unit_grains[unit];
	struct point p = now_at(r, g);
	if (latest && (period || unit == UNIT_QUARTER))
		g = GRAIN_QUARTER;
	if (unit == UNIT_WEEKEND && p.grain) {
		int32_t sat = point_days(p).from;
		if (r->c->now.from < sat && tense(r, e) <= 0)
			p = point_shift(p, -1);
		day_relative(e, p, "PAST_REF");
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
	day_relative(e, p, "PRESENT_REF");
}

void act_refunit(struct resolver *r, struct expr *e)
{
	int n = e->rule->arg;
	if (n >= 6) {
		the_unit(r, e);
		return;
	}
	if (n == 5) { /* "until then" */
		day_relative(e, day_ref_at(r, e, r->ref.grain), "PAST_REF");
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
		struct point p = day_ref_at(r, e, GRAIN_YEAR);
		day_relative(e, p.grain ? point_of(GRAIN_SEASON, (p.number + n) * 4 + season_of(e)) : p, "PAST_REF");
		return;
	}
	int unit = has(e, CL_UNIT) ? slot(e, CL_UNIT) : UNIT_DAY;
	enum grain g = day_unit_grains[unit];
	if (g == GRAIN_NONE) {
		e->dead = true;
		return;
	}
	struct point p = day_ref_at(r, e, g);
	if (g == GRAIN_QUARTER && n == 0 && r->quarter.grain)
		p = r->quarter;
	if (has(e, CL_PARTOFDAY))
		e->suffix = day_part_values[slot(e, CL_PARTOFDAY)];
	if (p.grain)
		p = point_shift(p, n);
	day_relative(e, p, n < 0 ? "PAST_REF" : n > 0 ? "FUTURE_REF" : "PAST_REF");
}

void act_set(struct resolver *r, struct expr *e)
{
	AUTO_STR struct str s = {0};
	int w = has(e, CL_WEEKDAYS) ? slot(e, CL_WEEKDAYS) : has(e, CL_WEEKDAY) ? slot(e, CL_WEEKDAY) : 0;
	e->type = "SET";
	e->how = "absolute";
	e->dead = has(e, CL_OFTEN) && titled(r, e);
	if (e->rule->arg == 4)
		str_z(&s, "XXXX-WXX-WE");
	else if (w) {
		str_printf(&s, "XXXX-WXX-%d", w);
		if (has(e, CL_PARTSOFDAY))
			str_z(&s, day_part_values[slot(e, CL_PARTSOFDAY)]);
	} else if (has_month(e))
		str_printf(&s, "XXXX-%02d", month_of(e));
	else if (has(e, CL_SEASON))
		str_printf(&s, "XXXX-%s", (const char *const[]){"SP", "SU", "FA", "WI"}[season_of(e)]);
	else if (has(e, CL_PARTOFDAY))
		str_printf(&s, "XXXX-XX-XX%s", day_part_values[slot(e, CL_PARTOFDAY)]);
	else {
		int unit = has(e, CL_OFTEN) ? slot(e, CL_OFTEN) : unit_of(e), n = has(e, CL_NUM) && has(e, CL_EACH) ? slot(e, CL_NUM) : 1;
		day_duration_value(r, e, e->rule->arg == 2 ? 2 : n, unit);
		e->type = "SET";
		return;
	}
	day_set_span_value(r, e, &s);
}

void act_ref(struct resolver *r, struct expr *e)
{
	(void)r;
	static const char *const words[] = {"PRESENT_REF", "PAST_REF", "FUTURE_REF"};
	e->how = "relative";
	set_text(e, words[e->rule->arg]);
}
