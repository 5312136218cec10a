/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings that hold, and where each came from: for `dossierd --check-config` as lines that are a configuration file again, for
 * GET /v1/config (`dossier config`) as JSON.
 *
 *	deadline = 500                   ; option
 *	source = /srv/articles           ; /etc/dossier/dossier.ini
 */
#include "daemon/config.h"

static const char *const origins[] = {[CONFIG_FROM_DEFAULT] = "default", [CONFIG_FROM_SYSTEM] = "system", [CONFIG_FROM_USER] = "user",
	[CONFIG_FROM_FILE] = "file", [CONFIG_FROM_OPTION] = "option"};

static const void *field_of(const struct config *c, const struct config_row *row) { return (const char *)c + row->offset; }

/* 67108864 is 64M where bytes are counted. */
static void put_value(struct str *out, const struct config_row *row, uint64_t v)
{
	static const char *const letters[] = {"", "k", "M", "G"};
	size_t k = 0;
	while (strcmp(row->unit, "bytes") == 0 && v && v % 1024 == 0 && k < 3)
		v /= 1024, k++;
	if (row->kind == CONFIG_SWITCH)
		str_z(out, v ? "yes" : "no");
	else
		str_printf(out, strcmp(row->unit, "octal") ? "%llu%s" : "%llo%s", (unsigned long long)v, letters[k]);
}

static const char *file_of(const struct config *c, enum config_origin from)
{
	return from == CONFIG_FROM_SYSTEM ? (c->named_file ? c->named_file : c->system_file) : from == CONFIG_FROM_USER ? c->user_file : from == CONFIG_FROM_FILE ? c->named_file : NULL;
}

static void put_line(const struct config *c, struct str *out, const struct config_row *row, const char *value, enum config_origin from)
{
	const char *file = file_of(c, from);
	size_t start = out->n;
	str_printf(out, "%s = ", row->key);
	if (value)
		str_z(out, value);
	else
		put_value(out, row, config_number(c, row));
	while (out->n - start < 40)
		str_ch(out, ' ');
	str_printf(out, " ; %s\n", file ? file : origins[from]);
}

void config_text(const struct config *c, struct str *out)
{
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		enum config_origin from = c->from[row - config_rows];
		const struct names *list = field_of(c, row);
		const char *path = row->kind == CONFIG_PATH ? *(char *const *)field_of(c, row) : NULL;
		if (row->kind == CONFIG_LIST)
			for (size_t i = 0; i < list->n; i++)
				put_line(c, out, row, list->v[i], list->from[i]);
		else if (row->kind != CONFIG_PATH || path)
			put_line(c, out, row, path, from);
	}
}

/* ---- JSON ---- */

static void put_file(struct jw *w, const char *path, enum config_origin from, bool read)
{
	if (!path)
		return;
	jw_open(w, '{');
	jw_field_z(w, "path", path);
	jw_field_z(w, "from", origins[from]);
	jw_field_bool(w, "read", read);
	jw_close(w, '}');
}

static void put_json_value(struct jw *w, const struct config *c, const struct config_row *row, const char *text)
{
	if (row->kind == CONFIG_NUMBER)
		jw_int(w, (int64_t)config_number(c, row));
	else if (row->kind == CONFIG_SWITCH)
		jw_bool(w, config_number(c, row));
	else
		jw_z(w, text);
}

static const char *path_of(const struct config *c, const struct config_row *row) { return row->kind == CONFIG_PATH ? *(char *const *)field_of(c, row) : NULL; }

static void put_setting(struct jw *w, const struct config *c, const struct config *wanted, const struct config_row *row, const char *text, enum config_origin from)
{
	bool number = row->kind == CONFIG_NUMBER, choice = row->kind == CONFIG_SWITCH;
	jw_open(w, '{');
	jw_field_z(w, "key", row->key);
	jw_key(w, "value");
	put_json_value(w, c, row, text);
	jw_key(w, "default");
	if (number)
		jw_int(w, (int64_t)row->dflt);
	else if (choice)
		jw_bool(w, row->dflt);
	else
		jw_null(w);
	jw_field_z(w, "unit", row->unit);
	jw_field_z(w, "change", row->when == CONFIG_LIVE ? "reload" : "restart");
	if (wanted && row->when == CONFIG_START && config_differs(c, wanted, row)) {
		jw_key(w, "waiting");
		put_json_value(w, wanted, row, path_of(wanted, row));
	}
	jw_field_z(w, "from", origins[from]);
	jw_field_z(w, "what", row->what);
	jw_close(w, '}');
}

void config_json(const struct config *c, const struct config *wanted, struct jw *w)
{
	jw_key(w, "files");
	jw_open(w, '[');
	put_file(w, c->named_file, c->named_file && strcmp(c->named_file, DOSSIER_CONFIG_FILE) == 0 ? CONFIG_FROM_SYSTEM : CONFIG_FROM_FILE, true);
	put_file(w, c->system_file, CONFIG_FROM_SYSTEM, c->system_read);
	put_file(w, c->user_file, CONFIG_FROM_USER, c->user_read);
	jw_close(w, ']');
	jw_key(w, "settings");
	jw_open(w, '[');
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		enum config_origin from = c->from[row - config_rows];
		const struct names *list = field_of(c, row);
		for (size_t i = 0; row->kind == CONFIG_LIST && i < list->n; i++)
			put_setting(w, c, wanted, row, list->v[i], list->from[i]);
		if (row->kind != CONFIG_LIST || list->n == 0)
			put_setting(w, c, wanted, row, path_of(c, row), from);
	}
	jw_close(w, ']');
}
