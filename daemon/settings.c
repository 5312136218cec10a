/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that change while the daemon runs: on SIGHUP the files are read again, as at the start, options over them.
 *
 *	files ─ wrong anywhere ─► nothing changes; the log and the status say why
 *	      └ right ─► LIVE rows: here at once ─► search workers and analyzers start again, when they are free
 *	                                        └─ SETTINGS ─► index process (reload.c), readers start again
 *	                 START rows that differ: named in the log, in the status and in GET /v1/config, until the next start
 */
#include "daemon/front.h"

#include "base/log.h"

#include <event2/event.h>

struct http_limits front_http_limits(const struct config *c)
{
	return (struct http_limits){c->head_bytes, c->request_ms, c->progress_ms, c->idle_ms, c->output_bytes, c->held_bytes, c->held_bytes_uid,
		c->connections, c->connections_uid};
}

void front_watch_index(struct front *f)
{
	uint64_t ms = f->cfg->index_ms / 4;
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(f->look, &tv);
}

/* The files say otherwise, and only the next start takes it up. */
static bool waits(const struct front *f, const struct config_row *row) { return row->when == CONFIG_START && config_differs(f->cfg, &f->wanted, row); }

/* All that wait: "cache search-workers". */
static size_t waiting(const struct front *f, struct str *out)
{
	size_t n = 0;
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++)
		if (waits(f, row))
			str_printf(out, "%s%s", n++ ? " " : "", row->key);
	return n;
}

static void refuse(struct front *f, const struct err *err)
{
	f->settings_err = *err;
	log_event(LOG_ERROR, "settings-refused", "why", err->msg, "advice", err_advice(err->code), "what", "the settings before stay", NULL);
}

static void apply(struct front *f)
{
	AUTO_STR struct str packed = {0};
	const struct config *c = f->cfg;
	log_threshold((enum log_level)c->log_level);
	f->queue.limit = c->queue_bytes;
	f->queue.share = c->queue_bytes / 2;
	front_watch_index(f);
	config_pack(c, &packed);
	if (f->index) /* one that is started later is forked with them */
		channel_send(f->index, FRAME_SETTINGS, 0, str_view(&packed), -1);
	if (!f->http)
		return; /* nothing is served yet: it begins with them */
	struct http_limits limits = front_http_limits(c);
	http_set_limits(f->http, &limits);
	pool_set_step(f->search, c->deadline_ms);
	pool_set_step(f->analyze, c->wall_ms);
	pool_recycle(f->search);
	pool_recycle(f->analyze);
}

void front_settings_reload(struct front *f)
{
	AUTO_STR struct str names = {0};
	struct config fresh = {0};
	struct access access = {0};
	struct err err = {0};
	int rc = f->reread(&fresh, &err);
	rc = rc ? rc : access_init(&access, &fresh, &err);
	if (rc) {
		refuse(f, &err);
		access_done(&access);
		config_done(&fresh);
		return;
	}
	f->settings_err = (struct err){0};
	access_done(&f->access);
	f->access = access;
	size_t changed = config_take(f->cfg, &fresh);
	config_done(&f->wanted);
	f->wanted = fresh;
	f->wanted_read = true;
	if (changed)
		apply(f);
	if (waiting(f, &names))
		log_event(LOG_WARN, "settings-wait", "settings", names.p, "what", "a change of these waits for the next start", NULL);
	log_event(LOG_NOTICE, changed ? "settings-changed" : "settings-unchanged", "changed", log_number((int64_t)changed), NULL);
}

/* "settings":{"problem":…,"waiting":[…]} */
void front_settings_status(const struct front *f, struct jw *w)
{
	jw_key(w, "settings");
	jw_open(w, '{');
	jw_field_z(w, "problem", f->settings_err.code ? f->settings_err.msg : NULL);
	jw_key(w, "waiting");
	jw_open(w, '[');
	for (const struct config_row *row = config_rows; f->wanted_read && row < config_rows + config_n_rows; row++)
		if (waits(f, row))
			jw_z(w, row->key);
	jw_close(w, ']');
	jw_close(w, '}');
}
