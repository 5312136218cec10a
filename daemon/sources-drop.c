/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that go: one, or many a slice at a time.
 *
 * Rows of the ledger whose files are no more, or whose source is to be forgotten. Documents are removed some at a time, so that pushing,
 * committing and answering go on in between; a crash in the middle begins again with the rows that are left.
 */
#include "daemon/sources.h"

#include "daemon/moves.h"

#include "base/mem.h"
#include "index/store/record.h"

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

/* A file has other ids now: those of the old that are in no file any more go. */
void source_drop_ids(struct indexer *ix, struct span own, struct span key, struct span old, struct span ids)
{
	struct idset keep = {0}, given = {0};
	struct unpack u = {ids, false};
	while (u.rest.n && !u.bad)
		idset_add(&keep, span_hash(unpack_span(&u)));
	given_ids(own, old, &keep, &given);
	ids_shared(ix, &given, is_key, &key, &keep);
	remove_ids(ix, old, &keep);
	idset_done(&keep), idset_done(&given);
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
	row_forget(ix, key);
	index_changed(ix);
}

void source_drop_file(struct indexer *ix, struct source *s, const char *path)
{
	AUTO_STR struct str key = {0}, own = {0};
	struct idset given = {0}, shared = {0};
	struct span value, row;
	row_key(&key, "file:", s, path);
	row = str_view(&key);
	own_prefix_of(&own, s, row);
	if (writer_noted(ix->writer, row, &value))
		given_ids(str_view(&own), read_file_note(value).ids, NULL, &given);
	ids_shared(ix, &given, is_key, &row, &shared);
	drop_row(ix, s, row, false, &shared);
	idset_done(&given), idset_done(&shared);
	str_clear(&key);
	row_key(&key, "fail:", s, path);
	drop_row(ix, s, str_view(&key), false, NULL);
}

/* ---- Many, a slice at a time ---- */

struct dropping {
	struct str keys, ids; /* packed: rows to come; of the row at hand */
	size_t keys_at, ids_at;
	struct str row;       /* the key at hand; empty: none */
	struct idset shared;
	bool keep;            /* the documents stay */
	uint32_t request;     /* to be answered at the end; 0: none */
	uint64_t removed;
};

struct gathering {
	const struct source *s;
	struct seen *seen;
	struct str out; /* packed keys */
	struct idset given;
};

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

void source_drop_some(struct indexer *ix, struct source *s)
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
