/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * corrections.tsv: what a user knows better. Columns: action, leader, value, document. A row that can do nothing is told and left out.
 *
 *	merge a b, merge b c:  a ─► b ─► c   is kept as a ─► c, b ─► c; what would close a circle is refused
 */
#include "index/facts/gazetteer-inner.h"

#include "base/fold.h"

#define ROWS_MAX      20000 /* all of "split" and "ignore" are asked for each leader when tables are compared */
#define ALIASES_LIMIT 32000 /* bytes of one leader */
#define WORDS_MAX     16

enum { K_ACTION, K_LEADER, K_VALUE, K_DOCUMENT };
static const char *const correction_columns[] = {"action", "leader", "value", "document", NULL};

#define SHOWN(s) (int)((s).n > 60 ? 60 : (s).n), (s).p

static void remove_form(struct gazetteer *g, struct person *p, struct span form)
{
	AUTO_STR struct str kept = {0};
	struct span *lists[] = {&p->alias_list, &p->family_list, &p->given_list};
	for (size_t i = 0; i < 3; i++) {
		struct span rest = *lists[i], item;
		str_clear(&kept);
		while (span_cut(&rest, '|', &item)) {
			if (span_eq(span_starts(item, "=") ? span_sub(item, 1, item.n) : item, form))
				continue;
			if (kept.n)
				str_ch(&kept, '|');
			str_span(&kept, item);
		}
		*lists[i] = arena_span(&g->arena, str_view(&kept));
	}
}

static bool listed(struct span list, struct span form)
{
	struct span item;
	while (span_cut(&list, '|', &item))
		if (span_eq(item, form))
			return true;
	return false;
}

static void add_alias(struct table *t, struct person *p, struct span form)
{
	if (listed(p->alias_list, form))
		return;
	if (p->alias_list.n + form.n > ALIASES_LIMIT)
		problem_add(t->g, t->file, t->line, "%.*s has too many aliases; the row is left out", SPAN_ARG(p->pub.id));
	else
		p->alias_list = p->alias_list.n ? arena_printf(&t->g->arena, "%.*s|%.*s", SPAN_ARG(p->alias_list), SPAN_ARG(form)) : form;
}

/* In the end. */
static int32_t counts_for(const struct gazetteer *g, int32_t who)
{
	while (g->merged[who] >= 0)
		who = g->merged[who];
	return who;
}

static void merge_into(struct table *t, int32_t who, struct span value)
{
	struct gazetteer *g = t->g;
	int32_t into = person_find(g, value);
	if (into < 0)
		problem_add(g, t->file, t->line, "merge: no leader \"%.*s\" to merge into; the row is left out", SHOWN(value));
	else if (g->merged[who] >= 0)
		problem_add(g, t->file, t->line, "merge: %.*s is merged already, into %.*s; the row is left out", SPAN_ARG(g->people[who].pub.id), SPAN_ARG(g->people[g->merged[who]].pub.id));
	else if (counts_for(g, into) == who)
		problem_add(g, t->file, t->line, "merge: %.*s counts for %.*s itself; the row is left out", SPAN_ARG(g->people[into].pub.id), SPAN_ARG(g->people[who].pub.id));
	else {
		g->merged[who] = into;
		add_alias(t, &g->people[into], g->people[who].pub.name);
	}
}

static void add(struct table *t, struct correction **v, size_t *n, size_t *cap, struct correction c)
{
	if (*n >= ROWS_MAX)
		problem_add(t->g, t->file, t->line, "more than %d rows of this kind; the row is left out", ROWS_MAX);
	else
		*arena_push(&t->g->arena, *v, *n, *cap) = c;
}

/* Can the name be looked for? Says why not. */
static bool name_usable(const struct table *t)
{
	struct span f = t->field[K_VALUE];
	AUTO_STR struct str folded = {0};
	size_t words = 0;
	fold_name(&folded, f);
	struct span rest = span_trim(str_view(&folded)), word;
	while (span_cut(&rest, ' ', &word))
		words += word.n > 0;
	if (f.n > FORM_LIMIT || words > WORDS_MAX)
		problem_add(t->g, t->file, t->line, "the name is longer than %d bytes or %d words; the row is left out", FORM_LIMIT, WORDS_MAX);
	else if (!words)
		problem_add(t->g, t->file, t->line, "%.*s: a name is missing in the column \"value\"; the row is left out", SHOWN(t->field[K_ACTION]));
	return words && words <= WORDS_MAX && f.n <= FORM_LIMIT;
}

static void act(struct table *t, int32_t who)
{
	struct gazetteer *g = t->g;
	struct person *p = &g->people[who];
	struct span action = t->field[K_ACTION], value = t->field[K_VALUE], document = t->field[K_DOCUMENT];
	bool split = span_is(action, "split");
	if (span_is(action, "not-in-document")) {
		if (document.n)
			add(t, &g->absent, &g->n_absent, &g->cap_absent, (struct correction){.leader = who, .document = document});
		else
			problem_add(g, t->file, t->line, "not-in-document: the document's id is missing, in the fourth column; the row is left out");
	} else if ((span_is(action, "ignore") && !value.n) || ((span_is(action, "ignore") || split) && name_usable(t))) {
		if (split)
			remove_form(g, p, value);
		add(t, &g->ignored, &g->n_ignored, &g->cap_ignored, (struct correction){.leader = who, .form = value});
	} else if (span_is(action, "merge")) {
		merge_into(t, who, value);
	} else if (span_is(action, "rename") && name_usable(t)) {
		add_alias(t, p, p->pub.name);
		p->pub.name = value;
	} else if (span_is(action, "alias") && name_usable(t)) {
		add_alias(t, p, value);
	}
}

static bool known_action(struct span action)
{
	static const char *const all[] = {"alias", "rename", "merge", "split", "ignore", "not-in-document"};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (span_is(action, all[i]))
			return true;
	return false;
}

static bool same_letters(struct span a, struct span b)
{
	bool same = a.n == b.n;
	for (size_t i = 0; same && i < a.n; i++)
		same = (a.p[i] | 32) == (b.p[i] | 32);
	return same;
}

static void say_unknown(const struct table *t, struct span id)
{
	for (size_t i = 0; i < t->g->n_people && t->g->n_problems < PROBLEMS_MAX; i++)
		if (same_letters(t->g->people[i].pub.name, id) || same_letters(t->g->people[i].pub.id, id)) {
			problem_add(t->g, t->file, t->line, "no leader \"%.*s\"; the id is %.*s; the row is left out", SHOWN(id), SPAN_ARG(t->g->people[i].pub.id));
			return;
		}
	problem_add(t->g, t->file, t->line, "no leader \"%.*s\" (\"dossier leaders NAME\" shows the id); the row is left out", SHOWN(id));
}

static void correction_row(struct table *t)
{
	struct span action = t->field[K_ACTION], id = t->field[K_LEADER];
	int32_t who = person_find(t->g, id);
	if (!id.n)
		problem_add(t->g, t->file, t->line, "no second column: columns are parted by a tab, not by spaces; the row is left out");
	else if (!known_action(action))
		problem_add(t->g, t->file, t->line, "\"%.*s\" is not alias, rename, merge, split, ignore or not-in-document; the row is left out", SHOWN(action));
	else if (who < 0)
		say_unknown(t, id);
	else
		act(t, who);
}

void corrections_read(struct gazetteer *g, const char *dir)
{
	g->merged = arena_array(&g->arena, int32_t, g->n_people + 1);
	g->n_merged = g->n_people;
	for (size_t i = 0; i < g->n_people; i++)
		g->merged[i] = -1;
	if (dir)
		table_read(g, dir, "corrections.tsv", correction_columns, correction_row, true);
	for (size_t i = 0; i < g->n_people; i++)
		if (g->merged[i] >= 0)
			g->merged[i] = counts_for(g, g->merged[i]);
}
