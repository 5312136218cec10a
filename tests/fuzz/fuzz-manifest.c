/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a manifest; with an odd first byte the checksum is made right, so that what is behind it is met. What is read is written and read alike. */
#include "tests/fuzz/fuzz.h"

#include "index/store/manifest.h"

static void names(const struct manifest *m)
{
	for (size_t i = 0; i < m->n_segments; i++) {
		const struct segment_entry *e = &m->segments[i];
		NEVER(!e->name[0] || strchr(e->name, '/') || e->n_files > SEGMENT_FILES || e->n_dead > e->n_rows);
		for (uint32_t k = 0; k < e->n_files; k++)
			NEVER(strchr(e->files[k].name, '/') || e->files[k].name[0] == '.');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STR struct str text = {0}, out = {0}, again = {0};
	struct manifest m = {0}, m2 = {0};
	if (size < 1)
		return 0;
	str_add(&text, data + 1, size - 1);
	if (data[0] & 1)
		str_printf(&text, "xxh3 %016llx\n", (unsigned long long)span_hash((struct span){text.p, text.n}));
	if (manifest_parse(str_view(&text), &m, NULL) != 0)
		return 0;
	names(&m);
	manifest_text(&m, &out);
	NEVER(manifest_parse(str_view(&out), &m2, NULL) != 0);
	manifest_text(&m2, &again);
	NEVER(!span_eq(str_view(&out), str_view(&again)));
	manifest_done(&m);
	manifest_done(&m2);
	return 0;
}
