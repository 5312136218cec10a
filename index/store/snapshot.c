/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that a reader will need is opened at once: the writer removes files two manifests later, and what is open stays.
 * A manifest that was replaced while its segments were being opened is simply read again.
 */
#include "index/store/snapshot.h"

#include "base/mem.h"
#include "index/store/body.h"
#include "index/store/schema.h"
#include "index/store/terms.h"

#include <stdio.h>
#include <sys/stat.h>

#define TRIES 16 /* each time the manifest was replaced meanwhile */

static void segment_release(struct segment *s)
{
	if (!s || --s->refs > 0)
		return;
	story_numbers_done(&s->stories);
	body_close(s->body);
	if (s->dead)
		roaring_bitmap_free((roaring_bitmap_t *)(uintptr_t)s->dead);
	free(s);
}

void snapshot_close(struct snapshot *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_segments; i++)
		segment_release(s->segments[i]);
	free(s->segments);
	free(s);
}

static struct segment *lent(const struct snapshot *old, const char *name)
{
	for (size_t i = 0; old && i < old->n_segments; i++)
		if (strcmp(old->segments[i]->name, name) == 0)
			return old->segments[i];
	return NULL;
}

static int open_segment(const char *dir, const struct segment_entry *e, const struct snapshot *old, struct segment **out, struct err *err)
{
	struct segment *was = lent(old, e->name);
	if (was && strcmp(was->dead_name, e->dead.name) == 0 && strcmp(was->stories_name, e->stories.name) == 0)
		return was->refs++, *out = was, 0;
	struct segment *s = mem_alloc(sizeof *s);
	roaring_bitmap_t *dead = NULL;
	s->refs = 1;
	int rc = dead_read(dir, e, &dead, err);
	s->dead = dead;
	if (rc == 0 && was)
		s->body = body_share(was->body);
	else if (rc == 0)
		rc = body_open(dir, e, &s->body, err);
	if (rc == 0)
		rc = body_postings(s->body, err);
	if (rc == 0)
		rc = story_numbers_read(dir, e, s->body->columns.story, &s->stories, err);
	if (rc) {
		segment_release(s);
		return rc;
	}
	memcpy(s->name, e->name, sizeof s->name);
	memcpy(s->stories_name, e->stories.name, sizeof s->stories_name);
	memcpy(s->dead_name, e->dead.name, sizeof s->dead_name);
	s->n_rows = e->n_rows;
	s->n_dead = e->n_dead;
	s->columns = s->body->columns;
	s->streams = s->body->streams;
	s->postings = s->body->postings;
	*out = s;
	return 0;
}

static int biggest_first(const void *x, const void *y)
{
	const struct segment *a = *(struct segment *const *)x, *b = *(struct segment *const *)y;
	return a->n_rows != b->n_rows ? (a->n_rows > b->n_rows ? -1 : 1) : strcmp(a->name, b->name);
}

static int open_all(const char *dir, const struct manifest *m, const struct snapshot *old, struct snapshot *s, struct err *err)
{
	memcpy(s->uuid, m->uuid, sizeof s->uuid);
	if (old && strcmp(old->uuid, m->uuid) != 0) /* another index in the place of the old one: the same names are other segments */
		old = NULL;
	s->revision = m->revision;
	s->generation = m->generation;
	s->table = m->table;
	s->schema = SCHEMA_VERSION;
	s->segments = mem_alloc(m->n_segments * sizeof(struct segment *));
	for (size_t i = 0; i < m->n_segments; i++) {
		const struct segment_entry *e = &m->segments[i];
		int rc = open_segment(dir, e, old, &s->segments[i], err);
		if (rc)
			return rc;
		s->n_segments++;
		s->n_documents += e->n_rows - e->n_dead;
		if (e->schema < s->schema)
			s->schema = e->schema;
	}
	qsort(s->segments, s->n_segments, sizeof(struct segment *), biggest_first);
	return 0;
}

static int stat_manifest(const char *dir, uint64_t seen[3])
{
	AUTO_STR struct str path = {0};
	struct stat st;
	str_printf(&path, "%s/manifest", dir);
	if (stat(path.p, &st) != 0)
		return -1;
	seen[0] = st.st_dev;
	seen[1] = st.st_ino;
	seen[2] = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	return 0;
}

bool snapshot_stale(const char *dir, const struct snapshot *s)
{
	uint64_t seen[3];
	return stat_manifest(dir, seen) == 0 && memcmp(seen, s->seen, sizeof seen) != 0;
}

static int open_once(const char *dir, const struct snapshot *old, struct snapshot **out, uint64_t seen[3], struct err *err)
{
	AUTO_STR struct str path = {0};
	struct manifest m;
	str_printf(&path, "%s/manifest", dir);
	if (stat_manifest(dir, seen) != 0)
		return err_errno(err, "%s", path.p);
	int rc = manifest_read(path.p, &m, err);
	if (rc)
		return rc;
	struct snapshot *s = mem_alloc(sizeof *s);
	memcpy(s->seen, seen, sizeof s->seen);
	rc = open_all(dir, &m, old, s, err);
	manifest_done(&m);
	if (rc) {
		snapshot_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

int snapshot_open(const char *dir, const struct snapshot *old, struct snapshot **out, struct err *err)
{
	uint64_t seen[3] = {0}, now[3] = {0};
	for (int i = 0;; i++) {
		struct err why = {0};
		int rc = open_once(dir, old, out, seen, &why);
		if (rc == 0)
			return 0;
		bool moved = stat_manifest(dir, now) == 0 && memcmp(seen, now, sizeof now) != 0;
		if (!moved || i == TRIES)
			return err_set(err, rc, "%s", why.msg);
	}
}

int snapshot_find(struct snapshot *s, struct span id, struct place *out, struct err *err)
{
	for (size_t i = 0; i < s->n_segments; i++) {
		uint32_t row = 0;
		if (body_find(s->segments[i]->body, s->segments[i]->dead, id, &row, NULL))
			return *out = (struct place){(uint32_t)i, row}, 0;
	}
	return err_set(err, ERR_NOT_FOUND, "there is no document \"%.*s\"", (int)(id.n < 200 ? id.n : 200), id.p);
}

int snapshot_record(struct snapshot *s, struct place at, struct arena *a, struct span *plain, struct err *err)
{
	if (at.segment >= s->n_segments)
		return err_set(err, ERR_NOT_FOUND, "no such segment");
	return body_record(s->segments[at.segment]->body, at.row, a, plain, err);
}

static size_t add_stem(struct stem *out, size_t n, size_t max, struct span folded, struct span lang)
{
	struct stem t;
	t.n = terms_stem(folded, lang, t.p);
	for (size_t i = 0; i < n; i++)
		if (out[i].n == t.n && memcmp(out[i].p, t.p, t.n) == 0)
			return n;
	if (n < max)
		out[n++] = t;
	return n;
}

size_t snapshot_stems(const struct snapshot *s, struct span folded, struct stem *out, size_t max)
{
	size_t n = add_stem(out, 0, max, folded, SPAN("en"));
	for (size_t i = 0; i < s->n_segments; i++) {
		const struct dictionary *langs = &s->segments[i]->columns.lang_names;
		for (uint32_t k = 0; k < langs->n && k < 256; k++)
			n = add_stem(out, n, max, folded, dictionary_at(langs, k));
	}
	return n;
}

/* ---- Words ---- */

uint32_t segment_word(const struct segment *s, struct span folded) { return streams_word(s->streams, folded); }
struct span segment_word_text(const struct segment *s, uint32_t word) { return streams_word_text(s->streams, word); }
uint32_t segment_word_count(const struct segment *s, uint32_t word) { return streams_word_count(s->streams, word); }
size_t segment_words_with_prefix(const struct segment *s, struct span folded, uint32_t *v, size_t max) { return streams_words_with_prefix(s->streams, folded, v, max); }

size_t segment_stream(const struct segment *s, uint32_t row, uint32_t *v, size_t max)
{
	size_t n_title = 0, n = streams_read(s->streams, row, v, max, &n_title), all = n + STREAM_GAP, n_text = n - n_title;
	if (n_title >= max)
		return all;
	size_t gap_end = n_title + STREAM_GAP < max ? n_title + STREAM_GAP : max;
	size_t fits = max - gap_end < n_text ? max - gap_end : n_text;
	memmove(v + gap_end, v + n_title, fits * sizeof *v);
	for (size_t i = n_title; i < gap_end; i++)
		v[i] = NO_WORD;
	return all;
}
