/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command does: parameters in, one request out, and words for what went wrong. */
#include "client/client.h"
#include "client/help.h"
#include "client/output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void how_to_start(const char *socket_path)
{
	bool booted = access("/run/systemd/system", F_OK) == 0;
	fputs("Is dossierd running? Start it in another terminal:  dossierd\n", stderr);
	if (booted)
		fputs("                       or as a service of yours:   systemctl --user start dossierd\n"
		      "                       or for the whole machine:   sudo systemctl start dossierd\n",
		      stderr);
	if (!getenv("DOSSIER_SOCKET") && access(socket_path, F_OK) != 0)
		fputs("Does it listen elsewhere? Name its socket with --socket PATH or DOSSIER_SOCKET.\n", stderr);
}

/* No connection came about: what to do depends on what lies at the path. */
static int advise_unreachable(const struct call *c)
{
	const char *path = dossier_socket(c->daemon);
	if (strlen(path) > 107)
		fputs("Name a shorter one with --socket PATH or DOSSIER_SOCKET.\n", stderr);
	else if (access(path, F_OK) == 0 && access(path, W_OK) != 0)
		fputs("You may not write to this socket. For the system's: sudo adduser $USER dossier, then log in again.\n", stderr);
	else
		how_to_start(path);
	return EXIT_UNREACHABLE;
}

static void say_candidates(const json_t *problem)
{
	const json_t *list = json_object_get(problem, "candidates");
	size_t i, widest = 0;
	json_t *one;
	char id[128], name[256];
	if (json_array_size(list))
		fputs("Did you mean:\n", stderr);
	json_array_foreach(list, i, one) {
		const char *z = json_string_value(json_object_get(one, "id"));
		widest = z && strlen(z) > widest ? strlen(z) : widest;
	}
	json_array_foreach(list, i, one) {
		const char *z = json_string_value(json_object_get(one, "id")), *known_as = json_string_value(json_object_get(one, "name"));
		printable_z(id, sizeof id, z ? z : "?");
		printable_z(name, sizeof name, known_as ? known_as : "");
		fprintf(stderr, "  %-*s  %s\n", (int)(widest < 40 ? widest : 40), id, name);
	}
}

static void print_problem(const struct call *c)
{
	char *z = c->json && dossier_problem(c->daemon) ? json_dumps(dossier_problem(c->daemon), JSON_COMPACT) : NULL;
	if (z)
		put_json(z, strlen(z));
	free(z);
}

/* A complaint about a parameter ("date_match=x: allowed is …") names the option that set it. */
static void say_error(const struct call *c)
{
	const char *words = dossier_error(c->daemon), *eq = strchr(words, '=');
	for (size_t i = 0; eq && dossier_status(c->daemon) == 400 && i < n_option_rows; i++) {
		const struct option_row *o = &option_rows[i];
		if (o->parameter && (o->where & (1u << c->command)) && strlen(o->parameter) == (size_t)(eq - words) && strncmp(o->parameter, words, strlen(o->parameter)) == 0) {
			fprintf(stderr, "--%s ", o->long_name);
			say(eq + 1);
			return;
		}
	}
	say(words);
}

int call_failed(const struct call *c)
{
	fputs("dossier: ", stderr);
	say_error(c);
	fputc('\n', stderr);
	print_problem(c);
	if (dossier_last_code(c->daemon) == DOSSIER_UNREACHABLE)
		return advise_unreachable(c);
	if (dossier_last_code(c->daemon) != DOSSIER_REFUSED) {
		fputs("What is it doing? dossier status; its log says more (journalctl --user -u dossierd, or the terminal where it runs).\n", stderr);
		return EXIT_REFUSED;
	}
	if (dossier_problem(c->daemon))
		say_candidates(dossier_problem(c->daemon));
	return dossier_status(c->daemon) == 400 ? EXIT_USAGE : EXIT_REFUSED;
}

static void say_emptied(const json_t *e)
{
	const char *filter = json_string_value(json_object_get(e, "filter")), *value = json_string_value(json_object_get(e, "value"));
	const json_t *near = json_object_get(e, "nearest");
	const char *from = json_string_value(json_object_get(near, "from")), *to = json_string_value(json_object_get(near, "to"));
	fprintf(stderr, "  without ");
	say(filter ? filter : "?");
	fputc(' ', stderr);
	say(value ? value : "");
	fprintf(stderr, ": %lld", (long long)json_integer_value(json_object_get(e, "without")));
	if (from && to) {
		fprintf(stderr, "; nearest dates with any: ");
		say(from);
		fputs(" to ", stderr);
		say(to);
	}
	fputc('\n', stderr);
}

void call_say_empty(const json_t *query)
{
	const json_t *list = json_object_get(query, "emptied");
	size_t i;
	json_t *e;
	if (json_array_size(list))
		fputs("Nothing is left of what was found:\n", stderr);
	json_array_foreach(list, i, e) say_emptied(e);
}

int call_get_json(struct call *c, const char *path, json_t **out)
{
	char *body = NULL;
	size_t n = 0;
	*out = NULL;
	if (dossier_request(c->daemon, "GET", path, c->params, NULL, NULL, 0, &body, &n) != 0)
		return call_failed(c);
	if (c->json)
		put_json(body, n);
	*out = json_loadb(body, n, JSON_ALLOW_NUL, NULL);
	free(body);
	if (*out)
		return 0;
	fputs("dossier: ", stderr);
	say(dossier_socket(c->daemon));
	fputs(": the answer is no JSON; is this a dossierd of the same version? dossier api GET /v1/status\n", stderr);
	return EXIT_REFUSED;
}
