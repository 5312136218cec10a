/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WARC (ISO 28500) and its forerunner ARC: web archives, streamed record by record.
 *
 *	WARC/1.0 ─ headers ─ empty line ─ Content-Length bytes ─ two empty lines ─ WARC/1.0 …
 *	http://… IP date type length ─ length bytes ─ empty line ─ …                          (ARC)
 *
 * Responses and resources with HTML or plain text become documents; requests, metadata, revisits, pictures, errors are passed over. A record that lies about its
 * length costs itself: the next one is looked for at the next "WARC/" (or ARC line). The own reader is there because libarchive's finds no record in many real files.
 */
#include "index/read/inside.h"

#include "base/mem.h"
#include "index/read/datetext.h"
#include "index/read/decode.h"
#include "index/read/http.h"

#define HEADER_BYTES 65536u
#define SMALL_BYTES (16u << 20)

/* One record, as far as its headers go. */
struct record {
	struct span url, type, date, content_type; /* arena */
	uint64_t length, at;                       /* at: where it begins in the unpacked stream */
	bool http;                                 /* its block is an HTTP response */
};

static int broken(const struct reader *r, const struct record *rec, struct err *err, const char *what)
{
	return err_set(err, ERR_BAD_DOCUMENT, "record %llu at byte %llu: %s", (unsigned long long)r->n, (unsigned long long)rec->at, what);
}

static bool is_warc_line(struct span line) { return span_starts(line, "WARC/0.") || span_starts(line, "WARC/1."); }

/* "http://host/a path 1.2.3.4 20080430204825 text/html 1234": from the right, for addresses may hold spaces. */
static bool parse_arc_line(struct arena *a, struct span line, struct record *rec)
{
	struct span field[4]; /* length, type, date, ip */
	size_t end = line.n;
	for (int f = 0; f < 4; f++) {
		size_t from = end;
		while (from > 0 && line.p[from - 1] != ' ')
			from--;
		if (from == 0)
			return false;
		field[f] = span_sub(line, from, end);
		end = from - 1;
	}
	uint64_t date;
	struct span url = span_sub(line, 0, end);
	if (!span_to_u64(field[0], &rec->length) || !span_to_u64(field[2], &date) || field[2].n < 8 || field[2].n > 17 || span_find(url, SPAN(":")) <= 0)
		return false;
	rec->url = arena_span(a, url);
	rec->date = arena_span(a, span_sub(field[2], 0, 8));
	rec->content_type = arena_span(a, field[1]);
	rec->http = span_istarts(url, "http");
	rec->type = span_istarts(url, "filedesc:") ? SPAN("filedesc") : SPAN("response");
	return true;
}

/* A first line that has been read while passing over what is no record. */
struct held {
	struct str line;
	uint64_t at;
};

static void close_held(struct reader *r)
{
	str_done(&((struct held *)r->state)->line);
	free(r->state);
}

static void hold(struct reader *r, struct span line, uint64_t at)
{
	if (!r->state)
		r->state = mem_alloc(sizeof(struct held)), r->close = close_held;
	struct held *h = r->state;
	str_clear(&h->line);
	str_span(&h->line, line);
	h->at = at;
}

static bool take_held(struct reader *r, struct arena *a, struct span *line, uint64_t *at)
{
	struct held *h = r->state;
	if (!h || !h->line.n)
		return false;
	*line = arena_span(a, str_view(&h->line));
	*at = h->at;
	str_clear(&h->line);
	return true;
}

/* Reads lines until a record begins. 1: *line is its first; 0: the end; ERR_BAD_DOCUMENT: something else was passed over. */
static int next_start(struct reader *r, struct arena *a, bool arc, struct record *rec, struct err *err)
{
	struct span line;
	if (take_held(r, a, &line, &rec->at))
		return arc ? parse_arc_line(a, line, rec) : 1;
	uint64_t rubbish = 0, from = 0;
	for (;;) {
		rec->at = r->in->taken;
		int rc = stream_line(r->in, HEADER_BYTES, &line, NULL);
		bool empty = rc > 0 && !span_trim(line).n;
		if (rc < 0 && rc != ERR_LIMIT)
			return err_set(err, rc, "the file cannot be read on at byte %llu", (unsigned long long)r->in->taken);
		bool start = rc > 0 && (arc ? parse_arc_line(a, line, rec) : is_warc_line(line));
		if (start && !rubbish)
			return 1;
		if (start)
			hold(r, line, rec->at);
		if (rubbish && (start || rc == 0))
			return err_set(err, ERR_BAD_DOCUMENT, "byte %llu: %llu lines that belong to no record", (unsigned long long)from, (unsigned long long)rubbish);
		if (rc == 0)
			return 0;
		if (!empty && !rubbish++)
			from = rec->at;
	}
}

static int warc_headers(struct reader *r, struct arena *a, struct record *rec, struct err *err)
{
	AUTO_STR struct str block = {0};
	for (;;) {
		struct span line;
		int rc = stream_line(r->in, HEADER_BYTES, &line, err);
		if (rc == 0 || rc == ERR_LIMIT || block.n > HEADER_BYTES)
			return broken(r, rec, err, rc ? "its headers are too long" : "the file ends in its headers");
		if (rc < 0)
			return rc;
		if (!line.n)
			break;
		str_span(&block, line);
		str_ch(&block, '\n');
	}
	struct span b = str_view(&block), url = header_value(b, "WARC-Target-URI");
	if (url.n > 2 && url.p[0] == '<' && url.p[url.n - 1] == '>')
		url = span_sub(url, 1, url.n - 1);
	rec->url = arena_span(a, url);
	rec->type = arena_span(a, header_value(b, "WARC-Type"));
	rec->date = arena_span(a, header_value(b, "WARC-Date"));
	rec->content_type = arena_span(a, header_value(b, "Content-Type"));
	rec->http = span_istarts(rec->content_type, "application/http");
	if (!span_to_u64(header_value(b, "Content-Length"), &rec->length) || rec->length > (uint64_t)1 << 50)
		return broken(r, rec, err, "its Content-Length is missing or no sensible number");
	return 0;
}

/* Where the next record begins in what follows, if the length was wrong: behind a line break. */
static size_t find_start(struct span s, bool arc)
{
	const char *p = arc || !s.n ? NULL : memmem(s.p, s.n, "\nWARC/1.", 8);
	return p ? (size_t)(p - s.p) + 1 : s.n;
}

/* The record's block. Its length is believed if a record or the end follows it. */
static int take_block(struct reader *r, struct arena *a, const struct record *rec, bool arc, struct span *out, bool *cut, struct err *err)
{
	struct span have;
	int rc = stream_want(r->in, (size_t)rec->length + 12, &have, err);
	if (rc)
		return rc;
	size_t n = rec->length < have.n ? (size_t)rec->length : have.n;
	*cut = rec->length > have.n;
	struct span after = span_sub(have, n, have.n);
	while (after.n && (after.p[0] == '\r' || after.p[0] == '\n'))
		after = span_sub(after, 1, after.n);
	bool fits = !*cut && (arc || !after.n || is_warc_line(after));
	if (!fits) {
		size_t start = find_start(span_sub(have, 0, n), arc); /* too long: the next one begins inside */
		if (start < n)
			n = start, *cut = true;
	}
	stream_take(r->in, n);
	*out = stream_keep(r->in, span_sub(have, 0, n), a);
	return 0;
}

/* What kind of document a media type is; -1: none. An unknown or missing type: look. */
static int kind_of_type(struct span type, struct span body, struct span url)
{
	if (span_ieq(type, "text/html") || span_ieq(type, "application/xhtml+xml"))
		return BODY_HTML;
	if (span_ieq(type, "text/plain"))
		return span_ends(url, "/robots.txt") || sniff_binary(body) ? -1 : sniff(body, SPAN_NONE) == FORMAT_html ? BODY_HTML : span_starts(url, "dns:") ? -1 : BODY_TEXT;
	if (!type.n || span_ieq(type, "unk") || span_ieq(type, "unknown") || span_ieq(type, "application/octet-stream") || span_ieq(type, "no-type"))
		return !sniff_binary(body) && sniff(body, SPAN_NONE) == FORMAT_html ? BODY_HTML : -1;
	return -1;
}

static bool could_be_text(const struct record *rec)
{
	if (!span_is(rec->type, "response") && !span_is(rec->type, "resource") && !span_is(rec->type, "conversion"))
		return false;
	if (span_istarts(rec->url, "metadata:")) /* what the crawler says of itself: logs, manifests */
		return false;
	struct span t = header_main(rec->content_type);
	return rec->http || span_istarts(t, "text/") || span_istarts(t, "application/xhtml") || !t.n;
}

/* Office files inside: read by their own reader. 1: a document; 0: not one. What is wrong with it costs this record. */
static int office_document(struct reader *r, struct arena *a, const struct record *rec, struct span type, struct span body, struct document *doc, struct err *err)
{
	static const struct {
		const char *type, *name;
	} kinds[] = {{"wordprocessingml.document", "record.docx"}, {"opendocument.text", "record.odt"}, {"application/pdf", "record.pdf"}, {"application/msword", "record.doc"}};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!span_ends(type, kinds[i].type))
			continue;
		struct read_input in = {.fd = -1, .bytes = body, .name = span_of(kinds[i].name), .source = r->source, .file_day = r->file_day};
		struct reader *inner = NULL;
		struct err why = {0};
		int rc = reader_over(stream_bytes(body), r, &in, &r->limits, &inner, &why);
		if (!rc)
			rc = reader_next(inner, a, doc, &why);
		reader_close(inner);
		if (rc < 0)
			return broken(r, rec, err, why.msg);
		doc->path = arena_span(a, r->name);
		doc->url = clean_value(a, rec->url);
		doc->id = reader_make_id(r, a, true);
		return rc;
	}
	return 0;
}

/* 1: a document; 0: not one; negative: broken. */
static int make_document(struct reader *r, struct arena *a, const struct record *rec, struct span block, struct document *doc, struct err *err)
{
	struct span headers = SPAN_NONE, body = block, value = rec->content_type;
	if (rec->http && span_istarts(block, "HTTP/")) {
		struct span status = span_sub(block, 0, block.n < 16 ? block.n : 16);
		const char *space = memchr(status.p, ' ', status.n);
		if (!space || space + 1 >= block.p + block.n || space[1] != '2')
			return 0; /* redirections and errors */
		if (!header_block(&body, &headers))
			return broken(r, rec, err, "the response ends in its headers");
		value = header_value(headers, "Content-Type");
	}
	struct err why = {0};
	struct span type = header_main(value);
	bool text = !type.n || span_istarts(type, "text/") || span_istarts(type, "application/xhtml") || span_ieq(type, "application/octet-stream") || span_istarts(type, "unk");
	bool program = r->helper && (span_ieq(type, "application/pdf") || span_ieq(type, "application/msword"));
	if (!text && !program && span_find(type, SPAN("document")) < 0)
		return 0;
	int rc = http_body(a, headers, body, r->limits.file_bytes, &body, &why);
	if (rc)
		return broken(r, rec, err, why.msg);
	if (!text)
		return office_document(r, a, rec, type, body, doc, err);
	int kind = kind_of_type(type, body, rec->url);
	if (kind < 0 || !span_trim(body).n)
		return 0;
	reader_begin(r, a, doc);
	struct decoded d;
	decode_own(a, body, header_parameter(value, "charset"), kind == BODY_HTML, &d);
	doc->body = d.text;
	doc->replaced = d.replaced;
	doc->body_kind = (enum body_kind)kind;
	doc->url = clean_value(a, rec->url);
	doc->id = reader_make_id(r, a, true);
	struct interval day;
	if (date_value(rec->date, ORDER_DMY, &day))
		doc->hint = (struct when){day, 10, false, "file-time"}; /* when it was fetched */
	return 1;
}

static int next_record(struct reader *r, struct arena *a, bool arc, struct document *doc, struct err *err)
{
	for (;;) {
		struct record rec = {0};
		bool cut = false;
		struct span block;
		uint64_t gone;
		int rc = next_start(r, a, arc, &rec, err);
		if (rc <= 0)
			return rc == 0 && r->n == 0 && !r->state ? err_set(err, ERR_BAD_FILE, "there is no record in it") : rc;
		r->n++;
		if (!arc && (rc = warc_headers(r, a, &rec, err)) != 0)
			return rc;
		if (!could_be_text(&rec) || rec.length > r->limits.file_bytes) {
			bool large = could_be_text(&rec);
			if (rec.length > SMALL_BYTES && (span_is(rec.type, "request") || span_is(rec.type, "metadata") || span_is(rec.type, "warcinfo") || span_is(rec.type, "revisit")))
				return broken(r, &rec, err, "its Content-Length is too large for its kind"); /* and would swallow what follows */
			if ((rc = stream_skip(r->in, rec.length, &gone, err)) != 0)
				return rc;
			if (large)
				return broken(r, &rec, err, "longer than the limit (setting file-size)");
			if (gone < rec.length)
				return broken(r, &rec, err, "the file ends in the middle of it");
			continue;
		}
		if ((rc = take_block(r, a, &rec, arc, &block, &cut, err)) != 0)
			return rc;
		rc = make_document(r, a, &rec, block, doc, err);
		if (rc == 0 && cut)
			return broken(r, &rec, err, "its length is wrong or the file ends in the middle of it");
		if (rc)
			return rc; /* of a record that is cut off, what is there is an article still */
	}
}

int read_warc_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) { return next_record(r, a, false, doc, err); }
int read_arc_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) { return next_record(r, a, true, doc, err); }
