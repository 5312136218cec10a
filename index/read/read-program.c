/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PDF and DOC need a program (pdftotext, catdoc). In the jail nothing can be started: whoever feeds the reader runs the program beforehand and hands in its
 * text, which then is read as plain text. Here the file only gets its clear answer.
 */
#include "index/read/inside.h"

int read_program_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	(void)a, (void)doc;
	struct span head;
	int rc = stream_want(r->in, 8, &head, err);
	if (rc)
		return rc;
	bool pdf = span_starts(head, "%PDF");
	return err_set(err, ERR_NEEDS_PROGRAM, pdf ? "PDF needs pdftotext: install poppler-utils" : "DOC needs catdoc: install catdoc, or save it as DOCX or ODT");
}
