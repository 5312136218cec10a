/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libdossier: asks a running dossierd over its Unix socket. Small, blocking, one connection an object; jansson for answers.
 *
 *	#include <dossier.h>
 *
 *	int main(void)
 *	{
 *		struct dossier *d = dossier_new(NULL);
 *		const char *params[] = {"q", "moscow visit", "leader", "putin", NULL};
 *		struct dossier_hits *hits = NULL;
 *		if (dossier_search(d, params, &hits) != 0) {
 *			fprintf(stderr, "%s\n", dossier_error(d));
 *			return 1;
 *		}
 *		for (const json_t *hit; (hit = dossier_hits_next(hits));)
 *			puts(json_string_value(json_object_get(hit, "title")));
 *		dossier_hits_free(hits);
 *		dossier_free(d);
 *	}
 *
 * Functions return 0 or a negative enum dossier_code; dossier_error() then says in words what happened. Not thread-safe: one
 * object a thread. Requests, parameters and answers are those of dossier-api(7). Text in answers is UTF-8 as it stands in documents:
 * it may hold control characters, so escape it before it reaches a terminal.
 */
#ifndef DOSSIER_H
#define DOSSIER_H

#include <jansson.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dossier_code {
	DOSSIER_OK = 0,
	DOSSIER_UNREACHABLE = -1, /* no daemon at the socket; the message names it */
	DOSSIER_BROKEN = -2,      /* the connection broke, or what came was no answer */
	DOSSIER_REFUSED = -3,     /* an answer with a status of 400 or more; dossier_problem() has the details */
	DOSSIER_TIMEOUT = -4,
	DOSSIER_STOPPED = -5,     /* the caller's function stopped a stream */
};

struct dossier;

/* socket: a path, or NULL for $DOSSIER_SOCKET, else the user's own, else the system's where it may be asked. Connects at the first request. Never NULL but on no memory. */
struct dossier *dossier_new(const char *socket);
void dossier_free(struct dossier *d);
const char *dossier_socket(const struct dossier *d); /* the path that is asked */
void dossier_timeout(struct dossier *d, int ms);     /* longest silence while waiting; default 60,000 */

const char *dossier_error(const struct dossier *d);    /* words for the last failure; never NULL */
const json_t *dossier_problem(const struct dossier *d); /* the problem document of a refusal, or NULL; valid until the next request */
int dossier_status(const struct dossier *d);            /* HTTP status of the last answer, 0 if none came */
int dossier_last_code(const struct dossier *d);         /* enum dossier_code of the last request */

/*
 * One request. params: pairs of strings, then NULL; they are percent-encoded here and put behind path ("/v1/search"). A path may bring its own query instead.
 * *body is new and ended by NUL (free() it), *n its length; both may be NULL.
 */
int dossier_request(struct dossier *d, const char *method, const char *path, const char *const *params, const char *content_type, const void *send,
		    size_t send_n, char **body, size_t *n);
/* The same, its answer parsed; *out is new (json_decref). */
int dossier_json(struct dossier *d, const char *method, const char *path, const char *const *params, json_t **out);
/* The same for NDJSON: line() is called for each line as it comes; non-zero stops. */
int dossier_stream(struct dossier *d, const char *method, const char *path, const char *const *params, const char *content_type, const void *send,
		   size_t send_n, int (*line)(void *arg, const char *text, size_t n), void *arg);

/* Search, page after page: dossier_hits_next() fetches the next page by its cursor until all are seen; the parameter `limit` is the size of a page. */
struct dossier_hits;
int dossier_search(struct dossier *d, const char *const *params, struct dossier_hits **out);
const json_t *dossier_hits_next(struct dossier_hits *h);   /* borrowed until the next call; NULL at the end or on an error */
const json_t *dossier_hits_answer(struct dossier_hits *h); /* the first page as it came: total, facets, query */
int dossier_hits_failed(const struct dossier_hits *h);     /* why it ended: 0 or a code */
void dossier_hits_free(struct dossier_hits *h);

#ifdef __cplusplus
}
#endif
#endif
