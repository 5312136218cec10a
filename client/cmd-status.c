/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier status: what is indexed, what is going on, what failed and why. */
#include "client/member.h"
#include "client/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void label(const char *words)
{
	style_on(STYLE_BOLD);
	put_cells(words, 12);
	style_off();
}

static void put_megabytes(long long bytes) { put_format("%.1f MB", (double)bytes / 1e6); }

static void put_work(const json_t *s)
{
	const json_t *q = json_object_get(s, "queue");
	label("now");
	put_text(get(s, "state"));
	if (*get(s, "paused")) {
		put_raw(": ");
		put_text(get(s, "paused"));
	}
	if (strcmp(get(s, "state"), "reading") == 0) {
		put_format(", %lld of %lld files, ", number(q, "files_done"), number(q, "files"));
		put_number(number(q, "documents_read"));
		put_raw(" documents read");
	}
	put_raw("\n");
}

static void put_processes(const json_t *s)
{
	const json_t *p = json_object_get(s, "processes"), *v = json_object_get(s, "versions");
	label("processes");
	put_format("%lld searching (%lld busy, %lld restarted), %lld reading, index ", number(p, "search"), number(p, "search_busy"), number(p, "search_restarts"),
		   number(p, "read"));
	put_text(get(p, "index"));
	put_raw("; jail: ");
	put_text(get(s, "sandbox"));
	put_raw("\n");
	label("version");
	put_text(get(v, "dossier"));
	put_raw(", index ");
	put_text(get(s, "index"));
	put_format(", revision %lld\n", number(s, "revision"));
}

static void put_sources(const json_t *s)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(s, "sources"), i, one) {
		label(i ? "" : "sources");
		put_text(get(one, "name"));
		put_format(", %lld articles, ", number(one, "documents"));
		put_text(get(one, "state"));
		put_raw("  ");
		put_text(get(one, "path"));
		put_raw("\n");
	}
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
		put_raw("  ");
		put_text(*get(f, "path") ? get(f, "path") : get(f, "id"));
		put_raw(": ");
		put_text(reason_of(f));
		put_raw("\n");
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

static void put_status(const json_t *s)
{
	const json_t *failed = json_object_get(s, "failed");
	label("articles");
	put_number(number(s, "documents"));
	put_format(" in %lld segments, ", number(s, "segments"));
	put_megabytes(number(s, "bytes"));
	put_raw(" on disk");
	if (*get(s, "health") && strcmp(get(s, "health"), "ok") != 0) {
		put_raw("; health: ");
		put_text(get(s, "health"));
	}
	put_raw("\n");
	put_work(s);
	put_sources(s);
	label("failed");
	put_number(number(failed, "count"));
	put_raw("\n");
	put_failed(json_object_get(failed, "files"), 5);
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
