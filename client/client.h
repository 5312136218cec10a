/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands share. main.c parses the words by options.def into a struct call and runs cmd_<name>(), which asks through
 * libdossier and prints through output.h. A command returns the exit status: 0 found, 1 nothing, 2 wrong usage, 3 no daemon, 4 refused.
 */
#ifndef DOSSIER_CLIENT_H
#define DOSSIER_CLIENT_H

#include <dossier.h>
#include <stdbool.h>
#include <stdio.h>

enum exit_status { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3, EXIT_REFUSED = 4 };

enum command {
#define COMMAND(name, arguments, summary) COMMAND_##name,
#include "client/options.def"
	COMMAND_COUNT_
};

struct call {
	enum command command;
	const char **words; /* what is not an option, ended by NULL */
	size_t n_words;
	const char **params; /* request parameters made from options: key, value, …, NULL; has room for more, see call_param */
	size_t n_params, cap_params;
	struct dossier *daemon;
	struct paths *files; /* hits are printed as names of files (paths.h); else NULL */
	/* options that are no request parameters */
	const char *socket, *color, *name, *batch, *format, *named, *zoom;
	bool json, csv, paths, bibtex, quiet, no_pager, hyperlink, explain, all, dropped, no_wait, on, off, watch, failed, leaders, matrix;
};

void call_param(struct call *c, const char *key, const char *value);       /* borrowed */
void call_param_again(struct call *c, const char *key, const char *value, bool repeats); /* unless it repeats, the last one given counts */
void call_param_drop(struct call *c, const char *key);                     /* all of this name */
const char *call_get(const struct call *c, const char *key);               /* the last value, or NULL */
void call_words_are_leaders(struct call *c);                               /* as if each word had --leader before it */
char *call_doc_path(const char *id, const char *rest);                     /* "/v1/docs/<id, encoded>" + rest; new */
char *call_query(const struct call *c);                                    /* words joined by blanks; new; "" when there are none */
/* One request, a GET, with the call's parameters. With --json it prints the answer as it came; the command then prints nothing. *out is new. Returns 0 or an exit status > 0. */
int call_json(struct call *c, const char *method, const char *path, json_t **out);
int call_get_json(struct call *c, const char *path, json_t **out);

#define SEND_MAX (64 << 20)             /* bytes of one document: what the daemon takes by default */
char *read_all(FILE *from, size_t *n); /* everything, ended by a NUL that n does not count; new. NULL: more than SEND_MAX */

#define COMMAND(name, arguments, summary) int cmd_##name(struct call *c);
#include "client/options.def"

#endif
