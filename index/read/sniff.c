/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is it? The first bytes decide; the name only where they do not (a CSV looks like text, Markdown too). Unknown text is text.
 */
#include "index/read/inside.h"

#include "base/utf8.h"

static const struct {
	const char *name, *endings;
} rows[] = {
#define FORMAT(id, name, endings) {name, endings},
#include "index/read/formats.def"
#undef FORMAT
};

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Pictures, sound, films, programs: known by their first bytes, however few follow. */
static bool known_binary(struct span h)
{
	static const char *const magic[] = {"\x89PNG", "\xFF\xD8\xFF", "GIF8", ("\x7F" "ELF"), "RIFF", "OggS", "ID3", "fLaC", "II*", "SQLite format 3"};
	for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++)
		if (span_starts(h, magic[i]))
			return memchr(h.p, 0, h.n < 512 ? h.n : 512) != NULL; /* "ID3 cards" is a text */
	return false;
}

/* Control characters that no text has: all but backspace, tab, newline, form feed, return, escape; NUL counts by itself. */
#define ODD (~(1u << 0 | 1u << 8 | 1u << '\t' | 1u << '\n' | 1u << '\f' | 1u << '\r' | 1u << 27))

bool sniff_binary(struct span h)
{
	if (known_binary(h))
		return true;
	size_t n = h.n < 4096 ? h.n : 4096, odd = 0, zeros = 0;
	if (n >= 2 && (memcmp(h.p, "\xFF\xFE", 2) == 0 || memcmp(h.p, "\xFE\xFF", 2) == 0))
		return false; /* UTF-16 */
	for (size_t i = 0; i < n; i++) {
		uint64_t eight;
		for (; i + 8 < n; i += 8) { /* none of these is below 32: nearly all of a text */
			memcpy(&eight, h.p + i, 8);
			if ((eight - 0x2020202020202020u) & ~eight & 0x8080808080808080u)
				break;
		}
		unsigned char c = (unsigned char)h.p[i];
		zeros += c == 0;
		odd += (c < 32) & (unsigned)(ODD >> (c & 31));
	}
	if (zeros * 4 >= n && odd * 50 < n && zeros < n) /* UTF-16 or -32 without a mark? */
		return !(n >= 8 && (zeros * 5 > n * 2));
	return zeros * 100 > n || odd * 20 > n;
}

/* The last ending of the name, ".gz" and the like aside. */
static enum format_id by_name(struct span name)
{
	char key[16] = " ";
	size_t dot = name.n;
	for (int again = 0; again < 2; again++) {
		size_t end = dot;
		while (dot > 0 && name.p[dot - 1] != '.' && name.p[dot - 1] != '/')
			dot--;
		if (dot == 0 || name.p[dot - 1] != '.' || end - dot > 8)
			return FORMAT_COUNT_;
		struct span e = span_sub(name, dot, end);
		dot--;
		if (span_ieq(e, "gz") || span_ieq(e, "xz") || span_ieq(e, "zst") || span_ieq(e, "bz2") || span_ieq(e, "lz4"))
			continue;
		for (size_t i = 0; i < e.n; i++)
			key[i + 1] = (char)(e.p[i] >= 'A' && e.p[i] <= 'Z' ? e.p[i] | 32 : e.p[i]);
		key[e.n + 1] = ' ', key[e.n + 2] = 0;
		for (unsigned f = 0; f < FORMAT_COUNT_; f++)
			if (strstr(rows[f].endings, key))
				return (enum format_id)f;
		break;
	}
	return FORMAT_COUNT_;
}

static bool has_tag(struct span h, const char *const *marks)
{
	for (; *marks; marks++)
		if (span_ifind(h, *marks) >= 0)
			return true;
	return false;
}

static bool is_html(struct span h)
{
	static const char *const first[] = {"<!doctype html", "<html", "<head", "<body", "<!--", "<title", "<meta", "<script", "<div", "<p>", "<p ", "<h1", "<article", "<table", "<span", "<a ", "<br", "<link", "<section", "<main", "<style", "<font", "<center"};
	static const char *const later[] = {"<html", "<head>", "<body", "<!doctype html", NULL};
	if (h.n && h.p[0] == '<')
		for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
			if (span_istarts(h, first[i]))
				return true;
	struct span start = {h.p, h.n < 2048 ? h.n : 2048};
	return h.n && (h.p[0] == '<' || h.p[0] == '\r') && has_tag(start, later);
}

/* One whole object on the first line and (unless it is the last) something after it: JSON Lines. */
static enum format_id which_json(struct span h, enum format_id named)
{
	int rc;
	if (h.p[0] == '[')
		return FORMAT_json;
	const char *nl = memchr(h.p, '\n', h.n);
	struct span line = {h.p, nl ? (size_t)(nl - h.p) : h.n};
	if (nl && json_extent(line, 64, &rc))
		return FORMAT_jsonl;
	if (nl && named == FORMAT_jsonl)
		return FORMAT_jsonl; /* the first line is broken: that costs the line */
	if (!nl)
		return named == FORMAT_json ? FORMAT_json : FORMAT_jsonl;
	return FORMAT_json;
}

/* What a zip archive is, from its first entry: documents begin with "mimetype" or "[Content_Types].xml". */
static enum format_id which_zip(struct span h, enum format_id named)
{
	if (h.n < 30)
		return FORMAT_archive;
	size_t n = (unsigned char)h.p[26] | (size_t)(unsigned char)h.p[27] << 8, extra = (unsigned char)h.p[28] | (size_t)(unsigned char)h.p[29] << 8;
	struct span first = span_sub(h, 30, 30 + n < h.n ? 30 + n : h.n), data = 30 + n + extra < h.n ? span_sub(h, 30 + n + extra, h.n) : SPAN_NONE;
	if (span_is(first, "mimetype") && span_starts(data, "application/epub+zip"))
		return FORMAT_epub;
	if (span_is(first, "mimetype") && span_starts(data, "application/vnd.oasis.opendocument"))
		return FORMAT_odt;
	if (named == FORMAT_docx || named == FORMAT_odt || named == FORMAT_epub)
		return named;
	if ((span_is(first, "[Content_Types].xml") || span_starts(first, "_rels/")) && span_find(h, SPAN("word/")) >= 0)
		return FORMAT_docx;
	return FORMAT_archive;
}

static bool is_tar(struct span h) { return h.n >= 512 && (memcmp(h.p + 257, "ustar", 5) == 0); }

/* An ARC begins with "filedesc://"; one that lost its beginning with a record's line: address, IP, fourteen digits … */
static bool is_arc(struct span h)
{
	if (span_starts(h, "filedesc://"))
		return true;
	const char *nl = memchr(h.p, '\n', h.n < 2048 ? h.n : 2048);
	struct span line = {h.p, nl ? (size_t)(nl - h.p) : 0}, word;
	size_t words = 0, stamp = 0;
	while (span_cut(&line, ' ', &word) && ++words < 20) {
		uint64_t v;
		stamp |= words >= 3 && word.n == 14 && span_to_u64(word, &v);
	}
	return nl && words >= 5 && stamp && span_istarts(h, "http");
}

static enum format_id which_xml(struct span h, enum format_id named)
{
	struct span start = {h.p, h.n < 4096 ? h.n : 4096};
	static const char *const tei[] = {"<TEI", "<teiCorpus", NULL}, *const feed[] = {"<rss", "<feed", "<rdf:RDF", NULL}, *const html[] = {"<html", NULL};
	if (has_tag(start, feed))
		return FORMAT_feed;
	if (has_tag(start, tei) || named == FORMAT_tei)
		return FORMAT_tei;
	if (has_tag(start, html))
		return FORMAT_html;
	return FORMAT_COUNT_;
}

/* Headers of a mail: lines "Name: value", among them some that every mail has. */
static bool is_mail(struct span h)
{
	static const char *const marks[] = {"from:", "subject:", "date:", "message-id:", "received:", "return-path:", "mime-version:", "to:"};
	struct span line;
	size_t known = 0;
	for (int n = 0; n < 40 && span_cut(&h, '\n', &line); n++) {
		if (!line.n || line.p[0] == '\r')
			break;
		if (line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		const char *colon = memchr(line.p, ':', line.n < 80 ? line.n : 80);
		if (!colon || memchr(line.p, ' ', (size_t)(colon - line.p)))
			return false;
		for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
			known += span_istarts(line, marks[i]);
	}
	return known >= 3;
}

/* By the very first bytes alone. */
static enum format_id by_magic(struct span h, enum format_id named)
{
	if (span_starts(h, "PK\3\4") || span_starts(h, "PK\5\6"))
		return which_zip(h, named);
	if (is_tar(h))
		return FORMAT_archive;
	if (span_starts(h, "%PDF-") || span_starts(h, "{\\rtf") || (h.n >= 8 && memcmp(h.p, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) == 0))
		return FORMAT_program;
	if (span_starts(h, "WARC/0.") || span_starts(h, "WARC/1."))
		return FORMAT_warc;
	if (is_arc(h))
		return FORMAT_arc;
	if (span_starts(h, "From ") && h.n > 30 && span_find(span_sub(h, 0, h.n < 400 ? h.n : 400), SPAN("\n")) > 0 && named != FORMAT_text)
		return FORMAT_mbox;
	return FORMAT_COUNT_;
}

enum format_id sniff(struct span head, struct span name)
{
	enum format_id named = by_name(name);
	struct span h = head;
	if (h.n >= 3 && memcmp(h.p, "\xEF\xBB\xBF", 3) == 0)
		h = span_sub(h, 3, h.n);
	enum format_id magic = h.n ? by_magic(h, named) : FORMAT_COUNT_;
	if (magic != FORMAT_COUNT_)
		return magic;
	while (h.n && is_space(h.p[0]))
		h = span_sub(h, 1, h.n);
	if (!h.n)
		return named == FORMAT_COUNT_ ? FORMAT_text : named;
	bool object = h.p[0] == '{' && h.n > 1 && memchr("\"} \r\n\t", h.p[1], 6);
	bool array = h.p[0] == '[' && h.n > 1 && memchr("{ \r\n\t]", h.p[1], 6);
	if ((object || (array && named != FORMAT_text)) && named != FORMAT_html)
		return which_json(h, named);
	enum format_id xml = h.p[0] == '<' ? which_xml(h, named) : FORMAT_COUNT_;
	if (xml != FORMAT_COUNT_ && (span_starts(h, "<?xml") || xml != FORMAT_html))
		return xml;
	if (is_html(h))
		return FORMAT_html;
	if (named == FORMAT_COUNT_ || named == FORMAT_text)
		return is_mail(h) && named != FORMAT_text ? FORMAT_mail : span_starts(h, "---\ntitle:") ? FORMAT_markdown : FORMAT_text;
	/* What only the first bytes can tell is not what its name says: then it is text. */
	bool needs_magic = named == FORMAT_archive || named == FORMAT_warc || named == FORMAT_arc || named == FORMAT_epub || named == FORMAT_docx || named == FORMAT_odt || named == FORMAT_program;
	return needs_magic ? FORMAT_text : named;
}
