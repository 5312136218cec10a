/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests: bytes of a connection to a head (http-parse.c), a body or its pieces, and the caller's turn. See http.h.
 *
 * conn_go_on() runs until the bytes that are there bring nothing more; an answer given inside a callback ends there, and the loop goes on.
 * A body for which there is no memory is not read on; of one user's the one that is furthest along waits and the others are refused.
 */
#include "daemon/http-inner.h"

#include <errno.h>
#include <sys/socket.h>

#define READ_AT_ONCE 65536

static void body_complete(struct conn *c)
{
	conn_state(c, WAITING);
	c->http->counts.requests++;
	c->http->calls->request(c->http->arg, &c->x);
}

/*
 * No memory for more of a body. Of one user's bodies the one that is furthest along waits; the others are refused, which gives it room:
 * so one of them always comes to its end.
 */
static void run_dry(struct conn *c)
{
	struct conn *loser = NULL;
	c->dry = true;
	conn_deaf(c->readable, &c->hears_bytes);
	conn_timer(c, c->http->limits.request_ms);
	for (struct conn *o = c->http->conns; o && !loser; o = o->next)
		if (o != c && o->dry && o->x.uid == c->x.uid)
			loser = o->taken < c->taken ? o : c;
	if (loser)
		conn_refuse(loser, 503, "busy", "documents that wait hold more memory than is allowed (held-size); come again");
}

static bool has_room(struct conn *c, size_t n)
{
	if (conn_settle(c, n, false))
		return true;
	run_dry(c);
	return false;
}

/* Memory was given back: who is furthest along first. */
void http_relieve(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct http *h = arg;
	struct conn *best = NULL;
	for (struct conn *c = h->conns; c; c = c->next)
		if (c->dry && (!best || c->taken > best->taken))
			best = c;
	if (!best)
		return;
	conn_state(best, BODY);
	conn_go_on(best);
	if (best->state == DOOMED || !best->dry)
		event_active(h->relief, 0, 0);
}

/* Body bytes for the caller. False: the request was refused or has gone. */
static bool take_body(struct conn *c, struct span bytes)
{
	c->body_seen += bytes.n;
	if (c->x.body_limit && c->body_seen > c->x.body_limit)
		return conn_refuse(c, 413, "limit-exceeded", "the body is larger than is allowed here"), false;
	if (c->x.streams)
		c->http->calls->data(c->http->arg, &c->x, bytes);
	else
		str_span(&c->x.body, bytes);
	if (c->state != DOOMED)
		conn_settle(c, 0, true); /* what the caller does not keep */
	return c->state == BODY;
}

/* One step through a chunked body: how many bytes of `in` were used; 0: more are needed. */
static size_t chunk_step(struct conn *c, struct span in)
{
	if (c->chunk == CHUNK_DATA) {
		size_t n = in.n < c->chunk_left ? in.n : (size_t)c->chunk_left;
		if (n && !has_room(c, n))
			return 0;
		c->chunk_left -= n;
		if (!c->chunk_left)
			c->chunk = CHUNK_END;
		if (n)
			take_body(c, span_sub(in, 0, n));
		return n;
	}
	ptrdiff_t end = span_find(in, SPAN("\r\n"));
	if (end < 0) {
		if (in.n > 1024)
			conn_refuse(c, 400, "bad-request", "a line between chunks is too long");
		return 0;
	}
	struct span line = span_sub(in, 0, (size_t)end);
	if (c->chunk == CHUNK_SIZE && !http_chunk_size(line, &c->chunk_left))
		return conn_refuse(c, 400, "bad-request", "a chunk does not begin with its size"), (size_t)0;
	if (c->chunk == CHUNK_END && line.n)
		return conn_refuse(c, 400, "bad-request", "a chunk is not ended by a line end"), (size_t)0;
	if (c->chunk == CHUNK_SIZE)
		c->chunk = c->chunk_left ? CHUNK_DATA : CHUNK_TRAILER;
	else if (c->chunk == CHUNK_END)
		c->chunk = CHUNK_SIZE;
	else if (!line.n)
		c->body_done = true;
	return (size_t)end + 2;
}

/* Takes what has come of the body. */
static void read_body(struct conn *c)
{
	size_t used = 0;
	if (c->x.head.chunked) {
		for (size_t n = 1; n && c->state == BODY && !conn_stopped(c) && !c->body_done; used += n)
			n = chunk_step(c, (struct span){c->in.p + used, c->in.n - used});
	} else {
		uint64_t want = c->x.head.length - c->body_seen;
		used = c->in.n < want ? c->in.n : (size_t)want;
		if (used && !has_room(c, used))
			return;
		bool fine = !used || take_body(c, (struct span){c->in.p, used});
		c->body_done = fine && c->body_seen == c->x.head.length;
	}
	if (c->state != DOOMED && c->in.n)
		str_drop(&c->in, used < c->in.n ? used : c->in.n);
	if (c->state == BODY && c->body_done)
		body_complete(c);
}

static void start_exchange(struct conn *c, size_t head_end)
{
	const char *why = "";
	str_clear(&c->head_bytes);
	str_add(&c->head_bytes, c->in.p, head_end);
	str_drop(&c->in, head_end);
	int status = http_head_parse(str_view(&c->head_bytes), &c->x.head, &why);
	if (status)
		return conn_refuse(c, status, "bad-request", why);
	str_clear(&c->x.path);
	if (!http_decode(c->x.head.path, &c->x.path))
		return conn_refuse(c, 400, "bad-request", "the address has a broken escape");
	c->pending = true;
	c->x.streams = false;
	c->x.body_limit = 0;
	c->chunk = CHUNK_SIZE;
	c->http->calls->head(c->http->arg, &c->x);
	if (!c->pending) /* answered already */
		return;
	if (!c->x.head.chunked && c->x.head.length > c->x.body_limit && c->x.body_limit)
		return conn_refuse(c, 413, "limit-exceeded", "the body is larger than is allowed here");
	if (c->x.head.expects_continue && (c->x.head.chunked || c->x.head.length)) {
		evbuffer_add_printf(c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		conn_flush(c);
	}
	conn_state(c, BODY);
}

static void read_head(struct conn *c)
{
	while (c->head_at == 0 && c->in.n >= 2 && c->in.p[0] == '\r' && c->in.p[1] == '\n')
		str_drop(&c->in, 2); /* empty lines before a request */
	size_t end = http_head_end(str_view(&c->in), &c->head_at);
	if (end > c->http->limits.head_bytes || (!end && c->in.n > c->http->limits.head_bytes))
		return conn_refuse(c, 431, "limit-exceeded", "the head of the request is too long");
	if (end)
		start_exchange(c, end);
}

/* Does what can be done with the bytes that are there. */
void conn_go_on(struct conn *c)
{
	if (c->parsing) /* an answer inside a callback ends here; the loop below goes on */
		return;
	c->parsing = true;
	enum state before;
	size_t had;
	do {
		before = c->state;
		had = c->in.n;
		if (c->state == IDLE && c->in.n)
			conn_state(c, HEAD);
		if (c->state == HEAD)
			read_head(c);
		if (c->state == BODY && !conn_stopped(c))
			read_body(c);
	} while ((c->state != before || c->in.n != had) && c->state != DOOMED);
	c->parsing = false;
}

void conn_can_read(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct conn *c = arg;
	if (!conn_reads(c))
		return conn_deaf(c->readable, &c->hears_bytes);
	str_room(&c->in, READ_AT_ONCE);
	ssize_t n = recv(fd, c->in.p + c->in.n, READ_AT_ONCE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return conn_go_on(c); /* what was there already */
	if (n <= 0)
		return conn_doom(c);
	if (c->state == LINGERING)
		return;
	if (c->state == BODY && c->x.streams)
		conn_moved(c, (size_t)n);
	c->in.n += (size_t)n;
	conn_go_on(c);
}

void http_hold(struct exchange *x, bool hold)
{
	struct conn *c = (struct conn *)x;
	if (c->state != BODY || c->held == hold)
		return;
	c->held = hold;
	if (hold)
		return event_del(c->timer), conn_deaf(c->readable, &c->hears_bytes);
	conn_state(c, BODY);
	conn_go_on(c);
}
