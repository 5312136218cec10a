/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier sources, dossier remove: what is watched, and what is to go. */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name, what it holds, how it goes; where it is on a line of its own, unless the first has room. */
static void put_source(const json_t *s)
{
	bool beside = output_width() >= 100;
	style_on(STYLE_BOLD);
	put_cells(get(s, "name"), output_width() < 60 ? output_width() : 20);
	style_off();
	if (output_width() < 60)
		put_raw("\n   ");
	put_count(number(s, "files"), 9);
	put_raw(" files");
	put_count(number(s, "documents"), 9);
	put_raw(" articles ");
	put_text(get(s, "state"));
	put_raw(beside ? "  " : "\n    ");
	wrap_begin(4, 4);
	wrap_unbounded();
	wrap_whole(get(s, "path"), STYLE_PLAIN);
	wrap_end();
	if (!*get(s, "problem"))
		return;
	put_blanks(4);
	wrap_begin(4, 4);
	wrap_text(get(s, "problem"), STYLE_PLAIN);
	wrap_end();
}

int cmd_sources(struct call *c)
{
	json_t *answer = NULL, *s;
	int rc = call_get_json(c, "/v1/sources", &answer);
	const json_t *list = json_object_get(answer, "sources");
	size_t i;
	if (rc == 0 && c->csv)
		put_raw("name,path,state,files,documents\n");
	json_array_foreach(list, i, s) {
		long long files = json_integer_value(json_object_get(s, "files")), docs = json_integer_value(json_object_get(s, "documents"));
		if (c->csv) {
			csv_field(get(s, "name"), false);
			csv_field(get(s, "path"), false);
			csv_field(get(s, "state"), false);
			csv_number(files, false);
			csv_number(docs, true);
		} else if (!c->json) {
			put_source(s);
		}
	}
	if (rc == 0 && i == 0)
		say(c, "Nothing is watched yet: dossier add ~/articles");
	json_decref(answer);
	return rc ? rc : i ? EXIT_FOUND : EXIT_NOTHING;
}

/* The source that is this folder or bears this name; new, or NULL. */
static char *source_named(const json_t *sources, const char *word)
{
	char full[PATH_MAX];
	const char *path = realpath(word, full);
	size_t i;
	json_t *s;
	json_array_foreach(json_object_get(sources, "sources"), i, s)
		if ((path && strcmp(get(s, "path"), path) == 0) || strcmp(get(s, "name"), word) == 0) return strdup(get(s, "name"));
	return NULL;
}

/* A file below a source has the id <source>/<path below it>. */
static char *id_of_path(const json_t *sources, const char *word)
{
	char full[PATH_MAX], *id = NULL;
	const char *path = realpath(word, full);
	size_t i;
	json_t *s;
	json_array_foreach(json_object_get(sources, "sources"), i, s) {
		size_t n = strlen(get(s, "path"));
		if (path && strncmp(path, get(s, "path"), n) == 0 && path[n] == '/' && asprintf(&id, "%s/%s", get(s, "name"), path + n + 1) >= 0)
			return id;
	}
	return strdup(word);
}

static int remove_one(struct call *c, const json_t *sources, const char *word)
{
	char *name = source_named(sources, word), *id = name ? NULL : id_of_path(sources, word), *path;
	path = name ? strdup("/v1/sources") : call_doc_path(id, "");
	const char *params[] = {"name", name, NULL};
	int rc = dossier_request(c->daemon, "DELETE", path, name ? params : NULL, NULL, NULL, 0, NULL, NULL);
	if (rc == 0)
		say(c, name ? "source %s and its documents removed" : "%s removed", name ? name : id);
	free(name);
	free(id);
	free(path);
	if (rc == 0)
		return EXIT_FOUND;
	int status = dossier_status(c->daemon);
	rc = call_failed(c);
	return status == 404 ? EXIT_NOTHING : rc;
}

int cmd_remove(struct call *c)
{
	json_t *sources = NULL;
	int worst = 0;
	if (c->n_words == 0) {
		complain(c, "takes IDs, files, or sources (by name or folder)");
		return advise(EXIT_USAGE, "try: dossier sources");
	}
	if (dossier_json(c->daemon, "GET", "/v1/sources", NULL, &sources) != 0)
		return call_failed(c);
	for (size_t i = 0; i < c->n_words; i++) {
		int rc = remove_one(c, sources, c->words[i]);
		if (rc > worst)
			worst = rc;
	}
	json_decref(sources);
	return worst;
}
