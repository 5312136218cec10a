/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front: the only process that strangers talk to. It owns sockets and children; it knows no Xapian and no document.
 *
 *	start:  index process up (has the lock) ─► socket bound ─► search workers up ─► READY=1
 *	index:  STARTING ─READY─► UP ─dies─► DOWN ─after a while─► STARTING …
 *	reload: SIGHUP ─► settings.c, then table.c
 *	stop:   SIGTERM ─► no new connections ─► index told to commit and end ─► answers out ─► all children ended ─► exit
 *
 * The leaders' table is loaded here once, for all children to share; the front itself does not look into it.
 *
 * All children are forked here, also the readers that the index process uses: it holds the index's lock and open files, which
 * a jailed child must not inherit. Children die with this process (PR_SET_PDEATHSIG).
 */
#include "daemon/front.h"

#include "daemon/direct.h"
#include "daemon/jail.h"
#include "daemon/notify.h"
#include "daemon/roles.h"

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "index/store/writer.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define CHILD_FD 3
#define STOP_S   8 /* then children are killed */
#define MAX_INDEX_BACKOFF 7
#define FRONT_MMAP (256 * 1024) /* larger buffers are the system's again when they are freed: the front lives long and holds little */
#define CHILD_MMAP (32 << 20)   /* children reuse theirs */

int64_t front_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- Children ---- */

/* Who reads and indexes stands behind who answers; 0: beside. */
static void stand_back(int steps)
{
	if (steps == 0)
		return;
	(void)!nice(steps);
#ifdef SYS_ioprio_set
	syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 7); /* best effort, the last of it */
#endif
}

static void become_child(const struct front *f, role_fn *role, const struct gazetteer *g, const char *name, size_t slot, int fd, pid_t parent)
{
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	signal(SIGINT, SIG_IGN), signal(SIGTERM, SIG_IGN), signal(SIGHUP, SIG_IGN), signal(SIGPIPE, SIG_IGN);
	if (!jail_die_with_parent(parent))
		_exit(1);
	if (fd != CHILD_FD)
		dup2(fd, CHILD_FD);
	fcntl(CHILD_FD, F_SETFD, FD_CLOEXEC);
	if (role == read_role) /* strangers' bytes are at work there: what it says is told by its parent */
		log_leave();
	unsigned log = log_descriptor() > CHILD_FD ? (unsigned)log_descriptor() : CHILD_FD;
	if (log > CHILD_FD + 1)
		close_range(CHILD_FD + 1, log - 1, 0);
	close_range(log + 1, ~0u, 0);
	unsetenv("NOTIFY_SOCKET");
	mallopt(M_MMAP_THRESHOLD, CHILD_MMAP), mallopt(M_TRIM_THRESHOLD, 2 * CHILD_MMAP);
	if (role == index_role || strcmp(name, "read") == 0)
		stand_back((int)f->cfg->index_nice);
	if (role == search_role)
		direct_be(slot);
	log_process(name);
	prctl(PR_SET_NAME, name);
	_exit(role(f->cfg, g, CHILD_FD));
}

/* Forks a child with a channel (slot: which of its pool); -1 when the system has no room. */
static pid_t spawn(struct front *f, role_fn *role, const struct gazetteer *g, const char *name, size_t slot, int *fd)
{
	int fds[2];
	struct err err = {0};
	pid_t parent = getpid();
	if (ipc_pair(fds, &err) != 0) {
		log_event(LOG_ERROR, "spawn-failed", "role", name, "why", err.msg, NULL);
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0)
		become_child(f, role, g, name, slot, fds[1], parent);
	close(fds[1]);
	if (pid < 0) {
		log_event(LOG_ERROR, "spawn-failed", "role", name, "why", strerror(errno), NULL);
		close(fds[0]);
		return -1;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*fd = fds[0];
	return pid;
}

static void spawn_into(struct front *f, struct pool *pool, size_t slot, role_fn *role, const char *name)
{
	int fd;
	pid_t pid = f->stopping ? -1 : spawn(f, role, f->gazetteer, name, slot, &fd);
	if (pid > 0)
		pool_attach(pool, slot, fd, pid);
	else if (!f->stopping)
		pool_no_child(pool, slot);
}

static void spawn_search(void *arg, size_t slot) { spawn_into(arg, ((struct front *)arg)->search, slot, search_role, "search"); }
static void spawn_analyze(void *arg, size_t slot) { spawn_into(arg, ((struct front *)arg)->analyze, slot, read_role, "analyze"); }

static void kill_child(void *arg, pid_t pid)
{
	(void)arg;
	kill(pid, SIGKILL); /* ours until it is reaped, so the number is nobody else's */
}

/* ---- Readers, on behalf of the index process ---- */

static void spawn_reader(struct front *f, uint64_t slot)
{
	int fd;
	AUTO_STR struct str s = {0};
	bool renews = slot % SPAWN_POOLS == SPAWN_RENEW; /* facts for the table to come */
	pid_t pid = spawn(f, read_role, renews && f->next ? f->next : f->gazetteer, "read", 0, &fd);
	pack_u64(&s, slot);
	pack_u64(&s, (uint64_t)(int64_t)pid);
	if (pid > 0) {
		if (f->n_readers == f->cap_readers)
			f->readers = mem_grow(f->readers, &f->cap_readers, f->n_readers + 1, sizeof *f->readers);
		f->readers[f->n_readers++] = pid;
	}
	channel_send(f->index, FRAME_CHILD, 0, str_view(&s), pid > 0 ? fd : -1);
}

static bool is_reader(const struct front *f, pid_t pid, bool forget)
{
	struct front *w = (struct front *)(uintptr_t)f;
	for (size_t i = 0; i < f->n_readers; i++) {
		if (f->readers[i] != pid)
			continue;
		if (forget)
			w->readers[i] = w->readers[--w->n_readers];
		return true;
	}
	return false;
}

/* ---- The index process ---- */

static void start_index(struct front *f);
static void finish_stop(struct front *f);

static void start_serving(struct front *f);

static void index_ready(struct front *f)
{
	f->index_state = INDEX_UP;
	if (!f->index_was_up)
		start_serving(f);
	f->index_was_up = true;
	front_table_offer(f);
}

static void index_failed(struct front *f, struct span payload)
{
	struct unpack u = {payload, false};
	int code = (int)(int64_t)unpack_u64(&u);
	struct span words = unpack_span(&u);
	err_set(&f->index_err, code, "%.*s", SPAN_ARG(words));
	log_event(LOG_ERROR, "index-stopped", "why", f->index_err.msg, "advice", err_advice(code), NULL);
}

static void take_status(struct front *f, struct span payload)
{
	struct unpack u = {payload, false};
	struct span uuid = unpack_span(&u);
	snprintf(f->uuid, sizeof f->uuid, "%.*s", SPAN_ARG(uuid));
	f->revision = unpack_u64(&u);
	f->idle = unpack_u64(&u);
	f->paused = unpack_u64(&u);
	str_clear(&f->status);
	str_span(&f->status, unpack_span(&u));
	str_clear(&f->line);
	str_span(&f->line, unpack_span(&u));
	f->index_deaths = 0;
	about_progress(f);
}

/* Perhaps before there are analyzers. */
static void take_templates(struct front *f, struct span payload)
{
	str_clear(&f->templates);
	str_span(&f->templates, payload);
	if (f->analyze)
		pool_preamble(f->analyze, FRAME_TEMPLATES, payload);
}

static void on_index_frame(void *arg, const struct frame *head, struct span payload, int fd)
{
	struct front *f = arg;
	struct unpack u = {payload, false};
	f->index_heard_us = front_now_us();
	if (fd >= 0)
		close(fd);
	if (head->kind == FRAME_READY)
		index_ready(f);
	else if (head->kind == FRAME_FAILED)
		index_failed(f, payload);
	else if (head->kind == FRAME_STATUS)
		take_status(f, payload);
	else if (head->kind == FRAME_SPAWN)
		spawn_reader(f, unpack_u64(&u));
	else if (head->kind == FRAME_TEMPLATES)
		take_templates(f, payload);
	else if (head->kind == FRAME_SWITCHED)
		front_table_switched(f);
	else if (head->kind == FRAME_RELOAD)
		front_table_refused(f);
	else if (head->kind == FRAME_KILL) {
		pid_t pid = (pid_t)unpack_u64(&u);
		if (is_reader(f, pid, false))
			kill(pid, SIGKILL);
	} else
		serve_index_frame(f, head, payload);
}

static void kill_readers(struct front *f)
{
	for (size_t i = 0; i < f->n_readers; i++)
		kill(f->readers[i], SIGKILL);
}

/* The index process has died and said all it had to say. */
static void index_gone(struct front *f)
{
	if (!f->index_reaped || !f->index_eof)
		return;
	channel_free(f->index);
	f->index = NULL;
	f->index_state = INDEX_DOWN;
	budget_clear(&f->queue);
	f->idle = false; /* who follows the progress waits for the next one */
	str_clear(&f->line);
	str_z(&f->line, "{\"state\":\"starting\"}\n");
	kill_readers(f);
	serve_index_died(f);
	if (f->stopping)
		return finish_stop(f);
	if (!f->index_was_up) { /* it never came up: there is nothing to serve */
		f->exit_code = f->index_err.code == ERR_LOCKED ? EXIT_IN_USE : 1;
		event_base_loopbreak(f->base);
		return;
	}
	unsigned n = f->index_deaths++ < MAX_INDEX_BACKOFF ? f->index_deaths - 1 : MAX_INDEX_BACKOFF;
	struct timeval tv = {(100 << n) / 1000, (100 << n) % 1000 * 1000};
	log_event(LOG_WARN, "index-restarts", "in-ms", log_number(100 << n), NULL);
	event_add(f->index_again, &tv);
}

static void on_index_closed(void *arg)
{
	struct front *f = arg;
	f->index_eof = true;
	if (!f->index_reaped)
		kill(f->index_pid, SIGKILL); /* it closed its channel: it has lost its senses, or is dead already */
	index_gone(f);
}

static const struct channel_calls index_calls = {on_index_frame, on_index_closed, NULL};

static void start_index(struct front *f)
{
	int fd;
	f->index_pid = spawn(f, index_role, f->gazetteer, "index", 0, &fd);
	f->index_state = INDEX_STARTING;
	f->index_reaped = f->index_eof = false;
	f->index_err = (struct err){0};
	f->index_heard_us = front_now_us();
	if (f->index_pid > 0) {
		f->index = channel_new(f->base, fd, &index_calls, f);
		return;
	}
	struct timeval tv = {1, 0};
	event_add(f->index_again, &tv);
}

static void index_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct front *f = arg;
	if (!f->stopping)
		start_index(f);
}

/* An index process that says nothing for too long hangs; the next one goes on where it was. (Opening a big index may take its time.) */
static void look_after_index(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct front *f = arg;
	if (f->index_state != INDEX_UP)
		return;
	if (front_now_us() - f->index_heard_us > (int64_t)f->cfg->index_ms * 1000) {
		log_event(LOG_ERROR, "index-hangs", "pid", log_number(f->index_pid), NULL);
		kill(f->index_pid, SIGKILL);
	} else
		channel_send(f->index, FRAME_PING, 0, SPAN_NONE, -1);
}

/* ---- The socket ---- */

static int make_folder_of(const char *path, bool system, struct err *err)
{
	AUTO_STR struct str dir = {0};
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	str_add(&dir, path, (size_t)(slash - path));
	return access(dir.p, F_OK) == 0 ? 0 : io_make_dirs(dir.p, system ? 0750 : 0700, err);
}

/* What lies at the path already: nothing (0), somebody who answers (ERR_LOCKED), something that is not ours to remove, or a left-over, which goes. */
static int clear_the_way(const struct sockaddr_un *at, struct err *err)
{
	struct stat st;
	if (lstat(at->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", at->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_EXISTS, "%s is there and is no socket; remove it, or choose another place with --socket", at->sun_path);
	if (st.st_uid != getuid() && getuid() != 0)
		return err_set(err, ERR_DENIED, "%s belongs to another user; choose another place with --socket", at->sun_path);
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno == EAGAIN))
		return err_set(err, ERR_LOCKED, "%s: another dossierd answers there; stop it, or choose another place with --socket", at->sun_path);
	log_event(LOG_NOTICE, "stale-socket-removed", "path", at->sun_path, NULL);
	return unlink(at->sun_path) == 0 ? 0 : err_errno(err, "%s: cannot remove the left-over socket", at->sun_path);
}

static int listen_at(const char *path, unsigned mode, bool system, int *out, struct err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof at.sun_path)
		return err_set(err, ERR_BAD_CONFIG, "%s: a socket's path may have %zu bytes, this one has %zu; choose a shorter one with --socket",
			path, sizeof at.sun_path - 1, strlen(path));
	memcpy(at.sun_path, path, strlen(path));
	int rc = make_folder_of(path, system, err);
	rc = rc ? rc : clear_the_way(&at, err);
	if (rc)
		return rc;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t before = umask(0777 & ~mode);
	int bound = bind(fd, (struct sockaddr *)&at, sizeof at);
	umask(before);
	if (fd < 0 || bound != 0 || listen(fd, 512) != 0) {
		rc = err_errno(err, "%s: cannot listen there (is the folder writable? --socket chooses another place)", path);
		close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

/* ---- Start ---- */

static void search_ready(void *arg)
{
	struct front *f = arg;
	f->search_err = (struct err){0};
	if (f->told_ready)
		return;
	f->told_ready = true;
	const char *level = pool_sandbox(f->search);
	log_event(LOG_NOTICE, "ready", "socket", f->cfg->socket, "index", f->cfg->index, "sandbox", level, NULL);
	if (strcmp(level, JAIL_FULL) != 0) {
		log_event(LOG_WARN, "sandbox-incomplete", "level", level, "what", "the kernel offers less than seccomp and Landlock; helper processes are confined less", NULL);
		if (f->cfg->require_sandbox) {
			log_event(LOG_FATAL, "sandbox-required", "what", "require-sandbox is set: not starting", NULL);
			f->exit_code = 1;
			event_base_loopbreak(f->base);
			return;
		}
	}
	notify_say("READY=1");
}

static void search_cannot(void *arg, int code, const char *why)
{
	struct front *f = arg;
	err_set(&f->search_err, code, "%s", why);
	if (code == ERR_CORRUPT && store_suspect(f->cfg->index, true, NULL) != 0) /* the index process mends it */
		log_event(LOG_ERROR, "cannot-mark", "index", f->cfg->index, NULL);
	if (pool_up(f->search) == 0)
		serve_search_broken(f);
}

static void start_serving(struct front *f)
{
	struct err err = {0};
	int fd = notify_listen_fd();
	if (fd < 0) {
		if (listen_at(f->cfg->socket, (unsigned)f->cfg->socket_mode, f->cfg->system, &fd, &err) != 0) {
			log_event(LOG_FATAL, "no-socket", "why", err.msg, "advice", err_advice(err.code), NULL);
			f->exit_code = err.code == ERR_LOCKED ? EXIT_IN_USE : 1;
			event_base_loopbreak(f->base);
			return;
		}
		f->socket = mem_dup(f->cfg->socket, strlen(f->cfg->socket) + 1);
	}
	const struct config *c = f->cfg;
	struct http_limits limits = front_http_limits(c);
	f->http = http_new(f->base, fd, &limits, &front_http_calls, f);
	struct pool_options search = {.name = "search", .size = c->search_workers, .depth = 1, .fair = true, .step_ms = c->deadline_ms, .lazy = true, .impatient = true,
		.too_long = "the search took longer than is allowed", .spawn = spawn_search, .kill = kill_child, .ready = search_ready, .cannot = search_cannot};
	struct pool_options analyze = {.name = "analyze", .size = c->analyzers, .depth = 1, .fair = true, .step_ms = c->wall_ms, .lazy = true, .impatient = true,
		.too_long = "reading it took longer than is allowed", .spawn = spawn_analyze, .kill = kill_child};
	f->search = pool_new(f->base, &search, f);
	f->analyze = pool_new(f->base, &analyze, f);
	pool_preamble(f->analyze, FRAME_TEMPLATES, str_view(&f->templates));
	pool_wake(f->search);
}

/* ---- Stop ---- */

static void finish_stop(struct front *f)
{
	if (f->http && http_pending(f->http) && event_pending(f->stop_timer, EV_TIMEOUT, NULL)) {
		struct timeval soon = {0, 20000};
		event_add(f->index_again, &soon); /* looked at again below */
		return;
	}
	event_base_loopbreak(f->base);
}

static void stop_again(evutil_socket_t fd, short what, void *arg)
{
	struct front *f = arg;
	if (f->stopping)
		finish_stop(f);
	else
		index_again(fd, what, arg);
}

static void stop_now(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(((struct front *)arg)->base);
}

static void begin_stop(struct front *f)
{
	if (f->stopping || !f->index_was_up) { /* asked twice: at once */
		event_base_loopbreak(f->base);
		return;
	}
	struct timeval tv = {STOP_S, 0};
	f->stopping = true;
	log_event(LOG_NOTICE, "stopping", NULL);
	notify_say("STOPPING=1");
	event_add(f->stop_timer, &tv);
	if (f->http)
		http_stop_accepting(f->http);
	about_stop(f);
	if (f->index)
		channel_send(f->index, FRAME_STOP, 0, SPAN_NONE, -1);
	else
		finish_stop(f);
}

static void reap_children(struct front *f)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (pid == f->index_pid) {
			f->index_reaped = true;
			if (!f->index_eof)
				channel_drain(f->index); /* (a child of its own may still hold the other end) */
			f->index_eof = true;
			index_gone(f);
		} else if (is_reader(f, pid, true)) {
			AUTO_STR struct str s = {0};
			pack_u64(&s, (uint64_t)pid);
			pack_u64(&s, (uint64_t)status);
			if (f->index)
				channel_send(f->index, FRAME_OBITUARY, 0, str_view(&s), -1);
		} else if (!(f->search && pool_reaped(f->search, pid, status)) && f->analyze)
			pool_reaped(f->analyze, pid, status);
	}
}

static void on_signal(evutil_socket_t signal_no, short what, void *arg)
{
	(void)what;
	struct front *f = arg;
	if (signal_no == SIGCHLD)
		reap_children(f);
	else if (signal_no == SIGHUP && !f->stopping) {
		front_settings_reload(f);
		front_table_reload(f);
	} else if (signal_no == SIGHUP)
		return;
	else
		begin_stop(f);
}

static void watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	notify_say("WATCHDOG=1");
}

/* No child outlives us: those that do not end by themselves are killed, all are waited for. */
static void end_children(struct front *f)
{
	if (f->index_pid > 0 && !f->index_reaped)
		kill(f->index_pid, SIGKILL);
	kill_readers(f);
	pool_kill_all(f->search);
	pool_kill_all(f->analyze);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void front_done(struct front *f)
{
	if (f->socket)
		unlink(f->socket);
	f->stopping = true;
	http_free(f->http);
	serve_index_died(f);
	end_children(f);
	while (f->pending)
		pending_free(f->pending);
	pool_free(f->search), pool_free(f->analyze);
	channel_free(f->index);
	for (int i = 0; i < 4; i++)
		event_free(f->signals[i]);
	event_free(f->index_again), event_free(f->stop_timer), event_free(f->watchdog), event_free(f->look);
	event_base_free(f->base);
	str_done(&f->status), str_done(&f->templates), str_done(&f->line);
	budget_done(&f->queue);
	free(f->readers), free(f->socket);
	access_done(&f->access);
	config_done(&f->wanted);
	gazetteer_free(f->gazetteer);
	gazetteer_free(f->next);
	direct_unshare();
	if (f->lock >= 0)
		close(f->lock);
	libevent_global_shutdown();
}

/*
 * One front an index, told at once. The writer has its own lock, but after a kill -9 of the front its index process may live for
 * another moment: who holds this lock knows that it may wait for that one to go. Where no file can be made, the writer's lock has to do.
 */
static int lock_front(struct front *f, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s.lock", f->cfg->index);
	const char *slash = strrchr(path.p, '/');
	AUTO_STR struct str dir = {0};
	str_add(&dir, path.p, slash ? (size_t)(slash - path.p) : 0);
	if (dir.n && io_make_dirs(dir.p, 0750, NULL) != 0)
		return 0;
	f->lock = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->lock < 0 || flock(f->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;
	return err_set(err, ERR_LOCKED, "%s: the index is in use; is another dossierd running?", f->cfg->index);
}

int front_run(struct config *cfg, reread_fn *reread)
{
	struct front f = {.cfg = cfg, .reread = reread, .lock = -1, .started_us = front_now_us()};
	struct err err = {0};
	static const int signals[4] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	log_process("front");
	log_begin();
	mallopt(M_MMAP_THRESHOLD, FRONT_MMAP), mallopt(M_TRIM_THRESHOLD, 8 * FRONT_MMAP);
	f.queue = (struct budget){.limit = cfg->queue_bytes, .share = cfg->queue_bytes / 2};
	signal(SIGPIPE, SIG_IGN), signal(SIGUSR1, SIG_IGN), signal(SIGUSR2, SIG_IGN); /* they say nothing here: no reason to end */
	if (access_init(&f.access, cfg, &err) != 0) {
		log_event(LOG_FATAL, "bad-config", "why", err.msg, "advice", err_advice(err.code), NULL);
		access_done(&f.access);
		return 2;
	}
	if (lock_front(&f, &err) != 0) {
		log_event(LOG_FATAL, "index-in-use", "why", err.msg, "advice", err_advice(err.code), NULL);
		access_done(&f.access);
		close(f.lock);
		return EXIT_IN_USE;
	}
	f.base = event_base_new();
	for (int i = 0; i < 4; i++) {
		f.signals[i] = evsignal_new(f.base, signals[i], on_signal, &f);
		event_add(f.signals[i], NULL);
	}
	f.index_again = event_new(f.base, -1, 0, stop_again, &f);
	f.stop_timer = event_new(f.base, -1, 0, stop_now, &f);
	f.watchdog = event_new(f.base, -1, EV_PERSIST, watchdog, &f);
	uint64_t dog = notify_watchdog_us() / 3;
	struct timeval tv = {(time_t)(dog / 1000000), (suseconds_t)(dog % 1000000)};
	if (dog)
		event_add(f.watchdog, &tv);
	f.look = event_new(f.base, -1, EV_PERSIST, look_after_index, &f);
	front_watch_index(&f);
	direct_share(cfg->search_workers);
	front_table_load(&f);
	start_index(&f);
	event_base_dispatch(f.base);
	front_done(&f);
	return f.exit_code;
}
