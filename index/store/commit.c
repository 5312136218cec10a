/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From pending to durable:
 *
 *	seal the slots ─► stories ─► tombstone files ─► ledger ─► [folder synced] manifest renamed [folder synced] ─► sweep
 *
 * Each step only adds files that the present manifest does not name, so that whatever happens before the rename leaves things as
 * they were. Files that only older manifests name are swept afterwards; those of the one before stay, for it is the fallback – unless
 * segments were merged: nobody should pay for his index twice until the next commit.
 */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>

int live_add(struct writer *w, const struct segment_entry *e, roaring_bitmap_t *dead, struct err *err)
{
	struct segment_body *body = NULL;
	int rc = body_open(w->dir, e, &body, err);
	if (rc) {
		if (dead)
			roaring_bitmap_free(dead);
		return rc;
	}
	w->live = mem_grow(w->live, &w->cap_live, w->n_live + 1, sizeof *w->live);
	struct live *l = &w->live[w->n_live++];
	*l = (struct live){.e = *e, .learnt = e->learnt, .body = body, .dead = dead, .fresh = true, .dead_dirty = dead != NULL};
	if (story_numbers_read(w->dir, e, body->columns.story, &l->stories, NULL) != 0) {
		l->stories_lost = l->stories_dirty = true; /* linked again with the next commits */
		l->e.linked = 0;
		l->learnt = l->e.learnt = 0;
	}
	return 0;
}

void live_drop(struct writer *w, size_t i)
{
	body_close(w->live[i].body);
	story_numbers_done(&w->live[i].stories);
	if (w->live[i].dead)
		roaring_bitmap_free(w->live[i].dead);
	if (w->live[i].held)
		roaring_bitmap_free(w->live[i].held);
	if (w->live[i].concerned)
		roaring_bitmap_free(w->live[i].concerned);
	memmove(&w->live[i], &w->live[i + 1], (w->n_live - i - 1) * sizeof *w->live);
	w->n_live--;
}

struct live *live_named(struct writer *w, const char *name)
{
	for (size_t i = 0; i < w->n_live; i++)
		if (strcmp(w->live[i].e.name, name) == 0)
			return &w->live[i];
	return NULL;
}

static int write_dead(struct writer *w, struct live *l, uint64_t generation, struct err *err)
{
	char name[ENTRY_NAME];
	roaring_bitmap_t *some = l->held ? roaring_bitmap_andnot(l->dead, l->held) : NULL, *dead = some ? some : l->dead;
	uint32_t n = (uint32_t)roaring_bitmap_get_cardinality(dead);
	int rc = 0;
	snprintf(name, sizeof name, "%.16s.dead-%llu", l->e.name, (unsigned long long)generation);
	if (!some || n != l->e.n_dead) /* else all that is new is held */
		rc = dead_write(w->dir, name, dead, !w->opt.no_sync, &l->e.dead, err);
	if (rc == 0)
		l->e.n_dead = n;
	if (some)
		roaring_bitmap_free(some);
	return rc;
}

static int write_stories(struct writer *w, struct live *l, uint64_t generation, struct err *err)
{
	char name[ENTRY_NAME];
	snprintf(name, sizeof name, "%.16s.stories-%llu", l->e.name, (unsigned long long)generation);
	if (l->stories.n_moves)
		return story_numbers_write(w->dir, name, &l->stories, !w->opt.no_sync, &l->e.stories, err);
	l->e.stories = (struct file_entry){0};
	return 0;
}

/* Segments in which nothing lives are named no more. A merge that is reading one may go on; its rows are dead there too. */
static void drop_empty(struct writer *w)
{
	for (size_t i = w->n_live; i-- > 0;) {
		struct live *l = &w->live[i];
		bool merging = false;
		for (size_t k = 0; w->merge && k < w->merge->n; k++)
			merging |= strcmp(w->merge->source[k].name, l->e.name) == 0;
		if (!merging && !l->staged && l->dead && roaring_bitmap_get_cardinality(l->dead) == l->e.n_rows) {
			w->restructured = true;
			live_drop(w, i);
		}
	}
}

static bool documents_changed(const struct writer *w)
{
	bool changed = w->table_changed;
	for (size_t i = 0; i < w->n_live; i++)
		changed |= w->live[i].fresh || w->live[i].n_new_dead || w->live[i].stories_dirty;
	return changed;
}

/* The manifest to come; tombstones are written on the way. A quick one is the present one with what was put quickly. */
static int next_manifest(struct writer *w, bool changed, bool quick, struct manifest *m, struct err *err)
{
	manifest_copy(m, &w->now);
	m->n_segments = 0;
	m->generation++;
	m->revision += changed;
	if (changed && !quick && m->revision < w->later_revision)
		m->revision = w->later_revision;
	m->table = w->opt.table_version;
	int rc = w->templates_due && !quick ? templates_write(w, m, err) : 0;
	if (rc)
		return rc;
	for (size_t i = 0; i < w->n_live; i++) {
		if (w->live[i].staged || (quick && w->live[i].later))
			continue;
		rc = w->live[i].dead_dirty ? write_dead(w, &w->live[i], m->generation, err) : 0;
		if (rc == 0 && w->live[i].stories_dirty)
			rc = write_stories(w, &w->live[i], m->generation, err);
		if (rc)
			return rc;
		manifest_add(m, &w->live[i].e);
	}
	if (quick || !ledger_dirty(w->ledger))
		return 0;
	return ledger_commit(w->ledger, w->dir, !w->opt.no_sync, &m->next_ledger, &m->ledger, err);
}

static void next_is(struct writer *w, struct manifest *m)
{
	manifest_done(&w->before);
	w->before = w->now;
	w->now = *m;
}

static void settled_quick(struct writer *w, struct manifest *m)
{
	next_is(w, m);
	for (struct live *l = w->live; l < w->live + w->n_live; l++) {
		if (l->later)
			continue;
		l->fresh = l->stories_dirty = false;
		l->dead_dirty &= l->held != NULL;
		l->n_new_dead = l->held ? l->n_new_dead : 0;
	}
}

/* Nothing is held back any more. */
static void hold_nothing(struct writer *w)
{
	for (struct live *l = w->live; l < w->live + w->n_live; l++) {
		if (l->held)
			roaring_bitmap_free(l->held);
		l->held = NULL;
		l->later = false;
	}
}

static void settled(struct writer *w, struct manifest *m)
{
	next_is(w, m);
	w->restructured = w->relinked = w->table_changed = false;
	if (w->templates_due)
		templates_saved(w);
	w->n_removed = 0;
	for (size_t i = 0; i < w->n_live; i++) {
		w->live[i].fresh = w->live[i].dead_dirty = w->live[i].stories_dirty = false;
		w->live[i].n_new_dead = 0;
	}
}

/* After a merge the files of the manifest before are as much as the whole index. */
static int forget_before(struct writer *w, struct err *err)
{
	int rc = manifest_only(w->dir, !w->opt.no_sync, err);
	if (rc)
		return rc;
	manifest_done(&w->before);
	manifest_copy(&w->before, &w->now);
	return 0;
}

/* Writes the manifest to come; m is for the caller to take in, and empty after a failure. */
static int publish(struct writer *w, bool changed, bool quick, struct manifest *m, struct err *err)
{
	int rc = next_manifest(w, changed, quick, m, err);
	if (rc == 0)
		rc = manifest_publish(w->dir, m, !w->opt.no_sync, err);
	if (rc)
		manifest_done(m);
	return rc;
}

int commit_all(struct writer *w, uint64_t *revision, struct err *err)
{
	struct manifest m;
	int rc = slots_seal(w, err);
	if (rc)
		return rc;
	hold_nothing(w);
	stories_link(w, false);
	templates_commit(w);
	bool changed = documents_changed(w);
	drop_empty(w);
	if (changed || w->restructured || w->relinked || w->templates_due || ledger_dirty(w->ledger)) {
		rc = publish(w, changed, false, &m, err);
		if (rc)
			return rc;
		bool merged = w->restructured;
		settled(w, &m);
		rc = merged ? forget_before(w, err) : 0;
		if (rc)
			return rc;
		sweep(w);
	}
	w->later_revision = 0;
	*revision = w->now.revision;
	return 0;
}

int commit_quick(struct writer *w, uint64_t *revision, struct err *err)
{
	struct manifest m;
	bool changed = false;
	if (!w->later_revision)
		return commit_all(w, revision, err);
	int rc = quick_seal(w, err);
	if (rc)
		return rc;
	stories_link(w, true);
	for (const struct live *l = w->live; l < w->live + w->n_live; l++)
		changed |= l->fresh && !l->later && !l->staged;
	if (changed) {
		rc = publish(w, true, true, &m, err);
		if (rc)
			return rc;
		settled_quick(w, &m);
		sweep(w);
	}
	*revision = w->now.revision;
	return 0;
}

/* ---- Rubbish ---- */

static bool manifest_names(const struct manifest *m, const char *name)
{
	bool named = strcmp(m->ledger.name, name) == 0 || strcmp(m->templates.name, name) == 0;
	for (size_t i = 0; i < m->n_segments; i++)
		named |= strcmp(m->segments[i].name, name) == 0 || strcmp(m->segments[i].dead.name, name) == 0 ||
			 strcmp(m->segments[i].stories.name, name) == 0;
	return named;
}

static bool in_the_making(const struct writer *w, const char *name)
{
	bool named = false;
	for (const struct slot *s = w->slots; s < w->slots + ALL_SLOTS; s++)
		named |= strcmp(s->name, name) == 0;
	for (size_t i = 0; i < w->n_live; i++)
		named |= strcmp(w->live[i].e.name, name) == 0;
	if (w->merge) /* the parts of a rebuild and the result have names in a row */
		named |= strncmp(name, "seg-", 4) == 0 && strtoul(name + 4, NULL, 10) >= w->merge->first_part && strcmp(name, w->merge->name) <= 0;
	return named;
}

/* Only names that we make ourselves: other people's files in the folder are theirs. */
static bool ours(const char *name)
{
	return strncmp(name, "seg-", 4) == 0 || strncmp(name, "table-", 6) == 0 || strncmp(name, "ledger-", 7) == 0 || strncmp(name, "templates-", 10) == 0 || strcmp(name, "manifest.new") == 0 || strcmp(name, "manifest.old") == 0 ||
	       strcmp(name, "manifest.copy.new") == 0;
}

void sweep(struct writer *w)
{
	AUTO_STR struct str path = {0};
	DIR *d = opendir(w->dir);
	if (!d)
		return; /* the next commit tries again */
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (!ours(e->d_name) || manifest_names(&w->now, e->d_name) || manifest_names(&w->before, e->d_name) || in_the_making(w, e->d_name) ||
		    table_wanted(w, e->d_name))
			continue;
		str_clear(&path);
		str_printf(&path, "%s/%s", w->dir, e->d_name);
		if (io_remove_tree(path.p, NULL) != 0)
			continue; /* likewise */
	}
	closedir(d);
}
