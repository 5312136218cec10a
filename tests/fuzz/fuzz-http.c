/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What strangers send to the socket, before anybody answers: heads (whole, and found byte by byte), chunk sizes, paths, parameters.
 * Spans lie in the head; a head that is found in pieces is found at the same place; what is decoded has no NUL.
 */
#include "tests/fuzz/fuzz.h"

#include "daemon/http-parse.h"

static void inside(struct span part, struct span whole)
{
	NEVER(part.n && (part.p < whole.p || part.p + part.n > whole.p + whole.n));
}

static void one_head(struct span head)
{
	struct http_head h = {0};
	const char *why = NULL;
	int status = http_head_parse(head, &h, &why);
	if (status) {
		NEVER(!why || !why[0] || status < 400 || status > 599);
		return;
	}
	inside(h.method, head), inside(h.target, head), inside(h.query, head);
	if (!span_is(h.path, "/")) /* of an address without a path it is ours */
		inside(h.path, head);
	inside(h.content_type, head), inside(h.if_none_match, head), inside(h.host, head);
	NEVER(!h.method.n || !h.path.n || (h.chunked && h.has_length));
	AUTO_STR struct str path = {0}, value = {0};
	if (http_decode(h.path, &path))
		NEVER(memchr(path.p ? path.p : "", 0, path.n));
	(void)http_parameter(h.query, "q", &value);
	inside(http_unknown_parameter(h.query, "q|leader|from"), h.query);
	inside(http_twice_given(h.query), h.query);
}

static void in_pieces(struct span s, size_t whole)
{
	size_t at = 0, found = 0;
	for (size_t n = 1; n <= s.n && !found; n++)
		found = http_head_end(span_sub(s, 0, n), &at);
	NEVER(found != whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = {(const char *)data, size}, line;
	uint64_t chunk;
	size_t at = 0, head = http_head_end(s, &at);
	NEVER(head > s.n);
	if (s.n < 4096)
		in_pieces(s, head);
	if (head)
		one_head(span_sub(s, 0, head));
	if (span_cut(&s, '\n', &line))
		(void)http_chunk_size(line, &chunk);
	return 0;
}
