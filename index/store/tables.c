/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests of the leaders' tables that segments were made with: index/table-<version>, a few MB each; swept when nothing needs them. */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "index/facts/digest.h"

#include <stdio.h>
#include <unistd.h>

#define DIGEST_BYTES ((size_t)1 << 30)

void table_name(uint64_t version, char out[TABLE_NAME]) { snprintf(out, TABLE_NAME, "table-%016llx", (unsigned long long)version); }

static void path_of(const struct writer *w, uint64_t version, struct str *out)
{
	char name[TABLE_NAME];
	table_name(version, name);
	str_printf(out, "%s/%s", w->dir, name);
}

void table_keep(const struct writer *w, const struct gazetteer *g, uint64_t version)
{
	AUTO_STR struct str path = {0}, bytes = {0};
	path_of(w, version, &path);
	if (!version || access(path.p, F_OK) == 0)
		return;
	digest_make(g, &bytes);
	if (io_replace_file(path.p, str_view(&bytes), NULL) != 0)
		return; /* a full disk, say: more documents than need be are looked at after the next change */
}

int table_load(const struct writer *w, uint64_t version, struct str *out, struct err *err)
{
	AUTO_STR struct str path = {0};
	path_of(w, version, &path);
	return io_read_file(path.p, DIGEST_BYTES, out, err);
}

static bool made_with(const struct manifest *m, uint64_t version)
{
	bool any = false;
	for (size_t i = 0; i < m->n_segments; i++)
		any |= m->segments[i].table == version;
	return any;
}

bool table_wanted(const struct writer *w, const char *name)
{
	unsigned long long version;
	char rest;
	if (sscanf(name, "table-%16llx%c", &version, &rest) != 1)
		return false;
	return version == w->opt.table_version || version == stage_table(w) || made_with(&w->now, version) || made_with(&w->before, version);
}
