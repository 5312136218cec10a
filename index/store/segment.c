/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/segment.h"

#include "base/io.h"
#include "base/mem.h"
#include "index/store/postings.h"
#include "index/store/record.h"
#include "index/store/schema.h"
#include "index/store/store-err.h"
#include "index/store/terms.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

struct builder {
	struct str dir;
	char name[ENTRY_NAME];
	struct build_options opt;
	struct xc_writer *xapian;
	struct term_maker terms;
	struct stream_builder streams;
	struct column_builder columns;
	struct record_writer records;
	struct story_builder stories;
	struct arena arena;
	struct str packed;
	uint32_t n_rows;
	uint64_t text_bytes;
};

static void path_in(struct str *out, const struct builder *b, const char *file)
{
	str_clear(out);
	str_printf(out, "%s/%s%s%s", b->dir.p, b->name, file ? "/" : "", file ? file : "");
}

static const char *xapian_folder(const struct builder *b) { return b->opt.keep_xapian ? NULL : "xapian"; }

static void builder_free(struct builder *b)
{
	xc_writer_discard(b->xapian);
	records_abandon(&b->records);
	term_maker_done(&b->terms);
	stream_builder_done(&b->streams);
	column_builder_done(&b->columns);
	story_builder_done(&b->stories);
	arena_done(&b->arena);
	str_done(&b->packed);
	str_done(&b->dir);
	free(b);
}

int builder_open(const char *dir, const char *name, const struct build_options *opt, struct builder **out, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct builder *b = mem_alloc(sizeof *b);
	struct xc_err xe = XC_ERR;
	struct xc_write_options how = {.create = XC_OVERWRITE, .flags = XC_NO_TERMLIST | XC_NO_SYNC | XC_DANGEROUS};
	str_z(&b->dir, dir);
	snprintf(b->name, sizeof b->name, "%s", name);
	b->opt = *opt;
	b->terms.streams = &b->streams;
	path_in(&path, b, xapian_folder(b));
	int rc = io_make_dirs(path.p, 0750, err);
	if (rc == 0 && xc_writer_open(path.p, &how, &b->xapian, &xe) != 0)
		rc = store_err(err, path.p, &xe);
	if (rc) {
		builder_free(b);
		return rc;
	}
	path_in(&path, b, FILE_RECORDS);
	records_create(&b->records, path.p);
	*out = b;
	return 0;
}

uint32_t builder_rows(const struct builder *b) { return b->n_rows; }
uint64_t builder_bytes(const struct builder *b) { return b->text_bytes; }

static int add_document(struct builder *b, const struct document *d, const struct facts *f, uint64_t revision, uint64_t story, struct err *err)
{
	struct made_terms t;
	struct xc_err xe = XC_ERR;
	terms_make(&b->terms, &b->arena, d, &t);
	struct xc_doc doc = {.terms = t.terms, .n_terms = t.n_terms};
	if (xc_writer_add(b->xapian, &doc, NULL, &xe) != 0)
		return store_err(err, b->name, &xe);
	stream_builder_row(&b->streams, t.tokens, t.n_tokens, t.n_title);
	columns_add(&b->columns, &b->arena, b->opt.gazetteer, d, f, revision, (uint32_t)(t.n_tokens - t.n_title), story ? story : b->n_rows + 1u);
	story_builder_add(&b->stories, d, f);
	return 0;
}

int builder_add(struct builder *b, struct span record, uint64_t revision, uint64_t story, struct err *err)
{
	struct document d;
	struct facts f;
	arena_reset(&b->arena);
	int rc = record_decode(&b->arena, record, &d, &f, err);
	if (rc == 0)
		rc = add_document(b, &d, &f, revision, story, err);
	if (rc)
		return rc;
	str_clear(&b->packed);
	record_pack(&b->packed, record);
	records_add(&b->records, str_view(&b->packed));
	b->n_rows++;
	b->text_bytes += d.text.n;
	return b->records.sheet.rc ? err_set(err, b->records.sheet.rc, "%s: %s", b->name, b->records.sheet.err.msg) : 0;
}

static int write_postings(const struct builder *b, struct xc_db *db, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct columns c;
	path_in(&path, b, FILE_COLUMNS);
	int rc = columns_map(path.p, &c, err);
	if (rc)
		return rc;
	path_in(&path, b, FILE_POSTINGS);
	rc = c.n_rows == b->n_rows ? postings_write(db, c.length, b->n_rows, path.p, err) : err_set(err, ERR_CORRUPT, "%s: rows are missing", path.p);
	columns_unmap(&c);
	return rc;
}

/* Xapian's lists become the postings; then nobody needs them any more. */
static int seal_postings(struct builder *b, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct xc_err xe = XC_ERR;
	struct xc_db *db = NULL;
	int rc = xc_writer_close(b->xapian, &xe);
	b->xapian = NULL;
	path_in(&path, b, xapian_folder(b));
	if (rc || xc_open(path.p, &db, &xe) != 0)
		return store_err(err, path.p, &xe);
	rc = write_postings(b, db, err);
	xc_close(db);
	return rc || b->opt.keep_xapian ? rc : io_remove_tree(path.p, err);
}

int builder_seal(struct builder *b, struct segment_entry *out, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct segment_entry e = {.n_rows = b->n_rows, .schema = SCHEMA_VERSION, .facts = b->opt.facts, .table = b->opt.table, .text_bytes = b->text_bytes};
	memcpy(e.name, b->name, sizeof e.name);
	path_in(&path, b, FILE_COLUMNS);
	int rc = columns_write(&b->columns, path.p, err);
	path_in(&path, b, FILE_STREAMS);
	if (rc == 0)
		rc = stream_builder_write(&b->streams, path.p, err);
	path_in(&path, b, FILE_STORIES);
	if (rc == 0)
		rc = story_builder_write(&b->stories, path.p, err);
	if (rc == 0)
		rc = records_finish(&b->records, err);
	if (rc == 0)
		rc = seal_postings(b, err);
	if (rc == 0)
		rc = segment_seal_files(b->dir.p, b->opt.sync, &e, err);
	if (rc == 0)
		*out = e;
	builder_free(b);
	return rc;
}

void builder_discard(struct builder *b)
{
	AUTO_STR struct str path = {0};
	if (!b)
		return;
	path_in(&path, b, NULL);
	builder_free(b);
	if (io_remove_tree(path.p, NULL) != 0)
		return; /* swept by the next writer */
}

/* ---- Files ---- */

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int no_dots(const struct dirent *d) { return d->d_name[0] != '.' && strcmp(d->d_name, "flintlock") != 0; }

static int seal_each(const char *folder, struct dirent **files, int n, bool sync, struct segment_entry *e, struct err *err)
{
	AUTO_STR struct str path = {0};
	if (n > SEGMENT_FILES)
		return err_set(err, ERR_INTERNAL, "%s: too many files", folder);
	e->n_files = 0;
	for (int i = 0; i < n; i++) {
		str_clear(&path);
		str_printf(&path, "%s/%s", folder, files[i]->d_name);
		int rc = file_seal(path.p, files[i]->d_name, sync, &e->files[e->n_files++], err);
		if (rc)
			return rc;
	}
	return sync ? io_sync_dir(folder, err) : 0;
}

int segment_seal_files(const char *dir, bool sync, struct segment_entry *e, struct err *err)
{
	AUTO_STR struct str folder = {0};
	struct dirent **files = NULL;
	str_printf(&folder, "%s/%s", dir, e->name);
	int n = scandir(folder.p, &files, no_dots, by_name);
	if (n < 0)
		return err_errno(err, "%s", folder.p);
	int rc = seal_each(folder.p, files, n, sync, e, err);
	for (int i = 0; i < n; i++)
		free(files[i]);
	free(files);
	return rc;
}

bool segment_has_xapian(const struct segment_entry *e)
{
	bool has = false;
	for (uint32_t i = 0; i < e->n_files; i++)
		has |= strcmp(e->files[i].name, "iamglass") == 0;
	return has;
}

int segment_verify(const char *dir, const struct segment_entry *e, bool whole, struct err *err)
{
	AUTO_STR struct str path = {0};
	for (uint32_t i = 0; i < e->n_files; i++) {
		str_clear(&path);
		str_printf(&path, "%s/%s/%s", dir, e->name, e->files[i].name);
		int rc = file_verify(path.p, &e->files[i], whole, err);
		if (rc)
			return rc;
	}
	return 0;
}
