/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making columns: row after row, from documents or from the columns of segments that are merged; written as one sheet.
 *
 *	document + facts ─ columns_add ──┐
 *	columns, row ─ columns_copy ─────┴─► struct column_builder ─ columns_write ─► file
 */
#ifndef DOSSIER_INDEX_STORE_COLUMNS_BUILD_H
#define DOSSIER_INDEX_STORE_COLUMNS_BUILD_H

#include "index/document.h"
#include "index/store/columns.h"
#include "index/store/names.h"

struct gazetteer;
struct column_list {
	struct str start, item; /* uint32_t each */
};

struct column_builder {
	uint32_t n_rows;
	struct str published_from, published_to, published_precision, published_flags, source, lang, story, id_hash, content_hash, revision, length;
	struct column_list leaders, countries, offices, ambiguous, pairs, days;
	struct str leader_mentions;
	struct names leader_names, source_names, lang_names, country_names, office_names, ambiguous_names, day_names;
};

/* `g` knows the countries of the leaders; NULL: those of their offices alone. */
void columns_add(struct column_builder *b, struct arena *a, const struct gazetteer *g, const struct document *d, const struct facts *f,
	uint64_t revision, uint32_t length, uint64_t story);

/* Copies rows of one segment; numbers of its names are looked up once. A dead row keeps its place and its id, and loses the rest. */
struct column_copier;
struct column_copier *column_copier_new(struct column_builder *b, const struct columns *from);
void column_copier_row(struct column_copier *k, uint32_t row, bool alive, uint64_t story);
void column_copier_free(struct column_copier *k);

int columns_write(struct column_builder *b, const char *path, struct err *err) MUST_CHECK;
void column_builder_done(struct column_builder *b);

#endif
