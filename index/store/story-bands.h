/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bands of a segment's rows, sorted by band, then by the day of publication, then by row: two such lists are joined in one walk.
 *
 *	in memory   (band, row), 8 bytes each; so were the files of schema 3
 *	in a file   128 at a time: the first band, then gaps and rows, each packed to the width of the biggest (postings-pack.h): about 4 bytes
 *
 * A reader of a file keeps one block of bands unpacked; rows are looked at one by one, for nearly none of them is wanted.
 */
#ifndef DOSSIER_INDEX_STORE_STORY_BANDS_H
#define DOSSIER_INDEX_STORE_STORY_BANDS_H

#include "index/store/sheet.h"

#define BAND_BLOCK 128u

struct story_band {
	uint32_t band, row;
};
struct band_block {
	uint32_t first, at; /* at: in the data, in words of 16 bytes */
	uint32_t width;     /* of a gap */
};
struct story_bands {
	uint64_t n;
	uint32_t n_rows;
	const struct story_band *plain; /* NULL: packed */
	const struct band_block *blocks;
	const unsigned char *data;
};

/* ---- writing: two arrays of a sheet ---- */

struct band_writer {
	struct sheet_writer *sheet;
	uint32_t n_rows, at, n, tag;
	struct story_band held[BAND_BLOCK];
	struct str blocks;
};
/* The array `tag` is begun; nothing else may be put before the end, which adds tag + 1. */
void band_writer_begin(struct band_writer *w, struct sheet_writer *sheet, uint32_t tag, uint32_t n_rows);
void band_writer_add(struct band_writer *w, struct story_band b); /* in order */
void band_writer_end(struct band_writer *w);

/* ---- reading ---- */

/* Of a sheet with these arrays: false when they make no sense. Whatever stands in them, rows that are read lie below n_rows (which is not 0). */
bool story_bands_find(const struct sheet *s, uint32_t tag, uint32_t n_rows, struct story_bands *out);

struct band_reader {
	const struct story_bands *b;
	uint64_t block; /* the one that is unpacked; UINT64_MAX: none */
	uint32_t band[BAND_BLOCK];
};
void band_reader_begin(struct band_reader *r, const struct story_bands *b);
uint32_t band_at(struct band_reader *r, uint64_t i);
uint32_t band_row(const struct story_bands *b, uint64_t i);
/* The first from `at` on that is not below the band; n: none. Costs the logarithm of the distance. */
uint64_t band_seek(struct band_reader *r, uint64_t at, uint64_t band);

#endif
