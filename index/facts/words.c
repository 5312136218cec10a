/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/facts/words.h"

static const struct {
	enum word_flag flag;
	const char *list;
} groups[] = {
#define WORDS(flag, list) {WORD_##flag, list},
#include "index/facts/words.def"
};

const struct title titles[] = {
#define TITLE(class, offices, phrase) {TITLE_##class, offices, phrase},
#include "index/facts/words.def"
};
const size_t n_titles = sizeof titles / sizeof titles[0];

static uint32_t implied(enum word_flag flag)
{
	return flag == WORD_FUNCTION || flag == WORD_VERB ? WORD_COMMON : flag == WORD_WESTERN ? WORD_GIVEN : 0;
}

void words_build(struct trie *t)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		struct span rest = span_of(groups[i].list), word;
		while (span_cut(&rest, ' ', &word)) {
			uint32_t w = trie_intern(t, word);
			if (w)
				t->words[w].flags |= groups[i].flag | implied(groups[i].flag);
		}
	}
}

static bool vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'; }

/* Consonants that open a syllable, longest first. */
static size_t onset(struct span w)
{
	static const char *const onsets[] = {"zh", "ch", "sh", "ts", "tz", "kh", "ph", "th", "ng", "kw", "hs", "jj", "kk", "tt", "pp", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h",
		"j", "q", "x", "r", "z", "c", "s", "y", "w"};
	for (size_t i = 0; i < sizeof onsets / sizeof onsets[0]; i++)
		if (span_starts(w, onsets[i]))
			return strlen(onsets[i]);
	return 0;
}

static size_t syllable(struct span w)
{
	size_t n = onset(w), v = n;
	while (v < w.n && v - n < 3 && vowel(w.p[v]))
		v++;
	if (v == n)
		return 0;
	struct span rest = span_sub(w, v, w.n);
	static const char *const codas[] = {"ng", "n", "k", "m", "p", "l", "t", "h", "r", "b"};
	for (size_t i = 0; i < sizeof codas / sizeof codas[0]; i++)
		if (span_starts(rest, codas[i]) && (rest.n == strlen(codas[i]) || !vowel(rest.p[strlen(codas[i])])))
			return v + strlen(codas[i]);
	return v;
}

bool word_is_syllables(struct span w)
{
	size_t n = 0, size;
	for (; w.n && n < 3; n++) {
		size = syllable(w);
		if (!size)
			return false;
		w = span_sub(w, size, w.n);
	}
	return n > 0 && w.n == 0;
}
