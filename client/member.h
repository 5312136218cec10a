/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of an answer's objects, as the commands want them: never NULL, 0 where there is none. */
#ifndef DOSSIER_CLIENT_MEMBER_H
#define DOSSIER_CLIENT_MEMBER_H

#include <jansson.h>
#include <string.h>

static inline const char *get(const json_t *o, const char *key)
{
	const char *z = json_string_value(json_object_get(o, key));
	return z ? z : "";
}

static inline long long number(const json_t *o, const char *key) { return json_integer_value(json_object_get(o, key)); }

/* Why a file failed, without its path before it. */
static inline const char *reason_of(const json_t *failed)
{
	const char *path = get(failed, "path"), *why = get(failed, "reason");
	size_t n = strlen(path);
	return n && strncmp(why, path, n) == 0 && strncmp(why + n, ": ", 2) == 0 ? why + n + 2 : why;
}

#endif
