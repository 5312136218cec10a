/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources: folders and files that are read and kept up to date.
 *
 *	source ─ scan, a slice at a time ─► file that is new or changed ─► waiting ─► reader ─► records ─► writer_put
 *	                                └► file that is as the ledger says: passed over      └► ledger: "file:" or "fail:"
 *	       └ at the end of the scan ──► files of the ledger that were not seen: their documents are removed
 *
 * The ledger (committed with the documents):
 *	source:<path>   name
 *	file:<path>     size, time, hash, the ids of its documents
 *	fail:<path>     size, time, version of the reader; what went wrong
 * A file is noted when its last document was put, so that a crash in the middle reads it again; what is in already is "unchanged".
 */
#include "daemon/indexer.h"

#include "daemon/http-parse.h"
#include "daemon/scan.h"

#include "base/log.h"
#include "base/mem.h"
#include "index/facts/facts.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLICE       512    /* entries of a scan in one round of the loop */
#define MAX_WAITING 100000 /* files known to be read, and not yet read */
#define BAD_KEPT    20     /* documents that failed in one file, with their reasons */

struct seen { /* hashes of the paths of one scan */
	uint64_t *v;
	size_t n, cap;
};

struct source {
	struct source *next;
	char *name, *path;
	struct scan *scan;
	struct seen seen;
	uint64_t files, documents; /* in the ledger */
	size_t n_open;             /* files waiting or being read */
	bool again, gone;          /* scan once more; was removed */
	bool unsure;               /* the scan could not look at everything: nothing is taken for vanished */
	char problem[200];
};

struct file_item {
	struct job job;
	struct file_item *next;
	struct source *source;
	struct indexer *ix;
	char *path; /* below the source; "" for a source that is one file */
	struct scan_entry now;
	struct str ids; /* packed; of what was put */
	uint32_t n_docs, n_bad;
	struct str bad; /* packed: id, code, why */
	int code;       /* the file's own error */
	char why[300];
	uint64_t counted; /* bytes_done that it has added */
	uint64_t hash;
};

static uint64_t reader_version(void) { return span_hash(SPAN(DOSSIER_VERSION)) + FACTS_VERSION; }

/* ---- The ledger's rows ---- */

static void key_of(struct str *out, const char *kind, const struct source *s, const char *path)
{
	str_printf(out, "%s%s%s%s", kind, s->path, *path ? "/" : "", path);
}

struct file_note {
	uint64_t size, mtime_ns, hash, n_docs;
	struct span ids;
};

static struct file_note read_file_note(struct span value)
{
	struct unpack u = {value, false};
	struct file_note n = {unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), SPAN_NONE};
	n.ids = u.rest;
	return n;
}

struct fail_note {
	uint64_t size, mtime_ns, version, n_bad;
	int code;          /* of the file; 0: only documents in it */
	struct span why, bad;
};

static struct fail_note read_fail_note(struct span value)
{
	struct unpack u = {value, false};
	struct fail_note n = {unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), (int)(int64_t)unpack_u64(&u), SPAN_NONE, SPAN_NONE};
	n.why = unpack_span(&u);
	n.bad = u.rest;
	return n;
}

static void forget(struct indexer *ix, struct span key)
{
	struct span value;
	if (!writer_noted(ix->writer, key, &value))
		return;
	if (span_starts(key, "fail:"))
		ix->n_failed--;
	writer_note(ix->writer, key, SPAN_NONE);
}

static void remove_ids(struct indexer *ix, struct span ids, const struct seen *keep);

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

static bool seen_has(const struct seen *s, uint64_t h) { return s->n && bsearch(&h, s->v, s->n, sizeof h, by_number); }

static void seen_done(struct seen *s)
{
	free(s->v);
	*s = (struct seen){0};
}

/* ---- One file ---- */

static void remove_ids(struct indexer *ix, struct span ids, const struct seen *keep)
{
	struct unpack u = {ids, false};
	while (u.rest.n && !u.bad) {
		struct span id = unpack_span(&u);
		struct err err = {0};
		bool existed = false;
		if (keep && seen_has(keep, span_hash(id)))
			continue;
		if (writer_remove(ix->writer, id, &existed, &err) != 0)
			index_store_failed(ix, &err);
		ix->now.removed += existed;
	}
}

static void free_item(struct file_item *f)
{
	if (f->job.fd >= 0)
		close(f->job.fd);
	str_done(&f->job.payload), str_done(&f->ids), str_done(&f->bad);
	free(f->path);
	free(f);
}

/* The documents that the file had before and has no more are removed. */
static void note_file(struct indexer *ix, struct file_item *f, struct span key)
{
	struct span value;
	AUTO_STR struct str note = {0}, old = {0};
	struct seen now = {0};
	if (writer_noted(ix->writer, key, &value)) {
		str_span(&old, read_file_note(value).ids);
		f->source->documents -= read_file_note(value).n_docs;
		struct unpack u = {str_view(&f->ids), false};
		while (u.rest.n && !u.bad)
			seen_add(&now, span_hash(unpack_span(&u)));
		seen_sort(&now);
		remove_ids(ix, str_view(&old), &now);
		seen_done(&now);
	} else
		f->source->files++;
	f->source->documents += f->n_docs;
	pack_u64(&note, f->now.size);
	pack_u64(&note, (uint64_t)f->now.mtime_ns);
	pack_u64(&note, f->hash);
	pack_u64(&note, f->n_docs);
	str_span(&note, str_view(&f->ids));
	writer_note(ix->writer, key, str_view(&note));
	index_changed(ix);
}

static void note_failure(struct indexer *ix, struct file_item *f, struct span key)
{
	AUTO_STR struct str note = {0};
	struct span value;
	if (!writer_noted(ix->writer, key, &value))
		ix->n_failed++;
	pack_u64(&note, f->now.size);
	pack_u64(&note, (uint64_t)f->now.mtime_ns);
	pack_u64(&note, reader_version());
	pack_u64(&note, f->n_bad);
	pack_u64(&note, (uint64_t)(int64_t)f->code);
	pack_span(&note, span_of(f->why));
	str_span(&note, str_view(&f->bad));
	writer_note(ix->writer, key, str_view(&note));
	index_changed(ix);
	if (f->code)
		log_event(LOG_WARN, "file-failed", "path", key.p + 5, "why", f->why, NULL);
}

/* The hash is the known one: only the time of the file changed. */
static void note_touched(struct indexer *ix, struct file_item *f, struct span key)
{
	AUTO_STR struct str note = {0};
	struct span value;
	if (!writer_noted(ix->writer, key, &value))
		return;
	str_span(&note, value);
	uint64_t head[2] = {f->now.size, (uint64_t)f->now.mtime_ns};
	memcpy(note.p, head, sizeof head);
	writer_note(ix->writer, key, str_view(&note));
	index_changed(ix);
}

static void file_over(struct file_item *f, bool unchanged)
{
	struct indexer *ix = f->ix;
	struct source *s = f->source;
	AUTO_STR struct str file = {0}, fail = {0};
	key_of(&file, "file:", s, f->path);
	key_of(&fail, "fail:", s, f->path);
	if (!s->gone && unchanged)
		note_touched(ix, f, str_view(&file));
	else if (!s->gone) {
		if (!f->code || f->n_docs)
			note_file(ix, f, str_view(&file));
		if (f->code || f->n_bad)
			note_failure(ix, f, str_view(&fail));
		else
			forget(ix, str_view(&fail));
	}
	ix->now.files_done++;
	ix->now.bytes_done += f->now.size - f->counted;
	ix->now.failed += f->code != 0;
	s->n_open--;
	ix->n_reading--;
	free_item(f);
	index_tell_soon(ix);
	index_work(ix);
}

static void add_bad(struct file_item *f, struct span id, int code, struct span why)
{
	f->n_bad++;
	f->ix->now.failed++;
	if (f->n_bad > BAD_KEPT)
		return;
	pack_span(&f->bad, id);
	pack_u64(&f->bad, (uint64_t)(int64_t)code);
	pack_span(&f->bad, why);
}

/* How far the reader is: the descriptor's offset is shared with it. */
static void count_bytes(struct file_item *f)
{
	off_t at = lseek(f->job.fd, 0, SEEK_CUR);
	if (at <= 0 || (uint64_t)at <= f->counted || (uint64_t)at > f->now.size)
		return;
	f->ix->now.bytes_done += (uint64_t)at - f->counted;
	f->counted = (uint64_t)at;
}

static void put_record(struct file_item *f, struct span payload)
{
	struct indexer *ix = f->ix;
	struct unpack u = {payload, false};
	struct span id = unpack_span(&u);
	enum put_status status = PUT_UNCHANGED;
	struct err err = {0};
	if (f->source->gone)
		return;
	int rc = u.bad ? err_set(&err, ERR_WORKER, "the reader gave nothing that can be used") : writer_put(ix->writer, u.rest, &status, &err);
	if (rc == ERR_CORRUPT || rc == ERR_WORKER || rc == ERR_BAD_DOCUMENT)
		return add_bad(f, id, rc, span_of(err.msg));
	if (rc)
		index_store_failed(ix, &err);
	pack_span(&f->ids, id);
	f->n_docs++;
	ix->now.documents++;
	ix->now.unchanged += status == PUT_UNCHANGED;
	if (f->n_docs % 64 == 0)
		count_bytes(f);
	index_changed(ix);
	index_tell_soon(ix);
}

static void on_item(struct job *j, const struct frame *head, struct span payload)
{
	struct file_item *f = j->arg;
	if (head->kind == FRAME_ITEM)
		return put_record(f, payload);
	struct unpack u = {payload, false};
	struct span id = unpack_span(&u);
	int code = (int)(int64_t)unpack_u64(&u);
	add_bad(f, id, code, unpack_span(&u));
}

static void on_lost(struct job *j, int code, const char *why) { add_bad(j->arg, SPAN_NONE, code, span_of(why)); }

static void on_end(struct job *j, int code, const char *why, struct span payload)
{
	struct file_item *f = j->arg;
	struct unpack u = {payload, false};
	bool unchanged = false;
	f->code = code;
	if (code)
		snprintf(f->why, sizeof f->why, "%s", why);
	else {
		f->code = (int)(int64_t)unpack_u64(&u);
		struct span words = unpack_span(&u);
		snprintf(f->why, sizeof f->why, "%.*s", SPAN_ARG(words));
		f->hash = unpack_u64(&u);
		unchanged = !f->code && !unpack_span(&u).n && !f->n_docs && !f->n_bad;
	}
	file_over(f, unchanged);
}

static const struct job_calls file_calls = {on_item, on_lost, on_end};

/* Hands a file to the readers; false when it could not be opened (which is then noted). */
static void read_file(struct indexer *ix, struct file_item *f)
{
	struct source *s = f->source;
	struct err err = {0};
	AUTO_STR struct str key = {0};
	struct span value;
	ix->n_reading++;
	int rc = s->gone ? ERR_NOT_FOUND : scan_open_file(s->path, f->path, &f->job.fd, &f->now, &err);
	if (rc) {
		if (rc == ERR_NOT_FOUND) { /* vanished meanwhile: another scan sees to it */
			s->again = true;
			s->n_open--;
			ix->n_reading--;
			ix->now.files_done++;
			return free_item(f);
		}
		f->code = rc;
		snprintf(f->why, sizeof f->why, "%s", err.msg);
		return file_over(f, false);
	}
	key_of(&key, "file:", s, f->path);
	const char *base = strrchr(s->path, '/');
	pack_span(&f->job.payload, span_of(s->name));
	pack_span(&f->job.payload, *f->path ? span_of(f->path) : span_of(base ? base + 1 : s->path));
	int64_t day = f->now.mtime_ns / 86400000000000;
	pack_u64(&f->job.payload, (uint64_t)(f->now.mtime_ns % 86400000000000 < 0 ? day - 1 : day));
	pack_u64(&f->job.payload, writer_noted(ix->writer, str_view(&key), &value) ? read_file_note(value).hash : 0);
	f->job.kind = FRAME_READ_FILE;
	f->job.resumable = true;
	f->job.calls = &file_calls;
	f->job.arg = f;
	pool_submit(ix->files, &f->job);
}

/* ---- Scanning ---- */

static struct source *source_at(struct indexer *ix, struct span path)
{
	for (struct source *s = ix->sources; s; s = s->next)
		if (!s->gone && span_is(path, s->path))
			return s;
	return NULL;
}

/* Is the file as the ledger says – read, or failed – and not to be read again? */
static bool known(struct indexer *ix, struct source *s, const char *path, const struct scan_entry *e)
{
	AUTO_STR struct str file = {0}, fail = {0};
	struct span value;
	key_of(&fail, "fail:", s, path);
	if (writer_noted(ix->writer, str_view(&fail), &value)) {
		struct fail_note n = read_fail_note(value);
		if (n.size != e->size || (int64_t)n.mtime_ns != e->mtime_ns || n.version != reader_version())
			return false;
		if (n.code)
			return true;
	}
	key_of(&file, "file:", s, path);
	if (!writer_noted(ix->writer, str_view(&file), &value))
		return false;
	struct file_note n = read_file_note(value);
	return n.size == e->size && (int64_t)n.mtime_ns == e->mtime_ns;
}

static void found(struct indexer *ix, struct source *s, const struct scan_entry *e)
{
	AUTO_STR struct str full = {0}, path = {0};
	str_span(&path, e->path);
	key_of(&full, "", s, str_cz(&path));
	seen_add(&s->seen, span_hash(str_view(&full)));
	if (e->path.n && source_at(ix, str_view(&full))) /* a source of its own */
		return;
	if (known(ix, s, path.p, e))
		return;
	struct file_item *f = mem_alloc(sizeof *f);
	f->ix = ix;
	f->source = s;
	f->path = mem_dup(path.p, path.n + 1);
	f->now = (struct scan_entry){.size = e->size, .mtime_ns = e->mtime_ns};
	f->job.fd = -1;
	*ix->waiting_tail = f;
	ix->waiting_tail = &f->next;
	ix->n_waiting++;
	s->n_open++;
	ix->now.files++;
	ix->now.bytes += e->size;
	index_tell_soon(ix);
}

struct gathering {
	const struct source *s;
	struct seen *seen;
	struct str out; /* packed keys */
};

/* Is the path below (or at) the source? */
static bool below(const struct source *s, struct span path)
{
	size_t n = strlen(s->path);
	return span_starts(path, s->path) && (path.n == n || path.p[n] == '/');
}

static int gather(void *arg, struct span key, struct span value)
{
	struct gathering *g = arg;
	struct span path = span_sub(key, 5, key.n);
	(void)value;
	if (below(g->s, path) && !(g->seen && seen_has(g->seen, span_hash(path))))
		pack_span(&g->out, key);
	return 0;
}

/* Forgets the files of a source that were not seen (NULL: all), their documents with them unless they are to be kept. */
static void drop_files(struct indexer *ix, struct source *s, struct seen *seen, bool keep_documents)
{
	AUTO_STR struct str prefix = {0};
	for (int kind = 0; kind < 2; kind++) {
		struct gathering g = {s, seen, {0}};
		str_clear(&prefix);
		str_printf(&prefix, "%s%s", kind ? "fail:" : "file:", s->path);
		writer_notes(ix->writer, str_view(&prefix), gather, &g);
		struct unpack u = {str_view(&g.out), false};
		while (u.rest.n && !u.bad) {
			struct span key = unpack_span(&u), value;
			AUTO_STR struct str ids = {0};
			if (kind == 0 && writer_noted(ix->writer, key, &value)) {
				str_span(&ids, read_file_note(value).ids);
				if (!keep_documents)
					remove_ids(ix, str_view(&ids), NULL);
				s->files--;
				s->documents -= read_file_note(value).n_docs;
			}
			forget(ix, key);
			index_changed(ix);
		}
		str_done(&g.out);
	}
}

static void scan_over(struct indexer *ix, struct source *s)
{
	scan_close(s->scan);
	s->scan = NULL;
	seen_sort(&s->seen);
	if (!s->unsure && !s->gone)
		drop_files(ix, s, &s->seen, false);
	seen_done(&s->seen);
	index_tell_soon(ix);
}

static void scan_begin(struct indexer *ix, struct source *s)
{
	struct err err = {0};
	s->again = false;
	s->unsure = false;
	s->problem[0] = 0;
	if (scan_open(s->path, &s->scan, &err) != 0) { /* (a folder that is not mounted has not lost its files) */
		snprintf(s->problem, sizeof s->problem, "%s", err.msg);
		log_event(LOG_WARN, "source-unreadable", "path", s->path, "why", err.msg, NULL);
	}
	index_tell_soon(ix);
}

/* A slice of one source's scan. */
static void scan_some(struct indexer *ix, struct source *s)
{
	for (int i = 0; i < SLICE && s->scan; i++) {
		struct scan_entry e;
		struct err err = {0};
		int rc = s->gone ? 0 : scan_next(s->scan, &e, &err);
		if (rc > 0)
			found(ix, s, &e);
		else if (rc == 0)
			scan_over(ix, s);
		else {
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
	free(s->name), free(s->path);
	free(s);
}

void sources_work(struct indexer *ix)
{
	bool more = false;
	if (ix->paused || ix->stopping)
		return;
	for (struct source **at = &ix->sources, *s; (s = *at);) {
		if (s->again && !s->scan && !s->gone && !s->n_open)
			scan_begin(ix, s);
		if (s->scan && ix->n_waiting < MAX_WAITING)
			scan_some(ix, s);
		more |= s->scan != NULL && ix->n_waiting < MAX_WAITING;
		if (s->gone && !s->n_open && !s->scan) {
			*at = s->next;
			free_source(s);
		} else
			at = &s->next;
	}
	while (ix->waiting && ix->n_reading < 2 * ix->cfg->readers + 2) {
		struct file_item *f = ix->waiting;
		ix->waiting = f->next;
		if (!ix->waiting)
			ix->waiting_tail = &ix->waiting;
		ix->n_waiting--;
		read_file(ix, f);
	}
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
		if (s->scan || s->n_open || s->again)
			return true;
	return false;
}

void sources_rescan(struct indexer *ix)
{
	for (struct source *s = ix->sources; s; s = s->next)
		s->again = true;
	index_work(ix);
}

/* ---- The list ---- */

static struct source *source_named(struct indexer *ix, struct span name)
{
	for (struct source *s = ix->sources; s; s = s->next)
		if (!s->gone && span_is(name, s->name))
			return s;
	return NULL;
}

/* A name for a path: the folder's own (of a file: its folder's), with a number behind it if that is taken by another folder. */
static char *name_for(struct indexer *ix, const char *path, bool is_file)
{
	AUTO_STR struct str dir = {0};
	str_z(&dir, path);
	if (is_file && strrchr(dir.p, '/') > dir.p)
		dir.n = (size_t)(strrchr(dir.p, '/') - dir.p);
	str_cz(&dir);
	const char *slash = strrchr(dir.p, '/');
	const char *last = slash && slash[1] ? slash + 1 : dir.n > 1 ? dir.p : "files";
	struct str name = {0};
	str_z(&name, last);
	for (int n = 2;; n++) {
		struct source *s = source_named(ix, str_view(&name));
		const char *its = s ? strrchr(s->path, '/') : NULL;
		if (!s || (is_file && its && (size_t)(its - s->path) == dir.n && memcmp(s->path, dir.p, dir.n) == 0))
			return name.p;
		str_clear(&name);
		str_printf(&name, "%s-%d", last, n);
	}
}

static struct source *add_source(struct indexer *ix, const char *name, const char *path)
{
	struct source *s = mem_alloc(sizeof *s);
	s->name = mem_dup(name, strlen(name) + 1);
	s->path = mem_dup(path, strlen(path) + 1);
	s->again = true;
	s->next = ix->sources;
	ix->sources = s;
	return s;
}

/* Finds or makes the source for what somebody named. *is_new: the ledger was changed. */
static int want_source(struct indexer *ix, const char *typed, struct span name, struct source **out, bool *is_new, struct err *err)
{
	char path[PATH_MAX];
	struct stat st;
	AUTO_STR struct str key = {0};
	*is_new = false;
	if (typed[0] != '/')
		return err_set(err, ERR_BAD_ARGUMENT, "%s: give the whole path, beginning with /", typed);
	if (!realpath(typed, path) || stat(path, &st) != 0)
		return err_errno(err, "%s", typed);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(err, ERR_BAD_FILE, "%s is neither a folder nor a file", typed);
	if (access(path, S_ISDIR(st.st_mode) ? R_OK | X_OK : R_OK) != 0)
		return err_errno(err, "%s: dossierd may not read it", typed);
	for (struct source *s = ix->sources; s; s = s->next)
		if (!s->gone && below(s, span_of(path)))
			return s->again = true, *out = s, 0;
	if (name.n && source_named(ix, name))
		return err_set(err, ERR_EXISTS, "another source has the name \"%.*s\"", SPAN_ARG(name));
	AUTO_FREE char *made = name.n ? NULL : name_for(ix, path, S_ISREG(st.st_mode));
	AUTO_STR struct str given = {0};
	str_span(&given, name);
	*out = add_source(ix, made ? made : str_cz(&given), path);
	*is_new = true;
	str_printf(&key, "source:%s", path);
	writer_note(ix->writer, str_view(&key), span_of((*out)->name));
	return 0;
}

static int load_one(void *arg, struct span key, struct span value)
{
	AUTO_STR struct str name = {0}, path = {0};
	str_span(&name, value);
	str_span(&path, span_sub(key, 7, key.n));
	add_source(arg, str_cz(&name), str_cz(&path));
	return 0;
}

static int count_file(void *arg, struct span key, struct span value)
{
	struct indexer *ix = arg;
	for (struct source *s = ix->sources; s; s = s->next) {
		if (!below(s, span_sub(key, 5, key.n)))
			continue;
		s->files++;
		s->documents += read_file_note(value).n_docs;
		break;
	}
	return 0;
}

static int count_failed(void *arg, struct span key, struct span value)
{
	(void)key, (void)value;
	((struct indexer *)arg)->n_failed++;
	return 0;
}

void sources_load(struct indexer *ix)
{
	writer_notes(ix->writer, SPAN("source:"), load_one, ix);
	writer_notes(ix->writer, SPAN("file:"), count_file, ix);
	writer_notes(ix->writer, SPAN("fail:"), count_failed, ix);
	for (size_t i = 0; i < ix->cfg->sources.n; i++) {
		char path[PATH_MAX];
		struct source *s;
		struct err err = {0};
		bool is_new;
		const char *typed = ix->cfg->sources.v[i];
		if (want_source(ix, realpath(typed, path) ? path : typed, SPAN_NONE, &s, &is_new, &err) != 0)
			log_event(LOG_ERROR, "source-not-added", "why", err.msg, NULL);
		else if (is_new)
			index_changed(ix);
	}
	index_work(ix);
}

static void put_source(const struct source *s, struct jw *w)
{
	jw_open(w, '{');
	jw_field_z(w, "name", s->name);
	jw_field_z(w, "path", s->path);
	jw_field_z(w, "state", s->problem[0] && !s->scan ? "problem" : s->scan || s->n_open || s->again ? "reading" : "idle");
	if (s->problem[0])
		jw_field_z(w, "problem", s->problem);
	jw_field_int(w, "files", s->files);
	jw_field_int(w, "documents", s->documents);
	jw_field_int(w, "waiting", s->n_open);
	jw_close(w, '}');
}

void sources_list(struct indexer *ix, struct jw *w)
{
	jw_open(w, '[');
	for (const struct source *s = ix->sources; s; s = s->next)
		if (!s->gone)
			put_source(s, w);
	jw_close(w, ']');
}

/* ---- Failures ---- */

struct failures {
	struct span after, *keys;
	size_t n, cap;
};

static int by_key(const void *a, const void *b) { return span_cmp(*(const struct span *)a, *(const struct span *)b); }

static int gather_failure(void *arg, struct span key, struct span value)
{
	struct failures *f = arg;
	(void)value;
	if (f->after.n && span_cmp(span_sub(key, 5, key.n), f->after) <= 0)
		return 0;
	if (f->n == f->cap)
		f->keys = mem_grow(f->keys, &f->cap, f->n + 1, sizeof *f->keys);
	f->keys[f->n++] = key;
	return 0;
}

static void put_bad(struct jw *w, struct span bad)
{
	struct unpack u = {bad, false};
	jw_key(w, "examples");
	jw_open(w, '[');
	while (u.rest.n && !u.bad) {
		struct span id = unpack_span(&u);
		int code = (int)(int64_t)unpack_u64(&u);
		jw_open(w, '{');
		if (id.n)
			jw_field_str(w, "id", id);
		jw_field_z(w, "code", err_name(code));
		jw_field_str(w, "reason", unpack_span(&u));
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void put_failure(struct indexer *ix, struct jw *w, struct span key)
{
	struct span value = SPAN_NONE;
	writer_noted(ix->writer, key, &value);
	struct fail_note n = read_fail_note(value);
	jw_open(w, '{');
	jw_field_str(w, "path", span_sub(key, 5, key.n));
	jw_field_z(w, "code", n.code ? err_name(n.code) : "bad-document");
	if (n.code)
		jw_field_str(w, "reason", n.why);
	else
		jw_field_z(w, "reason", "some documents in it could not be used");
	jw_field_int(w, "documents", n.n_bad);
	if (n.bad.n)
		put_bad(w, n.bad);
	jw_close(w, '}');
}

void sources_failed(struct indexer *ix, struct jw *w, size_t limit, struct span after)
{
	struct failures f = {.after = after};
	writer_notes(ix->writer, SPAN("fail:"), gather_failure, &f);
	if (f.n)
		qsort(f.keys, f.n, sizeof *f.keys, by_key);
	jw_open(w, '{');
	jw_field_int(w, "count", ix->n_failed);
	jw_key(w, "files");
	jw_open(w, '[');
	for (size_t i = 0; i < f.n && i < limit; i++)
		put_failure(ix, w, f.keys[i]);
	jw_close(w, ']');
	jw_key(w, "next");
	if (f.n > limit && limit)
		jw_str(w, span_sub(f.keys[limit - 1], 5, f.keys[limit - 1].n));
	else
		jw_null(w);
	jw_close(w, '}');
	free(f.keys);
}

/* ---- Requests ---- */

static void add_call(struct indexer *ix, uint32_t id, struct span body)
{
	json_t *j AUTO_JSON = NULL;
	struct err err = {0};
	struct source *s;
	bool is_new;
	AUTO_STR struct str path = {0};
	struct str out = {0};
	if (json_read(body, 4, &j, &err) != 0)
		return index_problem(ix, id, ERR_BAD_REQUEST, "%s", err.msg);
	struct span typed = json_span(j, "path");
	if (!typed.n)
		return index_problem(ix, id, ERR_BAD_REQUEST, "give {\"path\":\"/a/folder\"} and, if you like, \"name\"");
	for (size_t i = 0; i < json_span(j, "name").n; i++)
		if ((unsigned char)json_span(j, "name").p[i] < 32 || json_span(j, "name").p[i] == '/')
			return index_problem(ix, id, ERR_BAD_REQUEST, "a source's name has no / and no control characters");
	if (memchr(typed.p, 0, typed.n))
		return index_problem(ix, id, ERR_BAD_REQUEST, "a path has no NUL");
	str_span(&path, typed);
	int rc = want_source(ix, str_cz(&path), json_span(j, "name"), &s, &is_new, &err);
	if (rc)
		return index_problem(ix, id, rc, "%s", err.msg);
	index_tell(ix);
	struct jw w = {.out = &out};
	jw_open(&w, '{');
	jw_field_z(&w, "name", s->name);
	jw_field_z(&w, "path", s->path);
	jw_field_z(&w, "state", "reading");
	jw_field_bool(&w, "new", is_new);
	index_promise(ix, id, is_new ? 201 : 200, &out);
	index_work(ix);
}

static void remove_call(struct indexer *ix, uint32_t id, struct source *s, bool keep)
{
	AUTO_STR struct str key = {0};
	struct str out = {0};
	uint64_t before = ix->now.removed;
	drop_files(ix, s, NULL, keep);
	str_printf(&key, "source:%s", s->path);
	writer_note(ix->writer, str_view(&key), SPAN_NONE);
	s->gone = true;
	struct jw w = {.out = &out};
	jw_open(&w, '{');
	jw_field_z(&w, "name", s->name);
	jw_field_z(&w, "path", s->path);
	jw_field_z(&w, "status", "removed");
	jw_field_int(&w, "documents", ix->now.removed - before);
	index_promise(ix, id, 200, &out);
	index_work(ix);
}

static void delete_call(struct indexer *ix, uint32_t id, struct span path, struct span query, struct span body)
{
	AUTO_STR struct str name = {0}, at = {0}, keep = {0};
	json_t *j AUTO_JSON = NULL;
	http_parameter(query, "name", &name);
	http_parameter(query, "path", &at);
	http_parameter(query, "keep", &keep);
	if (span_starts(path, "/v1/sources/"))
		str_span(&name, span_sub(path, sizeof "/v1/sources/" - 1, path.n));
	if (!name.n && !at.n && body.n && json_read(body, 4, &j, NULL) == 0) {
		str_span(&name, json_span(j, "name"));
		str_span(&at, json_span(j, "path"));
	}
	if (!name.n && !at.n)
		return index_problem(ix, id, ERR_BAD_REQUEST, "say which: name= or path=");
	if (keep.n && !span_is(str_view(&keep), "0") && !span_is(str_view(&keep), "1"))
		return index_problem(ix, id, ERR_BAD_ARGUMENT, "keep: give 1 (its documents stay) or 0");
	char real[PATH_MAX];
	struct source *s = at.n ? source_at(ix, realpath(at.p, real) ? span_of(real) : str_view(&at)) : source_named(ix, str_view(&name));
	if (!s && at.n)
		s = source_at(ix, str_view(&at));
	if (!s)
		return index_problem(ix, id, ERR_NOT_FOUND, "there is no source \"%.*s\"; GET /v1/sources lists them", SPAN_ARG(str_view(at.n ? &at : &name)));
	remove_call(ix, id, s, span_is(str_view(&keep), "1"));
}

void sources_call(struct indexer *ix, uint32_t id, struct span method, struct span path, struct span query, struct span body)
{
	AUTO_STR struct str out = {0};
	if (span_is(method, "POST"))
		return add_call(ix, id, body);
	if (span_is(method, "DELETE"))
		return delete_call(ix, id, path, query, body);
	struct jw w = {.out = &out};
	jw_open(&w, '{');
	jw_key(&w, "sources");
	sources_list(ix, &w);
	jw_close(&w, '}');
	str_ch(&out, '\n');
	index_reply(ix, id, 200, str_view(&out));
}
