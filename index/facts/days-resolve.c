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
#include "index/facts/days-resolve.h"

struct point day_ref_at(struct resolver *r, struct expr *e, enum grain g)
{
	struct point p = point_in(g, point_days(r->ref));
	if (p.grain) {
		e->anchor = r->ref_start;
		e->how = "anchored";
	}
	return p;
}

/* Of the numbers base + k*step the one that the direction asks for, seen from `at`: past ≤ at, future ≥ at, unsure the nearest. */
int32_t day_choose(int32_t candidate, int32_t at, int32_t step, int direction)
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

const char *const day_part_values[4] = {"TMO", "TAF", "TEV", "TNI"};
const enum grain day_unit_grains[UNIT_COUNT_] = {
#define X(name, letter, grain, times) GRAIN_##grain,
	DAY_UNITS(X)
#undef X
};
const int day_unit_times[UNIT_COUNT_] = {
#define X(name, letter, grain, times) times,
	DAY_UNITS(X)
#undef X
};
const char *const day_unit_letters[UNIT_COUNT_] = {
#define X(name, letter, grain, times) letter,
	DAY_UNITS(X)
#undef X
};

bool day_before_is(const struct resolver *r, const struct expr *e, const char *z)
{
	return e->tok > 0 && !(r->c->tokens->v[e->tok].flags & TOKEN_SENTENCE) && span_is(token_word(r->c->tokens, e->tok - 1), z);
}

/* A word inside the expression, as "past" in "the past decade". */
bool day_inside(const struct resolver *r, const struct expr *e, const char *z)
{
	for (uint32_t i = e->tok; i < e->tok + e->n_tok; i++)
		if (span_is(token_word(r->c->tokens, i), z))
			return true;
	return false;
}

void day_set_span_value(const struct resolver *r, struct expr *e, struct str *s)
{
	e->value = arena_span(r->c->arena, str_view(s));
}

void day_absolute(struct expr *e, struct point p)
{
	e->point = p;
	e->how = "absolute";
	e->dead = !point_valid(p);
}

void day_relative(struct expr *e, struct point p, const char *unknown)
{
	e->point = p;
	if (!e->how)
		e->how = "relative";
	if (!point_valid(p)) {
		e->point = nowhere();
		set_text(e, unknown);
	}
}

static void act_void(struct resolver *r, struct expr *e) { (void)r; e->dead = true; }

/* The part that is meant: a third, or what lies before or after the publication day ("earlier this year"). */
static struct interval narrowed(const struct resolver *r, const struct expr *e)
{
	struct interval i = point_part(e->point, e->part), now = r->c->now, whole = point_days(e->point);
	if (e->rule->action == ACT_RELUNIT && interval_any(now) && e->part == PART_WHOLE && day_inside(r, e, "past") && !day_inside(r, e, "this")) {
		int32_t length = whole.to - whole.from + 1; /* "over the past year": up to now */
		return (struct interval){now.from - length + 1, now.to, length > 31 ? PREC_YEARS : length > 7 ? PREC_PART : PREC_WEEK};
	}
	if (e->rule->action != ACT_RELUNIT || e->part == PART_WHOLE || !interval_any(now) || !interval_any(i))
		return i;
	if ((e->rule->arg == 7 || e->rule->arg == 8) && e->point.grain == GRAIN_YEAR) {
		i = point_days(point_of(GRAIN_MONTH, e->point.number * 12 + 11));
		return i;
	}
	if (now.from < whole.from || now.to > whole.to || !(day_inside(r, e, "earlier") || day_inside(r, e, "later")))
		return i;
	if (e->part == PART_START)
		whole.to = now.to;
	else
		whole.from = now.from;
	whole.precision = e->point.grain == GRAIN_YEAR ? PREC_PART : i.precision;
	return whole;
}


static day_act *const acts[ACT_COUNT_] = {
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
		e->suffix = day_part_values[slot(e, CL_PARTOFDAY)];
	if (e->point.grain)
		point_value(&s, e->point);
	else
		str_span(&s, e->value);
	if (has(e, CL_CLOCK) || has(e, CL_HOURWORD)) {
		int m = has(e, CL_CLOCK) ? slot(e, CL_CLOCK) : slot(e, CL_HOURWORD);
		str_printf(&s, "T%02d:%02d", m / 60, m % 60);
		e->type = "TIME";
	} else if (e->suffix) {
		str_z(&s, e->suffix);
		e->type = "TIME";
	}
	day_set_span_value(r, e, &s);
}

/* The quarter that a text reports on is the newest one that is over; those to come, and older ones beside it, are asides. */
static bool reported(const struct resolver *r, const struct expr *e)
{
	struct point now = now_at(r, GRAIN_QUARTER);
	const struct tokens *t = r->c->tokens;
	size_t next = e->tok + e->n_tok;
	int32_t q = e->point.number;
	if (now.grain && q >= now.number) /* "the fourth quarter ended Aug. 26" is a company's own */
		return q == now.number && next < t->n && span_is(token_word(t, next), "ended");
	return !now.grain || !r->quarter.grain || q >= r->quarter.number || now.number - r->quarter.number > 4;
}

bool day_longer_period(const struct resolver *r, const struct expr *e)
{
	return r->months_start > r->quarter_start && start_of(r, e) - r->months_start < 300;
}

static void remember(struct resolver *r, const struct expr *e)
{
	if (e->rule->action == ACT_DURATION && has(e, CL_NUM) && has(e, CL_UNITS) && unit_of(e) == UNIT_MONTH)
		r->months_start = start_of(r, e);
	if (!e->point.grain || e->compared)
		return;
	r->ref = e->point;
	r->ref_start = start_of(r, e);
	if ((has_month(e) || e->rule->action == ACT_FIXED) && (e->point.grain == GRAIN_DAY || e->point.grain == GRAIN_MONTH)) {
		r->dated = e->point;
		r->dated_start = r->ref_start;
	}
	if (e->point.grain == GRAIN_QUARTER && reported(r, e)) {
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
		slot_set(a, CL_YEAR, year_of(b) - (month_of(a) > month_of(b)));
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

/* "the week ended March 16": the seven days, or three months, up to then. */
static void periods_ended(struct resolver *r)
{
	for (size_t i = 0; i + 1 < r->all->n; i++) {
		struct expr *a = &r->all->v[i];
		const struct expr *b = &r->all->v[i + 1];
		enum grain g = a->point.grain;
		int y, m, d;
		if (a->rule->action != ACT_REFUNIT || a->dead || b->dead || b->point.grain != GRAIN_DAY || (g != GRAIN_WEEK && g != GRAIN_QUARTER) || b->tok != a->tok + a->n_tok + 1)
			continue;
		struct span w = token_word(r->c->tokens, b->tok - 1);
		if (!span_is(w, "ended") && !span_is(w, "ending"))
			continue;
		a->point = point_at(g, b->point.number);
		day_split(b->point.number + 1, &y, &m, &d);
		a->days = (struct interval){g == GRAIN_WEEK ? b->point.number - 6 : day_of(y, m - 3, d), b->point.number, g == GRAIN_WEEK ? PREC_WEEK : PREC_PART};
		if (a->days.from < DAY_MIN)
			a->days.from = DAY_MIN;
		a->anchor = start_of(r, b);
		a->how = "anchored";
		write_value(r, a);
	}
}

/* "at 9 a.m. on Friday", "10:35 a.m. (0735 GMT) Friday": the day that follows is meant. */
static bool on_day(const struct tokens *t, const struct expr *clock, const struct expr *day)
{
	uint32_t end = clock->tok + clock->n_tok;
	if (clock->rule->action != ACT_CLOCK || clock->dead || day->dead || day->point.grain != GRAIN_DAY)
		return false;
	return day->tok == end ? t->v[end].before == '(' || t->v[end].before == ')' : day->tok == end + 1 && span_is(token_word(t, end), "on");
}

static void clocks_on_days(struct resolver *r)
{
	for (size_t i = r->all->n; i-- > 1;) {
		struct expr *a = &r->all->v[i - 1];
		const struct expr *b = &r->all->v[i];
		if (!on_day(r->c->tokens, a, b))
			continue;
		a->point = b->point;
		a->days = b->days;
		a->anchor = start_of(r, b);
		a->how = "anchored";
		write_value(r, a);
	}
}

/* History and not news: years well before publication, in order, some with their months, and few words that hang on today. */
static bool is_narrative(const struct day_context *c, const struct exprs *all)
{
	size_t old = 0, dated = 0, told = 0, back = 0;
	int now = 9999, last = 0;
	if (interval_any(c->now))
		day_split(c->now.from, &now, NULL, NULL);
	for (size_t i = 0; i < all->n; i++) {
		const struct expr *e = &all->v[i];
		uint8_t act = e->rule->action;
		if (act == ACT_DATE && has_year(e) && year_of(e) < now - 2) {
			old++;
			dated += has_month(e);
			back += year_of(e) < last;
			last = year_of(e);
		}
		told += act == ACT_DEICTIC || act == ACT_RELUNIT || act == ACT_AGO || (act == ACT_WEEKDAY && !dom_of(e)) || (act == ACT_REF && e->rule->arg == REF_PRESENT);
	}
	return old >= 4 && dated >= 1 && old >= 3 * told && old >= 4 * back;
}

void days_resolve(const struct day_context *c, struct exprs *all)
{
	struct resolver r = {.c = c, .all = all};
	share_years(c, all);
	r.narrative = is_narrative(c, all);
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
	periods_ended(&r);
	stretch_ranges(c, all);
}
