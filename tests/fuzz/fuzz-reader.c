/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every reader, by what the sniffer makes of the bytes; the first byte chooses a file name, for names count second. */
#include "tests/fuzz/fuzz.h"

#include "index/read/reader.h"

static const char *const names[] = {"a", "a.txt", "a.html", "a.jsonl", "a.json", "a.csv", "a.md", "a.warc", "a.warc.gz", "a.xml", "a.rss", "a.mbox", "a.eml", "a.zip", "a.tar", "a.epub", "a.docx", "a.odt", "a.pdf"};

/* In place of the programs for PDF and DOC: what follows the first line is what they said. */
static int text_of(void *arg, const char *what, struct span bytes, struct str *out, struct err *err)
{
	struct span line;
	(void)arg, (void)what;
	if (!span_cut(&bytes, '\n', &line) || !bytes.n)
		return err_set(err, ERR_BAD_DOCUMENT, "it says nothing");
	str_span(out, bytes);
	return 0;
}


static void check_document(const struct document *d)
{
	NEVER(!utf8_valid(d->text));
	NEVER(!utf8_valid(d->title));
	NEVER(d->id.n == 0);
	for (size_t i = 0; i < d->n_dropped; i++)
		NEVER(d->dropped[i].why >= DROP_COUNT_);
	NEVER(interval_any(d->published.days) && d->published.days.from > d->published.days.to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct read_limits limits = reader_default_limits();
	const struct read_helper helper = {text_of, NULL};
	limits.file_bytes = limits.text_bytes = limits.line_bytes = 1 << 20;
	struct read_input in = {.fd = -1, .bytes = {(const char *)data + 1, size - 1}, .name = span_of(names[data[0] % (sizeof names / sizeof names[0])]), .source = SPAN("s"), .helper = &helper};
	struct reader *r = NULL;
	struct err err = {0};
	if (reader_open(&in, &limits, &r, &err) != 0)
		return 0;
	for (int i = 0, rc = 1; i < 200 && rc != 0; i++) {
		AUTO_ARENA struct arena a = {0};
		struct document d = {0};
		rc = reader_next(r, &a, &d, &err);
		if (rc == 1 && clean_document(&a, &limits, &d, &err) == 0)
			check_document(&d);
		else if (rc < 0 && rc != ERR_BAD_DOCUMENT && rc != ERR_LIMIT)
			break;
	}
	reader_close(r);
	return 0;
}
