/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The postings of several segments as those of one. What comes out is, byte for byte, what a Xapian database of the living rows would give. */
#ifndef DOSSIER_INDEX_STORE_POSTINGS_MERGE_H
#define DOSSIER_INDEX_STORE_POSTINGS_MERGE_H

#include "index/store/postings.h"

#include <roaring/roaring.h>

struct postings_source {
	const struct postings *p;
	const roaring_bitmap_t *dead; /* rows that are left out; their places stay. NULL: none */
	uint32_t n_rows;
};
/* lengths: of all rows, those of the first source first. ERR_CORRUPT: a list makes no sense. */
int postings_merge(const struct postings_source *v, size_t n, const uint32_t *lengths, const char *path, struct err *err) MUST_CHECK;

#endif
