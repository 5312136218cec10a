/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings: the rows of config.def read from text, and the places that follow from the environment. Nothing here is opened but the file. */
#include "daemon/config.h"

#include "base/io.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST (1 << 20)
#define LINE_MOST 198 /* inih's, with the end of the line */

const struct config_row config_rows[] = {
#define NUMBER(field, key, when, unit, dflt, least, most, what) {key, unit, what, CONFIG_NUMBER, CONFIG_##when, offsetof(struct config, field), dflt, least, most},
#define PATH(field, key, when, what) {key, "path", what, CONFIG_PATH, CONFIG_##when, offsetof(struct config, field), 0, 0, 0},
#define SWITCH(field, key, when, dflt, what) {key, "yes or no", what, CONFIG_SWITCH, CONFIG_##when, offsetof(struct config, field), dflt, 0, 1},
#define LIST(field, key, when, what) {key, "", what, CONFIG_LIST, CONFIG_##when, offsetof(struct config, field), 0, 0, 0},
#include "daemon/config.def"
};
const size_t config_n_rows = sizeof config_rows / sizeof *config_rows;

static void *field_of(struct config *c, const struct config_row *row) { return (char *)c + row->offset; }

void config_clear_names(struct names *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v), free(list->from);
	*list = (struct names){0};
}

void config_defaults(struct config *c)
{
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		if (row->kind == CONFIG_NUMBER)
			*(uint64_t *)field_of(c, row) = row->dflt;
		else if (row->kind == CONFIG_SWITCH)
			*(bool *)field_of(c, row) = row->dflt;
	}
}

void config_done(struct config *c)
{
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		if (row->kind == CONFIG_PATH)
			free(*(char **)field_of(c, row));
		else if (row->kind == CONFIG_LIST)
			config_clear_names(field_of(c, row));
	}
	free(c->system_file), free(c->user_file), free(c->named_file);
	free(c->user_data);
	*c = (struct config){0};
}

uint64_t config_number(const struct config *c, const struct config_row *row)
{
	const char *at = (const char *)c + row->offset;
	return row->kind == CONFIG_SWITCH ? *(const bool *)at : *(const uint64_t *)at;
}

/* "64M" -> 67108864. The socket's mode is octal, as everywhere. */
static bool number_of(const char *text, int base, uint64_t *out)
{
	char *end;
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	unsigned long long v = strtoull(text, &end, base);
	if (errno)
		return false;
	unsigned shift = *end == 'k' || *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
	if (end[shift != 0] || (shift && v > UINT64_MAX >> shift))
		return false;
	*out = (uint64_t)v << shift;
	return true;
}

static int set_number(struct config *c, const struct config_row *row, const char *value, struct err *err)
{
	uint64_t v;
	bool octal = strcmp(row->unit, "octal") == 0;
	if (number_of(value, octal ? 8 : 10, &v) && v >= row->least && v <= row->most) {
		*(uint64_t *)field_of(c, row) = v;
		return 0;
	}
	return err_set(err, ERR_BAD_CONFIG, octal ? "%s = %s: give a number from %llo to %llo (%s)" : "%s = %s: give a number from %llu to %llu (%s)",
		row->key, value, (unsigned long long)row->least, (unsigned long long)row->most, row->unit[0] ? row->unit : "a factor");
}

static int set_switch(struct config *c, const struct config_row *row, const char *value, struct err *err)
{
	static const char *const words[] = {"no", "false", "off", "0", "yes", "true", "on", "1"};
	for (size_t i = 0; i < 8; i++) {
		if (strcmp(value, words[i]))
			continue;
		*(bool *)field_of(c, row) = i >= 4;
		return 0;
	}
	return err_set(err, ERR_BAD_CONFIG, "%s = %s: give yes or no", row->key, value);
}

void config_add_name(struct names *list, const char *value, enum config_origin origin)
{
	list->v = mem_resize(list->v, (list->n + 1) * sizeof *list->v);
	list->from = mem_resize(list->from, (list->n + 1) * sizeof *list->from);
	list->v[list->n] = mem_dup(value, strlen(value) + 1);
	list->from[list->n++] = (unsigned char)origin;
}

static int set_text(struct config *c, const struct config_row *row, const char *value, struct err *err)
{
	if (!*value)
		return err_set(err, ERR_BAD_CONFIG, "%s is empty: give a value, or leave it out", row->key);
	if (row->kind == CONFIG_LIST)
		return config_add_name(field_of(c, row), value, c->origin), 0;
	char **path = field_of(c, row);
	free(*path);
	*path = mem_dup(value, strlen(value) + 1);
	return 0;
}

/* What the system's file says of places and rights is meant for the system's daemon. */
static bool for_system_alone(const struct config *c, const struct config_row *row)
{
	bool place = row->kind == CONFIG_PATH || row->kind == CONFIG_LIST || row->offset == offsetof(struct config, socket_mode) || row->offset == offsetof(struct config, system);
	return c->origin == CONFIG_FROM_SYSTEM && !c->system && place;
}

int config_set(struct config *c, const char *key, const char *value, struct err *err)
{
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		if (strcmp(row->key, key))
			continue;
		if (for_system_alone(c, row))
			return 0;
		int rc = row->kind == CONFIG_NUMBER ? set_number(c, row, value, err) : row->kind == CONFIG_SWITCH ? set_switch(c, row, value, err) : set_text(c, row, value, err);
		if (rc == 0)
			c->from[row - config_rows] = (unsigned char)c->origin;
		return rc;
	}
	return err_set(err, ERR_BAD_CONFIG, "%s: no such setting; dossierd --help lists them", key);
}

struct file_reading {
	struct config *c;
	struct err err;
};

static int one_line(void *arg, const char *section, const char *name, const char *value)
{
	struct file_reading *f = arg;
	if (*section && strcmp(section, "dossier"))
		return err_set(&f->err, ERR_BAD_CONFIG, "section [%s] is not known; settings need none", section), 0;
	return config_set(f->c, name, value, &f->err) == 0;
}

/* What the reader of ini files would cut, or take for an end, without a word. */
static int check_lines(struct span text, const char *path, struct err *err)
{
	struct span line;
	for (int n = 1; span_cut(&text, '\n', &line); n++) {
		if (line.n > LINE_MOST)
			return err_set(err, ERR_BAD_CONFIG, "%s line %d: longer than %d bytes", path, n, LINE_MOST);
		if (line.n && memchr(line.p, 0, line.n))
			return err_set(err, ERR_BAD_CONFIG, "%s line %d: a NUL byte: this is no text", path, n);
	}
	return 0;
}

int config_file(struct config *c, const char *path, struct err *err)
{
	struct file_reading f = {.c = c};
	AUTO_STR struct str text = {0};
	int rc = strcmp(path, "/dev/null") ? io_read_regular(path, FILE_MOST, &text, err) : 0; /* a pipe would hold up a reload for ever */
	rc = rc ? rc : check_lines(str_view(&text), path, err);
	if (rc)
		return rc;
	int line = ini_parse_string(str_cz(&text), one_line, &f);
	if (line == 0)
		return 0;
	return err_set(err, ERR_BAD_CONFIG, "%s line %d: %s", path, line, f.err.code ? f.err.msg : "this is no line of the kind key = value");
}

/* $VARIABLE/tail, or $HOME/fallback/tail; NULL when neither is set. Relative values are ignored, as the XDG rules say. */
static char *xdg(const char *variable, const char *fallback, const char *tail)
{
	const char *dir = getenv(variable), *home = getenv("HOME");
	struct str s = {0};
	if (dir && *dir == '/')
		str_printf(&s, "%s/%s", dir, tail);
	else if (fallback && home && *home == '/')
		str_printf(&s, "%s/%s/%s", home, fallback, tail);
	return s.p;
}

static int file_if_there(struct config *c, const char *path, enum config_origin origin, bool *read, struct err *err)
{
	if (!path || access(path, F_OK) != 0)
		return 0;
	*read = true;
	c->origin = origin;
	return config_file(c, path, err);
}

int config_files(struct config *c, const char *named, struct err *err)
{
	if (named) {
		c->named_file = mem_dup(named, strlen(named) + 1);
		c->origin = strcmp(named, DOSSIER_CONFIG_FILE) ? CONFIG_FROM_FILE : CONFIG_FROM_SYSTEM;
		return config_file(c, named, err);
	}
	c->system_file = mem_dup(DOSSIER_CONFIG_FILE, sizeof DOSSIER_CONFIG_FILE);
	c->user_file = c->system ? NULL : xdg("XDG_CONFIG_HOME", ".config", "dossier/dossier.ini");
	int rc = file_if_there(c, c->system_file, CONFIG_FROM_SYSTEM, &c->system_read, err);
	return rc ? rc : file_if_there(c, c->user_file, CONFIG_FROM_USER, &c->user_read, err);
}

static char *socket_place(void)
{
	char *p = xdg("XDG_RUNTIME_DIR", NULL, "dossier/dossier.sock");
	if (p)
		return p;
	char dir[64];
	snprintf(dir, sizeof dir, "/run/user/%u", (unsigned)getuid());
	struct str s = {0};
	if (getuid() == 0)
		str_z(&s, "/run/dossier/dossier.sock");
	else if (access(dir, W_OK) == 0)
		str_printf(&s, "%s/dossier/dossier.sock", dir);
	else /* no session that made a folder for sockets: beside the index */
		return xdg("XDG_DATA_HOME", ".local/share", "dossier/dossier.sock");
	return s.p;
}

static bool has_tables(const char *dir)
{
	AUTO_STR struct str s = {0};
	str_printf(&s, "%s/leaders.tsv", dir);
	return access(s.p, R_OK) == 0;
}

/* The installed tables; else those beside a build tree's binary (build/bin/dossierd -> data). */
static char *data_place(void)
{
	const char *set = getenv("DOSSIER_DATA");
	if (set && *set)
		return mem_dup(set, strlen(set) + 1);
	if (has_tables(DOSSIER_DATA_DIR))
		return mem_dup(DOSSIER_DATA_DIR, sizeof DOSSIER_DATA_DIR);
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n > 0) {
		exe[n] = 0;
		char *slash = strrchr(exe, '/');
		*slash = 0;
		struct str s = {0};
		str_printf(&s, "%s/../../data", exe);
		if (has_tables(s.p))
			return s.p;
		str_done(&s);
	}
	return mem_dup(DOSSIER_DATA_DIR, sizeof DOSSIER_DATA_DIR);
}

int config_places(struct config *c, struct err *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (!c->search_workers)
		c->search_workers = cores < 2 ? 2 : cores > 16 ? 16 : (uint64_t)cores;
	if (!c->readers)
		c->readers = cores < 1 ? 1 : cores > 32 ? 32 : (uint64_t)cores;
	if (c->held_bytes_uid > c->held_bytes)
		c->held_bytes_uid = c->held_bytes;
	if (c->document_bytes > c->held_bytes_uid / 2) /* (an analyze request is there twice) */
		c->document_bytes = c->held_bytes_uid / 2;
	if (!c->socket_mode)
		c->socket_mode = c->system ? 0660 : 0600;
	if (!c->index && !(c->index = c->system ? mem_dup("/var/lib/dossier/index", 23) : xdg("XDG_DATA_HOME", ".local/share", "dossier/index")))
		return err_set(err, ERR_BAD_CONFIG, "no home folder is known: say where the index shall be with --index DIR");
	if (!c->socket && !(c->socket = c->system ? mem_dup("/run/dossier/dossier.sock", 26) : socket_place()))
		return err_set(err, ERR_BAD_CONFIG, "neither XDG_RUNTIME_DIR nor a home folder is known: say where the socket shall be with --socket PATH");
	if (!c->data)
		c->data = data_place();
	if (!c->user_data)
		c->user_data = c->system ? mem_dup("/etc/dossier", 13) : xdg("XDG_CONFIG_HOME", ".config", "dossier");
	return 0;
}

void config_help(struct str *out)
{
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		str_printf(out, "  --%s %s\n        %s", row->key, row->kind == CONFIG_SWITCH ? "yes|no" : row->kind == CONFIG_LIST ? "VALUE" : row->unit[0] ? row->unit : "N", row->what);
		if (row->kind == CONFIG_NUMBER)
			str_printf(out, " (default %llu)", (unsigned long long)row->dflt);
		else if (row->kind == CONFIG_SWITCH)
			str_printf(out, " (default %s)", row->dflt ? "yes" : "no");
		str_ch(out, '\n');
	}
}

struct read_limits config_read_limits(const struct config *c)
{
	struct read_limits l = reader_default_limits();
	l.file_bytes = c->file_bytes;
	l.text_bytes = c->text_bytes;
	l.line_bytes = c->line_bytes;
	l.ratio = (uint32_t)c->ratio;
	l.json_depth = (uint32_t)c->json_depth;
	return l;
}

struct engine_limits config_engine_limits(const struct config *c)
{
	struct engine_limits l = engine_default_limits();
#define TAKE(field) l.field = (uint32_t)c->field
	TAKE(query_bytes), TAKE(leaves), TAKE(depth), TAKE(phrase_words), TAKE(near_window), TAKE(wildcards), TAKE(wildcard_prefix);
	TAKE(expansion), TAKE(results), TAKE(facet_values), TAKE(buckets), TAKE(soft_deadline_ms);
#undef TAKE
	l.cache_bytes = c->cache_bytes;
	return l;
}

#define QUICK_COMMITS 256 /* between two whole ones; revisions are kept free for them */
struct store_options config_store_options(const struct config *c)
{
	struct store_options o = store_default_options();
	o.seal_documents = (uint32_t)c->seal_documents;
	o.seal_bytes = c->seal_bytes;
	o.max_segments = (uint32_t)c->max_segments;
	o.builders = (uint32_t)c->builders;
	o.quick_most = QUICK_COMMITS;
	o.no_sync = c->no_sync;
	o.keep_xapian = c->keep_xapian;
	return o;
}
