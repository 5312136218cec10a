/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections and their states; see http.h. One connection holds one exchange at a time: bytes of a next request wait in the
 * buffer until the answer is out (pipelining costs nobody anything). set_state() is the one place where a state changes.
 *
 * Answering early (413, 403) closes after what the client still sends was read away for a while, so that it sees the answer.
 * gone() comes from the loop alone, never out of a call that the caller makes (a failed write is kept for the reaper), and the next
 * request of a connection is begun in a round of its own. A connection is freed at the end of the round (`doomed`).
 */
#include "daemon/http.h"

#include "daemon/budget.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_A_ROUND 32
#define READ_AT_ONCE    65536
#define LINGER_MS       2000
#define PAUSE_MS        200
#define FREE_BYTES      (128 * 1024) /* every connection may hold so much */
#define PIECE           (256 * 1024 - 128) /* of an answer: given back one by one as it is read */
#define MOVED           16384 /* bytes that are a progress of somebody who holds more */

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


static void go_on(struct conn *c);
static void refuse(struct conn *c, int status, const char *code, const char *why);

/* ---- Memory ---- */

/* Takes or gives back what the connection holds, with so much more. False: there is none left; then nothing changed, unless forced. */
static bool settle(struct conn *c, uint64_t more, bool force)
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
	return settle(c, 0, false) || (settle(c, 0, true), false);
}

uint64_t http_held(const struct http *h) { return h->held.bytes; }

static bool stopped(const struct conn *c) { return c->held || c->dry; }

static void set_timer(struct conn *c, uint64_t ms)
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

static void deaf(struct event *e, bool *hears)
{
	event_del(e);
	*hears = false;
}

static bool reads(const struct conn *c)
{
	return (c->state == IDLE || c->state == HEAD || c->state == LINGERING || (c->state == BODY && !stopped(c))) && !c->half_closed;
}

/* The one place where a state changes: what is listened to and how long follows from it. */
static void set_state(struct conn *c, enum state s)
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
	if (reads(c))
		hear(c, c->readable, &c->hears_bytes);
	if (s == WAITING && !c->half_closed)
		hear(c, c->hangup, &c->hears_end);
	if (s == IDLE)
		set_timer(c, l->idle_ms);
	else if (s == HEAD)
		set_timer(c, l->request_ms);
	else if (s == BODY && c->x.streams)
		set_timer(c, l->progress_ms);
	else if (s == BODY && !was_head)
		set_timer(c, l->request_ms);
	else if (s == ANSWERING)
		set_timer(c, l->progress_ms);
	else if (s == LINGERING)
		set_timer(c, LINGER_MS);
	else if (s == WAITING)
		event_del(c->timer);
}

/* ---- The end of a connection ---- */

static void doom(struct conn *c)
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
		c->http->counts.gone++;
		c->http->calls->gone(c->http->arg, &c->x);
	}
}

static void free_conn(struct conn *c)
{
	event_free(c->readable), event_free(c->writable), event_free(c->hangup), event_free(c->timer);
	evbuffer_free(c->out);
	str_done(&c->in), str_done(&c->head_bytes), str_done(&c->x.path), str_done(&c->x.body);
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
			doom(c);
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
static void has_moved(struct conn *c, size_t n)
{
	c->moved += n;
	if (c->taken && c->moved < MOVED)
		return;
	c->moved = 0;
	set_timer(c, c->http->limits.progress_ms);
}

/* ---- Writing ---- */

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

static void flush(struct conn *c)
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
		settle(c, 0, true);
		if (c->state == ANSWERING)
			has_moved(c, (size_t)n);
	}
	event_del(c->writable);
	if (c->state != DOOMED)
		settle(c, 0, true);
}

/* An answer is out: the next request, or the end. */
static void after_answer(struct conn *c)
{
	if (c->state != ANSWERING || c->pending || c->failed || evbuffer_get_length(c->out))
		return;
	if (c->close_after || c->half_closed) {
		if (c->half_closed)
			return doom(c);
		shutdown(c->x.fd, SHUT_WR);
		str_clear(&c->in);
		return set_state(c, LINGERING);
	}
	str_clear(&c->x.path);
	str_done(&c->x.body);
	str_clear(&c->head_bytes);
	c->x.user = NULL;
	c->x.kept = 0;
	settle(c, 0, true);
	c->head_at = 0;
	c->body_seen = 0;
	c->streaming = c->held = c->body_done = false;
	set_state(c, c->in.n ? HEAD : IDLE);
	if (c->in.n && !c->parsing) /* not here: the caller is still busy with the answer it gave */
		event_active(c->readable, EV_READ, 0);
}

static void can_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct conn *c = arg;
	flush(c);
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

static void put_head(struct conn *c, int status, const char *content_type, const char *extra, bool chunked, size_t length)
{
	bool unread = c->state != WAITING && (c->x.head.chunked || c->x.head.length);
	if (unread || !c->x.head.keep_alive || c->http->fd < 0)
		c->close_after = true;
	evbuffer_add_printf(c->out, "HTTP/1.1 %d %s\r\nServer: dossier\r\nX-Content-Type-Options: nosniff\r\n%s", status, reason_of(status), extra ? extra : "");
	if (content_type)
		evbuffer_add_printf(c->out, "Content-Type: %s\r\n", content_type);
	if (chunked)
		evbuffer_add_printf(c->out, "Transfer-Encoding: chunked\r\n");
	else if (status != 304)
		evbuffer_add_printf(c->out, "Content-Length: %zu\r\n", length);
	evbuffer_add_printf(c->out, "%s\r\n", c->close_after ? "Connection: close\r\n" : "");
}

#define COME_AGAIN "Retry-After: 1\r\n"
#define NO_MEMORY "{\"type\":\"about:blank\",\"title\":\"Busy\",\"status\":503,\"code\":\"busy\"," \
	"\"detail\":\"answers and documents that wait hold more memory than is allowed (held-size); read your answers, or come again\"}\n"

void http_answer(struct exchange *x, int status, const char *content_type, const char *extra, struct span body)
{
	struct conn *c = (struct conn *)x;
	bool sends = body.n && status != 304 && !span_is(x->head.method, "HEAD");
	if (c->state == DOOMED || c->streaming)
		return;
	if (sends && !settle(c, body.n, false)) {
		status = 503, content_type = "application/problem+json", extra = COME_AGAIN;
		body = SPAN(NO_MEMORY);
	}
	put_head(c, status, content_type, extra, false, body.n);
	if (sends)
		put_bytes(c, body);
	c->pending = false;
	x->kept = 0;
	set_state(c, ANSWERING);
	flush(c);
	after_answer(c);
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
	set_state(c, ANSWERING);
	event_del(c->timer);
	flush(c);
}

bool http_add(struct exchange *x, struct span piece)
{
	struct conn *c = (struct conn *)x;
	if (c->state == DOOMED || c->failed)
		return true;
	if (!settle(c, piece.n, false)) { /* too late for a status: the client sees an answer that is cut */
		fail(c);
		return true;
	}
	if (piece.n && c->chunked_out)
		evbuffer_add_printf(c->out, "%zx\r\n", piece.n);
	put_bytes(c, piece);
	if (piece.n && c->chunked_out)
		evbuffer_add(c->out, "\r\n", 2);
	flush(c);
	size_t left = evbuffer_get_length(c->out);
	if (!left)
		event_del(c->timer);
	else if (!event_pending(c->timer, EV_TIMEOUT, NULL))
		set_timer(c, c->http->limits.progress_ms);
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
	set_state(c, ANSWERING);
	flush(c);
	after_answer(c);
}

void http_hold(struct exchange *x, bool hold)
{
	struct conn *c = (struct conn *)x;
	if (c->state != BODY || c->held == hold)
		return;
	c->held = hold;
	if (hold)
		return event_del(c->timer), deaf(c->readable, &c->hears_bytes);
	set_state(c, BODY);
	go_on(c);
}

/* A refusal that the caller never sees: the request is broken. */
static void refuse(struct conn *c, int status, const char *code, const char *why)
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
	set_state(c, ANSWERING);
	flush(c);
	after_answer(c);
}

/* ---- Reading ---- */

static void body_complete(struct conn *c)
{
	set_state(c, WAITING);
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
	deaf(c->readable, &c->hears_bytes);
	set_timer(c, c->http->limits.request_ms);
	for (struct conn *o = c->http->conns; o && !loser; o = o->next)
		if (o != c && o->dry && o->x.uid == c->x.uid)
			loser = o->taken < c->taken ? o : c;
	if (loser)
		refuse(loser, 503, "busy", "documents that wait hold more memory than is allowed (held-size); come again");
}

static bool has_room(struct conn *c, size_t n)
{
	if (settle(c, n, false))
		return true;
	run_dry(c);
	return false;
}

/* Memory was given back: who is furthest along first. */
static void relieve(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct http *h = arg;
	struct conn *best = NULL;
	for (struct conn *c = h->conns; c; c = c->next)
		if (c->dry && (!best || c->taken > best->taken))
			best = c;
	if (!best)
		return;
	set_state(best, BODY);
	go_on(best);
	if (best->state == DOOMED || !best->dry)
		event_active(h->relief, 0, 0);
}

/* Body bytes for the caller. False: the request was refused or has gone. */
static bool take_body(struct conn *c, struct span bytes)
{
	c->body_seen += bytes.n;
	if (c->x.body_limit && c->body_seen > c->x.body_limit)
		return refuse(c, 413, "limit-exceeded", "the body is larger than is allowed here"), false;
	if (c->x.streams)
		c->http->calls->data(c->http->arg, &c->x, bytes);
	else
		str_span(&c->x.body, bytes);
	if (c->state != DOOMED)
		settle(c, 0, true); /* what the caller does not keep */
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
			refuse(c, 400, "bad-request", "a line between chunks is too long");
		return 0;
	}
	struct span line = span_sub(in, 0, (size_t)end);
	if (c->chunk == CHUNK_SIZE && !http_chunk_size(line, &c->chunk_left))
		return refuse(c, 400, "bad-request", "a chunk does not begin with its size"), (size_t)0;
	if (c->chunk == CHUNK_END && line.n)
		return refuse(c, 400, "bad-request", "a chunk is not ended by a line end"), (size_t)0;
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
		for (size_t n = 1; n && c->state == BODY && !stopped(c) && !c->body_done; used += n)
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
		return refuse(c, status, "bad-request", why);
	str_clear(&c->x.path);
	if (!http_decode(c->x.head.path, &c->x.path))
		return refuse(c, 400, "bad-request", "the address has a broken escape");
	c->pending = true;
	c->x.streams = false;
	c->x.body_limit = 0;
	c->chunk = CHUNK_SIZE;
	c->http->calls->head(c->http->arg, &c->x);
	if (!c->pending) /* answered already */
		return;
	if (!c->x.head.chunked && c->x.head.length > c->x.body_limit && c->x.body_limit)
		return refuse(c, 413, "limit-exceeded", "the body is larger than is allowed here");
	if (c->x.head.expects_continue && (c->x.head.chunked || c->x.head.length)) {
		evbuffer_add_printf(c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		flush(c);
	}
	set_state(c, BODY);
}

static void read_head(struct conn *c)
{
	while (c->head_at == 0 && c->in.n >= 2 && c->in.p[0] == '\r' && c->in.p[1] == '\n')
		str_drop(&c->in, 2); /* empty lines before a request */
	size_t end = http_head_end(str_view(&c->in), &c->head_at);
	if (end > c->http->limits.head_bytes || (!end && c->in.n > c->http->limits.head_bytes))
		return refuse(c, 431, "limit-exceeded", "the head of the request is too long");
	if (end)
		start_exchange(c, end);
}

/* Does what can be done with the bytes that are there. */
static void go_on(struct conn *c)
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
			set_state(c, HEAD);
		if (c->state == HEAD)
			read_head(c);
		if (c->state == BODY && !stopped(c))
			read_body(c);
	} while ((c->state != before || c->in.n != had) && c->state != DOOMED);
	c->parsing = false;
}

static void can_read(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct conn *c = arg;
	if (!reads(c))
		return deaf(c->readable, &c->hears_bytes);
	str_room(&c->in, READ_AT_ONCE);
	ssize_t n = recv(fd, c->in.p + c->in.n, READ_AT_ONCE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return go_on(c); /* what was there already */
	if (n <= 0)
		return doom(c);
	if (c->state == LINGERING)
		return;
	if (c->state == BODY && c->x.streams)
		has_moved(c, (size_t)n);
	c->in.n += (size_t)n;
	go_on(c);
}

/* While an answer is pending: has the client gone, or only said all it has to say? */
static void hung_up(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct conn *c = arg;
	struct pollfd p = {.fd = fd};
	if (c->state != WAITING && c->state != ANSWERING) /* who reads will see it */
		return deaf(c->hangup, &c->hears_end);
	poll(&p, 1, 0);
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return doom(c);
	c->half_closed = true;
	deaf(c->hangup, &c->hears_end);
}

static void time_is_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct conn *c = arg;
	if (c->state == BODY && c->dry)
		return refuse(c, 503, "busy", "documents that wait hold more memory than is allowed (held-size); come again");
	if (c->state == HEAD || c->state == BODY) {
		c->http->counts.timeouts++;
		return refuse(c, 408, "timeout", "the request did not come in time");
	}
	doom(c);
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
	doom(oldest);
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
	c->readable = event_new(h->base, fd, EV_READ | EV_PERSIST, can_read, c);
	c->writable = event_new(h->base, fd, EV_WRITE | EV_PERSIST, can_write, c);
	c->hangup = event_new(h->base, fd, EV_CLOSED | EV_PERSIST, hung_up, c);
	c->timer = event_new(h->base, -1, 0, time_is_up, c);
	c->next = h->conns;
	if (c->next)
		c->next->prev = c;
	h->conns = c;
	h->counts.open++;
	set_state(c, IDLE);
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
	h->relief = event_new(base, -1, 0, relieve, h);
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
			doom(c);
	}
}

void http_free(struct http *h)
{
	if (!h)
		return;
	http_stop_accepting(h);
	while (h->conns)
		doom(h->conns);
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
