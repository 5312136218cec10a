/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learning boilerplate as documents are committed, and finding those that were indexed before it was known.
 *
 *	rows that are linked, and first of their story ─ marks ─► templates ─ ripe ─► their text, from the record ─► known
 *	every SAVE_ROWS rows, before a merge, when something becomes known: "templates-42", in the manifest
 *
 * Each row is counted once: a segment's entry says how many of its rows are in the saved file, and what was learnt after that is
 * learnt again by the next writer. When the file is lost all is learnt again from the marks, which stay with the segments.
 */
#include "index/store/writer-inner.h"

#include "index/store/record-inner.h"
#include "index/store/record.h"

#include <stdio.h>

#define SAVE_ROWS 10000
#define FILE_MOST ((size_t)256 << 20)

static bool is_dead(const struct live *l, uint32_t row) { return l->dead && roaring_bitmap_contains(l->dead, row); }

static bool was_moved(const struct live *l, uint32_t row) { return l->stories.bits && l->stories.bits[row / 64] >> (row % 64) & 1; }

static struct span source_of(const struct live *l, uint32_t row)
{
	const struct columns *c = &l->body->columns;
	return c->source[row] == NO_ORDINAL ? SPAN_NONE : dictionary_at(&c->source_names, c->source[row]);
}

static size_t marks_of(const struct live *l, uint32_t row, const uint32_t **out)
{
	const struct story_sheet *s = &l->body->stories;
	*out = s->blocks + s->block_start[row];
	return s->block_start[row + 1] - s->block_start[row];
}

/* ---- Learning ---- */

static void get_to_know(struct writer *w, const struct live *l, uint32_t row, const uint32_t *ripe, size_t n)
{
	AUTO_ARENA struct arena a = {0};
	struct document d;
	struct facts f;
	struct span plain, text;
	if (body_record(l->body, row, &a, &plain, NULL) != 0 || record_decode(&a, plain, &d, &f, NULL) != 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (template_text(&d, ripe[i], &text))
			templates_know(w->templates, source_of(l, row), text);
}

static void learn_rows(struct writer *w, struct live *l)
{
	uint32_t ripe[TEMPLATE_RIPE];
	const uint32_t *marks;
	for (; l->learnt < l->e.linked; l->learnt++) {
		w->unsaved_rows++;
		if (is_dead(l, l->learnt) || was_moved(l, l->learnt))
			continue;
		size_t n = marks_of(l, l->learnt, &marks);
		n = templates_learn(w->templates, source_of(l, l->learnt), marks, n, ripe);
		if (n)
			get_to_know(w, l, l->learnt, ripe, n);
	}
}

void templates_commit(struct writer *w)
{
	for (struct live *l = w->live; l < w->live + w->n_live; l++)
		if (stories_any(&l->body->stories) && !l->staged) {
			learn_rows(w, l);
			if (l->fresh && !templates_any(w->templates))
				l->e.cleaned = templates_version(w->templates);
		}
	w->templates_due |= w->unsaved_rows >= SAVE_ROWS || templates_version(w->templates) != w->saved_version;
	w->templates_due &= w->unsaved_rows || templates_version(w->templates) != w->saved_version;
}

/* ---- Keeping ---- */

int templates_write(struct writer *w, struct manifest *m, struct err *err)
{
	AUTO_STR struct str bytes = {0};
	char name[ENTRY_NAME];
	snprintf(name, sizeof name, "templates-%llu", (unsigned long long)m->generation);
	templates_save(w->templates, &bytes);
	int rc = file_put(w->dir, name, str_view(&bytes), !w->opt.no_sync, &m->templates, err);
	for (size_t i = 0; i < w->n_live && rc == 0; i++)
		w->live[i].e.learnt = w->live[i].learnt;
	return rc;
}

void templates_saved(struct writer *w)
{
	w->saved_version = templates_version(w->templates);
	w->unsaved_rows = 0;
	w->templates_due = false;
}

static int read_saved(const struct writer *w, struct templates **out)
{
	AUTO_STR struct str bytes = {0};
	int rc = file_get(w->dir, &w->now.templates, FILE_MOST, &bytes, NULL);
	return rc ? rc : templates_load(str_view(&bytes), out, NULL);
}

bool templates_open(struct writer *w)
{
	bool whole = true;
	if (w->now.templates.name[0] && read_saved(w, &w->templates) != 0) {
		whole = false;
		w->now.templates = (struct file_entry){0};
		w->restructured = true;
	}
	if (!w->templates)
		w->templates = templates_new();
	for (size_t i = 0; i < w->n_live; i++)
		w->live[i].learnt = w->live[i].e.learnt = w->now.templates.name[0] ? w->live[i].e.learnt : 0;
	w->saved_version = templates_version(w->templates);
	templates_commit(w); /* what was counted and not saved */
	return whole;
}

/* ---- What is known ---- */

uint64_t writer_templates(const struct writer *w, struct str *keys)
{
	if (keys)
		templates_set(w->templates, keys);
	return templates_version(w->templates);
}

void writer_templates_list(const struct writer *w, templates_each *each, void *arg) { templates_list(w->templates, each, arg); }
bool writer_templates_switch(struct writer *w, struct span source, bool on) { return templates_switch(w->templates, source, on); }

/* Looked through without templates: no version of them. */
#define OFF UINT64_MAX

static uint64_t version_of(const struct writer *w, bool on) { return on ? templates_version(w->templates) : OFF; }

static bool needs_cleaning(const struct writer *w, bool on, const struct live *l, uint32_t row)
{
	const uint32_t *marks;
	size_t n = is_dead(l, row) ? 0 : marks_of(l, row, &marks);
	for (size_t i = 0; i < n; i++)
		if (((marks[i] & MARK_DROPPED) != 0) != (on && templates_has(w->templates, source_of(l, row), marks[i])))
			return true;
	return false;
}

static bool uncleaned(const struct writer *w, bool on, const struct live *l)
{
	bool seen = on ? l->e.cleaned >= templates_version(w->templates) : l->clean_version == OFF && l->clean_row == l->e.n_rows;
	return !l->fresh && !l->staged && stories_any(&l->body->stories) && !seen;
}

bool writer_any_uncleaned(const struct writer *w, bool on)
{
	bool any = false;
	for (size_t i = 0; i < w->n_live && templates_any(w->templates); i++)
		any |= uncleaned(w, on, &w->live[i]);
	return any;
}

/* Goes on in a segment where it stopped, and notes when it is through. */
static int collect(struct writer *w, bool on, struct live *l, struct arena *a, size_t max, struct span *v, size_t *n, struct err *err)
{
	if (l->clean_version != version_of(w, on))
		l->clean_row = 0;
	l->clean_version = version_of(w, on);
	for (; l->clean_row < l->e.n_rows && *n < max; l->clean_row++) {
		if (!needs_cleaning(w, on, l, l->clean_row))
			continue;
		int rc = body_record(l->body, l->clean_row, a, &v[*n], err);
		if (rc && rc != ERR_CORRUPT)
			return rc;
		*n += rc == 0;
	}
	uint64_t cleaned = on ? l->clean_version : 0;
	if (l->clean_row == l->e.n_rows && l->e.cleaned != cleaned) {
		l->e.cleaned = cleaned;
		w->relinked = true;
	}
	return 0;
}

int writer_uncleaned(struct writer *w, bool on, size_t max, int (*visit)(void *arg, struct span record, struct err *err), void *arg, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	struct span *v = arena_array(&a, struct span, max + 1);
	size_t n = 0;
	int rc = 0;
	for (size_t i = 0; i < w->n_live && n < max && rc == 0; i++)
		if (uncleaned(w, on, &w->live[i]))
			rc = collect(w, on, &w->live[i], &a, max, v, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = visit(arg, v[i], err);
	return rc;
}
