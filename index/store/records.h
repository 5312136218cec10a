/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of a segment: packed ones back to back, and where each begins. One sheet; a dead row of a merged segment is empty. */
#ifndef DOSSIER_INDEX_STORE_RECORDS_H
#define DOSSIER_INDEX_STORE_RECORDS_H

#include "index/store/sheet.h"

struct record_writer {
	struct sheet_writer sheet;
	struct str start; /* uint64_t by row */
	uint64_t at;
};
void records_create(struct record_writer *w, const char *path);
void records_add(struct record_writer *w, struct span packed);
int records_finish(struct record_writer *w, struct err *err) MUST_CHECK;
void records_abandon(struct record_writer *w);

struct records {
	struct sheet sheet;
	uint32_t n_rows;
	const uint64_t *start;
	const char *bytes;
};
int records_map(const char *path, struct records *out, struct err *err) MUST_CHECK; /* ERR_CORRUPT */
void records_unmap(struct records *r);
static inline struct span records_at(const struct records *r, uint32_t row) { return (struct span){r->bytes + r->start[row], (size_t)(r->start[row + 1] - r->start[row])}; }

#endif
