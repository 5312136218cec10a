/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers: whole, in pieces, and refusals. See http.h; http-inner.h for who does what.
 *
 * Bytes wait in `out` and go to the kernel as it takes them, whoever gave them. A write that fails is told to nobody here: the connection
 * is marked, and the reaper ends it in a round of its own, for the caller is in the middle of something.
 */
#include "daemon/http-inner.h"

#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#define PIECE (256 * 1024 - 128) /* of an answer: given back one by one as it is read */

/* In pieces, each of which is freed when it was sent. */
static void put_bytes(struct conn *c, struct span s)
{
	for (size_t n; s.n; s = span_sub(s, n, s.n)) {
		n = s.n < PIECE ? s.n : PIECE;
		evbuffer_add(c->out, s.p, n);
	}
}

/* An answer that nobody will read whole any more. The caller is told by the reaper, not in the middle of what it is doing. */
static void fail(struct conn *c)
{
	c->failed = true;
	evbuffer_drain(c->out, evbuffer_get_length(c->out));
	event_active(c->http->reaper, 0, 0);
}

void conn_flush(struct conn *c)
{
	while (evbuffer_get_length(c->out) && c->state != DOOMED) {
		int n = evbuffer_write(c->out, c->x.fd);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			event_add(c->writable, NULL);
			return;
		}
		if (n <= 0) {
			fail(c);
			break;
		}
		c->http->counts.sent_bytes += (uint64_t)n;
		conn_settle(c, 0, true);
		if (c->state == ANSWERING)
			conn_moved(c, (size_t)n);
	}
	event_del(c->writable);
	if (c->state != DOOMED)
		conn_settle(c, 0, true);
}

/* An answer is out: the next request, or the end. */
static void after_answer(struct conn *c)
{
	if (c->state != ANSWERING || c->pending || c->failed || evbuffer_get_length(c->out))
		return;
	if (c->close_after || c->half_closed) {
		if (c->half_closed)
			return conn_doom(c);
		shutdown(c->x.fd, SHUT_WR);
		str_clear(&c->in);
		return conn_state(c, LINGERING);
	}
	str_clear(&c->x.path);
	str_done(&c->x.body);
	str_clear(&c->head_bytes);
	c->x.user = NULL;
	c->x.kept = 0;
	conn_settle(c, 0, true);
	c->head_at = 0;
	c->body_seen = 0;
	c->streaming = c->held = c->body_done = false;
	conn_state(c, c->in.n ? HEAD : IDLE);
	if (c->in.n && !c->parsing) /* not here: the caller is still busy with the answer it gave */
		event_active(c->readable, EV_READ, 0);
}

void conn_can_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct conn *c = arg;
	conn_flush(c);
	if (c->state == DOOMED)
		return;
	if (c->pending && c->streaming) {
		if (!evbuffer_get_length(c->out))
			event_del(c->timer); /* it is our turn */
		if (c->choked && evbuffer_get_length(c->out) < c->http->limits.output_bytes / 2) {
			c->choked = false;
			c->http->calls->drained(c->http->arg, &c->x);
		}
		return;
	}
	after_answer(c);
}

static const char *reason_of(int status)
{
	static const struct { int status; const char *words; } reasons[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
		{304, "Not Modified"}, {400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"}, {408, "Request Timeout"},
		{409, "Conflict"}, {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"}, {422, "Unprocessable Content"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {503, "Service Unavailable"},
		{504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"}, {507, "Insufficient Storage"}};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return "Unknown";
}

/* What every answer begins with. */
static void first_lines(struct str *out, int status, const char *content_type, const char *extra)
{
	str_printf(out, "HTTP/1.1 %d %s\r\nServer: dossier\r\nX-Content-Type-Options: nosniff\r\n%s", status, reason_of(status), extra ? extra : "");
	if (content_type)
		str_printf(out, "Content-Type: %s\r\n", content_type);
}

void http_head_write(struct str *out, int status, const char *content_type, const char *extra, uint64_t length)
{
	first_lines(out, status, content_type, extra);
	str_printf(out, "Content-Length: %llu\r\n\r\n", (unsigned long long)length);
}

void http_etag_lines(struct span etag, char out[HTTP_EXTRA])
{
	out[0] = 0;
	if (etag.n && etag.n < 150)
		snprintf(out, HTTP_EXTRA, "ETag: %.*s\r\nCache-Control: no-cache\r\n", SPAN_ARG(etag));
}

static void put_head(struct conn *c, int status, const char *content_type, const char *extra, bool chunked, size_t length)
{
	bool unread = c->state != WAITING && (c->x.head.chunked || c->x.head.length);
	if (unread || !c->x.head.keep_alive || c->http->fd < 0)
		c->close_after = true;
	AUTO_STR struct str lines = {0};
	first_lines(&lines, status, content_type, extra);
	evbuffer_add(c->out, lines.p, lines.n);
	if (chunked)
		evbuffer_add_printf(c->out, "Transfer-Encoding: chunked\r\n");
	else if (status != 304)
		evbuffer_add_printf(c->out, "Content-Length: %zu\r\n", length);
	evbuffer_add_printf(c->out, "%s\r\n", c->close_after ? "Connection: close\r\n" : "");
}

/* All of it is in `out` or with the kernel. */
static void end_answer(struct conn *c)
{
	c->pending = c->lent = false;
	c->x.kept = 0;
	conn_state(c, ANSWERING);
	conn_flush(c);
	after_answer(c);
}

#define NO_MEMORY "{\"type\":\"about:blank\",\"title\":\"Busy\",\"status\":503,\"code\":\"busy\"," \
	"\"detail\":\"answers and documents that wait hold more memory than is allowed (held-size); read your answers, or come again\"}\n"

void http_answer(struct exchange *x, int status, const char *content_type, const char *extra, struct span body)
{
	struct conn *c = (struct conn *)x;
	bool sends = body.n && status != 304 && !span_is(x->head.method, "HEAD");
	if (c->state == DOOMED || c->streaming)
		return;
	if (sends && !conn_settle(c, body.n, false)) {
		status = 503, content_type = "application/problem+json", extra = COME_AGAIN;
		body = SPAN(NO_MEMORY);
	}
	put_head(c, status, content_type, extra, false, body.n);
	if (sends)
		put_bytes(c, body);
	end_answer(c);
}

/* ---- answers that another process writes ---- */

bool http_lend(struct exchange *x)
{
	struct conn *c = (struct conn *)x;
	bool plain = span_is(x->head.method, "GET") && x->head.http11 && x->head.keep_alive && !x->head.if_none_match.n;
	c->lent = plain && c->state == WAITING && !c->half_closed && c->http->fd >= 0 && !evbuffer_get_length(c->out);
	return c->lent;
}

void http_sent(struct exchange *x, uint64_t sent, struct span rest)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED)
		return;
	c->http->counts.sent_bytes += sent;
	c->close_after |= c->http->fd < 0;
	if (rest.n && !conn_settle(c, rest.n, false))
		return http_cut(x); /* too late for a status */
	put_bytes(c, rest);
	end_answer(c);
}

void http_sent_late(struct http *h, uint64_t sent) { h->counts.sent_bytes += sent; }

void http_cut(struct exchange *x)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED)
		return;
	c->pending = false;
	fail(c);
}

void http_begin(struct exchange *x, int status, const char *content_type)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED)
		return;
	c->chunked_out = x->head.http11;
	if (!c->chunked_out)
		c->close_after = true;
	put_head(c, status, content_type, NULL, c->chunked_out, 0);
	c->streaming = true;
	conn_state(c, ANSWERING);
	event_del(c->timer);
	conn_flush(c);
}

bool http_add(struct exchange *x, struct span piece)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED || c->failed)
		return true;
	if (!conn_settle(c, piece.n, false)) { /* too late for a status: the client sees an answer that is cut */
		fail(c);
		return true;
	}
	if (piece.n && c->chunked_out)
		evbuffer_add_printf(c->out, "%zx\r\n", piece.n);
	put_bytes(c, piece);
	if (piece.n && c->chunked_out)
		evbuffer_add(c->out, "\r\n", 2);
	conn_flush(c);
	size_t left = evbuffer_get_length(c->out);
	if (!left)
		event_del(c->timer);
	else if (!event_pending(c->timer, EV_TIMEOUT, NULL))
		conn_timer(c, c->http->limits.progress_ms);
	c->choked = left > c->http->limits.output_bytes;
	return !c->choked;
}

void http_end(struct exchange *x)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED)
		return;
	if (c->chunked_out)
		evbuffer_add(c->out, "0\r\n\r\n", 5);
	c->pending = false;
	conn_state(c, ANSWERING);
	conn_flush(c);
	after_answer(c);
}

/* A refusal that the caller never sees: the request is broken. */
void conn_refuse(struct conn *c, int status, const char *code, const char *why)
{
	char body[600];
	int n = snprintf(body, sizeof body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"detail\":\"%s\",\"advice\":\"%s\"}\n",
		reason_of(status), status, code, why, err_advice(err_from_name(code)));
	c->http->counts.bad_requests++;
	c->close_after = true;
	if (c->pending) { /* the caller is told first: it must not answer any more */
		c->pending = false;
		c->http->calls->gone(c->http->arg, &c->x);
	}
	if (c->state == DOOMED)
		return;
	c->x.kept = 0;
	str_done(&c->x.body);
	put_head(c, status, "application/problem+json", status == 503 ? COME_AGAIN : NULL, false, (size_t)n);
	evbuffer_add(c->out, body, (size_t)n);
	conn_state(c, ANSWERING);
	conn_flush(c);
	after_answer(c);
}
