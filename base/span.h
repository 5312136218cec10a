/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Borrowed bytes: a pointer and a length, never ended by NUL, never owned. Text in spans is UTF-8 unless said. */
#ifndef DOSSIER_BASE_SPAN_H
#define DOSSIER_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})
#define SPAN_NONE     ((struct span){NULL, 0})
#define SPAN_ARG(s)   (int)(s).n, (s).p ? (s).p : "" /* for printf's %.*s; text for people must be escaped first */

static inline struct span span_of(const char *z) { return (struct span){z, z ? strlen(z) : 0}; }
static inline struct span span_sub(struct span s, size_t from, size_t to) { return (struct span){s.p ? s.p + from : s.p, to - from}; }
static inline bool span_eq(struct span a, struct span b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline bool span_is(struct span a, const char *z) { return span_eq(a, span_of(z)); }
static inline bool span_starts(struct span a, const char *z)
{
	size_t n = strlen(z);
	return a.n >= n && memcmp(a.p, z, n) == 0;
}
static inline bool span_ends(struct span a, const char *z)
{
	size_t n = strlen(z);
	return a.n >= n && memcmp(a.p + a.n - n, z, n) == 0;
}

int span_cmp(struct span a, struct span b);        /* bytewise, as memcmp, shorter first */
bool span_ieq(struct span a, const char *z);       /* ASCII case ignored */
bool span_istarts(struct span a, const char *z);   /* ASCII case ignored */
ptrdiff_t span_find(struct span s, struct span sub);   /* offset or -1 */
ptrdiff_t span_ifind(struct span s, const char *z);    /* ASCII case ignored; offset or -1 */
struct span span_trim(struct span s);              /* without ASCII white space and U+00A0 at both ends */
/* Cuts the next piece up to `sep` off *rest; false at the end. "a,b" gives "a", "b"; "" gives nothing. */
bool span_cut(struct span *rest, char sep, struct span *piece);
bool span_to_u64(struct span s, uint64_t *out);    /* decimal digits alone, no overflow */
uint64_t span_hash(struct span s);                 /* XXH3, 64 bits; the same on every machine */

#endif
