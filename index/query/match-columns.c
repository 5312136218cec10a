/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values and days → sets of rows: a walk over a column, once; the set is kept. See match.h.
 */
#include "index/query/match.h"

#include "index/query/rows.h"

#include "base/fold.h"

static void list_rows(const struct list_column *c, uint32_t n_rows, uint32_t ordinal, uint64_t *rows)
{
	for (uint32_t row = 0; row < n_rows; row++)
		for (uint32_t i = c->start[row]; i < c->start[row + 1]; i++)
			if (c->item[i] == ordinal) {
				bits_set(rows, row);
				break;
			}
}

static void fill_value(struct view *v, enum facet field, struct span value, uint64_t *rows)
{
	struct str folded = {0};
	const struct list_column *list = view_list(v, field);
	const struct dictionary *d = view_dictionary(v, field);
	if (field == FACET_LEADER && value.n && value.p[0] == '?') {
		fold_name(&folded, span_sub(value, 1, value.n));
		value = str_view(&folded);
		list = &v->c->ambiguous;
		d = &v->c->ambiguous_names;
	}
	uint32_t ordinal = dictionary_find(d, value);
	if (ordinal != NO_ORDINAL && list)
		list_rows(list, v->n_rows, ordinal, rows);
	else if (ordinal != NO_ORDINAL)
		for (uint32_t row = 0; row < v->n_rows; row++)
			if (view_single(v, field)[row] == ordinal)
				bits_set(rows, row);
	str_done(&folded);
}

const uint64_t *value_rows(struct job *j, struct view *v, enum facet field, struct span value)
{
	struct span key = rows_key(j, 'F', v, (int)field, value);
	const uint64_t *known = cache_find(j->e->cache, key);
	if (known)
		return known;
	uint64_t *rows = rows_none(j, v);
	fill_value(v, field, value, rows);
	return rows_keep(j, v, key, rows);
}

static bool date_fits(struct interval i, struct interval range, bool within)
{
	return interval_any(i) && (within ? interval_within(i, range) : interval_overlaps(i, range));
}

static void fill_published(const struct view *v, struct interval range, bool within, uint64_t *rows)
{
	for (uint32_t row = 0; row < v->n_rows; row++)
		if (date_fits(view_published(v, row), range, within))
			bits_set(rows, row);
}

/* Each distinct interval is looked at once, not each time it is mentioned. */
static void fill_mentioned(struct job *j, const struct view *v, struct interval range, bool within, uint64_t *rows)
{
	const struct columns *c = v->c;
	uint32_t n = c->days.start[v->n_rows], distinct = 0;
	for (uint32_t i = 0; i < n; i++)
		distinct = c->days.item[i] >= distinct ? c->days.item[i] + 1 : distinct;
	uint8_t *fits = arena_raw(j->a, distinct + 1u);
	for (uint32_t d = 0; d < distinct; d++)
		fits[d] = date_fits((struct interval){c->day_from[d], c->day_to[d], c->day_precision[d]}, range, within);
	for (uint32_t row = 0; row < v->n_rows; row++)
		for (uint32_t i = c->days.start[row]; i < c->days.start[row + 1]; i++)
			if (fits[c->days.item[i]]) {
				bits_set(rows, row);
				break;
			}
}

const uint64_t *date_rows(struct job *j, struct view *v, struct interval range, bool mentioned, bool within)
{
	int32_t days[2] = {range.from, range.to};
	struct span key = rows_key(j, 'D', v, mentioned * 2 + within, (struct span){(const char *)days, sizeof days});
	const uint64_t *known = cache_find(j->e->cache, key);
	if (known)
		return known;
	uint64_t *rows = rows_none(j, v);
	if (mentioned)
		fill_mentioned(j, v, range, within, rows);
	else
		fill_published(v, range, within, rows);
	return rows_keep(j, v, key, rows);
}
