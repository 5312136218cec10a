/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading columns. Whatever the bytes are, what columns_map gives out can be walked without looking: every start is in
 * order and within its items, every ordinal within its dictionary, every day a day.
 */
#include "index/store/columns.h"

#include "index/store/columns-format.h"
#include "base/io.h"
#include "index/store/sheet.h"

uint32_t dictionary_find(const struct dictionary *d, struct span s)
{
	uint32_t low = 0, high = d->n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = span_cmp(dictionary_at(d, mid), s);
		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NO_ORDINAL;
}

static const void *array(const struct sheet *s, enum column_tag tag, uint32_t width, uint64_t count, bool *sound)
{
	uint64_t n = 0;
	const void *p = sheet_array(s, (uint32_t)tag, width, &n);
	*sound &= p && n == count;
	return p;
}

/* n + 1 starts that grow from 0 to `end`. */
static bool starts_sound(const uint32_t *start, uint64_t n, uint64_t end)
{
	bool sound = start[0] == 0 && start[n] == end;
	for (uint64_t i = 0; i < n; i++)
		sound &= start[i] <= start[i + 1];
	return sound;
}

static bool items_below(const uint32_t *v, uint64_t n, uint32_t limit)
{
	bool sound = true;
	for (uint64_t i = 0; i < n; i++)
		sound &= v[i] < limit;
	return sound;
}

static bool ordinals_sound(const uint32_t *v, uint32_t n, uint32_t limit)
{
	bool sound = true;
	for (uint32_t i = 0; i < n; i++)
		sound &= v[i] < limit || v[i] == NO_ORDINAL;
	return sound;
}

static bool days_sound(const int32_t *from, const int32_t *to, const uint8_t *precision, uint64_t n)
{
	bool sound = true;
	for (uint64_t i = 0; i < n; i++)
		sound &= precision[i] < PREC_COUNT_ && (precision[i] == PREC_NONE || (from[i] >= DAY_MIN && from[i] <= to[i] && to[i] <= DAY_MAX));
	return sound;
}

static bool read_dictionary(const struct sheet *s, enum column_tag tag, struct dictionary *d)
{
	uint64_t n = 0, bytes = 0;
	d->start = sheet_array(s, (uint32_t)tag, sizeof *d->start, &n);
	d->bytes = sheet_array(s, (uint32_t)tag + 1, 1, &bytes);
	if (!d->start || !d->bytes || n == 0 || n > NO_ORDINAL)
		return false;
	d->n = (uint32_t)n - 1;
	return starts_sound(d->start, d->n, bytes);
}

static bool read_list(const struct sheet *s, enum column_tag tag, uint32_t n_rows, uint32_t limit, struct list_column *l)
{
	bool sound = true;
	uint64_t n = 0;
	l->start = array(s, tag, sizeof *l->start, (uint64_t)n_rows + 1, &sound);
	l->item = sheet_array(s, (uint32_t)tag + 1, sizeof *l->item, &n);
	return sound && l->item && starts_sound(l->start, n_rows, n) && items_below(l->item, n, limit);
}

static bool read_days(const struct sheet *s, struct columns *c)
{
	bool sound = true;
	uint64_t n = 0;
	c->day_from = sheet_array(s, TAG_day_from, sizeof *c->day_from, &n);
	c->day_to = array(s, TAG_day_to, sizeof *c->day_to, n, &sound);
	c->day_precision = array(s, TAG_day_precision, 1, n, &sound);
	return sound && c->day_from && n <= NO_ORDINAL && days_sound(c->day_from, c->day_to, c->day_precision, n) &&
	       read_list(s, TAG_days_start, c->n_rows, (uint32_t)n, &c->days);
}

static bool pairs_sound(const struct columns *c)
{
	bool sound = true;
	for (uint32_t i = 0; i <= c->n_rows; i++)
		sound &= c->pairs.start[i] % 2 == 0;
	return sound;
}

static bool read_columns(const struct sheet *s, struct columns *c)
{
	bool sound = true;
	uint64_t n = 0;
	if (!sheet_array(s, TAG_id_hash, sizeof *c->id_hash, &n) || n >= NO_ORDINAL)
		return false;
	c->n_rows = (uint32_t)n;
#define X(name, type) c->name = array(s, TAG_##name, sizeof(type), n, &sound);
	COLUMN_ROWS(X)
#undef X
#define X(name) sound &= read_dictionary(s, TAG_##name##_start, &c->name);
	COLUMN_DICTIONARIES(X)
#undef X
	if (!sound)
		return false;
#define X(name, dictionary) sound &= read_list(s, TAG_##name##_start, c->n_rows, c->dictionary.n, &c->name);
	COLUMN_LISTS(X)
#undef X
	if (!sound)
		return false;
	c->leader_mentions = array(s, TAG_leader_mentions, sizeof *c->leader_mentions, c->leaders.start[n], &sound);
	return sound && read_days(s, c) && pairs_sound(c) && days_sound(c->published_from, c->published_to, c->published_precision, n) &&
	       ordinals_sound(c->source, c->n_rows, c->source_names.n) && ordinals_sound(c->lang, c->n_rows, c->lang_names.n) &&
	       items_below(c->id_rows, n, c->n_rows);
}

int columns_map(const char *path, struct columns *out, struct err *err)
{
	struct sheet s = {0};
	struct columns c = {0};
	int rc = sheet_map(path, COLUMNS_KIND, &s, err);
	if (rc)
		return rc;
	if (!read_columns(&s, &c)) {
		sheet_unmap(&s);
		return err_set(err, ERR_CORRUPT, "%s is damaged", path);
	}
	c.map = s.map;
	*out = c;
	return 0;
}

void columns_unmap(struct columns *c)
{
	struct span map = c->map;
	io_unmap(&map);
	*c = (struct columns){0};
}
