/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier search, similar: ranked hits.
 *
 *	 1. Bread and salt for Kim in Vladivostok
 *	    25 Apr 2019 · sample · Kim Jong-un 3, Vladimir Putin 2, Xi Jinping 1
 *	    … Vladimir Putin, often late, was early for [Kim] …
 *	    sample/wire/2019-04-25-vladivostok.txt
 */
#include "client/bibtex.h"
#include "client/facets.h"
#include "client/member.h"
#include "client/output.h"
#include "client/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In a link a terminal takes printable ASCII alone. */
static void put_address(const char *url)
{
	for (; *url; url++)
		if (*url > ' ' && *url < 0x7F && *url != '\\')
			put_format("%c", *url);
		else
			put_format("%%%02X", (unsigned char)*url);
}

static void put_title(const struct call *c, const json_t *hit)
{
	const char *title = get(hit, "title"), *url = get(hit, "url");
	bool link = c->hyperlink && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0);
	if (link) {
		put_raw("\033]8;;");
		put_address(url);
		put_raw("\033\\");
	}
	wrap_begin(5, 5);
	wrap_text(*title ? title : get(hit, "id"), STYLE_BOLD);
	wrap_end();
	if (link)
		put_raw("\033]8;;\033\\");
}

static void put_facts(const json_t *hit)
{
	const json_t *leaders = json_object_get(hit, "leaders");
	char date[64], name[256];
	size_t i, more = json_array_size(leaders) > 5 ? json_array_size(leaders) - 5 : 0;
	json_t *l;
	put_blanks(5);
	wrap_begin(5, 5);
	wrap_text(date_words(json_object_get(hit, "published"), date), STYLE_DATE);
	wrap_text(*get(hit, "source") ? " · " : "", STYLE_PLAIN);
	wrap_text(get(hit, "source"), STYLE_PLAIN);
	json_array_foreach(leaders, i, l) {
		if (i == 5)
			break;
		wrap_text(i ? ", " : " · ", STYLE_PLAIN);
		printable_z(name, sizeof name - 24, get(l, "name"));
		snprintf(name + strlen(name), 24, " %lld", (long long)json_integer_value(json_object_get(l, "mentions")));
		wrap_whole(name, STYLE_NAME);
	}
	snprintf(name, sizeof name, " and %zu more", more);
	wrap_text(more ? name : "", STYLE_PLAIN);
	wrap_end();
}

void put_hit(const struct call *c, const json_t *hit, long long rank)
{
	long long others = json_integer_value(json_object_get(json_object_get(hit, "story"), "others"));
	double alike = json_number_value(json_object_get(hit, "alike"));
	put_format("%3lld. ", rank);
	put_title(c, hit);
	put_facts(hit);
	if (json_array_size(json_object_get(hit, "snippet")))
		put_wrapped(json_object_get(hit, "snippet"), 5);
	style_on(STYLE_DIM);
	put_raw("     ");
	put_text(get(hit, "id"));
	if (alike > 0) /* one of the story of another article */
		put_format(alike < 1 ? "  (%.0f %% alike)" : "  (the same words)", alike * 100);
	else if (others > 0)
		put_format("  (and %lld other printing%s)", others, others == 1 ? "" : "s");
	style_off();
	put_raw("\n\n");
}

void csv_hit_head(void) { put_raw("rank,id,title,from,to,precision,source,lang,leaders,url\n"); }

void csv_hit(const json_t *hit)
{
	const json_t *date = json_object_get(hit, "published"), *leaders = json_object_get(hit, "leaders");
	size_t i, room = 1;
	json_t *l;
	json_array_foreach(leaders, i, l) room += strlen(get(l, "id")) + 1;
	char *names = calloc(1, room), *p = names;
	if (!names)
		abort();
	json_array_foreach(leaders, i, l) p += sprintf(p, "%s%s", i ? " " : "", get(l, "id"));
	csv_number(json_integer_value(json_object_get(hit, "rank")), false);
	csv_field(get(hit, "id"), false);
	csv_field(get(hit, "title"), false);
	csv_field(get(date, "from"), false);
	csv_field(get(date, "to"), false);
	csv_field(get(date, "precision"), false);
	csv_field(get(hit, "source"), false);
	csv_field(get(hit, "lang"), false);
	csv_field(names, false);
	csv_field(get(hit, "url"), true);
	free(names);
}

static void put_hits(const struct call *c, const json_t *answer, long long first_rank)
{
	const json_t *hits = json_object_get(answer, "hits");
	size_t i;
	json_t *hit;
	json_array_foreach(hits, i, hit) {
		if (c->files)
			paths_put(c->files, hit);
		else if (c->bibtex)
			bibtex_hit(hit);
		else if (c->csv)
			csv_hit(hit);
		else
			put_hit(c, hit, first_rank + (long long)i);
	}
}

/* similar tells no total: what came is all. */
static long long total_of(const json_t *answer)
{
	const json_t *total = json_object_get(answer, "total");
	return total ? json_integer_value(total) : (long long)json_array_size(json_object_get(answer, "hits"));
}

/* What the daemon did to the query, or would advise: one line each. */
static void put_notes(const struct call *c, const json_t *answer)
{
	const json_t *query = json_object_get(answer, "query");
	if (c->explain) {
		char safe[4096];
		fprintf(stderr, "understood as: %s (match %s)\n", printable_z(safe, sizeof safe, get(query, "parsed")), get(query, "match"));
	}
	if (json_is_true(json_object_get(query, "relaxed")))
		say(c, "No article has all of the words: these have some of them.");
	if (*get(query, "suggestion")) {
		char *line = call_line(c, COMMAND_search, get(query, "suggestion"));
		say(c, "Did you mean: %s", get(query, "suggestion"));
		hint(c, "%s", line);
		free(line);
	}
	call_say_truncated(c, answer);
	if (!call_say_empty(c, query) && total_of(answer) == 0 && !*get(query, "suggestion"))
		say_nothing(c);
}

static void put_total(const json_t *answer)
{
	long long total = total_of(answer);
	size_t shown = json_array_size(json_object_get(answer, "hits"));
	put_number(total);
	put_raw(total == 1 ? " article" : " articles");
	if (shown && (long long)shown < total)
		put_format(", %zu shown", shown);
	put_format("  (%.1f ms)\n\n", (double)json_integer_value(json_object_get(answer, "took_us")) / 1000);
}

/* --all: goes on by the cursor until there is no next page. */
static int more_pages(struct call *c, json_t **page, long long *rank)
{
	const char *next;
	while ((next = json_string_value(json_object_get(*page, "next"))) && !output_broken()) {
		call_param(c, "cursor", next);
		json_t *answer = NULL;
		int rc = call_get_json(c, "/v1/search", &answer);
		c->n_params -= 2;
		c->params[c->n_params] = NULL;
		json_decref(*page); /* the cursor was borrowed from it until now */
		*page = answer;
		if (rc)
			return rc;
		if (!c->json)
			put_hits(c, answer, *rank);
		*rank += (long long)json_array_size(json_object_get(answer, "hits"));
	}
	return 0;
}

static int show_answer(struct call *c, json_t **answer)
{
	long long rank = 1 + (long long)json_array_size(json_object_get(*answer, "hits"));
	put_notes(c, *answer);
	if (c->csv)
		csv_hit_head();
	else if (!c->json && !c->files && !c->bibtex)
		put_total(*answer);
	if (!c->json)
		put_hits(c, *answer, 1);
	if (!c->json && !c->csv && !c->files && !c->bibtex)
		put_facets(json_object_get(*answer, "facets"), total_of(*answer));
	bool found = total_of(*answer) > 0;
	int rc = c->all ? more_pages(c, answer, &rank) : 0;
	return rc ? rc : found ? EXIT_FOUND : EXIT_NOTHING;
}

int cmd_search(struct call *c)
{
	char *q = call_query(c);
	json_t *answer = NULL;
	if (*q)
		call_param(c, "q", q);
	if (c->all && !call_get(c, "limit"))
		call_param(c, "limit", "500");
	struct paths files;
	int rc = paths_begin(c, &files);
	if (rc == 0 && (rc = call_get_json(c, "/v1/search", &answer)) == 0)
		rc = show_answer(c, &answer);
	paths_end(c, &files);
	json_decref(answer);
	free(q);
	return rc;
}

/* The same story as others printed it, before what is only like it. */
static void put_story(const struct call *c, const json_t *answer)
{
	const json_t *story = json_object_get(answer, "story");
	size_t i;
	json_t *hit;
	if (c->json || c->csv || c->files || c->bibtex || json_array_size(story) == 0)
		return;
	style_on(STYLE_BOLD);
	put_raw("Other printings of this story\n\n");
	style_off();
	json_array_foreach(story, i, hit) put_hit(c, hit, (long long)i + 1);
	style_on(STYLE_BOLD);
	put_raw("Like it\n\n");
	style_off();
}

/* As rows the printings come first, and all are counted through. */
static void story_into_hits(json_t *answer)
{
	json_t *hits = json_object_get(answer, "hits"), *story = json_object_get(answer, "story"), *hit;
	size_t i;
	for (i = json_array_size(story); i-- > 0;)
		json_array_insert(hits, 0, json_array_get(story, i));
	json_array_foreach(hits, i, hit) json_object_set_new(hit, "rank", json_integer((json_int_t)i + 1));
}

int cmd_similar(struct call *c)
{
	json_t *answer = NULL;
	char *path = c->n_words == 1 ? call_doc_path(c->words[0], "/similar") : NULL;
	if (!path) {
		complain(c, "takes one ID, as search shows it under each hit");
		return advise(EXIT_USAGE, "try: dossier search -n 3");
	}
	struct paths files;
	int rc = paths_begin(c, &files);
	if (rc == 0 && (rc = call_get_json(c, path, &answer)) == 0) {
		bool story = json_array_size(json_object_get(answer, "story")) > 0;
		put_story(c, answer);
		if (c->csv || c->bibtex)
			story_into_hits(answer);
		rc = show_answer(c, &answer);
		rc = rc == EXIT_NOTHING && story ? EXIT_FOUND : rc;
	} else if (rc == EXIT_REFUSED && dossier_status(c->daemon) == 404) {
		rc = EXIT_NOTHING;
	}
	paths_end(c, &files);
	json_decref(answer);
	free(path);
	return rc;
}
