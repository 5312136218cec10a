/* SPDX-License-Identifier: GPL-2.0-or-later */
/* templates-main FILE.jsonl [SOURCE]: what would be learnt as boilerplate of one source, and how much of the text it is. To look at and to measure. */
#include "index/facts/templates.h"
#include "index/read/reader.h"

#include <stdio.h>
#include <stdlib.h>

static void show(void *context, struct span source, bool on, struct span sample, uint32_t documents, uint32_t of)
{
	(void)source, (void)on;
	++*(int *)context;
	printf("%u of %u\t", documents, of);
	for (size_t i = 0; i < sample.n; i++)
		putchar(sample.p[i] == '\n' || sample.p[i] == '\t' ? ' ' : sample.p[i]);
	putchar('\n');
}

static void learn(struct templates *t, const struct document *d)
{
	uint32_t marks[TEMPLATE_LOOK], ripe[TEMPLATE_RIPE];
	size_t n = templates_learn(t, d->source, marks, template_blocks(d, marks, TEMPLATE_LOOK), ripe);
	for (size_t i = 0; i < n; i++) {
		struct span text;
		if (template_text(d, ripe[i], &text))
			templates_know(t, d->source, text);
	}
}

/* t: learn; set: clean. */
static size_t pass(const char *path, const char *source, struct templates *t, const struct template_set *set, size_t *bytes, size_t *blocks)
{
	struct read_limits limits = reader_default_limits();
	struct arena a = {0};
	char *line = NULL;
	size_t cap = 0, n = 0;
	ssize_t len;
	FILE *f = fopen(path, "r");
	for (; f && (len = getline(&line, &cap, f)) > 0; arena_reset(&a)) {
		struct document d;
		if (reader_from_json(&a, (struct span){line, (size_t)len}, &limits, &d, NULL) || clean_document(&a, &limits, &d, NULL))
			continue;
		if (source || !d.source.n)
			d.source = span_of(source ? source : "all");
		size_t before = d.text.n;
		if (t)
			learn(t, &d);
		else
			*blocks += template_set_clean(set, &a, &d);
		*bytes += before - d.text.n;
		n++;
	}
	if (f)
		fclose(f);
	free(line);
	arena_done(&a);
	return n;
}

int main(int argc, char **argv)
{
	size_t bytes = 0, blocks = 0, n;
	int known = 0;
	struct str keys = {0};
	if (argc < 2)
		return fprintf(stderr, "templates-main FILE.jsonl [SOURCE]\n"), 2;
	struct templates *t = templates_new();
	pass(argv[1], argc > 2 ? argv[2] : NULL, t, NULL, &bytes, &blocks);
	templates_set(t, &keys);
	struct template_set set = {(const uint64_t *)(const void *)keys.p, keys.n / sizeof(uint64_t)};
	n = pass(argv[1], argc > 2 ? argv[2] : NULL, NULL, &set, &bytes, &blocks);
	templates_list(t, show, &known);
	printf("%zu documents, %d templates, %zu blocks dropped, %zu bytes\n", n, known, blocks, bytes);
	templates_free(t);
	str_done(&keys);
	return 0;
}
