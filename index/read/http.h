/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers as HTTP, WARC and mail have them, and the body of a stored HTTP response. No network. */
#ifndef DOSSIER_INDEX_READ_HTTP_H
#define DOSSIER_INDEX_READ_HTTP_H

#include "base/arena.h"
#include "base/err.h"

/* The value of a header in a block of "Name: value" lines (folded lines are joined by the caller's eye); case ignored; empty if absent. */
struct span header_value(struct span block, const char *name);
/* "text/html; charset=utf-8": the part before ';', and the parameter. */
struct span header_main(struct span value);
struct span header_parameter(struct span value, const char *name);
/* Cuts a block of headers off the front of s: up to and without the empty line. False if there is none. */
bool header_block(struct span *s, struct span *block);

/* Undoes Transfer-Encoding and Content-Encoding; what lies about itself is taken as it is. `raw` is the caller's own and is written over. ERR_UNSUPPORTED for brotli and the like. */
int http_body(struct arena *a, struct span headers, struct span raw, uint64_t limit, struct span *out, struct err *err) MUST_CHECK;

#endif
