/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/story-bands.h"

#include "index/store/postings-pack.h"

static uint32_t row_bits(uint32_t n_rows) { return pack_width(n_rows - 1); }

/* ---- writing ---- */

void band_writer_begin(struct band_writer *w, struct sheet_writer *sheet, uint32_t tag, uint32_t n_rows)
{
	*w = (struct band_writer){.sheet = sheet, .n_rows = n_rows, .tag = tag};
	sheet_begin(sheet, tag, PACK_WORD);
}

static void put_packed(struct band_writer *w, const uint32_t *v, uint32_t width)
{
	unsigned char out[BAND_BLOCK * 4];
	uint32_t words = pack_words(w->n, width);
	pack(v, w->n, width, out);
	sheet_put(w->sheet, out, words);
	w->at += words;
}

static void flush(struct band_writer *w)
{
	uint32_t gaps[BAND_BLOCK] = {0}, rows[BAND_BLOCK] = {0}, all = 0;
	if (w->n == 0)
		return;
	struct band_block k = {.first = w->held[0].band, .at = w->at};
	for (uint32_t i = 0; i < w->n; i++) {
		gaps[i] = i ? w->held[i].band - w->held[i - 1].band : 0;
		rows[i] = w->held[i].row;
		all |= gaps[i];
	}
	k.width = pack_width(all);
	put_packed(w, gaps, k.width);
	put_packed(w, rows, row_bits(w->n_rows));
	str_add(&w->blocks, &k, sizeof k);
	w->n = 0;
}

void band_writer_add(struct band_writer *w, struct story_band b)
{
	w->held[w->n++] = b;
	if (w->n == BAND_BLOCK)
		flush(w);
}

void band_writer_end(struct band_writer *w)
{
	static const unsigned char spare[PACK_WORD];
	uint64_t n = w->blocks.n / sizeof(struct band_block) * BAND_BLOCK + w->n;
	flush(w);
	sheet_put(w->sheet, spare, 1);
	sheet_whole(w->sheet, w->tag + 1, sizeof(struct band_block), w->blocks.p, w->blocks.n / sizeof(struct band_block));
	sheet_whole(w->sheet, w->tag + 2, sizeof n, &n, 1);
	str_done(&w->blocks);
}

/* ---- reading ---- */

static uint32_t in_block(const struct story_bands *b, uint64_t block)
{
	uint64_t left = b->n - block * BAND_BLOCK;
	return left < BAND_BLOCK ? (uint32_t)left : BAND_BLOCK;
}

bool story_bands_find(const struct sheet *s, uint32_t tag, uint32_t n_rows, struct story_bands *out)
{
	uint64_t n_data = 0, n_blocks = 0, n_counts = 0;
	*out = (struct story_bands){.n_rows = n_rows};
	out->data = sheet_array(s, tag, PACK_WORD, &n_data);
	out->blocks = sheet_array(s, tag + 1, sizeof *out->blocks, &n_blocks);
	const uint64_t *n = sheet_array(s, tag + 2, sizeof *n, &n_counts);
	if (!out->data || !out->blocks || !n || n_counts != 1 || *n > UINT64_MAX - BAND_BLOCK || (*n + BAND_BLOCK - 1) / BAND_BLOCK != n_blocks || (*n && !n_rows))
		return false;
	out->n = *n;
	bool sound = true;
	for (uint64_t i = 0; i < n_blocks; i++) {
		const struct band_block *k = &out->blocks[i];
		uint32_t here = in_block(out, i);
		sound &= k->width <= 32 && k->at + (uint64_t)pack_words(here, k->width) + pack_words(here, row_bits(n_rows)) < n_data;
	}
	return sound;
}

void band_reader_begin(struct band_reader *r, const struct story_bands *b)
{
	r->b = b;
	r->block = UINT64_MAX;
}

/* Unpacks a block of bands. */
static void unpack_block(struct band_reader *r, uint64_t block)
{
	const struct story_bands *b = r->b;
	const struct band_block *k = &b->blocks[block];
	uint32_t n = in_block(b, block);
	unpack(b->data + (size_t)k->at * PACK_WORD, n, k->width, r->band);
	r->band[0] = k->first;
	for (uint32_t at = 1; at < n; at++)
		r->band[at] += r->band[at - 1];
	r->block = block;
}

uint32_t band_at(struct band_reader *r, uint64_t i)
{
	if (r->b->plain)
		return r->b->plain[i].band;
	if (i / BAND_BLOCK != r->block)
		unpack_block(r, i / BAND_BLOCK);
	return r->band[i % BAND_BLOCK];
}

uint32_t band_row(const struct story_bands *b, uint64_t i)
{
	uint32_t row;
	if (b->plain) {
		row = b->plain[i].row;
	} else {
		const struct band_block *k = &b->blocks[i / BAND_BLOCK];
		uint32_t gaps = pack_words(in_block(b, i / BAND_BLOCK), k->width);
		row = unpack_one(b->data + ((size_t)k->at + gaps) * PACK_WORD, i % BAND_BLOCK, row_bits(b->n_rows));
	}
	return row < b->n_rows ? row : b->n_rows - 1;
}

/* The last of n blocks from `at` on whose first band is below; `at` itself is. */
static uint64_t last_below(const struct band_block *v, uint64_t n, uint64_t at, uint64_t band)
{
	uint64_t step = 1, high;
	for (; at + step < n && v[at + step].first < band; step *= 2)
		at += step;
	high = at + step < n ? at + step : n;
	while (high - at > 1) {
		uint64_t mid = at + (high - at) / 2;
		if (v[mid].first < band)
			at = mid;
		else
			high = mid;
	}
	return at;
}

/* The entries from *low to *high-1 are as many as may be below the band, and in one block. */
static void narrow(const struct story_bands *b, uint64_t band, uint64_t *low, uint64_t *high)
{
	uint64_t block = *low / BAND_BLOCK;
	if (b->blocks[block].first >= band) {
		*high = *low;
		return;
	}
	block = last_below(b->blocks, (b->n - 1) / BAND_BLOCK + 1, block, band);
	if (*low < block * BAND_BLOCK)
		*low = block * BAND_BLOCK;
	*high = (block + 1) * BAND_BLOCK < b->n ? (block + 1) * BAND_BLOCK : b->n;
}

uint64_t band_seek(struct band_reader *r, uint64_t at, uint64_t band)
{
	uint64_t low = at, end = r->b->n, high, step = 1;
	if (at >= end)
		return end;
	if (!r->b->plain)
		narrow(r->b, band, &low, &end);
	for (high = low; high < end && band_at(r, high) < band; step *= 2) {
		low = high + 1;
		high += step;
	}
	high = high < end ? high : end;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (band_at(r, mid) < band)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
