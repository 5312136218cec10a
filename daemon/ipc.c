/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames over socketpairs; see ipc.h. Descriptors travel with the first byte of their frame's head. */
#include "daemon/ipc.h"

#include "base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HAS_FD 1
#define READ_AT_ONCE (128 * 1024)
#define KEPT   (1 << 20) /* a larger buffer is freed when it is empty */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * 8)];
};

int ipc_pair(int fds[2], struct err *err)
{
	int room = 1 << 20;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return err_errno(err, "cannot make a pair of sockets");
	for (int i = 0; i < 2; i++) /* less room is slower, not wrong */
		(void)!setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	return 0;
}

/* ---- Payloads ---- */

void pack_u64(struct str *out, uint64_t v) { str_add(out, &v, sizeof v); }

void pack_span(struct str *out, struct span s)
{
	pack_u64(out, s.n);
	str_span(out, s);
}

uint64_t unpack_u64(struct unpack *u)
{
	uint64_t v = 0;
	if (u->rest.n < sizeof v)
		return u->bad = true, u->rest = SPAN_NONE, 0;
	memcpy(&v, u->rest.p, sizeof v);
	u->rest = span_sub(u->rest, sizeof v, u->rest.n);
	return v;
}

struct span unpack_span(struct unpack *u)
{
	uint64_t n = unpack_u64(u);
	if (u->bad || n > u->rest.n)
		return u->bad = true, u->rest = SPAN_NONE, SPAN_NONE;
	struct span s = {u->rest.p, n};
	u->rest = span_sub(u->rest, n, u->rest.n);
	return s;
}

/* ---- Sending and receiving bytes, perhaps with descriptors ---- */

static ssize_t send_parts(int fd, struct iovec *iov, size_t n_parts, int pass_fd, int flags)
{
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = n_parts};
	union control control = {0};
	if (pass_fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof(int));
	}
	ssize_t n;
	while ((n = sendmsg(fd, &m, MSG_NOSIGNAL | flags)) < 0 && errno == EINTR)
		;
	return n;
}

static ssize_t send_some(int fd, struct span s, int pass_fd, int flags)
{
	struct iovec iov = {(void *)(uintptr_t)s.p, s.n};
	return send_parts(fd, &iov, 1, pass_fd, flags);
}

/* Receives; calls take(arg, fd) for each descriptor that came along. */
static ssize_t recv_some(int fd, void *p, size_t n, int flags, void (*take)(void *arg, int fd), void *arg)
{
	struct iovec iov = {p, n};
	union control control;
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	ssize_t got;
	while ((got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | flags)) < 0 && errno == EINTR)
		;
	if (got < 0)
		return got;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int passed;
			memcpy(&passed, CMSG_DATA(c) + i * sizeof(int), sizeof passed);
			take(arg, passed);
		}
	}
	return got;
}

/* ---- Blocking ---- */

/* Takes n bytes off the front of the parts. */
static void passed_over(struct iovec *iov, size_t n_parts, size_t n)
{
	for (size_t i = 0; i < n_parts && n; i++) {
		size_t some = n < iov[i].iov_len ? n : iov[i].iov_len;
		iov[i].iov_base = (char *)iov[i].iov_base + some;
		iov[i].iov_len -= some;
		n -= some;
	}
}

int ipc_send_parts(int fd, enum frame_kind kind, uint32_t id, const struct span *parts, size_t n_parts, int pass_fd, struct err *err)
{
	struct frame head = {(uint16_t)kind, pass_fd >= 0 ? HAS_FD : 0, id, 0};
	struct iovec iov[1 + IPC_PARTS] = {{&head, sizeof head}};
	size_t n = 0;
	for (size_t i = 0; i < n_parts && i < IPC_PARTS; i++) {
		iov[i + 1] = (struct iovec){(void *)(uintptr_t)parts[i].p, parts[i].n};
		n += parts[i].n;
	}
	if (n > FRAME_MAX)
		return err_set(err, ERR_LIMIT, "a message of %zu bytes between processes", n);
	head.n = (uint32_t)n;
	for (size_t left = sizeof head + n; left;) {
		ssize_t sent = send_parts(fd, iov, n_parts + 1, pass_fd, 0);
		if (sent < 0)
			return err_errno(err, "sending to a process of ours");
		pass_fd = -1;
		left -= (size_t)sent;
		passed_over(iov, n_parts + 1, (size_t)sent);
	}
	return 0;
}

int ipc_send(int fd, enum frame_kind kind, uint32_t id, struct span payload, int pass_fd, struct err *err)
{
	return ipc_send_parts(fd, kind, id, &payload, 1, pass_fd, err);
}

static void keep_one(void *arg, int fd)
{
	int *slot = arg;
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

static int recv_all(int fd, char *p, size_t n, int *pass_fd, struct err *err)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = recv_some(fd, p + at, n - at, 0, keep_one, pass_fd);
		if (got < 0)
			return err_errno(err, "receiving from a process of ours");
		if (got == 0)
			return at ? err_set(err, ERR_WORKER, "the other process ended in the middle of a message") : 0;
		at += (size_t)got;
	}
	return 1;
}

int ipc_recv(int fd, struct frame *head, struct str *payload, int *pass_fd, struct err *err)
{
	*pass_fd = -1;
	str_clear(payload);
	int rc = recv_all(fd, (char *)head, sizeof *head, pass_fd, err);
	if (rc <= 0)
		return rc;
	if (head->n > FRAME_MAX)
		return err_set(err, ERR_WORKER, "a message of %u bytes", head->n);
	str_room(payload, head->n);
	rc = head->n ? recv_all(fd, payload->p, head->n, pass_fd, err) : 1;
	if (rc == 0)
		return err_set(err, ERR_WORKER, "the other process ended in the middle of a message");
	payload->n = rc > 0 ? head->n : 0;
	payload->p[payload->n] = 0;
	return rc;
}

/* Takes from the socket what is there until so many bytes wait. 1, 0: closed before the first of them, or negative. */
static int read_ahead(struct ipc_ahead *in, size_t want, struct err *err)
{
	while (in->bytes.n - in->at < want) {
		str_room(&in->bytes, want > 16384 ? want : 16384);
		ssize_t n;
		if ((n = recv_some(in->fd, in->bytes.p + in->bytes.n, in->bytes.cap - 1 - in->bytes.n, 0, keep_one, &in->came)) < 0)
			return err_errno(err, "receiving from a process of ours");
		if (n == 0)
			return in->bytes.n > in->at ? err_set(err, ERR_WORKER, "the other process ended in the middle of a message") : 0;
		in->bytes.n += (size_t)n;
	}
	return 1;
}

int ipc_recv_ahead(struct ipc_ahead *in, struct frame *head, struct span *payload, int *pass_fd, struct err *err)
{
	*pass_fd = -1;
	if (in->at)
		str_drop(&in->bytes, in->at), in->at = 0;
	int rc = read_ahead(in, sizeof *head, err);
	if (rc <= 0)
		return rc;
	memcpy(head, in->bytes.p, sizeof *head);
	if (head->n > FRAME_MAX || (head->flags & ~HAS_FD))
		return err_set(err, ERR_WORKER, "a message of %u bytes", head->n);
	rc = read_ahead(in, sizeof *head + head->n, err);
	if (rc <= 0)
		return rc < 0 ? rc : err_set(err, ERR_WORKER, "the other process ended in the middle of a message");
	*payload = (struct span){in->bytes.p + sizeof *head, head->n};
	in->at = sizeof *head + head->n;
	if (head->flags & HAS_FD) {
		*pass_fd = in->came;
		in->came = -1;
	}
	return 1;
}

/* ---- In a loop ---- */

struct passing { /* a descriptor that goes with the byte at `at` of the output */
	uint64_t at;
	int fd;
};

struct channel {
	int fd;
	const struct channel_calls *calls;
	void *arg;
	struct event *readable, *writable;
	struct str in, out;
	size_t in_at, out_at;    /* what was consumed of in, sent of out */
	uint64_t sent, received; /* bytes ever */
	struct passing *passing; /* to be sent */
	size_t n_passing, cap_passing;
	int came[64];            /* descriptors that came, whose frames are not complete yet */
	size_t n_came;
	unsigned depth;          /* inside callbacks */
	bool freed, closed, held;
};

static void channel_really_free(struct channel *c)
{
	event_free(c->readable);
	event_free(c->writable);
	for (size_t i = 0; i < c->n_passing; i++)
		close(c->passing[i].fd);
	for (size_t i = 0; i < c->n_came; i++)
		close(c->came[i]);
	close(c->fd);
	free(c->passing);
	str_done(&c->in);
	str_done(&c->out);
	free(c);
}

void channel_free(struct channel *c)
{
	if (!c)
		return;
	c->freed = true;
	if (!c->depth)
		channel_really_free(c);
}

static void leave(struct channel *c)
{
	if (--c->depth == 0 && c->freed)
		channel_really_free(c);
}

static void channel_close(struct channel *c)
{
	if (c->closed || c->freed)
		return;
	c->closed = true;
	event_del(c->readable);
	event_del(c->writable);
	c->depth++;
	c->calls->closed(c->arg);
	leave(c);
}

static void took(void *arg, int fd)
{
	struct channel *c = arg;
	if (c->n_came < sizeof c->came / sizeof *c->came)
		c->came[c->n_came++] = fd;
	else
		close(fd);
}

static int next_came(struct channel *c)
{
	if (!c->n_came)
		return -1;
	int fd = c->came[0];
	memmove(c->came, c->came + 1, --c->n_came * sizeof *c->came);
	return fd;
}

/* Hands out every complete frame of the input. False when the channel is to be closed. */
static bool hand_out(struct channel *c)
{
	struct frame head;
	while (!c->freed && !c->held && c->in.n - c->in_at >= sizeof head) {
		memcpy(&head, c->in.p + c->in_at, sizeof head);
		if (head.n > FRAME_MAX || head.kind == 0 || head.kind >= FRAME_COUNT_ || (head.flags & ~HAS_FD))
			return false;
		if (c->in.n - c->in_at - sizeof head < head.n)
			break;
		struct span payload = {c->in.p + c->in_at + sizeof head, head.n};
		c->in_at += sizeof head + head.n;
		c->calls->frame(c->arg, &head, payload, head.flags & HAS_FD ? next_came(c) : -1);
	}
	if (c->in_at == c->in.n) {
		c->in.n = c->in_at = 0;
		if (c->in.cap > KEPT)
			str_done(&c->in);
	}
	else if (c->in_at > c->in.n / 2)
		str_drop(&c->in, c->in_at), c->in_at = 0;
	return true;
}

static bool read_some(struct channel *c)
{
	str_room(&c->in, READ_AT_ONCE);
	ssize_t n = recv_some(c->fd, c->in.p + c->in.n, READ_AT_ONCE, MSG_DONTWAIT, took, c);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->in.n += (size_t)n;
	c->received += (size_t)n;
	return hand_out(c);
}

static void can_read(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct channel *c = arg;
	c->depth++;
	bool good = hand_out(c); /* what a hold has left */
	if (good && !c->freed && !c->closed && !c->held)
		good = read_some(c); /* bounded: others wait; if there is more the loop says so */
	if (!good)
		channel_close(c);
	leave(c);
}

/* Sends what it can. Negative: the other end is gone. */
static int send_out(struct channel *c, int flags)
{
	while (c->out_at < c->out.n) {
		struct span s = {c->out.p + c->out_at, c->out.n - c->out_at};
		int pass = -1;
		if (c->n_passing && c->passing[0].at == c->sent)
			pass = c->passing[0].fd;
		size_t next = pass >= 0 ? 1 : 0; /* stop before the next descriptor's byte */
		if (c->n_passing > next && c->passing[next].at - c->sent < s.n)
			s.n = c->passing[next].at - c->sent;
		ssize_t n = send_some(c->fd, s, pass, flags);
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		if (pass >= 0) {
			close(pass);
			memmove(c->passing, c->passing + 1, --c->n_passing * sizeof *c->passing);
		}
		c->sent += (size_t)n;
		c->out_at += (size_t)n;
	}
	c->out.n = c->out_at = 0;
	if (c->out.cap > KEPT)
		str_done(&c->out);
	return 1;
}

static void can_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct channel *c = arg;
	int rc = send_out(c, MSG_DONTWAIT);
	if (rc == 0)
		return;
	event_del(c->writable);
	if (rc < 0) /* what it said before it died is still to be read: the read side closes */
		return;
	c->depth++;
	if (c->calls->drained)
		c->calls->drained(c->arg);
	leave(c);
}

struct channel *channel_new(struct event_base *base, int fd, const struct channel_calls *calls, void *arg)
{
	struct channel *c = mem_alloc(sizeof *c);
	c->fd = fd;
	c->calls = calls;
	c->arg = arg;
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, can_read, c);
	c->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, can_write, c);
	event_add(c->readable, NULL);
	return c;
}

void channel_send(struct channel *c, enum frame_kind kind, uint32_t id, struct span payload, int fd)
{
	if (c->closed || c->freed) {
		if (fd >= 0)
			close(fd);
		return;
	}
	struct frame head = {(uint16_t)kind, fd >= 0 ? HAS_FD : 0, id, (uint32_t)payload.n};
	if (c->out_at > 65536 && c->out_at > c->out.n / 2)
		str_drop(&c->out, c->out_at), c->out_at = 0;
	if (fd >= 0) {
		if (c->n_passing == c->cap_passing)
			c->passing = mem_grow(c->passing, &c->cap_passing, c->n_passing + 1, sizeof *c->passing);
		c->passing[c->n_passing++] = (struct passing){c->sent + (c->out.n - c->out_at), fd};
	}
	str_add(&c->out, &head, sizeof head);
	str_span(&c->out, payload);
	if (send_out(c, MSG_DONTWAIT) == 0)
		event_add(c->writable, NULL);
}

size_t channel_queued(const struct channel *c) { return c->out.n - c->out_at; }

int channel_flush(struct channel *c) { return c->closed ? -1 : send_out(c, 0); }

void channel_first(struct channel *c)
{
	event_priority_set(c->readable, 0);
	event_priority_set(c->writable, 0);
}

void channel_hold(struct channel *c, bool hold)
{
	if (c->held == hold || c->closed || c->freed)
		return;
	c->held = hold;
	if (hold) {
		event_del(c->readable);
		return;
	}
	event_add(c->readable, NULL);
	event_active(c->readable, EV_READ, 1);
}

void channel_drain(struct channel *c)
{
	c->depth++;
	for (size_t before = 1, after = 0; before != after && !c->closed && !c->freed;) {
		before = c->received;
		can_read(c->fd, 0, c);
		after = c->received;
	}
	leave(c);
}
