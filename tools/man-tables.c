/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * man-tables < man/dossier.1.scd | scdoc > dossier.1
 *
 * Puts the tables of the program into its manual, so that no page can say what no table says. A line of the source that is
 * one of these words becomes scdoc text made from the .def file:
 *
 *	@commands @settings @routes @parameters @errors
 */
#include "client/help.h"

#include <stdio.h>
#include <string.h>

static void put(const char *z)
{
	for (; z && *z; z++) {
		if (strchr("*_\\", *z))
			putchar('\\');
		putchar(*z);
	}
}

static void definition(const char *term, const char *more, const char *text)
{
	printf("*");
	put(term);
	printf("*");
	if (more && *more) {
		printf(" _");
		put(more);
		printf("_");
	}
	printf("\n\t");
	put(text);
	printf("\n\n");
}

static const struct {
	const char *long_name, *argument, *summary;
	unsigned where;
	char short_name;
} options[] = {
#define OPTION(long_name, short_name, argument, where, parameter, summary) {long_name, argument, summary, where, short_name},
#include "client/options.def"
};

/* Those of one command (mask), without those of all; or, with IN_ALL, just these. */
static void put_options(unsigned mask)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		char term[64];
		if (!(options[i].where & mask) || (options[i].where == IN_ALL) != (mask == IN_ALL))
			continue;
		if (options[i].short_name)
			snprintf(term, sizeof term, "-%c, --%s", options[i].short_name, options[i].long_name);
		else
			snprintf(term, sizeof term, "--%s", options[i].long_name);
		definition(term, options[i].argument, options[i].summary);
	}
}

static void put_examples(int command)
{
#define EXAMPLE(name, line, what) \
	if (COMMAND_##name == command) { \
		put(what); \
		printf(":\n\n```\n%s\n```\n\n", line); \
	}
#include "client/options.def"
}

static void commands(void)
{
#define COMMAND(name, arguments, summary) \
	printf("## dossier " #name " "); \
	put(arguments); \
	printf("\n\n"); \
	put(summary); \
	printf(".\n\n"); \
	put_options(1u << COMMAND_##name); \
	put_examples(COMMAND_##name);
#include "client/options.def"
	printf("## Options of every command\n\n");
	put_options(IN_ALL);
}

#define WHEN_LIVE  ""
#define WORD_true  "yes"
#define WORD_false "no"
#define WHEN_START " A change waits for a restart."

static void number(const char *key, const char *when, const char *unit, unsigned long long dflt, unsigned long long least, unsigned long long most, const char *what)
{
	char text[512];
	snprintf(text, sizeof text, "%s. From %llu to %llu%s%s; default %llu.%s", what, least, most, *unit ? " " : "", unit, dflt, when);
	if (strcmp(unit, "octal") == 0)
		snprintf(text, sizeof text, "%s. Octal, from %llo to %llo; default %llo.%s", what, least, most, dflt, when);
	definition(key, "N", text);
}

static void settings(void)
{
#define NUMBER(field, key, when, unit, dflt, least, most, what) number(key, WHEN_##when, unit, dflt, least, most, what);
#define SWITCH(field, key, when, dflt, what) definition(key, "yes|no", what ". Default: " WORD_##dflt "." WHEN_##when);
#define PATH(field, key, when, what) definition(key, "PATH", what "." WHEN_##when);
#define LIST(field, key, when, what) definition(key, "VALUE", what ". May be given again." WHEN_##when);
#include "daemon/config.def"
}

static void routes(void)
{
#define ROUTE(method, path, who, may, body, parameters, what) definition(#method " " path, NULL, what);
#include "daemon/routes.def"
}

enum { ROUTE_SEARCH, ROUTE_FACETS, ROUTE_TIMELINE, ROUTE_WHO, ROUTE_MEETINGS, ROUTE_SUGGEST, ROUTE_LEADERS, ROUTE_DOC, ROUTE_SIMILAR, ROUTES };
static const char *const route_names[] = {"search", "facets", "timeline", "who", "meetings", "suggest", "leaders", "docs/{id}", "docs/{id}/similar"};

static void parameter(const char *name, unsigned where, const char *allowed)
{
	char text[600] = "";
	for (int i = 0; i < ROUTES; i++)
		if (where & (1u << i))
			snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? ", " : "", route_names[i]);
	snprintf(text + strlen(text), sizeof text - strlen(text), ": %s", allowed);
	definition(name, NULL, text);
}

static void parameters(void)
{
#define R(x) (1u << ROUTE_##x)
#define PARAM(name, where, kind, allowed) parameter(#name, where, allowed);
#include "index/query/params.def"
}

static void errors(void)
{
	char text[320];
#define ERR(name, code, status, title, advice) \
	snprintf(text, sizeof text, "%d: %s: %s.", status, title, advice); \
	definition(code, NULL, text);
#include "base/errors.def"
}

int main(void)
{
	static const struct {
		const char *word;
		void (*print)(void);
	} tables[] = {{"@commands\n", commands}, {"@settings\n", settings}, {"@routes\n", routes}, {"@parameters\n", parameters}, {"@errors\n", errors}};
	char line[4096];
	while (fgets(line, sizeof line, stdin)) {
		size_t i = 0;
		while (i < sizeof tables / sizeof *tables && strcmp(line, tables[i].word) != 0)
			i++;
		if (i < sizeof tables / sizeof *tables)
			tables[i].print();
		else
			fputs(line, stdout);
	}
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
