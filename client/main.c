/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier: words into a struct call, by the rows of options.def; then the command.
 *
 *	dossier search -l putin "arms deal"   →   {search, params: leader=putin, words: "arms deal"}   →   cmd_search()
 *
 * Options may stand anywhere; -- ends them. A query may begin with a dash after a word ("-brexit" inside quotes or after --).
 */
#include "client/client.h"
#include "client/complete.h"
#include "client/help.h"
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct call *c;
	char **argv;
	int argc, at;
};

static const struct {
	const char *name;
	size_t offset;
} flags[] = {{"json", offsetof(struct call, json)},       {"csv", offsetof(struct call, csv)},         {"quiet", offsetof(struct call, quiet)},
	     {"no-pager", offsetof(struct call, no_pager)}, {"hyperlink", offsetof(struct call, hyperlink)}, {"explain", offsetof(struct call, explain)},
	     {"all", offsetof(struct call, all)},         {"dropped", offsetof(struct call, dropped)}, {"no-wait", offsetof(struct call, no_wait)}, {"on", offsetof(struct call, on)}, {"off", offsetof(struct call, off)},
	     {"watch", offsetof(struct call, watch)},     {"failed", offsetof(struct call, failed)},
	     {"leaders", offsetof(struct call, leaders)}, {"matrix", offsetof(struct call, matrix)}};

static int find_command(const char *word)
{
	for (int i = 0; i < COMMAND_COUNT_; i++)
		if (strcmp(command_rows[i].name, word) == 0)
			return i;
	return -1;
}

static const struct option_row *find_option(const char *name, size_t n, char short_name, enum command c)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *o = &option_rows[i];
		if (!(o->where & (1u << c)))
			continue;
		if (short_name ? o->short_name == short_name : strlen(o->long_name) == n && strncmp(o->long_name, name, n) == 0)
			return o;
	}
	return NULL;
}

static int unknown_option(const struct call *c, const char *typed)
{
	const char *near = strncmp(typed, "--", 2) == 0 ? nearest_option(typed + 2, c->command) : NULL, *command = command_rows[c->command].name;
	char word[256];
	const struct refused_row *r = strncmp(typed, "--", 2) == 0 ? refused_option(typed + 2, strcspn(typed + 2, "="), c->command) : NULL;
	if (r) {
		complain(c, "dossier %s has no --%s: %s", command, r->option, r->why);
		return advise(EXIT_USAGE, "try: %s", r->instead);
	}
	complain(c, near ? "no option %s; did you mean --%s?" : "no option %s", typed, near);
	advise(0, "try: dossier %s --help", command);
	return advise(EXIT_USAGE, "a word that begins with a dash goes behind --: dossier %s -- %s", command, quoted(word, sizeof word, typed));
}

static int bad_option(const struct call *c, const struct option_row *o, const char *what)
{
	complain(c, "--%s %s%s: %s", o->long_name, what, o->argument ? o->argument : "", o->summary);
	return advise(EXIT_USAGE, "try: dossier %s --help", command_rows[c->command].name);
}

static void set_flag(struct call *c, const struct option_row *o)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(flags[i].name, o->long_name) == 0)
			*(bool *)((char *)c + flags[i].offset) = true;
	if (o->parameter && !call_get(c, o->parameter))
		call_param(c, o->parameter, "1");
}

static void set_value(struct call *c, const struct option_row *o, const char *value)
{
	if (o->parameter)
		call_param_again(c, o->parameter, value, o->repeats);
	else if (strcmp(o->long_name, "socket") == 0)
		c->socket = value;
	else if (strcmp(o->long_name, "color") == 0)
		c->color = value;
	else if (strcmp(o->long_name, "name") == 0)
		c->name = value;
	else if (strcmp(o->long_name, "batch") == 0)
		c->batch = value;
	else if (strcmp(o->long_name, "named") == 0)
		c->named = value;
	else if (strcmp(o->long_name, "zoom") == 0)
		c->zoom = value;
	else if (strcmp(o->long_name, "format") == 0)
		c->format = value;
}

/* One option at argv[at], and its argument where it has one. 0, or an exit status; -1: help or version was printed. */
static int take_option(struct parse *p)
{
	struct call *c = p->c;
	const char *typed = p->argv[p->at++], *eq = NULL, *value = NULL;
	bool is_long = typed[1] == '-';
	const struct option_row *o;
	if (is_long) {
		eq = strchr(typed, '=');
		o = find_option(typed + 2, eq ? (size_t)(eq - typed - 2) : strlen(typed + 2), 0, c->command);
		value = eq ? eq + 1 : NULL;
	} else {
		o = find_option(NULL, 0, typed[1], c->command);
		value = typed[2] ? typed + 2 : NULL;
	}
	if (!o)
		return unknown_option(c, typed);
	if (!o->argument && value)
		return bad_option(c, o, "takes no value");
	if (strcmp(o->long_name, "help") == 0)
		return help_command(c->command), -1;
	if (strcmp(o->long_name, "version") == 0)
		return puts("dossier " DOSSIER_VERSION), -1;
	if (!o->argument)
		return set_flag(c, o), 0;
	if (!value && p->at == p->argc)
		return bad_option(c, o, "needs ");
	set_value(c, o, value ? value : p->argv[p->at++]);
	return 0;
}

static int parse_words(struct parse *p)
{
	bool options = true;
	while (p->at < p->argc) {
		const char *word = p->argv[p->at];
		if (options && strcmp(word, "--") == 0) {
			options = false;
			p->at++;
		} else if (options && word[0] == '-' && word[1]) {
			int rc = take_option(p);
			if (rc)
				return rc;
		} else {
			p->c->words[p->c->n_words++] = word;
			p->at++;
		}
	}
	return 0;
}

static int unknown_command(const char *word)
{
	const char *near = nearest_command(word);
	char safe[256];
	complain(NULL, near ? "no command '%s'; did you mean '%s'?" : "no command '%s'", word, near);
	if (word[0] == '-')
		advise(0, "options go behind the command: dossier search %s …", quoted(safe, sizeof safe, word));
	else
		advise(0, "to search for it: dossier search %s", quoted(safe, sizeof safe, word));
	return advise(EXIT_USAGE, "try: dossier help");
}

static int (*const commands[])(struct call *) = {
#define COMMAND(name, arguments, summary) cmd_##name,
#include "client/options.def"
};

static int first_word(const char *word, const char *next, int *command)
{
	if (strcmp(word, "help") == 0 && next && next[0] != '-') {
		*command = find_command(next);
		return *command < 0 ? unknown_command(next) : (help_command((enum command)*command), -1);
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return help_all(), -1;
	if (strcmp(word, "--version") == 0)
		return puts("dossier " DOSSIER_VERSION), -1;
	*command = find_command(word);
	return *command < 0 ? unknown_command(word) : 0;
}

static bool is_one_of(const char *z, const char *const *list)
{
	while (z && *list && strcmp(z, *list) != 0)
		list++;
	return !z || *list;
}

/* What is for the client alone and takes certain words. */
static int check_values(struct call *c)
{
	static const char *const whens[] = {"auto", "always", "never", NULL}, *const formats[] = {"text", "json", "csv", "paths0", "bibtex", NULL};
	if (!is_one_of(c->color, whens)) {
		complain(c, "--color %s: allowed is auto, always or never", c->color);
		return advise(EXIT_USAGE, "try: dossier %s --help", command_rows[c->command].name);
	}
	if (!is_one_of(c->format, formats)) {
		complain(c, "--format %s: allowed is text, json, csv, paths0 or bibtex", c->format);
		return advise(EXIT_USAGE, "try: dossier %s --help", command_rows[c->command].name);
	}
	c->json = c->json || (c->format && strcmp(c->format, "json") == 0);
	c->csv = c->csv || (c->format && strcmp(c->format, "csv") == 0);
	c->paths = c->format && strcmp(c->format, "paths0") == 0;
	c->bibtex = c->format && strcmp(c->format, "bibtex") == 0;
	return 0;
}

int main(int argc, char **argv)
{
	struct call c = {0};
	int command = 0;
	if (argc < 2)
		return help_all(), EXIT_USAGE;
	if (strcmp(argv[1], "__complete") == 0)
		return complete_words(argc - 2, argv + 2);
	int rc = first_word(argv[1], argv[2], &command);
	if (rc)
		return rc < 0 ? 0 : rc;
	c.command = (enum command)command;
	c.words = calloc((size_t)argc + 1, sizeof *c.words);
	struct parse p = {.c = &c, .argv = argv, .argc = argc, .at = 2};
	rc = c.words ? parse_words(&p) : EXIT_REFUSED;
	if (rc == 0 && (rc = check_values(&c)) == 0) {
		output_begin(&c);
		c.daemon = dossier_new(c.socket);
		rc = c.daemon ? commands[command](&c) : EXIT_REFUSED;
		dossier_free(c.daemon);
		rc = output_end(rc);
	}
	free(c.words);
	free(c.params);
	return rc < 0 ? 0 : rc;
}
