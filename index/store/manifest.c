/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/manifest.h"
#include "index/store/writer.h"

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "index/store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <xxhash.h>

#define MANIFEST_BYTES (16u << 20)
#define FORMAT 1

struct segment_entry *manifest_add(struct manifest *m, const struct segment_entry *e)
{
	m->segments = mem_grow(m->segments, &m->cap_segments, m->n_segments + 1, sizeof *m->segments);
	m->segments[m->n_segments] = *e;
	return &m->segments[m->n_segments++];
}

void manifest_copy(struct manifest *to, const struct manifest *from)
{
	*to = *from;
	to->segments = NULL;
	to->n_segments = to->cap_segments = 0;
	for (size_t i = 0; i < from->n_segments; i++)
		manifest_add(to, &from->segments[i]);
}

void manifest_done(struct manifest *m)
{
	free(m->segments);
	*m = (struct manifest){0};
}

/* ---- Text ---- */

static void write_hex(struct jw *w, const char *key, uint64_t v)
{
	char hex[17];
	snprintf(hex, sizeof hex, "%016llx", (unsigned long long)v);
	jw_field_z(w, key, hex);
}

static void write_file(struct jw *w, const struct file_entry *f)
{
	jw_open(w, '{');
	jw_field_z(w, "name", f->name);
	jw_field_int(w, "size", f->size);
	write_hex(w, "xxh3", f->sum);
	jw_close(w, '}');
}

static void write_segment(struct jw *w, const struct segment_entry *e)
{
	jw_open(w, '{');
	jw_field_z(w, "name", e->name);
	jw_field_int(w, "rows", e->n_rows);
	jw_field_int(w, "schema", e->schema);
	jw_field_int(w, "facts", e->facts);
	write_hex(w, "table", e->table);
	jw_field_int(w, "text", e->text_bytes);
	if (e->dead.name[0]) {
		jw_field_int(w, "dead-rows", e->n_dead);
		jw_key(w, "dead");
		write_file(w, &e->dead);
	}
	if (e->numbered)
		jw_field_int(w, "story-base", e->story_base);
	jw_field_int(w, "linked", e->linked);
	jw_field_int(w, "learnt", e->learnt);
	jw_field_int(w, "cleaned", e->cleaned);
	if (e->stories.name[0]) {
		jw_key(w, "stories");
		write_file(w, &e->stories);
	}
	jw_key(w, "files");
	jw_open(w, '[');
	for (uint32_t i = 0; i < e->n_files; i++)
		write_file(w, &e->files[i]);
	jw_close(w, ']');
	jw_close(w, '}');
}

void manifest_text(const struct manifest *m, struct str *out)
{
	struct jw w = {.out = out};
	size_t from = out->n;
	jw_open(&w, '{');
	jw_field_int(&w, "dossier-manifest", FORMAT);
	jw_field_z(&w, "uuid", m->uuid);
	jw_field_int(&w, "generation", m->generation);
	jw_field_int(&w, "revision", m->revision);
	write_hex(&w, "table", m->table);
	jw_field_int(&w, "next-segment", m->next_segment);
	jw_field_int(&w, "next-ledger", m->next_ledger);
	jw_field_int(&w, "next-story", m->next_story);
	if (m->templates.name[0]) {
		jw_key(&w, "templates");
		write_file(&w, &m->templates);
	}
	if (m->ledger.name[0]) {
		jw_key(&w, "ledger");
		write_file(&w, &m->ledger);
	}
	jw_key(&w, "segments");
	jw_open(&w, '[');
	for (size_t i = 0; i < m->n_segments; i++)
		write_segment(&w, &m->segments[i]);
	jw_close(&w, ']');
	jw_close(&w, '}');
	str_ch(out, '\n');
	str_printf(out, "xxh3 %016llx\n", (unsigned long long)span_hash((struct span){out->p + from, out->n - from}));
}

static bool read_int(const json_t *o, const char *key, uint64_t max, uint64_t *out)
{
	const json_t *v = json_object_get(o, key);
	if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return true;
}

static bool read_u32(const json_t *o, const char *key, uint32_t *out)
{
	uint64_t v;
	if (!read_int(o, key, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool hex_digits(struct span s, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		unsigned d = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
		if (d == 16)
			return false;
		*out = *out << 4 | d;
	}
	return s.n == 16;
}

static bool read_hex(const json_t *o, const char *key, uint64_t *out) { return hex_digits(json_span(o, key), out); }

/* Names go into paths: nothing but what we make ourselves. */
static bool read_name(const json_t *o, char out[ENTRY_NAME])
{
	struct span s = json_span(o, "name");
	if (s.n == 0 || s.n >= ENTRY_NAME || s.p[0] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '.'))
			return false;
	memcpy(out, s.p, s.n);
	out[s.n] = 0;
	return true;
}

static bool read_file(const json_t *o, struct file_entry *f)
{
	return json_is_object(o) && read_name(o, f->name) && read_int(o, "size", INT64_MAX, &f->size) && read_hex(o, "xxh3", &f->sum);
}

/* What older manifests do not have: no number, nothing done. */
static bool read_stories(const json_t *o, struct segment_entry *e)
{
	const json_t *file = json_object_get(o, "stories");
	e->numbered = json_object_get(o, "story-base") != NULL;
	return (!e->numbered || read_int(o, "story-base", INT64_MAX, &e->story_base)) && (!json_object_get(o, "linked") || read_u32(o, "linked", &e->linked)) &&
	       (!json_object_get(o, "learnt") || read_u32(o, "learnt", &e->learnt)) && (!json_object_get(o, "cleaned") || read_int(o, "cleaned", INT64_MAX, &e->cleaned)) &&
	       e->linked <= e->n_rows && e->learnt <= e->linked && (!file || read_file(file, &e->stories));
}

static bool read_segment(const json_t *o, struct segment_entry *e)
{
	const json_t *files = json_object_get(o, "files"), *dead = json_object_get(o, "dead");
	*e = (struct segment_entry){0};
	if (!json_is_object(o) || !read_name(o, e->name) || !read_u32(o, "rows", &e->n_rows) || !read_u32(o, "schema", &e->schema) ||
	    !read_u32(o, "facts", &e->facts) || !read_hex(o, "table", &e->table) || !read_int(o, "text", INT64_MAX, &e->text_bytes))
		return false;
	if (dead && (!read_file(dead, &e->dead) || !read_u32(o, "dead-rows", &e->n_dead) || e->n_dead > e->n_rows))
		return false;
	if (!read_stories(o, e) || !json_is_array(files) || json_array_size(files) > SEGMENT_FILES)
		return false;
	for (size_t i = 0; i < json_array_size(files); i++)
		if (!read_file(json_array_get(files, i), &e->files[e->n_files++]))
			return false;
	return true;
}

static bool read_manifest(const json_t *o, struct manifest *m)
{
	uint64_t format = 0;
	struct span uuid = json_span(o, "uuid");
	const json_t *segments = json_object_get(o, "segments"), *ledger = json_object_get(o, "ledger"), *templates = json_object_get(o, "templates");
	if (!read_int(o, "dossier-manifest", FORMAT, &format) || format != FORMAT || uuid.n != 36 || !read_int(o, "generation", INT64_MAX, &m->generation) ||
	    !read_int(o, "revision", INT64_MAX, &m->revision) || !read_u32(o, "next-segment", &m->next_segment) || !read_u32(o, "next-ledger", &m->next_ledger) ||
	    !json_is_array(segments) || json_array_size(segments) > SEGMENTS_MAX || (ledger && !read_file(ledger, &m->ledger)) ||
	    (json_object_get(o, "next-story") && !read_int(o, "next-story", INT64_MAX, &m->next_story)) || (templates && !read_file(templates, &m->templates)))
		return false;
	memcpy(m->uuid, uuid.p, uuid.n);
	if (!read_hex(o, "table", &m->table))
		m->table = 0; /* written before there was one */
	for (size_t i = 0; i < json_array_size(segments); i++) {
		struct segment_entry e;
		if (!read_segment(json_array_get(segments, i), &e))
			return false;
		manifest_add(m, &e);
	}
	return true;
}

/* Sound, and of a time to come: nothing is to be mended here. */
static bool is_newer(const json_t *o)
{
	const json_t *segments = json_object_get(o, "segments");
	bool newer = json_integer_value(json_object_get(o, "dossier-manifest")) > FORMAT;
	for (size_t i = 0; i < json_array_size(segments); i++)
		newer |= json_integer_value(json_object_get(json_array_get(segments, i), "schema")) > SCHEMA_VERSION;
	return newer;
}

#define TRAILER 22 /* "xxh3 ", 16 digits, newline */
int manifest_parse(struct span text, struct manifest *out, struct err *err)
{
	AUTO_JSON json_t *o = NULL;
	struct manifest m = {0};
	uint64_t sum = 0;
	if (text.n <= TRAILER || !span_starts(span_sub(text, text.n - TRAILER, text.n), "xxh3 ") ||
	    !hex_digits(span_sub(text, text.n - 17, text.n - 1), &sum) || span_hash(span_sub(text, 0, text.n - TRAILER)) != sum)
		return err_set(err, ERR_CORRUPT, "the checksum differs");
	int rc = json_read(span_sub(text, 0, text.n - TRAILER), 8, &o, NULL);
	if (rc == 0 && is_newer(o))
		return err_set(err, ERR_NEWER, "the index was written by a newer dossierd (schema over %d); it is left as it is", SCHEMA_VERSION);
	if (rc != 0 || !json_is_object(o) || !read_manifest(o, &m)) {
		manifest_done(&m);
		return err_set(err, ERR_CORRUPT, "not a manifest that this version can read");
	}
	*out = m;
	return 0;
}

int manifest_read(const char *path, struct manifest *out, struct err *err)
{
	AUTO_STR struct str text = {0};
	struct err why = {0};
	int rc = io_read_file(path, MANIFEST_BYTES, &text, err);
	if (rc)
		return rc;
	rc = manifest_parse(str_view(&text), out, &why);
	return rc ? err_set(err, rc, "%s: %s", path, why.msg) : 0;
}

/* ---- Publishing ---- */

static int write_file_synced(const char *path, struct span text, bool sync, struct err *err)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", path);
	struct err why = {0};
	int rc = io_write_all(fd, text, &why);
	if (rc)
		return err_set(err, rc, "%s: %s", path, why.msg);
	return sync ? io_sync_fd(fd, path, err) : 0;
}

/* A second name for a file; where the file system has none, a second file. */
static int second_name(const char *path, const char *name, struct err *err)
{
	AUTO_STR struct str bytes = {0};
	if (link(path, name) == 0)
		return 0;
	if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
		return err_errno(err, "%s: link", path);
	int rc = io_read_file(path, MANIFEST_BYTES, &bytes, err);
	return rc ? rc : write_file_synced(name, str_view(&bytes), true, err);
}

/* The manifest that holds now stays reachable as manifest.prev. */
static int keep_previous(const char *manifest, const char *dir, struct err *err)
{
	AUTO_STR struct str beside = {0}, prev = {0};
	str_printf(&beside, "%s/manifest.old", dir);
	str_printf(&prev, "%s/manifest.prev", dir);
	if (unlink(beside.p) != 0 && errno != ENOENT)
		return err_errno(err, "%s", beside.p);
	int rc = access(manifest, F_OK) == 0 ? second_name(manifest, beside.p, err) : 0;
	if (rc || access(beside.p, F_OK) != 0) /* the very first manifest has none before it */
		return rc;
	return rename(beside.p, prev.p) == 0 ? 0 : err_errno(err, "%s: rename", prev.p);
}

int manifest_only(const char *dir, bool sync, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/manifest", dir);
	int rc = keep_previous(path.p, dir, err);
	return rc == 0 && sync ? io_sync_dir(dir, err) : rc;
}

/* A second copy, against damage to the first one. Nobody waits for it, and its failure is no failure. */
static void write_copy(const char *dir, struct span text)
{
	AUTO_STR struct str beside = {0}, copy = {0};
	str_printf(&beside, "%s/manifest.copy.new", dir);
	str_printf(&copy, "%s/manifest.copy", dir);
	if (write_file_synced(beside.p, text, false, NULL) == 0 && rename(beside.p, copy.p) != 0)
		unlink(beside.p);
}

int manifest_publish(const char *dir, const struct manifest *m, bool sync, struct err *err)
{
	AUTO_STR struct str path = {0}, beside = {0}, text = {0};
	str_printf(&path, "%s/manifest", dir);
	str_printf(&beside, "%s/manifest.new", dir);
	manifest_text(m, &text);
	int rc = write_file_synced(beside.p, str_view(&text), sync, err);
	if (rc == 0)
		rc = keep_previous(path.p, dir, err);
	if (rc == 0 && sync)
		rc = io_sync_dir(dir, err);
	if (rc)
		return rc;
	if (rename(beside.p, path.p) != 0)
		return err_errno(err, "%s: rename", path.p);
	if (sync && (rc = io_sync_dir(dir, err)) != 0)
		return rc;
	write_copy(dir, str_view(&text));
	return 0;
}

/* ---- Files ---- */

#define PIECE ((size_t)1 << 20)

static int hash_file(const char *path, const struct pace *pace, uint64_t *size, uint64_t *sum, struct err *err)
{
	struct span map;
	int rc = io_map_file(path, &map, err);
	if (rc)
		return rc;
	XXH3_state_t *state = XXH3_createState();
	if (!state)
		abort();
	XXH3_64bits_reset(state);
	for (size_t at = 0, n; at < map.n; at += n) {
		n = pace && map.n - at > PIECE ? PIECE : map.n - at;
		XXH3_64bits_update(state, map.p + at, n);
		if (pace)
			pace->rest(pace->arg, n);
	}
	*size = map.n;
	*sum = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	io_unmap(&map);
	return 0;
}

int file_put(const char *dir, const char *name, struct span bytes, bool sync, struct file_entry *out, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/%s", dir, name);
	int rc = write_file_synced(path.p, bytes, sync, err);
	if (rc)
		return rc;
	*out = (struct file_entry){.size = bytes.n, .sum = span_hash(bytes)};
	snprintf(out->name, sizeof out->name, "%s", name);
	return 0;
}

int file_get(const char *dir, const struct file_entry *e, size_t most, struct str *out, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/%s", dir, e->name);
	int rc = io_read_file(path.p, most, out, err);
	if (rc)
		return rc == ERR_NOT_FOUND ? err_set(err, ERR_CORRUPT, "%s is missing", path.p) : rc;
	if (out->n != e->size || span_hash(str_view(out)) != e->sum)
		return err_set(err, ERR_CORRUPT, "%s is damaged: its checksum differs", path.p);
	return 0;
}

int file_seal(const char *path, const char *name, bool sync, struct file_entry *out, struct err *err)
{
	struct file_entry e = {0};
	snprintf(e.name, sizeof e.name, "%s", name);
	int rc = hash_file(path, NULL, &e.size, &e.sum, err);
	if (rc == 0 && sync) {
		AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
		rc = fd < 0 ? err_errno(err, "%s", path) : io_sync_fd(fd, path, err);
	}
	if (rc == 0)
		*out = e;
	return rc;
}

static int verify(const char *path, const struct file_entry *e, bool whole, const struct pace *pace, struct err *err)
{
	struct stat st;
	uint64_t size = 0, sum = 0;
	if (stat(path, &st) != 0)
		return errno == ENOENT ? err_set(err, ERR_CORRUPT, "%s is missing", path) : err_errno(err, "%s", path);
	if ((uint64_t)st.st_size != e->size)
		return err_set(err, ERR_CORRUPT, "%s has %llu bytes, not %llu", path, (unsigned long long)st.st_size, (unsigned long long)e->size);
	int rc = whole ? hash_file(path, pace, &size, &sum, err) : 0;
	if (rc == 0 && whole && (size != e->size || sum != e->sum))
		return err_set(err, ERR_CORRUPT, "%s is damaged: its checksum differs", path);
	return rc;
}

int file_verify(const char *path, const struct file_entry *e, bool whole, struct err *err) { return verify(path, e, whole, NULL, err); }

int file_verify_slowly(const char *path, const struct file_entry *e, const struct pace *pace, struct err *err) { return verify(path, e, true, pace, err); }
