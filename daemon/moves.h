/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose documents are whose, and where files went.
 *
 * Ids. A file's own ids are "source/path" or begin with that and # or /. An id that is given inside a file stays as it is, unless
 * another document has it already and says something else: then it becomes "source/path#id", is counted and told. What an id became
 * once it stays, for the ledger knows it. A document that several files hold word for word is one document, until the last of them goes.
 *
 * Moves. A file that is new, where one of the same size and time has gone, is hashed by a reader; if the hash is the same too, its
 * documents get their new ids and paths, and nothing is read again.
 */
#ifndef DOSSIER_DAEMON_MOVES_H
#define DOSSIER_DAEMON_MOVES_H

#include "daemon/idset.h"
#include "daemon/sources.h"

struct scan_entry;

/* ---- Ids ---- */

struct id_choice { /* for the documents of one file */
	struct str own;         /* "source/path" */
	struct idset had, put;  /* of the ledger; of this reading */
	struct str made;        /* the id that was made, if one was */
};

void id_choice_begin(struct id_choice *c, const struct source *s, const char *path, struct span had);
void id_choice_done(struct id_choice *c);
/* The id under which a record of this file is put: its own, or one that was made (good until the next call). */
struct span id_choose(struct indexer *ix, struct id_choice *c, struct span id, uint64_t content);
uint64_t ids_renamed(struct span own, struct span ids); /* how many of them were made */
void own_prefix(struct str *out, const struct source *s, struct span path); /* below the source */
void own_prefix_of(struct str *out, const struct source *s, struct span key); /* of a row "file:…" */
/* Which of these ids rows of the ledger name, those that `skip` says excepted. */
void ids_shared(struct indexer *ix, const struct idset *of, bool (*skip)(void *arg, struct span key), void *arg, struct idset *out);
bool is_own_id(struct span own, struct span id);

/* ---- Documents that a person removed: they stay away until their text changes or somebody pushes them ---- */
void removed_note(struct indexer *ix, struct span id); /* before it is removed */
bool removed_before(const struct indexer *ix, struct span id, uint64_t content);
bool removed_forget(struct indexer *ix, struct span id); /* was it noted? */

/* ---- Moves ---- */

struct moves;
/* The path below the source of a file that has gone and was as this one is, or NULL; the caller's. */
char *moves_find(struct indexer *ix, struct source *s, const struct scan_entry *e);
void moves_free(struct moves *m);
/* Gives the documents of `from` to `to`. False: it could not be done, `to` must be read. Note: the new row of the ledger, its key excepted. */
bool moves_take(struct indexer *ix, struct source *s, const char *from, const char *to, struct file_note old, struct str *ids);

#endif
