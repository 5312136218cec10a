/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections and their states; see http.h. Requests are read in http-read.c, answers written in http-write.c; here is what both stand on:
 * the memory that a connection holds, its state and what follows from it, its end, and how it comes.
 *
 * One connection holds one exchange at a time: bytes of a next request wait in the buffer until the answer is out (pipelining costs nobody
 * anything). conn_state() is the one place where a state changes.
 *
 * Answering early (413, 403) closes after what the client still sends was read away for a while, so that it sees the answer.
 * gone() comes from the loop alone, never out of a call that the caller makes (a failed write is kept for the reaper), and the next
 * request of a connection is begun in a round of its own. A connection is freed at the end of the round (`doomed`).
 */
#include "daemon/http-inner.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_A_ROUND 32
#define LINGER_MS       2000
#define PAUSE_MS        200
#define FREE_BYTES      (128 * 1024) /* every connection may hold so much */
#define MOVED           16384 /* bytes that are a progress of somebody who holds more */

/* ---- Memory ---- */

/* Takes or gives back what the connection holds, with so much more. False: there is none left; then nothing changed, unless forced. */
bool conn_settle(struct conn *c, uint64_t more, bool force)
{
	struct http *h = c->http;
	uint64_t now = c->x.body.n + c->x.kept + evbuffer_get_length(c->out) + more;
	now = now > FREE_BYTES ? now - FREE_BYTES : 0;
	if (now > c->taken && !budget_take(&h->held, c->x.uid, now - c->taken)) {
		h->counts.over_budget++;
		if (force)
			budget_force(&h->held, c->x.uid, now - c->taken);
		else
			return false;
	}
	if (now < c->taken) {
		budget_give(&h->held, c->x.uid, c->taken - now);
		event_active(h->relief, 0, 0);
	}
	c->taken = now;
	return true;
}

static void give_back(struct conn *c)
{
	if (c->taken) {
		budget_give(&c->http->held, c->x.uid, c->taken);
		event_active(c->http->relief, 0, 0);
	}
	c->taken = 0;
}

bool http_keep(struct exchange *x, uint64_t bytes)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED)
		return true;
	x->kept = bytes;
	return conn_settle(c, 0, false) || (conn_settle(c, 0, true), false);
}

uint64_t http_held(const struct http *h) { return h->held.bytes; }

void conn_timer(struct conn *c, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(c->timer, &tv);
}

/*
 * What the kernel tells is not told off each time the state changes: who hears of bytes or of an end at a time when it does not matter goes deaf
 * then, and listens again when it does. So a request and its answer need no system call but those that carry bytes.
 */
static void hear(struct conn *c, struct event *e, bool *hears)
{
	if (!*hears && c->state != DOOMED)
		event_add(e, NULL);
	*hears = true;
}

void conn_deaf(struct event *e, bool *hears)
{
	event_del(e);
	*hears = false;
}

bool conn_reads(const struct conn *c)
{
	return (c->state == IDLE || c->state == HEAD || c->state == LINGERING || (c->state == BODY && !conn_stopped(c))) && !c->half_closed;
}

/* The one place where a state changes: what is listened to and how long follows from it. */
void conn_state(struct conn *c, enum state s)
{
	const struct http_limits *l = &c->http->limits;
	if (c->state == DOOMED)
		return;
	bool was_head = c->state == HEAD;
	c->state = s;
	c->moved = 0;
	c->dry = false;
	if (s == IDLE)
		c->idle_since = ++c->http->clock;
	if (conn_reads(c))
		hear(c, c->readable, &c->hears_bytes);
	if (s == WAITING && !c->half_closed)
		hear(c, c->hangup, &c->hears_end);
	if (s == IDLE)
		conn_timer(c, l->idle_ms);
	else if (s == HEAD)
		conn_timer(c, l->request_ms);
	else if (s == BODY && c->x.streams)
		conn_timer(c, l->progress_ms);
	else if (s == BODY && !was_head)
		conn_timer(c, l->request_ms);
	else if (s == ANSWERING)
		conn_timer(c, l->progress_ms);
	else if (s == LINGERING)
		conn_timer(c, LINGER_MS);
	else if (s == WAITING)
		event_del(c->timer);
}

/* ---- The end of a connection ---- */

void conn_doom(struct conn *c)
{
	if (c->state == DOOMED)
		return;
	c->state = DOOMED;
	event_del(c->readable), event_del(c->writable), event_del(c->hangup), event_del(c->timer);
	if (c->prev)
		c->prev->next = c->next;
	else
		c->http->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->http->counts.open--;
	give_back(c);
	c->next = c->http->doomed;
	c->http->doomed = c;
	event_active(c->http->reaper, 0, 0);
	if (c->pending) {
		c->pending = false;
		c->x.answered = false;
		c->http->calls->gone(c->http->arg, &c->x);
		c->http->counts.gone += !c->x.answered;
	}
}

static void free_conn(struct conn *c)
{
	event_free(c->readable), event_free(c->writable), event_free(c->hangup), event_free(c->timer);
	evbuffer_free(c->out);
	str_done(&c->in), str_done(&c->head_bytes), str_done(&c->x.path), str_done(&c->x.body);
	if (c->lent) /* or the client would not see the end */
		shutdown(c->x.fd, SHUT_RDWR);
	close(c->x.fd);
	free(c);
}

static void reap(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct http *h = arg;
	for (struct conn *c = h->conns, *next; c; c = next) {
		next = c->next;
		if (c->failed)
			conn_doom(c);
	}
	while (h->doomed) {
		struct conn *c = h->doomed;
		h->doomed = c->next;
		free_conn(c);
	}
	if (!event_pending(h->listener, EV_READ, NULL) && h->fd >= 0 && !event_pending(h->resume, EV_TIMEOUT, NULL))
		event_add(h->listener, NULL);
}

/* Bytes went by. Who holds much must move much: a byte now and then does not keep it. */
void conn_moved(struct conn *c, size_t n)
{
	c->moved += n;
	if (c->taken && c->moved < MOVED)
		return;
	c->moved = 0;
	conn_timer(c, c->http->limits.progress_ms);
}

/* While an answer is pending: has the client gone, or only said all it has to say? */
static void hung_up(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct conn *c = arg;
	struct pollfd p = {.fd = fd};
	if (c->state != WAITING && c->state != ANSWERING) /* who reads will see it */
		return conn_deaf(c->hangup, &c->hears_end);
	poll(&p, 1, 0);
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return conn_doom(c);
	c->half_closed = true;
	conn_deaf(c->hangup, &c->hears_end);
}

static void time_is_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct conn *c = arg;
	if (c->state == BODY && c->dry)
		return conn_refuse(c, 503, "busy", "documents that wait hold more memory than is allowed (held-size); come again");
	if (c->state == HEAD || c->state == BODY) {
		c->http->counts.timeouts++;
		return conn_refuse(c, 408, "timeout", "the request did not come in time");
	}
	conn_doom(c);
}

/* ---- Accepting ---- */

static size_t open_of(const struct http *h, uid_t uid)
{
	size_t n = 0;
	for (const struct conn *c = h->conns; c; c = c->next)
		n += c->x.uid == uid;
	return n;
}

/*
 * The connection that is idle longest – of this user when he has too many, else of all – makes room. One whose next request is on its way
 * is not idle.
 */
static bool make_way(struct http *h, uid_t uid, bool his)
{
	struct conn *oldest = NULL;
	for (struct conn *c = h->conns; c; c = c->next) {
		int waiting = 0;
		if (c->state != IDLE || (his && c->x.uid != uid) || (oldest && c->idle_since > oldest->idle_since))
			continue;
		if (ioctl(c->x.fd, FIONREAD, &waiting) == 0 && waiting == 0)
			oldest = c;
	}
	if (!oldest)
		return false;
	h->counts.gave_way++;
	conn_doom(oldest);
	return true;
}

static void turn_away(struct http *h, int fd)
{
	static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Busy\",\"status\":503,\"code\":\"busy\","
				   "\"detail\":\"too many connections; close some or come again\"}\n";
	char words[512];
	int n = snprintf(words, sizeof words, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
		"Retry-After: 1\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", sizeof body - 1, body);
	h->counts.refused++;
	(void)!send(fd, words, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL); /* who does not listen misses it */
	close(fd);
}

static void add_conn(struct http *h, int fd)
{
	struct ucred who = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	socklen_t len = sizeof who;
	(void)!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len);
	h->counts.accepted++;
	bool his = open_of(h, who.uid) >= h->limits.connections_uid;
	if ((his || h->counts.open >= h->limits.connections) && !make_way(h, who.uid, his))
		return turn_away(h, fd);
	struct conn *c = mem_alloc(sizeof *c);
	c->http = h;
	c->x.fd = fd;
	c->x.uid = who.uid;
	c->x.gid = who.gid;
	c->out = evbuffer_new();
	c->readable = event_new(h->base, fd, EV_READ | EV_PERSIST, conn_can_read, c);
	c->writable = event_new(h->base, fd, EV_WRITE | EV_PERSIST, conn_can_write, c);
	c->hangup = event_new(h->base, fd, EV_CLOSED | EV_PERSIST, hung_up, c);
	c->timer = event_new(h->base, -1, 0, time_is_up, c);
	c->next = h->conns;
	if (c->next)
		c->next->prev = c;
	h->conns = c;
	h->counts.open++;
	conn_state(c, IDLE);
}

/* No descriptors left: the loop would spin. Rest a while. */
static void starve(struct http *h)
{
	struct timeval tv = {0, PAUSE_MS * 1000};
	h->counts.starved++;
	log_event(LOG_WARN, "accept-paused", "why", strerror(errno), NULL);
	event_del(h->listener);
	event_add(h->resume, &tv);
}

static void can_accept(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct http *h = arg;
	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client >= 0)
			add_conn(h, client);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			return starve(h);
		else if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct http *h = arg;
	if (h->fd >= 0)
		event_add(h->listener, NULL);
}

void http_set_limits(struct http *h, const struct http_limits *limits)
{
	h->limits = *limits;
	h->held.limit = limits->held_bytes;
	h->held.share = limits->held_bytes_uid;
}

struct http *http_new(struct event_base *base, int listen_fd, const struct http_limits *limits, const struct http_calls *calls, void *arg)
{
	struct http *h = mem_alloc(sizeof *h);
	h->base = base;
	h->limits = *limits;
	h->calls = calls;
	h->arg = arg;
	h->fd = listen_fd;
	h->listener = event_new(base, listen_fd, EV_READ | EV_PERSIST, can_accept, h);
	h->resume = event_new(base, -1, 0, accept_again, h);
	h->reaper = event_new(base, -1, 0, reap, h);
	h->relief = event_new(base, -1, 0, http_relieve, h);
	h->held = (struct budget){.limit = limits->held_bytes, .share = limits->held_bytes_uid};
	event_add(h->listener, NULL);
	return h;
}

void http_stop_accepting(struct http *h)
{
	event_del(h->listener);
	event_del(h->resume);
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	for (struct conn *c = h->conns, *next; c; c = next) {
		next = c->next;
		if (c->state == IDLE)
			conn_doom(c);
	}
}

void http_free(struct http *h)
{
	if (!h)
		return;
	http_stop_accepting(h);
	while (h->conns)
		conn_doom(h->conns);
	reap(-1, 0, h);
	event_free(h->listener), event_free(h->resume), event_free(h->reaper), event_free(h->relief);
	budget_done(&h->held);
	free(h);
}

const struct http_counts *http_counts(const struct http *h) { return &h->counts; }

size_t http_pending(const struct http *h)
{
	size_t n = 0;
	for (const struct conn *c = h->conns; c; c = c->next)
		n += c->pending || evbuffer_get_length(c->out);
	return n;
}
