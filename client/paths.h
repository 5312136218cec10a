/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hits as files, for --format paths0. begin asks for the sources; end says how many hits had no file. */
#ifndef DOSSIER_CLIENT_PATHS_H
#define DOSSIER_CLIENT_PATHS_H

#include "client/say.h"

struct paths {
	json_t *sources;
	char *last; /* the file that was printed last, or NULL */
	size_t without;
};

int paths_begin(struct call *c, struct paths *p); /* where this format is asked for, c->files is p until the end; 0 or an exit status */
void paths_put(struct paths *p, const json_t *hit);
void paths_end(struct call *c, struct paths *p);

#endif
