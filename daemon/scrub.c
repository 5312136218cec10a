/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child tells each problem as a line; at the end of its output it is reaped. One that crashed was damaged by what it read.
 *
 *	ledger "scrub:last" ─ due? ─► child ─ lines ─► none: noted │ some: store_suspect, exit; the next index process mends
 */
#include "daemon/scrub.h"

#include "daemon/jail.h"

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "index/store/writer.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_S 5      /* after the start, when it is due; or scrub, if that is less */
#define AGAIN_S 600    /* after one that could not be done */
#define KEY     SPAN("scrub:last")

struct scrub {
	struct indexer *ix;
	struct event *timer, *readable;
	pid_t pid; /* 0: none is under way */
	int fd;
	struct str said;
	int64_t last; /* seconds since 1970; 0: never */
};

/* ---- The child ---- */

static void rest(void *arg, size_t bytes)
{
	const struct config *cfg = arg;
	uint64_t ns = (uint64_t)bytes * 1000000000 / cfg->scrub_rate;
	struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	nanosleep(&t, NULL);
}

static void say(void *arg, const char *what)
{
	AUTO_STR struct str line = {0};
	str_printf(&line, "%s\n", what);
	if (io_write_all(*(int *)arg, str_view(&line), NULL) != 0)
		_exit(1); /* nobody listens */
}

static _Noreturn void work(const struct config *cfg, int fd, pid_t parent)
{
	struct jail jail = {.folder = cfg->index};
	struct pace pace = {rest, (void *)(uintptr_t)cfg};
	const char *level;
	struct err err = {0};
	if (!jail_die_with_parent(parent))
		_exit(1);
	if (fd != 3)
		dup2(fd, 3);
	fd = 3;
	close_range(4, ~0u, 0); /* the writer's lock above all */
	prctl(PR_SET_NAME, "scrub");
	(void)!setpriority(PRIO_PROCESS, 0, 19);
#ifdef SYS_ioprio_set
	syscall(SYS_ioprio_set, 1, 0, 3 << 13); /* idle */
#endif
	int n = jail_enter(&jail, &level, &err);
	if (n == 0)
		n = store_scrub(cfg->index, &pace, say, &fd, &err);
	if (n == ERR_CORRUPT)
		say(&fd, err.msg);
	_exit(n < 0 && n != ERR_CORRUPT ? 2 : 0);
}

/* ---- The index process ---- */

static void wait_until(struct scrub *s, int64_t seconds)
{
	int64_t least = s->ix->cfg->scrub_s < FIRST_S ? (int64_t)s->ix->cfg->scrub_s : FIRST_S;
	struct timeval tv = {(time_t)(seconds > least ? seconds : least), 0};
	event_add(s->timer, &tv);
}

static void note(struct scrub *s)
{
	AUTO_STR struct str value = {0};
	s->last = (int64_t)time(NULL);
	pack_u64(&value, (uint64_t)s->last);
	writer_note(s->ix->writer, KEY, str_view(&value));
	index_changed(s->ix);
	index_tell_soon(s->ix);
}

static void found_damage(struct scrub *s)
{
	struct err err = {0};
	struct span rest_of = str_view(&s->said), line;
	while (span_cut(&rest_of, '\n', &line)) {
		AUTO_STR struct str z = {0};
		str_span(&z, line);
		if (line.n)
			log_event(LOG_ERROR, "scrub-found", "what", str_cz(&z), NULL);
	}
	if (store_suspect(s->ix->cfg->index, true, &err) != 0)
		log_event(LOG_ERROR, "cannot-mark", "why", err.msg, NULL);
	/* the mark is looked for once a second, and acted on */
}

static void over(struct scrub *s)
{
	int status = 0;
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
	event_free(s->readable);
	close(s->fd);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM)
		str_z(&s->said, "the scrub crashed: what it read is damaged\n");
	if (s->said.n)
		found_damage(s);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		note(s);
		log_event(LOG_INFO, "scrub", "what", "every checksum of the index is right", NULL);
	}
	bool done = s->said.n || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
	str_clear(&s->said);
	wait_until(s, done ? (int64_t)s->ix->cfg->scrub_s : AGAIN_S);
}

static void can_read(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct scrub *s = arg;
	char buf[4096];
	ssize_t n = read((int)fd, buf, sizeof buf);
	if (n > 0)
		str_add(&s->said, buf, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		over(s);
}

static void begin(evutil_socket_t unused, short what, void *arg)
{
	(void)unused, (void)what;
	struct scrub *s = arg;
	int fds[2];
	pid_t parent = getpid();
	if (s->ix->stopping || pipe2(fds, O_CLOEXEC) != 0)
		return wait_until(s, AGAIN_S);
	s->pid = fork();
	if (s->pid == 0)
		work(s->ix->cfg, fds[1], parent);
	close(fds[1]);
	if (s->pid < 0) {
		s->pid = 0;
		close(fds[0]);
		return wait_until(s, AGAIN_S);
	}
	s->fd = fds[0];
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	s->readable = event_new(s->ix->base, s->fd, EV_READ | EV_PERSIST, can_read, s);
	event_add(s->readable, NULL);
	index_tell_soon(s->ix);
}

struct scrub *scrub_new(struct indexer *ix)
{
	struct span value;
	if (!ix->cfg->scrub_s)
		return NULL;
	struct scrub *s = mem_alloc(sizeof *s);
	s->ix = ix;
	s->timer = event_new(ix->base, -1, 0, begin, s);
	if (writer_noted(ix->writer, KEY, &value)) {
		struct unpack u = {value, false};
		s->last = (int64_t)unpack_u64(&u);
	}
	int64_t due = s->last + (int64_t)ix->cfg->scrub_s - (int64_t)time(NULL);
	wait_until(s, due > (int64_t)ix->cfg->scrub_s ? 0 : due); /* (the clock went back) */
	return s;
}

void scrub_free(struct scrub *s)
{
	if (!s)
		return;
	if (s->pid) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
		event_free(s->readable);
		close(s->fd);
	}
	event_free(s->timer);
	str_done(&s->said);
	free(s);
}

void scrub_put_status(const struct scrub *s, struct jw *w)
{
	char day[32] = "";
	struct tm tm;
	time_t last = s ? (time_t)s->last : 0;
	if (!s)
		return;
	jw_key(w, "scrub");
	jw_open(w, '{');
	jw_key(w, "last");
	if (last && gmtime_r(&last, &tm) && strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%SZ", &tm))
		jw_str(w, span_of(day));
	else
		jw_null(w);
	jw_field_bool(w, "running", s->pid != 0);
	jw_close(w, '}');
}
