/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command does: parameters in, one request out. */
#include "client/client.h"
#include "client/output.h"
#include "client/say.h"

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

void call_param_again(struct call *c, const char *key, const char *value, bool repeats)
{
	for (size_t i = 0; !repeats && i + 1 < c->n_params; i += 2)
		if (strcmp(c->params[i], key) == 0) {
			c->params[i + 1] = value;
			return;
		}
	call_param(c, key, value);
}

void call_param_drop(struct call *c, const char *key)
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < c->n_params; i += 2)
		if (strcmp(c->params[i], key) != 0) {
			c->params[n++] = c->params[i];
			c->params[n++] = c->params[i + 1];
		}
	c->n_params = n;
	if (c->params)
		c->params[n] = NULL;
}

const char *call_get(const struct call *c, const char *key)
{
	const char *value = NULL;
	for (size_t i = 0; i + 1 < c->n_params; i += 2)
		if (strcmp(c->params[i], key) == 0)
			value = c->params[i + 1];
	return value;
}

void call_words_are_leaders(struct call *c)
{
	for (size_t i = 0; i < c->n_words; i++)
		call_param(c, "leader", c->words[i]);
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

int call_get_json(struct call *c, const char *path, json_t **out) { return call_json(c, "GET", path, out); }

int call_json(struct call *c, const char *method, const char *path, json_t **out)
{
	char *body = NULL;
	size_t n = 0;
	*out = NULL;
	if (dossier_request(c->daemon, method, path, c->params, NULL, NULL, 0, &body, &n) != 0)
		return call_failed(c);
	if (c->json)
		put_json(body, n);
	*out = json_loadb(body, n, JSON_ALLOW_NUL, NULL);
	free(body);
	if (*out)
		return 0;
	complain(c, "%s: the answer is no JSON", dossier_socket(c->daemon));
	return advise(EXIT_REFUSED, "is this a dossierd of the same version? dossier api GET /v1/status");
}
