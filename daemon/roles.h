/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a child can be. Each role is one function that returns the process's exit status; fd is its channel to the parent. */
#ifndef DOSSIER_DAEMON_ROLES_H
#define DOSSIER_DAEMON_ROLES_H

#include "daemon/config.h"
#include "index/facts/gazetteer.h"

int search_role(const struct config *cfg, int fd);  /* worker.c: ASK -> DONE */
int read_role(const struct config *cfg, int fd);    /* readers.c: READ_FILE, READ_LINES -> ITEM, BAD, DONE */
int index_role(const struct config *cfg, int fd);   /* indexer.c: the one writer */

#define EXIT_IN_USE 75 /* another dossierd has the index or the socket */

/* READ_LINES: what to make of them. */
enum { LINES_ANALYZE = 1, LINES_KEEP_TEXT = 2 };

/* worker.c. The leaders' table; without one nobody is found, and the log says so. Never NULL. */
struct gazetteer *role_gazetteer(const struct config *cfg);
/* Tells the parent that this child cannot start. */
void role_failed(int fd, const struct err *err);

#endif
