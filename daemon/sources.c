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
#include "daemon/sources.h"

#include "daemon/convert.h"
#include "daemon/moves.h"
#include "daemon/scan.h"
#include "daemon/watch.h"

#include "base/log.h"
#include "base/mem.h"
#include "index/facts/facts.h"
#include "index/store/record.h"

#include <event2/event.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLICE       512    /* entries of a scan in one round of the loop */
#define MAX_WAITING 100000 /* files known to be read, and not yet read */
#define DROP_SLICE  4000   /* documents removed in one round */
#define BAD_KEPT    20     /* documents that failed in one file, with their reasons */

struct file_item {
	struct job job;
	struct file_item *next;
	struct source *source;
	struct indexer *ix;
	char *path; /* below the source; "" for a source that is one file */
	char *from; /* where it seems to have been before; NULL: it is new, or was here */
	struct id_choice ids_of;
	uint64_t n_renamed;
	struct scan_entry now;
	struct str ids; /* packed; of what was put */
	uint32_t n_docs, n_bad;
	struct str bad; /* packed: id, code, why */
	int code;       /* the file's own error */
	char why[300];
	uint64_t counted; /* bytes_done that it has added */
	uint64_t hash;
};

/* What failed is tried again when this changes: another version, other programs for PDF and DOC. */
static uint64_t reader_version(const struct indexer *ix) { return span_hash(SPAN(DOSSIER_VERSION)) + FACTS_VERSION + ((uint64_t)ix->programs << 32); }

/* ---- The ledger's rows ---- */

static void key_of(struct str *out, const char *kind, const struct source *s, const char *path)
{
	str_printf(out, "%s%s%s%s", kind, s->path, *path ? "/" : "", path);
}

struct file_note read_file_note(struct span value)
{
	struct unpack u = {value, false};
	struct file_note n = {unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), SPAN_NONE};
	n.ids = u.rest;
	return n;
}

struct fail_note read_fail_note(struct span value)
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

static void drop_file(struct indexer *ix, struct source *s, const char *path);

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

/* Removes documents, but those that are in `keep` (NULL: none). */
static void remove_ids(struct indexer *ix, struct span ids, const struct idset *keep)
{
	struct unpack u = {ids, false};
	while (u.rest.n && !u.bad) {
		struct span id = unpack_span(&u);
		struct err err = {0};
		bool existed = false;
		if (keep && idset_has(keep, span_hash(id)))
			continue;
		removed_forget(ix, id);
		if (writer_remove(ix->writer, id, &existed, &err) != 0)
			index_store_failed(ix, &err);
		ix->now.removed += existed;
	}
}

static bool is_key(void *arg, struct span key) { return span_eq(key, *(const struct span *)arg); }

/* Of the ids of a file those that were given in it, and may be in others too. */
static void given_ids(struct span own, struct span ids, const struct idset *but, struct idset *out)
{
	struct unpack u = {ids, false};
	while (u.rest.n && !u.bad) {
		struct span id = unpack_span(&u);
		if (!is_own_id(own, id) && !(but && idset_has(but, span_hash(id))))
			idset_add(out, span_hash(id));
	}
}

static void free_item(struct file_item *f)
{
	if (f->job.fd >= 0)
		close(f->job.fd);
	str_done(&f->job.payload), str_done(&f->ids), str_done(&f->bad);
	id_choice_done(&f->ids_of);
	free(f->path), free(f->from);
	free(f);
}

/* The documents that the file had before and has no more are removed. */
static void note_file(struct indexer *ix, struct file_item *f, struct span key)
{
	struct span value;
	AUTO_STR struct str note = {0}, old = {0};
	struct idset now = {0}, given = {0};
	if (writer_noted(ix->writer, key, &value)) {
		str_span(&old, read_file_note(value).ids);
		f->source->documents -= read_file_note(value).n_docs;
		f->source->renamed -= ids_renamed(str_view(&f->ids_of.own), read_file_note(value).ids);
		struct unpack u = {str_view(&f->ids), false};
		while (u.rest.n && !u.bad)
			idset_add(&now, span_hash(unpack_span(&u)));
		given_ids(str_view(&f->ids_of.own), str_view(&old), &now, &given);
		ids_shared(ix, &given, is_key, &key, &now);
		remove_ids(ix, str_view(&old), &now);
		idset_done(&now), idset_done(&given);
	} else
		f->source->files++;
	f->source->documents += f->n_docs;
	f->source->renamed += ids_renamed(str_view(&f->ids_of.own), str_view(&f->ids));
	if (f->n_renamed)
		log_event(LOG_WARN, "ids-taken", "path", key.p + 5, "documents", log_number((int64_t)f->n_renamed), "what",
			"other documents have their ids: they are kept as source/path#id", NULL);
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
	pack_u64(&note, reader_version(ix));
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

/* It is what lay at another path: its documents come along. */
static void note_moved(struct indexer *ix, struct file_item *f, struct span key)
{
	struct source *s = f->source;
	AUTO_STR struct str from = {0}, fail = {0}, ids = {0}, note = {0};
	struct span value;
	key_of(&from, "file:", s, f->from);
	if (!writer_noted(ix->writer, str_view(&from), &value) || !moves_take(ix, s, f->from, f->path, read_file_note(value), &ids)) {
		s->again = true; /* read it the next time */
		return drop_file(ix, s, f->from);
	}
	writer_noted(ix->writer, str_view(&from), &value); /* (borrowed until the ledger changes) */
	uint64_t head[4] = {f->now.size, (uint64_t)f->now.mtime_ns, f->hash, read_file_note(value).n_docs};
	str_add(&note, head, sizeof head);
	str_span(&note, str_view(&ids));
	forget(ix, str_view(&from));
	writer_note(ix->writer, key, str_view(&note));
	str_clear(&note);
	key_of(&fail, "fail:", s, f->from);
	if (writer_noted(ix->writer, str_view(&fail), &value)) {
		AUTO_STR struct str to = {0};
		str_span(&note, value);
		memcpy(note.p, head, 2 * sizeof *head);
		key_of(&to, "fail:", s, f->path);
		writer_note(ix->writer, str_view(&fail), SPAN_NONE);
		writer_note(ix->writer, str_view(&to), str_view(&note));
	}
	log_event(LOG_INFO, "file-moved", "from", f->from, "to", f->path, NULL);
}

static void file_over(struct file_item *f, bool unchanged)
{
	struct indexer *ix = f->ix;
	struct source *s = f->source;
	AUTO_STR struct str file = {0}, fail = {0};
	key_of(&file, "file:", s, f->path);
	key_of(&fail, "fail:", s, f->path);
	if (!s->gone && unchanged && f->from)
		note_moved(ix, f, str_view(&file));
	else if (!s->gone && unchanged)
		note_touched(ix, f, str_view(&file));
	else if (!s->gone) {
		if (!f->code || f->n_docs)
			note_file(ix, f, str_view(&file));
		if (f->code || f->n_bad)
			note_failure(ix, f, str_view(&fail));
		else
			forget(ix, str_view(&fail));
		if (f->from)
			drop_file(ix, s, f->from);
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
	unpack_span(&u); /* a date that cannot be read */
	enum put_status status = PUT_UNCHANGED;
	struct err err = {0};
	if (f->source->gone)
		return;
	AUTO_STR struct str renamed = {0};
	struct span record = u.rest;
	uint64_t content = 0;
	int rc = u.bad ? err_set(&err, ERR_WORKER, "the reader gave nothing that can be used") : record_identity(record, &id, &content, &err);
	if (rc == 0 && removed_before(ix, id, content))
		return;
	struct span chosen = rc ? id : id_choose(ix, &f->ids_of, id, content);
	if (rc == 0 && !span_eq(chosen, id)) {
		rc = record_rename(record, chosen, SPAN_NONE, &renamed, &err);
		record = str_view(&renamed);
		f->n_renamed++;
		ix->now.renamed++;
	}
	rc = rc ? rc : writer_put(ix->writer, record, &status, &err);
	id = chosen;
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
	key_of(&key, "file:", s, f->from ? f->from : f->path);
	bool noted = writer_noted(ix->writer, str_view(&key), &value);
	id_choice_begin(&f->ids_of, s, f->path, noted && !f->from ? read_file_note(value).ids : SPAN_NONE);
	const char *base = strrchr(s->path, '/');
	pack_span(&f->job.payload, span_of(s->name));
	pack_span(&f->job.payload, *f->path ? span_of(f->path) : span_of(base ? base + 1 : s->path));
	int64_t day = f->now.mtime_ns / 86400000000000;
	pack_u64(&f->job.payload, (uint64_t)(f->now.mtime_ns % 86400000000000 < 0 ? day - 1 : day));
	pack_u64(&f->job.payload, noted ? read_file_note(value).hash : 0);
	f->job.kind = FRAME_READ_FILE;
	f->job.resumable = true;
	f->job.calls = &file_calls;
	f->job.arg = f;
	pool_submit(ix->files, &f->job);
}

/* ---- Scanning ---- */

struct source *source_at(struct indexer *ix, struct span path)
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
		if (n.size != e->size || (int64_t)n.mtime_ns != e->mtime_ns || n.version != reader_version(ix))
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

/* Was it ever read, or tried? */
static bool has_rows(const struct indexer *ix, const struct source *s, const char *path)
{
	AUTO_STR struct str file = {0}, fail = {0};
	struct span value;
	key_of(&file, "file:", s, path);
	key_of(&fail, "fail:", s, path);
	return writer_noted(ix->writer, str_view(&file), &value) || writer_noted(ix->writer, str_view(&fail), &value);
}

/* A file to be looked at. from: where it was before, as somebody says; taken. */
static void found(struct indexer *ix, struct source *s, const struct scan_entry *e, char *from)
{
	AUTO_STR struct str full = {0}, path = {0};
	AUTO_FREE char *was = from;
	str_span(&path, e->path);
	key_of(&full, "", s, str_cz(&path));
	seen_add(&s->seen, span_hash(str_view(&full)));
	if (e->path.n && source_at(ix, str_view(&full))) /* a source of its own */
		return;
	if (known(ix, s, path.p, e))
		return;
	if (!was && s->scan && !has_rows(ix, s, path.p))
		was = moves_find(ix, s, e);
	if (was) { /* its row is dropped when this one is done */
		str_clear(&full);
		key_of(&full, "", s, was);
		seen_add(&s->seen, span_hash(str_view(&full)));
	}
	struct file_item *f = mem_alloc(sizeof *f);
	f->ix = ix;
	f->source = s;
	f->path = mem_dup(path.p, path.n + 1);
	f->from = was;
	was = NULL;
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
	struct idset given;
};

/* Is the path below (or at) the source? */
bool source_holds(const struct source *s, struct span path)
{
	size_t n = strlen(s->path);
	return span_starts(path, s->path) && (path.n == n || path.p[n] == '/');
}

static bool goes(void *arg, struct span key)
{
	const struct gathering *g = arg;
	struct span path = span_sub(key, 5, key.n);
	return source_holds(g->s, path) && !(g->seen && seen_has(g->seen, span_hash(path)));
}

static int gather(void *arg, struct span key, struct span value)
{
	struct gathering *g = arg;
	AUTO_STR struct str own = {0};
	if (!goes(g, key))
		return 0;
	pack_span(&g->out, key);
	if (!span_starts(key, "file:"))
		return 0;
	own_prefix_of(&own, g->s, key);
	given_ids(str_view(&own), read_file_note(value).ids, NULL, &g->given);
	return 0;
}

/* Forgets one row of the ledger, "file:" with its documents, or "fail:". */
static void drop_row(struct indexer *ix, struct source *s, struct span key, bool keep_documents, const struct idset *shared)
{
	struct span value;
	AUTO_STR struct str ids = {0};
	if (!writer_noted(ix->writer, key, &value))
		return;
	if (span_starts(key, "file:")) {
		s->files--;
		s->documents -= read_file_note(value).n_docs;
		AUTO_STR struct str own = {0};
		own_prefix_of(&own, s, key);
		s->renamed -= ids_renamed(str_view(&own), read_file_note(value).ids);
		str_span(&ids, read_file_note(value).ids);
		if (!keep_documents)
			remove_ids(ix, str_view(&ids), shared);
	}
	forget(ix, key);
	index_changed(ix);
}

static void drop_file(struct indexer *ix, struct source *s, const char *path)
{
	AUTO_STR struct str key = {0}, own = {0};
	struct idset given = {0}, shared = {0};
	struct span value, row;
	key_of(&key, "file:", s, path);
	row = str_view(&key);
	own_prefix_of(&own, s, row);
	if (writer_noted(ix->writer, row, &value))
		given_ids(str_view(&own), read_file_note(value).ids, NULL, &given);
	ids_shared(ix, &given, is_key, &row, &shared);
	drop_row(ix, s, row, false, &shared);
	idset_done(&given), idset_done(&shared);
	str_clear(&key);
	key_of(&key, "fail:", s, path);
	drop_row(ix, s, str_view(&key), false, NULL);
}

/* ---- Files that go, a slice at a time ---- */

/*
 * Rows of the ledger whose files are no more, or whose source is to be forgotten. Documents are removed some at a time, so that pushing,
 * committing and answering go on in between; a crash in the middle begins again with the rows that are left.
 */
struct dropping {
	struct str keys, ids; /* packed: rows to come; of the row at hand */
	size_t keys_at, ids_at;
	struct str row;       /* the key at hand; empty: none */
	struct idset shared;
	bool keep;            /* the documents stay */
	uint32_t request;     /* to be answered at the end; 0: none */
	uint64_t removed;
};

/* seen NULL: all files of the source. */
void source_drop_files(struct indexer *ix, struct source *s, struct seen *seen, bool keep_documents, uint32_t request)
{
	struct dropping *d = mem_alloc(sizeof *d);
	struct gathering g = {.s = s, .seen = seen};
	AUTO_STR struct str prefix = {0};
	for (int kind = 0; kind < 2; kind++) {
		str_clear(&prefix);
		str_printf(&prefix, "%s%s", kind ? "fail:" : "file:", s->path);
		writer_notes(ix->writer, str_view(&prefix), gather, &g);
	}
	if (!keep_documents)
		ids_shared(ix, &g.given, goes, &g, &d->shared);
	idset_done(&g.given);
	d->keys = g.out;
	d->keep = keep_documents;
	d->request = request;
	s->dropping = d;
	index_work(ix);
}

/* The next row; false: there is none. */
static bool next_row(struct indexer *ix, struct dropping *d)
{
	struct span value;
	struct unpack u = {span_sub(str_view(&d->keys), d->keys_at, d->keys.n), false};
	if (!u.rest.n)
		return false;
	str_clear(&d->row), str_clear(&d->ids);
	d->ids_at = 0;
	str_span(&d->row, unpack_span(&u));
	d->keys_at = d->keys.n - u.rest.n;
	if (!d->keep && span_starts(str_view(&d->row), "file:") && writer_noted(ix->writer, str_view(&d->row), &value))
		str_span(&d->ids, read_file_note(value).ids);
	return true;
}

static void dropping_free(struct dropping *d)
{
	if (!d)
		return;
	str_done(&d->keys), str_done(&d->ids), str_done(&d->row);
	idset_done(&d->shared);
	free(d);
}

void source_drop_cancel(struct source *s)
{
	dropping_free(s->dropping);
	s->dropping = NULL;
}

static void drop_some(struct indexer *ix, struct source *s)
{
	struct dropping *d = s->dropping;
	uint64_t before = ix->now.removed;
	size_t left = DROP_SLICE;
	while (left) {
		if (!d->row.n && !next_row(ix, d))
			break;
		struct unpack u = {span_sub(str_view(&d->ids), d->ids_at, d->ids.n), false};
		size_t from = d->ids_at;
		for (; u.rest.n && !u.bad && left; left--)
			unpack_span(&u);
		d->ids_at = d->ids.n - u.rest.n;
		remove_ids(ix, span_sub(str_view(&d->ids), from, d->ids_at), &d->shared);
		if (u.rest.n && !u.bad)
			break;
		drop_row(ix, s, str_view(&d->row), true, NULL); /* its documents have gone */
		str_clear(&d->row);
		left -= left > 0;
	}
	d->removed += ix->now.removed - before;
	index_changed(ix);
	if (d->row.n || d->keys_at < d->keys.n)
		return;
	s->dropping = NULL;
	if (s->gone)
		source_gone(ix, s, d->request, d->removed);
	dropping_free(d);
	index_tell_soon(ix);
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
	struct timeval minute = {60, 0};
	if (ix->watch_limited && !ix->cfg->rescan_s)
		event_add(ix->rescan, &minute);
}

/* A source that is one file is watched through its folder: editors put a new file in the place of the old one. */
static void watch_folder_of(struct indexer *ix, struct source *s)
{
	AUTO_STR struct str dir = {0};
	str_add(&dir, s->path, (size_t)(strrchr(s->path, '/') - s->path));
	watch_it(ix, s, dir.n ? dir.p : "/", "");
}

static uint64_t n_documents(const struct indexer *ix, const struct source *s, const char *path)
{
	AUTO_STR struct str key = {0};
	struct span value;
	key_of(&key, "file:", s, path);
	return writer_noted(ix->writer, str_view(&key), &value) ? read_file_note(value).n_docs : 0;
}

/* A file was written, came (from: from there, if somebody knows; taken) or went. */
static void look_at_file(struct indexer *ix, void *root, const char *path, char *from)
{
	AUTO_FREE char *was = from;
	struct source *s = root;
	struct stat st;
	AUTO_STR struct str full = {0};
	key_of(&full, "", s, path);
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
	if (n_documents(ix, s, path) > DROP_SLICE)
		s->again = true; /* in slices */
	else
		drop_file(ix, s, path);
}

static void on_file(void *arg, void *root, const char *path) { look_at_file(arg, root, path, NULL); }

static void on_moved(void *arg, void *root, const char *from, const char *to)
{
	struct indexer *ix = arg;
	struct source *s = root;
	struct span value;
	AUTO_STR struct str key = {0};
	key_of(&key, "file:", s, from);
	bool noted = writer_noted(ix->writer, str_view(&key), &value) && !has_rows(ix, s, to);
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

/* A folder that could not be looked at stands among what failed, until it can. */
static void note_folder(struct indexer *ix, struct source *s, const char *path, int code, const char *why)
{
	AUTO_STR struct str key = {0}, note = {0};
	struct span value;
	if (!*path)
		return;
	key_of(&key, "fail:", s, path);
	if (!code)
		return forget(ix, str_view(&key));
	for (int i = 0; i < 4; i++) /* size, time, version, documents */
		pack_u64(&note, 0);
	pack_u64(&note, (uint64_t)(int64_t)code);
	pack_span(&note, span_of(why));
	ix->n_failed += !writer_noted(ix->writer, str_view(&key), &value);
	writer_note(ix->writer, str_view(&key), str_view(&note));
	index_changed(ix);
}

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
			note_folder(ix, s, str_cz(&path), 0, "");
			watch_it(ix, s, s->path, str_cz(&path));
		} else if (rc == 0)
			scan_over(ix, s);
		else {
			AUTO_STR struct str path = {0};
			str_span(&path, e.path);
			note_folder(ix, s, str_cz(&path), rc, err.msg);
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
	dropping_free(s->dropping);
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
			drop_some(ix, s);
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
