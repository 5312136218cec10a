/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a record, packed or plain: refused, or decoded into spans that lie inside. */
#include "tests/fuzz/fuzz.h"

#include "index/store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = {0};
	struct span bytes = {(const char *)data, size}, plain;
	struct document d = {0};
	struct facts f = {0};
	struct err err = {0};
	if (record_decode(&a, bytes, &d, &f, &err) == 0)
		for (size_t i = 0; i < f.n_mentions; i++)
			NEVER(f.mentions[i].end > d.text.n);
	if (record_unpack(&a, bytes, &plain, &err) == 0)
		NEVER(record_decode(&a, plain, &d, &f, &err) == 0 && d.text.n > plain.n);
	return 0;
}
