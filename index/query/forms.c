/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of leader i lie between start[i] and start[i + 1], folded, each after a space: " ronald reagan ron reagan". */
#include "index/query/forms.h"

#include "base/fold.h"
#include "base/mem.h"
#include "index/facts/gazetteer.h"

static bool starts_word(struct span names, struct span folded)
{
	AUTO_STR struct str part = {0};
	str_ch(&part, ' ');
	str_span(&part, folded);
	return span_find(names, str_view(&part)) >= 0;
}

bool forms_has(struct span name, struct span folded)
{
	AUTO_STR struct str s = {0};
	str_ch(&s, ' ');
	fold_name(&s, name);
	return starts_word(str_view(&s), folded);
}

static void add_form(struct str *out, struct span name)
{
	str_ch(out, '\n'); /* a part does not run from one name into the next */
	str_ch(out, ' ');
	fold_name(out, name);
}

static void make_forms(struct engine *e)
{
	size_t n = gazetteer_n_leaders(e->g);
	e->form_start = mem_alloc((n + 1) * sizeof *e->form_start);
	for (size_t i = 0; i < n; i++) {
		const struct leader *l = gazetteer_leader(e->g, i);
		names_add(&e->form_ids, l->id);
		add_form(&e->forms, l->name);
		add_form(&e->forms, l->id);
		for (uint32_t k = 0; k < l->n_aliases; k++)
			add_form(&e->forms, l->aliases[k]);
		e->form_start[i + 1] = (uint32_t)e->forms.n;
	}
}

bool forms_leader_at_has(struct engine *e, size_t index, struct span folded)
{
	if (!e->form_start)
		make_forms(e);
	return starts_word((struct span){e->forms.p + e->form_start[index], e->form_start[index + 1] - e->form_start[index]}, folded);
}

bool forms_leader_has(struct engine *e, struct span id, struct span folded)
{
	if (!e->form_start && e->g)
		make_forms(e);
	uint32_t index = names_find(&e->form_ids, id);
	return index != NO_NAME && forms_leader_at_has(e, index, folded);
}
