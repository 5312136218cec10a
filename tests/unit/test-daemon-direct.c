/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The short way back: marks that outlive a worker, writing that never waits, and what the HTTP server does when somebody else has written. */
#include "daemon/direct.h"
#include "daemon/http.h"

#include "base/mem.h"

#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the mark and the bytes ---- */

/* A child writes with its number and is killed at once: the parent knows it, and knows nothing of numbers that were never begun. */
static void a_mark_outlives_its_worker(void **state)
{
	(void)state;
	int fds[2], status;
	char got[64];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_false(direct_may() || direct_began(7));
	direct_share(3);
	assert_true(direct_may());
	pid_t pid = fork();
	if (pid == 0) {
		direct_be(2);
		_exit(direct_send(7, 200, fds[1], SPAN("head "), SPAN("body")) == 9 ? kill(getpid(), SIGKILL) : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(direct_began(7), 200);
	assert_int_equal(direct_began(8), 0);
	assert_int_equal(recv(fds[0], got, sizeof got, 0), 9);
	assert_memory_equal(got, "head body", 9);
	direct_unshare();
	assert_false(direct_may() || direct_began(7));
	close(fds[0]), close(fds[1]);
}

static void sending_never_waits(void **state)
{
	(void)state;
	int fds[2];
	size_t n = 8 << 20, sent;
	char *big = calloc(1, n);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(direct_send(1, 200, fds[1], SPAN("x"), SPAN_NONE), 0); /* nobody who may */
	direct_share(1);
	direct_be(0);
	sent = direct_send(1, 200, fds[1], SPAN("x"), (struct span){big, n}); /* nobody reads */
	assert_in_range(sent, 1, n);
	assert_int_equal(direct_send(2, 200, fds[1], SPAN("x"), (struct span){big, n}), 0);
	close(fds[0]);
	assert_int_equal(direct_send(3, 200, fds[1], SPAN("x"), SPAN("y")), 0); /* nobody there, and no signal */
	close(fds[1]);
	direct_unshare();
	free(big);
}

/* ---- the server ---- */

#define REST (3u << 20)

struct served {
	struct event_base *base;
	struct http *http;
	struct sockaddr_un at;
	struct exchange *x; /* that waits for its answer */
	unsigned heads, gone, lent;
};

static void on_head(void *arg, struct exchange *x) { (void)x, ((struct served *)arg)->heads++; }
static void on_data(void *arg, struct exchange *x, struct span bytes) { (void)arg, (void)x, (void)bytes; }
static void on_request(void *arg, struct exchange *x)
{
	struct served *s = arg;
	s->x = x;
	s->lent += http_lend(x);
}
static void on_gone(void *arg, struct exchange *x) { (void)x, ((struct served *)arg)->gone++, ((struct served *)arg)->x = NULL; }
static void on_drained(void *arg, struct exchange *x) { (void)arg, (void)x; }
static const struct http_calls calls = {on_head, on_data, on_request, on_gone, on_drained};

static void serve(struct served *s, uint64_t held)
{
	struct http_limits limits = {16384, 30000, 30000, 30000, 1 << 20, held, held, 16, 16};
	*s = (struct served){.base = event_base_new(), .at = {.sun_family = AF_UNIX}};
	snprintf(s->at.sun_path, sizeof s->at.sun_path, "/tmp/dossier-direct-%d", (int)getpid());
	unlink(s->at.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&s->at, sizeof s->at), 0);
	assert_int_equal(listen(fd, 8), 0);
	s->http = http_new(s->base, fd, &limits, &calls, s);
}

static void unserve(struct served *s)
{
	http_free(s->http);
	event_base_free(s->base);
	unlink(s->at.sun_path);
}

static int dial(const struct served *s)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&s->at, sizeof s->at), 0);
	return fd;
}

static void ask(int fd, const char *request) { assert_int_equal(send(fd, request, strlen(request), 0), (ssize_t)strlen(request)); }

static void loop_until_asked(struct served *s)
{
	while (!s->x)
		event_base_loop(s->base, EVLOOP_ONCE);
}

/* What there is, of any length: all that was sent until now, or the end (-1). */
static ssize_t take(struct served *s, int fd, struct str *out, size_t want)
{
	while (out->n < want) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		event_base_loop(s->base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 1) != 1)
			continue;
		str_room(out, 65536);
		ssize_t n = recv(fd, out->p + out->n, 65536, 0);
		if (n <= 0)
			return -1;
		out->n += (size_t)n;
	}
	return (ssize_t)out->n;
}

#define GET "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

/* Requests that lie one behind the other: the second is not looked at before the first answer is out, and both arrive whole, in order. */
static void the_next_request_waits(void **state)
{
	(void)state;
	struct served s;
	AUTO_STR struct str got = {0};
	serve(&s, 8 << 20);
	int fd = dial(&s);
	ask(fd, GET GET);
	loop_until_asked(&s);
	struct exchange *first = s.x;
	event_base_loop(s.base, EVLOOP_NONBLOCK);
	assert_true(s.heads == 1 && s.lent == 1);
	assert_int_equal(send(first->fd, "one", 3, 0), 3); /* as a worker would */
	s.x = NULL;
	http_sent(first, 3, SPAN_NONE);
	loop_until_asked(&s);
	assert_true(s.heads == 2 && s.lent == 2);
	http_sent(s.x, 0, SPAN("two")); /* it could not send any of it */
	take(&s, fd, &got, 6);
	assert_true(span_is(str_view(&got), "onetwo"));
	assert_int_equal(http_counts(s.http)->gone, 0);
	close(fd);
	unserve(&s);
}

/* The beginning is out, megabytes are left: the client gets all of it, however late it reads. Without memory for the rest: the connection ends. */
static void what_is_left_is_sent(void **state)
{
	(void)state;
	for (int room = 0; room < 2; room++) {
		struct served s;
		AUTO_STR struct str got = {0};
		char *rest = mem_alloc(REST);
		for (size_t i = 0; i < REST; i++)
			rest[i] = (char)('a' + i % 23);
		serve(&s, room ? 8 << 20 : 1 << 20);
		int fd = dial(&s);
		ask(fd, GET);
		loop_until_asked(&s);
		assert_int_equal(send(s.x->fd, "half ", 5, 0), 5);
		http_sent(s.x, 5, (struct span){rest, REST});
		if (room) {
			assert_int_equal(take(&s, fd, &got, REST + 5), REST + 5);
			assert_memory_equal(got.p + 5, rest, REST);
			ask(fd, GET); /* and the connection goes on */
			s.x = NULL;
			loop_until_asked(&s);
			http_answer(s.x, 200, "text/plain", NULL, SPAN("done"));
			assert_int_not_equal(take(&s, fd, &got, REST + 5 + 90), -1);
		} else {
			assert_int_equal(take(&s, fd, &got, REST + 5), -1);
			assert_int_equal(got.n, 5);
		}
		close(fd);
		unserve(&s);
		free(rest);
	}
}

/* Somebody died in the middle of an answer, and still has the connection open: the client sees the end, and nothing behind the half. */
static void half_an_answer_is_the_last(void **state)
{
	(void)state;
	struct served s;
	AUTO_STR struct str got = {0};
	serve(&s, 8 << 20);
	int fd = dial(&s);
	ask(fd, GET GET);
	loop_until_asked(&s);
	int held = dup(s.x->fd);
	assert_int_equal(send(held, "HTTP/1.1 200 OK\r\nContent-Le", 27, 0), 27);
	http_cut(s.x);
	assert_int_equal(take(&s, fd, &got, 1000), -1);
	assert_int_equal(got.n, 27);
	assert_true(s.heads == 1 && s.gone == 0 && http_counts(s.http)->open == 0);
	close(held), close(fd);
	unserve(&s);
}

/* A client that goes while its request is with somebody who has the connection: it is told, and what comes later harms nobody. */
static void the_client_goes(void **state)
{
	(void)state;
	struct served s;
	serve(&s, 8 << 20);
	int fd = dial(&s);
	ask(fd, GET);
	loop_until_asked(&s);
	int held = dup(s.x->fd);
	close(fd);
	while (!s.gone)
		event_base_loop(s.base, EVLOOP_ONCE);
	direct_share(1);
	direct_be(0);
	assert_int_equal(direct_send(1, 200, held, SPAN("late"), SPAN_NONE), 0);
	direct_unshare();
	assert_int_equal(http_counts(s.http)->open, 0);
	close(held);
	unserve(&s);
}

/* What wants more than a plain answer comes the long way. */
static void some_are_not_lent(void **state)
{
	(void)state;
	static const char *const rows[] = {"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a HTTP/1.0\r\nHost: x\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\n\r\n", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", GET};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct served s;
		serve(&s, 8 << 20);
		int fd = dial(&s);
		ask(fd, rows[i]);
		loop_until_asked(&s);
		assert_int_equal(s.lent, i + 1 == sizeof rows / sizeof *rows);
		http_answer(s.x, 200, "text/plain", NULL, SPAN("x"));
		close(fd);
		unserve(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_mark_outlives_its_worker), cmocka_unit_test(sending_never_waits),
		cmocka_unit_test(the_next_request_waits), cmocka_unit_test(what_is_left_is_sent), cmocka_unit_test(half_an_answer_is_the_last),
		cmocka_unit_test(the_client_goes), cmocka_unit_test(some_are_not_lent)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
