/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of sources, each with an open-addressed table of block hashes. A sample of the text is kept from the moment a block becomes a template.
 * When a source's table is full, the counts are halved and what falls to nothing is forgotten: what recurs stays.
 */
#include "index/facts/templates.h"

#include "base/mem.h"
#include "base/utf8.h"

#define SAMPLE_BYTES 120u
#define MAGIC "dossier-templates-1\n"

struct entry {
	uint64_t hash;   /* 0: free */
	uint32_t count;  /* documents */
	uint32_t last;   /* number of the last document that had it: twice in one counts once */
	char *sample;    /* of a template, ended by NUL */
};

struct source {
	struct span name; /* owned */
	struct entry *v;
	size_t n, size; /* size: a power of two */
	uint32_t documents;
	bool off;
};

struct templates {
	struct source *v;
	size_t n, cap;
};

struct templates *templates_new(void) { return mem_alloc(sizeof(struct templates)); }

static void free_entries(struct source *s)
{
	for (size_t i = 0; i < s->size; i++)
		free(s->v[i].sample);
	free(s->v);
}

void templates_free(struct templates *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free_entries(&t->v[i]);
		free((char *)(uintptr_t)t->v[i].name.p);
	}
	free(t->v);
	free(t);
}

static struct source *find_source(struct templates *t, struct span name, bool make)
{
	for (size_t i = 0; i < t->n; i++)
		if (span_eq(t->v[i].name, name))
			return &t->v[i];
	if (!make || t->n == TEMPLATE_SOURCES)
		return NULL;
	t->v = mem_grow(t->v, &t->cap, t->n + 1, sizeof *t->v);
	struct source *s = &t->v[t->n++];
	*s = (struct source){.name = {mem_dup(name.n ? name.p : "", name.n ? name.n : 1), name.n}, .size = 64};
	s->v = mem_alloc(s->size * sizeof *s->v);
	return s;
}

static struct entry *slot_of(struct entry *v, size_t size, uint64_t hash)
{
	size_t i = (size_t)hash & (size - 1);
	while (v[i].hash && v[i].hash != hash)
		i = (i + 1) & (size - 1);
	return &v[i];
}

static void resize(struct source *s, size_t size)
{
	struct entry *v = mem_alloc(size * sizeof *v);
	for (size_t i = 0; i < s->size; i++)
		if (s->v[i].hash)
			*slot_of(v, size, s->v[i].hash) = s->v[i];
	free(s->v);
	s->v = v;
	s->size = size;
}

static void forget_rare(struct source *s)
{
	s->n = 0;
	for (size_t i = 0; i < s->size; i++) {
		struct entry *e = &s->v[i];
		e->count /= 2;
		if (!e->count) {
			free(e->sample);
			*e = (struct entry){0};
		}
		s->n += e->hash != 0;
	}
	s->documents /= 2;
	resize(s, s->size); /* chains are broken by what went */
}

static bool is_template(const struct source *s, const struct entry *e)
{
	return e->count >= TEMPLATE_LEAST && (uint64_t)e->count * TEMPLATE_SHARE >= s->documents;
}

static void learn_block(struct source *s, uint64_t hash, struct span text)
{
	if ((s->n + 1) * 2 > s->size)
		resize(s, s->size * 2);
	struct entry *e = slot_of(s->v, s->size, hash);
	if (!e->hash)
		*e = (struct entry){.hash = hash}, s->n++;
	else if (e->last == s->documents)
		return;
	e->last = s->documents;
	e->count++;
	if (!e->sample && e->count >= TEMPLATE_LEAST) {
		size_t n = utf8_floor(text, text.n < SAMPLE_BYTES ? text.n : SAMPLE_BYTES);
		e->sample = mem_alloc(n + 1);
		memcpy(e->sample, text.p, n);
	}
}

/* Cuts the next block off; blocks are parted by empty lines. */
static bool next_block(struct span *rest, struct span *block)
{
	while (rest->n && rest->p[0] == '\n')
		*rest = span_sub(*rest, 1, rest->n);
	if (!rest->n)
		return false;
	const char *end = memmem(rest->p, rest->n, "\n\n", 2);
	size_t n = end ? (size_t)(end - rest->p) : rest->n;
	*block = (struct span){rest->p, n};
	*rest = span_sub(*rest, n, rest->n);
	return true;
}

static bool worth_counting(struct span b) { return b.n >= 20 && b.n <= 2000; }

uint64_t template_hash(struct span block) { return span_hash(block) | 1; }

size_t template_blocks(struct span text, uint64_t *out, size_t max)
{
	struct span block;
	size_t n = 0;
	while (n < max && next_block(&text, &block))
		if (worth_counting(block))
			out[n++] = template_hash(block);
	return n;
}

static void learn(struct source *s, struct span text)
{
	struct span block;
	if (s->n >= TEMPLATE_BLOCKS)
		forget_rare(s);
	s->documents++;
	for (int n = 0; n < 500 && next_block(&text, &block); n++)
		if (worth_counting(block))
			learn_block(s, span_hash(block) | 1, block);
}

static size_t known_bytes(const struct source *s, struct span text, size_t *blocks)
{
	struct span block;
	size_t bytes = 0;
	for (*blocks = 0; next_block(&text, &block);) {
		bool known = worth_counting(block) && is_template(s, slot_of(s->v, s->size, span_hash(block) | 1));
		bytes += known ? block.n : 0;
		*blocks += known;
	}
	return bytes;
}

size_t templates_clean(struct templates *t, struct arena *a, struct document *doc, bool learn_it)
{
	struct source *s = find_source(t, doc->source, learn_it);
	if (!s || s->off || doc->body_kind == BODY_KEPT)
		return 0;
	if (learn_it)
		learn(s, doc->text);
	size_t blocks, bytes = known_bytes(s, doc->text, &blocks), n = 0;
	if (!blocks || bytes * 2 > doc->text.n)
		return 0;
	struct dropped *all = arena_array(a, struct dropped, doc->n_dropped + blocks);
	char *text = arena_raw(a, doc->text.n + 3);
	if (doc->n_dropped)
		memcpy(all, doc->dropped, doc->n_dropped * sizeof *all);
	size_t used = doc->n_dropped;
	struct span rest = doc->text, block;
	while (next_block(&rest, &block)) {
		if (worth_counting(block) && is_template(s, slot_of(s->v, s->size, span_hash(block) | 1))) {
			all[used++] = (struct dropped){block, DROP_TEMPLATE};
			continue;
		}
		if (n)
			text[n++] = '\n', text[n++] = '\n';
		memcpy(text + n, block.p, block.n);
		n += block.n;
	}
	text[n] = 0;
	doc->text = (struct span){text, n};
	doc->dropped = all;
	doc->n_dropped = used;
	return blocks;
}

void templates_switch(struct templates *t, struct span source, bool on)
{
	struct source *s = find_source(t, source, true);
	if (s)
		s->off = !on;
}

void templates_list(const struct templates *t, templates_each *each, void *context)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->v[i].size; k++)
			if (t->v[i].v[k].hash && is_template(&t->v[i], &t->v[i].v[k]))
				each(context, t->v[i].name, span_of(t->v[i].v[k].sample), t->v[i].v[k].count, t->v[i].documents);
}

static void put_u64(struct str *out, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		str_ch(out, (char)(v >> (8 * i)));
}

static void put_span(struct str *out, struct span s)
{
	put_u64(out, s.n);
	str_span(out, s);
}

void templates_save(const struct templates *t, struct str *out)
{
	size_t from = out->n;
	str_z(out, MAGIC);
	put_u64(out, t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct source *s = &t->v[i];
		put_span(out, s->name);
		put_u64(out, s->documents);
		put_u64(out, s->off);
		put_u64(out, s->n);
		for (size_t k = 0; k < s->size; k++) {
			const struct entry *e = &s->v[k];
			if (!e->hash)
				continue;
			put_u64(out, e->hash);
			put_u64(out, (uint64_t)e->last << 32 | e->count);
			put_span(out, span_of(e->sample));
		}
	}
	put_u64(out, span_hash((struct span){out->p + from, out->n - from}));
}

static bool take_u64(struct span *in, uint64_t *v)
{
	if (in->n < 8)
		return false;
	*v = 0;
	for (int i = 0; i < 8; i++)
		*v |= (uint64_t)(unsigned char)in->p[i] << (8 * i);
	*in = span_sub(*in, 8, in->n);
	return true;
}

static bool take_span(struct span *in, struct span *s)
{
	uint64_t n;
	if (!take_u64(in, &n) || n > in->n)
		return false;
	*s = span_sub(*in, 0, (size_t)n);
	*in = span_sub(*in, (size_t)n, in->n);
	return true;
}

static bool load_entry(struct span *in, struct source *s)
{
	uint64_t hash, counts;
	struct span sample;
	if (!take_u64(in, &hash) || !take_u64(in, &counts) || !take_span(in, &sample) || !hash)
		return false;
	if ((s->n + 1) * 2 > s->size)
		resize(s, s->size * 2);
	struct entry *e = slot_of(s->v, s->size, hash);
	if (e->hash)
		return false;
	*e = (struct entry){.hash = hash, .count = (uint32_t)counts, .last = (uint32_t)(counts >> 32)};
	if (sample.n) {
		e->sample = mem_alloc(sample.n + 1);
		memcpy(e->sample, sample.p, sample.n);
	}
	s->n++;
	return true;
}

static bool load_source(struct span *in, struct templates *t)
{
	struct span name;
	uint64_t documents, off, n;
	if (!take_span(in, &name) || !take_u64(in, &documents) || !take_u64(in, &off) || !take_u64(in, &n) || find_source(t, name, false))
		return false;
	struct source *s = find_source(t, name, true);
	if (!s)
		return false;
	s->documents = (uint32_t)documents;
	s->off = off != 0;
	for (uint64_t i = 0; i < n; i++)
		if (!load_entry(in, s))
			return false;
	return true;
}

int templates_load(struct span bytes, struct templates **out, struct err *err)
{
	uint64_t sum, n = 0;
	struct span in = bytes, tail = bytes.n >= 8 ? span_sub(bytes, bytes.n - 8, bytes.n) : SPAN_NONE;
	bool good = span_starts(in, MAGIC) && take_u64(&tail, &sum) && sum == span_hash(span_sub(bytes, 0, bytes.n - 8));
	struct templates *t = templates_new();
	if (good) {
		in = span_sub(bytes, strlen(MAGIC), bytes.n - 8);
		good = take_u64(&in, &n);
		for (uint64_t i = 0; good && i < n; i++)
			good = load_source(&in, t);
	}
	if (!good || in.n) {
		templates_free(t);
		return err_set(err, ERR_CORRUPT, "the learnt templates cannot be read: they will be learnt anew");
	}
	*out = t;
	return 0;
}
