/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8: strict decoding, checking and repair. Overlong forms, surrogates and anything past U+10FFFF are errors. */
#ifndef DOSSIER_BASE_UTF8_H
#define DOSSIER_BASE_UTF8_H

#include "base/str.h"

#define UTF8_BAD 0xFFFFFFFFu

/* The code point at s[*at], and *at moved past it; UTF8_BAD (and one byte further) where the bytes are no UTF-8. */
uint32_t utf8_next(struct span s, size_t *at);
size_t utf8_put(char out[4], uint32_t c); /* bytes written */
size_t utf8_valid_prefix(struct span s);  /* s.n when all of it is valid */
static inline bool utf8_valid(struct span s) { return utf8_valid_prefix(s) == s.n; }
/* Appends s with every bad byte replaced by U+FFFD and NUL by a space; returns how many were replaced. */
size_t utf8_repair(struct str *out, struct span s);
/* The largest cut <= at that does not split a character. */
size_t utf8_floor(struct span s, size_t at);
/* Terminal and log safety: appends s without C0 (but newline and tab if keep_lines), DEL, C1, bidi controls; bad bytes become U+FFFD. */
void utf8_printable(struct str *out, struct span s, bool keep_lines);

#endif
