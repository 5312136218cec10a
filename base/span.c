/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/span.h"

#include <strings.h>
#define XXH_INLINE_ALL /* no library: the client links libc and jansson alone */
#include <xxhash.h>

int span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool span_ieq(struct span a, const char *z) { return a.n == strlen(z) && strncasecmp(a.p, z, a.n) == 0; }

bool span_istarts(struct span a, const char *z)
{
	size_t n = strlen(z);
	return a.n >= n && strncasecmp(a.p, z, n) == 0;
}

ptrdiff_t span_find(struct span s, struct span sub)
{
	if (sub.n == 0)
		return 0;
	const char *at = s.n ? memmem(s.p, s.n, sub.p, sub.n) : NULL;
	return at ? at - s.p : -1;
}

ptrdiff_t span_ifind(struct span s, const char *z)
{
	size_t n = strlen(z);
	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, z, n) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct span span_trim(struct span s)
{
	for (;;) {
		if (s.n && is_blank(s.p[0]))
			s.p++, s.n--;
		else if (s.n >= 2 && memcmp(s.p, "\xc2\xa0", 2) == 0)
			s.p += 2, s.n -= 2;
		else
			break;
	}
	for (;;) {
		if (s.n && is_blank(s.p[s.n - 1]))
			s.n--;
		else if (s.n >= 2 && memcmp(s.p + s.n - 2, "\xc2\xa0", 2) == 0)
			s.n -= 2;
		else
			break;
	}
	return s;
}

bool span_cut(struct span *rest, char sep, struct span *piece)
{
	if (!rest->p || (rest->n == 0))
		return false;
	const char *at = memchr(rest->p, sep, rest->n);
	size_t n = at ? (size_t)(at - rest->p) : rest->n;
	*piece = (struct span){rest->p, n};
	size_t used = at ? n + 1 : n;
	rest->p += used;
	rest->n -= used;
	return true;
}

bool span_to_u64(struct span s, uint64_t *out)
{
	uint64_t v = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)(s.p[i] - '0');
		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	if (s.n == 0)
		return false;
	*out = v;
	return true;
}

uint64_t span_hash(struct span s) { return XXH3_64bits(s.p, s.n); }
