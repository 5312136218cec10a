/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/schema.h"

const struct field schema_fields[FIELD_COUNT_] = {
#define FIELD(NAME, name, alias, prefix, kind, summary, example) {name, alias, prefix, FIELD_KIND_##kind, summary, example},
#include "index/store/fields.def"
#undef FIELD
};

const struct field *schema_field(struct span name)
{
	for (int i = 0; i < FIELD_COUNT_; i++)
		if (name.n && (span_ieq(name, schema_fields[i].name) || span_ieq(name, schema_fields[i].alias)))
			return &schema_fields[i];
	return NULL;
}
