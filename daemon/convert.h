/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PDF and DOC through programs of the system, outside the reader's jail and inside one of their own.
 *
 *	reader (jailed: may start nothing)  ── bytes in a memfd that both hold ──►  converter (its child, forked before the jail)
 *	        ◄── text, or why there is none ──                                    └─► pdftotext, catdoc, antiword: one process a file
 *
 * The converter looks at no byte of a document: it starts programs and copies what they say. A program gets the memfd as standard
 * input and two pipes; no network, no file but the system's own, no other process, limits of time, memory and output (jail.h).
 * All of them die with the reader.
 */
#ifndef DOSSIER_DAEMON_CONVERT_H
#define DOSSIER_DAEMON_CONVERT_H

#include "daemon/config.h"

struct converter {
	int fd;     /* to the child; -1: there is none */
	int memory; /* the file that travels */
	struct read_helper helper; /* for read_input */
};

/* Before the jail. Never fails: without a child the helper says what is the matter. `parent_fd`: the child closes it. */
void converter_start(struct converter *c, const struct config *cfg, int parent_fd);
void converter_close(struct converter *c);
/* Which programs are installed just now, as bits: whoever remembers failures tries again when it changes. */
unsigned converter_programs(const struct config *cfg);

#endif
