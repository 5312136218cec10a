/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The direction of a sentence near an expression, from the nearest word that shows one; for "in July", "on Wednesday".
 * No grammar: a list of words, and endings. It looks at the sentence alone, TENSE_REACH tokens to either side.
 */
#include "index/facts/days-parts.h"

#define TENSE_REACH 14

static const char *const future_words[] = {"will", "shall", "would", "ll", "plans", "plan", "planned", "planning", "expects", "expect", "expected", "scheduled", "due", "intends",
	"intend", "hopes", "hope", "upcoming", "tomorrow", "soon", "may", "might", "could", "can", "should", "must", "until", "deadline", "expires", "expire", "begins", "ahead", "coming", "slated", "effective", "payable", NULL};
static const char *const past_words[] = {"was", "were", "had", "did", "been", "has", "have", "went", "came", "met", "told", "made", "took", "began", "fell", "rose", "won", "lost", "held", "left", "saw", "got",
	"gave", "sent", "ran", "became", "found", "led", "cut", "put", "broke", "brought", "bought", "sold", "spoke", "wrote", "died", "shot", "hit", "struck", "set", "since", "ago", "yesterday",
	"grew", "closed", "ended", "paid", "read", "stood", "flew", "drove", "fought", "thought", "felt", "kept", "built", "blew", "chose", "drew", "fled", "froze", "knew", "rode", "sank", "shook", "swore",
	"threw", "withdrew", "overthrew", "underwent", NULL};

static const char *const in_plans[] = {"meets", "meet", "arrives", "departs", "resumes", "convenes", "opens", "goes", NULL}; /* the present tense of what is fixed for a day */
static const char *const no_plans[] = {"not", "t", "did", "to", "let", "helped", "made", "they", NULL};

static const char *const as_planned[] = {"planned", "expected", "scheduled", NULL};

static const char *const to_come[] = {"is", "are", "set", "likely", "ready", "about", "vowed", "agreed", "decided", "going", "wants", "want", NULL};

static const char *const before_be[] = {"to", "will", "shall", "would", "must", "should", "may", NULL};

static const char *const before_adjective[] = {"a", "an", "the", "its", "his", "her", "their", "our", "still", "newly", NULL};

static bool among(struct span w, const char *const *list)
{
	for (; *list; list++)
		if (**list == *w.p && span_is(w, *list))
			return true;
	return false;
}

static bool says(const struct tokens *t, size_t i) { return span_is(token_word(t, i), "said"); }

static int tense_of(const struct tokens *t, size_t i)
{
	struct span w = token_word(t, i);
	if (w.n < 2 || t->v[i].flags & TOKEN_HAS_DIGIT)
		return 0;
	if (i > 0 && !(t->v[i].flags & TOKEN_SENTENCE)) {
		struct span b = token_word(t, i - 1);
		if ((span_is(b, "be") && i > 1 && among(token_word(t, i - 2), before_be)) || (span_is(w, "to") && among(b, to_come)))
			return 1;
	}
	if (span_is(w, "set") && i + 1 < t->n && (span_is(token_word(t, i + 1), "for") || span_is(token_word(t, i + 1), "to")))
		return 1;
	if (among(w, in_plans))
		return i > 0 && among(token_word(t, i - 1), no_plans) ? 0 : 1;
	if (i > 1 && among(w, as_planned) && (span_is(token_word(t, i - 1), "as") || (span_is(token_word(t, i - 1), "previously") && span_is(token_word(t, i - 2), "as"))))
		return 0; /* "it began as planned" */
	if (among(w, future_words))
		return t->v[i].flags & TOKEN_UPPER && span_is(w, "may") ? 0 : 1;
	if (among(w, past_words))
		return -1;
	if (w.n <= 4 || !span_ends(w, "ed") || span_ends(w, "eed") || t->v[i].flags & TOKEN_UPPER)
		return 0;
	return i > 0 && among(token_word(t, i - 1), before_adjective) ? 0 : -1; /* "an unspecified date" */
}

static bool stops(const struct tokens *t, size_t i)
{
	static const char *const words[] = {"that", "and", "but", "after", "as", "who", "which", "where", "while", "because", "if", "when", "although", NULL};
	char b = t->v[i].before;
	return t->v[i].flags & TOKEN_SENTENCE || b == ',' || b == ';' || b == ':' || b == '"' || b == '(' || b == ')' || b == '_' || among(token_word(t, i), words);
}

/* "to resume Monday", "to meet on Monday": an infinitive looks ahead. */
static bool infinitive_before(const struct tokens *t, size_t from)
{
	for (size_t k = 2; k <= 3 && k <= from; k++) {
		size_t i = from - k;
		if (t->v[i + 1].flags & TOKEN_SENTENCE)
			return false;
		struct span verb = token_word(t, i + 1);
		if (span_is(token_word(t, i), "to") && !(t->v[i + 1].flags & (TOKEN_UPPER | TOKEN_HAS_DIGIT)) && verb.n > 2 && !span_is(verb, "the") && !span_ends(verb, "ed"))
			return true;
	}
	return false;
}

/* "until Thursday, they had not …" */
static bool had_after(const struct tokens *t, size_t to)
{
	for (size_t i = to; i < to + 5 && i < t->n && !(t->v[i].flags & TOKEN_SENTENCE); i++)
		if (span_is(token_word(t, i), "had"))
			return true;
	return false;
}

/* "It had been due to expire Friday." */
static bool had_before(const struct tokens *t, size_t from)
{
	for (size_t k = 1; k <= 8 && k <= from && !(t->v[from - k + 1].flags & TOKEN_SENTENCE); k++)
		if (span_is(token_word(t, from - k), "had"))
			return true;
	return false;
}

/* Stands at the head of its sentence, so that what follows the comma is its clause. */
static bool fronted(const struct tokens *t, size_t from)
{
	for (size_t k = 0; k < 3 && k <= from; k++)
		if (t->v[from - k].flags & TOKEN_SENTENCE)
			return true;
	return from == 0;
}

int tense_near(const struct tokens *t, size_t from, size_t to)
{
	int left = 0, right = 0, at_left = 99, at_right = 99;
	bool front = fronted(t, from);
	if (from > 0 && !(t->v[from].flags & TOKEN_SENTENCE)) {
		struct span w = token_word(t, from - 1);
		if (span_is(w, "until") || span_is(w, "till"))
			return had_after(t, to) ? -1 : 1;
		if (span_is(w, "since"))
			return -1;
	}
	if (infinitive_before(t, from))
		return had_before(t, from) ? -1 : 1;
	for (int k = 1; k <= TENSE_REACH && (size_t)k <= from && !left; k++) {
		if (t->v[from - (size_t)k + 1].flags & TOKEN_SENTENCE)
			break;
		left = tense_of(t, from - (size_t)k), at_left = k;
		if (!left && k <= 3 && says(t, from - (size_t)k))
			left = -1;
	}
	for (int k = 0; k < TENSE_REACH && to + (size_t)k < t->n && !right; k++) {
		bool subject = front && (k == 0 || span_is(token_word(t, to + (size_t)k), "and")); /* "On Tuesday, the A and B party plans …" */
		if (stops(t, to + (size_t)k) && (!subject || t->v[to + (size_t)k].flags & TOKEN_SENTENCE || (k > 0 && t->v[to + (size_t)k].before != ' ')))
			break;
		right = tense_of(t, to + (size_t)k), at_right = k + 1;
		if (!right && k <= 2 && says(t, to + (size_t)k))
			right = -1;
	}
	if (!left || !right)
		return left + right;
	return at_left <= at_right + 2 ? left : right;
}
