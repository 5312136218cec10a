/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a child can be. Each role is one function that returns the process's exit status; fd is its channel to the parent. */
#ifndef DOSSIER_DAEMON_ROLES_H
#define DOSSIER_DAEMON_ROLES_H

#include "daemon/config.h"
#include "index/facts/gazetteer.h"

/* The gazetteer is loaded once, by the front, and shared by all children until they write to its pages, which they never do:
 * so that a child that is started again is up in milliseconds. It is never NULL, but may be empty. */
typedef int role_fn(const struct config *cfg, const struct gazetteer *g, int fd);
role_fn search_role; /* worker.c: ASK -> DONE */
role_fn read_role;   /* readers.c: READ_FILE, READ_LINES -> ITEM, BAD, DONE */
role_fn index_role;  /* indexer.c: the one writer */

#define EXIT_IN_USE 75 /* another dossierd has the index or the socket */

/* SPAWN: slot × SPAWN_POOLS + which pool of the index process. */
enum { SPAWN_FILES, SPAWN_PUSHED, SPAWN_RENEW, SPAWN_POOLS };

/* READ_LINES: what to make of them. */
enum { LINES_ANALYZE = 1, LINES_KEEP_TEXT = 2 };

/* Tells the parent that this child cannot start. */
void role_failed(int fd, const struct err *err);

#endif
