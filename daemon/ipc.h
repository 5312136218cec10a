/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talk between our own processes: frames over a socketpair, each a fixed head and a payload, perhaps with one file descriptor.
 *
 *	| kind 2 | flags 2 | id 4 | bytes 4 | payload … |
 *
 * Two faces: ipc_send/ipc_recv block (children that do one thing at a time); struct channel lives in an event loop (front,
 * index). Both ends are the same binary, so numbers are in host order; a length beyond FRAME_MAX or an unknown flag still ends
 * the channel, for a jailed child may have been taken over.
 */
#ifndef DOSSIER_DAEMON_IPC_H
#define DOSSIER_DAEMON_IPC_H

#include "base/err.h"
#include "base/str.h"

#define FRAME_MAX (256u << 20)

#define FRAME_KINDS(X) \
	/* parent to child */ \
	X(ASK)       /* search worker: one request (wire.h) */ \
	X(READ_FILE) /* reader: a descriptor to read documents from */ \
	X(READ_LINES) /* reader: JSON documents */ \
	X(READ_RECORDS) /* reader: records that want new facts */ \
	X(STOP)      /* finish what is in hand, then exit */ \
	X(TEMPLATES) /* reader, and index to front: boilerplate from now on, as keys of a template_set; no answer */ \
	/* child to parent */ \
	X(READY)     /* up; payload: how tight the jail is */ \
	X(FAILED)    /* could not start; payload: code, words */ \
	X(ITEM)      /* one result of a job */ \
	X(BAD)       /* one item that could not be used; payload: id, code, words */ \
	X(DONE)      /* the job has ended; payload belongs to its kind */ \
	/* front to index */ \
	X(PUSH)      /* lines of documents; id: the request */ \
	X(PUSH_END)  /* no more lines */ \
	X(CALL)      /* any other request: method, path, query, body */ \
	X(PING)      /* are you there? */ \
	X(CHILD)     /* a reader was started: slot, pid; with the descriptor */ \
	X(OBITUARY)  /* a reader died: pid, wait status */ \
	X(SETTINGS)  /* those that a reload takes up: config_pack() */ \
	X(RELOAD)    /* the leaders' table has changed: its version; back: that is no longer what is on the disk, load again */ \
	/* index to front */ \
	X(SPAWN)     /* start a reader for slot */ \
	X(KILL)      /* kill the reader with pid */ \
	X(RESULTS)   /* lines for a push, durable */ \
	X(RESULTS_END) \
	X(REPLY)     /* status, content type, body */ \
	X(CREDIT)    /* so many bytes of pushed lines were worked off */ \
	X(PONG)      /* I am */ \
	X(SWITCHED)  /* the facts are those of the new table now */ \
	X(STATUS)    /* members of GET /v1/status, and a line of progress */

enum frame_kind {
	FRAME_NONE_,
#define X(name) FRAME_##name,
	FRAME_KINDS(X)
#undef X
	FRAME_COUNT_
};

struct frame {
	uint16_t kind, flags; /* flags: 1, a descriptor comes with it */
	uint32_t id, n;
};

/* Blocking. Sends all of it; pass_fd -1: none. */
int ipc_send(int fd, enum frame_kind kind, uint32_t id, struct span payload, int pass_fd, struct err *err) MUST_CHECK;
/* The same with a payload in parts (IPC_PARTS at most): nothing is copied, and one system call sends it all. */
#define IPC_PARTS 4
int ipc_send_parts(int fd, enum frame_kind kind, uint32_t id, const struct span *parts, size_t n_parts, int pass_fd, struct err *err) MUST_CHECK;
/* Blocking. 1: a frame came (payload replaced; *pass_fd is the caller's, or -1); 0: the other end is closed; negative: error. */
int ipc_recv(int fd, struct frame *head, struct str *payload, int *pass_fd, struct err *err) MUST_CHECK;
/* The same for one who does one thing at a time: takes what has come with one system call; a descriptor belongs to the frame it came with, and only one is on its
 * way. The payload is good until the next call. Begin with came = -1; str_done(&bytes) at the end. */
struct ipc_ahead {
	int fd, came;
	struct str bytes;
	size_t at;
};
int ipc_recv_ahead(struct ipc_ahead *in, struct frame *head, struct span *payload, int *pass_fd, struct err *err) MUST_CHECK;
/* A pair of connected sockets, close-on-exec, with room for about a MiB each way. */
int ipc_pair(int fds[2], struct err *err) MUST_CHECK;

/* Payloads: numbers and length-prefixed spans, one after another. */
void pack_u64(struct str *out, uint64_t v);
void pack_span(struct str *out, struct span s);
struct unpack {
	struct span rest;
	bool bad; /* something was missing; what came out since is zero or empty */
};
uint64_t unpack_u64(struct unpack *u);
struct span unpack_span(struct unpack *u);

struct event_base;
struct channel;
struct channel_calls {
	void (*frame)(void *arg, const struct frame *head, struct span payload, int fd); /* fd: taken, or -1; payload: until it returns */
	void (*closed)(void *arg); /* the other end is gone, once; channel_free may be called in here */
	void (*drained)(void *arg); /* NULL, or: everything queued was sent */
};
/* Takes fd. */
struct channel *channel_new(struct event_base *base, int fd, const struct channel_calls *calls, void *arg);
void channel_free(struct channel *c); /* safe inside its own callbacks */
void channel_send(struct channel *c, enum frame_kind kind, uint32_t id, struct span payload, int fd); /* takes fd; never blocks */
size_t channel_queued(const struct channel *c); /* bytes waiting */
int channel_flush(struct channel *c); /* blocking: before an exit */
void channel_first(struct channel *c); /* before all that has no such mark, in a loop with two priorities */
void channel_hold(struct channel *c, bool hold); /* held: nothing is read or handed out, the other end's being gone neither */
void channel_drain(struct channel *c); /* hands out what has come, though others may still hold the other end */

#endif
