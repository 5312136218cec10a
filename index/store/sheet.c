/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/sheet.h"

#include "base/io.h"

#include <fcntl.h>
#include <sys/mman.h>

#define SHEET_MAGIC "DOSSIER\1"
#define BUFFER_BYTES (256u * 1024u)

struct tail {
	uint32_t kind, n_arrays;
	uint64_t table, sum; /* offset of the table; XXH3 of it */
	char magic[8];
};

static void flush(struct sheet_writer *w)
{
	if (w->in_memory)
		return;
	if (w->rc == 0 && w->buffer.n)
		w->rc = io_write_all(w->fd, str_view(&w->buffer), &w->err);
	str_clear(&w->buffer);
}

static void put_bytes(struct sheet_writer *w, const void *p, size_t n)
{
	w->at += n;
	if (n >= BUFFER_BYTES && !w->in_memory) { /* big arrays are not copied */
		flush(w);
		if (w->rc == 0)
			w->rc = io_write_all(w->fd, (struct span){p, n}, &w->err);
		return;
	}
	str_add(&w->buffer, p, n);
	if (w->buffer.n >= BUFFER_BYTES)
		flush(w);
}

static void align(struct sheet_writer *w)
{
	static const char zeros[8];
	put_bytes(w, zeros, (8 - w->at % 8) % 8);
}

void sheet_create(struct sheet_writer *w, const char *path)
{
	*w = (struct sheet_writer){.fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1, .in_memory = !path};
	str_z(&w->path, path ? path : "memory");
	if (w->fd < 0 && path)
		w->rc = err_errno(&w->err, "%s", path);
	put_bytes(w, SHEET_MAGIC, 8);
}

void sheet_begin(struct sheet_writer *w, uint32_t tag, uint32_t width)
{
	align(w);
	if (w->n_arrays == SHEET_ARRAYS) {
		w->rc = err_set(&w->err, ERR_INTERNAL, "%s: too many arrays", w->path.p);
		return;
	}
	w->arrays[w->n_arrays++] = (struct sheet_array){tag, width, w->at, 0};
}

void sheet_put(struct sheet_writer *w, const void *items, size_t count)
{
	struct sheet_array *a = &w->arrays[w->n_arrays - 1];
	a->count += count;
	put_bytes(w, items, count * a->width);
}

static void put_tail(struct sheet_writer *w, uint32_t kind)
{
	align(w);
	size_t bytes = w->n_arrays * sizeof w->arrays[0];
	struct tail t = {kind, w->n_arrays, w->at, span_hash((struct span){(const char *)w->arrays, bytes}), SHEET_MAGIC};
	put_bytes(w, w->arrays, bytes);
	put_bytes(w, &t, sizeof t);
	flush(w);
}

int sheet_finish(struct sheet_writer *w, uint32_t kind, struct err *err)
{
	put_tail(w, kind);
	int rc = w->rc ? err_set(err, w->rc, "%s: %s", w->path.p, w->err.msg) : 0;
	sheet_abandon(w);
	return rc;
}

void sheet_abandon(struct sheet_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	str_done(&w->path);
	str_done(&w->buffer);
}

static bool table_sound(const struct sheet *s, uint64_t table)
{
	for (uint32_t i = 0; i < s->n_arrays; i++) {
		const struct sheet_array *a = &s->arrays[i];
		if (a->width == 0 || a->offset % 8 || a->offset > table || a->count > (table - a->offset) / a->width)
			return false;
	}
	return true;
}

static bool read_tail(struct sheet *s, uint32_t kind)
{
	struct tail t;
	if (s->map.n < 8 + sizeof t || memcmp(s->map.p, SHEET_MAGIC, 8) != 0)
		return false;
	uint64_t end = s->map.n - sizeof t;
	memcpy(&t, s->map.p + end, sizeof t);
	if (memcmp(t.magic, SHEET_MAGIC, 8) != 0 || t.kind != kind || t.n_arrays > SHEET_ARRAYS || t.table % 8 || t.table > end ||
	    end - t.table != t.n_arrays * sizeof *s->arrays)
		return false;
	s->arrays = (const struct sheet_array *)(const void *)(s->map.p + t.table);
	s->n_arrays = t.n_arrays;
	return span_hash(span_sub(s->map, t.table, end)) == t.sum && table_sound(s, t.table);
}

int sheet_map(const char *path, uint32_t kind, struct sheet *out, struct err *err)
{
	struct sheet s = {0};
	int rc = io_map_file(path, &s.map, err);
	if (rc)
		return rc;
	if (!read_tail(&s, kind)) {
		io_unmap(&s.map);
		return err_set(err, ERR_CORRUPT, "%s is damaged", path);
	}
	*out = s;
	return 0;
}

int sheet_finish_mapped(struct sheet_writer *w, uint32_t kind, struct sheet *out, struct err *err)
{
	put_tail(w, kind);
	struct sheet s = {0};
	int rc = w->rc ? err_set(err, w->rc, "%s", w->err.msg) : 0;
	void *p = rc ? MAP_FAILED : mmap(NULL, w->buffer.n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (rc == 0 && p == MAP_FAILED)
		rc = err_errno(err, "memory for a sheet");
	if (rc == 0) {
		s.map = (struct span){memcpy(p, w->buffer.p, w->buffer.n), w->buffer.n};
		rc = read_tail(&s, kind) ? 0 : err_set(err, ERR_INTERNAL, "a sheet in memory is damaged");
	}
	sheet_abandon(w);
	if (rc)
		return rc;
	*out = s;
	return 0;
}

void sheet_unmap(struct sheet *s)
{
	io_unmap(&s->map);
	*s = (struct sheet){0};
}

const void *sheet_array(const struct sheet *s, uint32_t tag, uint32_t width, uint64_t *count)
{
	for (uint32_t i = 0; i < s->n_arrays; i++)
		if (s->arrays[i].tag == tag && s->arrays[i].width == width) {
			*count = s->arrays[i].count;
			return s->map.p + s->arrays[i].offset;
		}
	return NULL;
}
