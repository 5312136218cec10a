/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arrays of a columns sheet, once: reader, writer and merger walk these tables. Tags are their place in the order below,
 * so that rows are only ever added at the end of a table, and a change of meaning counts up COLUMNS_KIND.
 */
#ifndef DOSSIER_INDEX_STORE_COLUMNS_FORMAT_H
#define DOSSIER_INDEX_STORE_COLUMNS_FORMAT_H

#define COLUMNS_KIND 0x434F4C31u /* "COL1" */

#define COLUMN_ROWS(X) /* one item a row */ \
	X(published_from, int32_t) X(published_to, int32_t) X(published_precision, uint8_t) X(published_flags, uint8_t) \
	X(source, uint32_t) X(lang, uint32_t) X(story, uint64_t) X(id_hash, uint64_t) X(content_hash, uint64_t) \
	X(revision, uint64_t) X(length, uint32_t) X(id_sorted, uint64_t) X(id_rows, uint32_t)

#define COLUMN_LISTS(X) /* a list a row, and the dictionary of its items */ \
	X(leaders, leader_names) X(countries, country_names) X(offices, office_names) X(ambiguous, ambiguous_names) X(pairs, leader_names)

#define COLUMN_DICTIONARIES(X) X(leader_names) X(source_names) X(lang_names) X(country_names) X(office_names) X(ambiguous_names)

enum column_tag {
	TAG_NONE_,
#define X(name, type) TAG_##name,
	COLUMN_ROWS(X)
#undef X
	TAG_LISTS_ = 32,
#define X(name, dictionary) TAG_##name##_start, TAG_##name##_item,
	COLUMN_LISTS(X)
#undef X
	TAG_days_start, TAG_days_item, TAG_day_from, TAG_day_to, TAG_day_precision, TAG_leader_mentions,
	TAG_DICTIONARIES_ = 64,
#define X(name) TAG_##name##_start, TAG_##name##_bytes,
	COLUMN_DICTIONARIES(X)
#undef X
};

#endif
