/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP/1.1 over a Unix socket, as much of it as one well-known server needs.
 *
 *	request() ─ connect, send ─► read_head() ─► read_body(): Content-Length or chunks ─► sink()
 *
 * The connection is kept for the next request. A kept one that turns out to be closed, and one that is closed before the first byte
 * of an answer to a GET, as when the daemon is being upgraded, is opened anew, once.
 * An answer's head is bounded; its body goes to a sink, which keeps it or hands lines on.
 */
#include "dossier.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD_MAX 65536
#define ANSWER_MAX ((size_t)512 << 20) /* an answer that is kept, or one line of a stream */

struct dossier {
	char *socket;
	int fd, timeout_ms, status, code;
	bool kept; /* the connection has served an answer before */
	char error[1024];
	json_t *problem;
	char *in; /* bytes read and not yet used: in[from..to) */
	size_t from, to, cap;
};

struct sink {
	int (*line)(void *arg, const char *text, size_t n); /* NULL: everything is kept */
	void *arg;
	char *bytes;
	size_t n, cap, looked; /* bytes[0..looked) hold no newline */
};

static int fail(struct dossier *d, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int fail(struct dossier *d, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(d->error, sizeof d->error, fmt, ap);
	va_end(ap);
	return d->code = code;
}

static void hang_up(struct dossier *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	d->kept = false;
	d->from = d->to = 0;
}

#define SYSTEM_SOCKET "/run/dossier/dossier.sock"

/* Where a daemon of the user's own would listen: in the folder of the session, else beside its index; NULL for root without either. */
static char *own_socket(void)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	char *path = NULL, dir[64];
	snprintf(dir, sizeof dir, "/run/user/%u", (unsigned)getuid());
	int n = -1;
	if (run && *run == '/')
		n = asprintf(&path, "%s/dossier/dossier.sock", run);
	else if (getuid() != 0 && access(dir, W_OK) == 0)
		n = asprintf(&path, "%s/dossier/dossier.sock", dir);
	else if (getuid() != 0 && data && *data == '/')
		n = asprintf(&path, "%s/dossier/dossier.sock", data);
	else if (getuid() != 0 && home && *home == '/')
		n = asprintf(&path, "%s/.local/share/dossier/dossier.sock", home);
	return n < 0 ? NULL : path;
}

/* The user's own where it is, else the machine's where we may ask it; where there is neither, the user's own is named. */
static char *default_socket(void)
{
	const char *given = getenv("DOSSIER_SOCKET");
	if (given && *given)
		return strdup(given);
	char *own = own_socket();
	if (own && (access(own, F_OK) == 0 || access(SYSTEM_SOCKET, W_OK) != 0))
		return own;
	free(own);
	return strdup(SYSTEM_SOCKET);
}

struct dossier *dossier_new(const char *socket_path)
{
	struct dossier *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->fd = -1;
	d->timeout_ms = 60000;
	d->socket = socket_path ? strdup(socket_path) : default_socket();
	if (d->socket)
		return d;
	free(d);
	return NULL;
}

void dossier_free(struct dossier *d)
{
	if (!d)
		return;
	hang_up(d);
	json_decref(d->problem);
	free(d->in);
	free(d->socket);
	free(d);
}

const char *dossier_socket(const struct dossier *d) { return d->socket; }
void dossier_timeout(struct dossier *d, int ms) { d->timeout_ms = ms; }
const char *dossier_error(const struct dossier *d) { return d->error; }
const json_t *dossier_problem(const struct dossier *d) { return d->problem; }
int dossier_status(const struct dossier *d) { return d->status; }
int dossier_last_code(const struct dossier *d) { return d->code; }

static int no_answer(struct dossier *d)
{
	if (d->timeout_ms < 1000)
		return fail(d, DOSSIER_TIMEOUT, "%s: no answer for %d ms", d->socket, d->timeout_ms);
	return fail(d, DOSSIER_TIMEOUT, "%s: no answer for %d seconds", d->socket, d->timeout_ms / 1000);
}

static int dial(struct dossier *d)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (d->fd >= 0)
		return 0;
	if (strlen(d->socket) >= sizeof to.sun_path)
		return fail(d, DOSSIER_UNREACHABLE, "%s: a socket path can have %zu bytes at most", d->socket, sizeof to.sun_path - 1);
	strcpy(to.sun_path, d->socket);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return fail(d, DOSSIER_UNREACHABLE, "no socket: %s", strerror(errno));
	struct timeval patience = {d->timeout_ms / 1000, d->timeout_ms % 1000 * 1000}; /* where nobody takes connections, and as many wait as may */
	setsockopt(d->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(d->fd, (struct sockaddr *)&to, sizeof to) == 0)
		return 0;
	int rc = errno == EAGAIN ? no_answer(d) : fail(d, DOSSIER_UNREACHABLE, "%s: %s", d->socket, strerror(errno));
	hang_up(d);
	return rc;
}

/* Waits until the socket is ready; *ready: for what. */
static int wait_for(struct dossier *d, short what, short *ready)
{
	struct pollfd p = {.fd = d->fd, .events = what};
	int n;
	do
		n = poll(&p, 1, d->timeout_ms);
	while (n < 0 && errno == EINTR);
	*ready = p.revents;
	if (n == 0)
		return no_answer(d);
	return n < 0 ? fail(d, DOSSIER_BROKEN, "%s: %s", d->socket, strerror(errno)) : 0;
}

/* Room behind in[to): what is used up goes, then the buffer grows. */
static int make_room(struct dossier *d)
{
	if (d->from) {
		memmove(d->in, d->in + d->from, d->to - d->from);
		d->to -= d->from;
		d->from = 0;
	}
	if (d->to < d->cap)
		return 0;
	size_t cap = d->cap ? d->cap * 2 : 65536;
	char *in = cap <= ANSWER_MAX ? realloc(d->in, cap) : NULL;
	if (!in)
		return fail(d, DOSSIER_BROKEN, "%s: the answer is too large", d->socket);
	d->in = in;
	d->cap = cap;
	return 0;
}

/* What lies ready, into the buffer; *ended at the end of the stream. */
static int take_in(struct dossier *d, bool *ended)
{
	int rc = make_room(d);
	if (rc)
		return rc;
	ssize_t n = recv(d->fd, d->in + d->to, d->cap - d->to, MSG_DONTWAIT);
	if (n > 0)
		d->to += (size_t)n;
	*ended = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
	return 0;
}

/* Reads what comes while it sends: a daemon that answers line by line would otherwise wait for us, and we for it. */
static int send_all(struct dossier *d, const char *p, size_t n)
{
	while (n) {
		short ready;
		bool ended = false;
		int rc = wait_for(d, POLLOUT | POLLIN, &ready);
		if (rc || ((ready & (POLLIN | POLLHUP)) && (rc = take_in(d, &ended)) != 0))
			return rc;
		if (ended)
			return fail(d, DOSSIER_BROKEN, "%s: the daemon closed the connection", d->socket);
		if (!(ready & (POLLOUT | POLLERR)))
			continue;
		ssize_t k = send(d->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (k < 0)
			return fail(d, DOSSIER_BROKEN, "%s: the connection broke while sending: %s", d->socket, strerror(errno));
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Reads more into the buffer; DOSSIER_BROKEN at the end of the stream. */
static int fill(struct dossier *d)
{
	bool ended = false;
	for (size_t before = d->to - d->from; d->to - d->from == before;) {
		short ready;
		int rc = wait_for(d, POLLIN, &ready);
		if (rc || (rc = take_in(d, &ended)) != 0)
			return rc;
		if (ended)
			return fail(d, DOSSIER_BROKEN, "%s: the daemon closed the connection before its answer was complete", d->socket);
	}
	return 0;
}

/* One line without its end, borrowed from the buffer until the next fill. */
static int read_line(struct dossier *d, char **line)
{
	for (size_t looked = 0;;) {
		char *end = d->to > d->from + looked ? memchr(d->in + d->from + looked, '\n', d->to - d->from - looked) : NULL;
		if (end) {
			*line = d->in + d->from;
			d->from = (size_t)(end - d->in) + 1;
			if (end > *line && end[-1] == '\r')
				end--;
			*end = 0;
			return 0;
		}
		looked = d->to - d->from;
		if (looked > HEAD_MAX)
			return fail(d, DOSSIER_BROKEN, "%s: the answer is no HTTP", d->socket);
		int rc = fill(d);
		if (rc)
			return rc;
	}
}

struct head {
	long long length; /* -1: unknown */
	bool chunked, close;
};

static void read_field(struct head *h, char *line)
{
	char *value = strchr(line, ':');
	if (!value)
		return;
	*value++ = 0;
	while (*value == ' ')
		value++;
	if (strcasecmp(line, "Content-Length") == 0)
		h->length = strtoll(value, NULL, 10);
	else if (strcasecmp(line, "Transfer-Encoding") == 0)
		h->chunked = strcasecmp(value, "chunked") == 0;
	else if (strcasecmp(line, "Connection") == 0)
		h->close = strcasecmp(value, "close") == 0;
}

static int read_one_head(struct dossier *d, struct head *h, int *status)
{
	char *line;
	*h = (struct head){.length = -1};
	int rc = read_line(d, &line);
	if (rc)
		return rc;
	if (sscanf(line, "HTTP/1.%*1d %3d", status) != 1 || *status < 100)
		return fail(d, DOSSIER_BROKEN, "%s: the answer is no HTTP", d->socket);
	for (int fields = 0; (rc = read_line(d, &line)) == 0 && *line; fields++) {
		if (fields > 100)
			return fail(d, DOSSIER_BROKEN, "%s: too many header fields", d->socket);
		read_field(h, line);
	}
	return rc;
}

static int read_head(struct dossier *d, struct head *h)
{
	for (int i = 0; i < 8; i++) { /* 100 Continue and its like come before the answer */
		int status = 0, rc = read_one_head(d, h, &status);
		if (rc)
			return rc;
		if (status >= 200) {
			d->status = status;
			return 0;
		}
	}
	return fail(d, DOSSIER_BROKEN, "%s: the answer does not begin", d->socket);
}

static int hand_on_lines(struct dossier *d, struct sink *s)
{
	size_t start = 0;
	for (char *end; (end = memchr(s->bytes + s->looked, '\n', s->n - s->looked));) {
		size_t n = (size_t)(end - s->bytes) - start;
		if (n && s->line(s->arg, s->bytes + start, n) != 0)
			return fail(d, DOSSIER_STOPPED, "stopped");
		s->looked = start += n + 1;
	}
	if (start)
		memmove(s->bytes, s->bytes + start, s->n - start);
	s->looked = s->n -= start;
	return 0;
}

static int sink_add(struct dossier *d, struct sink *s, const char *p, size_t n)
{
	if (n > ANSWER_MAX - s->n)
		return fail(d, DOSSIER_BROKEN, "%s: the answer is larger than %zu MB", d->socket, ANSWER_MAX >> 20);
	if (s->n + n + 1 > s->cap) {
		size_t cap = (s->n + n + 1) * 2;
		char *bytes = realloc(s->bytes, cap);
		if (!bytes)
			return fail(d, DOSSIER_BROKEN, "out of memory");
		s->bytes = bytes;
		s->cap = cap;
	}
	memcpy(s->bytes + s->n, p, n);
	s->n += n;
	s->bytes[s->n] = 0;
	return s->line && d->status < 400 ? hand_on_lines(d, s) : 0;
}

static int read_bytes(struct dossier *d, struct sink *s, unsigned long long n)
{
	while (n) {
		if (d->from == d->to) {
			int rc = fill(d);
			if (rc)
				return rc;
		}
		size_t have = d->to - d->from, k = n < have ? (size_t)n : have;
		int rc = sink_add(d, s, d->in + d->from, k);
		d->from += k;
		n -= k;
		if (rc)
			return rc;
	}
	return 0;
}

static int read_chunks(struct dossier *d, struct sink *s)
{
	char *line;
	for (;;) {
		int rc = read_line(d, &line);
		if (rc)
			return rc;
		char *end;
		unsigned long long n = strtoull(line, &end, 16);
		if (end == line)
			return fail(d, DOSSIER_BROKEN, "%s: a broken chunk in the answer", d->socket);
		if ((rc = read_bytes(d, s, n)) || (rc = read_line(d, &line)) || n == 0)
			return rc;
	}
}

static int read_body(struct dossier *d, const char *method, const struct head *h, struct sink *s)
{
	int rc = sink_add(d, s, "", 0);
	if (rc || d->status == 204 || d->status == 304 || strcmp(method, "HEAD") == 0)
		return rc;
	if (h->chunked)
		rc = read_chunks(d, s);
	else if (h->length >= 0)
		rc = read_bytes(d, s, (unsigned long long)h->length);
	else
		return fail(d, DOSSIER_BROKEN, "%s: an answer without a length", d->socket);
	if (rc == 0 && s->line && d->status < 400 && s->n && s->line(s->arg, s->bytes, s->n) != 0)
		rc = fail(d, DOSSIER_STOPPED, "stopped");
	return rc;
}

static int send_request(struct dossier *d, const char *method, const char *target, const char *type, const void *body, size_t n)
{
	char *head = NULL;
	int len = asprintf(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n%s%s%s\r\n", method, target, n, type ? "Content-Type: " : "",
			   type ? type : "", type ? "\r\n" : "");
	if (len < 0)
		return fail(d, DOSSIER_BROKEN, "out of memory");
	int rc = send_all(d, head, (size_t)len);
	free(head);
	return rc ? rc : send_all(d, body, n);
}

/* A refusal that came while the body was still being sent has closed the connection, but its words lie ready: so a failed send is no reason not to read. */
static int one_round(struct dossier *d, const char *method, const char *target, const char *type, const void *body, size_t n, struct sink *s)
{
	struct head h;
	int rc = dial(d);
	if (rc)
		return rc;
	int sent = send_request(d, method, target, type, body, n);
	if (sent == DOSSIER_TIMEOUT || (rc = read_head(d, &h)) != 0)
		return sent ? sent : rc;
	rc = read_body(d, method, &h, s);
	if (rc || h.close || sent)
		hang_up(d);
	d->kept = d->fd >= 0;
	return rc;
}

static int refuse(struct dossier *d, struct sink *s)
{
	json_t *p = json_loadb(s->bytes, s->n, 0, NULL);
	const char *words = json_string_value(json_object_get(p, "detail"));
	if (!words)
		words = json_string_value(json_object_get(p, "title"));
	fail(d, DOSSIER_REFUSED, "%s", words ? words : "the daemon refused without saying why");
	d->problem = p;
	return DOSSIER_REFUSED;
}

static int request(struct dossier *d, const char *method, const char *target, const char *type, const void *body, size_t n, struct sink *s)
{
	bool kept = d->kept;
	json_decref(d->problem);
	d->problem = NULL;
	d->status = d->code = 0;
	int rc = one_round(d, method, target, type, body, n, s);
	if (rc == DOSSIER_BROKEN && d->status == 0 && (kept || strcmp(method, "GET") == 0)) { /* the daemon had closed the kept connection, or is being started anew */
		hang_up(d);
		rc = one_round(d, method, target, type, body, n, s);
	}
	if (rc) {
		hang_up(d);
		return rc;
	}
	return d->status >= 400 ? refuse(d, s) : 0;
}

static size_t put_encoded(char *out, const char *z)
{
	static const char hex[] = "0123456789ABCDEF";
	char *p = out;
	for (; *z; z++) {
		unsigned char c = (unsigned char)*z;
		if (isalnum(c) || strchr("-._~", c)) {
			*p++ = (char)c;
		} else {
			*p++ = '%';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	return (size_t)(p - out);
}

/* path?key=value&…; new. */
static char *make_target(const char *path, const char *const *params)
{
	size_t room = strlen(path) * 3 + 2;
	for (const char *const *p = params; p && *p; p++)
		room += strlen(*p) * 3 + 2;
	char *target = malloc(room);
	if (!target)
		return NULL;
	size_t n = 0;
	for (; *path; path++) /* a path is encoded already: but no blank, newline or strange byte may end the request line */
		n += *path > ' ' && *path < 0x7F ? (target[n] = *path, 1u) : put_encoded(target + n, (const char[]){*path, 0});
	for (const char *const *p = params; p && p[0] && p[1]; p += 2) {
		target[n++] = p == params ? '?' : '&';
		n += put_encoded(target + n, p[0]);
		target[n++] = '=';
		n += put_encoded(target + n, p[1]);
	}
	target[n] = 0;
	return target;
}

static int ask(struct dossier *d, const char *method, const char *path, const char *const *params, const char *type, const void *send_body, size_t send_n,
	       struct sink *s)
{
	char *target = make_target(path, params);
	if (!target)
		return fail(d, DOSSIER_BROKEN, "out of memory");
	int rc = request(d, method, target, type, send_body, send_n, s);
	free(target);
	return rc;
}

int dossier_request(struct dossier *d, const char *method, const char *path, const char *const *params, const char *type, const void *send_body,
		    size_t send_n, char **body, size_t *n)
{
	struct sink s = {0};
	int rc = ask(d, method, path, params, type, send_body, send_n, &s);
	if (rc == 0 && n)
		*n = s.n;
	if (rc == 0 && body)
		*body = s.bytes;
	else
		free(s.bytes);
	return rc;
}

int dossier_json(struct dossier *d, const char *method, const char *path, const char *const *params, json_t **out)
{
	char *body = NULL;
	size_t n = 0;
	int rc = dossier_request(d, method, path, params, NULL, NULL, 0, &body, &n);
	if (rc)
		return rc;
	json_t *j = json_loadb(body, n, JSON_ALLOW_NUL, NULL);
	free(body);
	if (!j)
		return fail(d, DOSSIER_BROKEN, "%s: the answer is no JSON", d->socket);
	*out = j;
	return 0;
}

int dossier_stream(struct dossier *d, const char *method, const char *path, const char *const *params, const char *type, const void *send_body,
		   size_t send_n, int (*line)(void *arg, const char *text, size_t n), void *arg)
{
	struct sink s = {.line = line, .arg = arg};
	int rc = ask(d, method, path, params, type, send_body, send_n, &s);
	free(s.bytes);
	return rc;
}

struct dossier_hits {
	struct dossier *d;
	char **params; /* own copies of the caller's, then "cursor", its value, NULL */
	size_t n_params;
	json_t *first, *page; /* first: as it came; page: the one being walked */
	size_t at;
	int failed;
};

void dossier_hits_free(struct dossier_hits *h)
{
	if (!h)
		return;
	for (size_t i = 0; h->params && i < h->n_params; i++)
		free(h->params[i]);
	free(h->params);
	json_decref(h->first);
	json_decref(h->page);
	free(h);
}

static bool copy_params(struct dossier_hits *h, const char *const *params)
{
	size_t n = 0;
	while (params && params[n])
		n++;
	h->params = calloc(n + 3, sizeof *h->params);
	if (!h->params)
		return false;
	for (h->n_params = 0; h->n_params < n; h->n_params++)
		if (!(h->params[h->n_params] = strdup(params[h->n_params])))
			return false;
	return true;
}

int dossier_search(struct dossier *d, const char *const *params, struct dossier_hits **out)
{
	struct dossier_hits *h = calloc(1, sizeof *h);
	if (!h || !copy_params(h, params)) {
		dossier_hits_free(h);
		return fail(d, DOSSIER_BROKEN, "out of memory");
	}
	h->d = d;
	int rc = dossier_json(d, "GET", "/v1/search", params, &h->first);
	if (rc) {
		dossier_hits_free(h);
		return rc;
	}
	h->page = json_incref(h->first);
	*out = h;
	return 0;
}

static bool next_page(struct dossier_hits *h)
{
	const char *cursor = json_string_value(json_object_get(h->page, "next"));
	if (!cursor)
		return false;
	size_t at = h->n_params >= 2 && strcmp(h->params[h->n_params - 2], "cursor") == 0 ? h->n_params - 2 : h->n_params;
	for (size_t i = at; i < h->n_params; i++)
		free(h->params[i]);
	h->params[at] = strdup("cursor");
	h->params[at + 1] = strdup(cursor);
	h->n_params = at + 2;
	json_t *page = NULL;
	h->failed = dossier_json(h->d, "GET", "/v1/search", (const char *const *)h->params, &page);
	if (h->failed)
		return false;
	json_decref(h->page);
	h->page = page;
	h->at = 0;
	return true;
}

const json_t *dossier_hits_next(struct dossier_hits *h)
{
	const json_t *hit = json_array_get(json_object_get(h->page, "hits"), h->at);
	if (!hit && json_array_size(json_object_get(h->page, "hits")) > 0 && next_page(h))
		hit = json_array_get(json_object_get(h->page, "hits"), 0);
	if (hit)
		h->at++;
	return hit;
}

const json_t *dossier_hits_answer(struct dossier_hits *h) { return h->first; }
int dossier_hits_failed(const struct dossier_hits *h) { return h->failed; }
