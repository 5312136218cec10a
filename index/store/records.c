/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/records.h"

#include "index/store/record-inner.h"

#define ZSTD_STATIC_LINKING_ONLY /* for a dictionary that stays in the map, one for all workers */
#include <zstd.h>

#define RECORDS_KIND 0x52454331u /* "REC1" */
enum { TAG_BYTES = 1, TAG_START, TAG_DICTIONARY };

void records_create(struct record_writer *w, const char *path)
{
	*w = (struct record_writer){0};
	sheet_create(&w->sheet, path);
	sheet_begin(&w->sheet, TAG_BYTES, 1);
}

void records_add(struct record_writer *w, struct span packed)
{
	str_add(&w->start, &w->at, sizeof w->at);
	sheet_put(&w->sheet, packed.p, packed.n);
	w->at += packed.n;
}

void records_dictionary(struct record_writer *w, struct span dictionary) { sheet_whole(&w->sheet, TAG_DICTIONARY, 1, dictionary.p, dictionary.n); }

int records_finish(struct record_writer *w, struct err *err)
{
	str_add(&w->start, &w->at, sizeof w->at);
	sheet_whole(&w->sheet, TAG_START, sizeof w->at, w->start.p, w->start.n / sizeof w->at);
	str_done(&w->start);
	return sheet_finish(&w->sheet, RECORDS_KIND, err);
}

void records_abandon(struct record_writer *w)
{
	sheet_abandon(&w->sheet);
	str_done(&w->start);
}

static bool read_records(struct records *r)
{
	uint64_t n = 0, bytes = 0;
	r->start = sheet_array(&r->sheet, TAG_START, sizeof *r->start, &n);
	r->bytes = sheet_array(&r->sheet, TAG_BYTES, 1, &bytes);
	if (!r->start || !r->bytes || n == 0 || n > UINT32_MAX)
		return false;
	r->n_rows = (uint32_t)n - 1;
	bool sound = r->start[0] == 0 && r->start[r->n_rows] == bytes;
	for (uint32_t i = 0; i < r->n_rows; i++)
		sound &= r->start[i] <= r->start[i + 1];
	uint64_t n_dictionary = 0;
	const char *dictionary = sheet_array(&r->sheet, TAG_DICTIONARY, 1, &n_dictionary);
	if (dictionary && n_dictionary) {
		r->dictionary = (struct span){dictionary, n_dictionary};
		r->unpacker = ZSTD_createDDict_byReference(dictionary, n_dictionary); /* NULL when it is damaged: then its records are, too */
	}
	return sound;
}

int records_map(const char *path, struct records *out, struct err *err)
{
	struct records r = {0};
	int rc = sheet_map(path, RECORDS_KIND, &r.sheet, err);
	if (rc)
		return rc;
	if (!read_records(&r)) {
		records_unmap(&r);
		return err_set(err, ERR_CORRUPT, "%s is damaged", path);
	}
	*out = r;
	return 0;
}

void records_unmap(struct records *r)
{
	ZSTD_freeDDict(r->unpacker);
	sheet_unmap(&r->sheet);
	*r = (struct records){0};
}

int records_read(const struct records *r, uint32_t row, struct arena *a, struct span *plain, struct err *err)
{
	if (row >= r->n_rows)
		return err_set(err, ERR_NOT_FOUND, "no such document");
	struct span base;
	uint32_t base_row;
	if (!record_base(records_at(r, row), &base_row))
		return record_unpack_with(a, records_at(r, row), r->unpacker, plain, err);
	if (base_row >= r->n_rows)
		return err_set(err, ERR_CORRUPT, "a stored document is damaged");
	int rc = record_unpack_with(a, records_at(r, base_row), r->unpacker, &base, err); /* itself no copy: that would be damage */
	return rc ? rc : record_unpack_like(a, records_at(r, row), base, plain, err);
}
