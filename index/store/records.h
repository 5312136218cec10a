/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a segment: packed ones back to back, and where each begins; one sheet. A dead row of a merged segment is empty. A big
 * segment has a dictionary, learnt from its own records: articles of 2 KB alone hardly compress, with it they shrink by a third more.
 */
#ifndef DOSSIER_INDEX_STORE_RECORDS_H
#define DOSSIER_INDEX_STORE_RECORDS_H

#include "base/arena.h"
#include "index/store/sheet.h"

#include <zstd.h>

struct record_writer {
	struct sheet_writer sheet;
	struct str start; /* uint64_t by row */
	uint64_t at;
};
void records_create(struct record_writer *w, const char *path);
void records_dictionary(struct record_writer *w, struct span dictionary); /* after the last record; those in form 2 need it */
void records_add(struct record_writer *w, struct span packed);
int records_finish(struct record_writer *w, struct err *err) MUST_CHECK;
void records_abandon(struct record_writer *w);

struct records {
	struct sheet sheet;
	uint32_t n_rows;
	const uint64_t *start;
	const char *bytes;
	struct span dictionary; /* empty: none */
	ZSTD_DDict *unpacker;
};
int records_map(const char *path, struct records *out, struct err *err) MUST_CHECK; /* ERR_CORRUPT */
void records_unmap(struct records *r);
static inline struct span records_at(const struct records *r, uint32_t row) { return (struct span){r->bytes + r->start[row], (size_t)(r->start[row + 1] - r->start[row])}; }
/* The plain record of a row, checked. ERR_CORRUPT. */
int records_read(const struct records *r, uint32_t row, struct arena *a, struct span *plain, struct err *err) MUST_CHECK;

#endif
