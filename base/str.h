/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing bytes. `p` is NULL while empty, else ended by a NUL that `n` does not count. Zero-initialise; str_done() frees.
 *
 *	AUTO_STR struct str s = {0};
 *	str_printf(&s, "%d", 4);
 */
#ifndef DOSSIER_BASE_STR_H
#define DOSSIER_BASE_STR_H

#include "base/span.h"

struct str {
	char *p;
	size_t n, cap;
};

void str_done(struct str *s);
#define AUTO_STR __attribute__((cleanup(str_done)))

void str_room(struct str *s, size_t more); /* room for so many more bytes and a NUL */
void str_add(struct str *s, const void *p, size_t n);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t u64_digits(char out[20], uint64_t v); /* how many; no NUL */
void str_u64(struct str *s, uint64_t v, int width); /* in digits, with zeros before them up to width (20 at most) */
void str_drop(struct str *s, size_t n); /* takes n bytes off the front */

static inline void str_span(struct str *s, struct span t) { str_add(s, t.p, t.n); }
static inline void str_z(struct str *s, const char *z) { str_add(s, z, strlen(z)); }
static inline void str_ch(struct str *s, char c)
{
	if (s->n + 1 < s->cap)
		s->p[s->n++] = c, s->p[s->n] = 0;
	else
		str_add(s, &c, 1);
}
static inline void str_clear(struct str *s) { s->n = 0; }
static inline struct span str_view(const struct str *s) { return (struct span){s->p, s->n}; }
const char *str_cz(struct str *s); /* as a C string, "" when empty */

#endif
