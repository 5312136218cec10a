/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier config [NAME…]: the settings of the daemon that runs, and where each came from.
 *
 *	/etc/dossier/dossier.ini              read
 *	/home/anna/.config/dossier/dossier.ini  not there
 *
 *	setting               value                    from
 *	deadline              500 ms                   option
 *	cache                 256M                     user
 */
#include "client/help.h"
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <string.h>

static const char *amount(char buf[64], long long v, const char *unit)
{
	int k = 0;
	if (strcmp(unit, "octal") == 0)
		return snprintf(buf, 64, "%llo", (unsigned long long)v), buf;
	if (strcmp(unit, "bytes") != 0)
		return snprintf(buf, 64, "%lld%s%s", v, *unit ? " " : "", unit), buf;
	while (v && v % 1024 == 0 && k < 3)
		v /= 1024, k++;
	return snprintf(buf, 64, k ? "%lld%c" : "%lld bytes", v, "\0kMG"[k]), buf;
}

static const char *value_words(char buf[64], const json_t *setting, const char *member)
{
	const json_t *v = json_object_get(setting, member);
	if (json_is_integer(v))
		return amount(buf, json_integer_value(v), get(setting, "unit"));
	return json_is_boolean(v) ? (json_is_true(v) ? "yes" : "no") : json_is_string(v) ? json_string_value(v) : "";
}

static bool asked_for(const struct call *c, const char *key)
{
	for (size_t i = 0; i < c->n_words; i++)
		if (strcmp(c->words[i], key) == 0)
			return true;
	return c->n_words == 0;
}

static bool known(const json_t *settings, const char *key)
{
	size_t i;
	json_t *s;
	json_array_foreach(settings, i, s) if (strcmp(get(s, "key"), key) == 0) return true;
	return false;
}

static int complain_unknown(const struct call *c, const json_t *settings, const char *key)
{
	const char *best = NULL;
	size_t i, least = TOO_FAR;
	json_t *s;
	json_array_foreach(settings, i, s) consider(key, get(s, "key"), &best, &least);
	complain(c, "no setting %s%s%s%s", key, best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
	return advise(EXIT_NOTHING, "try: dossier config%s%s", best ? " " : "", best ? best : "");
}

/* The last reload found files that are wrong. */
static void put_problem(const char *problem)
{
	if (!*problem)
		return;
	wrap_begin(0, 2);
	wrap_text("not taken up, and the settings before stay: ", STYLE_BOLD);
	wrap_text(problem, STYLE_PLAIN);
	wrap_end();
}

static void put_files(const json_t *answer)
{
	size_t i;
	json_t *f;
	json_array_foreach(json_object_get(answer, "files"), i, f) {
		put_text(get(f, "path"));
		put_raw(json_is_true(json_object_get(f, "read")) ? "  (" : "  (not there; ");
		put_text(get(f, "from"));
		put_raw(")\n");
	}
	put_problem(get(answer, "problem"));
	put_raw("\n");
	style_on(STYLE_BOLD);
	put_cells("setting", 22);
	put_cells("value", 30);
	put_raw(" from\n");
	style_off();
}

/* What a reload read, and only the next start takes up. */
static void put_waiting(const json_t *s)
{
	char words[64];
	if (!json_object_get(s, "waiting"))
		return;
	put_raw(" (");
	put_text(*value_words(words, s, "waiting") ? value_words(words, s, "waiting") : "another");
	put_raw(" after a restart)");
}

static void put_setting(const json_t *s)
{
	char words[64];
	const char *value = value_words(words, s, "value");
	bool changed = strcmp(get(s, "from"), "default") != 0;
	if (changed)
		style_on(STYLE_BOLD);
	put_cells(get(s, "key"), 22);
	if (output_width() < 70) /* no room for columns */
		put_raw("\n  ");
	if (output_width() < 70 || cells_of(value) > 30)
		put_text(value);
	else
		put_cells(value, 30);
	put_raw(" ");
	put_text(get(s, "from"));
	if (changed)
		style_off();
	put_waiting(s);
	put_raw("\n");
}

static void csv_setting(const json_t *s)
{
	char words[64];
	csv_field(get(s, "key"), false);
	csv_field(value_words(words, s, "value"), false);
	csv_field(value_words(words, s, "default"), false);
	csv_field(get(s, "from"), false);
	csv_field(get(s, "what"), false);
	csv_field(get(s, "change"), false);
	csv_field(value_words(words, s, "waiting"), true);
}

/* One setting by its name is wanted for what it is: told in full. */
static void put_in_full(const json_t *s)
{
	char words[64];
	put_setting(s);
	put_blanks(2);
	wrap_begin(2, 2);
	wrap_text(get(s, "what"), STYLE_PLAIN);
	if (*value_words(words, s, "default")) {
		wrap_text("; default ", STYLE_PLAIN);
		wrap_text(value_words(words, s, "default"), STYLE_PLAIN);
	}
	if (strcmp(get(s, "change"), "restart") == 0)
		wrap_text("; a change waits for a restart", STYLE_PLAIN);
	wrap_end();
}

int cmd_config(struct call *c)
{
	json_t *answer = NULL, *s;
	int rc = call_get_json(c, "/v1/config", &answer);
	size_t i, shown = 0;
	if (rc == 0 && c->csv)
		put_raw("setting,value,default,from,what,change,waiting\n");
	else if (rc == 0 && !c->json && c->n_words == 0)
		put_files(answer);
	json_array_foreach(json_object_get(answer, "settings"), i, s) {
		if (!asked_for(c, get(s, "key")))
			continue;
		shown++;
		if (c->csv)
			csv_setting(s);
		else if (!c->json && c->n_words)
			put_in_full(s);
		else if (!c->json)
			put_setting(s);
	}
	for (i = 0; rc == 0 && i < c->n_words; i++)
		if (!known(json_object_get(answer, "settings"), c->words[i]))
			rc = complain_unknown(c, json_object_get(answer, "settings"), c->words[i]);
	json_decref(answer);
	return rc ? rc : shown ? EXIT_FOUND : EXIT_NOTHING;
}
