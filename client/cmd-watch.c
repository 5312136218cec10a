/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier watch: saved searches, kept by the client in $XDG_STATE_HOME/dossier/watches.json:
 *
 *	{"missiles": {"params": ["leader", "kim-jong-un", "q", "missile"], "index": "<uuid>", "revision": 42, "stories": [17, …]}}
 *
 * run asks for what came after the revision of the last run and leaves out stories that were told before; then it notes the
 * revision that the answer was made of. All pages must be of one revision, else it asks again: so nothing is missed or told twice.
 * Of an index with another uuid all is asked, and the known stories are left out.
 */
#include "client/bibtex.h"
#include "client/output.h"
#include "client/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct watches {
	char *path;
	json_t *all;
};

static int refuse(const struct call *c, const char *thing, const char *what, const char *advice)
{
	complain(c, "%s: %s", thing, what);
	return advise(EXIT_REFUSED, "%s", advice);
}

static int load(const struct call *c, struct watches *w)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	json_error_t why;
	int n = state && *state == '/' ? asprintf(&w->path, "%s/dossier/watches.json", state) : asprintf(&w->path, "%s/.local/state/dossier/watches.json", home ? home : "");
	if (n < 0)
		abort();
	w->all = access(w->path, F_OK) == 0 ? json_load_file(w->path, 0, &why) : json_object();
	return json_is_object(w->all) ? 0 : refuse(c, w->path, "is not to be read", "mend it, or take it away and add the watches again");
}

static void make_folders(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		mkdir(path, 0700);
		*p = '/';
	}
}

/* Written beside and renamed: the old state or the new one, never half of it. */
static int save(const struct call *c, struct watches *w)
{
	char *fresh = NULL;
	make_folders(w->path);
	if (asprintf(&fresh, "%s.new", w->path) < 0)
		abort();
	FILE *f = fopen(fresh, "w");
	bool good = f && json_dumpf(w->all, f, JSON_INDENT(1)) == 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
	if (f)
		good = fclose(f) == 0 && good;
	good = good && rename(fresh, w->path) == 0;
	int rc = good ? 0 : refuse(c, w->path, strerror(errno), "the watches are kept there: make room, or name another folder with XDG_STATE_HOME");
	free(fresh);
	return rc;
}

static int add(struct call *c, struct watches *w)
{
	const char *name = c->words[1];
	if (json_object_get(w->all, name))
		return refuse(c, name, "there is a watch of this name already", "dossier watch remove NAME takes it away; dossier watch list shows all");
	json_t *answer = NULL, *params = json_array();
	c->n_words -= 2;
	memmove(c->words, c->words + 2, (c->n_words + 1) * sizeof *c->words);
	char *q = call_query(c);
	if (*q)
		call_param(c, "q", q);
	for (size_t i = 0; i < c->n_params; i++)
		json_array_append_new(params, json_string(c->params[i]));
	call_param(c, "limit", "0");
	int rc = dossier_json(c->daemon, "GET", "/v1/search", c->params, &answer) ? call_failed(c) : 0;
	json_t *watch = rc ? NULL : json_pack("{s:O,s:O,s:O,s:[]}", "params", params, "index", json_object_get(answer, "index"), "revision",
					      json_object_get(answer, "revision"), "stories");
	if (rc == 0 && (!watch || json_object_set(w->all, name, watch) != 0))
		rc = refuse(c, name, "cannot be kept", "is the name UTF-8, and the daemon of this version? dossier status");
	else if (rc == 0 && (rc = save(c, w)) == 0)
		say(c, "%lld so far; dossier watch run tells what is new", (long long)json_integer_value(json_object_get(answer, "total")));
	json_decref(answer);
	json_decref(params);
	json_decref(watch);
	free(q);
	return rc;
}

/* One page after the last; *hits grows. Returns 0, a code, or 1 when the index moved on in between. */
static int fetch_pages(struct call *c, json_t *hits, json_t **first)
{
	json_t *page = NULL;
	const char **params = c->params;
	size_t at = c->n_params;
	int rc = dossier_json(c->daemon, "GET", "/v1/search", params, first);
	json_array_extend(hits, json_object_get(*first, "hits"));
	const char *next = json_string_value(json_object_get(*first, "next"));
	while (rc == 0 && next) {
		call_param(c, "cursor", next);
		json_t *more = NULL;
		rc = dossier_json(c->daemon, "GET", "/v1/search", c->params, &more);
		c->n_params = at;
		c->params[at] = NULL;
		json_decref(page);
		page = more;
		if (rc == 0 && !json_equal(json_object_get(page, "revision"), json_object_get(*first, "revision")))
			rc = 1;
		json_array_extend(hits, json_object_get(page, "hits"));
		next = json_string_value(json_object_get(page, "next"));
	}
	json_decref(page);
	return rc;
}

static int fetch(struct call *c, json_t **hits, json_t **first)
{
	int rc = 1;
	for (int tries = 0; rc == 1 && tries < 10; tries++) {
		json_decref(*hits);
		json_decref(*first);
		*hits = json_array();
		*first = NULL;
		rc = fetch_pages(c, *hits, first);
	}
	return rc == 1 ? refuse(c, "the index", "changes faster than it can be read", "run it again later: nothing is lost") : rc ? call_failed(c) : 0;
}

static void take_params(struct call *c, const json_t *watch, const json_t *index, char since[32])
{
	size_t i;
	json_t *p;
	bool same = json_equal(json_object_get(watch, "index"), index);
	c->n_params = 0;
	json_array_foreach(json_object_get(watch, "params"), i, p)
		if (i % 2 == 0 && json_array_get(json_object_get(watch, "params"), i + 1))
			call_param(c, json_string_value(p), json_string_value(json_array_get(json_object_get(watch, "params"), i + 1)));
	snprintf(since, 32, "%lld", same ? (long long)json_integer_value(json_object_get(watch, "revision")) : 0);
	call_param_again(c, "since", since, false);
	call_param_again(c, "stories", "1", false);
	call_param_again(c, "sort", "newest", false);
	call_param_again(c, "limit", "1000", false);
}

static bool told(const json_t *stories, const json_t *story)
{
	size_t i;
	json_t *s;
	json_array_foreach(stories, i, s) if (json_equal(s, story)) return true;
	return false;
}

static void put_new(const struct call *c, const char *name, const json_t *hits, json_t *stories, long long *n)
{
	size_t i;
	json_t *hit;
	long long rank = 0;
	json_array_foreach(hits, i, hit) {
		json_t *story = json_object_get(json_object_get(hit, "story"), "id");
		if (story && told(stories, story))
			continue;
		if (story)
			json_array_append(stories, story);
		if (rank++ == 0 && !c->csv && !c->json && !c->files && !c->bibtex) {
			style_on(STYLE_BOLD);
			put_text(name);
			style_off();
			put_raw("\n\n");
		}
		char *z = c->json ? json_dumps(hit, JSON_COMPACT) : NULL;
		if (c->files)
			paths_put(c->files, hit);
		else if (c->bibtex)
			bibtex_hit(hit);
		else if (z)
			put_json(z, strlen(z));
		else if (c->csv)
			csv_hit(hit);
		else
			put_hit(c, hit, rank);
		free(z);
	}
	*n += rank;
}

static int run_one(struct call *c, const char *name, json_t *watch, long long *n)
{
	json_t *status = NULL, *hits = NULL, *first = NULL;
	char since[32];
	int rc = dossier_json(c->daemon, "GET", "/v1/status", NULL, &status) ? call_failed(c) : 0;
	if (rc == 0) {
		take_params(c, watch, json_object_get(status, "index"), since);
		rc = fetch(c, &hits, &first);
	}
	if (rc == 0) {
		put_new(c, name, hits, json_object_get(watch, "stories"), n);
		json_object_set(watch, "revision", json_object_get(first, "revision"));
		json_object_set(watch, "index", json_object_get(first, "index"));
	}
	json_decref(status);
	json_decref(hits);
	json_decref(first);
	return rc;
}

static int run(struct call *c, struct watches *w)
{
	const char *name, *only = c->n_words > 1 ? c->words[1] : NULL;
	json_t *watch;
	struct paths files;
	long long n = 0;
	int rc = 0;
	if (only && !json_object_get(w->all, only))
		return refuse(c, only, "no watch of this name", "try: dossier watch list");
	if (c->csv)
		csv_hit_head();
	if ((rc = paths_begin(c, &files)) != 0)
		return rc;
	json_object_foreach(w->all, name, watch) if (rc == 0 && (!only || strcmp(only, name) == 0)) rc = run_one(c, name, watch, &n);
	paths_end(c, &files);
	if (rc == 0 && fflush(stdout) != 0)
		rc = EXIT_REFUSED; /* what nobody could read is not told: the state stays as it was */
	if (rc == 0)
		rc = save(c, w);
	if (rc == 0 && n == 0 && isatty(STDERR_FILENO)) /* a timer wants silence */
		say(c, json_object_size(w->all) ? "Nothing new." : "Nothing is watched: dossier watch add NAME QUERY…");
	return rc ? rc : n ? EXIT_FOUND : EXIT_NOTHING;
}

static int list(const struct watches *w)
{
	const char *name;
	json_t *watch, *p;
	size_t i;
	json_object_foreach(w->all, name, watch) {
		put_cells(name, 20);
		json_array_foreach(json_object_get(watch, "params"), i, p) {
			put_raw(i % 2 ? "=" : " ");
			put_text(json_string_value(p));
		}
		put_raw("\n");
	}
	return json_object_size(w->all) ? EXIT_FOUND : EXIT_NOTHING;
}

static int drop(const struct call *c, struct watches *w)
{
	if (json_object_del(w->all, c->words[1]) != 0)
		return refuse(c, c->words[1], "no watch of this name", "try: dossier watch list");
	return save(c, w);
}

int cmd_watch(struct call *c)
{
	const char *what = c->n_words ? c->words[0] : "";
	struct watches w = {0};
	int rc = EXIT_USAGE;
	bool adds = strcmp(what, "add") == 0 && c->n_words >= 2, runs = strcmp(what, "run") == 0 && c->n_words <= 2;
	bool lists = strcmp(what, "list") == 0 && c->n_words == 1, drops = strcmp(what, "remove") == 0 && c->n_words == 2;
	if (!adds && !runs && !lists && !drops) {
		complain(c, "takes add NAME QUERY…, run [NAME], list, or remove NAME");
		advise(0, "try: dossier watch --help");
	} else if ((rc = load(c, &w)) == 0)
		rc = adds ? add(c, &w) : runs ? run(c, &w) : lists ? list(&w) : drop(c, &w);
	json_decref(w.all);
	free(w.path);
	return rc;
}
