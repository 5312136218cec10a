/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The work of a merge: several sealed segments become one, in a folder that no manifest names yet. Runs beside the writer, in a
 * child; looks at nothing but its sources, which never change.
 *
 *	join     rows in the order of the sources, all of them; dead ones keep their place and lose their contents
 *	         columns copied · streams with words renumbered · records copied as they are · postings joined term by term
 *	rebuild  living rows alone, from their records, as new segments of SEGMENT_ROWS; these are then joined
 */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "base/mem.h"
#include "index/store/postings-merge.h"
#include "index/store/record-inner.h"
#include "index/store/record.h"
#include "index/store/schema.h"
#include "index/store/store-err.h"

#include <xapian-c.h>

#include <stdio.h>

void merge_path(struct str *out, const char *dir, const char *segment, const char *file)
{
	str_clear(out);
	str_printf(out, "%s/%s/%s", dir, segment, file);
}

/* An empty folder for the result; with the Xapian databases of the sources made one, where they are to be kept and all have one. */
static int begin_result(const char *dir, const struct build_options *opt, const struct merge_job *job, struct err *err)
{
	AUTO_STR struct str dest = {0};
	const char *dirs[MERGE_MOST];
	bool keep = opt->keep_xapian;
	struct xc_err xe = XC_ERR;
	for (size_t i = 0; i < job->n; i++) {
		dirs[i] = job->source[i].body->path;
		keep &= segment_has_xapian(&job->from[i]);
	}
	str_printf(&dest, "%s/%s", dir, job->name);
	int rc = io_remove_tree(dest.p, err);
	if (rc || !keep)
		return rc ? rc : io_make_dirs(dest.p, 0750, err);
	struct xc_compact_args in = {.dirs = dirs, .n_dirs = job->n, .dest = dest.p};
	return xc_compact(&in, &xe) == 0 ? 0 : store_err(err, dest.p, &xe);
}

/* After the columns, which tell the lengths of the texts. */
static int join_postings(const char *dir, const struct merge_job *job, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct postings_source from[MERGE_MOST];
	struct columns c;
	int rc = 0;
	for (size_t i = 0; i < job->n && rc == 0; i++) {
		const struct merge_source *s = &job->source[i];
		rc = body_postings(s->body, err);
		from[i] = (struct postings_source){s->body->postings, s->dead, s->body->n_rows};
	}
	merge_path(&path, dir, job->name, FILE_COLUMNS);
	if (rc == 0)
		rc = columns_map(path.p, &c, err);
	if (rc)
		return rc;
	merge_path(&path, dir, job->name, FILE_POSTINGS);
	rc = postings_merge(from, job->n, c.length, path.p, err);
	columns_unmap(&c);
	return rc;
}

static int join_columns(const char *dir, const struct merge_job *job, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct column_builder b = {0};
	for (size_t i = 0; i < job->n; i++) {
		const struct merge_source *s = &job->source[i];
		struct column_copier *k = column_copier_new(&b, &s->body->columns);
		for (uint32_t row = 0; row < s->body->n_rows; row++)
			column_copier_row(k, row, !row_dead(s, row), story_number_of(&s->stories, row));
		column_copier_free(k);
	}
	merge_path(&path, dir, job->name, FILE_COLUMNS);
	int rc = columns_write(&b, path.p, err);
	column_builder_done(&b);
	return rc;
}

static int join_streams(const char *dir, const struct merge_job *job, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct token_streams *from[MERGE_MOST];
	uint32_t n_rows[MERGE_MOST];
	const roaring_bitmap_t *dead[MERGE_MOST];
	for (size_t i = 0; i < job->n; i++) {
		from[i] = job->source[i].body->streams;
		n_rows[i] = job->source[i].body->n_rows;
		dead[i] = job->source[i].dead;
	}
	merge_path(&path, dir, job->name, FILE_STREAMS);
	return streams_merge(from, n_rows, dead, job->n, path.p, err);
}

/* ---- Stories ---- */

/* The sheet of a segment of an older schema, from its records. */
static void sheet_from_records(const struct merge_source *s, struct story_builder *b)
{
	AUTO_ARENA struct arena a = {0};
	for (uint32_t row = 0; row < s->body->n_rows; row++) {
		struct document d;
		struct facts f;
		struct span plain;
		if (row_dead(s, row) || body_record(s->body, row, &a, &plain, NULL) != 0 || record_decode(&a, plain, &d, &f, NULL) != 0)
			story_builder_add_dead(b);
		else
			story_builder_add(b, &d, &f);
		arena_reset(&a);
	}
}

static int join_stories(const char *dir, const struct merge_job *job, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct story_builder made[MERGE_MOST] = {0};
	struct story_sheet sheet[MERGE_MOST];
	struct story_source from[MERGE_MOST];
	for (size_t i = 0; i < job->n; i++) {
		const struct merge_source *s = &job->source[i];
		sheet[i] = s->body->stories;
		if (!stories_any(&sheet[i])) {
			sheet_from_records(s, &made[i]);
			story_builder_view(&made[i], &sheet[i]);
		}
		from[i] = (struct story_source){&sheet[i], &s->body->columns, s->dead};
	}
	merge_path(&path, dir, job->name, FILE_STORIES);
	int rc = stories_merge(from, job->n, path.p, err);
	for (size_t i = 0; i < job->n; i++)
		story_builder_done(&made[i]);
	return rc;
}

/* How many rows of the result, from the first, come from such that were among the first `done` of their segment. */
static uint32_t done_rows(const struct merge_job *job, uint32_t (*done)(const struct segment_entry *e))
{
	uint32_t n = 0;
	for (size_t i = 0; i < job->n; i++) {
		uint32_t here = done(&job->from[i]);
		bool part = here < job->from[i].n_rows;
		if (job->rebuild && job->source[i].dead && here)
			here -= (uint32_t)roaring_bitmap_rank(job->source[i].dead, here - 1);
		n += here;
		if (part)
			break;
	}
	return n;
}

static uint32_t linked_of(const struct segment_entry *e) { return e->linked; }
static uint32_t learnt_of(const struct segment_entry *e) { return e->learnt; }

/* What is too old to be joined stays so, though it was (segments too big to be rebuilt). */
static uint32_t joined_schema(const struct merge_job *job)
{
	uint32_t schema = SCHEMA_VERSION;
	for (size_t i = 0; i < job->n; i++)
		if (job->from[i].schema < SCHEMA_JOINED && job->from[i].schema < schema)
			schema = job->from[i].schema;
	return schema;
}

static struct segment_entry joined_entry(const struct merge_job *job)
{
	const struct segment_entry *from = job->from;
	struct segment_entry e = from[0];
	memcpy(e.name, job->name, sizeof e.name);
	e.dead = (struct file_entry){0};
	e.n_dead = 0;
	e.schema = joined_schema(job);
	e.numbered = true;
	e.story_base = 0;
	e.stories = (struct file_entry){0};
	e.linked = done_rows(job, linked_of);
	e.learnt = done_rows(job, learnt_of);
	for (size_t i = 1; i < job->n; i++) {
		e.n_rows += from[i].n_rows;
		e.text_bytes += from[i].text_bytes;
		e.facts = from[i].facts == e.facts ? e.facts : 0;
		e.cleaned = from[i].cleaned < e.cleaned ? from[i].cleaned : e.cleaned;
		e.table = from[i].table == e.table ? e.table : 0;
	}
	return e;
}

static int join(const char *dir, const struct build_options *opt, const struct merge_job *job, struct segment_entry *out, struct err *err)
{
	struct segment_entry e = joined_entry(job);
	int rc = begin_result(dir, opt, job, err);
	if (rc == 0)
		rc = join_columns(dir, job, err);
	if (rc == 0)
		rc = join_streams(dir, job, err);
	if (rc == 0)
		rc = join_stories(dir, job, err);
	if (rc == 0)
		rc = join_records(dir, job, err);
	if (rc == 0)
		rc = join_postings(dir, job, err);
	if (rc == 0)
		rc = segment_seal_files(dir, opt->sync, &e, err);
	if (rc == 0)
		*out = e;
	return rc;
}

/* ---- Rebuilding ---- */

struct rebuild {
	const char *dir;
	struct build_options opt;
	struct builder *b;
	struct segment_entry *parts;
	size_t n_parts, cap_parts;
	uint32_t next;
};

static int seal_part(struct rebuild *r, struct err *err)
{
	if (!r->b)
		return 0;
	struct builder *b = r->b;
	r->b = NULL;
	r->parts = mem_grow(r->parts, &r->cap_parts, r->n_parts + 1, sizeof *r->parts);
	return builder_seal(b, &r->parts[r->n_parts++], err);
}

static int rebuild_row(struct rebuild *r, const struct merge_source *s, uint32_t row, struct arena *a, struct err *err)
{
	struct span plain;
	char name[ENTRY_NAME];
	int rc = body_record(s->body, row, a, &plain, err);
	if (rc == 0 && r->b && builder_rows(r->b) == SEGMENT_ROWS)
		rc = seal_part(r, err);
	if (rc == 0 && !r->b) {
		snprintf(name, sizeof name, "seg-%06u", r->next++);
		rc = builder_open(r->dir, name, &r->opt, &r->b, err);
	}
	return rc ? rc : builder_add(r->b, plain, s->body->columns.revision[row], story_number_of(&s->stories, row), err);
}

static int rebuild_parts(struct rebuild *r, const struct merge_job *job, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	for (size_t i = 0; i < job->n; i++)
		for (uint32_t row = 0; row < job->source[i].body->n_rows; row++) {
			int rc = row_dead(&job->source[i], row) ? 0 : rebuild_row(r, &job->source[i], row, &a, err);
			if (rc)
				return rc;
			arena_reset(&a);
		}
	return seal_part(r, err);
}

static int join_parts(struct rebuild *r, const struct merge_job *job, struct segment_entry *out, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct merge_job all = {.n = r->n_parts};
	int rc = r->n_parts <= MERGE_MOST ? 0 : err_set(err, ERR_LIMIT, "too many documents to rebuild in one segment");
	memcpy(all.name, job->name, sizeof all.name);
	for (size_t i = 0; i < r->n_parts && rc == 0; i++) {
		all.from[i] = r->parts[i];
		rc = body_open(r->dir, &r->parts[i], &all.source[i].body, err);
		if (rc == 0)
			all.source[i].stories = (struct story_numbers){.column = all.source[i].body->columns.story, .n_rows = r->parts[i].n_rows};
	}
	if (rc == 0)
		rc = join(r->dir, &r->opt, &all, out, err);
	for (size_t i = 0; i < r->n_parts && i < MERGE_MOST; i++) {
		body_close(all.source[i].body);
		str_clear(&path);
		str_printf(&path, "%s/%s", r->dir, r->parts[i].name);
		if (rc == 0)
			rc = io_remove_tree(path.p, err);
	}
	return rc;
}

static int rebuild(const char *dir, const struct build_options *opt, const struct merge_job *job, struct segment_entry *out, struct err *err)
{
	struct rebuild r = {.dir = dir, .opt = *opt, .next = job->first_part};
	struct segment_entry versions = joined_entry(job);
	r.opt.facts = versions.facts; /* the facts are those of the records */
	r.opt.table = versions.table;
	int rc = rebuild_parts(&r, job, err);
	if (rc == 0)
		rc = join_parts(&r, job, out, err);
	out->linked = rc == 0 ? versions.linked : 0;
	out->learnt = rc == 0 ? versions.learnt : 0;
	out->cleaned = rc == 0 ? versions.cleaned : 0;
	builder_discard(r.b);
	free(r.parts);
	return rc;
}

/* What is damaged is not merged: with a checksum of its own the result would pass for sound for ever. */
static int verify_sources(const char *dir, const struct merge_job *job, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < job->n && rc == 0; i++)
		rc = segment_verify(dir, &job->from[i], true, err);
	return rc;
}

int merge_work(const char *dir, const struct build_options *opt, const struct merge_job *job, struct segment_entry *out, struct err *err)
{
	int rc = verify_sources(dir, job, err);
	if (rc)
		return rc;
	return job->rebuild ? rebuild(dir, opt, job, out, err) : join(dir, opt, job, out, err);
}
