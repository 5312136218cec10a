/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a word of meeting to those who meet. Backwards to the subject over words that can stand between the two, forwards to the object;
 * anything else on the way ends it. A leader who is somebody's possessor ("Putin's minister met"), or whom a preposition holds
 * ("an aide to Reagan met"), does nothing himself.
 */
#include "index/facts/meetings-inner.h"

#define BACK_MOST 20
#define FORWARD_MOST 14

static uint32_t mention_first(const struct scene *s, uint32_t i)
{
	uint32_t who = s->who[i];
	while (i > 0 && s->who[i - 1] == who)
		i--;
	return i;
}

static uint32_t mention_end(const struct scene *s, uint32_t i)
{
	uint32_t who = s->who[i];
	while (i < s->n && s->who[i] == who)
		i++;
	return i;
}

static bool possessor(const struct scene *s, uint32_t end) { return end < s->n && (at(s, end)->flags & TOKEN_POSSESSIVE || at(s, end)->before == '\''); }

static bool upper(const struct scene *s, uint32_t i) { return (at(s, i)->flags & TOKEN_UPPER) != 0; }

static bool same_person(const struct scene *s, uint32_t a, uint32_t b) { return span_eq(s->f->mentions[a].leader, s->f->mentions[b].leader); }

static void add(const struct scene *s, struct party *p, uint32_t mention)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (same_person(s, p->v[i], mention))
			return;
	if (p->n < PARTY_MAX)
		p->v[p->n++] = mention;
}

/* Titles and other names before a leader: "the Russian president |". Gives the first token that belongs to them. */
static uint32_t before_titles(const struct scene *s, uint32_t i)
{
	while (i > 0 && !s->who[i - 1] && (at(s, i)->before == ' ' || at(s, i)->before == '\n' || at(s, i)->before == '-' || (at(s, i)->before == '.' && at(s, i - 1)->end - at(s, i - 1)->start < 5)) &&
		(has(s, i - 1, W_TITLE | W_DET) || (upper(s, i - 1) && !has(s, i - 1, W_PREP | W_TIME | W_MEET)) || (at(s, i - 1)->flags & TOKEN_POSSESSIVE)))
		i--;
	return i;
}

/* A leader ends before token i: he, and those joined with him, unless he is somebody's or something's. */
static bool take_subject(const struct scene *s, uint32_t end, struct party *out)
{
	uint32_t i = end;
	if (possessor(s, end))
		return false;
	out->to = end;
	for (;;) {
		add(s, out, s->who[i - 1] - 1);
		i = before_titles(s, mention_first(s, i - 1));
		bool joined = i > 1 && is(s, i - 1, "and") && s->who[i - 2] && !possessor(s, i - 1);
		bool listed = i > 0 && at(s, i)->before == ',' && s->who[i - 1] && out->n > 1;
		if (!joined && !listed && i > 0 && at(s, i)->before == ',' && s->who[i - 1] && same_person(s, s->who[i - 1] - 1, out->v[out->n - 1]))
			listed = true;
		if (!joined && !listed)
			break;
		i = joined ? i - 1 : i;
	}
	out->from = i;
	return i == 0 || at(s, i)->before == ',' || !has(s, i - 1, W_OBJECT);
}

/* "Putin, who is on his way home, met": from the comma before i back to the one that follows a leader; 0: none. */
static uint32_t over_apposition(const struct scene *s, uint32_t i)
{
	for (uint32_t k = i, n = 0; k-- > 1 && n < 14; n++) {
		if (s->who[k] && !(has(s, k, W_TITLE)))
			return 0;
		if (at(s, k)->before == ',')
			return s->who[k - 1] ? k : 0;
		if (at(s, k)->before == ';' || at(s, k)->before == '"')
			return 0;
	}
	return 0;
}

static bool passable(const struct scene *s, uint32_t i, bool loose)
{
	uint32_t fine = W_AUX | W_NOT | W_ADV | W_TIME | W_STATUS;
	if (has(s, i, fine) || (at(s, i)->flags & TOKEN_HAS_DIGIT))
		return true;
	if (is(s, i, "said") || is(s, i, "says") || is(s, i, "he") || is(s, i, "she") || is(s, i, "they") || is(s, i, "that"))
		return true;
	if (!loose)
		return false;
	if (has(s, i, W_HOLD | W_SAY | W_PREP | W_DET | W_GO | W_ADJ | W_NOUN))
		return true;
	if (is(s, i, "and") && has(s, i + 1, W_HOLD | W_MEET | W_HOST) && !s->who[i + 1])
		return true;
	if (is(s, i, "called") || is(s, i, "put") || is(s, i, "off") || is(s, i, "out"))
		return true;
	uint32_t k = i; /* a place: capitals behind "in", "to", "for", "the" */
	while (k > 0 && upper(s, k) && !s->who[k] && at(s, k)->before != ',')
		k--;
	return k < i && upper(s, i) && has(s, k, W_PREP | W_DET | W_TIME | W_GO) && !is(s, k, "and") && !is(s, k, "that");
}

/* "Abdullah bin Abdul Aziz met": the rest of a name whose beginning was found. Gives the end of what was found; 0: it is no such rest. */
static uint32_t over_name(const struct scene *s, uint32_t i)
{
	uint32_t k = i;
	for (uint32_t n = 0; k > 1 && n < 4 && !s->who[k - 1] && (at(s, k)->before == ' ' || at(s, k)->before == '-'); k--, n++)
		if (!(upper(s, k - 1) && at(s, k - 1)->len > 1 && !has(s, k - 1, W_TITLE | W_MEET)) && !is(s, k - 1, "bin") && !is(s, k - 1, "ibn") && !is(s, k - 1, "al"))
			return 0;
	return k < i && s->who[k - 1] && at(s, k)->before == ' ' ? k : 0;
}

bool subject_before(const struct scene *s, uint32_t i, bool loose, struct party *out)
{
	*out = (struct party){0};
	for (uint32_t k = i, n = 0; k > 0 && n < BACK_MOST; n++) {
		char before = at(s, k)->before;
		if (s->who[k - 1] && (before == ' ' || before == '\n' || (before == ',' && (loose || is(s, i, "meeting") || has(s, k, W_SAY) || is(s, k, "who")))))
			return take_subject(s, k, out);
		if (s->who[k - 1])
			return false;
		if (before == ',') {
			uint32_t over = over_apposition(s, k);
			if (over)
				return take_subject(s, over, out);
			if (!loose || !has(s, k, W_TIME | W_PREP | W_SAY))
				return false;
		} else if (before != ' ' && before != '\n' && before != '\'' && before != '-' && before != '.')
			return false;
		if (k > 2 && is(s, k - 2, "of") && upper(s, k - 1) && s->who[k - 3]) /* King Hussein of Jordan */
			return take_subject(s, k - 2, out);
		if (is(s, k - 1, "who") && k > 1 && s->who[k - 2])
			return take_subject(s, k - 1, out);
		if (!passable(s, k - 1, loose)) {
			uint32_t name = over_name(s, k);
			return name && take_subject(s, name, out);
		}
		k--;
	}
	return false;
}

/* Words with which somebody else may begin to do something. */
static bool breaks(const struct scene *s, uint32_t i)
{
	static const char *const words[] = {"that", "who", "which", "whom", "whose", "if", "when", "while", "because", "but", "and", "as", "than", "whether", "by", "where", "without", NULL};
	for (size_t k = 0; words[k]; k++)
		if (is(s, i, words[k]))
			return true;
	return has(s, i, W_SAY | W_DENY | W_CANCEL | W_PROPOSE);
}

/* "Nakasone explained it during a round of talks with Jaruzelski": i is the noun, behind a preposition; he who opens the sentence. */
bool distant_subject(const struct scene *s, uint32_t i, struct party *out)
{
	uint32_t k = i;
	*out = (struct party){0};
	while (k > 0 && at(s, k)->before == ' ' && ((has(s, k - 1, W_DET | W_ADJ | W_ADV) && !has(s, k - 1, W_PREP)) || is(s, k - 1, "of")))
		k--;
	if (k == 0 || !(is(s, k - 1, "during") || is(s, k - 1, "after") || is(s, k - 1, "in") || is(s, k - 1, "at") || is(s, k - 1, "before") || is(s, k - 1, "following")))
		return false;
	for (uint32_t n = 0; k > 1 && n < BACK_MOST; k--, n++) {
		if (at(s, k)->before != ' ' && at(s, k)->before != '\n')
			return false;
		if (s->who[k - 1])
			return take_subject(s, k, out) && out->from == 0;
		if (breaks(s, k - 1) || (upper(s, k - 1) && !has(s, k - 2, W_PREP | W_DET | W_GO)))
			return false;
	}
	return false;
}

/* Does this leader himself stand before token i, not only as "Putin's ride" or "Reagan aides"? */
static bool himself_before(const struct scene *s, uint32_t i, uint32_t mention)
{
	for (uint32_t k = 0; k < i; k++)
		if (s->who[k] && same_person(s, s->who[k] - 1, mention) && !possessor(s, mention_end(s, k)) && !has(s, mention_end(s, k), W_ENTOURAGE))
			return true;
	return false;
}

/* The sentence names two leaders, no more, both before token i: "they" are these. */
static bool both_before(const struct scene *s, uint32_t i, struct party *out)
{
	*out = (struct party){.from = i, .to = i + 1};
	for (uint32_t k = 0; k < s->n; k++)
		if (s->who[k])
			add(s, out, s->who[k] - 1);
	return out->n == 2 && himself_before(s, i, out->v[0]) && himself_before(s, i, out->v[1]);
}

static bool clause_word(const struct scene *s, uint32_t i) { return is(s, i, "when") || is(s, i, "before") || is(s, i, "after") || is(s, i, "until") || is(s, i, "as") || is(s, i, "since"); }

/* "when they | meet", "as the two leaders held a | summit", "ahead of their first | summit". */
bool both_of_them(const struct scene *s, uint32_t i, struct party *out)
{
	for (uint32_t k = i, n = 0; k > 1 && n < 8; k--, n++) {
		if (s->who[k - 1] || (at(s, k)->before != ' ' && at(s, k)->before != '\n'))
			return false;
		if (is(s, k - 1, "their") && n < 4 && has(s, i, W_NOUN) && (!is(s, k - 2, "of") || (k > 2 && is(s, k - 3, "ahead"))))
			return both_before(s, k - 1, out);
		if (is(s, k - 1, "they") && clause_word(s, k - 2))
			return both_before(s, k - 2, out);
		if ((is(s, k - 1, "leaders") || is(s, k - 1, "men") || is(s, k - 1, "presidents") || is(s, k - 1, "statesmen")) && is(s, k - 2, "two"))
			return both_before(s, k - 2, out);
		if (!has(s, k - 1, W_AUX | W_ADV | W_HOLD | W_DET | W_ADJ | W_TIME | W_PLAN | W_PROPOSE | W_TITLE) && !upper(s, k - 1))
			return false;
	}
	return false;
}

bool owner_before(const struct scene *s, uint32_t i, struct party *out)
{
	*out = (struct party){0};
	for (uint32_t n = 0; i > 0 && n < 7; i--, n++) {
		if ((at(s, i - 1)->flags & TOKEN_POSSESSIVE) && i > 1 && s->who[i - 2]) {
			add(s, out, s->who[i - 2] - 1);
			out->from = mention_first(s, i - 2);
			out->to = i;
			return true;
		}
		if (s->who[i - 1] && at(s, i)->before == '\'')
			return add(s, out, s->who[i - 1] - 1), out->from = mention_first(s, i - 1), out->to = i, true;
		if (!has(s, i - 1, W_ADJ | W_TIME | W_ADV | W_PROPOSE | W_PLAN | W_NOUN) && !(at(s, i - 1)->flags & TOKEN_HAS_DIGIT))
			return false;
	}
	return false;
}

bool fronted_subject(const struct scene *s, uint32_t i, uint32_t after, struct party *out)
{
	*out = (struct party){0};
	for (uint32_t k = 0; k < i; k++) /* the sentence begins with the phrase */
		if (!has(s, k, W_PREP | W_DET | W_ADJ | W_TIME | W_ADV | W_HOLD | W_NOUN) || at(s, k)->before == ',')
			return false;
	if (!has(s, 0, W_PREP) && !is(s, 0, "meeting"))
		return false;
	for (uint32_t k = after, n = 0; k < s->n && n < 10; k++, n++) {
		if (at(s, k)->before != ',')
			continue;
		uint32_t who = k;
		while (who < s->n && who < k + 6 && !s->who[who] && (has(s, who, W_TITLE | W_DET) || upper(s, who)))
			who++;
		if (who >= s->n || !s->who[who])
			return false;
		add(s, out, s->who[who] - 1);
		out->from = who;
		out->to = mention_end(s, who);
		return !possessor(s, out->to) && !has(s, out->to, W_ENTOURAGE);
	}
	return false;
}

/* What can stand between "met with" and a leader. */
static bool before_object(const struct scene *s, uint32_t i, bool named)
{
	char before = at(s, i)->before;
	if (before == ',' && !named)
		return false;
	if (before != ' ' && before != '\n' && before != '\'' && before != '-' && before != ',' && before != '.')
		return false;
	if (has(s, i, W_DET | W_TITLE | W_ADV | W_TIME | W_NOUN) || is(s, i, "with") || is(s, i, "for") || is(s, i, "and") || is(s, i, "of") || (at(s, i)->flags & (TOKEN_POSSESSIVE | TOKEN_HAS_DIGIT)))
		return true;
	return upper(s, i);
}

static bool object_end(const struct scene *s, uint32_t end, bool strict)
{
	if (possessor(s, end) || (end < s->n && at(s, end)->before == '-'))
		return false;
	if (end >= s->n || (at(s, end)->before != ' ' && at(s, end)->before != '\n'))
		return true;
	if (has(s, end, W_ENTOURAGE))
		return false;
	if (strict)
		return has(s, end, W_AFTERWARDS | W_TIME);
	return !upper(s, end) || has(s, end, W_TIME | W_AFTERWARDS) || s->who[end];
}

/* More of them: "X, Y and Z", "X and the German chancellor Y". */
static void more_objects(const struct scene *s, struct party *out)
{
	for (uint32_t i = out->to; i < s->n;) {
		bool comma = at(s, i)->before == ',', and_ = is(s, i, "and");
		if (!comma && !and_)
			return;
		i += and_;
		uint32_t from = i;
		while (i < s->n && i < from + 7 && !s->who[i] && (has(s, i, W_TITLE | W_DET) || upper(s, i) || (at(s, i)->flags & TOKEN_POSSESSIVE)) && (i == from || at(s, i)->before != ','))
			i++;
		if (i >= s->n || !s->who[i])
			return;
		uint32_t end = mention_end(s, i);
		bool again = same_person(s, s->who[i] - 1, out->v[out->n - 1]);
		if (!again && (!object_end(s, end, true) || (comma && !and_ && !is(s, end, "and") && !(end < s->n && at(s, end)->before == ','))))
			return;
		add(s, out, s->who[i] - 1);
		out->to = i = end;
	}
}

bool object_after(const struct scene *s, uint32_t i, struct party *out)
{
	bool titled = false, others = false; /* others: "met John Smith and", after which the next may begin a clause of his own */
	*out = (struct party){0};
	for (uint32_t k = i + 1, n = 0; k < s->n && n < FORWARD_MOST; k++, n++) {
		char before = at(s, k)->before;
		if (s->who[k] && (before == ' ' || before == '\n' || before == '-' || before == '.' || before == '\'' || (before == ',' && titled))) {
			uint32_t end = mention_end(s, k);
			add(s, out, s->who[k] - 1);
			out->from = k;
			out->to = end;
			if (!object_end(s, end, others))
				return false;
			more_objects(s, out);
			return true;
		}
		titled = has(s, k, W_TITLE) && !has(s, k, W_PREP);
		others |= is(s, k, "and");
		if (!before_object(s, k, titled) || has(s, k, W_SAY))
			return false;
	}
	return false;
}

bool pair_after(const struct scene *s, uint32_t i, struct party *out)
{
	return object_after(s, i, out) && out->n > 1;
}

bool goes_on(const struct scene *s, uint32_t i)
{
	return i >= s->n || (at(s, i)->before != ' ' && at(s, i)->before != '\n') || (has(s, i, W_AFTERWARDS | W_TIME) && !is(s, i, "with")) || (at(s, i)->flags & TOKEN_DIGITS);
}
