/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See stream.h. Decompressors are zlib, libzstd and liblzma; lz4 and bzip2 come through libarchive's filters. */
#include "index/read/stream.h"

#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK 65536u
#define BOMB_FREE_BYTES (16u << 20) /* a ratio is judged from here on */
#define LZMA_MEMORY (64u << 20)
#define ZSTD_WINDOW_LOG 25

static struct stream *new_stream(int (*more)(struct stream *, struct err *), struct stream *below)
{
	struct stream *s = mem_alloc(sizeof *s);
	s->more = more;
	s->below = below;
	return s;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	if (s->close)
		s->close(s);
	stream_close(s->below);
	str_done(&s->buf);
	free(s);
}

/* Room for one more chunk at the end of the window; what is used up goes away first. */
static char *window_room(struct stream *s, size_t n)
{
	if (s->at && (s->at == s->buf.n || s->at >= s->buf.n / 2)) {
		str_drop(&s->buf, s->at);
		s->at = 0;
	}
	str_room(&s->buf, n);
	return s->buf.p + s->buf.n;
}

static int more_fd(struct stream *s, struct err *err)
{
	char *to = window_room(s, CHUNK);
	ssize_t n;
	do
		n = read((int)(intptr_t)s->state, to, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, "reading");
	s->buf.n += (size_t)n;
	s->end = n == 0;
	return 0;
}

struct stream *stream_fd(int fd)
{
	struct stream *s = new_stream(more_fd, NULL);
	s->state = (void *)(intptr_t)fd;
	return s;
}

struct memory {
	struct span left;
};

static int more_bytes(struct stream *s, struct err *err)
{
	(void)err;
	struct memory *m = s->state;
	size_t n = m->left.n < CHUNK * 4 ? m->left.n : CHUNK * 4;
	memcpy(window_room(s, n), m->left.p ? m->left.p : "", n);
	s->buf.n += n;
	m->left = span_sub(m->left, n, m->left.n);
	s->end = m->left.n == 0;
	return 0;
}

static void free_state(struct stream *s) { free(s->state); }

struct stream *stream_bytes(struct span bytes)
{
	struct stream *s = new_stream(more_bytes, NULL);
	struct memory *m = mem_alloc(sizeof *m);
	m->left = bytes;
	s->state = m;
	s->close = free_state;
	return s;
}

int stream_want(struct stream *s, size_t want, struct span *have, struct err *err)
{
	while (s->buf.n - s->at < want && !s->end) {
		int rc = s->more(s, err);
		if (rc)
			return rc;
	}
	*have = (struct span){s->buf.p ? s->buf.p + s->at : "", s->buf.n - s->at};
	return 0;
}

void stream_take(struct stream *s, size_t n)
{
	s->at += n;
	s->taken += n;
}

int stream_skip(struct stream *s, uint64_t n, uint64_t *skipped, struct err *err)
{
	*skipped = 0;
	while (*skipped < n) {
		struct span have;
		int rc = stream_want(s, 1, &have, err);
		if (rc)
			return rc;
		if (!have.n)
			return 0;
		size_t step = have.n < n - *skipped ? have.n : (size_t)(n - *skipped);
		stream_take(s, step);
		*skipped += step;
	}
	return 0;
}

#define BIG_BYTES 65536u /* the window itself is given away, not copied */

/* What is left of a file is room enough: growing by doubling would hold it twice on the way. */
static void room_for_rest(struct stream *s, uint64_t limit)
{
	int fd = (int)(intptr_t)s->state;
	off_t at = s->more == more_fd ? lseek(fd, 0, SEEK_CUR) : -1, end = at < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (at < 0 || lseek(fd, at, SEEK_SET) < 0 || end <= at)
		return;
	uint64_t rest = (uint64_t)(end - at);
	window_room(s, (size_t)(rest < limit ? rest : limit) + CHUNK * 2);
}

struct span stream_keep(struct stream *s, struct span used, struct arena *a)
{
	struct span rest = {s->buf.p + s->at, s->buf.n - s->at};
	if (used.n <= BIG_BYTES || rest.n > used.n)
		return arena_span(a, used);
	struct str next = {0};
	str_span(&next, rest);
	arena_take(a, s->buf.p, s->buf.n);
	s->buf = next;
	s->at = 0;
	return used;
}

int stream_all(struct stream *s, struct arena *a, uint64_t limit, struct span *out, struct err *err)
{
	room_for_rest(s, limit);
	for (;;) {
		struct span have;
		int rc = stream_want(s, s->buf.n - s->at + 1, &have, err);
		if (rc)
			return rc;
		if (have.n > limit)
			return err_set(err, ERR_LIMIT, "it has more than %llu bytes (setting file-size)", (unsigned long long)limit);
		if (!s->end || s->buf.n - s->at != have.n)
			continue;
		bool big = have.n > BIG_BYTES && s->at == 0;
		if (big)
			s->buf.p[s->buf.n] = 0; /* (there is always room for it) */
		*out = big ? arena_take(a, s->buf.p, have.n) : arena_span(a, have);
		stream_take(s, have.n);
		if (!big)
			str_done(&s->buf); /* the window was as large as the file */
		s->buf = (struct str){0};
		s->at = 0;
		return 0;
	}
}

int stream_line(struct stream *s, uint64_t limit, struct span *line, struct err *err)
{
	size_t looked = 0;
	bool too_long = false;
	for (;;) {
		struct span have;
		int rc = stream_want(s, looked + 1, &have, err);
		if (rc)
			return rc;
		const char *nl = have.n > looked ? memchr(have.p + looked, '\n', have.n - looked) : NULL;
		size_t n = nl ? (size_t)(nl - have.p) : have.n;
		too_long |= n > limit;
		if (nl || have.n == looked) {
			stream_take(s, nl ? n + 1 : n);
			if (too_long)
				return err_set(err, ERR_LIMIT, "longer than %llu bytes (setting line-size)", (unsigned long long)limit);
			*line = (struct span){have.p, n - (n > 0 && have.p[n - 1] == '\r')};
			return nl || n;
		}
		looked = have.n;
		if (too_long) {
			stream_take(s, have.n);
			looked = 0;
		}
	}
}

/* What all decompressors share. */
struct unpacker {
	uint64_t in, out;
	struct read_limits limits;
	z_stream z;
	ZSTD_DStream *zstd;
	lzma_stream xz;
	struct archive *archive;
	bool open;  /* inside a member */
	bool seen;  /* at least one member came */
};

static int check_ratio(const struct unpacker *u, const char *what, struct err *err)
{
	if (u->out > BOMB_FREE_BYTES && u->out / u->limits.ratio > u->in + 1)
		return err_set(err, ERR_BAD_FILE, "%s: it unpacks to more than %u times its size (setting compression-ratio)", what, u->limits.ratio);
	return 0;
}

static void note_damage(struct stream *s, const char *what)
{
	s->damaged++;
	snprintf(s->damage, sizeof s->damage, "%s", what);
}

/* Looks for the next beginning of a member in what lies below. */
static int gzip_resync(struct stream *s, struct err *err)
{
	struct unpacker *u = s->state;
	for (;;) {
		struct span have;
		int rc = stream_want(s->below, 4, &have, err);
		if (rc)
			return rc;
		const char *p = have.n >= 3 ? memmem(have.p, have.n, "\x1f\x8b\x08", 3) : NULL;
		if (p || have.n < 4) {
			size_t skip = p ? (size_t)(p - have.p) : have.n;
			stream_take(s->below, skip);
			u->in += skip;
			s->end = !p;
			return 0;
		}
		u->in += have.n - 2;
		stream_take(s->below, have.n - 2);
	}
}

static int gzip_damage(struct stream *s, const char *what, struct err *err)
{
	struct unpacker *u = s->state;
	if (!u->seen && u->out == 0)
		return err_set(err, ERR_BAD_FILE, "damaged gzip: %s", what);
	note_damage(s, what);
	u->open = false;
	inflateReset(&u->z);
	stream_take(s->below, s->below->buf.n - s->below->at ? 1 : 0);
	return gzip_resync(s, err);
}

static int more_gzip(struct stream *s, struct err *err)
{
	struct unpacker *u = s->state;
	struct span have;
	int rc = stream_want(s->below, 1, &have, err);
	if (rc)
		return rc;
	if (!have.n) {
		if (u->open)
			note_damage(s, "the file ends in the middle of a gzip member");
		return s->end = true, 0;
	}
	if (!u->open) { /* between members: padding, or another one */
		rc = stream_want(s->below, 3, &have, err);
		if (rc)
			return rc;
		if (have.n < 3 || memcmp(have.p, "\x1f\x8b\x08", 3) != 0)
			return gzip_resync(s, err);
		inflateReset(&u->z);
		u->open = true;
	}
	if (have.n > (1u << 20))
		have.n = 1u << 20;
	u->z.next_in = (Bytef *)(uintptr_t)have.p;
	u->z.avail_in = (uInt)have.n;
	u->z.next_out = (Bytef *)window_room(s, CHUNK);
	u->z.avail_out = CHUNK;
	int z = inflate(&u->z, Z_NO_FLUSH);
	size_t used = have.n - u->z.avail_in, got = CHUNK - u->z.avail_out;
	s->buf.n += got;
	u->in += used;
	u->out += got;
	stream_take(s->below, used);
	if (z == Z_STREAM_END)
		return u->open = false, u->seen = true, 0;
	if (z != Z_OK && z != Z_BUF_ERROR)
		return gzip_damage(s, u->z.msg ? u->z.msg : "invalid data", err);
	return check_ratio(u, "gzip", err);
}

static int more_zstd(struct stream *s, struct err *err)
{
	struct unpacker *u = s->state;
	struct span have;
	int rc = stream_want(s->below, 1, &have, err);
	if (rc)
		return rc;
	ZSTD_inBuffer in = {have.p, have.n, 0};
	ZSTD_outBuffer out = {window_room(s, CHUNK * 2), CHUNK * 2, 0};
	size_t z = ZSTD_decompressStream(u->zstd, &out, &in);
	if (ZSTD_isError(z)) {
		if (!u->out)
			return err_set(err, ERR_BAD_FILE, "damaged zstd: %s", ZSTD_getErrorName(z));
		note_damage(s, ZSTD_getErrorName(z));
		return s->end = true, 0;
	}
	s->buf.n += out.pos;
	u->in += in.pos;
	u->out += out.pos;
	stream_take(s->below, in.pos);
	if (!have.n && !out.pos) {
		if (u->open)
			note_damage(s, "the file ends in the middle of a zstd frame");
		return s->end = true, 0;
	}
	u->open = z != 0;
	return check_ratio(u, "zstd", err);
}

static int more_xz(struct stream *s, struct err *err)
{
	struct unpacker *u = s->state;
	struct span have;
	int rc = stream_want(s->below, 1, &have, err);
	if (rc)
		return rc;
	u->xz.next_in = (const uint8_t *)have.p;
	u->xz.avail_in = have.n;
	u->xz.next_out = (uint8_t *)window_room(s, CHUNK);
	u->xz.avail_out = CHUNK;
	lzma_ret z = lzma_code(&u->xz, have.n ? LZMA_RUN : LZMA_FINISH);
	size_t used = have.n - u->xz.avail_in, got = CHUNK - u->xz.avail_out;
	s->buf.n += got;
	u->in += used;
	u->out += got;
	stream_take(s->below, used);
	if (z == LZMA_STREAM_END)
		return s->end = true, 0;
	if (z == LZMA_OK || (z == LZMA_BUF_ERROR && got))
		return check_ratio(u, "xz", err);
	const char *what = z == LZMA_MEMLIMIT_ERROR ? "it needs more than 64 MiB to unpack" : z == LZMA_BUF_ERROR ? "the file ends too early" : "invalid data";
	if (!u->out)
		return err_set(err, z == LZMA_MEMLIMIT_ERROR ? ERR_LIMIT : ERR_BAD_FILE, "damaged xz: %s", what);
	note_damage(s, what);
	return s->end = true, 0;
}

la_ssize_t stream_archive_pull(struct archive *ar, void *data, const void **buffer)
{
	struct stream *below = data;
	struct span have;
	struct err err = {0};
	stream_take(below, below->handed); /* the last time */
	below->handed = 0;
	if (stream_want(below, 1, &have, &err)) {
		archive_set_error(ar, EIO, "%s", err.msg);
		return -1;
	}
	*buffer = have.p;
	below->handed = have.n;
	return (la_ssize_t)have.n;
}

static int more_other(struct stream *s, struct err *err)
{
	struct unpacker *u = s->state;
	la_ssize_t n = archive_read_data(u->archive, window_room(s, CHUNK), CHUNK);
	if (n < 0) {
		const char *what = archive_error_string(u->archive);
		if (!u->out)
			return err_set(err, ERR_BAD_FILE, "damaged: %s", what ? what : "cannot be unpacked");
		note_damage(s, what ? what : "cannot be unpacked");
		return s->end = true, 0;
	}
	s->buf.n += (size_t)n;
	u->out += (size_t)n;
	u->in = s->below->taken;
	s->end = n == 0;
	return check_ratio(u, "archive", err);
}

static void close_unpacker(struct stream *s)
{
	struct unpacker *u = s->state;
	if (s->more == more_gzip)
		inflateEnd(&u->z);
	ZSTD_freeDStream(u->zstd);
	lzma_end(&u->xz);
	if (u->archive)
		archive_read_free(u->archive);
	free(u);
}

enum packing stream_packing(struct span h, const char **name)
{
	if (h.n >= 3 && memcmp(h.p, "\x1f\x8b\x08", 3) == 0)
		return *name = "gzip", PACK_GZIP;
	if (h.n >= 4 && (memcmp(h.p, "\x28\xb5\x2f\xfd", 4) == 0 || (memcmp(h.p + 1, "\x2a\x4d\x18", 3) == 0 && (h.p[0] & 0xF0) == 0x50)))
		return *name = "zstd", PACK_ZSTD;
	if (h.n >= 6 && memcmp(h.p, "\xfd"
				    "7zXZ",
			       6) == 0)
		return *name = "xz", PACK_XZ;
	if (h.n >= 4 && memcmp(h.p, "\x04\x22\x4d\x18", 4) == 0)
		return *name = "lz4", PACK_OTHER;
	if (h.n >= 10 && memcmp(h.p, "BZh", 3) == 0 && memcmp(h.p + 4, "1AY&SY", 6) == 0)
		return *name = "bzip2", PACK_OTHER;
	return PACK_NONE;
}

static int open_other(struct unpacker *u, struct stream *below, struct err *err)
{
	struct archive_entry *entry;
	u->archive = archive_read_new();
	archive_read_support_filter_lz4(u->archive);
	archive_read_support_filter_bzip2(u->archive);
	archive_read_support_format_raw(u->archive);
	if (archive_read_open(u->archive, below, NULL, stream_archive_pull, NULL) != ARCHIVE_OK || archive_read_next_header(u->archive, &entry) != ARCHIVE_OK) {
		const char *what = archive_error_string(u->archive);
		return err_set(err, ERR_BAD_FILE, "cannot be unpacked: %s", what ? what : "unknown reason");
	}
	return 0;
}

int stream_unpack(struct stream *below, enum packing p, const struct read_limits *limits, struct stream **out, struct err *err)
{
	struct stream *s = new_stream(NULL, below);
	struct unpacker *u = mem_alloc(sizeof *u);
	u->limits = *limits;
	u->xz = (lzma_stream)LZMA_STREAM_INIT;
	s->state = u;
	s->close = close_unpacker;
	bool ok = true;
	int rc = 0;
	switch (p) {
	case PACK_GZIP: s->more = more_gzip, ok = inflateInit2(&u->z, 15 + 16) == Z_OK; break;
	case PACK_ZSTD:
		s->more = more_zstd, u->zstd = ZSTD_createDStream();
		ok = u->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
		break;
	case PACK_XZ: s->more = more_xz, ok = lzma_stream_decoder(&u->xz, LZMA_MEMORY, LZMA_CONCATENATED) == LZMA_OK; break;
	default: s->more = more_other, rc = open_other(u, below, err); break;
	}
	if (!ok)
		rc = err_set(err, ERR_NOMEM, "no memory for a decompressor");
	if (rc)
		stream_close(s);
	else
		*out = s;
	return rc;
}
