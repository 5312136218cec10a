/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/serving.h"

#include "base/mem.h"
#include "index/facts/gazetteer.h"
#include "index/query/tally.h"

static bool held_on(const struct office *o, struct interval days)
{
	struct interval held = {o->from.from, interval_any(o->to) ? o->to.to : DAY_MAX, PREC_DAY};
	return interval_any(days) && interval_overlaps(held, days);
}

static bool held_then(const struct view *v, uint32_t row, const struct office *o)
{
	struct interval published = view_published(v, row);
	bool any = held_on(o, published);
	for (uint32_t i = v->c->days.start[row]; !interval_any(published) && !any && i < v->c->days.start[row + 1]; i++) {
		uint32_t day = v->c->days.item[i];
		struct interval days = {v->c->day_from[day], v->c->day_to[day], v->c->day_precision[day]};
		any = days.precision <= PREC_YEAR && held_on(o, days);
	}
	return any;
}

static bool office_is(const struct office *o, struct span key)
{
	size_t n = o->country.n;
	return key.n > n && key.p[n] == '/' && span_eq(span_sub(key, 0, n), o->country) && span_is(span_sub(key, n + 1, key.n), office_kind_word(o->kind));
}

/* ---- lists ---- */

/* Being made: items of `all` of the rows so far. */
struct filtering {
	const struct list_column *all;
	const struct dictionary *names;
	uint32_t *start, *item, n;
};

static struct filtering filtering(const struct view *v, const struct list_column *all, const struct dictionary *names)
{
	return (struct filtering){all, names, mem_alloc((v->n_rows + 1u) * sizeof(uint32_t)), mem_alloc((all->start[v->n_rows] + 1u) * sizeof(uint32_t)), 0};
}

static bool leader_serves(const struct view *v, uint32_t row, const struct leader *l)
{
	bool any = false;
	for (uint32_t i = 0; l && !any && i < l->n_offices; i++)
		any = held_then(v, row, &l->offices[i]);
	return any;
}

static bool is_country(const struct view *v, uint32_t row, const struct leader *l, struct span value)
{
	(void)v, (void)row;
	return span_eq(l->country, value);
}

static bool is_office(const struct view *v, uint32_t row, const struct leader *l, struct span value)
{
	for (uint32_t i = 0; i < l->n_offices; i++)
		if (office_is(&l->offices[i], value) && held_then(v, row, &l->offices[i]))
			return true;
	return false;
}

/* Of the values of a row those that belong to one of the leaders in office. */
static void keep_theirs(struct filtering *f, const struct view *v, uint32_t row, const struct filtering *leaders, const struct leader *const *who,
	bool (*belongs)(const struct view *, uint32_t, const struct leader *, struct span))
{
	for (uint32_t i = f->all->start[row]; i < f->all->start[row + 1]; i++) {
		bool any = false;
		for (uint32_t k = leaders->start[row]; !any && k < leaders->n; k++)
			any = belongs(v, row, who[leaders->item[k]], dictionary_at(f->names, f->all->item[i]));
		if (any)
			f->item[f->n++] = f->all->item[i];
	}
	f->start[row + 1] = f->n;
}

static void make_lists(const struct engine *e, struct view *v)
{
	const struct columns *c = v->c;
	struct filtering leaders = filtering(v, &c->leaders, &c->leader_names), countries = filtering(v, &c->countries, &c->country_names),
		offices = filtering(v, &c->offices, &c->office_names), *all[] = {&leaders, &countries, &offices};
	AUTO_FREE const struct leader **who = mem_alloc((c->leader_names.n + 1u) * sizeof(struct leader *));
	for (uint32_t i = 0; i < c->leader_names.n; i++)
		who[i] = e->g ? gazetteer_by_id(e->g, dictionary_at(&c->leader_names, i)) : NULL;
	for (uint32_t row = 0; row < v->n_rows; row++) {
		for (uint32_t i = c->leaders.start[row]; i < c->leaders.start[row + 1]; i++)
			if (leader_serves(v, row, who[c->leaders.item[i]]))
				leaders.item[leaders.n++] = c->leaders.item[i];
		leaders.start[row + 1] = leaders.n;
		keep_theirs(&countries, v, row, &leaders, who, is_country);
		keep_theirs(&offices, v, row, &leaders, who, is_office);
	}
	static const enum facet fields[] = {FACET_LEADER, FACET_COUNTRY, FACET_OFFICE};
	v->serving = mem_alloc(N_FIELDS * sizeof *v->serving);
	for (size_t i = 0; i < 3; i++)
		v->serving[fields[i]] = (struct list_column){all[i]->start, all[i]->item};
}

void engine_in_office(struct engine *e, bool on)
{
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		if (on && !v->serving)
			make_lists(e, v);
		if (v->in_office == on)
			continue;
		struct view_tally *other = v->other_tally;
		v->other_tally = v->tally;
		v->tally = other;
		v->in_office = on;
	}
}

bool view_row_has(const struct view *v, enum facet field, uint32_t row, uint32_t ordinal)
{
	const struct list_column *l = view_list(v, field);
	for (uint32_t i = l->start[row]; i < l->start[row + 1]; i++)
		if (l->item[i] == ordinal)
			return true;
	return false;
}

void view_serving_free(struct view *v)
{
	view_tally_free(v->other_tally);
	for (int f = 0; v->serving && f < N_FIELDS; f++) {
		free((void *)v->serving[f].start);
		free((void *)v->serving[f].item);
	}
	free(v->serving);
}
