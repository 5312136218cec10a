/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command does: parameters in, one request out, and words for what went wrong. */
#include "client/client.h"
#include "client/output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void call_param(struct call *c, const char *key, const char *value)
{
	if (c->n_params + 3 > c->cap_params) {
		size_t cap = c->cap_params ? c->cap_params * 2 : 32;
		const char **p = realloc(c->params, cap * sizeof *p);
		if (!p)
			abort();
		c->params = p;
		c->cap_params = cap;
	}
	c->params[c->n_params++] = key;
	c->params[c->n_params++] = value;
	c->params[c->n_params] = NULL;
}

const char *call_get(const struct call *c, const char *key)
{
	const char *value = NULL;
	for (size_t i = 0; i + 1 < c->n_params; i += 2)
		if (strcmp(c->params[i], key) == 0)
			value = c->params[i + 1];
	return value;
}

char *call_doc_path(const char *id, const char *rest)
{
	char *path = malloc(strlen("/v1/docs/") + strlen(id) * 3 + strlen(rest) + 1), *p = path;
	if (!path)
		abort();
	p += sprintf(p, "/v1/docs/");
	for (; *id; id++)
		p += isalnum((unsigned char)*id) || strchr("-._~", *id) ? sprintf(p, "%c", *id) : sprintf(p, "%%%02X", (unsigned char)*id);
	strcpy(p, rest);
	return path;
}

char *call_query(const struct call *c)
{
	size_t room = 1;
	for (size_t i = 0; i < c->n_words; i++)
		room += strlen(c->words[i]) + 1;
	char *q = malloc(room), *p = q;
	if (!q)
		abort();
	for (size_t i = 0; i < c->n_words; i++)
		p += sprintf(p, "%s%s", i ? " " : "", c->words[i]);
	*p = 0;
	return q;
}

static void say(const char *z)
{
	char safe[1200];
	printable_z(safe, sizeof safe, z);
	fputs(safe, stderr);
}

static void how_to_start(void)
{
	fputs("Is dossierd running? Start it for yourself:  systemctl --user start dossierd\n"
	      "                      or in this terminal:  dossierd\n"
	      "The socket of another one: --socket PATH or DOSSIER_SOCKET.\n",
	      stderr);
}

static void say_candidates(const json_t *problem)
{
	const json_t *list = json_object_get(problem, "candidates");
	size_t i;
	json_t *one;
	if (json_array_size(list))
		fputs("Did you mean:\n", stderr);
	json_array_foreach(list, i, one) {
		const char *id = json_string_value(json_object_get(one, "id")), *name = json_string_value(json_object_get(one, "name"));
		fputs("  ", stderr);
		say(id ? id : "?");
		fputs("  ", stderr);
		say(name ? name : "");
		fputc('\n', stderr);
	}
}

int call_failed(const struct call *c)
{
	fputs("dossier: ", stderr);
	say(dossier_error(c->daemon));
	fputc('\n', stderr);
	int status = dossier_status(c->daemon);
	if (dossier_problem(c->daemon))
		say_candidates(dossier_problem(c->daemon));
	if (status)
		return status == 400 ? EXIT_USAGE : EXIT_REFUSED;
	how_to_start();
	return EXIT_UNREACHABLE;
}

int call_get_json(struct call *c, const char *path, json_t **out)
{
	char *body = NULL;
	size_t n = 0;
	*out = NULL;
	if (dossier_request(c->daemon, "GET", path, c->params, NULL, NULL, 0, &body, &n) != 0)
		return call_failed(c);
	if (c->json) {
		fwrite(body, 1, n, stdout);
		putchar('\n');
	}
	*out = json_loadb(body, n, JSON_ALLOW_NUL, NULL);
	free(body);
	if (*out)
		return 0;
	fprintf(stderr, "dossier: the daemon's answer is no JSON; is it of another version? (dossier status)\n");
	return EXIT_REFUSED;
}
