/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the ledger about files: their keys, what they say, and whether a file is still as they say. The rows of a file that was read are
 * written in sources-files.c, those that go are taken away in sources-drop.c.
 *
 *	source:<path>   name
 *	file:<path>     size, time, hash, the ids of its documents
 *	fail:<path>     size, time, version of the reader; what went wrong
 */
#include "daemon/sources.h"

#include "daemon/scan.h"

#include "index/facts/facts.h"
#include "index/store/record.h"

/* What failed is tried again when this changes: another version, other programs for PDF and DOC, other limits. */
uint64_t rows_version(const struct indexer *ix)
{
	const struct config *c = ix->cfg;
	const uint64_t limits[] = {c->file_bytes, c->text_bytes, c->line_bytes, c->ratio, c->json_depth, c->cpu_ms, c->wall_ms, c->memory_bytes};
	return span_hash(SPAN(DOSSIER_VERSION)) + FACTS_VERSION + ((uint64_t)ix->programs << 32) + span_hash((struct span){(const char *)limits, sizeof limits});
}

/* Did something in it fail that may be read now? */
bool rows_to_try_again(const struct indexer *ix, const struct source *s, const char *path)
{
	AUTO_STR struct str fail = {0};
	struct span value;
	row_key(&fail, "fail:", s, path);
	return writer_noted(ix->writer, str_view(&fail), &value) && read_fail_note(value).version != rows_version(ix);
}

void row_key(struct str *out, const char *kind, const struct source *s, const char *path)
{
	str_printf(out, "%s%s%s%s", kind, s->path, *path ? "/" : "", path);
}

struct file_note read_file_note(struct span value)
{
	struct unpack u = {value, false};
	struct file_note n = {unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), SPAN_NONE};
	n.ids = u.rest;
	return n;
}

struct fail_note read_fail_note(struct span value)
{
	struct unpack u = {value, false};
	struct fail_note n = {unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), unpack_u64(&u), (int)(int64_t)unpack_u64(&u), SPAN_NONE, SPAN_NONE};
	n.why = unpack_span(&u);
	n.bad = u.rest;
	return n;
}

void row_forget(struct indexer *ix, struct span key)
{
	struct span value;
	if (!writer_noted(ix->writer, key, &value))
		return;
	if (span_starts(key, "fail:"))
		ix->n_failed--;
	writer_note(ix->writer, key, SPAN_NONE);
}

/* Is the file as the ledger says – read, or failed – and not to be read again? */
bool rows_known(struct indexer *ix, struct source *s, const char *path, const struct scan_entry *e)
{
	AUTO_STR struct str file = {0}, fail = {0};
	struct span value;
	row_key(&fail, "fail:", s, path);
	if (writer_noted(ix->writer, str_view(&fail), &value)) {
		struct fail_note n = read_fail_note(value);
		if (n.size != e->size || (int64_t)n.mtime_ns != e->mtime_ns || n.version != rows_version(ix))
			return false;
		if (n.code)
			return true;
	}
	row_key(&file, "file:", s, path);
	if (!writer_noted(ix->writer, str_view(&file), &value))
		return false;
	struct file_note n = read_file_note(value);
	return n.size == e->size && (int64_t)n.mtime_ns == e->mtime_ns;
}

/* Was it ever read, or tried? */
bool rows_any(const struct indexer *ix, const struct source *s, const char *path)
{
	AUTO_STR struct str file = {0}, fail = {0};
	struct span value;
	row_key(&file, "file:", s, path);
	row_key(&fail, "fail:", s, path);
	return writer_noted(ix->writer, str_view(&file), &value) || writer_noted(ix->writer, str_view(&fail), &value);
}

uint64_t rows_documents(const struct indexer *ix, const struct source *s, const char *path)
{
	AUTO_STR struct str key = {0};
	struct span value;
	row_key(&key, "file:", s, path);
	return writer_noted(ix->writer, str_view(&key), &value) ? read_file_note(value).n_docs : 0;
}

/* A folder that could not be looked at stands among what failed, until it can. */
void row_note_folder(struct indexer *ix, struct source *s, const char *path, int code, const char *why)
{
	AUTO_STR struct str key = {0}, note = {0};
	struct span value;
	if (!*path)
		return;
	row_key(&key, "fail:", s, path);
	if (!code)
		return row_forget(ix, str_view(&key));
	for (int i = 0; i < 4; i++) /* size, time, version, documents */
		pack_u64(&note, 0);
	pack_u64(&note, (uint64_t)(int64_t)code);
	pack_span(&note, span_of(why));
	ix->n_failed += !writer_noted(ix->writer, str_view(&key), &value);
	writer_note(ix->writer, str_view(&key), str_view(&note));
	index_changed(ix);
}
