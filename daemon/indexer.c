/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index process: the one writer. It moves bytes – files and pushed lines to read processes, their records to the writer –
 * and decides when to commit.
 *
 *	sources.c ─ files ─┐                       ┌─► writer_put … ─► writer_commit ─► promises kept, pushes told
 *	pushes.c ── lines ─┴─► readers (two pools) ┘       merging: in a child of the writer, looked after here
 *
 * Crash-only: when the storage fails it says why and exits; the front starts the next one, which goes on from the last manifest.
 * A commit comes at once when a client waits, else after commit-time. Without room on the disk nothing is begun.
 *
 *	quick   what clients pushed, document by document: milliseconds, whatever else is being built
 *	whole   everything: builders seal first, readers of files wait for that, the loop does not
 */
#include "daemon/indexer.h"

#include "daemon/http-parse.h"
#include "daemon/moves.h"
#include "daemon/roles.h"
#include "daemon/scrub.h"

#include "base/log.h"
#include "base/mem.h"
#include "index/facts/facts.h"

#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define STATUS_MS      200
#define FAILED_SHOWN   100
#define SPACE_S        1
#define WATCH_LIMITED_S 60
#define LOCK_TRIES     60
#define LOCK_PAUSE_MS  50
#define MERGE_AGAIN_S  30 /* after one that failed */
#define MERGE_REST_MS  500 /* pushes come in flocks: one merge for many */
#define LONGER         2 /* doublings of commit-time in a long load: each commit costs searchers what they had made of the segments before */
#define SEAL_LOOK_MS   200 /* somebody else may have taken in what was sealed */

static void say_failed(struct indexer *ix, const struct err *err)
{
	AUTO_STR struct str s = {0};
	pack_u64(&s, (uint64_t)(int64_t)err->code);
	pack_span(&s, span_of(err->msg));
	channel_send(ix->front, FRAME_FAILED, 0, str_view(&s), -1);
	channel_flush(ix->front);
}

void index_store_failed(struct indexer *ix, const struct err *err)
{
	log_event(LOG_ERROR, "storage-failed", "why", err->msg, NULL);
	say_failed(ix, err);
	_exit(1); /* nothing is tidied: what the storage thinks of itself is no longer known */
}

/* ---- Replies ---- */

void index_reply(struct indexer *ix, uint32_t id, int status, struct span json)
{
	AUTO_STR struct str s = {0};
	pack_u64(&s, (uint64_t)status);
	pack_span(&s, status >= 400 ? SPAN("application/problem+json") : SPAN("application/json"));
	pack_span(&s, SPAN_NONE); /* no ETag */
	pack_span(&s, json);
	channel_send(ix->front, FRAME_REPLY, id, str_view(&s), -1);
}

void index_problem(struct indexer *ix, uint32_t id, int code, const char *fmt, ...)
{
	AUTO_STR struct str body = {0};
	char words[480];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	struct jw w = {.out = &body};
	jw_problem(&w, code, words, NULL);
	str_ch(&body, '\n');
	index_reply(ix, id, err_status(code), str_view(&body));
}

void index_promise(struct indexer *ix, uint32_t id, int status, struct str *body)
{
	struct promise *p = mem_alloc(sizeof *p), **at = &ix->promises;
	while (*at)
		at = &(*at)->next;
	*p = (struct promise){NULL, id, status, *body};
	*body = (struct str){0};
	*at = p;
	index_commit_soon(ix);
}

static void keep_promises(struct indexer *ix)
{
	for (struct promise *p; (p = ix->promises);) {
		ix->promises = p->next;
		str_printf(&p->body, "%s\"revision\":%llu}\n", p->body.n > 1 ? "," : "", (unsigned long long)ix->revision);
		index_reply(ix, p->id, p->status, str_view(&p->body));
		str_done(&p->body);
		free(p);
	}
}

/* ---- Status ---- */

static void put_counts(const struct indexer *ix, struct jw *w)
{
	const struct counts *c = &ix->now;
	jw_field_int(w, "files", c->files);
	jw_field_int(w, "files_done", c->files_done);
	jw_field_int(w, "bytes", c->bytes);
	jw_field_int(w, "bytes_done", c->bytes_done);
	jw_field_int(w, "documents_read", c->documents);
	jw_field_int(w, "documents_unchanged", c->unchanged);
	jw_field_int(w, "documents_removed", c->removed);
	jw_field_int(w, "documents_failed", c->failed);
	jw_field_int(w, "documents_renamed", c->renamed);
	jw_field_int(w, "queued_documents", ix->queued_documents);
	if (!ix->upgrade_over)
		jw_field_int(w, "outdated", ix->outdated);
}

static const char *state_of(const struct indexer *ix) { return ix->paused ? "paused" : ix->idle ? "idle" : ix->n_upgrading ? "upgrading" : "reading"; }

static void put_status(struct indexer *ix, struct jw *w, const struct store_status *s)
{
	jw_field_z(w, "state", state_of(ix));
	if (ix->paused)
		jw_field_z(w, "paused", ix->paused);
	jw_field_int(w, "documents", s->n_documents);
	jw_field_int(w, "deleted", s->n_dead);
	jw_field_int(w, "segments", s->n_segments);
	jw_field_int(w, "bytes", s->bytes_on_disk);
	jw_field_int(w, "text_bytes", s->text_bytes);
	scrub_put_status(ix->scrub, w);
	jw_field_z(w, "sandbox_read", pool_sandbox(pool_sandbox(ix->files)[0] ? ix->files : ix->pushers));
	jw_key(w, "queue");
	jw_open(w, '{');
	put_counts(ix, w);
	jw_close(w, '}');
	jw_key(w, "sources");
	sources_list(ix, w);
	jw_key(w, "failed");
	sources_failed(ix, w, FAILED_SHOWN, SPAN_NONE);
}

static void put_progress(struct indexer *ix, struct jw *w, const struct store_status *s)
{
	jw_open(w, '{');
	jw_field_z(w, "state", state_of(ix));
	if (ix->paused)
		jw_field_z(w, "paused", ix->paused);
	put_counts(ix, w);
	jw_field_int(w, "documents", s->n_documents);
	jw_field_int(w, "failed", ix->n_failed);
	jw_field_int(w, "revision", ix->revision);
	jw_close(w, '}');
}

void index_tell(struct indexer *ix)
{
	AUTO_STR struct str members = {0}, line = {0}, s = {0};
	struct jw w = {.out = &members}, l = {.out = &line};
	struct store_status st;
	writer_status(ix->writer, &st);
	put_status(ix, &w, &st);
	put_progress(ix, &l, &st);
	str_ch(&line, '\n');
	pack_span(&s, span_of(st.uuid));
	pack_u64(&s, ix->revision);
	pack_u64(&s, ix->idle);
	pack_u64(&s, ix->paused != NULL);
	pack_span(&s, str_view(&members));
	pack_span(&s, str_view(&line));
	channel_send(ix->front, FRAME_STATUS, 0, str_view(&s), -1);
	ix->told_idle = ix->idle;
	event_del(ix->status_timer);
}

void index_tell_soon(struct indexer *ix)
{
	struct timeval tv = {0, STATUS_MS * 1000};
	if (!event_pending(ix->status_timer, EV_TIMEOUT, NULL))
		event_add(ix->status_timer, &tv);
}

static void status_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	index_tell(arg);
}

/* ---- Commit and merge ---- */

/* Idle for a while: then segments may be merged that need not be. */
static void look_forward(struct indexer *ix)
{
	struct timeval tv = {(time_t)(ix->cfg->merge_idle_ms / 1000), (suseconds_t)(ix->cfg->merge_idle_ms % 1000 * 1000)};
	if (ix->idle && ix->cfg->merge_idle_ms)
		event_add(ix->merge_idle, &tv);
	else
		event_del(ix->merge_idle);
}

/* Is there anything to do? Followers of the progress learn it at once when there is not. */
static void look_idle(struct indexer *ix)
{
	bool idle = !sources_busy(ix) && !pushes_any(ix) && ix->upgrade_over && writer_pending(ix->writer) == 0 && !boilerplate_busy(ix) && writer_unlinked(ix->writer) == 0;
	if (idle == ix->idle)
		return;
	ix->idle = idle;
	ix->n_commits = 0;
	look_forward(ix);
	if (idle ? !ix->told_idle : sources_busy(ix))
		index_tell(ix);
	else
		index_tell_soon(ix); /* one pushed document is no news */
	if (idle)
		ix->now = (struct counts){0};
}

static void begin_merge(struct indexer *ix, enum merge_how how)
{
	bool started = false;
	struct err err = {0};
	if (writer_merge_fd(ix->writer) >= 0 || ix->stopping || ix->paused)
		return;
	if (event_pending(ix->merge_again, EV_TIMEOUT, NULL))
		return;
	if (writer_merge_begin(ix->writer, how, &started, &err) != 0)
		index_store_failed(ix, &err);
	if (started) {
		event_assign(ix->merge_done, ix->base, writer_merge_fd(ix->writer), EV_READ, event_get_callback(ix->merge_done), ix);
		event_priority_set(ix->merge_done, 0);
		event_add(ix->merge_done, NULL);
	}
}

/* What merging gave is taken with a whole commit, for that is what it makes. */
static void merge_ended(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct indexer *ix = arg;
	ix->merged = true;
	index_commit_soon(ix);
}

static void take_merge(struct indexer *ix)
{
	struct err err = {0};
	bool did = false;
	ix->merged = false;
	if (writer_merge_end(ix->writer, &did, &err) != 0) {
		struct timeval again = {MERGE_AGAIN_S, 0};
		if (writer_broken(ix->writer))
			index_store_failed(ix, &err);
		if (err.code == ERR_CORRUPT && store_suspect(ix->cfg->index, true, NULL) != 0) /* looked for once a second: then it is mended */
			log_event(LOG_ERROR, "cannot-mark", "why", err.msg, NULL);
		log_event(LOG_WARN, "merge-failed", "why", err.msg, "again-in-s", log_number(MERGE_AGAIN_S), NULL); /* it has changed nothing */
		event_add(ix->merge_again, &again);
	}
	index_tell_soon(ix);
	if (ix->idle)
		look_forward(ix); /* one was under way when it rang, perhaps */
}

static void look_at_space(struct indexer *ix)
{
	struct statvfs v;
	if (statvfs(ix->cfg->index, &v) != 0)
		return;
	bool low = (uint64_t)v.f_bavail * v.f_frsize < ix->cfg->min_free;
	if (low == (ix->paused != NULL))
		return;
	ix->paused = low ? "disk full" : NULL;
	log_event(low ? LOG_ERROR : LOG_NOTICE, low ? "disk-full" : "disk-has-room", "index", ix->cfg->index, NULL);
	index_tell(ix);
	if (!low)
		index_work(ix);
}

/* Readers of files wait while what they gave is sealed, so that the whole of it and of the ledger is in one commit. */
static void hold_readers(struct indexer *ix, bool hold)
{
	ix->sealing = hold;
	if (!hold)
		event_del(ix->sealed);
	pool_hold(ix->files, hold);
	pool_hold(ix->renewers, hold);
}

static void commit(struct indexer *ix)
{
	struct err err = {0};
	event_del(ix->commit_later);
	event_del(ix->commit_now);
	event_del(ix->commit_quick);
	if (ix->merged)
		take_merge(ix);
	if (writer_commit(ix->writer, &ix->revision, &err) != 0)
		index_store_failed(ix, &err);
	boilerplate_tell(ix);
	look_idle(ix);
	index_tell(ix); /* before the answers: who then asks for the status sees what was answered */
	pushes_committed(ix, false);
	keep_promises(ix);
	look_at_space(ix);
	reload_settle(ix);
	begin_merge(ix, MERGE_DUE);
	if (writer_unlinked(ix->writer))
		index_commit_soon(ix);
	else if (boilerplate_busy(ix))
		index_work(ix);
	if (ix->sealing)
		hold_readers(ix, false);
}

static void wait_sealed(struct indexer *ix)
{
	struct timeval look = {0, SEAL_LOOK_MS * 1000};
	event_add(ix->sealed, &look);
}

static void commit_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	struct indexer *ix = arg;
	ix->n_commits += (what & EV_TIMEOUT) != 0;
	struct err err = {0};
	bool sealing = false;
	if (ix->sealing) /* it is on its way */
		return;
	if (writer_seal_begin(ix->writer, &sealing, &err) != 0)
		index_store_failed(ix, &err);
	if (!sealing)
		return commit(ix);
	event_assign(ix->sealed, ix->base, writer_seal_fd(ix->writer), EV_READ, event_get_callback(ix->sealed), ix);
	event_priority_set(ix->sealed, 0);
	hold_readers(ix, true);
	wait_sealed(ix);
}

static void sealed_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct indexer *ix = arg;
	struct err err = {0};
	bool sealing = false;
	if (writer_seal_step(ix->writer, &sealing, &err) != 0)
		index_store_failed(ix, &err);
	if (sealing)
		wait_sealed(ix);
	else
		commit(ix);
}

/* Small segments of pushes are merged by the dozen, a moment later. */
static void rest_before_merge(struct indexer *ix)
{
	struct timeval rest = {0, MERGE_REST_MS * 1000};
	struct store_status st;
	writer_status(ix->writer, &st);
	if (st.n_segments > ix->cfg->max_segments && st.n_segments < 3 * ix->cfg->max_segments && !event_pending(ix->merge_again, EV_TIMEOUT, NULL))
		event_add(ix->merge_again, &rest);
}

static void commit_quick_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct indexer *ix = arg;
	struct err err = {0};
	rest_before_merge(ix);
	if (!writer_holds_back(ix->writer))
		return commit(ix);
	if (writer_commit_quick(ix->writer, &ix->revision, &err) != 0)
		index_store_failed(ix, &err);
	look_idle(ix);
	index_tell(ix);
	pushes_committed(ix, true);
	look_at_space(ix);
}

void index_commit_soon(struct indexer *ix)
{
	event_active(ix->commit_now, 0, 0);
}

void index_commit_quick(struct indexer *ix)
{
	event_active(ix->commit_quick, 0, 0);
}

void index_changed(struct indexer *ix)
{
	if (ix->idle)
		look_idle(ix);
	if (event_pending(ix->commit_later, EV_TIMEOUT, NULL))
		return;
	uint64_t ms = ix->cfg->commit_ms << (ix->n_commits < LONGER ? ix->n_commits : LONGER);
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(ix->commit_later, &tv);
}

/* Something was found wrong, by the scrub or by --check: the next index process looks at every checksum, and mends. */
static void look_at_mark(struct indexer *ix)
{
	if (ix->suspect_stays || ix->stopping || !store_suspected(ix->cfg->index))
		return;
	log_event(LOG_ERROR, "index-suspect", "what", "damage was found: starting again, to look at every checksum and mend", NULL);
	commit(ix); /* what it can still keep */
	channel_flush(ix->front);
	_exit(1);
}

static void space_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	look_at_space(arg);
	look_at_mark(arg);
}

static void merge_idle_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct indexer *ix = arg;
	if (ix->idle)
		begin_merge(ix, MERGE_IDLE);
}

static void merge_again_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	index_commit_soon(arg); /* a merge begins after a commit */
}

/* ---- Work ---- */

/* In the next round: an event that activates itself would keep all others from their turn. */
void index_work(struct indexer *ix)
{
	struct timeval now = {0, 0};
	event_add(ix->work, &now);
}

static void work(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct indexer *ix = arg;
	sources_work(ix);
	reload_settle(ix);
	if (!sources_busy(ix) || upgrade_urgent(ix))
		upgrade_work(ix);
	if (!sources_busy(ix))
		boilerplate_work(ix);
	if (!sources_busy(ix) && !ix->n_upgrading && !pushes_any(ix) && writer_pending(ix->writer))
		index_commit_soon(ix);
	else
		look_idle(ix);
}

static void rescan_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	sources_rescan(arg);
}

/* ---- What the front asks ---- */

static void remove_document(struct indexer *ix, uint32_t id, struct span path)
{
	struct span doc = span_sub(path, sizeof "/v1/docs/" - 1, path.n);
	struct err err = {0};
	bool existed = false;
	removed_note(ix, doc);
	if (writer_remove(ix->writer, doc, &existed, &err) != 0)
		index_store_failed(ix, &err);
	if (!existed)
		return index_problem(ix, id, ERR_NOT_FOUND, "there is no document \"%.*s\"", SPAN_ARG(doc));
	struct str body = {0};
	struct jw w = {.out = &body};
	jw_open(&w, '{');
	jw_field_str(&w, "id", doc);
	jw_field_z(&w, "status", "removed");
	index_promise(ix, id, 200, &body);
}

static void show_failed(struct indexer *ix, uint32_t id, struct span query)
{
	AUTO_STR struct str limit = {0}, cursor = {0}, body = {0};
	uint64_t n = FAILED_SHOWN;
	if (http_parameter(query, "limit", &limit) && (!span_to_u64(str_view(&limit), &n) || n > 10000))
		return index_problem(ix, id, ERR_BAD_ARGUMENT, "limit: give a number from 0 to 10000");
	http_parameter(query, "cursor", &cursor);
	struct jw w = {.out = &body};
	sources_failed(ix, &w, (size_t)n, str_view(&cursor));
	str_ch(&body, '\n');
	index_reply(ix, id, 200, str_view(&body));
}

static void call(struct indexer *ix, uint32_t id, struct span payload)
{
	struct unpack u = {payload, false};
	struct span method = unpack_span(&u), path = unpack_span(&u), query = unpack_span(&u), body = unpack_span(&u);
	struct str open = {0};
	if (span_starts(path, "/v1/docs/"))
		remove_document(ix, id, path);
	else if (span_starts(path, "/v1/sources"))
		sources_call(ix, id, method, path, query, body);
	else if (span_is(path, "/v1/templates"))
		boilerplate_call(ix, id, method, query, body);
	else if (span_is(path, "/v1/failed"))
		show_failed(ix, id, query);
	else { /* flush */
		str_ch(&open, '{');
		index_promise(ix, id, 200, &open);
	}
}

/* Everything that came is committed and answered; then it ends. */
static void stop(struct indexer *ix)
{
	ix->stopping = true;
	commit(ix);
	channel_flush(ix->front);
	event_base_loopbreak(ix->base);
}

static void take_child(struct indexer *ix, struct span payload, int fd)
{
	struct unpack u = {payload, false};
	size_t slot = unpack_u64(&u);
	pid_t pid = (pid_t)(int64_t)unpack_u64(&u);
	struct pool *const pools[SPAWN_POOLS] = {ix->files, ix->pushers, ix->renewers};
	struct pool *pool = pools[slot % SPAWN_POOLS];
	if (fd < 0)
		return pool_no_child(pool, slot / SPAWN_POOLS);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	pool_attach(pool, slot / SPAWN_POOLS, fd, pid);
}

static void on_frame(void *arg, const struct frame *head, struct span payload, int fd)
{
	struct indexer *ix = arg;
	struct unpack u = {payload, false};
	if (head->kind == FRAME_CHILD)
		return take_child(ix, payload, fd);
	if (fd >= 0)
		close(fd);
	if (head->kind == FRAME_PUSH)
		pushes_lines(ix, head->id, payload);
	else if (head->kind == FRAME_PUSH_END)
		pushes_end(ix, head->id);
	else if (head->kind == FRAME_PING)
		channel_send(ix->front, FRAME_PONG, 0, SPAN_NONE, -1);
	else if (head->kind == FRAME_CALL)
		call(ix, head->id, payload);
	else if (head->kind == FRAME_SETTINGS)
		reload_settings(ix, payload);
	else if (head->kind == FRAME_RELOAD)
		reload_begin(ix, unpack_u64(&u));
	else if (head->kind == FRAME_OBITUARY) {
		pid_t pid = (pid_t)unpack_u64(&u);
		int status = (int)unpack_u64(&u);
		if (!pool_reaped(ix->files, pid, status) && !pool_reaped(ix->pushers, pid, status))
			pool_reaped(ix->renewers, pid, status);
	} else if (head->kind == FRAME_STOP)
		stop(ix);
	if (ix->idle)
		look_idle(ix);
}

static void on_closed(void *arg)
{
	(void)arg;
	_exit(1); /* the front is gone */
}

static const struct channel_calls front_calls = {on_frame, on_closed, NULL};

/* ---- Readers: forked by the front ---- */

static void ask_for(struct indexer *ix, uint64_t slot)
{
	AUTO_STR struct str s = {0};
	pack_u64(&s, slot);
	channel_send(ix->front, FRAME_SPAWN, 0, str_view(&s), -1);
}

static void spawn_file_reader(void *arg, size_t slot) { ask_for(arg, slot * SPAWN_POOLS + SPAWN_FILES); }
static void spawn_pusher(void *arg, size_t slot) { ask_for(arg, slot * SPAWN_POOLS + SPAWN_PUSHED); }
static void spawn_renewer(void *arg, size_t slot) { ask_for(arg, slot * SPAWN_POOLS + SPAWN_RENEW); }

static void kill_reader(void *arg, pid_t pid)
{
	struct indexer *ix = arg;
	AUTO_STR struct str s = {0};
	pack_u64(&s, (uint64_t)pid);
	channel_send(ix->front, FRAME_KILL, 0, str_view(&s), -1);
}

static void make_pools(struct indexer *ix)
{
	struct pool_options files = {.name = "read", .size = ix->cfg->readers, .depth = 2, .step_ms = ix->cfg->wall_ms, .lazy = true,
		.too_long = "reading it took longer than is allowed", .spawn = spawn_file_reader, .kill = kill_reader};
	struct pool_options pushers = files;
	pushers.name = "read-pushed";
	pushers.spawn = spawn_pusher;
	pushers.impatient = true;
	pushers.fair = pushers.first = true;
	struct pool_options renewers = files;
	renewers.name = "renew";
	renewers.spawn = spawn_renewer;
	ix->renewers = pool_new(ix->base, &renewers, ix);
	ix->files = pool_new(ix->base, &files, ix);
	ix->pushers = pool_new(ix->base, &pushers, ix);
}

/* ---- The role ---- */

static int open_writer(struct indexer *ix, struct err *err)
{
	AUTO_STR struct str recovered = {0};
	struct store_options opt = config_store_options(ix->cfg);
	opt.gazetteer = ix->gazetteer;
	opt.facts_version = FACTS_VERSION;
	opt.table_version = gazetteer_version(ix->gazetteer);
	int rc = writer_open(ix->cfg->index, &opt, &ix->writer, &recovered, err);
	for (int n = 0; rc == ERR_LOCKED && n < LOCK_TRIES; n++) { /* the one before us may still be dying */
		poll(NULL, 0, LOCK_PAUSE_MS);
		rc = writer_open(ix->cfg->index, &opt, &ix->writer, &recovered, err);
	}
	if (rc == 0 && recovered.n)
		log_event(LOG_WARN, "index-recovered", "what", recovered.p, NULL);
	return rc;
}

/* Two priorities: after each piece of a load it looks whether somebody waits. */
static struct event_base *make_base(void)
{
	struct event_config *how = event_config_new();
	event_config_set_max_dispatch_interval(how, NULL, 1, 1);
	struct event_base *base = event_base_new_with_config(how);
	event_config_free(how);
	event_base_priority_init(base, 2);
	return base;
}

/* Where not everything can be watched it is looked at every minute. */
void index_set_rescan(struct indexer *ix)
{
	struct timeval tv = {ix->cfg->rescan_s ? (time_t)ix->cfg->rescan_s : WATCH_LIMITED_S, 0};
	event_del(ix->rescan);
	if (ix->cfg->rescan_s || ix->watch_limited)
		event_add(ix->rescan, &tv);
}

static void make_events(struct indexer *ix)
{
	struct timeval space = {SPACE_S, 0};
	ix->commit_now = event_new(ix->base, -1, 0, commit_rings, ix);
	ix->commit_later = event_new(ix->base, -1, 0, commit_rings, ix);
	ix->commit_quick = event_new(ix->base, -1, 0, commit_quick_rings, ix);
	ix->sealed = event_new(ix->base, -1, 0, sealed_rings, ix);
	ix->status_timer = event_new(ix->base, -1, 0, status_rings, ix);
	ix->merge_done = event_new(ix->base, -1, 0, merge_ended, ix);
	ix->merge_again = event_new(ix->base, -1, 0, merge_again_rings, ix);
	ix->merge_idle = event_new(ix->base, -1, 0, merge_idle_rings, ix);
	ix->space = event_new(ix->base, -1, EV_PERSIST, space_rings, ix);
	ix->work = event_new(ix->base, -1, 0, work, ix);
	ix->rescan = event_new(ix->base, -1, EV_PERSIST, rescan_rings, ix);
	struct event *const first[] = {ix->commit_now, ix->commit_later, ix->commit_quick, ix->sealed, ix->merge_done, ix->status_timer};
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		event_priority_set(first[i], 0);
	event_add(ix->space, &space);
	index_set_rescan(ix);
}

int index_role(const struct config *cfg, const struct gazetteer *g, int fd)
{
	struct indexer ix = {.settings = *cfg, .idle = true};
	struct err err = {0};
	struct store_status st;
	ix.cfg = &ix.settings;
	ix.waiting_tail = &ix.waiting;
	ix.gazetteer = g;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	ix.base = make_base();
	ix.front = channel_new(ix.base, fd, &front_calls, &ix);
	channel_first(ix.front);
	if (open_writer(&ix, &err) != 0) {
		say_failed(&ix, &err);
		return 1;
	}
	make_events(&ix);
	make_pools(&ix);
	writer_status(ix.writer, &st);
	ix.revision = st.revision;
	if (st.revision == 0)
		commit(&ix); /* a new index: searchers want a manifest */
	look_at_space(&ix);
	ix.suspect_stays = store_suspected(cfg->index);
	ix.scrub = scrub_new(&ix);
	boilerplate_tell(&ix);
	sources_load(&ix);
	ix.idle = false; /* until it has looked */
	index_tell(&ix);
	channel_send(ix.front, FRAME_READY, 0, SPAN_NONE, -1);
	event_base_dispatch(ix.base);
	scrub_free(ix.scrub);
	writer_close(ix.writer);
	upgrade_done(&ix);
	boilerplate_done(&ix);
	return 0;
}
