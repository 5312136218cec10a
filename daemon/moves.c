/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/moves.h"

#include "daemon/scan.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/mem.h"
#include "index/read/reader.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define MOVED_MOST 1000 /* documents with given ids whose path is changed in one go; of a file with more it stays as it was */

/* ---- Ids ---- */

void own_prefix(struct str *out, const struct source *s, struct span path)
{
	AUTO_ARENA struct arena a = {0};
	const char *base = strrchr(s->path, '/');
	str_printf(out, "%s/", s->name);
	str_span(out, reader_id_name(&a, path.n ? path : span_of(base ? base + 1 : s->path)));
	str_cz(out);
}

void own_prefix_of(struct str *out, const struct source *s, struct span key)
{
	size_t root = sizeof "file:" - 1 + strlen(s->path) + 1;
	own_prefix(out, s, key.n > root ? span_sub(key, root, key.n) : SPAN_NONE);
}

struct sharing {
	const struct idset *of;
	bool (*skip)(void *arg, struct span key);
	void *arg;
	struct idset *out;
};

static int look_shared(void *arg, struct span key, struct span value)
{
	struct sharing *s = arg;
	struct unpack u = {read_file_note(value).ids, false};
	bool skipped = false, looked = false;
	while (u.rest.n && !u.bad && !skipped) {
		uint64_t h = span_hash(unpack_span(&u));
		if (!idset_has(s->of, h))
			continue;
		skipped = !looked && s->skip(s->arg, key);
		looked = true;
		if (!skipped)
			idset_add(s->out, h);
	}
	return 0;
}

void ids_shared(struct indexer *ix, const struct idset *of, bool (*skip)(void *arg, struct span key), void *arg, struct idset *out)
{
	struct sharing s = {of, skip, arg, out};
	if (of->n)
		writer_notes(ix->writer, SPAN("file:"), look_shared, &s);
}

bool is_own_id(struct span own, struct span id) { return span_starts(id, own.p) && (id.n == own.n || id.p[own.n] == '#' || id.p[own.n] == '/'); }

void id_choice_begin(struct id_choice *c, const struct source *s, const char *path, struct span had)
{
	struct unpack u = {had, false};
	own_prefix(&c->own, s, span_of(path));
	while (u.rest.n && !u.bad)
		idset_add(&c->had, span_hash(unpack_span(&u)));
}

void id_choice_done(struct id_choice *c)
{
	idset_done(&c->had), idset_done(&c->put);
	str_done(&c->own), str_done(&c->made);
}

static struct span keep(struct id_choice *c, struct span id)
{
	idset_add(&c->put, span_hash(id));
	return id;
}

struct span id_choose(struct indexer *ix, struct id_choice *c, struct span id, uint64_t content)
{
	uint64_t living;
	if (is_own_id(str_view(&c->own), id))
		return id;
	str_clear(&c->made);
	str_printf(&c->made, "%s#", c->own.p);
	str_span(&c->made, id);
	struct span made = str_view(&c->made);
	if (idset_has(&c->had, span_hash(made)) || idset_has(&c->put, span_hash(made)))
		return keep(c, made);
	if (idset_has(&c->had, span_hash(id)) || idset_has(&c->put, span_hash(id)))
		return keep(c, id);
	if (!writer_content(ix->writer, id, &living) || living == content)
		return keep(c, id);
	return keep(c, made);
}

uint64_t ids_renamed(struct span own, struct span ids)
{
	struct unpack u = {ids, false};
	uint64_t n = 0;
	while (u.rest.n && !u.bad) {
		struct span id = unpack_span(&u);
		struct span rest = is_own_id(own, id) && id.n > own.n && id.p[own.n] == '#' ? span_sub(id, own.n + 1, id.n) : SPAN_NONE;
		bool number = true; /* "path#17": one of many without an id */
		for (size_t i = 0; i < rest.n && number; i++)
			number = rest.p[i] >= '0' && rest.p[i] <= '9';
		n += !number;
	}
	return n;
}

/* ---- Removed by hand ---- */

static void removed_key(struct str *out, struct span id)
{
	str_z(out, "drop:");
	str_span(out, id);
}

void removed_note(struct indexer *ix, struct span id)
{
	AUTO_STR struct str key = {0}, value = {0};
	uint64_t content;
	if (!writer_content(ix->writer, id, &content))
		return;
	removed_key(&key, id);
	pack_u64(&value, content);
	writer_note(ix->writer, str_view(&key), str_view(&value));
}

bool removed_before(const struct indexer *ix, struct span id, uint64_t content)
{
	AUTO_STR struct str key = {0};
	struct span value;
	removed_key(&key, id);
	if (!writer_noted(ix->writer, str_view(&key), &value))
		return false;
	struct unpack u = {value, false};
	return unpack_u64(&u) == content;
}

bool removed_forget(struct indexer *ix, struct span id)
{
	AUTO_STR struct str key = {0};
	struct span value;
	removed_key(&key, id);
	if (!writer_noted(ix->writer, str_view(&key), &value))
		return false;
	writer_note(ix->writer, str_view(&key), SPAN_NONE);
	return true;
}

/* ---- Files that have gone ---- */

struct gone {
	uint64_t size;
	int64_t mtime_ns;
	size_t path; /* in paths; SIZE_MAX: taken */
};

struct moves {
	struct gone *v;
	size_t n, cap;
	struct str paths;
};

struct listing {
	const struct source *s;
	struct moves *m;
};

static int list_one(void *arg, struct span key, struct span value)
{
	struct listing *l = arg;
	struct moves *m = l->m;
	struct span path = span_sub(key, 5, key.n);
	size_t root = strlen(l->s->path) + 1;
	if (!source_holds(l->s, path) || path.n <= root)
		return 0;
	if (m->n == m->cap)
		m->v = mem_grow(m->v, &m->cap, m->n + 1, sizeof *m->v);
	struct file_note n = read_file_note(value);
	m->v[m->n++] = (struct gone){n.size, (int64_t)n.mtime_ns, m->paths.n};
	str_span(&m->paths, span_sub(path, root, path.n));
	str_add(&m->paths, "", 1);
	return 0;
}

static int by_look(const void *a, const void *b)
{
	const struct gone *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return (x->mtime_ns > y->mtime_ns) - (x->mtime_ns < y->mtime_ns);
}

/* All files of the ledger by size and time: made when the first new file is met in a scan, thrown away at its end. */
static struct moves *moves_of(struct indexer *ix, struct source *s)
{
	AUTO_STR struct str prefix = {0};
	if (s->moves)
		return s->moves;
	s->moves = mem_alloc(sizeof *s->moves);
	struct listing l = {s, s->moves};
	str_printf(&prefix, "file:%s", s->path);
	writer_notes(ix->writer, str_view(&prefix), list_one, &l);
	if (s->moves->n)
		qsort(s->moves->v, s->moves->n, sizeof *s->moves->v, by_look);
	return s->moves;
}

static bool is_gone(const struct source *s, const char *path)
{
	AUTO_STR struct str full = {0};
	struct stat st;
	str_printf(&full, "%s/%s", s->path, path);
	return lstat(full.p, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

char *moves_find(struct indexer *ix, struct source *s, const struct scan_entry *e)
{
	struct moves *m = moves_of(ix, s);
	struct gone key = {e->size, e->mtime_ns, 0};
	size_t low = 0, high = m->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (by_look(&m->v[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < m->n && by_look(&m->v[low], &key) == 0; low++) {
		const char *path = m->v[low].path == SIZE_MAX ? NULL : m->paths.p + m->v[low].path;
		if (!path || !is_gone(s, path))
			continue;
		m->v[low].path = SIZE_MAX;
		return mem_dup(path, strlen(path) + 1);
	}
	return NULL;
}

void moves_free(struct moves *m)
{
	if (!m)
		return;
	free(m->v);
	str_done(&m->paths);
	free(m);
}

/* ---- Moving ---- */

static int move_one(struct indexer *ix, struct span id, struct span new_id, struct span new_path, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str record = {0};
	struct span plain;
	enum put_status status;
	bool existed;
	int rc = writer_record(ix->writer, id, &a, &plain, err);
	if (rc == ERR_NOT_FOUND) /* somebody removed it */
		return 0;
	if (rc == 0)
		rc = record_rename(plain, new_id, new_path, &record, err);
	if (rc == 0 && span_eq(id, new_id))
		return writer_renew(ix->writer, str_view(&record), err);
	if (rc == 0)
		rc = writer_put(ix->writer, str_view(&record), &status, err);
	return rc ? rc : writer_remove(ix->writer, id, &existed, err);
}

bool moves_take(struct indexer *ix, struct source *s, const char *from, const char *to, struct file_note old, struct str *ids)
{
	AUTO_STR struct str own = {0}, next = {0}, name = {0}, had = {0};
	AUTO_ARENA struct arena a = {0};
	struct span path = reader_id_name(&a, span_of(to));
	struct err err = {0};
	own_prefix(&own, s, span_of(from));
	own_prefix(&next, s, span_of(to));
	str_span(&had, old.ids); /* the ledger changes */
	struct unpack u = {str_view(&had), false};
	while (u.rest.n && !u.bad) {
		struct span id = unpack_span(&u);
		str_clear(&name);
		bool is_own = is_own_id(str_view(&own), id);
		if (is_own)
			str_printf(&name, "%s%.*s", next.p, SPAN_ARG(span_sub(id, own.n, id.n)));
		else
			str_span(&name, id);
		int rc = is_own || old.n_docs <= MOVED_MOST ? move_one(ix, id, str_view(&name), path, &err) : 0;
		if (rc == ERR_CORRUPT || rc == ERR_BAD_DOCUMENT) {
			log_event(LOG_WARN, "not-moved", "from", from, "to", to, "why", err.msg, NULL);
			return false;
		}
		if (rc)
			index_store_failed(ix, &err);
		pack_span(ids, str_view(&name));
	}
	index_changed(ix);
	return true;
}
