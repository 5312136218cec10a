/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP/1.x heads and chunk lines, from bytes to a plain struct; pure, strict, linear. What RFC 9112 lets a server refuse is
 * refused: folded headers, bare line feeds, two lengths, a length beside chunks, blanks before a colon, control characters.
 */
#ifndef DOSSIER_DAEMON_HTTP_PARSE_H
#define DOSSIER_DAEMON_HTTP_PARSE_H

#include "base/err.h"
#include "base/str.h"

struct http_head {
	struct span method, target;            /* target: "/v1/search?q=a", still encoded */
	struct span path, query;               /* of the target; query without "?" */
	struct span content_type, if_none_match, host;
	uint64_t length;                       /* of the body, unless chunked */
	bool http11, has_length, chunked, keep_alive, expects_continue;
};

/* The length of a complete head at the start of s, its empty line included; 0: not complete. *at remembers where to look on. */
size_t http_head_end(struct span s, size_t *at);
/* head: exactly what http_head_end measured. Spans point into it. Returns 0 or an HTTP status (400, 417, 501, 505); *why says what is wrong. */
int http_head_parse(struct span head, struct http_head *out, const char **why);
/* "1a;x=y" without its line end: a chunk's size. False when it is none. */
bool http_chunk_size(struct span line, uint64_t *out);
/* Percent-decodes a path; false: a broken escape or a NUL. */
bool http_decode(struct span s, struct str *out);
/* The value of a parameter of a query string, decoded; false when it is not there. Bad escapes are taken as they are. */
bool http_parameter(struct span query, const char *name, struct str *out);
/* The first parameter that is not in `allowed` ("follow|limit"), NULL allowed: none may be. Empty when all are known. */
struct span http_unknown_parameter(struct span query, const char *allowed);

/* The name of a parameter that is given more than once, empty if none is. For queries whose names are known to be allowed: it looks at every pair. */
struct span http_twice_given(struct span query);

#endif
