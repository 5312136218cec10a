/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/bibtex.h"

#include "client/member.h"
#include "client/output.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_MOST 60

static void put_key(const char *id)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	char key[KEY_MOST + 1];
	size_t n = 0;
	for (const char *p = id; *p; p++) {
		hash = (hash ^ (unsigned char)*p) * 16777619u;
		bool good = isalnum((unsigned char)*p) && (unsigned char)*p < 128;
		if (n < KEY_MOST && (good || (n && key[n - 1] != '-')))
			key[n++] = good ? *p : '-';
	}
	key[n] = 0;
	put_format("%s%s%08x", key, n && key[n - 1] == '-' ? "" : "-", hash);
}

/* What TeX would obey becomes what it prints. */
static char *for_tex(const char *z)
{
	static const struct {
		char c;
		const char *words;
	} special[] = {{'\\', "\\textbackslash{}"}, {'{', "\\{"}, {'}', "\\}"}, {'$', "\\$"}, {'&', "\\&"}, {'%', "\\%"}, {'#', "\\#"}, {'_', "\\_"},
		       {'^', "\\textasciicircum{}"}, {'~', "\\textasciitilde{}"}};
	char *out = malloc(strlen(z) * sizeof "\\textasciicircum{}" + 1), *p = out;
	if (!out)
		abort();
	for (; *z; z++) {
		size_t i = 0;
		while (i < sizeof special / sizeof special[0] && special[i].c != *z)
			i++;
		p += i < sizeof special / sizeof special[0] ? sprintf(p, "%s", special[i].words) : sprintf(p, "%c", *z);
	}
	*p = 0;
	return out;
}

static void put_member(const char *name, const char *value, const char *open, const char *close)
{
	char *safe = for_tex(value);
	if (*value) {
		put_format("  %s = %s", name, open);
		put_text(safe);
		put_raw(close);
		put_raw(",\n");
	}
	free(safe);
}

/* An address stays as it is, for \url; what would end the field is written as the address's own escapes. */
static void put_url(const char *url)
{
	char *safe = malloc(strlen(url) * 3 + 1), *p = safe;
	if (!safe)
		abort();
	for (; *url; url++)
		p += strchr("{}\\ \"", *url) ? sprintf(p, "%%%02X", (unsigned char)*url) : sprintf(p, "%c", *url);
	*p = 0;
	if (p > safe) {
		put_raw("  url = {");
		put_text(safe);
		put_raw("},\n");
	}
	free(safe);
}

/* As much of the day as is sure: where both ends of the span agree. */
static void put_day(const json_t *date)
{
	const char *from = get(date, "from"), *to = get(date, "to");
	int a[3] = {0}, b[3] = {0};
	if (sscanf(from, "%d-%d-%d", &a[0], &a[1], &a[2]) != 3 || sscanf(to, "%d-%d-%d", &b[0], &b[1], &b[2]) != 3 || a[0] != b[0])
		return;
	put_format("  year = {%d},", a[0]);
	if (a[1] == b[1])
		put_format(" month = {%d},", a[1]);
	if (a[1] == b[1] && a[2] == b[2])
		put_format(" day = {%d},", a[2]);
	put_raw("\n");
}

void bibtex_hit(const json_t *hit)
{
	put_raw("@misc{");
	put_key(get(hit, "id"));
	put_raw(",\n");
	put_member("title", get(hit, "title"), "{{", "}}");
	put_member("author", get(hit, "author"), "{{", "}}"); /* (as it stood there: an agency is no person with two names) */
	put_member("howpublished", get(hit, "source"), "{", "}");
	put_day(json_object_get(hit, "published"));
	put_url(get(hit, "url"));
	put_member("language", get(hit, "lang"), "{", "}");
	put_member("note", get(hit, "id"), "{dossier: ", "}");
	put_raw("}\n\n");
}
