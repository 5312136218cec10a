/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See direct.h. One mark a worker: the number of the request that it answers or has answered last, and the status above it; 0: none. */
#include "daemon/direct.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>

struct mark {
	_Alignas(64) _Atomic uint64_t value; /* workers write at the same time: a line of the cache each */
};

static struct mark *marks, *mine;
static size_t n_marks;

void direct_share(size_t workers)
{
	void *p = mmap(NULL, workers * sizeof *marks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	marks = p;
	n_marks = workers;
}

void direct_unshare(void)
{
	if (marks)
		munmap(marks, n_marks * sizeof *marks);
	marks = NULL;
	n_marks = 0;
}

bool direct_may(void) { return marks != NULL; }

int direct_began(uint32_t number)
{
	for (size_t i = 0; i < n_marks; i++) {
		uint64_t value = atomic_load(&marks[i].value);
		if ((uint32_t)value == number)
			return (int)(value >> 32);
	}
	return 0;
}

void direct_be(size_t worker) { mine = worker < n_marks ? &marks[worker] : NULL; }

size_t direct_send(uint32_t number, int status, int client, struct span head, struct span body)
{
	struct iovec parts[2] = {{(void *)(uintptr_t)head.p, head.n}, {(void *)(uintptr_t)body.p, body.n}};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;
	if (!mine)
		return 0;
	atomic_store(&mine->value, (uint64_t)status << 32 | number);
	while ((n = sendmsg(client, &m, MSG_DONTWAIT | MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	return n > 0 ? (size_t)n : 0;
}
