/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index process, inside: what indexer.c (the role, commits, status), pushes.c (documents from clients) and sources.c (folders and
 * files) share. Nobody else includes this.
 */
#ifndef DOSSIER_DAEMON_INDEXER_H
#define DOSSIER_DAEMON_INDEXER_H

#include "daemon/config.h"
#include "daemon/ipc.h"
#include "daemon/pool.h"

#include "base/json.h"

struct event_base;
struct event;

/* A reply that may be given when what led to it is durable. `body` is an open JSON object: ,"revision":N} is added. */
struct promise {
	struct promise *next;
	uint32_t id;
	int status;
	struct str body;
};

struct counts { /* since the last time there was nothing to do; for progress */
	uint64_t files, files_done, bytes, bytes_done, documents, unchanged, removed, failed, renamed;
};

struct push;
struct source;
struct watch;
struct scrub;
struct file_item;

struct indexer {
	const struct config *cfg;      /* &settings */
	struct config settings;        /* this process's copy; a reload changes it */
	struct event_base *base;
	struct channel *front;
	struct writer *writer;
	const struct gazetteer *gazetteer;
	struct pool *files, *pushers;  /* read processes: for sources, for clients; so that a big file keeps no client waiting */
	struct pool *renewers;         /* for documents that get new facts: with the table to come, if there is one */
	struct gazetteer *next, *own;  /* the table to come; the one in use, if it is not the front's. reload.c */
	bool mixed;                    /* readers with the table before are still at work */
	struct event *commit_now, *commit_later, *commit_quick, *sealed, *status_timer, *merge_done, *space, *work, *rescan, *merge_again, *merge_idle;
	struct promise *promises;
	bool stopping, idle, told_idle;
	bool sealing;                  /* a whole commit is being made ready: who reads files is held */
	unsigned n_commits;            /* by the timer, since there was nothing to do */
	bool merged;                   /* a merge has ended, and waits for the next whole commit */
	struct scrub *scrub;           /* NULL: switched off */
	bool suspect_stays;            /* the mark could not be taken away: it says nothing */
	const char *paused;            /* why nothing is read: "disk full"; NULL: it is */
	uint64_t revision;
	struct counts now;

	struct push *pushes;           /* pushes.c */
	uint64_t queued_documents;

	struct source *sources;        /* sources.c */
	struct file_item *waiting, **waiting_tail;
	size_t n_waiting, n_reading;
	struct upgrade *upgrades;      /* upgrade.c: batches */
	size_t n_upgrading;            /* of them at work */
	bool upgrade_over;
	uint64_t upgraded, outdated;
	uint64_t n_failed;             /* files, in the ledger */
	unsigned programs;             /* that are installed for PDF and DOC */
	struct watch *watch;           /* NULL: not watched */
	struct boilerplate *boilerplate; /* boilerplate.c */
	bool watch_limited;            /* not everything could be watched: looked at every minute instead */
};

/* indexer.c */
void index_store_failed(struct indexer *ix, const struct err *err) __attribute__((noreturn));
void index_changed(struct indexer *ix);      /* something was put: commit before long */
void index_commit_soon(struct indexer *ix);  /* somebody waits: commit at the end of this round, or as soon as what is being built is sealed */
void index_commit_quick(struct indexer *ix); /* somebody waits for what was put quickly */
void index_promise(struct indexer *ix, uint32_t id, int status, struct str *body); /* takes body's bytes */
void index_reply(struct indexer *ix, uint32_t id, int status, struct span json);
void index_problem(struct indexer *ix, uint32_t id, int code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void index_tell(struct indexer *ix);         /* status to the front, now */
void index_tell_soon(struct indexer *ix);
void index_work(struct indexer *ix);         /* there may be files to hand out */
void index_set_rescan(struct indexer *ix);   /* the timer, as the settings want it */

/* pushes.c */
void pushes_lines(struct indexer *ix, uint32_t id, struct span lines);
void pushes_end(struct indexer *ix, uint32_t id);
void pushes_committed(struct indexer *ix, bool quick); /* what was put, or put quickly, is durable: tell */
bool pushes_any(const struct indexer *ix); /* that are not read to their end */

/* boilerplate.c */
void boilerplate_tell(struct indexer *ix);        /* readers learn what has become known */
bool boilerplate_busy(const struct indexer *ix);  /* documents wait to be cleaned of it */
void boilerplate_work(struct indexer *ix);        /* when there is nothing else to do */
void boilerplate_done(struct indexer *ix);
void boilerplate_call(struct indexer *ix, uint32_t id, struct span method, struct span query, struct span body);

/* upgrade.c */
void upgrade_work(struct indexer *ix); /* when there is nothing else to do, or a table is to be taken up */
bool upgrade_urgent(const struct indexer *ix); /* is there one? */
void upgrade_done(struct indexer *ix);

/* reload.c */
void reload_begin(struct indexer *ix, uint64_t version); /* the front has a new table */
void reload_switched(struct indexer *ix); /* the facts go with it */
void reload_settings(struct indexer *ix, struct span packed);
void reload_settle(struct indexer *ix);   /* have all readers the newest? */

/* sources.c */
void sources_load(struct indexer *ix);       /* from the ledger, then those of the configuration; starts scanning */
void sources_configured(struct indexer *ix); /* those that the configuration names, where they are new */
void sources_done(struct indexer *ix);
void sources_work(struct indexer *ix);       /* a slice of scanning, and files to readers */
bool sources_busy(const struct indexer *ix);
void sources_rescan(struct indexer *ix);
void sources_call(struct indexer *ix, uint32_t id, struct span method, struct span path, struct span query, struct span body);
void sources_list(struct indexer *ix, struct jw *w); /* an array */
void sources_failed(struct indexer *ix, struct jw *w, size_t limit, struct span after); /* {"count","files":[…],"next"} */

#endif
