/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings: rows of config.def, from their defaults, then the file, then the command line.
 *
 *	struct config cfg = {0};
 *	config_defaults(&cfg); config_file(&cfg, path, &err); config_set(&cfg, "deadline", "500", &err); config_places(&cfg, &err);
 */
#ifndef DOSSIER_DAEMON_CONFIG_H
#define DOSSIER_DAEMON_CONFIG_H

#include "base/err.h"
#include "base/str.h"
#include "index/query/answer.h"
#include "index/read/reader.h"
#include "index/store/writer.h"

struct names {
	char **v;
	size_t n;
};

struct config {
#define NUMBER(field, key, unit, dflt, least, most, what) uint64_t field;
#define PATH(field, key, what) char *field;
#define SWITCH(field, key, dflt, what) bool field;
#define LIST(field, key, what) struct names field;
#include "daemon/config.def"
	char *user_data; /* $XDG_CONFIG_HOME/dossier: a user's own tables; NULL if there is no home */
};

enum config_kind { CONFIG_NUMBER, CONFIG_PATH, CONFIG_SWITCH, CONFIG_LIST };
struct config_row {
	const char *key, *unit, *what;
	enum config_kind kind;
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
/* Fills what was left empty from the environment: index, socket, data, user_data; 0 processes become counts. */
int config_places(struct config *c, struct err *err) MUST_CHECK;
uint64_t config_number(const struct config *c, const struct config_row *row); /* of NUMBER and SWITCH rows */
void config_help(struct str *out);

struct read_limits config_read_limits(const struct config *c);
struct engine_limits config_engine_limits(const struct config *c);
struct store_options config_store_options(const struct config *c);

#endif
