/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP server, inside: what http.c (connections, their states, memory and end), http-read.c (requests in) and http-write.c (answers out)
 * share. Nobody else includes this.
 *
 *	http.c ─ readable ─► http-read.c ─► the caller ─► http-write.c ─► the kernel
 *	   ▲                      └ conn_state, conn_settle, conn_refuse ┘
 *	   └ conn_doom, the reaper
 */
#ifndef DOSSIER_DAEMON_HTTP_INNER_H
#define DOSSIER_DAEMON_HTTP_INNER_H

#include "daemon/budget.h"
#include "daemon/http.h"

#include <event2/buffer.h>
#include <event2/event.h>

#define COME_AGAIN "Retry-After: 1\r\n"

enum state { IDLE, HEAD, BODY, WAITING, ANSWERING, LINGERING, DOOMED };
enum chunk_state { CHUNK_SIZE, CHUNK_DATA, CHUNK_END, CHUNK_TRAILER };

struct conn {
	struct exchange x; /* first: an exchange is its connection */
	struct http *http;
	struct conn *prev, *next;
	enum state state;
	struct event *readable, *writable, *hangup, *timer;
	struct str in, head_bytes;
	size_t head_at;
	struct evbuffer *out;
	uint64_t body_seen;
	enum chunk_state chunk;
	uint64_t chunk_left;
	bool hears_bytes, hears_end; /* readable, hangup are added */
	bool pending;     /* head() was called, the answer is not complete */
	bool streaming;   /* http_begin was called */
	bool chunked_out, close_after, held, body_done, failed, half_closed, parsing, choked;
	bool dry;           /* no memory for more of its body */
	bool lent;          /* another process may hold the connection too */
	uint64_t taken;     /* from the budget */
	uint64_t idle_since, moved;
};

struct http {
	struct event_base *base;
	struct http_limits limits;
	const struct http_calls *calls;
	void *arg;
	int fd, spare;
	struct event *listener, *resume, *reaper;
	struct conn *conns, *doomed;
	struct http_counts counts;
	struct budget held;
	struct event *relief; /* memory was given back */
	uint64_t clock;
};

/* http.c */
bool conn_settle(struct conn *c, uint64_t more, bool force); /* takes or gives back what it holds, with so much more; false: there is none left */
void conn_state(struct conn *c, enum state s);               /* the one place where a state changes */
void conn_timer(struct conn *c, uint64_t ms);
void conn_deaf(struct event *e, bool *hears);                /* hears of it no more, until a state that needs it */
bool conn_reads(const struct conn *c);
void conn_moved(struct conn *c, size_t n);                   /* bytes went by */
void conn_doom(struct conn *c);                              /* its end; from the loop alone */

static inline bool conn_stopped(const struct conn *c) { return c->held || c->dry; }

/* http-read.c */
void conn_can_read(evutil_socket_t fd, short what, void *arg);
void conn_go_on(struct conn *c);                             /* does what can be done with the bytes that are there */
void http_relieve(evutil_socket_t fd, short what, void *arg); /* memory was given back */

/* http-write.c */
void conn_can_write(evutil_socket_t fd, short what, void *arg);
void conn_flush(struct conn *c);
/* A refusal that the caller never sees: the request is broken, or there is no room for it. */
void conn_refuse(struct conn *c, int status, const char *code, const char *why);

#endif
