/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sources there are, what failed in them, and the requests of /v1/sources. Scanning them is sources.c. */
#include "daemon/sources.h"

#include "daemon/http-parse.h"
#include "daemon/moves.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int cannot_look(const char *typed, struct err *err)
{
	if (errno == ENAMETOOLONG || errno == ELOOP)
		return err_set(err, ERR_BAD_ARGUMENT, "%.100s…: %s", typed, strerror(errno));
	return err_errno(err, "%s", typed);
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
		return cannot_look(typed, err);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(err, ERR_BAD_FILE, "%s is neither a folder nor a file", typed);
	if (access(path, S_ISDIR(st.st_mode) ? R_OK | X_OK : R_OK) != 0)
		return err_errno(err, "%s: dossierd may not read it", typed);
	for (struct source *s = ix->sources; s; s = s->next)
		if (!s->gone && source_holds(s, span_of(path)))
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

/* Begins (again) to forget all of a source. */
static void source_drop_again(struct indexer *ix, struct source *s, bool keep, uint32_t request)
{
	source_drop_cancel(s);
	source_drop_files(ix, s, NULL, keep, request);
}

static int load_going(void *arg, struct span key, struct span value)
{
	AUTO_STR struct str path = {0};
	str_span(&path, span_sub(key, 6, key.n));
	struct source *s = add_source(arg, span_is(value, "keep") ? "keep" : "drop", str_cz(&path));
	s->gone = true;
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
		if (s->gone || !source_holds(s, span_sub(key, 5, key.n)))
			continue;
		s->files++;
		s->documents += read_file_note(value).n_docs;
		AUTO_STR struct str own = {0};
		own_prefix_of(&own, s, key);
		s->renamed += ids_renamed(str_view(&own), read_file_note(value).ids);
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
	writer_notes(ix->writer, SPAN("going:"), load_going, ix);
	for (struct source *s = ix->sources; s; s = s->next)
		source_drop_again(ix, s, strcmp(s->name, "keep") == 0, 0);
	writer_notes(ix->writer, SPAN("source:"), load_one, ix);
	writer_notes(ix->writer, SPAN("file:"), count_file, ix);
	writer_notes(ix->writer, SPAN("fail:"), count_failed, ix);
	sources_watch(ix);
	sources_configured(ix);
}

void sources_configured(struct indexer *ix)
{
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
	jw_field_int(w, "renamed", s->renamed);
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

/* Why the first of them failed; the file's own reason when there is only one document in it. */
static struct span first_bad(struct span bad)
{
	struct unpack u = {bad, false};
	unpack_span(&u);
	unpack_u64(&u);
	struct span why = unpack_span(&u);
	return why.n && !u.bad ? why : SPAN("some documents in it could not be used");
}

static void put_failure(struct indexer *ix, struct jw *w, struct span key)
{
	struct span value = SPAN_NONE;
	writer_noted(ix->writer, key, &value);
	struct fail_note n = read_fail_note(value);
	jw_open(w, '{');
	jw_field_str(w, "path", span_sub(key, 5, key.n));
	jw_field_z(w, "code", n.code ? err_name(n.code) : "bad-document");
	jw_field_str(w, "reason", n.code ? n.why : first_bad(n.bad));
	jw_field_z(w, "advice", err_advice(n.code ? n.code : ERR_BAD_DOCUMENT));
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

/* Until all of it has gone the ledger has "going:<path>" in the place of "source:<path>": a crash in the middle goes on with it. */
static void going_key(struct str *key, const char *kind, const struct source *s) { str_printf(key, "%s%s", kind, s->path); }

void source_gone(struct indexer *ix, struct source *s, uint32_t request, uint64_t removed)
{
	AUTO_STR struct str key = {0};
	struct str out = {0};
	going_key(&key, "going:", s);
	writer_note(ix->writer, str_view(&key), SPAN_NONE);
	index_changed(ix);
	if (!request)
		return;
	struct jw w = {.out = &out};
	jw_open(&w, '{');
	jw_field_z(&w, "name", s->name);
	jw_field_z(&w, "path", s->path);
	jw_field_z(&w, "status", "removed");
	jw_field_int(&w, "documents", removed);
	index_promise(ix, request, 200, &out);
}

static void remove_call(struct indexer *ix, uint32_t id, struct source *s, bool keep)
{
	AUTO_STR struct str key = {0};
	going_key(&key, "source:", s);
	writer_note(ix->writer, str_view(&key), SPAN_NONE);
	str_clear(&key);
	going_key(&key, "going:", s);
	writer_note(ix->writer, str_view(&key), keep ? SPAN("keep") : SPAN("drop"));
	source_forget(ix, s);
	source_drop_again(ix, s, keep, id);
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
