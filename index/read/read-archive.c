/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives of files (.zip, .tar) and documents that are zip archives inside (EPUB, DOCX, ODT), through libarchive, streamed.
 *
 *	archive ─ entry ─ a stream ─ a reader of its own ─ documents     (archives in archives: three deep)
 *	epub: each chapter is an HTML document · docx: word/document.xml · odt: content.xml
 *
 * Names inside are only names: nothing is unpacked to disk, no link is followed.
 */
#include "index/read/inside.h"

#include "base/mem.h"
#include "index/read/xml.h"

#include <archive.h>
#include <archive_entry.h>

#define MAX_DEPTH 3u

struct archive_state {
	struct archive *ar;
	struct reader *inner;
	struct str name; /* of the entry, as ids have it */
	struct taken taken;
	uint64_t out;    /* bytes that came out, for the ratio */
};

static void close_archive(struct reader *r)
{
	struct archive_state *s = r->state;
	reader_close(s->inner);
	if (s->ar)
		archive_read_free(s->ar);
	str_done(&s->name);
	taken_done(&s->taken);
	free(s);
}

static int state_of(struct reader *r, struct archive_state **out, struct err *err)
{
	if (!r->state) {
		struct archive_state *s = mem_alloc(sizeof *s);
		r->state = s;
		r->close = close_archive;
		s->ar = archive_read_new();
		archive_read_support_format_zip_streamable(s->ar);
		archive_read_support_format_tar(s->ar);
		archive_read_support_format_gnutar(s->ar);
		if (archive_read_open(s->ar, r->in, NULL, stream_archive_pull, NULL) != ARCHIVE_OK)
			return err_set(err, ERR_BAD_FILE, "not a readable archive: %s", archive_error_string(s->ar));
	}
	*out = r->state;
	return 0;
}

/* In UTF-8 where the archive says what it is in, else its bytes; the second of one name gets a number. */
static void name_entry(const struct reader *r, struct archive_state *s, struct archive_entry *e)
{
	AUTO_ARENA struct arena a = {0};
	const char *name = archive_entry_pathname_utf8(e);
	if (!name)
		name = archive_entry_pathname(e);
	str_clear(&s->name);
	str_span(&s->name, id_from_name(&a, span_of(name ? name : "")));
	if (!s->name.n)
		str_printf(&s->name, "entry-%llu", (unsigned long long)r->n);
	taken_name(&s->taken, &s->name, r->n);
}

/* The next regular file with a size worth looking at. 1: there is one; 0: the end. */
static int next_entry(struct reader *r, struct archive_state *s, struct err *err)
{
	for (;;) {
		struct archive_entry *e;
		int rc = archive_read_next_header(s->ar, &e);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc < ARCHIVE_WARN)
			return err_set(err, ERR_BAD_FILE, "the archive is damaged after %llu entries: %s", (unsigned long long)r->n, archive_error_string(s->ar));
		if (archive_entry_filetype(e) != AE_IFREG)
			continue;
		r->n++;
		name_entry(r, s, e);
		const char *slash = s->name.n ? memrchr(s->name.p, '/', s->name.n) : NULL;
		if (slash ? slash[1] == '.' : s->name.n && s->name.p[0] == '.')
			continue; /* .DS_Store and such */
		if (archive_entry_is_data_encrypted(e))
			return err_set(err, ERR_BAD_DOCUMENT, "%s: encrypted", str_cz(&s->name));
		return 1;
	}
}

static int more_entry(struct stream *st, struct err *err)
{
	struct reader *r = st->state;
	struct archive_state *s = r->state;
	str_drop(&st->buf, st->at);
	st->at = 0;
	str_room(&st->buf, 65536);
	la_ssize_t n = archive_read_data(s->ar, st->buf.p + st->buf.n, 65536);
	if (n < 0)
		return err_set(err, ERR_BAD_FILE, "the archive is damaged: %s", archive_error_string(s->ar));
	st->buf.n += (size_t)n;
	st->end = n == 0;
	s->out += (size_t)n;
	if (s->out > (16u << 20) && s->out / r->limits.ratio > r->in->taken + 1)
		return err_set(err, ERR_BAD_FILE, "it unpacks to more than %u times its size (setting compression-ratio)", r->limits.ratio);
	return 0;
}

static struct stream *entry_stream(struct reader *r)
{
	struct stream *s = mem_alloc(sizeof *s);
	s->more = more_entry;
	s->state = r;
	return s;
}

static int open_inner(struct reader *r, struct archive_state *s, struct err *err)
{
	if (r->depth >= MAX_DEPTH)
		return err_set(err, ERR_BAD_DOCUMENT, "%s: archives nested more than %u deep", str_cz(&s->name), MAX_DEPTH);
	AUTO_STR struct str name = {0};
	str_printf(&name, "%.*s/%s", SPAN_ARG(r->name), str_cz(&s->name));
	struct read_input in = {.fd = -1, .name = str_view(&name), .source = r->source, .file_day = r->file_day};
	struct err why = {0};
	int rc = reader_over(entry_stream(r), r, &in, &r->limits, &s->inner, &why);
	return rc ? err_set(err, rc == ERR_LIMIT ? ERR_BAD_FILE : ERR_BAD_DOCUMENT, "%s: %s", str_cz(&s->name), why.msg) : 0;
}

int read_archive_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	struct archive_state *s;
	int rc = state_of(r, &s, err);
	while (!rc) {
		if (!s->inner) {
			rc = next_entry(r, s, err);
			if (rc <= 0)
				return rc;
			if ((rc = open_inner(r, s, err)) != 0)
				return rc;
		}
		struct err why = {0};
		rc = reader_next(s->inner, a, doc, &why);
		if (rc == 1)
			return 1;
		bool goes_on = rc == ERR_BAD_DOCUMENT || (rc == ERR_LIMIT && !s->inner->done);
		if (!goes_on) {
			reader_close(s->inner);
			s->inner = NULL;
		}
		if (rc)
			return err_set(err, rc == ERR_LIMIT ? ERR_LIMIT : ERR_BAD_DOCUMENT, "%s: %s", str_cz(&s->name), why.msg);
	}
	return rc;
}

int read_epub_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	struct archive_state *s;
	int rc = state_of(r, &s, err);
	while (!rc) {
		rc = next_entry(r, s, err);
		if (rc <= 0)
			return rc;
		struct span name = str_view(&s->name), body;
		rc = 0;
		if (!span_ends(name, ".xhtml") && !span_ends(name, ".html") && !span_ends(name, ".htm"))
			continue;
		struct stream *in = entry_stream(r);
		rc = stream_all(in, a, r->limits.file_bytes, &body, err);
		stream_close(in);
		if (rc)
			return rc;
		if (!span_trim(body).n)
			continue;
		reader_begin(r, a, doc);
		doc->body = body;
		doc->body_kind = BODY_HTML;
		doc->id = reader_make_id(r, a, true);
		return 1;
	}
	return rc;
}

/* --- DOCX, ODT ---------------------------------------------------------------- */

static void end_paragraph(struct str *out)
{
	while (out->n && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\n'))
		out->n--;
	if (out->n)
		str_z(out, "\n\n");
}

/* Text of paragraphs: <w:p><w:r><w:t>…, or <text:p>, <text:h>. Deleted text and notes are left out. */
static int office_text(struct stream *in, uint64_t limit, bool docx, struct str *out, struct err *err)
{
	struct xml *x = xml_open(in, limit);
	int rc, skip = 0, in_text = 0;
	enum xml_event e;
	while (!(rc = xml_next(x, &e, err)) && e != XML_END_OF_FILE) {
		struct span name = xml_name(x);
		bool paragraph = span_is(name, "p") || (!docx && span_is(name, "h"));
		if (e == XML_START && !skip && (span_is(name, "delText") || span_is(name, "note") || span_is(name, "annotation") || span_is(name, "tracked-changes") || span_is(name, "instrText")))
			skip = xml_empty(x) ? 0 : xml_depth(x);
		else if (e == XML_STOP && skip == xml_depth(x))
			skip = 0;
		else if (skip)
			continue;
		else if (e == XML_START && (span_is(name, "tab") || span_is(name, "br") || span_is(name, "cr") || span_is(name, "s") || span_is(name, "line-break")))
			str_ch(out, ' ');
		else if (e == XML_START && (docx ? span_is(name, "t") : paragraph) && !xml_empty(x))
			in_text++;
		else if (e == XML_STOP && (docx ? span_is(name, "t") : paragraph))
			in_text -= in_text > 0;
		else if (e == XML_TEXT && in_text)
			str_span(out, xml_text(x));
		if (e == XML_STOP && paragraph)
			end_paragraph(out);
	}
	xml_close(x);
	return rc;
}

static int office_meta(struct stream *in, struct arena *a, uint64_t limit, struct document *doc, struct err *err)
{
	struct xml *x = xml_open(in, limit);
	struct span name = SPAN_NONE;
	int rc;
	enum xml_event e;
	while (!(rc = xml_next(x, &e, err)) && e != XML_END_OF_FILE) {
		if (e == XML_START)
			name = arena_span(a, xml_name(x));
		if (e != XML_TEXT)
			continue;
		struct span text = clean_value(a, arena_span(a, xml_text(x)));
		struct interval day;
		if (span_is(name, "title") && text.n && !doc->title.n)
			doc->title = text, doc->title_how = SPAN("properties");
		else if ((span_is(name, "creator") || span_is(name, "initial-creator")) && text.n && !doc->author.n)
			doc->author = text;
		else if ((span_is(name, "created") || span_is(name, "creation-date")) && interval_parse(text, &day) && !doc->n_dates) {
			doc->published = (struct when){day, 60, false, "properties"};
			doc->dates = arena_new(a, struct when);
			doc->dates[0] = doc->published;
			doc->n_dates = 1;
		}
	}
	xml_close(x);
	return rc;
}

static int read_office(struct reader *r, struct arena *a, bool docx, struct document *doc, struct err *err)
{
	struct archive_state *s;
	int rc = state_of(r, &s, err);
	if (rc || r->done)
		return rc;
	AUTO_STR struct str text = {0};
	reader_begin(r, a, doc);
	while (!rc && (rc = next_entry(r, s, err)) == 1) {
		struct span name = str_view(&s->name);
		bool body = span_is(name, docx ? "word/document.xml" : "content.xml"), meta = span_is(name, docx ? "docProps/core.xml" : "meta.xml");
		rc = 0;
		if (!body && !meta)
			continue;
		struct stream *in = entry_stream(r);
		rc = body ? office_text(in, r->limits.file_bytes, docx, &text, err) : office_meta(in, a, r->limits.file_bytes, doc, err);
		stream_close(in);
	}
	r->done = true;
	if (rc < 0)
		return rc;
	if (!span_trim(str_view(&text)).n)
		return err_set(err, ERR_BAD_DOCUMENT, "there is no text in it");
	doc->body = span_trim(arena_take(a, text.p, text.n));
	text = (struct str){0};
	doc->body_kind = BODY_TEXT;
	doc->id = reader_make_id(r, a, false);
	return 1;
}

int read_docx_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) { return read_office(r, a, true, doc, err); }
int read_odt_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) { return read_office(r, a, false, doc, err); }
