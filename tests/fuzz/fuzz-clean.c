/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pushed document: JSON in, a clean document out; or the bytes as HTML or text themselves. */
#include "tests/fuzz/fuzz.h"

#include "index/read/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	AUTO_ARENA struct arena a = {0};
	struct read_limits limits = reader_default_limits();
	struct span bytes = {(const char *)data + 1, size - 1};
	struct document d = {0};
	struct err err = {0};
	if (data[0] % 3 == 0) {
		if (reader_from_json(&a, bytes, &limits, &d, &err) != 0)
			return 0;
	} else {
		d.body = bytes;
		d.body_kind = data[0] % 3 == 1 ? BODY_HTML : BODY_TEXT;
	}
	if (clean_document(&a, &limits, &d, &err) != 0)
		return 0;
	NEVER(!utf8_valid(d.text) || d.id.n == 0);
	return 0;
}
