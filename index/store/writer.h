/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one writer. Crash-only: on an error of the storage the owner exits, and the next one resumes from the last manifest.
 *
 *	writer_put(record) … writer_put, writer_remove, writer_note ──► writer_commit
 *	                                                                  seal the new segment, write tombstones, sync,
 *	                                                                  rename the manifest, sync the folder: durable, visible
 *
 * The ledger is a small durable map that is committed with the documents: what was read from where (files, sizes, times, hashes), what
 * failed and why, which sources are watched.
 */
#ifndef DOSSIER_INDEX_STORE_WRITER_H
#define DOSSIER_INDEX_STORE_WRITER_H

#include "base/err.h"
#include "base/str.h"
#include "index/facts/templates.h"

struct writer;

struct gazetteer;
struct store_options {
	uint32_t seal_documents; /* a builder is sealed (not committed) at so many documents … */
	uint64_t seal_bytes;     /* … or so many bytes of text */
	uint32_t max_segments;   /* more than this are merged */
	bool no_sync;            /* tests of everything but durability */
	bool keep_xapian;        /* segments keep the Xapian database that their postings were made from, for Xapian's own tools */
	bool verify;             /* at opening hold every checksum against its file, not sizes alone: after store_check found something */
	uint32_t builders;       /* child processes that build segments side by side; 0: in this process */
	uint32_t quick_most;     /* quick commits between two whole ones; 0: none, writer_put_quick is writer_put then */
	const struct gazetteer *gazetteer; /* knows the countries of leaders, for the columns; NULL: their offices' alone. Must outlive the writer */
	uint32_t facts_version;  /* of the facts in the records to come (FACTS_VERSION), */
	uint64_t table_version;  /* and of the leaders' table they were found with (gazetteer_version): see writer_outdated */
};
struct store_options store_default_options(void);

/*
 * Opens or creates the index in dir: takes the lock (ERR_LOCKED names the folder and asks whether another dossierd runs), recovers (unnamed
 * segments and half-written files are removed; a damaged manifest falls back to the one before, said in *recovered), upgrades nothing.
 */
int writer_open(const char *dir, const struct store_options *opt, struct writer **out, struct str *recovered, struct err *err) MUST_CHECK;
void writer_close(struct writer *w); /* what was not committed is dropped */

enum put_status { PUT_ADDED, PUT_REPLACED, PUT_UNCHANGED };
/* `record` is plain (record_encode). The same id and content hash as a living document: PUT_UNCHANGED, nothing is done. */
int writer_put(struct writer *w, struct span record, enum put_status *status, struct err *err) MUST_CHECK;
/*
 * The same for a document that somebody waits for: it goes into a segment of its own, and writer_commit_quick makes it durable and visible
 * without waiting for what else is being built. *later: that could not be – the document is in there already, or there were quick_most
 * quick commits –; then only writer_commit does.
 */
int writer_put_quick(struct writer *w, struct span record, enum put_status *status, bool *later, struct err *err) MUST_CHECK;
int writer_remove(struct writer *w, struct span id, bool *existed, struct err *err) MUST_CHECK;
/* The content hash of the living document with this id; false: there is none. */
bool writer_content(struct writer *w, struct span id, uint64_t *content_hash);
/* Its record, as it was put, from the arena. ERR_NOT_FOUND. Seals what is being built when it is in there. */
struct arena;
int writer_record(struct writer *w, struct span id, struct arena *a, struct span *plain, struct err *err) MUST_CHECK;
/* Everything since the last commit becomes durable and visible, or the process is to exit. Nothing to do: the old revision. */
int writer_commit(struct writer *w, uint64_t *revision, struct err *err) MUST_CHECK;
/*
 * What was put quickly becomes durable and visible; all else – other documents, tombstones, notes – stays as the last writer_commit left it.
 * Nothing else is pending: the same as writer_commit.
 */
int writer_commit_quick(struct writer *w, uint64_t *revision, struct err *err) MUST_CHECK;
bool writer_holds_back(const struct writer *w); /* is there anything that a quick commit leaves out? */
/*
 * The long part of writer_commit, beside everything else: builders begin to seal what they have; when the descriptor can be read,
 * step takes in what is done. *sealing false: all of it is, and writer_commit will be short. What is put meanwhile is sealed by that.
 */
int writer_seal_begin(struct writer *w, bool *sealing, struct err *err) MUST_CHECK;
int writer_seal_step(struct writer *w, bool *sealing, struct err *err) MUST_CHECK;
int writer_seal_fd(const struct writer *w); /* -1: nothing was ever sealed so */
size_t writer_pending(const struct writer *w); /* documents and tombstones not yet committed */
/* The same as writer_put, though the content hash be that of the living document: for new facts about an old text. */
int writer_renew(struct writer *w, struct span record, struct err *err) MUST_CHECK;
/* … if that document is still there, with this content hash: for what was made of it meanwhile. */
int writer_renew_same(struct writer *w, struct span record, struct err *err) MUST_CHECK;

/*
 * One step of merging: of what is due, since there are too many segments or too much in one is dead; of what is worth it where nothing else is to be
 * done (questions are the faster the fewer there are); of all, down to one. *did is false when nothing was due. Commits by itself, what is pending
 * too: call it right after writer_commit. Merging changes no revision.
 */
enum merge_how { MERGE_DUE, MERGE_ALL, MERGE_IDLE };
int writer_merge(struct writer *w, enum merge_how how, bool *did, struct err *err) MUST_CHECK;
/*
 * The same beside everything else, in a child of low priority: begin, go on putting and committing, and when the descriptor can be
 * read, end. One at a time; *started is false when nothing was due or one is under way. end waits for the child; when it fails and
 * writer_broken() says no, nothing has changed, and it may be tried again later (the disk was full, the child was killed).
 */
int writer_merge_begin(struct writer *w, enum merge_how how, bool *started, struct err *err) MUST_CHECK;
int writer_merge_fd(const struct writer *w); /* -1: none is under way */
int writer_merge_end(struct writer *w, bool *did, struct err *err) MUST_CHECK;
bool writer_broken(const struct writer *w); /* a write failed: nothing works any more, the process is to exit */

/*
 * Upgrading: gives the records of up to `max` living documents whose facts are older than the options say, in no order;
 * `visit` makes new facts and calls writer_renew. *left: how many such documents there are, those visited included.
 */
int writer_outdated(struct writer *w, size_t max, int (*visit)(void *arg, struct span record, struct err *err), void *arg, uint64_t *left, struct err *err) MUST_CHECK;

/*
 * Rows that were not yet held against all others for near-duplicates: none after a commit, unless an older index is being upgraded; then
 * each commit does a part of them.
 */
uint64_t writer_unlinked(const struct writer *w);

/*
 * A changed table: only the documents that it concerns get new facts, out of sight, and then all of them show at once.
 *
 *	begin(from, to) ─► next: a batch of records ─► reader ─► put … ─► next says none are left ─► switch: one commit
 *
 * ERR_NOT_FOUND, ERR_CORRUPT of begin: it is not known what `from` meant; then writer_turn() and writer_outdated() have to do. The gazetteer
 * must outlive the writer. Until the switch nothing shows; killed in between, it begins anew. Documents that are put meanwhile
 * count as found with `from`: they are outdated after the switch. Nothing is merged while it lasts. No document becomes a newer one by it.
 */
int writer_stage_begin(struct writer *w, uint64_t from, const struct gazetteer *to, struct err *err) MUST_CHECK;
bool writer_staging(const struct writer *w);
/* *left: how many are known to be waiting, those visited included; 0: all have been visited. */
int writer_stage_next(struct writer *w, size_t max, int (*visit)(void *arg, struct span record, struct err *err), void *arg, uint64_t *left, struct err *err) MUST_CHECK;
bool writer_stage_columns(const struct writer *w); /* put them though their facts be the same: countries of leaders are others */
int writer_stage_put(struct writer *w, struct span record, struct err *err) MUST_CHECK;
int writer_stage_switch(struct writer *w, uint64_t *revision, struct err *err) MUST_CHECK;
void writer_stage_drop(struct writer *w);
/* Another table from now on, without a stage: all documents are outdated. Commit shows it. */
int writer_turn(struct writer *w, const struct gazetteer *to, struct err *err) MUST_CHECK;
/* The table of outdated documents whose facts need nothing but a stage; false: there are none such. */
bool writer_stage_wanted(struct writer *w, uint64_t *from);
/* While readers with an older table are still at work nobody knows what a record was found with: it will be outdated. */
int writer_several_tables(struct writer *w, bool several, struct err *err) MUST_CHECK;

/*
 * Boilerplate that was learnt (index/facts/templates.h). Returns the version, which counts changes; the keys for a template_set are
 * appended to *keys (NULL: the version alone). Switching is kept with the next commit.
 */
uint64_t writer_templates(const struct writer *w, struct str *keys);
void writer_templates_list(const struct writer *w, templates_each *each, void *arg);
bool writer_templates_switch(struct writer *w, struct span source, bool on);
/*
 * Documents that hold what was learnt after them, or lack what was switched off since – all of it, if not `on` –: records of up to `max`; `visit` cleans
 * them anew and calls writer_renew if that changed anything.
 */
bool writer_any_uncleaned(const struct writer *w, bool on);
int writer_uncleaned(struct writer *w, bool on, size_t max, int (*visit)(void *arg, struct span record, struct err *err), void *arg, struct err *err) MUST_CHECK;

struct store_status {
	char uuid[37];
	uint64_t revision, n_documents, n_dead, bytes_on_disk;
	size_t n_segments;
	uint64_t text_bytes; /* of the texts, dead ones included */
};
void writer_status(const struct writer *w, struct store_status *out);

/* Verifies sizes and checksums of all that the manifest names; each problem is told by `tell`. Returns how many, or negative. For --check. */
int store_check(const char *dir, void (*tell)(void *arg, const char *what), void *arg, struct err *err) MUST_CHECK;

/* The same slowly: `rest` is called after each piece that was read, and may sleep. */
struct pace {
	void (*rest)(void *arg, size_t bytes);
	void *arg;
};
int store_scrub(const char *dir, const struct pace *pace, void (*tell)(void *arg, const char *what), void *arg, struct err *err) MUST_CHECK;
/* A mark in the folder: something was found wrong. The next writer_open looks at every checksum, mends, and takes the mark away. */
int store_suspect(const char *dir, bool is, struct err *err) MUST_CHECK;
bool store_suspected(const char *dir);

/*
 * A backup of the present manifest and all it names in a new folder `dest`, by hard links where that can be (a copy otherwise; the ledger
 * and the manifest always are copies), while a writer works. Restoring is putting the folder back. ERR_EXISTS when dest is there.
 */
int store_backup(const char *dir, const char *dest, struct err *err) MUST_CHECK;

/* The ledger. Keys and values are bytes; a key starts with its kind: "file:", "fail:", "source:". Changes are part of the next commit. */
void writer_note(struct writer *w, struct span key, struct span value); /* empty value: forget the key */
bool writer_noted(const struct writer *w, struct span key, struct span *value); /* borrowed until the next writer_note */
/* Calls visit for each key with this prefix, in no order, until it returns non-zero; returns that. It may not change the ledger. */
int writer_notes(const struct writer *w, struct span prefix, int (*visit)(void *arg, struct span key, struct span value), void *arg);

#endif
