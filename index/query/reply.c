/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies as such, and the limits of the manual. */
#include "index/query/answer.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>

struct engine_limits engine_default_limits(void)
{
	return (struct engine_limits){.query_bytes = 1024, .leaves = 32, .depth = 16, .phrase_words = 16, .near_window = 50, .wildcards = 2, .wildcard_prefix = 3,
		.expansion = 64, .results = 1000, .facet_values = 10000, .buckets = 5000, .soft_deadline_ms = 1000, .cache_bytes = (uint64_t)64 << 20};
}

void reply_done(struct reply *r)
{
	str_done(&r->body);
	str_done(&r->etag);
}

void reply_problem(struct reply *r, int code, const char *extra, const char *fmt, ...)
{
	struct jw w = {.out = &r->body};
	char detail[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	str_clear(&r->body);
	str_clear(&r->etag);
	r->status = err_status(code);
	r->content_type = "application/problem+json";
	jw_problem(&w, code, detail, extra);
}
