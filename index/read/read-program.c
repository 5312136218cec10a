/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PDF, DOC and RTF: a program outside the jail makes text of them (struct read_helper); here it becomes a document.
 *
 *	bytes ─ helper ─ pdf: <title>, <meta …>, <pre>pages, a form feed after each</pre> ─ pages joined, running heads off
 *	                └ doc, rtf: plain text
 *
 * A PDF's date is the day it was made: a hint, not the day of publication. Its title is often the name of a file: then it is none.
 */
#include "index/read/inside.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/read/html.h"

#define MAX_PAGES 20000u
#define MADE_SURE 45 /* below what the text says of itself, above its passing mentions of days */

struct page {
	struct span text;
	uint64_t head, foot; /* hash of its first and last line, figures aside */
};

/* ---- What the PDF says of itself ---- */

/* The value behind `mark`, up to `end`; empty if there is none. Looks only at the head that pdftotext writes. */
static struct span between(struct span head, const char *mark, const char *end)
{
	ptrdiff_t at = span_find(head, span_of(mark));
	if (at < 0)
		return SPAN_NONE;
	struct span rest = span_sub(head, (size_t)at + strlen(mark), head.n);
	ptrdiff_t stop = span_find(rest, span_of(end));
	return stop < 0 ? SPAN_NONE : span_sub(rest, 0, (size_t)stop);
}

/* "Microsoft Word - draft3.doc", "untitled": what programs write when nobody gave a title. */
static bool is_file_name(struct span t)
{
	static const char *const starts[] = {"microsoft ", "untitled", "powerpoint ", "slide 1", "document", "print", "layout "};
	static const char *const ends[] = {".doc", ".docx", ".pdf", ".rtf", ".odt", ".tex", ".dvi", ".indd", ".qxd", ".qxp", ".pmd", ".ppt", ".pptx", ".xls", ".txt", ".wpd", ".html", ".htm", ".fm", ".p65"};
	bool words = t.n && memchr(t.p, ' ', t.n);
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (span_istarts(t, starts[i]) && (i < 3 || !words))
			return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t n = strlen(ends[i]);
		if (t.n > n && span_ieq(span_sub(t, t.n - n, t.n), ends[i]))
			return true;
	}
	return false;
}

static void take_properties(struct arena *a, struct span head, struct document *doc)
{
	struct span title = clean_value(a, html_value(a, between(head, "<title>", "</title>")));
	struct span author = clean_value(a, html_value(a, between(head, "<meta name=\"Author\" content=\"", "\"/>")));
	struct interval made;
	if (title.n > 3 && !is_file_name(title))
		doc->title = title, doc->title_how = SPAN("properties");
	if (author.n > 3 && memchr(author.p, ' ', author.n)) /* one word is a login */
		doc->author = author;
	if (interval_parse(between(head, "<meta name=\"CreationDate\" content=\"", "\"/>"), &made))
		doc->hint = (struct when){made, MADE_SURE, false, "properties"};
}

/* ---- Pages ---- */

static struct span first_line(struct span s)
{
	const char *nl = s.n ? memchr(s.p, '\n', s.n) : NULL;
	return nl ? span_sub(s, 0, (size_t)(nl - s.p)) : s;
}

static struct span last_line(struct span s)
{
	const char *nl = s.n ? memrchr(s.p, '\n', s.n) : NULL;
	return nl ? span_sub(s, (size_t)(nl - s.p) + 1, s.n) : s;
}

/* A line as a running head has it on every page: figures do not count. 0: longer than any head. */
static uint64_t shape(struct span line)
{
	char out[120];
	size_t n = 0;
	for (size_t i = 0; i < line.n; i++) {
		if ((line.p[i] >= '0' && line.p[i] <= '9') || line.p[i] == ' ')
			continue;
		if (n == sizeof out)
			return 0;
		out[n++] = line.p[i];
	}
	return span_hash((struct span){out, n}) | 1;
}

static size_t split_pages(struct arena *a, struct span text, struct page **out)
{
	struct page *v = NULL;
	size_t n = 0, cap = 0;
	struct span piece;
	while (n < MAX_PAGES && span_cut(&text, '\f', &piece)) {
		piece = span_trim(piece);
		if (piece.n)
			*arena_push(a, v, n, cap) = (struct page){piece, shape(first_line(piece)), shape(last_line(piece))};
	}
	if (n && text.n) /* what is beyond the last page that is told apart */
		v[n - 1].text.n = (size_t)(text.p + text.n - v[n - 1].text.p);
	*out = v;
	return n;
}

/* Does this line stand on most of the pages near by? (Left and right pages may differ.) */
static bool runs(const struct page *v, size_t n, size_t i, bool foot)
{
	uint64_t h = foot ? v[i].foot : v[i].head;
	size_t from = i > 4 ? i - 4 : 0, to = i + 5 < n ? i + 5 : n, same = 0;
	for (size_t k = from; k < to && h; k++)
		same += (foot ? v[k].foot : v[k].head) == h;
	return same >= 3 && same * 5 >= (to - from) * 2;
}

static void drop_line(struct arena *a, struct document *doc, size_t *cap, struct span line)
{
	*arena_push(a, doc->dropped, doc->n_dropped, *cap) = (struct dropped){.text = arena_span(a, line), .why = DROP_OTHER};
}

/* A sentence that runs over the end of a page goes on in the same paragraph. */
static void add_page(struct str *out, struct span page)
{
	unsigned char first = (unsigned char)page.p[0];
	char last = out->n ? out->p[out->n - 1] : 0;
	bool goes_on = last && !memchr(".!?:\"'", last, 6) && ((first >= 'a' && first <= 'z') || first >= 0xC3);
	if (out->n)
		str_z(out, goes_on ? "\n" : "\n\n");
	str_span(out, page);
}

static void join_pages(struct arena *a, struct span text, struct document *doc, struct str *out)
{
	struct page *v;
	size_t n = split_pages(a, text, &v), cap = doc->n_dropped;
	for (size_t i = 0; i < n; i++) {
		struct span page = v[i].text, line;
		if (runs(v, n, i, false)) {
			line = first_line(page);
			drop_line(a, doc, &cap, line);
			page = span_trim(span_sub(page, line.n, page.n));
		}
		if (page.n && runs(v, n, i, true)) {
			line = last_line(page);
			drop_line(a, doc, &cap, line);
			page = span_trim(span_sub(page, 0, page.n - line.n));
		}
		if (page.n)
			add_page(out, page);
	}
}

/* ---- The document ---- */

static int pdf_document(struct arena *a, struct span text, struct document *doc, struct err *err)
{
	ptrdiff_t from = span_find(text, SPAN("<pre>\n"));
	size_t to = text.n;
	while (to > 6 && memcmp(text.p + to - 6, "</pre>", 6) != 0)
		to--;
	if (from < 0 || to <= (size_t)from + 12)
		return err_set(err, ERR_BAD_DOCUMENT, "pdftotext gave nothing that can be used: is the PDF damaged?");
	AUTO_STR struct str joined = {0};
	take_properties(a, span_sub(text, 0, (size_t)from), doc);
	join_pages(a, span_sub(text, (size_t)from + 6, to - 6), doc, &joined);
	if (!joined.n)
		return err_set(err, ERR_BAD_DOCUMENT, "there is no text in the PDF: is it made of images? (Text recognition is not dossier's: run ocrmypdf, for one, and add the result)");
	doc->body = arena_take(a, joined.p, joined.n);
	joined = (struct str){0};
	return 0;
}

static int word_document(struct arena *a, struct span text, struct document *doc, struct err *err)
{
	struct span t = span_trim(text);
	if (!t.n)
		return err_set(err, ERR_BAD_DOCUMENT, "there is no text in it");
	doc->body = arena_span(a, t);
	return 0;
}

/* Word's binary files are small file systems: a workbook or a mail of Outlook has another stream in it. */
static bool holds_word(struct span bytes)
{
	return memmem(bytes.p, bytes.n, "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0", 24) != NULL;
}

static int text_of(struct reader *r, struct span bytes, bool pdf, struct str *out, struct err *err)
{
	bool rtf = span_starts(bytes, "{\\rtf");
	if (!pdf && !rtf && !holds_word(bytes))
		return err_set(err, ERR_UNSUPPORTED, "an Office file that is no text document (a workbook, slides, a mail of Outlook?)");
	if (!r->helper)
		return err_set(err, ERR_NEEDS_PROGRAM, pdf ? "a PDF needs pdftotext: apt install poppler-utils" : "a DOC needs catdoc: apt install catdoc, or save it as DOCX or ODT");
	return r->helper->text_of(r->helper->arg, pdf ? "pdf" : "doc", bytes, out, err);
}

int read_program_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	struct span bytes;
	AUTO_STR struct str text = {0};
	if (r->n++)
		return 0;
	r->done = true;
	int rc = stream_all(r->in, a, r->limits.file_bytes, &bytes, err);
	if (rc)
		return rc;
	bool pdf = span_starts(bytes, "%PDF");
	if ((rc = text_of(r, bytes, pdf, &text, err)) != 0)
		return rc;
	arena_drop(a, bytes.p);
	reader_begin(r, a, doc);
	rc = pdf ? pdf_document(a, str_view(&text), doc, err) : word_document(a, str_view(&text), doc, err);
	if (rc)
		return rc;
	doc->body_kind = BODY_TEXT;
	doc->id = reader_make_id(r, a, false);
	return 1;
}
