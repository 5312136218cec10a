/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A postings sheet in the making: begin, a list for each term in bytewise order, end. The same lists give the same bytes, wherever
 * they come from. In memory lie the terms, the blocks and the sets; the rest goes into the file as it comes.
 */
#ifndef DOSSIER_INDEX_STORE_POSTINGS_BUILD_H
#define DOSSIER_INDEX_STORE_POSTINGS_BUILD_H

#include "index/store/postings-terms.h"
#include "index/store/postings.h"
#include "index/store/sheet.h"

struct postings_build {
	const uint32_t *lengths; /* of the texts, by row */
	uint32_t n_rows;
	struct sheet_writer sheet;
	struct term_writer terms;
	struct str blocks, set_term, sets;
	uint32_t at;
};
void postings_build_begin(struct postings_build *b, const char *path, const uint32_t *lengths, uint32_t n_rows); /* path NULL: in memory */
/* rows ascend and lie below n_rows; wdf from 1 to 2³⁰; n from 1. */
void postings_build_list(struct postings_build *b, struct span term, const uint32_t *rows, const uint32_t *wdf, uint32_t n);
int postings_build_end(struct postings_build *b, struct err *err) MUST_CHECK;
int postings_build_end_mapped(struct postings_build *b, struct postings **out, struct err *err) MUST_CHECK; /* of one in memory */
void postings_build_abandon(struct postings_build *b);

#endif
