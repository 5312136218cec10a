/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier status: what is indexed, what is going on, what failed and why. */
#include "client/member.h"
#include "client/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LABEL 12

/* "articles    21,821 in 1 segment, …": a label, then words that are broken at the width. */
static void line(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(const char *name, const char *fmt, ...)
{
	char *words = NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&words, fmt, ap) < 0)
		abort();
	va_end(ap);
	style_on(STYLE_BOLD);
	put_cells(name, LABEL);
	style_off();
	wrap_begin(LABEL, LABEL);
	wrap_text(words, STYLE_PLAIN);
	wrap_end();
	free(words);
}

static void put_work(const json_t *s)
{
	const json_t *q = json_object_get(s, "queue");
	char n[32];
	const char *paused = get(s, "paused"), *between = *paused ? ": " : "";
	if (strcmp(get(s, "state"), "reading") == 0)
		line("now", "%s%s%s, %lld of %lld files, %s documents read", get(s, "state"), between, paused, number(q, "files_done"), number(q, "files"), number_words(n, number(q, "documents_read")));
	else
		line("now", "%s%s%s", get(s, "state"), between, paused);
}

static void put_processes(const json_t *s)
{
	const json_t *p = json_object_get(s, "processes"), *v = json_object_get(s, "versions");
	line("processes", "%lld searching (%lld busy, %lld restarted), %lld reading, index %s; jail: %s", number(p, "search"), number(p, "search_busy"),
	     number(p, "search_restarts"), number(p, "read"), get(p, "index"), get(s, "sandbox"));
	line("version", "%s, index %s, revision %lld", get(v, "dossier"), get(s, "index"), number(s, "revision"));
}

/* "1,234, half within 1 ms, 99 of 100 within 8 ms, the slowest 43 ms; 2 wait, for the first articles are being read" */
static void put_answers(const json_t *s)
{
	const json_t *a = json_object_get(s, "answers"), *p = json_object_get(s, "processes");
	long long waiting = number(s, "search_waiting");
	char n[32];
	if (!number(a, "count"))
		return line("answers", "none yet");
	line("answers", "%s, half within %.1f ms, 99 of 100 within %.1f ms, the slowest %.1f ms; %lld waiting%s", number_words(n, number(a, "count")), (double)number(a, "half_us") / 1000,
	     (double)number(a, "most_us") / 1000, (double)number(a, "slowest_us") / 1000, waiting,
	     waiting && number(p, "search_busy") == number(p, "search") ? " for a free search process (the setting search-workers)" : "");
}

static void put_sources(const json_t *s)
{
	size_t i;
	json_t *one;
	char n[32];
	json_array_foreach(json_object_get(s, "sources"), i, one)
		line(i ? "" : "sources", "%s, %s articles, %s  %s%s%s", get(one, "name"), number_words(n, number(one, "documents")), get(one, "state"), get(one, "path"), *get(one, "problem") ? "; " : "",
		     get(one, "problem"));
}

/* What to do is told once where the same is to be done for many. */
static void put_failed(const json_t *files, size_t most)
{
	size_t i;
	json_t *f;
	const char *advice = "";
	json_array_foreach(files, i, f) {
		if (i == most) {
			put_raw("  … all of them: dossier status --failed\n");
			break;
		}
		put_blanks(2);
		wrap_begin(2, 4);
		if (!output_is_terminal())
			wrap_unbounded();
		wrap_whole(*get(f, "path") ? get(f, "path") : get(f, "id"), STYLE_PLAIN);
		wrap_text(": ", STYLE_PLAIN);
		wrap_text(reason_of(f), STYLE_PLAIN);
		wrap_end();
		if (strcmp(advice, get(f, "advice")) == 0)
			continue;
		advice = get(f, "advice");
		put_blanks(4);
		wrap_begin(4, 4);
		wrap_text(advice, STYLE_DIM);
		wrap_end();
	}
}

static void csv_failed(const json_t *files)
{
	size_t i;
	json_t *f;
	json_array_foreach(files, i, f) {
		csv_field(get(f, "path"), false);
		csv_field(get(f, "code"), false);
		csv_field(reason_of(f), false);
		csv_field(get(f, "advice"), true);
	}
}

#define TABLE_ROWS 20 /* the daemon tells no more */

/* Rows of the leaders' tables, and corrections, that could not be used; nothing if there are none. */
static void put_tables(const json_t *table)
{
	const json_t *rows = json_object_get(table, "problems");
	size_t i;
	json_t *p;
	if (json_is_true(json_object_get(table, "changing")))
		line("leaders", "a changed table is being taken up; answers are those of before till then");
	if (json_array_size(rows))
		line("tables", "%zu row%s%s could not be used, the others count", json_array_size(rows), json_array_size(rows) == 1 ? "" : "s", json_array_size(rows) >= TABLE_ROWS ? " or more" : "");
	json_array_foreach(rows, i, p) {
		char where[32] = "";
		if (number(p, "line"))
			snprintf(where, sizeof where, ", line %lld", number(p, "line"));
		put_blanks(2);
		wrap_begin(2, 4);
		if (!output_is_terminal())
			wrap_unbounded();
		wrap_whole(get(p, "file"), STYLE_PLAIN);
		wrap_text(where, STYLE_PLAIN);
		wrap_text(": ", STYLE_PLAIN);
		wrap_text(get(p, "what"), STYLE_PLAIN);
		wrap_end();
	}
}

/* What a reload did not take up: files that are wrong, and what waits for the next start. */
static void put_settings(const json_t *settings)
{
	size_t i;
	json_t *name;
	char names[512] = "";
	const char *problem = get(settings, "problem");
	if (*problem)
		line("settings", "as they are in the files now they cannot be used: %s; those before stay", problem);
	json_array_foreach(json_object_get(settings, "waiting"), i, name)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", json_is_string(name) ? json_string_value(name) : "");
	if (*names)
		line(*problem ? "" : "settings", "changed in the files, and waiting for a restart: %s", names);
}

static void put_status(const json_t *s)
{
	const json_t *failed = json_object_get(s, "failed");
	char n[32];
	const char *health = get(s, "health"), *detail = get(s, "health_detail");
	line("articles", "%s in %lld segment%s, %.1f MB on disk", number_words(n, number(s, "documents")), number(s, "segments"), number(s, "segments") == 1 ? "" : "s", (double)number(s, "bytes") / 1e6);
	if (*health && strcmp(health, "ok") != 0)
		line("health", "%s%s%s", health, *detail ? ": " : "", detail);
	put_work(s);
	put_sources(s);
	line("failed", "%lld", number(failed, "count"));
	put_failed(json_object_get(failed, "files"), 5);
	put_tables(json_object_get(s, "table"));
	put_settings(json_object_get(s, "settings"));
	put_answers(s);
	put_processes(s);
}

static int list_failed(struct call *c)
{
	call_param(c, "limit", "1000");
	if (c->csv)
		put_raw("path,code,reason,advice\n");
	for (;;) {
		json_t *answer = NULL;
		int rc = call_get_json(c, "/v1/failed", &answer);
		if (rc)
			return rc;
		const json_t *files = json_object_get(answer, "files");
		if (c->csv)
			csv_failed(files);
		else if (!c->json)
			put_failed(files, (size_t)-1);
		const char *next = json_string_value(json_object_get(answer, "next"));
		if (!next || c->json) {
			rc = number(answer, "count") || json_array_size(files) ? EXIT_FOUND : EXIT_NOTHING;
			json_decref(answer);
			return rc;
		}
		c->n_params = 2;
		call_param(c, "cursor", strdup(next)); /* lives as long as the call */
		json_decref(answer);
	}
}

int cmd_status(struct call *c)
{
	if (c->failed || c->csv)
		return list_failed(c);
	for (;;) {
		json_t *s = NULL;
		int rc = call_get_json(c, "/v1/status", &s);
		if (rc == 0 && !c->json) {
			output_measure();
			if (c->watch && output_is_terminal())
				put_raw("\033[H\033[J");
			put_status(s);
		}
		json_decref(s);
		fflush(stdout);
		if (rc || !c->watch)
			return rc;
		nanosleep(&(struct timespec){1, 0}, NULL);
	}
}
