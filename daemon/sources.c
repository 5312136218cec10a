/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources: folders and files that are read and kept up to date.
 *
 *	source ─ scan, a slice at a time ─► file that is new or changed ─► waiting ─► reader ─► records ─► writer_put
 *	                                └► file that is as the ledger says: passed over      └► ledger: "file:" or "fail:"
 *	       └ at the end of the scan ──► files of the ledger that were not seen: their documents are removed
 *
 * What the ledger (committed with the documents) says of files is sources-rows.c; how one is read sources-files.c; how its documents go
 * sources-drop.c; which sources there are sources-list.c.
 */
#include "daemon/sources.h"

#include "daemon/convert.h"
#include "daemon/moves.h"
#include "daemon/scan.h"
#include "daemon/watch.h"

#include "base/log.h"
#include "base/mem.h"

#include <event2/event.h>
#include <stdio.h>
#include <sys/stat.h>

#define SLICE       512    /* entries of a scan in one round of the loop */
#define MAX_WAITING 100000 /* files known to be read, and not yet read */

/* ---- What was seen ---- */

static void seen_add(struct seen *s, uint64_t h)
{
	if (s->n == s->cap)
		s->v = mem_grow(s->v, &s->cap, s->n + 1, sizeof *s->v);
	s->v[s->n++] = h;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void seen_sort(struct seen *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof *s->v, by_number);
}

bool seen_has(const struct seen *s, uint64_t h) { return s->n && bsearch(&h, s->v, s->n, sizeof h, by_number); }

static void seen_done(struct seen *s)
{
	free(s->v);
	*s = (struct seen){0};
}

/* ---- Scanning ---- */

struct source *source_at(struct indexer *ix, struct span path)
{
	for (struct source *s = ix->sources; s; s = s->next)
		if (!s->gone && span_is(path, s->path))
			return s;
	return NULL;
}

/* A file to be looked at. from: where it was before, as somebody says; taken. */
static void found(struct indexer *ix, struct source *s, const struct scan_entry *e, char *from)
{
	AUTO_STR struct str full = {0}, path = {0};
	AUTO_FREE char *was = from;
	str_span(&path, e->path);
	row_key(&full, "", s, str_cz(&path));
	seen_add(&s->seen, span_hash(str_view(&full)));
	if (e->path.n && source_at(ix, str_view(&full))) /* a source of its own */
		return;
	if (rows_known(ix, s, path.p, e))
		return;
	if (!was && s->scan && !rows_any(ix, s, path.p))
		was = moves_find(ix, s, e);
	if (was) { /* its row is dropped when this one is done */
		str_clear(&full);
		row_key(&full, "", s, was);
		seen_add(&s->seen, span_hash(str_view(&full)));
	}
	file_wait(ix, s, path.p, was, e);
	was = NULL;
}

/* Is the path below (or at) the source? */
bool source_holds(const struct source *s, struct span path)
{
	size_t n = strlen(s->path);
	return span_starts(path, s->path) && (path.n == n || path.p[n] == '/');
}

static void scan_over(struct indexer *ix, struct source *s)
{
	scan_close(s->scan);
	s->scan = NULL;
	seen_sort(&s->seen);
	if (!s->unsure && !s->gone)
		source_drop_files(ix, s, &s->seen, false, 0);
	seen_done(&s->seen);
	moves_free(s->moves);
	s->moves = NULL;
	index_tell_soon(ix);
}

static void watch_folder_of(struct indexer *ix, struct source *s);

static void scan_begin(struct indexer *ix, struct source *s)
{
	struct err err = {0};
	ix->programs = converter_programs(ix->cfg);
	seen_done(&s->seen);
	s->again = false;
	s->unsure = false;
	s->problem[0] = 0;
	if (scan_open(s->path, &s->scan, &err) != 0) { /* (a folder that is not mounted has not lost its files) */
		snprintf(s->problem, sizeof s->problem, "%s", err.msg);
		log_event(LOG_WARN, "source-unreadable", "path", s->path, "why", err.msg, NULL);
	} else if ((s->is_file = scan_is_file(s->scan)))
		watch_folder_of(ix, s);
	index_tell_soon(ix);
}

/* ---- Watching ---- */

static void watch_it(struct indexer *ix, struct source *s, const char *root, const char *path)
{
	struct err err = {0};
	if (!ix->watch || watch_folder(ix->watch, s, root, path, &err) == 0 || ix->watch_limited)
		return;
	ix->watch_limited = err.code == ERR_LIMIT;
	log_event(LOG_WARN, "not-watched", "why", err.msg, "instead", ix->watch_limited ? "all sources are looked at every minute" : "", NULL);
	index_set_rescan(ix);
}

/* A source that is one file is watched through its folder: editors put a new file in the place of the old one. */
static void watch_folder_of(struct indexer *ix, struct source *s)
{
	AUTO_STR struct str dir = {0};
	str_add(&dir, s->path, (size_t)(strrchr(s->path, '/') - s->path));
	watch_it(ix, s, dir.n ? dir.p : "/", "");
}

/* A file was written, came (from: from there, if somebody knows; taken) or went. */
static void look_at_file(struct indexer *ix, void *root, const char *path, char *from)
{
	AUTO_FREE char *was = from;
	struct source *s = root;
	struct stat st;
	AUTO_STR struct str full = {0};
	row_key(&full, "", s, path);
	index_work(ix);
	if (s->scan || s->n_open || s->is_file || s->dropping || ix->paused) { /* it may be in somebody's hands: look at all of it when that is over */
		s->again = true;
		return;
	}
	if (lstat(full.p, &st) == 0 && S_ISREG(st.st_mode)) {
		struct scan_entry e = {span_of(path), (uint64_t)st.st_size, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
		found(ix, s, &e, was);
		was = NULL;
		return;
	}
	if (rows_documents(ix, s, path) > DROP_SLICE)
		s->again = true; /* in slices */
	else
		source_drop_file(ix, s, path);
}

static void on_file(void *arg, void *root, const char *path) { look_at_file(arg, root, path, NULL); }

static void on_moved(void *arg, void *root, const char *from, const char *to)
{
	struct indexer *ix = arg;
	struct source *s = root;
	struct span value;
	AUTO_STR struct str key = {0};
	row_key(&key, "file:", s, from);
	bool noted = writer_noted(ix->writer, str_view(&key), &value) && !rows_any(ix, s, to);
	if (!noted)
		look_at_file(ix, root, from, NULL);
	look_at_file(ix, root, to, noted ? mem_dup(from, strlen(from) + 1) : NULL);
}

static void on_look(void *arg, void *root)
{
	struct indexer *ix = arg;
	if (!root)
		return sources_rescan(ix);
	((struct source *)root)->again = true;
	index_work(ix);
}

static const struct watch_calls watch_calls = {on_file, on_moved, on_look};

void sources_watch(struct indexer *ix)
{
	if (ix->cfg->watch && !(ix->watch = watch_new(ix->base, &watch_calls, ix)))
		log_event(LOG_WARN, "not-watched", "why", "the kernel gives no inotify", NULL);
}

void source_forget(struct indexer *ix, struct source *s)
{
	watch_forget(ix->watch, s);
	s->gone = true;
}

/* ---- Slices ---- */

/* A slice of one source's scan. */
static void scan_some(struct indexer *ix, struct source *s)
{
	for (int i = 0; i < SLICE && s->scan; i++) {
		struct scan_entry e;
		struct err err = {0};
		int rc = s->gone ? 0 : scan_next(s->scan, &e, &err);
		if (rc == 1)
			found(ix, s, &e, NULL);
		else if (rc == 2) {
			AUTO_STR struct str path = {0};
			str_span(&path, e.path);
			row_note_folder(ix, s, str_cz(&path), 0, "");
			watch_it(ix, s, s->path, str_cz(&path));
		} else if (rc == 0)
			scan_over(ix, s);
		else {
			AUTO_STR struct str path = {0};
			str_span(&path, e.path);
			row_note_folder(ix, s, str_cz(&path), rc, err.msg);
			s->unsure = true;
			snprintf(s->problem, sizeof s->problem, "%s", err.msg);
			log_event(LOG_WARN, "cannot-look-at", "why", err.msg, NULL);
		}
	}
}

static void free_source(struct source *s)
{
	scan_close(s->scan);
	seen_done(&s->seen);
	moves_free(s->moves);
	source_drop_cancel(s);
	free(s->name), free(s->path);
	free(s);
}

void sources_work(struct indexer *ix)
{
	bool more = false;
	if (ix->paused || ix->stopping)
		return;
	for (struct source **at = &ix->sources, *s; (s = *at);) {
		if (s->dropping && (!s->gone || !s->n_open))
			source_drop_some(ix, s);
		if (s->again && !s->scan && !s->gone && !s->n_open && !s->dropping)
			scan_begin(ix, s);
		if (s->scan && ix->n_waiting < MAX_WAITING)
			scan_some(ix, s);
		more |= (s->scan != NULL && ix->n_waiting < MAX_WAITING) || (s->dropping && (!s->gone || !s->n_open));
		if (s->gone && !s->n_open && !s->scan && !s->dropping) {
			*at = s->next;
			free_source(s);
		} else
			at = &s->next;
	}
	files_hand_out(ix);
	if (more)
		index_work(ix);
}

void sources_done(struct indexer *ix)
{
	for (struct source *s; (s = ix->sources);) {
		ix->sources = s->next;
		free_source(s);
	}
}

bool sources_busy(const struct indexer *ix)
{
	for (const struct source *s = ix->sources; s; s = s->next)
		if (s->scan || s->n_open || s->again || s->dropping)
			return true;
	return false;
}

void sources_rescan(struct indexer *ix)
{
	for (struct source *s = ix->sources; s; s = s->next)
		s->again = !s->gone;
	index_work(ix);
}
