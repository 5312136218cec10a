/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/str.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

void str_done(struct str *s)
{
	free(s->p);
	*s = (struct str){0};
}

void str_room(struct str *s, size_t more)
{
	if (s->n + more + 1 > s->cap)
		s->p = mem_grow(s->p, &s->cap, s->n + more + 1, 1);
}

void str_add(struct str *s, const void *p, size_t n)
{
	str_room(s, n);
	if (n)
		memcpy(s->p + s->n, p, n);
	s->n += n;
	s->p[s->n] = 0;
}

void str_printf(struct str *s, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0) {
		str_room(s, (size_t)n);
		vsnprintf(s->p + s->n, (size_t)n + 1, fmt, again);
		s->n += (size_t)n;
	}
	va_end(again);
}

size_t u64_digits(char out[20], uint64_t v)
{
	char digits[20], *end = digits + sizeof digits, *p = end;
	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	memcpy(out, p, (size_t)(end - p));
	return (size_t)(end - p);
}

void str_u64(struct str *s, uint64_t v, int width)
{
	char digits[20];
	size_t n = u64_digits(digits, v), want = width > 20 ? 20 : width > 0 ? (size_t)width : 0;
	if (n < want)
		str_add(s, "00000000000000000000", want - n);
	str_add(s, digits, n);
}

void str_drop(struct str *s, size_t n)
{
	if (n == 0)
		return;
	memmove(s->p, s->p + n, s->n - n);
	s->n -= n;
	s->p[s->n] = 0;
}

const char *str_cz(struct str *s)
{
	str_room(s, 0);
	s->p[s->n] = 0;
	return s->p;
}
