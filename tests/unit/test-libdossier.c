/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libdossier against a server of our own, a forked child that follows a script: whole answers and answers in two pieces cut at
 * every byte, kept connections that close, refusals in the middle of a request, garbage, silence.
 */
#include "client/lib/dossier.c"

#include <limits.h>
#include <linux/sockios.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cmocka.h>

static char folder[64], path[100];
static pid_t server;
static int listener = -1;

static int setup(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	(void)state;
	strcpy(folder, "/tmp/libdossier-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/s", folder);
	strcpy(a.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(listener, 64), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = 0;
	close(listener);
	unlink(path);
	rmdir(folder);
	return 0;
}

/* ---- the server's side ---- */

struct asked {
	char head[8192];
	size_t n_head, body; /* body: Content-Length */
};

static bool read_request(int fd, struct asked *q, bool with_body)
{
	*q = (struct asked){.n_head = 0};
	while (q->n_head < 4 || memcmp(q->head + q->n_head - 4, "\r\n\r\n", 4) != 0)
		if (q->n_head == sizeof q->head - 1 || read(fd, q->head + q->n_head++, 1) != 1)
			return false;
	char *length = strstr(q->head, "Content-Length: ");
	q->body = length ? strtoul(length + 16, NULL, 10) : 0;
	for (size_t left = q->body; with_body && left;) {
		char buf[65536];
		ssize_t n = read(fd, buf, left < sizeof buf ? left : sizeof buf);
		if (n <= 0)
			return false;
		left -= (size_t)n;
	}
	return true;
}

static void send_whole(int fd, const char *p, size_t n)
{
	for (ssize_t k; n; p += k, n -= (size_t)k)
		if ((k = send(fd, p, n, MSG_NOSIGNAL)) < 0)
			return;
}

/* Until the other side has taken everything: what is sent next comes by itself. */
static void wait_taken(int fd)
{
	for (int left = 1; ioctl(fd, SIOCOUTQ, &left) == 0 && left;)
		sched_yield();
}

static void start(void (*serve)(int fd, const void *arg), const void *arg)
{
	server = fork();
	assert_true(server >= 0);
	if (server)
		return;
	signal(SIGPIPE, SIG_IGN);
	for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd))
		serve(fd, arg);
	_exit(0);
}

static struct dossier *client(void)
{
	struct dossier *d = dossier_new(path);
	assert_non_null(d);
	dossier_timeout(d, 20000);
	return d;
}

static __attribute__((noinline)) bool says(const struct dossier *d, const char *words) { return strstr(dossier_error(d), words) != NULL; }

/* ---- answers in two pieces ---- */

static void serve_cut(int fd, const void *arg)
{
	static size_t cut;
	const char *reply = arg;
	size_t n = strlen(reply);
	struct asked q;
	while (read_request(fd, &q, true)) {
		cut = cut % n;
		send_whole(fd, reply, cut);
		wait_taken(fd);
		send_whole(fd, reply + cut, n - cut);
		cut++;
	}
}

static void a_length_cut_at_every_byte(void **state)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"total\":3,\"é\":1}";
	(void)state;
	start(serve_cut, reply);
	struct dossier *d = client();
	for (size_t i = 0; i < strlen(reply); i++) {
		json_t *j = NULL;
		assert_int_equal(dossier_json(d, "GET", "/x", NULL, &j), 0);
		assert_int_equal(json_integer_value(json_object_get(j, "total")), 3);
		json_decref(j);
	}
	assert_int_equal(dossier_status(d), 200);
	dossier_free(d);
}

static int collect_line(void *arg, const char *text, size_t n)
{
	strncat(strncat(arg, text, n), "|", 2);
	return 0;
}

static void chunks_cut_at_every_byte(void **state)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n6;x=y\r\n1}\n\n{\"\r\nB\r\nb\":2}\n{\"c\":\r\n2\r\n3}\r\n0\r\n\r\n";
	(void)state;
	start(serve_cut, reply);
	struct dossier *d = client();
	for (size_t i = 0; i < strlen(reply); i++) {
		char lines[64] = "";
		assert_int_equal(dossier_stream(d, "GET", "/x", NULL, NULL, NULL, 0, collect_line, lines), 0);
		assert_string_equal(lines, "{\"a\":1}|{\"b\":2}|{\"c\":3}|");
	}
	dossier_free(d);
}

static int stop_at_once(void *arg, const char *text, size_t n)
{
	(void)text;
	(void)n;
	++*(int *)arg;
	return 1;
}

static void a_stream_can_be_stopped(void **state)
{
	int lines = 0;
	(void)state;
	start(serve_cut, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\nb\n");
	struct dossier *d = client();
	assert_int_equal(dossier_stream(d, "GET", "/x", NULL, NULL, NULL, 0, stop_at_once, &lines), DOSSIER_STOPPED);
	assert_int_equal(lines, 1);
	assert_int_equal(dossier_stream(d, "GET", "/x", NULL, NULL, NULL, 0, stop_at_once, &lines), DOSSIER_STOPPED);
	assert_int_equal(lines, 2);
	dossier_free(d);
}

/* ---- connections ---- */

static void serve_once(int fd, const void *arg)
{
	struct asked q;
	if (read_request(fd, &q, true))
		send_whole(fd, arg, strlen(arg));
}

static void a_kept_connection_that_closed_is_opened_anew(void **state)
{
	(void)state;
	start(serve_once, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
	struct dossier *d = client();
	for (int i = 0; i < 5; i++) {
		char *body = NULL;
		size_t n = 0;
		assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, &body, &n), 0);
		assert_string_equal(body, "{}");
		assert_int_equal(n, 2);
		free(body);
	}
	dossier_free(d);
}

/* The first is closed without a word, as by a daemon that ends. */
static void serve_second(int fd, const void *arg)
{
	static int times;
	struct asked q;
	if (read_request(fd, &q, true) && times++)
		send_whole(fd, arg, strlen(arg));
}

static void a_question_that_met_a_daemons_end_is_asked_again(void **state)
{
	char *body = NULL;
	size_t n = 0;
	(void)state;
	start(serve_second, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
	struct dossier *d = client();
	assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, &body, &n), 0);
	assert_string_equal(body, "{}");
	free(body);
	dossier_free(d);
}

static void what_changes_something_is_not_asked_again(void **state)
{
	char *body = NULL;
	size_t n = 0;
	(void)state;
	start(serve_second, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
	struct dossier *d = client();
	assert_int_equal(dossier_request(d, "POST", "/x", NULL, NULL, "{}", 2, &body, &n), DOSSIER_BROKEN);
	free(body);
	dossier_free(d);
}

static void serve_refusal(int fd, const void *arg)
{
	struct asked q;
	if (!read_request(fd, &q, false))
		return;
	send_whole(fd, arg, strlen(arg));
	shutdown(fd, SHUT_WR);
}

static void a_refusal_while_sending_is_heard(void **state)
{
	static const char reply[] = "HTTP/1.1 413 Too large\r\nContent-Length: 46\r\nConnection: close\r\n\r\n{\"detail\":\"at most 64 MB\",\"code\":\"too-large\"}\n";
	(void)state;
	size_t n = 16u << 20;
	char *big = calloc(1, n);
	start(serve_refusal, reply);
	struct dossier *d = client();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(dossier_request(d, "POST", "/x", NULL, "application/json", big, n, NULL, NULL), DOSSIER_REFUSED);
		assert_string_equal(dossier_error(d), "at most 64 MB");
		assert_int_equal(dossier_status(d), 413);
		assert_int_equal(dossier_last_code(d), DOSSIER_REFUSED);
		assert_string_equal(json_string_value(json_object_get(dossier_problem(d), "code")), "too-large");
	}
	free(big);
	dossier_free(d);
}

/* Answers as it reads, a block for a block, and never reads on while its answer is not taken. */
static void serve_echo(int fd, const void *arg)
{
	struct asked q;
	char buf[65536], head[128];
	(void)arg;
	if (!read_request(fd, &q, false))
		return;
	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", q.body);
	send_whole(fd, head, strlen(head));
	for (size_t left = q.body; left;) {
		ssize_t n = read(fd, buf, sizeof buf);
		if (n <= 0)
			return;
		send_whole(fd, buf, (size_t)n);
		left -= (size_t)n;
	}
}

static int count_line(void *arg, const char *text, size_t n)
{
	assert_true(n == 7 && memcmp(text, "{\"a\":1}", 7) == 0);
	++*(size_t *)arg;
	return 0;
}

static void it_reads_while_it_sends(void **state)
{
	size_t lines = 1u << 20, seen = 0;
	char *all = malloc(lines * 8);
	(void)state;
	for (size_t i = 0; i < lines; i++)
		memcpy(all + i * 8, "{\"a\":1}\n", 8);
	start(serve_echo, NULL);
	struct dossier *d = client();
	assert_int_equal(dossier_stream(d, "POST", "/x", NULL, NULL, all, lines * 8, count_line, &seen), 0);
	assert_int_equal(seen, lines);
	free(all);
	dossier_free(d);
}

static void nobody_there(void **state)
{
	char nowhere[120], longer[200];
	(void)state;
	snprintf(nowhere, sizeof nowhere, "%s/none", folder);
	struct dossier *d = dossier_new(nowhere);
	assert_non_null(d);
	assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, NULL, NULL), DOSSIER_UNREACHABLE);
	assert_true(says(d, nowhere));
	assert_int_equal(dossier_status(d), 0);
	dossier_free(d);
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	d = dossier_new(longer);
	assert_non_null(d);
	assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, NULL, NULL), DOSSIER_UNREACHABLE);
	assert_true(says(d, "107"));
	dossier_free(d);
}

static void serve_silence(int fd, const void *arg)
{
	struct asked q;
	(void)arg;
	read_request(fd, &q, true);
	read_request(fd, &q, true); /* returns when the client has gone */
}

static void silence_ends(void **state)
{
	(void)state;
	start(serve_silence, NULL);
	struct dossier *d = client();
	dossier_timeout(d, 30);
	assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, NULL, NULL), DOSSIER_TIMEOUT);
	assert_true(says(d, "30 ms"));
	dossier_free(d);
}

/* ---- what an answer must not be ---- */

/* As many wait to be taken as may. */
static void a_full_queue_ends(void **state)
{
	(void)state;
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char at[100];
	int fds[3], fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(at, sizeof at, "%s/full", folder);
	strcpy(a.sun_path, at);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a) + listen(fd, 0), 0);
	for (int i = 0; i < 3; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fds[i], (struct sockaddr *)&a, sizeof a);
	}
	struct dossier *d = dossier_new(at);
	dossier_timeout(d, 30);
	assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, NULL, NULL), DOSSIER_TIMEOUT);
	assert_true(says(d, "30 ms"));
	dossier_free(d);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	close(fd);
	unlink(at);
}

static void garbage_is_an_error(void **state)
{
	static const char *const replies[] = {
		"", "\r\n", "garbage\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 99 x\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\nno length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
		("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n"
		"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n")};
	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
		start(serve_once, replies[i]);
		struct dossier *d = client();
		int rc = dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, NULL, NULL);
		if (rc != DOSSIER_BROKEN)
			fail_msg("\"%s\" was %d", replies[i], rc);
		assert_true(strlen(dossier_error(d)) > strlen(path));
		dossier_free(d);
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
		server = 0;
	}
}

static void serve_long_head(int fd, const void *arg)
{
	struct asked q;
	if (!read_request(fd, &q, true))
		return;
	send_whole(fd, "HTTP/1.1 200 OK\r\n", 17);
	for (int i = 0; i < 100000; i++)
		send_whole(fd, arg, strlen(arg));
}

static void a_head_has_an_end(void **state)
{
	static const char *const pieces[] = {"X: y\r\n", "xxxxxxxxxxxxxxxxxxxxxx"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		start(serve_long_head, pieces[i]);
		struct dossier *d = client();
		assert_int_equal(dossier_request(d, "GET", "/x", NULL, NULL, NULL, 0, NULL, NULL), DOSSIER_BROKEN);
		dossier_free(d);
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
		server = 0;
	}
}

static void expect_reply(const char *reply, const char *method, int code, int status)
{
	start(serve_once, reply);
	struct dossier *d = client();
	assert_int_equal(dossier_request(d, method, "/x", NULL, NULL, NULL, 0, NULL, NULL), code);
	assert_int_equal(dossier_status(d), status);
	dossier_free(d);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
}

static void odd_but_fine(void **state)
{
	(void)state;
	expect_reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "GET", 0, 200);
	expect_reply("HTTP/1.1 204 No content\r\n\r\n", "DELETE", 0, 204);
	expect_reply("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", "HEAD", 0, 200);
	expect_reply("HTTP/1.0 200 OK\ncontent-length:2\n\n{}", "GET", 0, 200); /* bare newlines, no blank, small letters */
	expect_reply("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\n<ht>", "GET", DOSSIER_REFUSED, 500);
	expect_reply("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "GET", DOSSIER_REFUSED, 404);
}

/* ---- requests ---- */

static void serve_target(int fd, const void *arg)
{
	struct asked q;
	char reply[9000];
	(void)arg;
	while (read_request(fd, &q, true)) {
		size_t n = strcspn(q.head, "\r");
		snprintf(reply, sizeof reply, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.*s", n, (int)n, q.head);
		send_whole(fd, reply, strlen(reply));
	}
}

static void expect_target(struct dossier *d, const char *at, const char *const *params, const char *want)
{
	char *body = NULL;
	assert_int_equal(dossier_request(d, "GET", at, params, NULL, NULL, 0, &body, NULL), 0);
	assert_string_equal(body, want);
	free(body);
}

static void parameters_are_encoded(void **state)
{
	(void)state;
	start(serve_target, NULL);
	struct dossier *d = client();
	expect_target(d, "/v1/search", (const char *[]){"q", "a b&c=é\r\nX: y", "leader", "-x_y.z~", NULL},
		      "GET /v1/search?q=a%20b%26c%3D%C3%A9%0D%0AX%3A%20y&leader=-x_y.z~ HTTP/1.1");
	expect_target(d, "/v1/search", NULL, "GET /v1/search HTTP/1.1");
	expect_target(d, "/v1/search?q=a b\r\né", NULL, "GET /v1/search?q=a%20b%0D%0A%C3%A9 HTTP/1.1");
	expect_target(d, "/x", (const char *[]){"q", "", NULL}, "GET /x?q= HTTP/1.1");
	dossier_free(d);
}

static void serve_pages(int fd, const void *arg)
{
	struct asked q;
	(void)arg;
	while (read_request(fd, &q, true)) {
		const char *body = strstr(q.head, "cursor=three") ? "{\"hits\":[],\"next\":null}"
				   : strstr(q.head, "cursor=two%2F") ? "{\"hits\":[{\"id\":\"c\"}],\"next\":\"three\"}"
								      : "{\"total\":3,\"hits\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"next\":\"two/\"}";
		char reply[512];
		snprintf(reply, sizeof reply, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
		send_whole(fd, reply, strlen(reply));
	}
}

static void hits_come_page_after_page(void **state)
{
	struct dossier_hits *h = NULL;
	char ids[16] = "";
	(void)state;
	start(serve_pages, NULL);
	struct dossier *d = client();
	assert_int_equal(dossier_search(d, (const char *[]){"q", "x", NULL}, &h), 0);
	assert_int_equal(json_integer_value(json_object_get(dossier_hits_answer(h), "total")), 3);
	for (const json_t *hit; (hit = dossier_hits_next(h));)
		strcat(ids, json_string_value(json_object_get(hit, "id")));
	assert_string_equal(ids, "abc");
	assert_null(dossier_hits_next(h));
	assert_int_equal(dossier_hits_failed(h), 0);
	dossier_hits_free(h);
	dossier_free(d);
	dossier_free(NULL);
	dossier_hits_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_length_cut_at_every_byte),
		TEST(chunks_cut_at_every_byte),
		TEST(a_stream_can_be_stopped),
		TEST(a_kept_connection_that_closed_is_opened_anew),
		TEST(a_question_that_met_a_daemons_end_is_asked_again),
		TEST(what_changes_something_is_not_asked_again),
		TEST(a_refusal_while_sending_is_heard),
		TEST(it_reads_while_it_sends),
		TEST(nobody_there),
		TEST(silence_ends),
		TEST(a_full_queue_ends),
		TEST(garbage_is_an_error),
		TEST(a_head_has_an_end),
		TEST(odd_but_fine),
		TEST(parameters_are_encoded),
		TEST(hits_come_page_after_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
