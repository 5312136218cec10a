/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --format paths0: the files of the hits, each ended by a zero byte, for xargs -0. A hit tells its path below a source; which source
 * is told by its name, else by where such a file is. At a terminal each stands on a line, made safe. A file with many documents is named once for each hit of it in a row.
 */
#include "client/paths.h"

#include "client/member.h"
#include "client/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file of a hit below one source, new; NULL if there is none. A source may be one file itself. */
static char *below(const json_t *source, const char *path)
{
	const char *root = get(source, "path"), *slash = strrchr(root, '/');
	char *full = NULL;
	if (*root && slash && strcmp(slash + 1, path) == 0 && access(root, F_OK) == 0)
		return strdup(root);
	if (asprintf(&full, "%s/%s", root, path) < 0)
		abort();
	if (*root && access(full, F_OK) == 0)
		return full;
	free(full);
	return NULL;
}

static char *file_of(const json_t *sources, const json_t *hit)
{
	size_t i;
	json_t *s;
	char *full = NULL;
	if (!*get(hit, "path"))
		return NULL;
	for (int any = 0; any < 2; any++)
		json_array_foreach(sources, i, s) {
			size_t n = strlen(get(s, "name"));
			bool named = strcmp(get(s, "name"), get(hit, "source")) == 0 || (strncmp(get(hit, "id"), get(s, "name"), n) == 0 && get(hit, "id")[n] == '/');
			if ((any || named) && (full = below(s, get(hit, "path"))))
				return full;
		}
	return NULL;
}

int paths_begin(struct call *c, struct paths *p)
{
	json_t *answer = NULL;
	*p = (struct paths){0};
	if (!c->paths)
		return 0;
	if (dossier_json(c->daemon, "GET", "/v1/sources", NULL, &answer) != 0)
		return call_failed(c);
	p->sources = json_incref(json_object_get(answer, "sources"));
	json_decref(answer);
	c->files = p;
	return 0;
}

void paths_put(struct paths *p, const json_t *hit)
{
	char *file = file_of(p->sources, hit);
	bool again = file && p->last && strcmp(file, p->last) == 0;
	if (file && !again && output_is_terminal()) {
		put_text(file);
		put_raw("\n");
	} else if (file && !again) {
		fwrite(file, 1, strlen(file) + 1, stdout);
	}
	p->without += !file;
	free(p->last);
	p->last = file;
}

void paths_end(struct call *c, struct paths *p)
{
	if (p->without)
		say(c, "%zu of them came from no file that is there (pushed, or the file is gone)", p->without);
	free(p->last);
	json_decref(p->sources);
	c->files = NULL;
}
