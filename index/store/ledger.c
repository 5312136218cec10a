/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/ledger.h"

#include "base/io.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <xxhash.h>

#define LEDGER_BYTES ((size_t)4 << 30)
#define SMALL_FILE   65536 /* not worth a new file */

struct note {
	char *bytes; /* key, value; NULL: a free slot */
	uint32_t n_key, n_value; /* n_value 0: forgotten, kept so that probing goes on */
};

struct entry_head {
	uint32_t sum, n_key, n_value; /* sum: low half of the XXH3 of all that follows it */
};

struct ledger {
	struct note *slots;
	size_t n_slots, n_used, n_live;
	uint64_t live_bytes; /* of the entries that count */
	struct str fresh;    /* entries not yet in the file */
	bool rewrite;        /* the file is damaged: the next commit makes a new one */
	struct file_entry file;
	XXH3_state_t *sum;   /* of the file so far */
};

struct ledger *ledger_new(void)
{
	struct ledger *l = mem_alloc(sizeof *l);
	l->n_slots = 64;
	l->slots = mem_alloc(l->n_slots * sizeof *l->slots);
	l->sum = XXH3_createState();
	if (!l->sum)
		abort();
	XXH3_64bits_reset(l->sum);
	return l;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_slots; i++)
		free(l->slots[i].bytes);
	free(l->slots);
	XXH3_freeState(l->sum);
	str_done(&l->fresh);
	free(l);
}

/* ---- The map ---- */

static struct span note_key(const struct note *n) { return (struct span){n->bytes, n->n_key}; }
static struct span note_value(const struct note *n) { return (struct span){n->bytes + n->n_key, n->n_value}; }

static struct note *slot_of(struct note *slots, size_t n_slots, struct span key)
{
	size_t at = (size_t)span_hash(key) & (n_slots - 1);
	while (slots[at].bytes && !span_eq(note_key(&slots[at]), key))
		at = (at + 1) & (n_slots - 1);
	return &slots[at];
}

/* Twice the room when half of it is living keys; forgotten ones are left behind. */
static void grow(struct ledger *l)
{
	size_t n = l->n_live * 2 >= l->n_slots / 2 ? l->n_slots * 2 : l->n_slots;
	struct note *slots = mem_alloc(n * sizeof *slots);
	for (size_t i = 0; i < l->n_slots; i++) {
		if (l->slots[i].bytes && l->slots[i].n_value)
			*slot_of(slots, n, note_key(&l->slots[i])) = l->slots[i];
		else
			free(l->slots[i].bytes);
	}
	free(l->slots);
	l->slots = slots;
	l->n_slots = n;
	l->n_used = l->n_live;
}

static uint64_t entry_bytes(size_t n_key, size_t n_value) { return sizeof(struct entry_head) + n_key + n_value; }

/* Changes the map alone; false when nothing changes. */
static bool keep(struct ledger *l, struct span key, struct span value)
{
	if (l->n_used * 2 >= l->n_slots)
		grow(l);
	struct note *n = slot_of(l->slots, l->n_slots, key);
	if (n->bytes ? span_eq(note_value(n), value) : value.n == 0)
		return false;
	l->n_used += n->bytes == NULL;
	if (n->bytes && n->n_value) {
		l->n_live--;
		l->live_bytes -= entry_bytes(n->n_key, n->n_value);
	}
	char *bytes = mem_alloc(key.n + value.n);
	memcpy(bytes, key.p, key.n);
	if (value.n)
		memcpy(bytes + key.n, value.p, value.n);
	free(n->bytes);
	*n = (struct note){bytes, (uint32_t)key.n, (uint32_t)value.n};
	if (value.n) {
		l->n_live++;
		l->live_bytes += entry_bytes(key.n, value.n);
	}
	return true;
}

static void write_entry(struct str *out, struct span key, struct span value)
{
	struct entry_head h = {0, (uint32_t)key.n, (uint32_t)value.n};
	size_t from = out->n;
	str_add(out, &h, sizeof h);
	str_span(out, key);
	str_span(out, value);
	h.sum = (uint32_t)span_hash((struct span){out->p + from + sizeof h.sum, out->n - from - sizeof h.sum});
	memcpy(out->p + from, &h.sum, sizeof h.sum);
}

void ledger_set(struct ledger *l, struct span key, struct span value)
{
	if (key.n && key.n < UINT32_MAX / 2 && value.n < UINT32_MAX / 2 && keep(l, key, value))
		write_entry(&l->fresh, key, value);
}

bool ledger_get(const struct ledger *l, struct span key, struct span *value)
{
	const struct note *n = key.n ? slot_of(l->slots, l->n_slots, key) : NULL;
	if (!n || !n->bytes || !n->n_value)
		return false;
	*value = note_value(n);
	return true;
}

int ledger_each(const struct ledger *l, struct span prefix, int (*visit)(void *arg, struct span key, struct span value), void *arg)
{
	int rc = 0;
	for (size_t i = 0; i < l->n_slots && rc == 0; i++) {
		const struct note *n = &l->slots[i];
		if (n->bytes && n->n_value && n->n_key >= prefix.n && memcmp(n->bytes, prefix.p ? prefix.p : "", prefix.n) == 0)
			rc = visit(arg, note_key(n), note_value(n));
	}
	return rc;
}

bool ledger_dirty(const struct ledger *l) { return l->fresh.n > 0 || l->rewrite; }

/* ---- The file ---- */

/* Takes one entry off *rest; false when none that is sound begins here. */
static bool take_entry(struct ledger *l, struct span *rest)
{
	struct entry_head h;
	if (rest->n < sizeof h)
		return false;
	memcpy(&h, rest->p, sizeof h);
	uint64_t n = (uint64_t)sizeof h + h.n_key + h.n_value;
	if (n > rest->n || h.n_key == 0 || (uint32_t)span_hash(span_sub(*rest, sizeof h.sum, n)) != h.sum)
		return false;
	keep(l, span_sub(*rest, sizeof h, sizeof h + h.n_key), span_sub(*rest, sizeof h + h.n_key, n));
	*rest = span_sub(*rest, n, rest->n);
	return true;
}

/* Where no entry begins, the next one is looked for byte by byte. */
static void take_all(struct ledger *l, struct span rest)
{
	while (rest.n)
		if (!take_entry(l, &rest))
			rest = span_sub(rest, 1, rest.n);
}

int ledger_load(struct ledger *l, const char *dir, const struct file_entry *e, struct err *err)
{
	AUTO_STR struct str path = {0}, bytes = {0};
	str_printf(&path, "%s/%s", dir, e->name);
	struct err why = {0};
	int rc = io_read_file(path.p, LEDGER_BYTES, &bytes, &why);
	struct span all = str_view(&bytes);
	if (rc == 0 && all.n >= e->size)
		all.n = e->size; /* what is behind was not committed */
	bool whole = rc == 0 && all.n == e->size && span_hash(all) == e->sum;
	take_all(l, all);
	l->rewrite = !whole;
	if (!whole)
		return err_set(err, ERR_CORRUPT, "%s is damaged%s%s", path.p, rc ? ": " : "", rc ? why.msg : "");
	l->file = *e;
	XXH3_64bits_update(l->sum, all.p, all.n);
	return 0;
}

static int write_at(const char *path, uint64_t from, struct span bytes, bool sync, struct err *err)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || ftruncate(fd, (off_t)from) != 0 || lseek(fd, (off_t)from, SEEK_SET) < 0)
		return err_errno(err, "%s", path);
	struct err why = {0};
	int rc = io_write_all(fd, bytes, &why);
	if (rc)
		return err_set(err, rc, "%s: %s", path, why.msg);
	return sync ? io_sync_fd(fd, path, err) : 0;
}

static int add_entry(void *arg, struct span key, struct span value)
{
	write_entry(arg, key, value);
	return 0;
}

static void start_file(struct ledger *l, uint32_t *next)
{
	str_clear(&l->fresh);
	ledger_each(l, SPAN_NONE, add_entry, &l->fresh);
	l->file = (struct file_entry){0};
	snprintf(l->file.name, sizeof l->file.name, "ledger-%06u", (*next)++);
	XXH3_64bits_reset(l->sum);
}

int ledger_commit(struct ledger *l, const char *dir, bool sync, uint32_t *next, struct file_entry *e, struct err *err)
{
	AUTO_STR struct str path = {0};
	uint64_t size = l->file.size + l->fresh.n;
	if (!l->file.name[0] || l->rewrite || (size > SMALL_FILE && l->live_bytes * 4 < size))
		start_file(l, next);
	str_printf(&path, "%s/%s", dir, l->file.name);
	int rc = write_at(path.p, l->file.size, str_view(&l->fresh), sync, err);
	if (rc)
		return rc;
	XXH3_64bits_update(l->sum, l->fresh.p ? l->fresh.p : "", l->fresh.n);
	l->file.size += l->fresh.n;
	l->file.sum = XXH3_64bits_digest(l->sum);
	l->rewrite = false;
	str_clear(&l->fresh);
	*e = l->file;
	return 0;
}
