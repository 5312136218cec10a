/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help, made from options.def; and the nearest word to one that is unknown. */
#include "client/help.h"

#include "base/edits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command_row command_rows[] = {
#define COMMAND(name, arguments, summary) {#name, arguments, summary},
#include "client/options.def"
};

const struct option_row option_rows[] = {
#define OPTION(long_name, short_name, argument, where, parameter, summary) {long_name, parameter, argument, summary, where, short_name, false},
#define FILTER(long_name, short_name, argument, where, parameter, summary) {long_name, parameter, argument, summary, where, short_name, true},
#include "client/options.def"
};
const size_t n_option_rows = sizeof option_rows / sizeof option_rows[0];

static const struct refused_row refused_rows[] = {
#define REFUSED(command, option, why, instead) {COMMAND_##command, option, why, instead},
#include "client/options.def"
};

static const struct {
	enum command command;
	const char *line, *what;
} examples[] = {
#define EXAMPLE(command, line, what) {COMMAND_##command, line, what},
#include "client/options.def"
};

/* Columns of our own words: no wide characters are in the table. */
static size_t columns(const char *z)
{
	size_t n = 0;
	for (; *z; z++)
		n += ((unsigned char)*z & 0xC0) != 0x80;
	return n;
}

static void pad(size_t from, size_t to) { printf("%*s", (int)(to > from ? to - from : to > 0), ""); }

/* Words from column `at` on, broken before column 80. */
static void print_words(const char *z, size_t at)
{
	size_t column = at;
	while (*z) {
		size_t n = strcspn(z, " ");
		char word[128];
		snprintf(word, sizeof word, "%.*s", (int)n, z);
		if (column > at && column + 1 + columns(word) > 79) {
			putchar('\n');
			pad(0, at);
			column = at;
		}
		column += (size_t)printf("%s", column > at ? " " : "") + columns(word);
		fputs(word, stdout);
		z += n + (z[n] == ' ');
	}
	putchar('\n');
}

void help_all(void)
{
	puts("dossier – ask an archive of news who met whom, when\n\nUsage: dossier COMMAND [OPTION…] [WORD…]\n");
	for (int i = 0; i < COMMAND_COUNT_; i++) {
		printf("  %-11s%s", command_rows[i].name, command_rows[i].arguments);
		pad(13 + columns(command_rows[i].arguments), 34);
		print_words(command_rows[i].summary, 34);
	}
	puts("\ndossier COMMAND --help tells more and gives examples.\nThe daemon is dossierd(8); where none runs, dossier status tells what to do.");
}

static void print_option(const struct option_row *o)
{
	char left[64];
	snprintf(left, sizeof left, "%c%c%c --%s%s%s", o->short_name ? '-' : ' ', o->short_name ? o->short_name : ' ', o->short_name ? ',' : ' ', o->long_name,
		 o->argument ? " " : "", o->argument ? o->argument : "");
	printf("  %-24s ", left);
	print_words(o->summary, 27);
}

void help_command(enum command c)
{
	printf("dossier %s %s\n\n", command_rows[c].name, command_rows[c].arguments);
	print_words(command_rows[c].summary, 0);
	puts("\nOptions:");
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].where & (1u << c))
			print_option(&option_rows[i]);
	if (strstr(command_rows[c].arguments, "QUERY"))
		puts("\nA query: moscow visit (both words), \"a phrase\", -without, pre*, a NEAR/5 b,\n"
		     "(a OR b) AND c, title:summit, leader:putin, published:2015..2016.\n"
		     "All of it is told in dossier-query(7).");
	puts("\nExamples:");
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
		if (examples[i].command == c)
			printf("  %s\n        %s\n", examples[i].line, examples[i].what);
}

void consider(const char *typed, const char *known, const char **best, size_t *least)
{
	size_t d = edits_between(span_of(typed), span_of(known), 4);
	if (strncmp(typed, known, strlen(typed)) == 0 && strlen(typed) >= 2)
		d = 1;
	if (d < *least)
		*least = d, *best = known;
}

const char *nearest_command(const char *typed)
{
	const char *best = NULL;
	size_t least = TOO_FAR;
	for (int i = 0; i < COMMAND_COUNT_; i++)
		consider(typed, command_rows[i].name, &best, &least);
	return best;
}

const char *nearest_option(const char *typed, enum command c)
{
	const char *best = NULL;
	size_t least = TOO_FAR;
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].where & (1u << c))
			consider(typed, option_rows[i].long_name, &best, &least);
	return best;
}

const struct refused_row *refused_option(const char *typed, size_t n, enum command c)
{
	for (size_t i = 0; i < sizeof refused_rows / sizeof refused_rows[0]; i++)
		if (refused_rows[i].command == c && strlen(refused_rows[i].option) == n && strncmp(refused_rows[i].option, typed, n) == 0)
			return &refused_rows[i];
	return NULL;
}
