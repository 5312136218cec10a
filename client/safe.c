/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/safe.h"

#include "base/utf8.h"

#include <wchar.h>

static bool dropped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C || c == 0x200B || (c >= 0x200E && c <= 0x200F) ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

/* Without a UTF-8 locale wcwidth knows nothing: then what is certainly wide counts two. */
static unsigned width_of(uint32_t c)
{
	int w = wcwidth((wchar_t)c);
	if (w >= 0 && c < 0x80)
		return (unsigned)w;
	bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
		    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
	return w >= 0 ? (unsigned)w : wide ? 2 : 1;
}

size_t safe_next(const char *z, size_t n, size_t *at, bool lines, char out[8], unsigned *cells)
{
	struct span s = {z, n};
	uint32_t c = utf8_next(s, at);
	if (cells)
		*cells = 0;
	if (c == '\n' || c == '\t' || c == '\r') {
		if (cells)
			*cells = 1;
		out[0] = lines && c != '\r' ? (char)c : ' ';
		return 1;
	}
	if (c == UTF8_BAD)
		c = 0xFFFD;
	else if (dropped(c))
		return 0;
	if (cells)
		*cells = width_of(c);
	return utf8_put(out, c);
}
