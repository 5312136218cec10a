/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of the query room: a request as it was asked, a JSON answer back. Runs inside a search worker, on one snapshot.
 *
 *	"q=moscow+visit&leader=putin" ─ request.c ─► struct request ─ words.c ─► tree ─ plan.c ─► match set + ranking query
 *	                ─ match.c, rank.c, facets.c, snippet.c ─► answer.c ─► JSON
 */
#ifndef DOSSIER_INDEX_QUERY_ANSWER_H
#define DOSSIER_INDEX_QUERY_ANSWER_H

#include "base/err.h"
#include "base/str.h"
#include "base/arena.h"
#include "index/facts/gazetteer.h"

struct engine; /* a snapshot, the leaders' table, caches */

struct engine_limits { /* rows of daemon/config.def set them; engine_default_limits() are the manual's */
	uint32_t query_bytes, leaves, depth, phrase_words, near_window, wildcards, wildcard_prefix, expansion;
	uint32_t results, facet_values, buckets;
	uint32_t soft_deadline_ms;
	uint64_t cache_bytes;
};
struct engine_limits engine_default_limits(void);

int engine_open(const char *index_dir, const struct gazetteer *g, const struct engine_limits *limits, struct engine **out, struct err *err) MUST_CHECK;
void engine_close(struct engine *e);
/* Takes the newest manifest if there is a newer one. Cheap when there is none; called before each request. */
int engine_refresh(struct engine *e, struct err *err) MUST_CHECK;
uint64_t engine_revision(const struct engine *e);

struct ask {
	struct span method;  /* "GET" */
	struct span path;    /* "/v1/search", decoded */
	struct span query;   /* "q=a&leader=b", still percent-encoded */
	struct span body;
	bool whole_id;       /* of /v1/docs/…: a "/similar" at the end belongs to the id (it was sent as %2Fsimilar) */
	int64_t deadline_us; /* CLOCK_MONOTONIC; 0: none */
};
struct reply {
	int status;
	const char *content_type; /* static */
	struct str body;
	struct str etag;          /* quoted, or empty */
};
void reply_done(struct reply *r);

/*
 * Answers GET /v1/search /v1/facets /v1/timeline /v1/who /v1/meetings /v1/docs/{id} /v1/docs/{id}/similar /v1/leaders /v1/suggest.
 * Always fills *r: an error is an answer too (reply_problem). The clock is CLOCK_MONOTONIC, read here for took_us and the deadline alone.
 */
void engine_answer(struct engine *e, struct arena *a, const struct ask *ask, struct reply *r);

/* RFC 9457: {"type","title","status","code","detail"}; `extra` is raw JSON members that are added ("\"candidates\":[…]") or NULL. */
void reply_problem(struct reply *r, int code, const char *extra, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* present.c: a document with its facts as the interface shows it (POST /v1/analyze, GET /v1/docs/{id}). */
struct document;
struct facts;
struct jw;
void present_analysis(struct jw *w, struct arena *a, const struct gazetteer *g, const struct document *d, const struct facts *f);

#endif
