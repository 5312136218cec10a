/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/stories.h"

#include "base/mem.h"
#include "index/facts/templates.h"

enum { TAG_SIGS = 1, TAG_BANDS, TAG_BLOCK_START, TAG_BLOCKS, TAG_PACKED }; /* TAG_BANDS: plain, up to schema 3; TAG_PACKED and the two after it: story-bands.h */

/* ---- Building ---- */

static void push_u32(struct str *s, uint32_t v) { str_add(s, &v, sizeof v); }
static uint32_t n_blocks(const struct story_builder *b) { return (uint32_t)(b->blocks.n / sizeof(uint32_t)); }

static void add_blocks(struct story_builder *b, const struct document *d)
{
	uint32_t marks[TEMPLATE_LOOK];
	size_t n = template_blocks(d, marks, TEMPLATE_LOOK);
	str_add(&b->blocks, marks, n * sizeof *marks);
}

void story_builder_add(struct story_builder *b, const struct document *d, const struct facts *f)
{
	struct story_sig sig;
	uint32_t bands[STORY_BANDS];
	struct interval days = interval_any(d->published.days) ? d->published.days : f->inferred.days;
	int32_t day = interval_any(days) ? days.from : STORY_UNDATED;
	story_signature(d->title, d->text, &sig, bands);
	str_add(&b->sigs, &sig, sizeof sig);
	str_add(&b->bands_of, bands, sizeof bands);
	str_add(&b->days, &(struct story_row_day){day, b->n_rows}, sizeof(struct story_row_day));
	push_u32(&b->block_start, n_blocks(b));
	add_blocks(b, d);
	b->n_rows++;
}

void story_builder_add_dead(struct story_builder *b)
{
	struct story_sig none = {0};
	uint32_t bands[STORY_BANDS] = {0};
	str_add(&b->sigs, &none, sizeof none);
	str_add(&b->bands_of, bands, sizeof bands);
	str_add(&b->days, &(struct story_row_day){STORY_UNDATED, b->n_rows}, sizeof(struct story_row_day));
	push_u32(&b->block_start, n_blocks(b));
	b->n_rows++;
}

static int by_day(const void *x, const void *y)
{
	const struct story_row_day *a = x, *b = y;
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* By band, a byte at a time from the last; what is equal keeps its order. `spare` has as much room. */
static void sort_by_band(struct story_band *v, struct story_band *spare, size_t n)
{
	for (unsigned shift = 0; shift < 32; shift += 8) {
		size_t at[257] = {0};
		for (size_t i = 0; i < n; i++)
			at[(v[i].band >> shift & 255) + 1]++;
		for (unsigned i = 1; i < 257; i++)
			at[i] += at[i - 1];
		for (size_t i = 0; i < n; i++)
			spare[at[v[i].band >> shift & 255]++] = v[i];
		struct story_band *swap = v; /* four times: the result is where it began */
		v = spare;
		spare = swap;
	}
}

void story_builder_view(struct story_builder *b, struct story_sheet *out)
{
	struct story_row_day *order = (struct story_row_day *)(void *)b->days.p;
	const uint32_t *bands_of = (const uint32_t *)(const void *)b->bands_of.p;
	size_t n = 0, room = (size_t)b->n_rows * STORY_BANDS * sizeof(struct story_band);
	if (b->n_rows)
		qsort(order, b->n_rows, sizeof *order, by_day);
	str_clear(&b->bands);
	str_room(&b->bands, 2 * room);
	struct story_band *v = (struct story_band *)(void *)b->bands.p;
	for (uint32_t i = 0; i < b->n_rows; i++)
		for (uint32_t k = 0; k < STORY_BANDS; k++)
			if (bands_of[order[i].row * STORY_BANDS + k])
				v[n++] = (struct story_band){bands_of[order[i].row * STORY_BANDS + k], order[i].row};
	sort_by_band(v, v + n, n);
	if (b->block_start.n == b->n_rows * sizeof(uint32_t))
		push_u32(&b->block_start, n_blocks(b));
	*out = (struct story_sheet){.n_rows = b->n_rows, .sigs = (const void *)b->sigs.p, .bands = {.n = n, .n_rows = b->n_rows, .plain = v},
		.block_start = (const void *)b->block_start.p, .blocks = (const void *)b->blocks.p};
}

int story_builder_write(struct story_builder *b, const char *path, struct err *err)
{
	struct story_sheet s;
	struct sheet_writer w;
	struct band_writer bands;
	story_builder_view(b, &s);
	sheet_create(&w, path);
	sheet_whole(&w, TAG_SIGS, sizeof *s.sigs, s.sigs, s.n_rows);
	band_writer_begin(&bands, &w, TAG_PACKED, s.n_rows);
	for (uint64_t i = 0; i < s.bands.n; i++)
		band_writer_add(&bands, s.bands.plain[i]);
	band_writer_end(&bands);
	sheet_whole(&w, TAG_BLOCK_START, sizeof *s.block_start, s.block_start, s.n_rows + 1u);
	sheet_whole(&w, TAG_BLOCKS, sizeof *s.blocks, s.blocks, n_blocks(b));
	return sheet_finish(&w, STORIES_KIND, err);
}

void story_builder_done(struct story_builder *b)
{
	str_done(&b->sigs);
	str_done(&b->bands_of);
	str_done(&b->days);
	str_done(&b->bands);
	str_done(&b->block_start);
	str_done(&b->blocks);
	*b = (struct story_builder){0};
}

/* ---- Merging ---- */

static bool row_dead(const struct story_source *s, uint32_t row) { return s->dead && roaring_bitmap_contains(s->dead, row); }

static void copy_sigs(struct sheet_writer *w, const struct story_source *from, size_t n)
{
	static const struct story_sig none;
	sheet_begin(w, TAG_SIGS, sizeof none);
	for (size_t i = 0; i < n; i++)
		for (uint32_t row = 0; row < from[i].sheet->n_rows; row++)
			sheet_put(w, row_dead(&from[i], row) ? &none : &from[i].sheet->sigs[row], 1);
}

struct entry {
	uint32_t band;
	int32_t day;
	uint32_t row;
};

static bool before(const struct entry *a, const struct entry *b)
{
	if (a->band != b->band)
		return a->band < b->band;
	return a->day != b->day ? a->day < b->day : a->row < b->row;
}

struct run { /* what is left of the bands of one source */
	const struct story_source *s;
	struct band_reader bands;
	uint64_t at;
	uint32_t base;
	struct entry next;
};

/* The next band of a living row; false at the end. */
static bool advance(struct run *r)
{
	const struct story_bands *b = &r->s->sheet->bands;
	for (; r->at < b->n; r->at++) {
		uint32_t row = band_row(b, r->at);
		if (row_dead(r->s, row))
			continue;
		r->next = (struct entry){band_at(&r->bands, r->at++), story_day(r->s->columns, row), r->base + row};
		return true;
	}
	return false;
}

static void copy_bands(struct sheet_writer *w, const struct story_source *from, size_t n)
{
	struct run *v = mem_alloc((n + 1) * sizeof *v);
	struct band_writer out;
	uint32_t base = 0;
	size_t k = 0;
	for (size_t i = 0; i < n; base += from[i++].sheet->n_rows) {
		v[k] = (struct run){.s = &from[i], .base = base};
		band_reader_begin(&v[k].bands, &from[i].sheet->bands);
		k += advance(&v[k]);
	}
	band_writer_begin(&out, w, TAG_PACKED, base);
	while (k) {
		size_t least = 0;
		for (size_t i = 1; i < k; i++)
			if (before(&v[i].next, &v[least].next))
				least = i;
		band_writer_add(&out, (struct story_band){v[least].next.band, v[least].next.row});
		if (!advance(&v[least]))
			v[least] = v[--k];
	}
	band_writer_end(&out);
	free(v);
}

static void copy_blocks(struct sheet_writer *w, const struct story_source *from, size_t n)
{
	uint32_t at = 0;
	for (int part = 0; part < 2; part++) {
		sheet_begin(w, part ? TAG_BLOCKS : TAG_BLOCK_START, sizeof at);
		for (size_t i = 0; i < n; i++)
			for (uint32_t row = 0; row < from[i].sheet->n_rows; row++) {
				const uint32_t *start = &from[i].sheet->block_start[row];
				uint32_t here = row_dead(&from[i], row) ? 0 : start[1] - start[0];
				if (part)
					sheet_put(w, from[i].sheet->blocks + start[0], here);
				else
					sheet_put(w, &at, 1), at += here;
			}
		if (!part)
			sheet_put(w, &at, 1);
	}
}

int stories_merge(const struct story_source *from, size_t n, const char *path, struct err *err)
{
	struct sheet_writer w;
	sheet_create(&w, path);
	copy_sigs(&w, from, n);
	copy_bands(&w, from, n);
	copy_blocks(&w, from, n);
	return sheet_finish(&w, STORIES_KIND, err);
}

/* ---- Reading ---- */

static bool read_bands(const struct sheet *s, uint32_t n_rows, struct story_bands *out)
{
	*out = (struct story_bands){.n_rows = n_rows};
	out->plain = sheet_array(s, TAG_BANDS, sizeof *out->plain, &out->n);
	return out->plain ? n_rows || !out->n : story_bands_find(s, TAG_PACKED, n_rows, out);
}

static bool read_sheet(const struct sheet *s, uint32_t n_rows, struct story_sheet *out)
{
	uint64_t n_sigs = 0, n_starts = 0, n = 0;
	out->n_rows = n_rows;
	out->sigs = sheet_array(s, TAG_SIGS, sizeof *out->sigs, &n_sigs);
	out->block_start = sheet_array(s, TAG_BLOCK_START, sizeof *out->block_start, &n_starts);
	out->blocks = sheet_array(s, TAG_BLOCKS, sizeof *out->blocks, &n);
	if (!out->sigs || !read_bands(s, n_rows, &out->bands) || !out->block_start || !out->blocks || n_sigs != n_rows || n_starts != (uint64_t)n_rows + 1)
		return false;
	bool sound = out->block_start[0] == 0 && out->block_start[n_rows] == n;
	for (uint32_t i = 0; i < n_rows; i++)
		sound &= out->block_start[i] <= out->block_start[i + 1];
	return sound;
}

int stories_map(const char *path, uint32_t n_rows, struct story_sheet *out, struct err *err)
{
	struct story_sheet s = {0};
	int rc = sheet_map(path, STORIES_KIND, &s.sheet, err);
	if (rc)
		return rc;
	if (!read_sheet(&s.sheet, n_rows, &s)) {
		sheet_unmap(&s.sheet);
		return err_set(err, ERR_CORRUPT, "%s is damaged", path);
	}
	*out = s;
	return 0;
}

void stories_unmap(struct story_sheet *s)
{
	if (s->sheet.map.p)
		sheet_unmap(&s->sheet);
	*s = (struct story_sheet){0};
}
