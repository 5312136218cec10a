/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search worker: one request in, one answer out, on the newest snapshot. Jailed: it may read the index folder and nothing
 * else. It keeps no deadline itself – its parent kills it – but tells the engine when to stop by itself.
 */
#include "daemon/direct.h"
#include "daemon/http.h"
#include "daemon/ipc.h"
#include "daemon/jail.h"
#include "daemon/roles.h"

#include "base/log.h"

#include <malloc.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

void role_failed(int fd, const struct err *err)
{
	AUTO_STR struct str s = {0};
	pack_u64(&s, (uint64_t)(int64_t)err->code);
	pack_span(&s, span_of(err->msg));
	if (ipc_send(fd, FRAME_FAILED, 0, str_view(&s), -1, NULL) != 0)
		return; /* the parent is gone: nobody to tell */
}

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#define KEEP_ROOM ((size_t)1 << 20) /* of an answer's memory, for the next one */

/*
 * The newest snapshot, or the one that was open where that cannot be had: it is still true. But not where the newest is damaged: what was
 * acknowledged would be missing from the answer, silently. Then the parent is told, so that somebody mends it.
 */
static bool is_fresh(struct engine *e, int fd, struct reply *r)
{
	static bool told;
	struct err err = {0};
	if (engine_refresh(e, &err) == 0)
		return told = false, true;
	log_event(LOG_ERROR, "refresh-failed", "why", err.msg, NULL);
	if (err.code != ERR_CORRUPT)
		return true;
	if (!told)
		role_failed(fd, &err);
	told = true;
	reply_problem(r, ERR_CORRUPT, NULL, "%s; it is being mended: ask again in a moment", err.msg);
	return false;
}

/* To the client itself: see direct.h. Then the front is told what is left to do. */
static int send_direct(const struct reply *r, int fd, int client, uint32_t number)
{
	AUTO_STR struct str head = {0}, lead = {0};
	char extra[HTTP_EXTRA];
	http_etag_lines(str_view(&r->etag), extra);
	http_head_write(&head, r->status, r->content_type, extra, r->body.n);
	size_t sent = direct_send(number, r->status, client, str_view(&head), str_view(&r->body)), in_head = sent < head.n ? sent : head.n;
	pack_u64(&lead, (uint64_t)r->status);
	pack_u64(&lead, sent);
	pack_u64(&lead, head.n + r->body.n - sent);
	struct span parts[] = {str_view(&lead), span_sub(str_view(&head), in_head, head.n), span_sub(str_view(&r->body), sent - in_head, r->body.n)};
	return ipc_send_parts(fd, FRAME_DONE, 0, parts, 3, -1, NULL);
}

static int send_reply(const struct reply *r, int fd)
{
	AUTO_STR struct str lead = {0};
	pack_u64(&lead, 0);
	pack_u64(&lead, (uint64_t)r->status);
	pack_span(&lead, span_of(r->content_type));
	pack_span(&lead, str_view(&r->etag));
	pack_u64(&lead, r->body.n);
	struct span parts[] = {str_view(&lead), str_view(&r->body)};
	return ipc_send_parts(fd, FRAME_DONE, 0, parts, 2, -1, NULL);
}

/* client: the connection, or -1: the answer goes through the front. */
static int answer(const struct config *cfg, struct engine *e, struct arena *a, struct reply *r, int fd, struct span payload, int client)
{
	struct unpack u = {payload, false};
	struct ask ask = {0};
	unpack_u64(&u); /* items to pass over: a search has one */
	ask.method = unpack_span(&u);
	ask.path = unpack_span(&u);
	ask.query = unpack_span(&u);
	ask.body = unpack_span(&u);
	ask.whole_id = unpack_u64(&u);
	uint32_t number = (uint32_t)unpack_u64(&u);
	ask.deadline_us = now_us() + (int64_t)cfg->soft_deadline_ms * 1000;
	if (is_fresh(e, fd, r))
		engine_answer(e, a, &ask, r);
	int rc = client >= 0 && r->body.n <= DIRECT_MAX ? send_direct(r, fd, client, number) : send_reply(r, fd);
	if (r->body.cap > KEEP_ROOM)
		str_done(&r->body);
	return rc;
}

/*
 * What a first question would have to make – which rows are one story, who is named in which row, what a length weighs – is made before it comes:
 * by asking what people begin with. Once it is there, it waits for nothing.
 */
static void warm(const struct config *cfg, struct engine *e, struct arena *a, struct reply *r, int fd)
{
	static const char *const asked[] = {"facets=leader,country,source,lang,date&limit=1", "q=the+of&match=any&limit=1&snippet=0", "facets=leader,date&stories=1&limit=1"};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	for (size_t i = 0; i < sizeof asked / sizeof *asked && poll(&p, 1, 0) == 0; i++) {
		struct ask ask = {.method = SPAN("GET"), .path = SPAN("/v1/search"), .query = span_of(asked[i]), .deadline_us = now_us() + (int64_t)cfg->soft_deadline_ms * 1000};
		engine_answer(e, a, &ask, r);
		arena_reset(a);
	}
}

int search_role(const struct config *cfg, const struct gazetteer *g, int fd)
{
	struct jail jail = {.folder = cfg->index};
	struct engine_limits limits = config_engine_limits(cfg);
	struct engine *e = NULL;
	struct err err = {0};
	const char *level = "";
	/* What one answer freed the next one wants: giving it back to the system in between costs as much as a short answer. */
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	if (jail_enter(&jail, &level, &err) != 0 || engine_open(cfg->index, g, &limits, &e, &err) != 0)
		return role_failed(fd, &err), 1;
	int rc = ipc_send(fd, FRAME_READY, 0, span_of(level), -1, &err);
	AUTO_ARENA struct arena a = {0};
	struct ipc_ahead in = {.fd = fd, .came = -1};
	int client = -1;
	struct reply r = {0};
	struct span payload;
	if (rc == 0)
		warm(cfg, e, &a, &r, fd);
	for (struct frame head; rc == 0 && ipc_recv_ahead(&in, &head, &payload, &client, &err) > 0 && head.kind == FRAME_ASK;) {
		rc = answer(cfg, e, &a, &r, fd, payload, client);
		if (client >= 0)
			close(client);
		arena_reset(&a);
	}
	str_done(&in.bytes);
	reply_done(&r);
	engine_close(e);
	return 0;
}
