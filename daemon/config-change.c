/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that change while the daemon runs: which differ, those that a reload takes up, and the way of these to another process.
 *
 *	the files, read anew ─► config_take: LIVE rows are exchanged in place ─► config_pack ─► config_unpack in the index process
 *
 * In place, for many hold a pointer to the settings. Who holds a copy of a value is told by settings.c and reload.c.
 */
#include "daemon/config.h"

#include "daemon/ipc.h"

#include "base/mem.h"

static void *field_of(struct config *c, const struct config_row *row) { return (char *)c + row->offset; }
static const void *look_at(const struct config *c, const struct config_row *row) { return (const char *)c + row->offset; }

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static bool same_names(const struct names *a, const struct names *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return a->n == b->n;
}

bool config_differs(const struct config *a, const struct config *b, const struct config_row *row)
{
	if (row->kind == CONFIG_LIST)
		return !same_names(look_at(a, row), look_at(b, row));
	if (row->kind == CONFIG_PATH)
		return !same_text(*(char *const *)look_at(a, row), *(char *const *)look_at(b, row));
	return config_number(a, row) != config_number(b, row);
}

static size_t size_of(enum config_kind kind) { return kind == CONFIG_LIST ? sizeof(struct names) : kind == CONFIG_PATH ? sizeof(char *) : kind == CONFIG_SWITCH ? sizeof(bool) : sizeof(uint64_t); }

static void exchange(struct config *c, struct config *fresh, const struct config_row *row)
{
	char kept[sizeof(struct names)];
	size_t n = size_of(row->kind), i = (size_t)(row - config_rows);
	memcpy(kept, field_of(c, row), n);
	memcpy(field_of(c, row), field_of(fresh, row), n);
	memcpy(field_of(fresh, row), kept, n);
	c->from[i] = fresh->from[i];
}

size_t config_take(struct config *c, struct config *fresh)
{
	size_t changed = 0;
	c->system_read = fresh->system_read;
	c->user_read = fresh->user_read;
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		if (row->when != CONFIG_LIVE)
			continue;
		changed += config_differs(c, fresh, row);
		exchange(c, fresh, row);
	}
	return changed;
}

void config_pack(const struct config *c, struct str *out)
{
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		const struct names *list = look_at(c, row);
		if (row->when != CONFIG_LIVE)
			continue;
		pack_u64(out, row->kind == CONFIG_LIST ? list->n : config_number(c, row));
		for (size_t i = 0; row->kind == CONFIG_LIST && i < list->n; i++)
			pack_span(out, span_of(list->v[i]));
	}
}

/* The old list belongs to this process as well: it is a copy of its parent's memory. */
static void take_names(struct config *c, const struct config_row *row, uint64_t n, struct unpack *u)
{
	config_clear_names(field_of(c, row));
	for (uint64_t i = 0; i < n && !u->bad; i++) {
		AUTO_STR struct str name = {0};
		str_span(&name, unpack_span(u));
		config_add_name(field_of(c, row), str_cz(&name), CONFIG_FROM_FILE);
	}
}

void config_unpack(struct config *c, struct span packed)
{
	struct unpack u = {packed, false};
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		if (row->when != CONFIG_LIVE)
			continue;
		uint64_t v = unpack_u64(&u);
		if (u.bad)
			return;
		if (row->kind == CONFIG_LIST)
			take_names(c, row, v, &u);
		else if (row->kind == CONFIG_SWITCH)
			*(bool *)field_of(c, row) = v != 0;
		else
			*(uint64_t *)field_of(c, row) = v;
	}
}
