/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of options.def as arrays, the help texts made from them, and near misses. */
#ifndef DOSSIER_CLIENT_HELP_H
#define DOSSIER_CLIENT_HELP_H

#include "client/client.h"

struct command_row {
	const char *name, *arguments, *summary;
};
struct refused_row {
	enum command command;
	const char *option, *why, *instead;
};
struct option_row {
	const char *long_name, *parameter, *argument, *summary;
	unsigned where; /* bit c: belongs to command c */
	char short_name;
	bool repeats; /* may be given again: filters, of which all must hold */
};

#define IN_SEARCH   (1u << COMMAND_search)
#define IN_SHOW     (1u << COMMAND_show)
#define IN_SIMILAR  (1u << COMMAND_similar)
#define IN_ADD      (1u << COMMAND_add)
#define IN_LEADERS  (1u << COMMAND_leaders)
#define IN_ANALYZE  (1u << COMMAND_analyze)
#define IN_SOURCES  (1u << COMMAND_sources)
#define IN_TEMPLATES (1u << COMMAND_templates)
#define IN_CONFIG   (1u << COMMAND_config)
#define IN_STATUS   (1u << COMMAND_status)
#define IN_FACETS   (1u << COMMAND_facets)
#define IN_TIMELINE (1u << COMMAND_timeline)
#define IN_WHO_ALONE (1u << COMMAND_who)
#define IN_WHO      (1u << COMMAND_who | 1u << COMMAND_meetings)
#define IN_MEETINGS (1u << COMMAND_meetings)
#define IN_COUNT    (1u << COMMAND_count)
#define IN_WATCH    (1u << COMMAND_watch)
#define IN_QUERY    (IN_SEARCH | IN_FACETS | IN_TIMELINE | IN_WHO | IN_COUNT | IN_WATCH)
#define IN_ALL      ((1u << COMMAND_COUNT_) - 1)

extern const struct command_row command_rows[];
extern const struct option_row option_rows[];
extern const size_t n_option_rows;

void help_all(void);
void help_command(enum command c);
#define TOO_FAR 4
/* Keeps the word that is nearest to what was typed; *least begins as TOO_FAR, *best as NULL. */
void consider(const char *typed, const char *known, const char **best, size_t *least);
const char *nearest_command(const char *typed);               /* NULL if none is near */
const struct refused_row *refused_option(const char *typed, size_t n, enum command c); /* NULL if it is not one of those; without dashes */
const char *nearest_option(const char *typed, enum command c); /* without dashes */

#endif
