/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/slot-child.h"

#include "base/io.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum kind { KIND_OPEN, KIND_RECORD, KIND_SEAL };
struct frame {
	uint32_t kind, size;
	uint64_t revision;
};

static int receive(int fd, void *p, size_t n)
{
	for (size_t have = 0; have < n;) {
		ssize_t got = read(fd, (char *)p + have, n - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		have += (size_t)got;
	}
	return 0;
}

int outcome_read(int fd, struct outcome *o) { return receive(fd, o, sizeof *o); }

/* ---- In the child ---- */

void child_alone(int keep, int guard, pid_t parent)
{
	unsigned low = (unsigned)(keep < guard ? keep : guard), high = (unsigned)(keep < guard ? guard : keep);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0); /* it died before we asked to be told */
	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0u, 0);
}

struct work {
	const char *dir;
	struct build_options opt;
	struct builder *b;
	struct outcome o;
	struct str bytes;
};

static void note_failure(struct work *w, int rc)
{
	if (rc && !w->o.rc)
		w->o.rc = rc;
}

static void seal(struct work *w)
{
	struct builder *b = w->b;
	w->b = NULL;
	if (!w->o.rc && b)
		note_failure(w, builder_seal(b, &w->o.e, &w->o.err));
	else
		builder_discard(b);
}

static void do_frame(struct work *w, const struct frame *f)
{
	if (f->kind == KIND_OPEN && !w->o.rc)
		note_failure(w, builder_open(w->dir, w->bytes.p, &w->opt, &w->b, &w->o.err));
	else if (f->kind == KIND_RECORD && !w->o.rc)
		note_failure(w, builder_add(w->b, str_view(&w->bytes), f->revision, 0, &w->o.err));
	else if (f->kind == KIND_SEAL)
		seal(w);
}

static _Noreturn void child_main(struct work *w, int fd)
{
	struct frame f;
	signal(SIGINT, SIG_IGN); /* the writer decides when it is over */
	while (receive(fd, &f, sizeof f) == 0) {
		str_clear(&w->bytes);
		str_room(&w->bytes, f.size);
		if (receive(fd, w->bytes.p, f.size) != 0)
			break;
		w->bytes.n = f.size;
		w->bytes.p[f.size] = 0;
		do_frame(w, &f);
		if (f.kind != KIND_SEAL)
			continue;
		if (io_write_all(fd, (struct span){(const char *)&w->o, sizeof w->o}, NULL) != 0)
			break;
		w->o = (struct outcome){0};
	}
	_exit(0); /* an unfinished folder is swept by the next writer */
}

/* ---- In the writer ---- */

int child_start(const char *dir, const struct build_options *opt, int guard, pid_t *child, int *fd, struct err *err)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(err, "socketpair");
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		struct work w = {.dir = dir, .opt = *opt};
		child_alone(pair[1], guard, parent);
		child_main(&w, pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_errno(err, "fork");
	}
	*child = pid;
	*fd = pair[0];
	return 0;
}

static int send_all(int fd, const void *p, size_t n, struct err *err)
{
	for (size_t sent = 0; sent < n;) {
		ssize_t k = send(fd, (const char *)p + sent, n - sent, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_set(err, ERR_WORKER, "a process that builds segments died");
		sent += (size_t)k;
	}
	return 0;
}

static int send_frame(int fd, enum kind kind, struct span bytes, uint64_t revision, struct err *err)
{
	struct frame f = {(uint32_t)kind, (uint32_t)bytes.n, revision};
	int rc = send_all(fd, &f, sizeof f, err);
	return rc ? rc : send_all(fd, bytes.p, bytes.n, err);
}

int child_open(int fd, const char *name, struct err *err) { return send_frame(fd, KIND_OPEN, span_of(name), 0, err); }
int child_record(int fd, struct span record, uint64_t revision, struct err *err) { return send_frame(fd, KIND_RECORD, record, revision, err); }
int child_seal(int fd, struct err *err) { return send_frame(fd, KIND_SEAL, SPAN_NONE, 0, err); }
