/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that hold one document: plain text and HTML. The body goes on as it is; decoding and cleaning come later. */
#include "index/read/inside.h"

static int whole_file(struct reader *r, struct arena *a, enum body_kind kind, struct document *doc, struct err *err)
{
	if (r->n++)
		return 0;
	struct span body;
	int rc = stream_all(r->in, a, r->limits.file_bytes, &body, err);
	if (rc)
		return r->done = true, rc;
	if (!span_trim(body).n)
		return r->done = true, err_set(err, ERR_BAD_DOCUMENT, "the file is empty");
	if (sniff_binary(body))
		return err_set(err, ERR_UNSUPPORTED, "a binary file of a kind that dossier does not know");
	reader_begin(r, a, doc);
	doc->body = body;
	doc->body_kind = kind;
	doc->id = reader_make_id(r, a, false);
	return 1;
}

int read_text_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) { return whole_file(r, a, BODY_TEXT, doc, err); }
int read_html_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) { return whole_file(r, a, BODY_HTML, doc, err); }
