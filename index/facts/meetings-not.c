/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a negation govern the word of meeting? Each is looked at by itself:
 *
 *	not, never, no longer    the verb that follows them: "did not | meet", not: "not only met", "not opposed to"
 *	no, without              the noun: "no plans for a | meeting", not: "no date for a | meeting"
 *	refused, failed …        what their own subject does: they stand behind it
 *	denied, ruled out …      what is said behind them
 *
 * A comma between it and the word parts them ("to which he is no longer invited, X met Y"), and an "until" behind the meeting sets a day instead.
 */
#include "index/facts/meetings-inner.h"

static bool one_of(const struct scene *s, uint32_t i, const char *const *words)
{
	for (size_t k = 0; words[k]; k++)
		if (is(s, i, words[k]))
			return true;
	return false;
}

static bool parted(const struct scene *s, uint32_t i, uint32_t trigger)
{
	for (uint32_t k = i + 2; k <= trigger; k++) /* i + 1: "did not, however, meet" */
		if (at(s, k)->before == ';' || (at(s, k)->before == ',' && at(s, i + 1)->before != ','))
			return true;
	return false;
}

static bool contraction(const struct scene *s, uint32_t i)
{
	static const char *const heads[] = {"didn", "won", "wouldn", "hasn", "haven", "hadn", "couldn", "doesn", "don", "wasn", "weren", "isn", "aren", NULL};
	return one_of(s, i, heads);
}

/* i: "not" or the like. What it denies is the verb behind it. */
static bool not_this_verb(const struct scene *s, uint32_t i, uint32_t trigger)
{
	static const char *const sets_off[] = {"only", "just", "merely", "simply", "until", "till", NULL};
	static const char *const verbs[] = {"want", "wants", "wanted", "wish", "wished", "agree", "agreed", "plan", "plans", "planning", "intend", "expect", "expected", "due", "scheduled", "going", "able", "to", "ever", "even", "yet", NULL};
	uint32_t k = i + 1;
	if (one_of(s, k, sets_off))
		return false;
	while (k < trigger && !has(s, k, W_AUX) && (has(s, k, W_ADV) || is(s, k, "longer") || is(s, k, "t") || s->who[k] || has(s, k, W_TITLE)))
		k++;
	return k == trigger || has(s, k, W_MEET | W_HOST | W_HOLD | W_AUX | W_JOIN) || one_of(s, k, verbs);
}

/* i: "no" or "without". Of the words up to the meeting none is a noun that is what there is none of. */
static bool not_this_noun(const struct scene *s, uint32_t i, uint32_t trigger)
{
	static const char *const harmless[] = {"such", "intention", "intentions", "need", "reason", "chance", "prospect", "prospects", "question", "interest", "desire", "point", "sign", "ever", "even", NULL};
	uint32_t k = i + 1;
	while (k < trigger && (has(s, k, W_DET | W_ADJ | W_PROPOSE | W_PLAN | W_PREP | W_HOLD | W_NOUN) || one_of(s, k, harmless)) && !is(s, k, "agreed"))
		k++;
	return k == trigger;
}

/* Behind the meeting: "… did not meet Y until 1987". */
static bool until_behind(const struct scene *s, uint32_t to)
{
	for (uint32_t k = to; k < s->n && k < to + 6 && at(s, k)->before != ';'; k++)
		if (is(s, k, "until") || is(s, k, "till"))
			return true;
	return false;
}

static bool governs(const struct scene *s, uint32_t i, uint32_t low, uint32_t trigger)
{
	static const char *const behind_subject[] = {"refused", "refuses", "refuse", "refusing", "declined", "declines", "failed", "avoided", "unable", "unwilling", NULL};
	if (is(s, i, "yet"))
		return is(s, i + 1, "to") && i >= low;
	if (parted(s, i, trigger))
		return false;
	if (is(s, i, "not") || is(s, i, "never") || is(s, i, "cannot") || (is(s, i, "no") && is(s, i + 1, "longer")))
		return not_this_verb(s, i, trigger);
	if (contraction(s, i))
		return not_this_verb(s, i, trigger);
	if (is(s, i, "no") || is(s, i, "without"))
		return not_this_noun(s, i, trigger);
	if (is(s, i, "neither") || is(s, i, "nor"))
		return true;
	if (one_of(s, i, behind_subject) && i < low)
		return false;
	return has(s, i, W_DENY);
}

enum negation meeting_negation(const struct scene *s, uint32_t near, uint32_t low, uint32_t trigger, uint32_t to)
{
	static const char *const settled[] = {"date", "dates", "day", "place", "venue", "decision", NULL};
	for (uint32_t i = near; i < trigger; i++) {
		if (s->who[i])
			continue;
		if (is(s, i, "no") && one_of(s, i + 1, settled) && !parted(s, i, trigger))
			return NEGATION_NO_DATE;
		if (governs(s, i, low, trigger))
			return until_behind(s, to) ? NEGATION_UNTIL : NEGATION_DENIES;
	}
	return has(s, to, W_AUX) && has(s, to + 1, W_NOT) && !is(s, to + 2, "only") ? NEGATION_DENIES : NEGATION_NONE;
}

bool nobody_at_all(const struct scene *s, const struct party *who)
{
	static const char *const none[] = {"no", "any", "every", NULL}, *const between[] = {"sitting", "serving", "other", "previous", NULL};
	uint32_t k = who->from;
	for (uint32_t n = 0; k > 0 && n < 4; k--, n++) {
		if (at(s, k)->before != ' ' && at(s, k)->before != '\n')
			return false;
		if (one_of(s, k - 1, none))
			return true;
		if (!has(s, k - 1, W_TITLE | W_ADJ) && !one_of(s, k - 1, between) && !(at(s, k - 1)->flags & TOKEN_UPPER))
			return false;
	}
	return one_of(s, k, none);
}
