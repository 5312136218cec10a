/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a merge's result: with one dictionary, and what was printed word for word more than once stored once.
 *
 *	rows whose words are the same (the signatures tell) ─► the first is packed as any other; the others like it, as what differs: id,
 *	                                                        source, day
 */
#include "index/store/writer-inner.h"

#include "base/mem.h"
#include "index/store/record-inner.h"

#define COPY_WORDS 6 /* shorter texts are not worth it */
#define DICTIONARY_ROWS  1000 /* fewer are not worth one */
#define DICTIONARY_MOST  ((size_t)256 << 10)
#define DICTIONARY_LEAST ((size_t)16 << 10)
#define DICTIONARY_PART  100 /* of the packed records: what it takes is less than what it saves */
#define SAMPLES          40  /* times the size of the dictionary, and */
#define SAMPLE_MOST      ((size_t)64 << 10) /* of one record */
#define KEEP_PART        4   /* the dictionary of a source that makes up so much of the result is kept: packing anew costs more than a better one saves */

static size_t rows_in(const struct merge_job *job)
{
	size_t n = 0;
	for (size_t i = 0; i < job->n; i++)
		n += job->source[i].body->n_rows;
	return n;
}

static uint64_t packed_in(const struct merge_job *job)
{
	uint64_t n = 0;
	for (size_t i = 0; i < job->n; i++)
		n += job->source[i].body->records.start[job->source[i].body->n_rows];
	return n;
}

/* Records from all over the sources, enough to learn from. */
static void take_samples(const struct merge_job *job, size_t most, struct str *samples, struct str *sizes)
{
	AUTO_ARENA struct arena a = {0};
	size_t at = 0, every = packed_in(job) * 2 / most + 1; /* a record is about twice as big as packed */
	for (size_t i = 0; i < job->n; i++)
		for (uint32_t row = 0; row < job->source[i].body->n_rows && samples->n < most; row++, at++) {
			struct span plain;
			if (at % every || row_dead(&job->source[i], row) || body_record(job->source[i].body, row, &a, &plain, NULL) != 0)
				continue;
			size_t n = plain.n < SAMPLE_MOST ? plain.n : SAMPLE_MOST;
			str_add(samples, plain.p, n);
			str_add(sizes, &n, sizeof n);
			arena_reset(&a);
		}
}

/* The source whose dictionary serves the most rows; NULL: none has one. */
static const struct segment_body *best_known(const struct merge_job *job)
{
	const struct segment_body *best = NULL;
	for (size_t i = 0; i < job->n; i++) {
		const struct segment_body *b = job->source[i].body;
		if (b->records.unpacker && (!best || b->n_rows > best->n_rows))
			best = b;
	}
	return best;
}

static size_t dictionary_size(const struct merge_job *job)
{
	uint64_t part = packed_in(job) / DICTIONARY_PART;
	return part < DICTIONARY_LEAST ? DICTIONARY_LEAST : part > DICTIONARY_MOST ? DICTIONARY_MOST : (size_t)part;
}

/* The dictionary of the result: that of a source, if it is big enough for it, or a new one; empty: none. */
static void choose_dictionary(const struct merge_job *job, struct str *out)
{
	AUTO_STR struct str samples = {0}, sizes = {0};
	size_t rows = rows_in(job), bytes = dictionary_size(job);
	const struct segment_body *known = best_known(job);
	if (known && (size_t)known->n_rows * KEEP_PART >= rows && known->records.dictionary.n * KEEP_PART >= bytes) {
		str_span(out, known->records.dictionary);
		return;
	}
	if (rows < DICTIONARY_ROWS)
		return;
	take_samples(job, SAMPLES * bytes, &samples, &sizes);
	record_train(out, str_view(&samples), (const size_t *)(const void *)sizes.p, sizes.n / sizeof(size_t), bytes);
}

/* ---- Copies ---- */

struct row_words {
	uint64_t exact;
	uint32_t row, source; /* row: of the result */
};

static int by_words(const void *x, const void *y)
{
	const struct row_words *a = x, *b = y;
	if (a->exact != b->exact)
		return a->exact < b->exact ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

#define NO_BASE UINT32_MAX
struct base_row {
	uint32_t row, source; /* row: of the result; NO_BASE: it is no copy */
};

static struct row_words *collect_words(const struct merge_job *job, size_t *n)
{
	struct row_words *v = mem_alloc((rows_in(job) + 1) * sizeof *v);
	uint32_t at = 0;
	*n = 0;
	for (uint32_t i = 0; i < job->n; i++) {
		const struct story_sheet *s = &job->source[i].body->stories;
		for (uint32_t row = 0; row < job->source[i].body->n_rows; row++, at++)
			if (stories_any(s) && !row_dead(&job->source[i], row) && s->sigs[row].n_words >= COPY_WORDS)
				v[(*n)++] = (struct row_words){s->sigs[row].exact, at, i};
	}
	return v;
}

/* By row of the result: the first row with the same words. free() it. */
static struct base_row *find_copies(const struct merge_job *job)
{
	size_t n, rows = rows_in(job);
	struct base_row *base = mem_alloc((rows + 1) * sizeof *base);
	AUTO_FREE struct row_words *v = collect_words(job, &n);
	for (size_t i = 0; i < rows; i++)
		base[i].row = NO_BASE;
	if (n)
		qsort(v, n, sizeof *v, by_words);
	for (size_t i = 1, first = 0; i < n; i++) {
		if (v[i].exact != v[first].exact)
			first = i;
		else
			base[v[i].row] = (struct base_row){v[first].row, v[first].source};
	}
	return base;
}

static uint32_t first_row_of(const struct merge_job *job, uint32_t source)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < source; i++)
		at += job->source[i].body->n_rows;
	return at;
}

struct copying {
	const struct merge_job *job;
	struct record_writer w;
	struct span dictionary;
	const ZSTD_CDict *packer;
	struct base_row *base;
	struct str packed;
	struct arena arena;
};

/* Rows whose dictionary stays are copied, and so is what cannot be read: it stays as it is, to be found by its checksum. */
static struct span packed_row(struct copying *k, uint32_t source, uint32_t row, uint32_t to)
{
	const struct merge_source *s = &k->job->source[source];
	const struct records *r = &s->body->records;
	struct span packed = records_at(r, row), plain, like;
	const struct base_row *b = &k->base[to];
	uint32_t ignored;
	bool copy = b->row != NO_BASE, was_copy = record_base(packed, &ignored);
	if (!copy && !was_copy && span_eq(r->dictionary, k->dictionary))
		return packed;
	if (records_read(r, row, &k->arena, &plain, NULL) != 0)
		return packed;
	str_clear(&k->packed);
	if (copy && records_read(&k->job->source[b->source].body->records, b->row - first_row_of(k->job, b->source), &k->arena, &like, NULL) == 0)
		record_pack_like(&k->packed, plain, like, b->row);
	else
		record_pack_with(&k->packed, plain, k->packer);
	return str_view(&k->packed);
}

int join_records(const char *dir, const struct merge_job *job, struct err *err)
{
	AUTO_STR struct str path = {0}, dictionary = {0};
	struct copying k = {.job = job};
	uint32_t to = 0;
	choose_dictionary(job, &dictionary);
	ZSTD_CDict *packer = dictionary.n ? record_dictionary(str_view(&dictionary)) : NULL;
	k.packer = packer;
	k.dictionary = str_view(&dictionary);
	k.base = find_copies(job);
	merge_path(&path, dir, job->name, FILE_RECORDS);
	records_create(&k.w, path.p);
	for (uint32_t i = 0; i < job->n; i++)
		for (uint32_t row = 0; row < job->source[i].body->n_rows; row++, to++) {
			records_add(&k.w, row_dead(&job->source[i], row) ? SPAN_NONE : packed_row(&k, i, row, to));
			arena_reset(&k.arena);
		}
	if (dictionary.n)
		records_dictionary(&k.w, str_view(&dictionary));
	ZSTD_freeCDict(packer);
	free(k.base);
	str_done(&k.packed);
	arena_done(&k.arena);
	return records_finish(&k.w, err);
}
