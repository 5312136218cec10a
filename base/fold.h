/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folding: how two spellings of a word become one: lower case, no diacritics, compatibility forms; ASCII takes a fast path. */
#ifndef DOSSIER_BASE_FOLD_H
#define DOSSIER_BASE_FOLD_H

#include "base/str.h"

/* Appends the folded form of s ("Erdoğan" -> "erdogan", "Straße" -> "strasse", "Łódź" -> "lodz"); bad UTF-8 is left out. */
void fold_add(struct str *out, struct span s);
/* Folds one code point into out (at most 64 bytes, may be 0); returns bytes. For tokenisers. */
size_t fold_char(char out[64], uint32_t c);
/* For comparing names: folded, everything that is no letter or digit becomes one space, none at the ends: "Kim Jong-un" -> "kim jong un". */
void fold_name(struct str *out, struct span s);
enum char_class { CHAR_OTHER, CHAR_SPACE, CHAR_LETTER, CHAR_DIGIT, CHAR_MARK, CHAR_CJK };
enum char_class fold_class(uint32_t c); /* CJK: ideographs, kana, Hangul syllables; written without spaces, one token each */
bool fold_is_upper(uint32_t c);

#endif
