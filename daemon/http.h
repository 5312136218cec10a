/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP server: connections in, exchanges (one request and its answer) out. Everything about sockets, time and framing is
 * behind this header.
 *
 *	accept ─► IDLE ─first byte─► HEAD ─► BODY ─► WAITING (for our answer) ─► ANSWERING ─► IDLE …
 *	                 └ request-time ┘ └ streams: stream-time ┘   └ the client's hang-up is seen   └ stream-time
 *
 * Ours on libevent's loop and buffers, not evhttp: that one answers errors in HTML, holds whole bodies in memory, sees no
 * hang-up while an answer is pending, times idleness but never a request, and is quadratic in a line without an end.
 *
 * Memory has a budget. What a connection holds beyond a little – a body that comes, what the caller keeps of one (http_keep), an answer
 * that waits for its reader – is taken from it, and from the share of the user. When none is left, a body is not read on for a while
 * (the one of a user that is furthest along may wait, his others are told to come again), then 503; a large answer is 503 at once.
 * At the limit of connections the one that is idle longest gives way.
 *
 * An exchange is good from head() until its answer is complete or gone() is called, whichever comes first.
 */
#ifndef DOSSIER_DAEMON_HTTP_H
#define DOSSIER_DAEMON_HTTP_H

#include "daemon/http-parse.h"

#include <sys/types.h>

struct event_base;
struct http;

struct exchange {
	struct http_head head;  /* spans are good as long as the exchange */
	struct str path;        /* decoded */
	uid_t uid;              /* who asks: of the connection's peer, when it connected */
	gid_t gid;
	int fd;                 /* the connection, for SO_PEERGROUPS */
	uint64_t body_limit;    /* set by head(); above it: 413 */
	bool streams;           /* set by head(): the body is given to data() as it comes */
	struct str body;        /* complete when request() is called, unless it streams */
	uint64_t kept;          /* set by http_keep() */
	void *user;             /* the caller's */
	const struct route *route; /* the caller's: what was asked for, NULL: nothing that there is */
	int64_t since_us;       /* the caller's: when its head had come */
	bool answered;          /* set by gone(): it had its answer from another process before it went */
};

struct http_calls {
	void (*head)(void *arg, struct exchange *x);                     /* may answer at once */
	void (*data)(void *arg, struct exchange *x, struct span bytes);  /* streaming bodies */
	void (*request)(void *arg, struct exchange *x);                  /* the body is complete */
	void (*gone)(void *arg, struct exchange *x);                     /* the client went away before the answer was complete */
	void (*drained)(void *arg, struct exchange *x);                  /* a streamed answer may be gone on with */
};

struct http_limits {
	uint64_t head_bytes, request_ms, progress_ms, idle_ms, output_bytes;
	uint64_t held_bytes, held_bytes_uid; /* bodies and answers in memory: of all, of one user */
	size_t connections, connections_uid;
};

struct http_counts {
	uint64_t accepted, refused, requests, bad_requests, timeouts, gone, sent_bytes, starved, gave_way, over_budget;
	size_t open;
};

/* Listens at listen_fd (taken; already listening). */
struct http *http_new(struct event_base *base, int listen_fd, const struct http_limits *limits, const struct http_calls *calls, void *arg);
void http_set_limits(struct http *h, const struct http_limits *limits); /* for what comes from now on; who is connected stays */
void http_stop_accepting(struct http *h);
void http_free(struct http *h); /* drops all connections; gone() is called for what is pending */
const struct http_counts *http_counts(const struct http *h);
size_t http_pending(const struct http *h); /* exchanges without a complete answer */

/* A whole answer. extra: header lines ended by CRLF, or NULL. The exchange is over. */
void http_answer(struct exchange *x, int status, const char *content_type, const char *extra, struct span body);
/*
 * The short way (direct.h). http_lend: may another process write the answer to the connection? False: it must come here, by http_answer. It then ends with
 * one of three: http_sent, so many bytes are out and this is what is left; http_answer, nothing was written; http_cut, nobody knows: the connection ends.
 */
bool http_lend(struct exchange *x);
void http_sent(struct exchange *x, uint64_t sent, struct span rest);
void http_cut(struct exchange *x);
void http_sent_late(struct http *h, uint64_t sent); /* likewise, of a connection that has ended meanwhile: counted */
/* The head of an answer, up to and with the empty line. length: of the body. */
void http_head_write(struct str *out, int status, const char *content_type, const char *extra, uint64_t length);
#define HTTP_EXTRA 200 /* room for the lines that go with an ETag: */
void http_etag_lines(struct span etag, char out[HTTP_EXTRA]); /* empty where there is none */
/* An answer that comes in pieces. add: false when the client should read first (drained is called then; nothing is lost). */
void http_begin(struct exchange *x, int status, const char *content_type);
bool http_add(struct exchange *x, struct span piece);
void http_end(struct exchange *x);
/* Says how much the caller holds of a streaming exchange now. False: more than there is; it is counted, but not to be held for long. */
bool http_keep(struct exchange *x, uint64_t bytes);
uint64_t http_held(const struct http *h); /* bytes taken from the budget */
/* Stops and goes on reading a streaming body: back-pressure. */
void http_hold(struct exchange *x, bool hold);

#endif
