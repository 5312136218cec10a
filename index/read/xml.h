/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML as a stream of events, over a stream: libxml2's reader without network, DTDs, entities of the document or XInclude, so that neither billion laughs nor
 * external entities do anything. Broken XML is read as far as it goes.
 */
#ifndef DOSSIER_INDEX_READ_XML_H
#define DOSSIER_INDEX_READ_XML_H

#include "base/err.h"
#include "base/str.h"
#include "index/read/stream.h"

enum xml_event { XML_END_OF_FILE, XML_START, XML_TEXT, XML_STOP };
struct xml;
struct xml *xml_open(struct stream *s, uint64_t limit); /* looks at s; limit: bytes read between two xml_mark() */
void xml_mark(struct xml *x);                            /* an item is done: the limit begins anew */
int xml_next(struct xml *x, enum xml_event *event, struct err *err) MUST_CHECK;
struct span xml_name(const struct xml *x);  /* local name of the element; valid until the next event */
struct span xml_text(const struct xml *x);  /* of XML_TEXT */
int xml_depth(const struct xml *x);
bool xml_empty(const struct xml *x);        /* <x/>: no XML_STOP will follow */
struct span xml_attribute(struct xml *x, struct arena *a, const char *local_name); /* of XML_START */
void xml_close(struct xml *x);

#endif
