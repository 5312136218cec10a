/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon says of itself: GET /v1/status, /v1/config, /v1/progress, /metrics, /v1/openapi.yaml. The index process sends its part
 * whenever it changes, so that these are answered at once, whatever it is doing.
 */
#include "daemon/front.h"

#include "base/io.h"
#include "base/mem.h"

#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>

/* ---- Status ---- */

static void put_limits(struct jw *w, const struct config *cfg)
{
	jw_key(w, "limits");
	jw_open(w, '{');
	for (size_t i = 0; i < config_n_rows; i++)
		if (config_rows[i].kind == CONFIG_NUMBER)
			jw_field_int(w, config_rows[i].key, config_number(cfg, &config_rows[i]));
	jw_close(w, '}');
}

static void put_processes(struct jw *w, const struct front *f)
{
	static const char *const states[] = {"starting", "up", "being started again"};
	jw_key(w, "processes");
	jw_open(w, '{');
	jw_field_z(w, "index", states[f->index_state]);
	jw_field_int(w, "search", pool_up(f->search));
	jw_field_int(w, "search_busy", pool_busy(f->search));
	jw_field_int(w, "search_restarts", pool_restarts(f->search));
	jw_field_int(w, "analyze", pool_up(f->analyze));
	jw_field_int(w, "read", f->n_readers);
	jw_close(w, '}');
}

static void put_versions(struct jw *w)
{
	jw_key(w, "versions");
	jw_open(w, '{');
	jw_field_z(w, "dossier", DOSSIER_VERSION);
	jw_field_z(w, "libevent", event_get_version());
	jw_field_z(w, "jansson", JANSSON_VERSION);
	jw_close(w, '}');
}

static void put_health(struct jw *w, const struct front *f)
{
	const struct err *e = f->search_err.code && !pool_up(f->search) ? &f->search_err : f->index_err.code ? &f->index_err : NULL;
	jw_field_z(w, "health", e ? err_name(e->code) : f->paused ? err_name(ERR_DISK_FULL) : "ok");
	if (e)
		jw_field_z(w, "health_detail", e->msg);
}

static void status(struct front *f, struct exchange *x)
{
	AUTO_STR struct str s = {0};
	struct jw w = {.out = &s};
	int64_t start = front_now_us();
	jw_open(&w, '{');
	jw_field_int(&w, "schema", 1);
	jw_field_z(&w, "index", f->uuid);
	jw_field_int(&w, "revision", f->revision);
	put_health(&w, f);
	if (f->status.n) { /* the index's own members */
		str_ch(&s, ',');
		str_span(&s, str_view(&f->status));
	}
	jw_field_z(&w, "sandbox", pool_sandbox(f->search));
	jw_key(&w, "table");
	front_table_status(f, &w);
	jw_field_int(&w, "uptime_s", (front_now_us() - f->started_us) / 1000000);
	jw_field_int(&w, "connections", http_counts(f->http)->open);
	jw_field_int(&w, "queued_bytes", f->queue.bytes);
	jw_field_int(&w, "held_bytes", http_held(f->http));
	jw_field_int(&w, "search_waiting", pool_waiting(f->search));
	jw_key(&w, "answers");
	serve_settle_counts(f);
	counts_status(&f->counts, &w);
	put_processes(&w, f);
	put_versions(&w);
	front_settings_status(f, &w);
	put_limits(&w, f->cfg);
	jw_field_int(&w, "took_us", front_now_us() - start);
	jw_close(&w, '}');
	str_ch(&s, '\n');
	answer(f, x, 200, "application/json", NULL, str_view(&s));
}

static void config(struct front *f, struct exchange *x)
{
	AUTO_STR struct str s = {0};
	struct jw w = {.out = &s};
	jw_open(&w, '{');
	jw_field_int(&w, "schema", 1);
	jw_field_z(&w, "problem", f->settings_err.code ? f->settings_err.msg : NULL);
	config_json(f->cfg, f->wanted_read ? &f->wanted : NULL, &w);
	jw_close(&w, '}');
	str_ch(&s, '\n');
	answer(f, x, 200, "application/json", NULL, str_view(&s));
}

/* ---- Progress ---- */

static void end_progress(struct front *f, struct progress_reader *r)
{
	struct progress_reader **at = &f->progress;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	free(r);
}

static void progress(struct front *f, struct exchange *x)
{
	AUTO_STR struct str follow = {0};
	bool given = http_parameter(x->head.query, "follow", &follow);
	bool on = given && span_is(str_view(&follow), "1");
	if (given && !on && !span_is(str_view(&follow), "0"))
		return answer_problem(f, x, ERR_BAD_ARGUMENT, NULL, "follow: give 0 (until idle) or 1 (for ever)");
	counts_add(&f->counts, x->route, 200, -1);
	http_begin(x, 200, "application/x-ndjson");
	http_add(x, str_view(&f->line));
	if (f->idle && !on)
		return http_end(x);
	struct progress_reader *r = mem_alloc(sizeof *r);
	*r = (struct progress_reader){f->progress, x, on, false};
	f->progress = r;
}

void about_progress(struct front *f)
{
	for (struct progress_reader *r = f->progress, *next; r; r = next) {
		next = r->next;
		if (!r->choked) /* who does not read misses lines, not the last one */
			r->choked = !http_add(r->x, str_view(&f->line));
		if (!f->idle || r->follow)
			continue;
		struct exchange *x = r->x;
		end_progress(f, r);
		http_end(x);
	}
}

void about_stop(struct front *f)
{
	while (f->progress) {
		struct exchange *x = f->progress->x;
		end_progress(f, f->progress);
		http_end(x);
	}
}

void about_gone(struct front *f, struct exchange *x)
{
	for (struct progress_reader *r = f->progress; r; r = r->next)
		if (r->x == x)
			return end_progress(f, r);
}

void about_drained(struct front *f, struct exchange *x)
{
	for (struct progress_reader *r = f->progress; r; r = r->next)
		if (r->x == x)
			r->choked = false;
}

/* ---- Numbers ---- */

static void metric(struct str *s, const char *name, const char *type, const char *what, double v)
{
	str_printf(s, "# HELP dossier_%s %s\n# TYPE dossier_%s %s\ndossier_%s %.17g\n", name, what, name, type, name, v);
}

/* From the index's own members of the status. */
static void index_metrics(const struct front *f, struct str *out)
{
	static const struct {
		const char *member, *name, *what;
	} rows[] = {{"documents", "documents", "documents that a search finds"}, {"deleted", "deleted_documents", "documents that a merge will take out"}, {"segments", "segments", "segments of the index"},
		{"bytes", "index_bytes", "bytes of the index on the disk"}, {"text_bytes", "text_bytes", "bytes of text in it"}};
	AUTO_STR struct str object = {0};
	AUTO_JSON json_t *status = NULL;
	str_printf(&object, "{%.*s}", SPAN_ARG(str_view(&f->status)));
	if (!f->status.n || json_read(str_view(&object), 16, &status, NULL) != 0)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		metric(out, rows[i].name, "gauge", rows[i].what, (double)json_integer_value(json_object_get(status, rows[i].member)));
	const json_t *queue = json_object_get(status, "queue"), *failed = json_object_get(status, "failed");
	metric(out, "failed_files", "gauge", "files that could not be read", (double)json_integer_value(json_object_get(failed, "count")));
	metric(out, "queue_files", "gauge", "files that wait to be read", (double)(json_integer_value(json_object_get(queue, "files")) - json_integer_value(json_object_get(queue, "files_done"))));
	metric(out, "read_documents_total", "counter", "documents read since the start", (double)json_integer_value(json_object_get(queue, "documents_read")));
}

static void metrics(struct front *f, struct exchange *x)
{
	AUTO_STR struct str s = {0};
	const struct http_counts *c = http_counts(f->http);
	serve_settle_counts(f);
	counts_metrics(&f->counts, &s);
	metric(&s, "connections", "gauge", "open connections", (double)c->open);
	metric(&s, "connections_accepted_total", "counter", "connections accepted", (double)c->accepted);
	metric(&s, "connections_refused_total", "counter", "connections turned away", (double)c->refused);
	metric(&s, "accept_pauses_total", "counter", "times without a free descriptor", (double)c->starved);
	metric(&s, "requests_total", "counter", "requests that came whole", (double)c->requests);
	metric(&s, "requests_bad_total", "counter", "requests refused for their form", (double)c->bad_requests);
	metric(&s, "requests_late_total", "counter", "requests that did not come in time", (double)c->timeouts);
	metric(&s, "requests_gone_total", "counter", "clients that went away before their answer", (double)c->gone);
	metric(&s, "sent_bytes_total", "counter", "bytes sent to clients", (double)c->sent_bytes);
	metric(&s, "search_waiting", "gauge", "searches that wait for a worker", (double)pool_waiting(f->search));
	metric(&s, "search_restarts_total", "counter", "search workers started again", (double)pool_restarts(f->search));
	metric(&s, "analyze_restarts_total", "counter", "analyzers started again", (double)pool_restarts(f->analyze));
	metric(&s, "queued_bytes", "gauge", "pushed documents that wait to be read", (double)f->queue.bytes);
	metric(&s, "held_bytes", "gauge", "memory for documents that come and answers that wait for their readers", (double)http_held(f->http));
	metric(&s, "over_budget_total", "counter", "times that there was no memory left for them", (double)c->over_budget);
	metric(&s, "connections_gave_way_total", "counter", "idle connections closed to make room", (double)c->gave_way);
	metric(&s, "revision", "gauge", "revision of the index", (double)f->revision);
	metric(&s, "idle", "gauge", "1: nothing is being indexed", f->idle);
	index_metrics(f, &s);
	answer(f, x, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, str_view(&s));
}

static void openapi(struct front *f, struct exchange *x)
{
	static const char *const places[] = {"%s/openapi.yaml", "%s/../docs/openapi.yaml"};
	AUTO_STR struct str text = {0};
	for (size_t i = 0; i < 2; i++) {
		char path[4096];
		snprintf(path, sizeof path, places[i], f->cfg->data);
		str_clear(&text);
		if (io_read_file(path, 4 << 20, &text, NULL) == 0)
			return answer(f, x, 200, "application/yaml", NULL, str_view(&text));
	}
	answer_problem(f, x, ERR_NOT_FOUND, NULL, "openapi.yaml is not installed beside the data in %s", f->cfg->data);
}

void about_answer(struct front *f, struct exchange *x)
{
	struct span path = str_view(&x->path);
	if (span_is(path, "/v1/status"))
		status(f, x);
	else if (span_is(path, "/v1/config"))
		config(f, x);
	else if (span_is(path, "/v1/progress"))
		progress(f, x);
	else if (span_is(path, "/metrics"))
		metrics(f, x);
	else
		openapi(f, x);
}
