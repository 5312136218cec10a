/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading step alone, for looking and measuring.
 *
 *	read-main FILE …     every document of every file: what was found, kept and dropped
 *	read-main -j         NDJSON documents on standard input, one line of the interface's analysis each (without facts)
 *	read-main -k -j      the same with clean=0
 *	read-main -c FILE …  counts alone: documents, failed, bytes of text
 */
#include "base/io.h"
#include "base/json.h"
#include "index/read/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void analysis(struct str *out, const struct document *d)
{
	struct jw w = {.out = out};
	jw_open(&w, '{');
	jw_field_str(&w, "id", d->id);
	jw_key(&w, "title");
	jw_open(&w, '{');
	jw_field_str(&w, "text", d->title);
	jw_field_str(&w, "how", d->title_how);
	jw_close(&w, '}');
	jw_field_str(&w, "author", d->author);
	jw_field_str(&w, "lang", d->lang);
	jw_field_str(&w, "site", d->site);
	jw_key(&w, "published");
	jw_when(&w, &d->published);
	jw_key(&w, "dates");
	jw_open(&w, '[');
	for (size_t i = 0; i < d->n_dates; i++)
		jw_when(&w, &d->dates[i]);
	jw_close(&w, ']');
	jw_field_str(&w, "text", d->text);
	jw_key(&w, "dropped");
	jw_open(&w, '[');
	for (size_t i = 0; i < d->n_dropped; i++) {
		jw_open(&w, '{');
		jw_field_str(&w, "text", d->dropped[i].text);
		jw_field_z(&w, "why", drop_word(d->dropped[i].why));
		jw_close(&w, '}');
	}
	jw_close(&w, ']');
	jw_close(&w, '}');
	str_ch(out, '\n');
}

static int analyse_lines(bool keep)
{
	struct read_limits limits = reader_default_limits();
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	struct arena a = {0};
	struct str out = {0};
	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct document d = {0};
		struct err err = {0};
		int rc = reader_from_json(&a, (struct span){line, (size_t)n}, &limits, &d, &err);
		if (!rc && keep)
			d.body_kind = BODY_KEPT;
		if (!rc)
			rc = clean_document(&a, &limits, &d, &err);
		str_clear(&out);
		if (rc)
			analysis(&out, &d), fprintf(stderr, "%.*s: %s\n", SPAN_ARG(d.id), err.msg);
		else
			analysis(&out, &d);
		fwrite(out.p, 1, out.n, stdout);
		arena_reset(&a);
	}
	str_done(&out);
	arena_done(&a);
	free(line);
	return 0;
}

static void show(const struct document *d)
{
	struct str day = {0};
	if (interval_any(d->published.days))
		interval_text(&day, d->published.days);
	printf("== %.*s\ntitle [%.*s] %.*s\nauthor %.*s | lang %.*s | site %.*s | section %.*s | url %.*s\npublished %s (%s%s) of %zu\n", SPAN_ARG(d->id), SPAN_ARG(d->title_how), SPAN_ARG(d->title), SPAN_ARG(d->author), SPAN_ARG(d->lang), SPAN_ARG(d->site), SPAN_ARG(d->section),
	       SPAN_ARG(d->url), str_cz(&day), d->published.how ? d->published.how : "unknown", d->published.conflict ? ", conflict" : "", d->n_dates);
	printf("-- text\n%.*s\n", SPAN_ARG(d->text));
	for (size_t i = 0; i < d->n_dropped; i++)
		printf("-- %s: %.*s\n", drop_word(d->dropped[i].why), SPAN_ARG(d->dropped[i].text));
	str_done(&day);
}

static int read_one(const char *path, bool counts)
{
	struct read_limits limits = reader_default_limits();
	const char *slash = strrchr(path, '/');
	struct read_input in = {.fd = open(path, O_RDONLY | O_CLOEXEC), .name = span_of(slash ? slash + 1 : path)};
	struct reader *r = NULL;
	struct err err = {0};
	struct arena a = {0};
	size_t good = 0, bad = 0, bytes = 0;
	int rc = in.fd < 0 ? err_errno(&err, "%s", path) : reader_open(&in, &limits, &r, &err);
	while (!rc) {
		struct document d;
		int got = reader_next(r, &a, &d, &err);
		if (got == 1)
			got = clean_document(&a, &limits, &d, &err) ? ERR_BAD_DOCUMENT : 1;
		if (got == 0 || (got < 0 && got != ERR_BAD_DOCUMENT && got != ERR_LIMIT)) {
			rc = got;
			break;
		}
		if (got < 0) {
			bad++;
			printf("!! %s\n", err.msg);
		} else {
			good++, bytes += d.text.n;
			if (!counts)
				show(&d);
		}
		arena_reset(&a);
	}
	if (rc)
		printf("!! the file: %s: %s\n", err_name(rc), err.msg);
	printf("%s\t%s\t%zu good\t%zu failed\t%zu bytes of text\n", in.name.p, r ? reader_format(r) : "-", good, bad, bytes);
	reader_close(r);
	arena_done(&a);
	if (in.fd >= 0)
		close(in.fd);
	return rc != 0;
}

int main(int argc, char **argv)
{
	bool keep = false, lines = false, counts = false;
	int i = 1, rc = 0;
	for (; i < argc && argv[i][0] == '-'; i++) {
		keep |= argv[i][1] == 'k';
		lines |= argv[i][1] == 'j';
		counts |= argv[i][1] == 'c';
	}
	if (lines)
		return analyse_lines(keep);
	for (; i < argc; i++)
		rc |= read_one(argv[i], counts);
	return rc;
}
