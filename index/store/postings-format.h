/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arrays of a postings sheet, for its reader and its writer. */
#ifndef DOSSIER_INDEX_STORE_POSTINGS_FORMAT_H
#define DOSSIER_INDEX_STORE_POSTINGS_FORMAT_H

#include "index/store/postings.h"
#include "index/store/sheet.h"

#define POSTINGS_KIND 0x50535431u /* "PST1" */
enum {
	TAG_TERM_START = 1, /* u32, terms + 1. Of schema 3 and before, as are the three that follow and the last but three; now: postings-terms.h */
	TAG_TERM_BYTES,
	TAG_TERM_N,         /* u32: rows with it */
	TAG_TERM_BLOCK,     /* u32, terms + 1: its first block */
	TAG_BLOCK,          /* struct posting_block */
	TAG_DATA,           /* words of 16 bytes, one more than is used */
	TAG_SET_TERM,       /* u32, ascending: terms whose rows lie in */
	TAG_SET,            /* u64: sets, one after the other */
	TAG_TERM_WDF,       /* u64: sum of wdf; the first sheets were made without */
	TAG_TERMS,          /* u32: how many terms */
	TAG_TERM_GROUP,     /* struct term_group */
	TAG_TERM_PACKED     /* their bytes */
};
#define ROW_BITS_MAX 24u /* 128 gaps of it do not overflow; a list with a wider gap has a set */
#define WDF_BITS_MAX 30u /* more is not counted */

static inline bool postings_wants_set(uint32_t n, uint32_t n_rows) { return n > n_rows / 8; }
static inline size_t postings_set_words(uint32_t n_rows) { return ((size_t)n_rows + 63) / 64; }
/* Takes the sheet over, also when it is not sound: ERR_CORRUPT. */
int postings_of_sheet(struct sheet *s, uint32_t n_rows, const char *path, struct postings **out, struct err *err) MUST_CHECK;

#endif
