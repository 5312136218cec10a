/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames between processes: both faces against each other, descriptors, the other end's bad manners. */
#include "daemon/ipc.h"
#include "base/io.h"

#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct heard {
	struct event_base *base;
	struct channel *channel;
	unsigned frames, descriptors;
	uint64_t bytes;
	bool closed, drained, in_order, free_at_first;
};

static void hear_frame(void *arg, const struct frame *head, struct span payload, int fd)
{
	struct heard *h = arg;
	h->in_order = (h->frames == 0 || h->in_order) && head->id == h->frames && payload.n == head->n;
	h->frames++;
	h->bytes += payload.n;
	if (fd >= 0) { /* it must be the one that was sent with this frame */
		char c = 0;
		h->in_order = h->in_order && read(fd, &c, 1) == 1 && c == (char)('a' + head->id % 26);
		h->descriptors++;
		close(fd);
	}
	if (h->free_at_first)
		channel_free(h->channel);
}

static void hear_closed(void *arg)
{
	struct heard *h = arg;
	h->closed = true;
	event_base_loopbreak(h->base);
}

static void hear_drained(void *arg) { ((struct heard *)arg)->drained = true; }

static const struct channel_calls calls = {hear_frame, hear_closed, hear_drained};

static int pipe_with(char c)
{
	int fds[2];
	if (pipe(fds) != 0 || write(fds[1], &c, 1) != 1)
		abort();
	close(fds[1]);
	return fds[0];
}

/* A child sends frames of many sizes, every third with a descriptor; a channel hears them. */
static void frames_and_descriptors_arrive(void **state)
{
	(void)state;
	int fds[2];
	uint64_t want = 0;
	assert_int_equal(ipc_pair(fds, NULL), 0);
	for (uint32_t i = 0; i < 300; i++)
		want += i * i * 7;
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		char *bytes = calloc(1, 300 * 300 * 7);
		for (uint32_t i = 0; i < 300; i++) {
			int fd = i % 3 == 0 ? pipe_with((char)('a' + i % 26)) : -1;
			if (ipc_send(fds[1], FRAME_ITEM, i, (struct span){bytes, i * i * 7}, fd, NULL) != 0)
				_exit(1);
			if (fd >= 0)
				close(fd);
		}
		free(bytes);
		_exit(0);
	}
	close(fds[1]);
	struct heard h = {.base = event_base_new()};
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	h.channel = channel_new(h.base, fds[0], &calls, &h);
	event_base_dispatch(h.base);
	channel_free(h.channel);
	event_base_free(h.base);
	int status = 1;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(h.frames, 300);
	assert_int_equal(h.descriptors, 100);
	assert_int_equal(h.bytes, want);
	assert_true(h.in_order && h.closed);
}

/* The other way: a channel sends more than the socket holds, a child reads it with the blocking face. */
static void a_channel_queues_and_drains(void **state)
{
	(void)state;
	int fds[2], go[2];
	assert_int_equal(ipc_pair(fds, NULL), 0);
	assert_int_equal(pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		struct str payload = {0};
		struct frame head;
		int fd, good = 0;
		char begin;
		if (read(go[0], &begin, 1) != 1) /* nothing is read before all is sent: so that a queue forms */
			_exit(2);
		for (uint32_t i = 0; ipc_recv(fds[1], &head, &payload, &fd, NULL) > 0; i++) {
			char c = 0;
			bool with = i % 5 == 0;
			good += head.id == i && payload.n == 100000 && (fd >= 0) == with && (!with || (read(fd, &c, 1) == 1 && c == (char)('a' + i % 26)));
			if (fd >= 0)
				close(fd);
		}
		_exit(good == 100 ? 0 : 1);
	}
	close(fds[1]);
	struct heard h = {.base = event_base_new()};
	char *bytes = calloc(1, 100000);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	h.channel = channel_new(h.base, fds[0], &calls, &h);
	for (uint32_t i = 0; i < 100; i++)
		channel_send(h.channel, FRAME_ITEM, i, (struct span){bytes, 100000}, i % 5 == 0 ? pipe_with((char)('a' + i % 26)) : -1);
	assert_true(channel_queued(h.channel) > 0);
	assert_int_equal(write(go[1], "g", 1), 1);
	close(go[0]);
	close(go[1]);
	while (!h.drained)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(channel_queued(h.channel), 0);
	channel_free(h.channel);
	event_base_free(h.base);
	free(bytes);
	int status = 1;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static bool ends_channel(const void *bytes, size_t n, bool free_at_first)
{
	int fds[2];
	if (ipc_pair(fds, NULL) != 0)
		return false;
	struct heard h = {.base = event_base_new(), .free_at_first = free_at_first};
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	h.channel = channel_new(h.base, fds[0], &calls, &h);
	if (write(fds[1], bytes, n) != (ssize_t)n)
		return false;
	event_base_loop(h.base, EVLOOP_ONCE);
	bool closed = h.closed;
	if (!free_at_first)
		channel_free(h.channel);
	event_base_free(h.base);
	close(fds[1]);
	return closed;
}

static void bad_manners_end_it(void **state)
{
	(void)state;
	struct frame good = {FRAME_ITEM, 0, 0, 0}, long_one = {FRAME_ITEM, 0, 0, FRAME_MAX + 1}, none = {0, 0, 0, 0}, unknown = {FRAME_COUNT_, 0, 0, 0}, flags = {FRAME_ITEM, 6, 0, 0};
	assert_false(ends_channel(&good, sizeof good, false));
	assert_false(ends_channel(&good, sizeof good, true)); /* freed inside its own callback */
	assert_true(ends_channel(&long_one, sizeof long_one, false));
	assert_true(ends_channel(&none, sizeof none, false));
	assert_true(ends_channel(&unknown, sizeof unknown, false));
	assert_true(ends_channel(&flags, sizeof flags, false));
}

static void packing(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	pack_u64(&s, 7);
	pack_span(&s, SPAN("moscow"));
	pack_span(&s, SPAN_NONE);
	for (size_t n = 0; n <= s.n; n++) { /* cut off anywhere: told, and nothing read beyond */
		char *copy = malloc(n ? n : 1);
		memcpy(copy, s.p, n);
		struct unpack u = {{copy, n}, false};
		uint64_t v = unpack_u64(&u);
		struct span a = unpack_span(&u), b = unpack_span(&u);
		assert_int_equal(u.bad, n < s.n);
		if (!u.bad)
			assert_true(v == 7 && span_is(a, "moscow") && b.n == 0);
		free(copy);
	}
	uint64_t huge = UINT64_MAX;
	struct unpack u = {{(const char *)&huge, sizeof huge}, false};
	assert_true(unpack_span(&u).n == 0 && u.bad);
}

static void the_end_in_the_middle(void **state)
{
	(void)state;
	int fds[2], passed;
	AUTO_STR struct str payload = {0};
	struct frame head = {FRAME_ITEM, 0, 0, 100}, got;
	assert_int_equal(ipc_pair(fds, NULL), 0);
	assert_int_equal(write(fds[1], &head, sizeof head), sizeof head);
	close(fds[1]);
	struct err err = {0};
	assert_int_equal(ipc_recv(fds[0], &got, &payload, &passed, &err), ERR_WORKER);
	assert_int_equal(ipc_recv(fds[0], &got, &payload, &passed, &err), 0);
	close(fds[0]);
}

/* Two frames in parts, of which the second is longer than any one read, come out whole; then the end; and half a frame is told. */
static void reading_ahead(void **state)
{
	(void)state;
	int fds[2];
	assert_int_equal(ipc_pair(fds, NULL), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		char *big = malloc(3000000);
		memset(big, 'b', 3000000);
		struct span small[] = {SPAN("one"), SPAN_NONE, SPAN(" two")}, large[] = {SPAN("<"), {big, 3000000}};
		if (ipc_send_parts(fds[1], FRAME_ASK, 7, small, 3, -1, NULL) || ipc_send_parts(fds[1], FRAME_ITEM, 8, large, 2, 1, NULL))
			_exit(1);
		struct frame half = {FRAME_ASK, 0, 9, 10};
		_exit(write(fds[1], &half, sizeof half) == (ssize_t)sizeof half ? 0 : 1);
	}
	close(fds[1]);
	struct ipc_ahead in = {.fd = fds[0], .came = -1};
	struct frame head;
	struct span payload;
	int fd = 0;
	struct err err = {0};
	assert_int_equal(ipc_recv_ahead(&in, &head, &payload, &fd, &err), 1);
	assert_true(head.kind == FRAME_ASK && head.id == 7 && span_is(payload, "one two") && fd == -1);
	assert_int_equal(ipc_recv_ahead(&in, &head, &payload, &fd, &err), 1);
	assert_true(head.kind == FRAME_ITEM && head.id == 8 && payload.n == 3000001 && payload.p[0] == '<' && payload.p[3000000] == 'b' && fd > 2);
	close(fd);
	assert_int_equal(ipc_recv_ahead(&in, &head, &payload, &fd, &err), ERR_WORKER);
	str_done(&in.bytes);
	in.at = 0;
	assert_int_equal(ipc_recv_ahead(&in, &head, &payload, &fd, &err), 0);
	str_done(&in.bytes);
	close(fds[0]);
	int status = 1;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(frames_and_descriptors_arrive), cmocka_unit_test(a_channel_queues_and_drains),
		cmocka_unit_test(bad_manners_end_it), cmocka_unit_test(packing), cmocka_unit_test(the_end_in_the_middle), cmocka_unit_test(reading_ahead)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
