/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that ask one question after another: load-bench SOCKET CLIENTS SECONDS TARGETS [DEATHS [HOW-MANY]]
 *
 * TARGETS has a request target a line ("/v1/search?q=a"); client i begins at its own place in it and goes round. DEATHS has targets
 * that are asked beside them, by HOW-MANY (1) further clients: their answers are counted apart. The first fifth of the time is not measured.
 * Prints: clients, requests a second, p50 and p99 in milliseconds, answers that were not 200; the same for the others.
 * One thread, epoll, keep-alive: so cheap that the machine is left to the daemon.
 */
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct targets {
	struct str bytes;
	struct span *v;
	size_t n, cap;
};

struct client {
	int fd;
	struct targets *asks;
	size_t at;
	double since;
	struct str in;
	size_t want; /* the whole answer; 0: its head is not there yet */
	bool deadly;
};

struct figures {
	double *ms;
	size_t n, cap, refused;
};

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void read_targets(const char *path, struct targets *t)
{
	char buf[65536];
	FILE *f = fopen(path, "r");
	if (!f)
		fail(path);
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		str_add(&t->bytes, buf, n);
	fclose(f);
	struct span rest = str_view(&t->bytes), line;
	while (span_cut(&rest, '\n', &line)) {
		if (!line.n)
			continue;
		t->v = t->n < t->cap ? t->v : mem_grow(t->v, &t->cap, t->n + 1, sizeof *t->v);
		t->v[t->n++] = line;
	}
	if (!t->n)
		exit(2);
}

static void ask(struct client *c)
{
	AUTO_STR struct str s = {0};
	struct span t = c->asks->v[c->at++ % c->asks->n];
	str_printf(&s, "GET %.*s HTTP/1.1\r\nHost: x\r\n\r\n", SPAN_ARG(t));
	c->since = now_ms();
	c->want = 0;
	str_clear(&c->in);
	if (send(c->fd, s.p, s.n, MSG_NOSIGNAL) != (ssize_t)s.n)
		fail("send");
}

static void dial(struct client *c, const char *path, int poller)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&at, sizeof at) != 0)
		fail(path);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e);
	ask(c);
}

/* Takes what has come; true when the answer is whole. */
static bool take(struct client *c)
{
	str_room(&c->in, 65536);
	ssize_t n = recv(c->fd, c->in.p + c->in.n, 65536, MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? false : (fail("the daemon hung up"), false);
	c->in.n += (size_t)n;
	if (!c->want) {
		ptrdiff_t end = span_find(str_view(&c->in), SPAN("\r\n\r\n")), length = span_find(str_view(&c->in), SPAN("Content-Length: "));
		if (end < 0 || length < 0)
			return false;
		c->in.p[c->in.n] = 0;
		c->want = (size_t)end + 4 + strtoul(c->in.p + length + 16, NULL, 10);
	}
	return c->in.n >= c->want;
}

static void note(struct figures *f, const struct client *c)
{
	f->ms = f->n < f->cap ? f->ms : mem_grow(f->ms, &f->cap, f->n + 1, sizeof *f->ms);
	f->ms[f->n++] = now_ms() - c->since;
	f->refused += memcmp(c->in.p, "HTTP/1.1 200", 12) != 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void tell(const char *who, size_t clients, struct figures *f, double seconds)
{
	if (f->n)
		qsort(f->ms, f->n, sizeof *f->ms, by_size);
	printf("%s %zu %.0f %.3f %.3f %zu\n", who, clients, (double)f->n / seconds, f->n ? f->ms[f->n / 2] : 0, f->n ? f->ms[f->n * 99 / 100] : 0, f->refused);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: load-bench SOCKET CLIENTS SECONDS TARGETS [DEATHS [HOW-MANY]]\n", stderr);
		return 2;
	}
	struct targets asks = {0}, deaths = {0};
	struct figures good = {0}, deadly = {0};
	size_t n = strtoul(argv[2], NULL, 10), more = argc > 6 ? strtoul(argv[6], NULL, 10) : argc > 5;
	double ms = strtod(argv[3], NULL) * 1e3;
	read_targets(argv[4], &asks);
	if (argc > 5)
		read_targets(argv[5], &deaths);
	struct client *c = mem_alloc((n + more) * sizeof *c);
	int poller = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < n + more; i++) {
		c[i] = (struct client){.asks = i < n ? &asks : &deaths, .at = i < n ? i * asks.n / n : i, .deadly = i >= n};
		dial(&c[i], argv[1], poller);
	}
	double start = now_ms(), measured = start + ms / 5, end = start + ms;
	for (double now = start; now < end; now = now_ms()) {
		struct epoll_event e[64];
		int some = epoll_wait(poller, e, 64, 100);
		for (int i = 0; i < some; i++) {
			struct client *one = e[i].data.ptr;
			if (!take(one))
				continue;
			if (now >= measured)
				note(one->deadly ? &deadly : &good, one);
			ask(one);
		}
	}
	tell("asked", n, &good, (end - measured) / 1e3);
	if (more)
		tell("deadly", more, &deadly, (end - measured) / 1e3);
	return 0;
}
