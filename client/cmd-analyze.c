/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier analyze FILE…: sends what is in the files, text or HTML; nothing is indexed and the daemon opens nothing.
 * Other formats are read by the index alone, and refused here: as text they would be shown as what they are not.
 */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"
#include "client/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool looks_like_html(const char *p, size_t n)
{
	size_t i = 0;
	while (i < n && strchr(" \t\r\n\xef\xbb\xbf", p[i]))
		i++;
	return n - i > 5 && p[i] == '<' && (strncasecmp(p + i, "<!doc", 5) == 0 || strncasecmp(p + i, "<html", 5) == 0 || strncasecmp(p + i, "<head", 5) == 0 || strncasecmp(p + i, "<?xml", 5) == 0);
}

/* By its name or its bytes one of the formats that have readers of their own. */
static bool has_a_reader(const char *path, const char *p, size_t n)
{
	static const char *const endings[] = {"jsonl", "ndjson", "jl", "json", "csv", "tsv", "warc", "arc", "mbox", "eml", "rss", "atom", "tei"};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
		if (strcasecmp(dot + 1, endings[i]) == 0)
			return true;
	return (n > 4 && (memcmp(p, "%PDF", 4) == 0 || memcmp(p, "{\\rtf", 5) == 0)) || (memchr(p, 0, n) && !looks_like_html(p, n));
}

/* jansson refuses strings that are no UTF-8: such files are sent as Latin-1 would read them, which is what most of them are. */
static json_t *json_text(const char *p, size_t n)
{
	json_t *s = json_stringn(p, n);
	if (s)
		return s;
	char *wide = malloc(n * 2 + 1), *w = wide;
	if (!wide)
		abort();
	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)p[i];
		if (b < 0x80)
			*w++ = (char)b;
		else
			*w++ = (char)(0xC0 | b >> 6), *w++ = (char)(0x80 | (b & 0x3F));
	}
	s = json_stringn(wide, (size_t)(w - wide));
	free(wide);
	return s;
}

struct look {
	const struct call *c;
	int status;
};

static int show_line(void *arg, const char *text, size_t n)
{
	struct look *look = arg;
	const struct call *c = look->c;
	if (c->json)
		return put_json(text, n), 0;
	json_t *doc = json_loadb(text, n, JSON_ALLOW_NUL, NULL);
	if (!doc)
		return 0;
	if (*get(doc, "code")) {
		complain(c, "%s: %s", get(doc, "id"), *get(doc, "detail") ? get(doc, "detail") : get(doc, "title"));
		look->status = advise(EXIT_REFUSED, "as it is the index leaves it out; does its text stand in a picture, a frame or a script?");
	} else {
		view_head(doc);
		view_text(doc);
		view_reasons(doc);
		view_dropped(doc);
	}
	json_decref(doc);
	return 0;
}

static int refuse_file(const struct call *c, const char *path, const char *why, const char *advice)
{
	complain(c, "%s: %s", path, why);
	return advise(EXIT_REFUSED, "%s", advice);
}

/* The bytes of a file that is one, new; NULL: it was said why not. */
static char *file_bytes(const struct call *c, const char *path, size_t *n)
{
	struct stat st;
	bool standard_input = strcmp(path, "-") == 0;
	if (!standard_input && stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return refuse_file(c, path, S_ISDIR(st.st_mode) ? "is a folder" : "is no regular file", "to index a folder: dossier add FOLDER; to look at one article, name its file"), NULL;
	FILE *f = standard_input ? stdin : fopen(path, "rb");
	if (!f)
		return refuse_file(c, path, strerror(errno), "is the name spelt right, and may you read it?"), NULL;
	char *bytes = read_all(f, n);
	if (f != stdin)
		fclose(f);
	if (!bytes)
		refuse_file(c, path, "is larger than 64 MiB, the most that is looked at", "if it holds many articles, index it: dossier add FILE");
	return bytes;
}

static int analyze_file(struct call *c, const char *path)
{
	size_t n;
	struct look look = {c, EXIT_FOUND};
	char *bytes = file_bytes(c, path, &n);
	if (!bytes)
		return EXIT_REFUSED;
	if (has_a_reader(path, bytes, n)) {
		free(bytes);
		return refuse_file(c, path, "is neither text nor HTML", "the index reads other formats: dossier add FILE, then dossier explain ID");
	}
	json_t *doc = json_pack("{s:o, s:o}", "id", json_text(path, strlen(path)), looks_like_html(bytes, n) ? "html" : "text", json_text(bytes, n));
	char *line = json_dumps(doc, JSON_COMPACT);
	int rc = line ? dossier_stream(c->daemon, "POST", "/v1/analyze", NULL, "application/x-ndjson", line, strlen(line), show_line, &look) : DOSSIER_BROKEN;
	free(line);
	json_decref(doc);
	free(bytes);
	return rc ? call_failed(c) : look.status;
}

int cmd_analyze(struct call *c)
{
	int worst = EXIT_FOUND;
	if (c->n_words == 0) {
		complain(c, "takes one or more files; - reads standard input");
		return advise(EXIT_USAGE, "try: dossier analyze --help");
	}
	for (size_t i = 0; i < c->n_words; i++) {
		int rc = analyze_file(c, c->words[i]);
		if (rc > worst)
			worst = rc;
	}
	return worst;
}
