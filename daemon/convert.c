/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See convert.h. Frames between reader and converter: READ_FILE (what, size; the bytes lie in the memfd) and DONE (code, words, text).
 * Programs are looked for in $PATH, each time: what is installed later is found.
 */
#include "daemon/convert.h"

#include "daemon/ipc.h"
#include "daemon/jail.h"

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define LINGER_MS 1000
#define MAX_SAID 2048 /* of what a program complains of */

static const struct program {
	const char *what, *name, *args[8];
	const char *install;
} programs[] = {
	{"pdf", "pdftotext", {"pdftotext", "-enc", "UTF-8", "-htmlmeta", "-", "-"}, "pdftotext: apt install poppler-utils"},
	{"doc", "catdoc", {"catdoc", "-d", "utf-8", "-w"}, "catdoc: apt install catdoc"},
	{"doc", "antiword", {"antiword", "-m", "UTF-8.txt", "-w", "0", "-"}, "catdoc: apt install catdoc"},
};
#define N_PROGRAMS (sizeof programs / sizeof *programs)

static bool find_program(const char *name, struct str *path)
{
	const char *from = getenv("PATH");
	struct span dirs = span_of(from && *from ? from : "/usr/bin:/bin"), dir;
	while (span_cut(&dirs, ':', &dir)) {
		str_clear(path);
		str_printf(path, "%.*s/%s", SPAN_ARG(dir), name);
		if (dir.n && dir.p[0] == '/' && access(path->p, X_OK) == 0)
			return true;
	}
	return false;
}

unsigned converter_programs(const struct config *cfg)
{
	AUTO_STR struct str path = {0};
	unsigned found = 0;
	for (size_t i = 0; i < N_PROGRAMS && cfg->converters; i++)
		found |= (unsigned)find_program(programs[i].name, &path) << i;
	return found;
}

/* ---- One program, one file ---- */

struct run {
	const struct config *cfg;
	const struct program *p;
	int memory;
	struct str text, said;
	bool too_long, too_much;
};

static void become_program(const struct run *r, const char *path, int out, int said, pid_t parent)
{
	struct jail jail = {.memory_bytes = r->cfg->memory_bytes, .program = true};
	struct span locale = SPAN("LC_ALL=C.UTF-8"), home = SPAN("HOME=/nonexistent");
	char *env[] = {(char *)(uintptr_t)locale.p, (char *)(uintptr_t)home.p, NULL};
	const char *level;
	if (!jail_die_with_parent(parent) || dup2(r->memory, 0) < 0 || lseek(0, 0, SEEK_SET) != 0 || dup2(out, 1) < 0 || dup2(said, 2) < 0)
		_exit(126);
	close_range(3, ~0u, 0);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	if (jail_enter(&jail, &level, NULL) != 0)
		_exit(126);
	jail_cpu_budget(r->cfg->cpu_ms);
	execve(path, (char *const *)(uintptr_t)r->p->args, env);
	_exit(127);
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What has come on a pipe; false at its end. */
static bool take_some(int fd, struct str *to, size_t limit, bool *too_much)
{
	str_room(to, 65536);
	ssize_t n = read(fd, to->p + to->n, 65536);
	if (n < 0)
		return errno == EINTR;
	to->n += (size_t)n;
	if (to->n > limit) {
		to->n = limit;
		if (too_much)
			*too_much = true;
	}
	return n > 0;
}

/* Until both pipes are at their end, the time is over or there is too much of it. The reader must answer before its own time is over. */
static void listen_to(struct run *r, int out, int said)
{
	struct pollfd fds[2] = {{out, POLLIN, 0}, {said, POLLIN, 0}};
	int64_t until = now_ms() + (int64_t)(r->cfg->wall_ms * 4 / 5);
	while ((fds[0].fd >= 0 || fds[1].fd >= 0) && !r->too_much) {
		int64_t left = until - now_ms();
		if (left <= 0 || poll(fds, 2, (int)left) == 0) {
			r->too_long = true;
			return;
		}
		if (fds[0].fd >= 0 && fds[0].revents && !take_some(out, &r->text, r->cfg->text_bytes + 4096, &r->too_much))
			fds[0].fd = -1;
		if (fds[1].fd >= 0 && fds[1].revents && !take_some(said, &r->said, MAX_SAID, NULL))
			fds[1].fd = -1;
	}
}

static int what_it_means(struct run *r, int status, struct err *err)
{
	const char *name = r->p->name;
	struct span said = str_view(&r->said), line = SPAN_NONE;
	if (r->too_much)
		return err_set(err, ERR_LIMIT, "its text has more than %llu bytes (text-size)", (unsigned long long)r->cfg->text_bytes);
	if (r->too_long || (WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGXCPU)))
		return err_set(err, ERR_LIMIT, "%s took longer than is allowed (document-cpu, document-time)", name);
	if ((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) || span_ifind(said, "out of memory") >= 0 || span_ifind(said, "bad_alloc") >= 0)
		return err_set(err, ERR_LIMIT, "%s was ended: it needed more memory than is allowed (reader-memory), or than there is", name);
	if (span_ifind(said, "password") >= 0 || span_ifind(said, "encrypted") >= 0)
		return err_set(err, ERR_BAD_DOCUMENT, "it is encrypted and needs a password");
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || r->text.n > 200) && !(r->text.n == 0 && said.n)) /* some damage, and text all the same */
		return 0;
	span_cut(&said, '\n', &line);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_BAD_DOCUMENT, "%s crashed on it (signal %d): is it damaged?", name, WTERMSIG(status));
	return err_set(err, ERR_BAD_DOCUMENT, "%s cannot read it: %.*s", name, line.n > 200 ? 200 : (int)line.n, line.n ? line.p : "it does not say why");
}

/* It has closed both pipes and is about to exit, or its time is over. Not reaped yet: the number is still its own. */
static void end_program(const struct run *r, pid_t pid)
{
	AUTO_FD int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd gone = {handle, POLLIN, 0};
	if (!r->too_long && !r->too_much && handle >= 0)
		(void)!poll(&gone, 1, LINGER_MS);
	kill(pid, SIGKILL);
}

static int run_program(struct run *r, const char *path, struct err *err)
{
	int out[2], said[2], status = 0;
	if (pipe2(out, O_CLOEXEC) != 0)
		return err_errno(err, "cannot make a pipe for %s", r->p->name);
	if (pipe2(said, O_CLOEXEC) != 0) {
		close(out[0]), close(out[1]);
		return err_errno(err, "cannot make a pipe for %s", r->p->name);
	}
	pid_t me = getpid(), pid = fork();
	if (pid == 0)
		become_program(r, path, out[1], said[1], me);
	close(out[1]), close(said[1]);
	if (pid > 0) {
		listen_to(r, out[0], said[0]);
		end_program(r, pid);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(out[0]), close(said[0]);
	return pid > 0 ? what_it_means(r, status, err) : err_errno(err, "cannot start %s", r->p->name);
}

/* ---- The child ---- */

static int convert(const struct config *cfg, struct span what, int memory, struct str *text, struct err *err)
{
	AUTO_STR struct str path = {0};
	const char *install = "a program for it";
	for (size_t i = 0; i < N_PROGRAMS; i++) {
		if (!span_is(what, programs[i].what))
			continue;
		install = programs[i].install;
		if (!find_program(programs[i].name, &path))
			continue;
		struct run r = {.cfg = cfg, .p = &programs[i], .memory = memory};
		int rc = run_program(&r, path.p, err);
		*text = r.text;
		str_done(&r.said);
		return rc;
	}
	return err_set(err, ERR_NEEDS_PROGRAM, "needs %s", install);
}

static void answer(int fd, int code, const char *words, struct span text)
{
	AUTO_STR struct str s = {0};
	pack_u64(&s, (uint64_t)(int64_t)code);
	pack_span(&s, span_of(words));
	pack_span(&s, code ? SPAN_NONE : text);
	if (ipc_send(fd, FRAME_DONE, 0, str_view(&s), -1, NULL) != 0)
		_exit(1);
}

static void serve(const struct config *cfg, int fd, int memory)
{
	for (;;) {
		AUTO_STR struct str payload = {0}, text = {0};
		struct frame head;
		struct err err = {0};
		AUTO_FD int passed = -1;
		if (ipc_recv(fd, &head, &payload, &passed, NULL) <= 0)
			_exit(0);
		struct unpack u = {str_view(&payload), false};
		struct span what = unpack_span(&u);
		uint64_t size = unpack_u64(&u);
		int rc = ftruncate(memory, (off_t)size) == 0 ? convert(cfg, what, memory, &text, &err) : err_errno(&err, "the converter's memory");
		(void)!ftruncate(memory, 0);
		answer(fd, rc, err.msg, str_view(&text));
	}
}

static void become_converter(const struct config *cfg, int fd, int memory, int parent_fd, pid_t parent)
{
	if (!jail_die_with_parent(parent))
		_exit(1);
	close(parent_fd);
	prctl(PR_SET_NAME, "convert");
	prctl(PR_SET_DUMPABLE, 0);
	log_process("convert");
	serve(cfg, fd, memory);
}

/* ---- The reader's side ---- */

static int ask(struct converter *c, const char *what, struct span bytes, struct str *out, struct err *err)
{
	AUTO_STR struct str payload = {0};
	AUTO_FD int passed = -1;
	struct frame head;
	if (lseek(c->memory, 0, SEEK_SET) != 0)
		return err_errno(err, "the converter's memory");
	int rc = io_write_all(c->memory, bytes, err);
	pack_span(&payload, span_of(what));
	pack_u64(&payload, bytes.n);
	rc = rc ? rc : ipc_send(c->fd, FRAME_READ_FILE, 0, str_view(&payload), -1, err);
	if (rc)
		return rc;
	if (ipc_recv(c->fd, &head, &payload, &passed, NULL) <= 0)
		return err_set(err, ERR_WORKER, "the process that starts %s has ended", what);
	struct unpack u = {str_view(&payload), false};
	rc = (int)(int64_t)unpack_u64(&u);
	struct span words = unpack_span(&u), text = unpack_span(&u);
	if (rc)
		return err_set(err, rc, "%.*s", SPAN_ARG(words));
	str_span(out, text);
	return 0;
}

static int text_of(void *arg, const char *what, struct span bytes, struct str *out, struct err *err)
{
	struct converter *c = arg;
	if (c->fd < 0)
		return err_set(err, ERR_NEEDS_PROGRAM, "a %s needs a program, and converters are switched off (converters)", strcmp(what, "pdf") == 0 ? "PDF" : "DOC");
	return ask(c, what, bytes, out, err);
}

void converter_start(struct converter *c, const struct config *cfg, int parent_fd)
{
	int fds[2];
	*c = (struct converter){.fd = -1, .memory = -1, .helper = {text_of, c}};
	struct err err = {0};
	if (!cfg->converters)
		return;
	c->memory = memfd_create("document", MFD_CLOEXEC);
	if (c->memory < 0 || ipc_pair(fds, &err) != 0) {
		log_event(LOG_WARN, "no-converter", "why", err.code ? err.msg : strerror(errno), NULL);
		return;
	}
	pid_t me = getpid(), pid = fork();
	if (pid == 0) {
		close(fds[0]);
		become_converter(cfg, fds[1], c->memory, parent_fd, me);
	}
	close(fds[1]);
	c->fd = fds[0];
	if (pid < 0) {
		log_event(LOG_WARN, "no-converter", "why", strerror(errno), NULL);
		converter_close(c);
	}
}

void converter_close(struct converter *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->memory >= 0)
		close(c->memory);
	c->fd = c->memory = -1;
}
