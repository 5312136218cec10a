/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool of children that work off jobs: search workers, readers, analyzers. This is the parent's side, in its event loop.
 *
 *	pool_submit ─► queue ─► a worker that is free ─► items … ─► end
 *	                          │ dies or passes its time: is reaped, a new one is started,
 *	                          └─► the item it was at is tried once more, then lost (told); the rest of the job goes on
 *
 * A worker:  EMPTY ─spawn─► STARTING ─READY─► UP ─► (killed or died) DYING ─reaped and its channel read to the end─► EMPTY
 *
 * A worker that dies before it has done anything is started again later and later (held back, and logged).
 */
#ifndef DOSSIER_DAEMON_POOL_H
#define DOSSIER_DAEMON_POOL_H

#include "daemon/ipc.h"

#include <sys/types.h>

struct job;
struct job_calls {
	void (*item)(struct job *j, const struct frame *head, struct span payload); /* ITEM or BAD */
	void (*lost)(struct job *j, int code, const char *why); /* resumable jobs: the worker died at this item */
	/* The job is over and belongs to the callee again. code 0: DONE with its payload. */
	void (*end)(struct job *j, int code, const char *why, struct span payload);
};

struct job {
	struct job *next;       /* the pool's */
	enum frame_kind kind;   /* what is sent: the number of items to pass over, then payload */
	struct str payload;
	int fd;                 /* goes along (a copy), or -1; a restart reads from its beginning */
	uint32_t lane;          /* who asks: in a fair pool lanes take turns */
	bool resumable;         /* a death costs one item, not the job */
	bool urgent;            /* before all that are not */
	uint32_t affinity;      /* equal numbers prefer the same worker */
	uint32_t items;         /* so many have come */
	uint32_t n_items;       /* so many there are; 0: nobody knows */
	uint32_t suspect;       /* 1 + the item that a worker died at and that is tried again */
	unsigned deaths, deaths_in_row;
	const struct job_calls *calls;
	void *arg;
};

/* For payloads of a number and packed items: empties the items that are done, so that a restart does not meet them again. */
void job_blank_done(struct job *j);
/* The n-th packed item of a payload that has no number before them. */
struct span job_item(const struct job *j, uint32_t n);

struct pool;
struct pool_options {
	const char *name;
	size_t size;
	unsigned depth;       /* jobs at one worker: 1, or 2 so that it never waits */
	uint64_t step_ms;     /* a worker that gives no sign for so long while it has a job is killed */
	bool fair;            /* lanes take turns */
	bool first;           /* what its workers say is heard before others (channel_first) */
	bool lazy;            /* start workers when the first job comes */
	bool impatient;       /* somebody waits: when no worker can be started, jobs end with that error instead of waiting for better days */
	const char *too_long; /* what is said then: "the search took too long" */
	/* Asks for a child; answered by pool_attach or pool_no_child, at once or later. */
	void (*spawn)(void *arg, size_t slot);
	void (*kill)(void *arg, pid_t pid);
	void (*ready)(void *arg); /* NULL, or: a worker is up */
	void (*cannot)(void *arg, int code, const char *why); /* NULL, or: a worker said that it cannot start */
};

struct event_base;
struct pool *pool_new(struct event_base *base, const struct pool_options *opt, void *arg);
void pool_free(struct pool *p); /* closes all channels: idle workers end by themselves; ends no jobs */
void pool_attach(struct pool *p, size_t slot, int fd, pid_t pid); /* takes fd */
void pool_no_child(struct pool *p, size_t slot);
void pool_set_step(struct pool *p, uint64_t step_ms); /* for jobs that are handed out from now on */
void pool_wake(struct pool *p);     /* starts the workers of a lazy pool */
void pool_kill_all(struct pool *p); /* at the end: the caller waits for them; p may be NULL */
bool pool_reaped(struct pool *p, pid_t pid, int status); /* false: none of this pool's */

/* A frame that every worker gets before its next job: copied, sent again to workers that are started later; replaced by the next one. */
void pool_preamble(struct pool *p, enum frame_kind kind, struct span payload);
void pool_submit(struct pool *p, struct job *j);
/* Takes a job that waits out of the queue; false when a worker has it already (it will end). */
bool pool_withdraw(struct pool *p, struct job *j);
/* What workers were forked with is old: idle ones are started again, busy ones when they have done what they have. */
void pool_recycle(struct pool *p);
size_t pool_old(const struct pool *p); /* so many old ones are still at work */
/* Held: nothing that workers say is heard, nothing new is handed out, and their time stands still. */
void pool_hold(struct pool *p, bool hold);
size_t pool_waiting(const struct pool *p);
size_t pool_busy(const struct pool *p);
size_t pool_up(const struct pool *p);
uint64_t pool_restarts(const struct pool *p);
const char *pool_sandbox(const struct pool *p); /* what its workers reported, "" before the first */
/* Words for how a process ended; returns the code of the error that it is. */
int death_words(int status, bool timed_out, const char *too_long, char *out, size_t n);

#endif
