/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sheet: a file of arrays, written once from front to back and then mapped read-only.
 *
 *	"DOSSIER\1" | array | array | … | table: tag, width, offset, count for each array | tail: kind, table, checksum of the table
 *
 * Arrays begin at multiples of 8. Numbers are those of a little-endian machine. The table is held against the size of the file
 * and its own checksum when the sheet is mapped; what stands in the arrays is for the reader of that kind of sheet to check.
 */
#ifndef DOSSIER_INDEX_STORE_SHEET_H
#define DOSSIER_INDEX_STORE_SHEET_H

#include "base/err.h"
#include "base/str.h"

#define SHEET_ARRAYS 64

struct sheet_array {
	uint32_t tag, width; /* width: bytes of one item */
	uint64_t offset, count;
};

/* Writing. The first failure sticks and is told by sheet_finish. */
struct sheet_writer {
	int fd, rc;
	bool in_memory;
	uint64_t at;
	struct str path, buffer;
	struct err err;
	struct sheet_array arrays[SHEET_ARRAYS];
	uint32_t n_arrays;
};
void sheet_create(struct sheet_writer *w, const char *path); /* NULL: in memory, for sheet_finish_mapped() */
void sheet_begin(struct sheet_writer *w, uint32_t tag, uint32_t width);
void sheet_put(struct sheet_writer *w, const void *items, size_t count); /* of the array that was begun */
static inline void sheet_whole(struct sheet_writer *w, uint32_t tag, uint32_t width, const void *items, size_t count)
{
	sheet_begin(w, tag, width);
	sheet_put(w, items, count);
}
int sheet_finish(struct sheet_writer *w, uint32_t kind, struct err *err) MUST_CHECK; /* closes; does not sync */
void sheet_abandon(struct sheet_writer *w);                                          /* closes; also fine after sheet_finish */

/* Reading. */
struct sheet {
	struct span map;
	const struct sheet_array *arrays;
	uint32_t n_arrays;
};
int sheet_finish_mapped(struct sheet_writer *w, uint32_t kind, struct sheet *out, struct err *err) MUST_CHECK; /* as if it had been written and mapped */
int sheet_map(const char *path, uint32_t kind, struct sheet *out, struct err *err) MUST_CHECK; /* ERR_CORRUPT, ERR_NOT_FOUND, ERR_IO */
void sheet_unmap(struct sheet *s);
/* The array with this tag and width; NULL if there is none such. An empty array is not NULL. */
const void *sheet_array(const struct sheet *s, uint32_t tag, uint32_t width, uint64_t *count);

#endif
