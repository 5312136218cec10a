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
	     {"all", offsetof(struct call, all)},         {"dropped", offsetof(struct call, dropped)}, {"no-wait", offsetof(struct call, no_wait)},
	     {"watch", offsetof(struct call, watch)},     {"failed", offsetof(struct call, failed)},
	     {"leaders", offsetof(struct call, leaders)}};

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

static int unknown_option(const char *typed, enum command c)
{
	const char *near = strncmp(typed, "--", 2) == 0 ? nearest_option(typed + 2, c) : NULL;
	char safe[64];
	fprintf(stderr, "dossier %s: no option %s", command_rows[c].name, printable_z(safe, sizeof safe, typed));
	if (near)
		fprintf(stderr, "; did you mean --%s?", near);
	fprintf(stderr, "\nWhat there is: dossier %s --help. A word that begins with a dash goes behind --: dossier %s -- %s\n", command_rows[c].name,
		command_rows[c].name, safe);
	return EXIT_USAGE;
}

static int bad_option(const struct option_row *o, enum command c, const char *what)
{
	fprintf(stderr, "dossier %s: --%s %s%s: %s\n", command_rows[c].name, o->long_name, what, o->argument ? o->argument : "", o->summary);
	return EXIT_USAGE;
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
		return unknown_option(typed, c->command);
	if (!o->argument && value)
		return bad_option(o, c->command, "takes no value");
	if (strcmp(o->long_name, "help") == 0)
		return help_command(c->command), -1;
	if (strcmp(o->long_name, "version") == 0)
		return puts("dossier " DOSSIER_VERSION), -1;
	if (!o->argument)
		return set_flag(c, o), 0;
	if (!value && p->at == p->argc)
		return bad_option(o, c->command, "needs ");
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
	char safe[64];
	printable_z(safe, sizeof safe, word);
	fprintf(stderr, "dossier: no command '%s'", safe);
	if (near)
		fprintf(stderr, "; did you mean '%s'?", near);
	if (word[0] == '-')
		fprintf(stderr, "\nOptions go behind the command: dossier search %s …; all commands: dossier help\n", safe);
	else
		fprintf(stderr, "\nTo search for it: dossier search %s; all commands: dossier help\n", safe);
	return EXIT_USAGE;
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

static int check_color(const struct call *c)
{
	if (!c->color || strcmp(c->color, "auto") == 0 || strcmp(c->color, "always") == 0 || strcmp(c->color, "never") == 0)
		return 0;
	fprintf(stderr, "dossier: --color takes auto, always or never\n");
	return EXIT_USAGE;
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
	if (rc == 0 && (rc = check_color(&c)) == 0) {
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
