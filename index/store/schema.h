/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema: fields.def as tables, and the version of everything that lies in a segment. */
#ifndef DOSSIER_INDEX_STORE_SCHEMA_H
#define DOSSIER_INDEX_STORE_SCHEMA_H

#include "base/span.h"

/* Counts up with any change of terms, columns, streams, postings, stories or records. Segments of an older schema are brought up by merging: */
#define SCHEMA_VERSION 4 /* 2: postings, 3: stories, 4: no Xapian database beside the postings; bands of stories and terms of postings packed */
#define SCHEMA_JOINED  3 /* from this one on by joining, which writes every file anew; still older ones are rebuilt from their records */

enum field_kind { FIELD_KIND_WORDS, FIELD_KIND_ONE, FIELD_KIND_MANY, FIELD_KIND_DAYS, FIELD_KIND_KEY };
enum field_id {
#define FIELD(NAME, name, alias, prefix, kind, summary, example) FIELD_##NAME,
#include "index/store/fields.def"
#undef FIELD
	FIELD_COUNT_
};

struct field {
	const char *name, *alias; /* alias "": none */
	const char *prefix;       /* of its terms in Xapian */
	enum field_kind kind;
	const char *summary, *example;
};

extern const struct field schema_fields[FIELD_COUNT_];
const struct field *schema_field(struct span name); /* by name or alias, ASCII case ignored; NULL if there is none */

#endif
