/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fold.h"

#include "base/utf8.h"

#include <utf8proc.h>

/* Letters that Unicode does not take apart, but people do. */
static const struct {
	uint32_t c;
	char as[4];
} plain[] = {
	{0x00C6, "ae"}, {0x00D0, "d"}, {0x00D8, "o"}, {0x00DE, "th"}, {0x00DF, "ss"}, {0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"},
	{0x00FE, "th"}, {0x0110, "d"}, {0x0111, "d"}, {0x0126, "h"}, {0x0127, "h"}, {0x0131, "i"}, {0x0141, "l"}, {0x0142, "l"},
	{0x0152, "oe"}, {0x0153, "oe"}, {0x018F, "a"}, {0x0259, "a"}, {0x1E9E, "ss"},
};

static size_t fold_plain(char *out, uint32_t c)
{
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (plain[i].c == c) {
			size_t n = strlen(plain[i].as);
			memcpy(out, plain[i].as, n);
			return n;
		}
	return 0;
}

size_t fold_char(char out[64], uint32_t c)
{
	if (c < 0x80)
		return out[0] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c), 1;
	size_t n = c <= 0x1E9E ? fold_plain(out, c) : 0;
	if (n)
		return n;
	utf8proc_int32_t parts[16];
	int boundary = 0;
	utf8proc_ssize_t k = utf8proc_decompose_char((utf8proc_int32_t)c, parts, 16, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &boundary);
	if (k > 16)
		return utf8_put(out, c);
	if (fold_class(c) == CHAR_CJK && c >= 0xAC00 && c <= 0xD7A3)
		return utf8_put(out, c); /* a Hangul syllable stays whole */
	for (utf8proc_ssize_t i = 0; i < k && n + 4 <= 64; i++) {
		size_t special = (uint32_t)parts[i] >= 0x80 ? fold_plain(out + n, (uint32_t)parts[i]) : 0;
		n += special ? special : utf8_put(out + n, (uint32_t)parts[i]);
	}
	return n;
}

void fold_add(struct str *out, struct span s)
{
	for (size_t at = 0; at < s.n;) {
		uint32_t c = utf8_next(s, &at);
		if (c == UTF8_BAD)
			continue;
		str_room(out, 64);
		out->n += fold_char(out->p + out->n, c);
	}
	str_add(out, "", 0);
}

enum char_class fold_class(uint32_t c)
{
	if (c < 0x80) {
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			return CHAR_LETTER;
		if (c >= '0' && c <= '9')
			return CHAR_DIGIT;
		return c == ' ' || (c >= '\t' && c <= '\r') ? CHAR_SPACE : CHAR_OTHER;
	}
	if ((c >= 0x3041 && c <= 0x30FF && c != 0x30FB) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
	    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF))
		return CHAR_CJK;
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: return CHAR_LETTER;
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO: return CHAR_DIGIT;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME: return CHAR_MARK;
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return CHAR_SPACE;
	default: return CHAR_OTHER;
	}
}

bool fold_is_upper(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z';
	return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_LU;
}

void fold_name(struct str *out, struct span s)
{
	bool gap = false, any = false;
	for (size_t at = 0; at < s.n;) {
		uint32_t c = utf8_next(s, &at);
		enum char_class k = c == UTF8_BAD ? CHAR_OTHER : fold_class(c);
		if (k == CHAR_OTHER || k == CHAR_SPACE) {
			gap = any;
			continue;
		}
		char buf[64];
		size_t n = fold_char(buf, c);
		if (n && gap)
			str_ch(out, ' '), gap = false;
		str_add(out, buf, n);
		any = any || n;
	}
}
