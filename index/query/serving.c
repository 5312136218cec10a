/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/serving.h"

#include "base/mem.h"
#include "index/facts/gazetteer.h"
#include "index/query/tally.h"

static bool served(const struct leader *l, struct interval days)
{
	for (uint32_t i = 0; l && interval_any(days) && i < l->n_offices; i++) {
		const struct office *o = &l->offices[i];
		struct interval held = {o->from.from, interval_any(o->to) ? o->to.to : DAY_MAX, PREC_DAY};
		if (interval_overlaps(held, days))
			return true;
	}
	return false;
}

static bool served_in_row(const struct view *v, const struct leader *l, uint32_t row)
{
	struct interval published = view_published(v, row);
	bool any = served(l, published);
	for (uint32_t i = v->c->days.start[row]; !interval_any(published) && !any && i < v->c->days.start[row + 1]; i++) {
		uint32_t day = v->c->days.item[i];
		struct interval days = {v->c->day_from[day], v->c->day_to[day], v->c->day_precision[day]};
		any = days.precision <= PREC_YEAR && served(l, days);
	}
	return any;
}

static void make_list(const struct engine *e, struct view *v)
{
	const struct list_column *all = &v->c->leaders;
	const struct dictionary *d = &v->c->leader_names;
	const struct leader **who = mem_alloc((d->n + 1u) * sizeof(struct leader *));
	v->serving_start = mem_alloc((v->n_rows + 1u) * sizeof *v->serving_start);
	v->serving_item = mem_alloc((all->start[v->n_rows] + 1u) * sizeof *v->serving_item);
	for (uint32_t i = 0; i < d->n; i++)
		who[i] = e->g ? gazetteer_by_id(e->g, dictionary_at(d, i)) : NULL;
	uint32_t n = 0;
	for (uint32_t row = 0; row < v->n_rows; row++) {
		for (uint32_t i = all->start[row]; i < all->start[row + 1]; i++)
			if (served_in_row(v, who[all->item[i]], row))
				v->serving_item[n++] = all->item[i];
		v->serving_start[row + 1] = n;
	}
	free(who);
	v->serving = (struct list_column){v->serving_start, v->serving_item};
}

void engine_in_office(struct engine *e, bool on)
{
	for (size_t i = 0; i < e->n_views; i++) {
		struct view *v = e->views[i];
		if (on && !v->serving_start)
			make_list(e, v);
		if (v->in_office == on)
			continue;
		struct view_tally *other = v->other_tally;
		v->other_tally = v->tally;
		v->tally = other;
		v->in_office = on;
	}
}

void view_serving_free(struct view *v)
{
	view_tally_free(v->other_tally);
	free(v->serving_start);
	free(v->serving_item);
}
