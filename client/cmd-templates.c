/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier templates: boilerplate that was learnt of a source and is left out of its articles; and switching that off or on. */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <string.h>

static void put_template(const struct call *c, const json_t *t)
{
	if (c->csv) {
		csv_field(get(t, "source"), false);
		csv_field(json_is_true(json_object_get(t, "on")) ? "on" : "off", false);
		csv_number(number(t, "documents"), false);
		csv_number(number(t, "of"), false);
		csv_field(get(t, "text"), true);
		return;
	}
	style_on(STYLE_BOLD);
	put_text(get(t, "source"));
	style_off();
	put_format("  in %lld of %lld%s\n", (long long)number(t, "documents"), (long long)number(t, "of"),
		json_is_true(json_object_get(t, "on")) ? "" : ", switched off: kept in the text");
	put_blanks(4);
	wrap_begin(4, 4);
	wrap_text(get(t, "text"), STYLE_PLAIN);
	wrap_end();
}

static int set_switch(struct call *c, const char *source)
{
	json_t *body = json_pack("{s:s,s:b}", "source", source, "on", c->on), *answer = NULL;
	char *text = json_dumps(body, 0);
	int rc = dossier_request(c->daemon, "POST", "/v1/templates", NULL, "application/json", text, strlen(text), NULL, NULL);
	json_decref(body);
	json_decref(answer);
	free(text);
	if (rc != 0)
		return call_failed(c);
	say(c, c->on ? "what recurs in articles of %s is left out from now on" : "articles of %s that are read from now on are kept whole", source);
	return EXIT_FOUND;
}

int cmd_templates(struct call *c)
{
	json_t *answer = NULL, *t;
	size_t i;
	if (c->n_words > 1 || ((c->on || c->off) && (c->n_words != 1 || c->on == c->off))) {
		complain(c, "takes a source, and --on or --off for it");
		return advise(EXIT_USAGE, "try: dossier templates");
	}
	if (c->on || c->off)
		return set_switch(c, c->words[0]);
	if (c->n_words)
		call_param(c, "source", c->words[0]);
	int rc = call_get_json(c, "/v1/templates", &answer);
	if (rc == 0 && c->csv)
		put_raw("source,state,documents,of,text\n");
	json_array_foreach(json_object_get(answer, "templates"), i, t) if (!c->json) put_template(c, t);
	if (rc == 0 && i == 0 && c->n_words) {
		say(c, "Nothing recurs often enough in articles of a source called %s to be boilerplate.", c->words[0]);
		hint(c, "dossier facets --facets source  # the sources");
	} else if (rc == 0 && i == 0)
		say(c, "Nothing recurs often enough in any source to be boilerplate.");
	json_decref(answer);
	return rc ? rc : i ? EXIT_FOUND : EXIT_NOTHING;
}
