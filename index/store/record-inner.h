/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the store alone: the beginning of a record, which tells whether it is new without decoding the rest; and packing with a dictionary. */
#ifndef DOSSIER_INDEX_STORE_RECORD_INNER_H
#define DOSSIER_INDEX_STORE_RECORD_INNER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <zstd.h>

struct record_head {
	struct span id, path;
	uint64_t content_hash;
	size_t text_bytes;
};

/* Spans point into `bytes`. ERR_CORRUPT. */
int record_head(struct span bytes, struct record_head *out, struct err *err) MUST_CHECK;

/* As record_pack and record_unpack, for a segment that has a dictionary (NULL: none): a third smaller. Unpacking also takes records
 * that were packed without one. */
void record_pack_with(struct str *out, struct span plain, const ZSTD_CDict *dictionary);
int record_unpack_with(struct arena *a, struct span packed, const ZSTD_DDict *dictionary, struct span *plain, struct err *err) MUST_CHECK;
/* A copy, or nearly, of another record of its segment, which is packed otherwise: what both have is stored once. */
void record_pack_like(struct str *out, struct span plain, struct span base, uint32_t base_row);
bool record_base(struct span packed, uint32_t *row); /* is it packed so, and like which row? */
int record_unpack_like(struct arena *a, struct span packed, struct span base, struct span *plain, struct err *err) MUST_CHECK;
/* A dictionary for records like these samples (back to back, `sizes` each), at most so many bytes; empty when there are too few. */
void record_train(struct str *out, struct span samples, const size_t *sizes, size_t n, size_t bytes);
ZSTD_CDict *record_dictionary(struct span bytes); /* copies; ZSTD_freeCDict */

#endif
