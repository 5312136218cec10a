/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/utf8.h"

static unsigned length_of(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
}

uint32_t utf8_next(struct span s, size_t *at)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.p + *at;
	unsigned len = length_of(p[0]);
	if (len == 1)
		return (*at)++, p[0];
	if (len == 0 || s.n - *at < len)
		return (*at)++, UTF8_BAD;
	uint32_t c = p[0] & (0xFFu >> (len + 1));
	for (unsigned i = 1; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return (*at)++, UTF8_BAD;
		c = c << 6 | (p[i] & 0x3Fu);
	}
	if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return (*at)++, UTF8_BAD;
	*at += len;
	return c;
}

size_t utf8_put(char out[4], uint32_t c)
{
	if (c < 0x80)
		return out[0] = (char)c, 1;
	if (c < 0x800)
		return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 0x3F)), 2;
	if (c < 0x10000)
		return out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 0x3F)), out[2] = (char)(0x80 | (c & 0x3F)), 3;
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3F));
	out[2] = (char)(0x80 | (c >> 6 & 0x3F));
	out[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

static size_t skip_ascii(struct span s, size_t at)
{
	while (at + 8 <= s.n) {
		uint64_t w;
		memcpy(&w, s.p + at, 8);
		if (w & 0x8080808080808080u)
			break;
		at += 8;
	}
	while (at < s.n && (unsigned char)s.p[at] < 0x80)
		at++;
	return at;
}

size_t utf8_valid_prefix(struct span s)
{
	for (size_t at = 0;;) {
		at = skip_ascii(s, at);
		if (at >= s.n)
			return s.n;
		size_t next = at;
		if (utf8_next(s, &next) == UTF8_BAD)
			return at;
		at = next;
	}
}

size_t utf8_repair(struct str *out, struct span s)
{
	size_t bad = 0, start = out->n;
	for (size_t at = 0; at < s.n;) {
		struct span rest = {s.p + at, s.n - at};
		size_t good = utf8_valid_prefix(rest);
		str_add(out, rest.p, good);
		at += good;
		if (at < s.n)
			str_add(out, "\xEF\xBF\xBD", 3), at++, bad++;
	}
	for (char *p = out->p ? out->p + start : NULL; p && p < out->p + out->n; p++)
		if (*p == 0)
			*p = ' ', bad++;
	return bad;
}

size_t utf8_floor(struct span s, size_t at)
{
	if (at >= s.n)
		return s.n;
	while (at > 0 && ((unsigned char)s.p[at] & 0xC0) == 0x80)
		at--;
	return at;
}

static bool dangerous(uint32_t c, bool keep_lines)
{
	if (c == '\n' || c == '\t')
		return !keep_lines;
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x061C || c == 0xFEFF;
}

void utf8_printable(struct str *out, struct span s, bool keep_lines)
{
	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		uint32_t c = utf8_next(s, &at);
		if (c == UTF8_BAD)
			str_add(out, "\xEF\xBF\xBD", 3);
		else if (!dangerous(c, keep_lines))
			str_add(out, s.p + from, at - from);
		else if (c == '\n' || c == '\t' || c == '\r')
			str_ch(out, ' ');
	}
}
