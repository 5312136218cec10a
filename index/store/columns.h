/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Columns: what facets and filters need of every document of a sealed segment, one array a field, in one file that all
 * workers map read-only. Derived from the records, sealed with the segment, rebuilt from the records when missing or damaged.
 *
 * Documents are numbered 0 … n-1 here ("row"); Xapian's docid of the segment is row + 1. Dictionaries hold the strings of
 * a field once, sorted bytewise; an ordinal is an index into them and means nothing in another segment.
 *
 *	lists (leaders, countries, offices, days, pairs): start[row] … start[row+1] index the items
 */
#ifndef DOSSIER_INDEX_STORE_COLUMNS_H
#define DOSSIER_INDEX_STORE_COLUMNS_H

#include "base/day.h"
#include "base/err.h"

struct dictionary {
	uint32_t n;
	const uint32_t *start; /* n + 1 offsets into bytes */
	const char *bytes;
};
static inline struct span dictionary_at(const struct dictionary *d, uint32_t i) { return (struct span){d->bytes + d->start[i], d->start[i + 1] - d->start[i]}; }
#define NO_ORDINAL UINT32_MAX
uint32_t dictionary_find(const struct dictionary *d, struct span s); /* NO_ORDINAL if absent */

struct list_column {
	const uint32_t *start; /* n_rows + 1 */
	const uint32_t *item;  /* ordinals, or indices into a parallel array */
};

enum published_flag { PUBLISHED_INFERRED = 1, PUBLISHED_CONFLICT = 2, PUBLISHED_FILE_TIME = 4 };

struct columns {
	struct span map; /* the whole file */
	uint32_t n_rows;
	const int32_t *published_from, *published_to;  /* day numbers; meaningless where precision is PREC_NONE */
	const uint8_t *published_precision, *published_flags;
	const uint32_t *source, *lang;                 /* ordinals; NO_ORDINAL: unknown */
	const uint64_t *story;                         /* see story-numbers.h: what is added to the base of the segment */
	const uint64_t *id_hash, *content_hash;
	const uint64_t *id_sorted;                     /* the id hashes in order, and */
	const uint32_t *id_rows;                       /* whose they are: id_hash[id_rows[i]] == id_sorted[i] */
	const uint64_t *revision;                      /* of the commit that added it */
	const uint32_t *length;                        /* tokens in the text */

	struct list_column leaders;                    /* most mentioned first */
	const uint16_t *leader_mentions;               /* parallel to leaders.item; saturates */
	struct list_column countries, offices;         /* country codes of the leaders; offices they held then: "RU/head-of-state" */
	struct list_column ambiguous;                  /* folded surfaces that stayed ambiguous: "kim" */
	struct list_column pairs;                      /* items 2k and 2k+1: ordinals of two leaders in one sentence, smaller first */
	struct list_column days;                       /* mentioned days: item = index into the three arrays below */
	const int32_t *day_from, *day_to;
	const uint8_t *day_precision;

	struct dictionary leader_names, source_names, lang_names, country_names, office_names, ambiguous_names;
};

int columns_map(const char *path, struct columns *out, struct err *err) MUST_CHECK; /* checks sizes and bounds: any bytes are safe */
void columns_unmap(struct columns *c);

/* The place in id_sorted of the first id with this hash, or of the next one. */
static inline uint32_t columns_first_id(const struct columns *c, uint64_t hash)
{
	uint32_t low = 0, high = c->n_rows;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (c->id_sorted[mid] < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

#endif
