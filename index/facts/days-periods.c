/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a year, decades, centuries; times of day. */
#include "index/facts/days-resolve.h"

void act_quarter(struct resolver *r, struct expr *e)
{
	int q = has(e, CL_QUARTERNO) ? slot(e, CL_QUARTERNO) : slot(e, CL_ORD);
	struct point now = now_at(r, GRAIN_QUARTER), year = now_at(r, GRAIN_YEAR);
	if (e->rule->arg == 5) { /* "the 1988 quarter": the quarter spoken of, in that year */
		int y = has(e, CL_YEAR) ? slot(e, CL_YEAR) : year.grain ? year.number + slot(e, CL_REL) : 0;
		if (r->quarter.grain && y && (has(e, CL_UNIT) || !day_longer_period(r, e))) {
			e->anchor = r->quarter_start;
			day_absolute(e, point_of(GRAIN_QUARTER, y * 4 + r->quarter.number % 4));
			e->how = "anchored";
		} else
			day_relative(e, y ? point_of(GRAIN_YEAR, y) : nowhere(), "PAST_REF");
		return;
	}
	if (q < 1 || q > 4) {
		e->dead = true;
		return;
	}
	if (has_year(e)) {
		day_absolute(e, point_of(GRAIN_QUARTER, year_of(e) * 4 + q - 1));
		return;
	}
	const char *unknown = (const char *const[]){"XXXX-Q1", "XXXX-Q2", "XXXX-Q3", "XXXX-Q4"}[q - 1];
	if (has(e, CL_REL) || e->rule->arg == -1) {
		day_relative(e, year.grain ? point_of(GRAIN_QUARTER, (year.number + (e->rule->arg == -1 ? -1 : slot(e, CL_REL))) * 4 + q - 1) : year, unknown);
		return;
	}
	if (!now.grain) {
		day_relative(e, year.grain ? point_of(GRAIN_QUARTER, year.number * 4 + q - 1) : year, unknown);
		return;
	}
	int32_t want = now.number / 4 * 4 + q - 1, last = day_choose(want, now.number, 4, -1);
	int dir = now.number - last <= 1 ? -1 : tense(r, e); /* the one just over is spoken of most */
	day_relative(e, point_of(GRAIN_QUARTER, day_choose(want, now.number, 4, dir ? dir : -1)), unknown);
}

void act_half(struct resolver *r, struct expr *e)
{
	int h = has(e, CL_HALFNO) ? slot(e, CL_HALFNO) : e->rule->arg, y = has_year(e) ? year_of(e) : 0;
	if (h == 6) { /* "the first two quarters of 1990" */
		h = 1;
		if (slot(e, CL_NUM) != 2) {
			day_duration_value(r, e, slot(e, CL_NUM), UNIT_QUARTER);
			return;
		}
	}
	if (!y && now_at(r, GRAIN_YEAR).grain)
		y = now_at(r, GRAIN_YEAR).number + (has(e, CL_REL) ? slot(e, CL_REL) : 0);
	day_relative(e, y ? point_of(GRAIN_HALF, y * 2 + h - 1) : nowhere(), h == 1 ? "XXXX-H1" : "XXXX-H2");
	if (has_year(e))
		e->how = "absolute";
}

void act_season(struct resolver *r, struct expr *e)
{
	static const char *const unknown[] = {"XXXX-SP", "XXXX-SU", "XXXX-FA", "XXXX-WI"};
	int s = season_of(e), rel = has(e, CL_REL) ? slot(e, CL_REL) : 99;
	struct point now = now_at(r, GRAIN_SEASON), year = now_at(r, GRAIN_YEAR);
	if (e->n_tok == 1 && titled(r, e)) {
		e->dead = true;
		return;
	}
	if (has_year(e)) {
		day_absolute(e, point_of(GRAIN_SEASON, year_of(e) * 4 + s));
		return;
	}
	if (rel == 0 && e->again)
		rel = e->again;
	if (r->narrative && rel == 99 && r->ref.grain && start_of(r, e) - r->ref_start < NARRATIVE_REACH) {
		struct point ref = day_ref_at(r, e, GRAIN_SEASON), ref_year = day_ref_at(r, e, GRAIN_YEAR);
		int32_t at = ref.grain ? ref.number - 1 : ref_year.number * 4;
		day_relative(e, ref.grain || ref_year.grain ? point_of(GRAIN_SEASON, day_choose(at / 4 * 4 + s, at, 4, 1)) : nowhere(), unknown[s]);
		return;
	}
	if (!now.grain && year.grain && rel == 99) { /* the publication year is all that is known */
		day_relative(e, point_of(GRAIN_SEASON, year.number * 4 + s), unknown[s]);
		return;
	}
	if (has(e, CL_YEARNOUN) && rel != 99) { /* "the summer of last year" */
		day_relative(e, year.grain ? point_of(GRAIN_SEASON, (year.number + rel) * 4 + s) : year, unknown[s]);
		return;
	}
	if (!now.grain) {
		day_relative(e, now, unknown[s]);
		return;
	}
	int32_t want = now.number / 4 * 4 + s;
	int dir = rel == 99 ? tense(r, e) : rel;
	if (rel == 0)
		day_relative(e, point_of(GRAIN_SEASON, year.grain ? year.number * 4 + s : want), unknown[s]);
	else
		day_relative(e, point_of(GRAIN_SEASON, day_choose(want, now.number + (rel == 99 ? 0 : rel), 4, dir ? dir : -1)), unknown[s]);
}

void act_decade(struct resolver *r, struct expr *e)
{
	(void)r;
	int d = has(e, CL_DECADE) ? slot(e, CL_DECADE) : has(e, CL_DECADEWORD) ? 190 + slot(e, CL_DECADEWORD) / 10 : slot(e, CL_YEAR) / 10;
	day_absolute(e, point_of(GRAIN_DECADE, d));
	if (e->rule->arg == 2 && slot(e, CL_YEAR) % 10)
		e->dead = true;
}

void act_century(struct resolver *r, struct expr *e)
{
	(void)r;
	int n = slot(e, CL_ORD);
	day_absolute(e, point_of(GRAIN_CENTURY, n - 1));
	if (n > 30)
		e->dead = true;
}

/* --- times of day --- */

static struct point day_spoken_of(struct resolver *r, struct expr *e)
{
	if (r->ref.grain == GRAIN_DAY && start_of(r, e) - r->ref_start < 300)
		return day_ref_at(r, e, GRAIN_DAY);
	return now_at(r, GRAIN_DAY);
}

void act_clock(struct resolver *r, struct expr *e)
{
	if (e->rule->arg == 1 && has(e, CL_NUM) && !has(e, CL_CLOCK)) {
		int part = slot(e, CL_PARTOFDAY), h = slot(e, CL_NUM);
		e->dead = h < 1 || h > 12;
		e->clock = (h % 12 + (part ? 12 : 0)) * 60;
		slot_set(e, CL_CLOCK, e->clock);
	}
	day_relative(e, day_spoken_of(r, e), "XXXX-XX-XX");
}

void act_partofday(struct resolver *r, struct expr *e)
{
	int n = e->rule->arg, part = has(e, CL_PARTOFDAY) ? slot(e, CL_PARTOFDAY) : 3;
	struct point p = n == 8 ? day_spoken_of(r, e) : now_at(r, GRAIN_DAY);
	if (p.grain && n == -1)
		p = point_shift(p, -1);
	e->suffix = day_part_values[part];
	day_relative(e, p, "XXXX-XX-XX");
}
