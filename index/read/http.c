/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/read/http.h"

#include "base/mem.h"
#include "base/str.h"

#include <zlib.h>

#define LARGE (1u << 20)

struct span header_value(struct span block, const char *name)
{
	size_t n = strlen(name);
	struct span line;
	while (span_cut(&block, '\n', &line))
		if (line.n > n && line.p[n] == ':' && span_istarts(line, name)) {
			struct span v = span_sub(line, n + 1, line.n);
			const char *end = v.p + v.n;
			while (block.n && (block.p[0] == ' ' || block.p[0] == '\t') && span_cut(&block, '\n', &line))
				end = line.p + line.n; /* folded: the value goes on, line breaks and all */
			return span_trim((struct span){v.p, (size_t)(end - v.p)});
		}
	return SPAN_NONE;
}

struct span header_main(struct span v)
{
	const char *semi = v.n ? memchr(v.p, ';', v.n) : NULL;
	return span_trim(semi ? (struct span){v.p, (size_t)(semi - v.p)} : v);
}

struct span header_parameter(struct span v, const char *name)
{
	struct span part;
	size_t n = strlen(name);
	for (int i = 0; span_cut(&v, ';', &part); i++) {
		part = span_trim(part);
		if (i == 0 || part.n <= n || part.p[n] != '=' || !span_istarts(part, name))
			continue;
		part = span_trim(span_sub(part, n + 1, part.n));
		if (part.n >= 2 && (part.p[0] == '"' || part.p[0] == '\''))
			part = span_sub(part, 1, part.n - (part.p[part.n - 1] == part.p[0]));
		return part;
	}
	return SPAN_NONE;
}

bool header_block(struct span *s, struct span *block)
{
	size_t at = 0;
	while (at < s->n) {
		const char *nl = memchr(s->p + at, '\n', s->n - at);
		if (!nl)
			return false;
		size_t end = (size_t)(nl - s->p);
		if (end == at || (end == at + 1 && s->p[at] == '\r')) {
			*block = span_sub(*s, 0, at);
			*s = span_sub(*s, end + 1, s->n);
			return true;
		}
		at = end + 1;
	}
	return false;
}

/* Chunks into one piece, where they stand. False where the bytes are no chunks: then the header lied. */
static bool dechunk(struct span raw, struct span *out)
{
	char *to = (char *)(uintptr_t)raw.p;
	size_t n = 0;
	while (raw.n) {
		size_t digits = 0, size = 0;
		while (digits < raw.n && digits < 8) {
			unsigned c = (unsigned char)raw.p[digits], d = c - '0';
			if (d > 9) {
				d = (c | 32) - 'a' + 10;
				if (d < 10 || d > 15)
					break;
			}
			size = size * 16 + d;
			digits++;
		}
		const char *nl = memchr(raw.p, '\n', raw.n < 256 ? raw.n : 256);
		if (!digits || !nl)
			return n > 0 && (*out = (struct span){to, n}, true);
		raw = span_sub(raw, (size_t)(nl - raw.p) + 1, raw.n);
		if (!size)
			break;
		if (size > raw.n)
			size = raw.n;
		memmove(to + n, raw.p, size);
		n += size;
		raw = span_sub(raw, size, raw.n);
		if (raw.n && raw.p[0] == '\r')
			raw = span_sub(raw, 1, raw.n);
		if (raw.n && raw.p[0] == '\n')
			raw = span_sub(raw, 1, raw.n);
	}
	*out = (struct span){to, n};
	return true;
}

/* gzip, zlib or raw deflate, as far as it goes. False if nothing came out. */
static bool inflate_all(struct arena *a, struct span raw, int window, uint64_t limit, struct span *out)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)raw.p, .avail_in = (uInt)raw.n};
	if (raw.n > UINT32_MAX || inflateInit2(&z, window) != Z_OK)
		return false;
	struct str s = {0};
	int rc = Z_OK;
	const char *done = raw.p;
	while (rc == Z_OK && s.n < limit) {
		str_room(&s, 65536);
		z.next_out = (Bytef *)s.p + s.n;
		z.avail_out = 65536;
		rc = inflate(&z, Z_NO_FLUSH);
		s.n += 65536 - z.avail_out;
		if (s.n > LARGE && (const char *)z.next_in - done > (ptrdiff_t)LARGE) /* something came: nobody will read this again */
			mem_shed(done, (size_t)((const char *)z.next_in - done)), done = (const char *)z.next_in;
		if (z.avail_in == 0 && z.avail_out)
			break;
	}
	inflateEnd(&z);
	*out = arena_take(a, s.p, s.n);
	return out->n > 0;
}

int http_body(struct arena *a, struct span headers, struct span raw, uint64_t limit, struct span *out, struct err *err)
{
	struct span body;
	if (span_ifind(header_value(headers, "Transfer-Encoding"), "chunked") >= 0 && dechunk(raw, &body))
		raw = body;
	struct span coding = header_value(headers, "Content-Encoding");
	bool zipped = raw.n > 2 && memcmp(raw.p, "\x1f\x8b", 2) == 0;
	if (span_ieq(coding, "br") || span_ieq(coding, "zstd") || span_ieq(coding, "compress"))
		return err_set(err, ERR_UNSUPPORTED, "its body is compressed with %.*s", coding.n > 8 ? 8 : SPAN_ARG(coding));
	if (zipped && inflate_all(a, raw, 15 + 16, limit, &body))
		raw = body;
	else if (span_ieq(coding, "deflate") && (inflate_all(a, raw, 15, limit, &body) || inflate_all(a, raw, -15, limit, &body)))
		raw = body;
	if (raw.n > limit)
		return err_set(err, ERR_LIMIT, "its body has more than %llu bytes (setting file-size)", (unsigned long long)limit);
	*out = raw;
	return 0;
}
