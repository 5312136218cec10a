/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/read/xml.h"

#include "base/mem.h"

#include <libxml/xmlreader.h>

struct xml {
	struct stream *in;
	uint64_t limit, since_mark;
	xmlTextReaderPtr reader;
	struct err err; /* of the stream below */
	int code;
	uint64_t events;
};

static int pull(void *context, char *buffer, int len)
{
	struct xml *x = context;
	struct span have;
	if (len <= 0)
		return 0;
	x->code = stream_want(x->in, 1, &have, &x->err);
	if (x->code)
		return -1;
	size_t n = have.n < (size_t)len ? have.n : (size_t)len;
	x->since_mark += n;
	if (x->since_mark > x->limit) {
		x->code = err_set(&x->err, ERR_LIMIT, "one item of the XML is longer than %llu bytes", (unsigned long long)x->limit);
		return -1;
	}
	memcpy(buffer, have.p, n);
	stream_take(x->in, n);
	return (int)n;
}

static void ignore(void *context, xmlErrorPtr e) /* errors are read from what comes out */
{
	(void)context, (void)e;
}

static int close_nothing(void *context)
{
	(void)context;
	return 0;
}

struct xml *xml_open(struct stream *s, uint64_t limit)
{
	struct xml *x = mem_alloc(sizeof *x);
	x->in = s;
	x->limit = limit;
	x->reader = xmlReaderForIO(pull, close_nothing, x, NULL, NULL, XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	if (x->reader)
		xmlTextReaderSetStructuredErrorHandler(x->reader, ignore, NULL);
	return x;
}

void xml_mark(struct xml *x) { x->since_mark = 0; }

int xml_next(struct xml *x, enum xml_event *event, struct err *err)
{
	for (;;) {
		int rc = x->reader ? xmlTextReaderRead(x->reader) : -1;
		if (x->code)
			return err_set(err, x->code, "%s", x->err.msg);
		if (rc != 1) {
			if (rc < 0 && x->events == 0)
				return err_set(err, ERR_BAD_FILE, "not well-formed XML");
			return *event = XML_END_OF_FILE, 0;
		}
		x->events++;
		switch (xmlTextReaderNodeType(x->reader)) {
		case XML_READER_TYPE_ELEMENT: return *event = XML_START, 0;
		case XML_READER_TYPE_END_ELEMENT: return *event = XML_STOP, 0;
		case XML_READER_TYPE_TEXT:
		case XML_READER_TYPE_CDATA:
		case XML_READER_TYPE_SIGNIFICANT_WHITESPACE: return *event = XML_TEXT, 0;
		default: break;
		}
	}
}

struct span xml_name(const struct xml *x) { return span_of((const char *)xmlTextReaderConstLocalName(x->reader)); }
struct span xml_text(const struct xml *x) { return span_of((const char *)xmlTextReaderConstValue(x->reader)); }
int xml_depth(const struct xml *x) { return xmlTextReaderDepth(x->reader); }
bool xml_empty(const struct xml *x) { return xmlTextReaderIsEmptyElement(x->reader) == 1; }

struct span xml_attribute(struct xml *x, struct arena *a, const char *local_name)
{
	struct span value = SPAN_NONE;
	for (int rc = xmlTextReaderMoveToFirstAttribute(x->reader); rc == 1; rc = xmlTextReaderMoveToNextAttribute(x->reader))
		if (span_is(span_of((const char *)xmlTextReaderConstLocalName(x->reader)), local_name)) {
			value = arena_span(a, span_of((const char *)xmlTextReaderConstValue(x->reader)));
			break;
		}
	xmlTextReaderMoveToElement(x->reader);
	return value;
}

void xml_close(struct xml *x)
{
	if (!x)
		return;
	if (x->reader)
		xmlFreeTextReader(x->reader);
	free(x);
}
