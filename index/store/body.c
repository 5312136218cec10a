/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/body.h"

#include "base/mem.h"
#include "index/store/record-inner.h"
#include "index/store/segment.h"
#include "index/store/store-err.h"

#include <xapian-c.h>

/* A segment of an older schema may have been sealed without. */
static bool has_file(const struct segment_entry *e, const char *name, uint32_t schema)
{
	bool has = e->schema >= schema;
	for (uint32_t i = 0; i < e->n_files; i++)
		has |= strcmp(e->files[i].name, name) == 0;
	return has;
}

static int map_all(struct segment_body *b, const struct segment_entry *e, struct err *err)
{
	AUTO_STR struct str path = {0};
	size_t n = strlen(b->path);
	str_printf(&path, "%s/%s", b->path, FILE_COLUMNS);
	int rc = columns_map(path.p, &b->columns, err);
	path.n = n;
	str_z(&path, "/" FILE_RECORDS);
	if (rc == 0)
		rc = records_map(path.p, &b->records, err);
	path.n = n;
	str_z(&path, "/" FILE_STREAMS);
	if (rc == 0)
		rc = streams_map(path.p, b->n_rows, &b->streams, err);
	path.n = n;
	str_z(&path, "/" FILE_POSTINGS);
	if (rc == 0 && has_file(e, FILE_POSTINGS, 2))
		rc = postings_map(path.p, b->n_rows, &b->postings, err);
	path.n = n;
	str_z(&path, "/" FILE_STORIES);
	if (rc == 0 && has_file(e, FILE_STORIES, 3))
		rc = stories_map(path.p, b->n_rows, &b->stories, err);
	if (rc == 0 && (b->columns.n_rows != b->n_rows || b->records.n_rows != b->n_rows))
		rc = err_set(err, ERR_CORRUPT, "%s: its files belong to different segments", b->path);
	return rc;
}

int body_open(const char *dir, const struct segment_entry *e, struct segment_body **out, struct err *err)
{
	struct err why = {0};
	int rc = segment_verify(dir, e, false, err);
	if (rc)
		return rc;
	AUTO_STR struct str path = {0};
	struct segment_body *b = mem_alloc(sizeof *b);
	str_printf(&path, "%s/%s", dir, e->name);
	b->path = mem_dup(path.p, path.n + 1);
	b->n_rows = e->n_rows;
	b->refs = 1;
	rc = map_all(b, e, &why);
	if (rc) {
		body_close(b);
		return err_set(err, rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc, "%s", why.msg);
	}
	*out = b;
	return 0;
}

void body_close(struct segment_body *b)
{
	if (!b || --b->refs > 0)
		return;
	columns_unmap(&b->columns);
	records_unmap(&b->records);
	stories_unmap(&b->stories);
	streams_unmap(b->streams);
	postings_unmap(b->postings);
	free(b->path);
	free(b);
}

/* Schema 1: its Xapian database is all there is. */
static int postings_of_database(struct segment_body *b, struct err *err)
{
	struct xc_err xe = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_db_stats stats;
	if (xc_open(b->path, &db, &xe) != 0)
		return store_err(err, b->path, &xe);
	int rc = xc_stats(db, &stats, &xe) == 0 && stats.doccount == b->n_rows && stats.lastdocid == b->n_rows ? 0 :
		err_set(err, ERR_CORRUPT, "%s: the database does not have %u documents", b->path, b->n_rows);
	if (rc == 0)
		rc = postings_make(db, b->columns.length, b->n_rows, &b->postings, err);
	xc_close(db);
	return rc;
}

int body_postings(struct segment_body *b, struct err *err) { return b->postings ? 0 : postings_of_database(b, err); }

static bool same_id(const struct segment_body *b, uint32_t row, struct span id, bool *damaged)
{
	AUTO_ARENA struct arena a = {0};
	struct record_head h;
	struct span plain;
	*damaged = body_record(b, row, &a, &plain, NULL) != 0 || record_head(plain, &h, NULL) != 0;
	return *damaged || span_eq(h.id, id);
}

bool body_find(const struct segment_body *b, const roaring_bitmap_t *dead, struct span id, uint32_t *row, bool *damaged)
{
	const uint64_t hash = span_hash(id), *v = b->columns.id_sorted;
	for (uint32_t low = columns_first_id(&b->columns, hash); low < b->n_rows && v[low] == hash; low++) {
		uint32_t at = b->columns.id_rows[low];
		bool bad = false;
		if ((dead && roaring_bitmap_contains(dead, at)) || !same_id(b, at, id, &bad))
			continue;
		*row = at;
		if (damaged)
			*damaged = bad;
		return true;
	}
	return false;
}

int body_record(const struct segment_body *b, uint32_t row, struct arena *a, struct span *plain, struct err *err)
{
	return records_read(&b->records, row, a, plain, err);
}

/* ---- Dead rows ---- */

int dead_read(const char *dir, const struct segment_entry *e, roaring_bitmap_t **out, struct err *err)
{
	AUTO_STR struct str bytes = {0};
	if (!e->dead.name[0])
		return *out = NULL, 0;
	int rc = file_get(dir, &e->dead, (size_t)1 << 30, &bytes, err);
	if (rc)
		return rc;
	roaring_bitmap_t *r = roaring_bitmap_portable_deserialize_safe(bytes.p, bytes.n);
	if (!r || roaring_bitmap_get_cardinality(r) != e->n_dead || (e->n_dead && roaring_bitmap_maximum(r) >= e->n_rows)) {
		if (r)
			roaring_bitmap_free(r);
		return err_set(err, ERR_CORRUPT, "%s/%s is damaged", dir, e->dead.name);
	}
	*out = r;
	return 0;
}

int dead_write(const char *dir, const char *name, const roaring_bitmap_t *dead, bool sync, struct file_entry *out, struct err *err)
{
	AUTO_STR struct str bytes = {0};
	str_room(&bytes, roaring_bitmap_portable_size_in_bytes(dead));
	bytes.n = roaring_bitmap_portable_serialize(dead, bytes.p);
	return file_put(dir, name, str_view(&bytes), sync, out, err);
}
