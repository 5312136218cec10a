/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of a source: from waiting over a reader to its documents in the index and its row in the ledger.
 *
 *	file_wait ─► waiting ─ files_hand_out ─► pool ─► put_record … ─► file_over ─► note_file, note_failure
 *	                                                          unchanged └► note_touched, note_moved
 *
 * A file is noted when its last document was put, so that a crash in the middle reads it again; what is in already is "unchanged".
 * Of a file that fails the documents of before stay, unless it was read and holds no article any more.
 */
#include "daemon/sources.h"

#include "daemon/moves.h"
#include "daemon/scan.h"

#include "base/log.h"
#include "base/mem.h"
#include "index/store/record.h"

#include <stdio.h>
#include <unistd.h>

#define BAD_KEPT 20 /* documents that failed in one file, with their reasons */

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
	if (writer_noted(ix->writer, key, &value)) {
		str_span(&old, read_file_note(value).ids);
		f->source->documents -= read_file_note(value).n_docs;
		f->source->renamed -= ids_renamed(str_view(&f->ids_of.own), read_file_note(value).ids);
		source_drop_ids(ix, str_view(&f->ids_of.own), key, str_view(&old), str_view(&f->ids));
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
	pack_u64(&note, rows_version(ix));
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
	row_key(&from, "file:", s, f->from);
	if (!writer_noted(ix->writer, str_view(&from), &value) || !moves_take(ix, s, f->from, f->path, read_file_note(value), &ids)) {
		s->again = true; /* read it the next time */
		return source_drop_file(ix, s, f->from);
	}
	writer_noted(ix->writer, str_view(&from), &value); /* (borrowed until the ledger changes) */
	uint64_t head[4] = {f->now.size, (uint64_t)f->now.mtime_ns, f->hash, read_file_note(value).n_docs};
	str_add(&note, head, sizeof head);
	str_span(&note, str_view(&ids));
	row_forget(ix, str_view(&from));
	writer_note(ix->writer, key, str_view(&note));
	str_clear(&note);
	row_key(&fail, "fail:", s, f->from);
	if (writer_noted(ix->writer, str_view(&fail), &value)) {
		AUTO_STR struct str to = {0};
		str_span(&note, value);
		memcpy(note.p, head, 2 * sizeof *head);
		row_key(&to, "fail:", s, f->path);
		writer_note(ix->writer, str_view(&fail), SPAN_NONE);
		writer_note(ix->writer, str_view(&to), str_view(&note));
	}
	log_event(LOG_INFO, "file-moved", "from", f->from, "to", f->path, NULL);
}

/* It was read, and there is no article in it; other failures say nothing of what is in it. */
static bool holds_nothing(const struct file_item *f)
{
	return !f->n_docs && (f->code == ERR_BAD_FILE || f->code == ERR_BAD_DOCUMENT || f->code == ERR_UNSUPPORTED);
}

static void file_over(struct file_item *f, bool unchanged)
{
	struct indexer *ix = f->ix;
	struct source *s = f->source;
	AUTO_STR struct str file = {0}, fail = {0};
	row_key(&file, "file:", s, f->path);
	row_key(&fail, "fail:", s, f->path);
	if (!s->gone && unchanged && f->from)
		note_moved(ix, f, str_view(&file));
	else if (!s->gone && unchanged)
		note_touched(ix, f, str_view(&file));
	else if (!s->gone) {
		if (!f->code || f->n_docs)
			note_file(ix, f, str_view(&file));
		else if (holds_nothing(f))
			source_drop_file(ix, s, f->path);
		if (f->code || f->n_bad)
			note_failure(ix, f, str_view(&fail));
		else
			row_forget(ix, str_view(&fail));
		if (f->from)
			source_drop_file(ix, s, f->from);
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
	row_key(&key, "file:", s, f->from ? f->from : f->path);
	bool noted = writer_noted(ix->writer, str_view(&key), &value);
	id_choice_begin(&f->ids_of, s, f->path, noted && !f->from ? read_file_note(value).ids : SPAN_NONE);
	const char *base = strrchr(s->path, '/');
	pack_span(&f->job.payload, span_of(s->name));
	pack_span(&f->job.payload, *f->path ? span_of(f->path) : span_of(base ? base + 1 : s->path));
	int64_t day = f->now.mtime_ns / 86400000000000;
	pack_u64(&f->job.payload, (uint64_t)(f->now.mtime_ns % 86400000000000 < 0 ? day - 1 : day));
	pack_u64(&f->job.payload, noted && !rows_to_try_again(ix, f->source, f->path) ? read_file_note(value).hash : 0);
	f->job.kind = FRAME_READ_FILE;
	f->job.resumable = true;
	f->job.calls = &file_calls;
	f->job.arg = f;
	pool_submit(ix->files, &f->job);
}

/* from: taken. */
void file_wait(struct indexer *ix, struct source *s, const char *path, char *from, const struct scan_entry *now)
{
	struct file_item *f = mem_alloc(sizeof *f);
	f->ix = ix;
	f->source = s;
	f->path = mem_dup(path, strlen(path) + 1);
	f->from = from;
	f->now = (struct scan_entry){.size = now->size, .mtime_ns = now->mtime_ns};
	f->job.fd = -1;
	*ix->waiting_tail = f;
	ix->waiting_tail = &f->next;
	ix->n_waiting++;
	s->n_open++;
	ix->now.files++;
	ix->now.bytes += now->size;
	index_tell_soon(ix);
}

void files_hand_out(struct indexer *ix)
{
	while (ix->waiting && ix->n_reading < 2 * ix->cfg->readers + 2) {
		struct file_item *f = ix->waiting;
		ix->waiting = f->next;
		if (!ix->waiting)
			ix->waiting_tail = &ix->waiting;
		ix->n_waiting--;
		read_file(ix, f);
	}
}
