/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings: rows of config.def, from their defaults, then the files, then the command line. Each value remembers where it came from.
 *
 *	struct config cfg = {0};
 *	config_defaults(&cfg); config_files(&cfg, NULL, &err);
 *	cfg.origin = CONFIG_FROM_OPTION; config_set(&cfg, "deadline", "500", &err); config_places(&cfg, &err);
 */
#ifndef DOSSIER_DAEMON_CONFIG_H
#define DOSSIER_DAEMON_CONFIG_H

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "index/query/answer.h"
#include "index/read/reader.h"
#include "index/store/writer.h"

struct names {
	char **v;
	unsigned char *from; /* where each came from */
	size_t n;
};

enum config_origin { CONFIG_FROM_DEFAULT, CONFIG_FROM_SYSTEM, CONFIG_FROM_USER, CONFIG_FROM_FILE, CONFIG_FROM_OPTION };
enum { /* rows by their places in the table */
#define NUMBER(field, key, when, unit, dflt, least, most, what) CONFIG_ROW_##field,
#define PATH(field, key, when, what) CONFIG_ROW_##field,
#define SWITCH(field, key, when, dflt, what) CONFIG_ROW_##field,
#define LIST(field, key, when, what) CONFIG_ROW_##field,
#include "daemon/config.def"
	CONFIG_ROWS_
};

struct config {
#define NUMBER(field, key, when, unit, dflt, least, most, what) uint64_t field;
#define PATH(field, key, when, what) char *field;
#define SWITCH(field, key, when, dflt, what) bool field;
#define LIST(field, key, when, what) struct names field;
#include "daemon/config.def"
	enum config_origin origin;        /* of what is set from now on */
	unsigned char from[CONFIG_ROWS_]; /* enum config_origin */
	char *system_file, *user_file, *named_file; /* the files that are looked for; NULL: not this one */
	bool system_read, user_read;      /* it was there */
	char *user_data; /* $XDG_CONFIG_HOME/dossier: a user's own tables; NULL if there is no home */
};

enum config_kind { CONFIG_NUMBER, CONFIG_PATH, CONFIG_SWITCH, CONFIG_LIST };
enum config_when { CONFIG_LIVE, CONFIG_START }; /* a reload takes it up; it waits for the next start */
struct config_row {
	const char *key, *unit, *what;
	enum config_kind kind;
	enum config_when when;
	size_t offset;
	uint64_t dflt, least, most;
};
extern const struct config_row config_rows[];
extern const size_t config_n_rows;

void config_defaults(struct config *c);
void config_done(struct config *c);
/* One setting as text. Unknown keys and bad values: ERR_BAD_CONFIG, naming the key and what is allowed. Sizes may end in k, M, G. */
int config_set(struct config *c, const char *key, const char *value, struct err *err) MUST_CHECK;
int config_file(struct config *c, const char *path, struct err *err) MUST_CHECK; /* errors name the line */
/*
 * The file that is named, alone; else those that are there: for the system's daemon /etc/dossier/dossier.ini; for a user's own that
 * file and then $XDG_CONFIG_HOME/dossier/dossier.ini. Of the system's file a user's daemon leaves out what says where things are and
 * who may (paths, lists, socket-mode, system): those are the system daemon's.
 */
int config_files(struct config *c, const char *named, struct err *err) MUST_CHECK;
/* Fills what was left empty from the environment: index, socket, data, user_data; 0 processes become counts. */
int config_places(struct config *c, struct err *err) MUST_CHECK;
void config_clear_names(struct names *list);
void config_add_name(struct names *list, const char *value, enum config_origin origin);
uint64_t config_number(const struct config *c, const struct config_row *row); /* of NUMBER and SWITCH rows */
void config_help(struct str *out);

/* A reload (config-change.c). `fresh` was read as at the start. */
bool config_differs(const struct config *a, const struct config *b, const struct config_row *row);
size_t config_take(struct config *c, struct config *fresh); /* what is LIVE, and differs: exchanged. So many rows. */
void config_pack(const struct config *c, struct str *out);  /* what is LIVE, for another process … */
void config_unpack(struct config *c, struct span packed);   /* … that has a copy of the settings, and owns its lists */

/* What holds, as lines that are a configuration file again: "deadline = 2000 ; default" (config-show.c). */
void config_text(const struct config *c, struct str *out);
/*
 * {"files":[{"path","from","read"}],"settings":[{"key","value","default","unit","change","waiting","from","what"}]}, without the brackets around it.
 * wanted: as the files were at the last reload, for "waiting"; NULL: there was none.
 */
void config_json(const struct config *c, const struct config *wanted, struct jw *w);

struct read_limits config_read_limits(const struct config *c);
struct engine_limits config_engine_limits(const struct config *c);
struct store_options config_store_options(const struct config *c);

#endif
