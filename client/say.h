/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes to standard error. An error is two calls: complain() says what happened to which thing, advise() what to do; a test
 * holds every complaint to its advice. Everything is made safe for a terminal here.
 *
 *	complain(c, "%s: %s", path, strerror(errno));
 *	return advise(EXIT_REFUSED, "is the name spelt right?");
 *
 *	dossier add: /no/such: No such file or directory
 *	  is the name spelt right?
 *
 * A line "  try: dossier …" is a command that leads on as it stands; scripts and tests may run it.
 */
#ifndef DOSSIER_CLIENT_SAY_H
#define DOSSIER_CLIENT_SAY_H

#include "client/client.h"

#define SAYS(f, a) __attribute__((format(printf, f, a)))

void complain(const struct call *c, const char *fmt, ...) SAYS(2, 3); /* c NULL: before a command is known */
int advise(int status, const char *fmt, ...) SAYS(2, 3);              /* returns the status */
void say(const struct call *c, const char *fmt, ...) SAYS(2, 3);      /* a remark, a line; nothing with --quiet */
void hint(const struct call *c, const char *fmt, ...) SAYS(2, 3);     /* "  try: " and the rest; nothing with --quiet */

const char *quoted(char *buf, size_t size, const char *z);            /* as a word for the shell; returns buf */
/* A command with the options of this one that it takes, and other words for the query, as a line for the shell; new. */
char *call_line(const struct call *c, enum command command, const char *query);

/* Says what went wrong with the daemon and what to do; returns the exit status. With --json the refusal goes to standard output, too. */
int call_failed(const struct call *c);
int advise_unreachable(const struct call *c);       /* nobody listens at the socket: what to do (start.c) */
const char *journal_of(const char *socket_path);    /* where its log is to be read: a command, or words */
void call_say_truncated(const struct call *c, const json_t *answer); /* what the daemon left out of it, and why */
/* Says which filter emptied an answer, and the nearest dates with something; whether any was told. */
bool call_say_empty(const struct call *c, const json_t *query);
void say_nothing(const struct call *c);             /* nothing was found: what there is, or how to fill an index that is empty */

#endif
