/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merged postings against Xapian: the sheets of several segments joined give, byte for byte, the sheet of their databases compacted into one;
 * and where rows are dead, that of a database without these rows' terms. In whole indexes too: kept databases, left out ones, mixed, and
 * segments of the schema that always had one.
 */
#include "tests/unit/store-fixture.h"

#include "base/mem.h"
#include "index/store/manifest.h"
#include "index/store/postings-format.h"
#include "index/store/postings-merge.h"
#include "index/store/schema.h"
#include "index/store/snapshot.h"
#include "index/store/stories.h"

#include <xapian-c.h>

#include <sys/stat.h>

static uint64_t seed = 7;
static uint32_t dice(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((seed >> 33) % n);
}

/* ---- segments of words ---- */

#define SEGMENTS 12u
#define WORDS    90u
#define MOST_ROWS 700u

struct part {
	uint32_t n_rows;
	uint32_t wdf[WORDS][MOST_ROWS]; /* 0: not in it */
	bool dead[MOST_ROWS];
	roaring_bitmap_t *bitmap;       /* of the dead; NULL: none */
};
static struct part parts[SEGMENTS];
static uint32_t lengths[SEGMENTS * MOST_ROWS];

static uint32_t any_wdf(void) { return dice(6) ? 1 + dice(4) : dice(9) ? 1 + dice(300) : 1 + dice(1u << 30); }

/* Some words are everywhere, some in one segment, some in one row; some segments have one row, or nothing but dead ones. */
static void make_parts(uint32_t n)
{
	uint32_t home[WORDS], all = 0;
	for (uint32_t t = 0; t < WORDS; t++)
		home[t] = dice(n);
	for (uint32_t s = 0; s < n; s++) {
		struct part *p = &parts[s];
		memset(p, 0, sizeof *p);
		p->n_rows = dice(4) ? 1 + dice(MOST_ROWS) : 1 + dice(3);
		for (uint32_t row = 0; row < p->n_rows; row++) {
			for (uint32_t t = 0; t < WORDS; t++)
				if (t % 3 == 0 ? dice(t + 1) < 2 : t % 3 == 1 ? s == home[t] && dice(t) == 0 : dice(t * 20) == 0)
					p->wdf[t][row] = any_wdf();
			lengths[all++] = dice(10) ? 20 + dice(300) : dice(1u << 25);
		}
	}
}

static void kill_rows(uint32_t n)
{
	for (uint32_t s = 0; s < n; s++) {
		struct part *p = &parts[s];
		uint32_t one_in = dice(3) ? 1 + dice(8) : 0; /* 0: none */
		p->bitmap = one_in ? roaring_bitmap_create() : NULL;
		for (uint32_t row = 0; row < p->n_rows; row++)
			if (one_in && dice(one_in) == 0) {
				p->dead[row] = true;
				roaring_bitmap_add(p->bitmap, row);
			}
	}
}

static void add_part(struct xc_writer *w, const struct part *p, bool living_alone)
{
	struct xc_err xe = XC_ERR;
	for (uint32_t row = 0; row < p->n_rows; row++) {
		struct xc_term terms[WORDS];
		char names[WORDS][8];
		struct xc_doc d = {.terms = terms};
		for (uint32_t t = 0; t < WORDS; t++) {
			snprintf(names[t], sizeof names[t], t % 5 ? "w%u" : "Sw%u", t);
			if (p->wdf[t][row] && !(living_alone && p->dead[row]))
				terms[d.n_terms++] = (struct xc_term){.bytes = names[t], .len = strlen(names[t]), .wdf = p->wdf[t][row]};
		}
		assert_int_equal(xc_writer_add(w, &d, NULL, &xe), 0);
	}
}

static void make_db(const char *dir, const struct part *v, uint32_t n, bool living_alone)
{
	struct xc_err xe = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_write_options how = {.create = XC_OVERWRITE, .flags = XC_NO_TERMLIST | XC_NO_SYNC | XC_DANGEROUS};
	assert_int_equal(xc_writer_open(dir, &how, &w, &xe), 0);
	for (uint32_t i = 0; i < n; i++)
		add_part(w, &v[i], living_alone);
	assert_int_equal(xc_writer_close(w, &xe), 0);
}

static void sheet_of_db(const char *db_dir, const uint32_t *len, uint32_t n_rows, const char *path)
{
	struct xc_db *db = NULL;
	struct xc_err xe = XC_ERR;
	assert_int_equal(xc_open(db_dir, &db, &xe), 0);
	OK(postings_write(db, len, n_rows, path, err));
	xc_close(db);
}

static void same_bytes(const char *a, const char *b)
{
	AUTO_STR struct str x = {0}, y = {0};
	OK(io_read_file(a, (size_t)1 << 30, &x, err));
	OK(io_read_file(b, (size_t)1 << 30, &y, err));
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.p, y.p, x.n);
}

/* Each part as a database dir/0, dir/1 … with its sheet dir/0.p …; all joined as dir/merged. How many rows. */
static uint32_t merge_parts(const char *dir, uint32_t n, bool dead)
{
	char db[128], path[128];
	struct postings_source v[SEGMENTS];
	uint32_t all = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct postings *p = NULL;
		snprintf(db, sizeof db, "%s/%u", dir, i);
		snprintf(path, sizeof path, "%s/%u.p", dir, i);
		make_db(db, &parts[i], 1, false);
		sheet_of_db(db, lengths + all, parts[i].n_rows, path);
		OK(postings_map(path, parts[i].n_rows, &p, err));
		v[i] = (struct postings_source){p, dead ? parts[i].bitmap : NULL, parts[i].n_rows};
		all += parts[i].n_rows;
	}
	snprintf(path, sizeof path, "%s/merged", dir);
	OK(postings_merge(v, n, lengths, path, err));
	for (uint32_t i = 0; i < n; i++)
		postings_unmap((struct postings *)(uintptr_t)v[i].p);
	return all;
}

static void as_compacted(void **state)
{
	(void)state;
	for (int round = 0; round < 12; round++) {
		char dir[64], dirs[SEGMENTS][128], dest[128], merged[128], want[128];
		const char *each[SEGMENTS];
		struct xc_err xe = XC_ERR;
		uint32_t n = round == 0 ? 1 : 2 + dice(SEGMENTS - 1);
		fixture_dir(dir);
		make_parts(n);
		uint32_t all = merge_parts(dir, n, false);
		for (uint32_t i = 0; i < n; i++) {
			snprintf(dirs[i], sizeof dirs[i], "%s/%u", dir, i);
			each[i] = dirs[i];
		}
		snprintf(dest, sizeof dest, "%s/all", dir);
		snprintf(merged, sizeof merged, "%s/merged", dir);
		snprintf(want, sizeof want, "%s/want", dir);
		struct xc_compact_args in = {.dirs = each, .n_dirs = n, .dest = dest};
		assert_int_equal(xc_compact(&in, &xe), 0);
		sheet_of_db(dest, lengths, all, want);
		same_bytes(merged, want);
		fixture_remove(dir);
	}
}

static void without_the_dead(void **state)
{
	(void)state;
	for (int round = 0; round < 12; round++) {
		char dir[64], db[128], merged[128], want[128];
		struct postings *p = NULL;
		uint32_t n = 1 + dice(SEGMENTS);
		fixture_dir(dir);
		make_parts(n);
		kill_rows(n);
		uint32_t all = merge_parts(dir, n, true);
		snprintf(db, sizeof db, "%s/all", dir);
		snprintf(merged, sizeof merged, "%s/merged", dir);
		snprintf(want, sizeof want, "%s/want", dir);
		make_db(db, parts, n, true);
		sheet_of_db(db, lengths, all, want);
		same_bytes(merged, want);
		OK(postings_map(merged, all, &p, err));
		postings_unmap(p);
		for (uint32_t i = 0; i < n; i++)
			if (parts[i].bitmap)
				roaring_bitmap_free(parts[i].bitmap);
		fixture_remove(dir);
	}
}

/* ---- whole indexes ---- */

static struct store_options quick(bool keep)
{
	struct store_options o = store_default_options();
	o.no_sync = true;
	o.keep_xapian = keep;
	return o;
}

static void put_some(struct writer *w, unsigned from, unsigned n)
{
	uint64_t revision;
	for (unsigned i = from; i < from + n; i++) {
		AUTO_STR struct str r = {0};
		enum put_status status;
		char id[16];
		snprintf(id, sizeof id, "doc-%u", i % 50);
		fixture_record(&r, id, i);
		OK(writer_put(w, str_view(&r), &status, err));
		if (i % 7 == 6)
			OK(writer_commit(w, &revision, err));
	}
	OK(writer_commit(w, &revision, err));
}

static void merge_all(struct writer *w)
{
	bool did;
	do
		OK(writer_merge(w, true, &did, err));
	while (did);
}

static bool has_database(const char *dir, const char *segment)
{
	char path[160];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s/xapian", dir, segment);
	assert_int_not_equal(stat(path, &st), 0); /* nothing of it is left behind in any case */
	snprintf(path, sizeof path, "%s/%s/postlist.glass", dir, segment);
	return stat(path, &st) == 0;
}

static size_t n_databases(const char *dir, size_t *n_segments)
{
	struct snapshot *s = NULL;
	size_t n = 0;
	OK(snapshot_open(dir, NULL, &s, err));
	for (size_t i = 0; i < s->n_segments; i++)
		n += has_database(dir, s->segments[i]->name);
	*n_segments = s->n_segments;
	snapshot_close(s);
	return n;
}

static void kept_or_not(void **state)
{
	char dir[64], path[160], want[160];
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct store_options o = quick(true);
	size_t n;
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	put_some(w, 0, 50);
	assert_int_equal(n_databases(dir, &n), 8);
	assert_int_equal(n, 8);
	merge_all(w);
	assert_int_equal(n_databases(dir, &n), 1);
	assert_int_equal(n, 1);
	OK(snapshot_open(dir, NULL, &s, err)); /* nothing was dead: the sheet is that of the compacted database */
	snprintf(path, sizeof path, "%s/%s", dir, s->segments[0]->name);
	snprintf(want, sizeof want, "%s/want", dir);
	sheet_of_db(path, s->segments[0]->columns.length, s->segments[0]->n_rows, want);
	snprintf(path, sizeof path, "%s/%s/postings", dir, s->segments[0]->name);
	same_bytes(path, want);
	snapshot_close(s);
	writer_close(w);
	o = quick(false); /* from now on none: a merge of those with and those without has none */
	OK(writer_open(dir, &o, &w, NULL, err));
	put_some(w, 50, 10);
	assert_int_equal(n_databases(dir, &n), 1);
	assert_true(n > 1);
	merge_all(w);
	assert_int_equal(n_databases(dir, &n), 0);
	assert_int_equal(n, 1);
	writer_close(w);
	OK(store_check(dir, NULL, NULL, err) == 0 ? 0 : ERR_CORRUPT);
	fixture_remove(dir);
}

/* The sheet as schema 3 wrote it: bands as they are. */
static void plain_bands(const char *dir, const struct segment_entry *e, struct file_entry *file)
{
	char path[160], old[160];
	struct story_sheet s;
	struct sheet_writer w;
	snprintf(path, sizeof path, "%s/%s/stories", dir, e->name);
	snprintf(old, sizeof old, "%s/stories", dir);
	OK(stories_map(path, e->n_rows, &s, err));
	sheet_create(&w, old);
	sheet_whole(&w, 1, sizeof *s.sigs, s.sigs, e->n_rows);
	sheet_begin(&w, 2, sizeof(struct story_band));
	struct band_reader r;
	band_reader_begin(&r, &s.bands);
	for (uint64_t i = 0; i < s.bands.n; i++)
		sheet_put(&w, &(struct story_band){band_at(&r, i), band_row(&s.bands, i)}, 1);
	sheet_whole(&w, 3, sizeof *s.block_start, s.block_start, e->n_rows + 1u);
	sheet_whole(&w, 4, sizeof *s.blocks, s.blocks, s.block_start[e->n_rows]);
	OK(sheet_finish(&w, STORIES_KIND, err));
	stories_unmap(&s);
	assert_int_equal(rename(old, path), 0);
	OK(file_seal(path, "stories", false, file, err));
}

/* Likewise: an array for each thing that is known of a term. */
static void plain_terms(const char *dir, const struct segment_entry *e, struct file_entry *file)
{
	static const struct {
		uint32_t tag, width;
	} kept[] = {{TAG_DATA, 16}, {TAG_BLOCK, sizeof(struct posting_block)}, {TAG_SET_TERM, 4}, {TAG_SET, 8}};
	char path[160], old[160];
	AUTO_STR struct str start = {0}, bytes = {0}, rows = {0}, first = {0}, wdf = {0};
	uint32_t at = 0, block = 0;
	struct postings *p = NULL;
	struct postings_walk walk;
	struct posting_list l;
	struct span term;
	struct sheet s;
	struct sheet_writer w;
	snprintf(path, sizeof path, "%s/%s/postings", dir, e->name);
	snprintf(old, sizeof old, "%s/postings", dir);
	OK(postings_map(path, e->n_rows, &p, err));
	OK(sheet_map(path, POSTINGS_KIND, &s, err));
	postings_walk_begin(&walk, p);
	while (postings_walk_next(&walk, &term, &l)) {
		str_add(&start, &at, 4);
		str_add(&first, &block, 4);
		str_add(&rows, &l.n, 4);
		str_add(&wdf, &l.wdf, 8);
		str_span(&bytes, term);
		at += (uint32_t)term.n;
		block += l.n_blocks;
	}
	str_add(&start, &at, 4);
	str_add(&first, &block, 4);
	sheet_create(&w, old);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		uint64_t n = 0;
		const void *v = sheet_array(&s, kept[i].tag, kept[i].width, &n);
		sheet_whole(&w, kept[i].tag, kept[i].width, v, n);
	}
	sheet_whole(&w, TAG_TERM_START, 4, start.p, start.n / 4);
	sheet_whole(&w, TAG_TERM_BYTES, 1, bytes.p, bytes.n);
	sheet_whole(&w, TAG_TERM_N, 4, rows.p, rows.n / 4);
	sheet_whole(&w, TAG_TERM_BLOCK, 4, first.p, first.n / 4);
	sheet_whole(&w, TAG_TERM_WDF, 8, wdf.p, wdf.n / 8);
	OK(sheet_finish(&w, POSTINGS_KIND, err));
	sheet_unmap(&s);
	postings_unmap(p);
	assert_int_equal(rename(old, path), 0);
	OK(file_seal(path, "postings", false, file, err));
}

/* As an index of the schema that always had a database and had its bands and terms unpacked, or of the first, which had no postings. */
static void age(const char *dir, uint32_t schema)
{
	char path[160];
	struct manifest m;
	snprintf(path, sizeof path, "%s/manifest", dir);
	OK(manifest_read(path, &m, err));
	for (size_t i = 0; i < m.n_segments; i++) {
		struct segment_entry *e = &m.segments[i];
		uint32_t kept = 0;
		e->schema = schema;
		for (uint32_t k = 0; k < e->n_files; k++)
			if (strcmp(e->files[k].name, "stories") == 0)
				plain_bands(dir, e, &e->files[k]);
			else if (strcmp(e->files[k].name, "postings") == 0)
				plain_terms(dir, e, &e->files[k]);
		for (uint32_t k = 0; k < e->n_files; k++)
			if (schema > 1 || (strcmp(e->files[k].name, "postings") != 0 && strcmp(e->files[k].name, "stories") != 0))
				e->files[kept++] = e->files[k];
		e->n_files = kept;
	}
	OK(manifest_publish(dir, &m, false, err));
	manifest_done(&m);
}

static uint32_t found(const char *dir, const char *term, uint32_t *schema)
{
	struct snapshot *s = NULL;
	uint32_t n = 0;
	OK(snapshot_open(dir, NULL, &s, err));
	assert_int_equal(s->n_documents, 50);
	*schema = s->schema;
	for (size_t i = 0; i < s->n_segments; i++) {
		struct posting_list l;
		uint32_t rows[POSTING_BLOCK];
		postings_find(s->segments[i]->postings, S(term), &l);
		for (uint32_t b = 0; b < l.n_blocks; b++)
			for (uint32_t k = 0, have = postings_rows(&l, b, rows); k < have; k++)
				n += segment_alive(s->segments[i], rows[k]);
	}
	snapshot_close(s);
	return n;
}

static void older_ones_are_brought_up(void **state)
{
	(void)state;
	for (uint32_t schema = 1; schema < SCHEMA_VERSION; schema++)
		for (int one = 0; one < 2; one++) { /* segment: even alone it is made anew */
			char dir[64];
			struct writer *w = NULL;
			struct store_options o = quick(true);
			uint32_t have, before;
			size_t n;
			fixture_dir(dir);
			OK(writer_open(dir, &o, &w, NULL, err));
			put_some(w, 0, 60);
			if (one)
				merge_all(w);
			writer_close(w);
			before = found(dir, "summit", &have);
			assert_true(before > 5);
			age(dir, schema);
			assert_int_equal(found(dir, "summit", &have), before);
			assert_int_equal(have, schema);
			o = quick(false);
			OK(writer_open(dir, &o, &w, NULL, err));
			merge_all(w);
			assert_int_equal(found(dir, "summit", &have), before);
			assert_int_equal(have, SCHEMA_VERSION);
			assert_int_equal(n_databases(dir, &n), 0);
			assert_int_equal(n, 1);
			writer_close(w);
			fixture_remove(dir);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_compacted), cmocka_unit_test(without_the_dead), cmocka_unit_test(kept_or_not), cmocka_unit_test(older_ones_are_brought_up)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
