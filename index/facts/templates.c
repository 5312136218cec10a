/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of sources, each with an open-addressed table of marks and a short list of what is known. When a source's table is full (or that of all), the counts
 * are halved and what falls to nothing is forgotten: what recurs stays.
 */
#include "index/facts/templates.h"

#include "base/mem.h"
#include "base/utf8.h"

#define SAMPLE_BYTES 120u
#define MAGIC "dossier-templates-2\n"

struct entry {
	uint32_t mark;   /* hash, and MARK_SENTENCE; 0: free */
	uint32_t count, edge; /* documents; those where it stood at an edge */
	uint32_t last;   /* number of the last document that had it: twice in one counts once */
};

struct known {
	uint64_t hash;   /* of its text */
	uint32_t mark;
	char *sample;    /* ended by NUL */
};

struct source {
	struct span name; /* owned */
	struct entry *v;
	size_t n, size; /* size: a power of two */
	struct known *known;
	size_t n_known, cap_known;
	uint32_t documents;
	bool off;
};

struct templates {
	struct source *v;
	size_t n, cap, last; /* last: found; documents of a source come together */
	size_t total;        /* entries of all */
	uint64_t filter[1024]; /* a bit for each known mark, of any source: most marks are looked up in vain */
	uint64_t version;
};

struct templates *templates_new(void)
{
	struct templates *t = mem_alloc(sizeof *t);
	t->version = 1;
	return t;
}

void templates_free(struct templates *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->v[i].n_known; k++)
			free(t->v[i].known[k].sample);
		free(t->v[i].known);
		free(t->v[i].v);
		free((char *)(uintptr_t)t->v[i].name.p);
	}
	free(t->v);
	free(t);
}

bool templates_any(const struct templates *t)
{
	bool any = false;
	for (size_t i = 0; i < t->n; i++)
		any |= t->v[i].n_known > 0;
	return any;
}

uint64_t templates_version(const struct templates *t) { return t->version; }

/* ---- Blocks ---- */

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

/* Brackets are an editor's word on what is left out; a colon announces what follows. */
static bool worth_counting(struct span b) { return b.n >= 20 && b.n <= 2000 && b.p[0] != '[' && b.p[b.n - 1] != ':'; }

static bool is_sentence(struct span b)
{
	size_t words = 1, end = b.n;
	for (size_t i = 1; i < b.n; i++)
		words += b.p[i] == ' ' || b.p[i] == '\n';
	while (end && (b.p[end - 1] == '"' || b.p[end - 1] == ')' || (unsigned char)b.p[end - 1] >= 0x80))
		end--;
	return b.n >= 40 && words >= 7 && end && (b.p[end - 1] == '.' || b.p[end - 1] == '!' || b.p[end - 1] == '?');
}

static uint64_t hash_of(struct span b) { return span_hash(b); }

static uint32_t mark_of(struct span b)
{
	uint32_t mark = (uint32_t)hash_of(b) & MARK_HASH;
	return (mark ? mark : 8) | (is_sentence(b) ? MARK_SENTENCE : 0);
}

size_t template_blocks(const struct document *d, uint32_t *out, size_t max)
{
	struct span rest = d->text, block;
	size_t n = 0, blocks = 0, place[TEMPLATE_LOOK];
	max = max < TEMPLATE_LOOK ? max : TEMPLATE_LOOK;
	for (; next_block(&rest, &block); blocks++)
		if (n < max && worth_counting(block)) {
			place[n] = blocks;
			out[n++] = mark_of(block);
		}
	for (size_t i = 0; i < n; i++)
		out[i] |= place[i] < 2 || place[i] + 4 >= blocks ? MARK_EDGE : 0;
	for (size_t i = 0; i < d->n_dropped && n < max; i++)
		if (d->dropped[i].why == DROP_TEMPLATE)
			out[n++] = mark_of(d->dropped[i].text) | MARK_DROPPED | MARK_EDGE;
	return n;
}

bool template_text(const struct document *d, uint32_t mark, struct span *out)
{
	struct span rest = d->text, block;
	while (next_block(&rest, &block))
		if (worth_counting(block) && (mark_of(block) & MARK_HASH) == (mark & MARK_HASH))
			return *out = block, true;
	for (size_t i = 0; i < d->n_dropped; i++)
		if (d->dropped[i].why == DROP_TEMPLATE && (mark_of(d->dropped[i].text) & MARK_HASH) == (mark & MARK_HASH))
			return *out = d->dropped[i].text, true;
	return false;
}

/* ---- Learning ---- */

static struct source *find_source(struct templates *t, struct span name, bool make)
{
	if (t->last < t->n && span_eq(t->v[t->last].name, name))
		return &t->v[t->last];
	for (size_t i = 0; i < t->n; i++)
		if (span_eq(t->v[i].name, name))
			return t->last = i, &t->v[i];
	if (!make || t->n == TEMPLATE_SOURCES)
		return NULL;
	t->v = mem_grow(t->v, &t->cap, t->n + 1, sizeof *t->v);
	struct source *s = &t->v[t->n++];
	*s = (struct source){.name = {mem_dup(name.n ? name.p : "", name.n ? name.n : 1), name.n}, .size = 64};
	s->v = mem_alloc(s->size * sizeof *s->v);
	return s;
}

static const struct source *look_up(const struct templates *t, struct span name)
{
	for (size_t i = 0; i < t->n; i++)
		if (span_eq(t->v[i].name, name))
			return &t->v[i];
	return NULL;
}

static struct entry *slot_of(struct entry *v, size_t size, uint32_t mark)
{
	size_t i = (mark >> 3) & (size - 1);
	while (v[i].mark && (v[i].mark & MARK_HASH) != (mark & MARK_HASH))
		i = (i + 1) & (size - 1);
	return &v[i];
}

static void resize(struct source *s, size_t size)
{
	struct entry *v = mem_alloc(size * sizeof *v);
	for (size_t i = 0; i < s->size; i++)
		if (s->v[i].mark)
			*slot_of(v, size, s->v[i].mark) = s->v[i];
	free(s->v);
	s->v = v;
	s->size = size;
}

static void forget_rare(struct templates *t, struct source *s)
{
	t->total -= s->n;
	s->n = 0;
	for (size_t i = 0; i < s->size; i++) {
		struct entry *e = &s->v[i];
		e->count /= 2;
		e->edge /= 2;
		if (!e->count)
			*e = (struct entry){0};
		s->n += e->mark != 0;
	}
	t->total += s->n;
	s->documents /= 2;
	resize(s, s->size); /* chains are broken by what went */
}

static struct source *fullest(struct templates *t)
{
	struct source *most = &t->v[0];
	for (size_t i = 1; i < t->n; i++)
		most = t->v[i].n > most->n ? &t->v[i] : most;
	return most;
}

static bool is_template(const struct source *s, const struct entry *e)
{
	if ((uint64_t)e->edge * 4 < (uint64_t)e->count * 3)
		return false;
	if (e->mark & MARK_SENTENCE)
		return e->count >= TEMPLATE_LEAST && (uint64_t)e->count * TEMPLATE_SHARE >= s->documents;
	return e->count >= 2 * TEMPLATE_LEAST && (uint64_t)e->count * 3 >= s->documents;
}

static const struct known *find_known(const struct source *s, uint32_t mark)
{
	for (size_t i = 0; i < s->n_known; i++)
		if ((s->known[i].mark & MARK_HASH) == (mark & MARK_HASH))
			return &s->known[i];
	return NULL;
}

static void to_filter(struct templates *t, uint32_t mark) { t->filter[mark >> 22] |= (uint64_t)1 << (mark >> 16 & 63); }
static bool in_filter(const struct templates *t, uint32_t mark) { return t->filter[mark >> 22] >> (mark >> 16 & 63) & 1; }

static struct entry *count_block(struct templates *t, struct source *s, uint32_t mark)
{
	if ((s->n + 1) * 2 > s->size)
		resize(s, s->size * 2);
	struct entry *e = slot_of(s->v, s->size, mark);
	if (!e->mark) {
		*e = (struct entry){.mark = mark & (MARK_HASH | MARK_SENTENCE)};
		s->n++;
		t->total++;
	} else if (e->last == s->documents)
		return e;
	e->last = s->documents;
	e->count++;
	e->edge += (mark & MARK_EDGE) != 0;
	return e;
}

size_t templates_learn(struct templates *t, struct span source, const uint32_t *marks, size_t n, uint32_t ripe[TEMPLATE_RIPE])
{
	struct source *s = find_source(t, source, true);
	size_t n_ripe = 0;
	if (!s)
		return 0;
	if (s->n >= TEMPLATE_BLOCKS)
		forget_rare(t, s);
	else if (t->total >= TEMPLATE_TOTAL)
		forget_rare(t, fullest(t));
	s->documents++;
	for (size_t i = 0; i < n; i++) {
		struct entry *e = count_block(t, s, marks[i]);
		if (is_template(s, e) && n_ripe < TEMPLATE_RIPE && s->n_known + n_ripe < TEMPLATE_KNOWN && !find_known(s, marks[i]))
			ripe[n_ripe++] = marks[i];
	}
	return n_ripe;
}

void templates_know(struct templates *t, struct span source, struct span text)
{
	struct source *s = find_source(t, source, true);
	uint32_t mark = mark_of(text);
	if (!s || find_known(s, mark))
		return;
	size_t n = utf8_floor(text, text.n < SAMPLE_BYTES ? text.n : SAMPLE_BYTES);
	s->known = mem_grow(s->known, &s->cap_known, s->n_known + 1, sizeof *s->known);
	struct known *k = &s->known[s->n_known++];
	*k = (struct known){.hash = hash_of(text), .mark = mark, .sample = mem_alloc(n + 1)};
	memcpy(k->sample, text.p, n);
	to_filter(t, mark);
	t->version++;
}

bool templates_has(const struct templates *t, struct span source, uint32_t mark)
{
	const struct source *s = in_filter(t, mark) ? look_up(t, source) : NULL;
	return s && !s->off && find_known(s, mark);
}

bool templates_switch(struct templates *t, struct span source, bool on)
{
	struct source *s = find_source(t, source, !on);
	if (!s || s->off == !on)
		return false;
	s->off = !on;
	t->version++;
	return true;
}

void templates_list(const struct templates *t, templates_each *each, void *context)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct source *s = &t->v[i];
		for (size_t k = 0; k < s->n_known; k++) {
			const struct entry *e = slot_of(s->v, s->size, s->known[k].mark);
			each(context, s->name, !s->off, span_of(s->known[k].sample), e->count, s->documents);
		}
	}
}

/* ---- Cleaning ---- */

static uint64_t key_of(struct span source, uint64_t hash) { return (span_hash(source) ^ hash) * 0x9E3779B97F4A7C15u; }

static int by_key(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return a < b ? -1 : a > b;
}

void templates_set(const struct templates *t, struct str *out)
{
	size_t from = out->n, n = 0;
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->v[i].n_known && !t->v[i].off; k++, n++)
			str_add(out, &(uint64_t){key_of(t->v[i].name, t->v[i].known[k].hash)}, sizeof(uint64_t));
	if (n)
		qsort(out->p + from, n, sizeof(uint64_t), by_key);
}

static bool in_set(const struct template_set *s, struct span source, struct span block)
{
	uint64_t key = worth_counting(block) ? key_of(source, hash_of(block)) : 0;
	return key && bsearch(&key, s->keys, s->n, sizeof key, by_key);
}

size_t template_set_clean(const struct template_set *s, struct arena *a, struct document *doc)
{
	struct span rest = doc->text, block;
	size_t blocks = 0, bytes = 0, n = 0;
	if (s->n == 0 || doc->body_kind == BODY_KEPT)
		return 0;
	while (next_block(&rest, &block))
		if (in_set(s, doc->source, block))
			blocks++, bytes += block.n;
	if (!blocks || bytes * 2 > doc->text.n)
		return 0;
	struct dropped *all = arena_array(a, struct dropped, doc->n_dropped + blocks);
	char *text = arena_raw(a, doc->text.n + 3);
	if (doc->n_dropped)
		memcpy(all, doc->dropped, doc->n_dropped * sizeof *all);
	for (rest = doc->text; next_block(&rest, &block);) {
		if (in_set(s, doc->source, block)) {
			all[doc->n_dropped++] = (struct dropped){block, DROP_TEMPLATE, (uint32_t)n + 1};
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
	return blocks;
}

static bool may_return(const struct dropped *d) { return d->why == DROP_TEMPLATE && d->place; }

/* Blocks of a text, or one template: parted by empty lines from what is there. */
static void put_blocks(char *text, size_t *n, struct span s)
{
	while (s.n && s.p[0] == '\n')
		s = span_sub(s, 1, s.n);
	if (!s.n)
		return;
	if (*n)
		text[(*n)++] = '\n', text[(*n)++] = '\n';
	memcpy(text + *n, s.p, s.n);
	*n += s.n;
}

size_t template_restore(struct arena *a, struct document *doc)
{
	size_t bytes = doc->text.n + 3, n = 0, from = 0, kept = 0, back = 0;
	for (size_t i = 0; i < doc->n_dropped; i++)
		if (may_return(&doc->dropped[i]))
			bytes += doc->dropped[i].text.n + 4, back++;
	if (!back)
		return 0;
	struct dropped *rest = arena_array(a, struct dropped, doc->n_dropped);
	char *text = arena_raw(a, bytes);
	for (size_t i = 0; i < doc->n_dropped; i++) {
		const struct dropped *d = &doc->dropped[i];
		if (!may_return(d)) {
			rest[kept++] = *d;
			continue;
		}
		size_t at = d->place - 1 < doc->text.n ? d->place - 1 : doc->text.n;
		if (at > from)
			put_blocks(text, &n, span_sub(doc->text, from, at)), from = at;
		put_blocks(text, &n, d->text);
	}
	put_blocks(text, &n, span_sub(doc->text, from, doc->text.n));
	text[n] = 0;
	doc->text = (struct span){text, n};
	doc->dropped = rest;
	doc->n_dropped = kept;
	return back;
}

/* ---- Keeping ---- */

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
	put_u64(out, t->version);
	put_u64(out, t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct source *s = &t->v[i];
		put_span(out, s->name);
		put_u64(out, (uint64_t)s->off << 32 | s->documents);
		put_u64(out, s->n_known);
		for (size_t k = 0; k < s->n_known; k++) {
			put_u64(out, s->known[k].hash);
			put_u64(out, s->known[k].mark);
			put_span(out, span_of(s->known[k].sample));
		}
		put_u64(out, s->n);
		for (size_t k = 0; k < s->size; k++)
			if (s->v[k].mark)
				str_add(out, &s->v[k], sizeof s->v[k]);
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

static bool load_known(struct span *in, struct templates *t, struct source *s)
{
	uint64_t hash, mark;
	struct span sample;
	if (!take_u64(in, &hash) || !take_u64(in, &mark) || !take_span(in, &sample) || sample.n > SAMPLE_BYTES || mark > UINT32_MAX)
		return false;
	s->known = mem_grow(s->known, &s->cap_known, s->n_known + 1, sizeof *s->known);
	struct known *k = &s->known[s->n_known++];
	*k = (struct known){.hash = hash, .mark = (uint32_t)mark, .sample = mem_alloc(sample.n + 1)};
	memcpy(k->sample, sample.p, sample.n);
	to_filter(t, k->mark);
	return true;
}

static bool load_entry(struct span *in, struct source *s)
{
	struct entry e;
	if (in->n < sizeof e)
		return false;
	memcpy(&e, in->p, sizeof e);
	*in = span_sub(*in, sizeof e, in->n);
	if ((s->n + 1) * 2 > s->size)
		resize(s, s->size * 2);
	struct entry *at = slot_of(s->v, s->size, e.mark);
	if (!(e.mark & MARK_HASH) || at->mark)
		return false;
	*at = e;
	s->n++;
	return true;
}

static bool load_source(struct span *in, struct templates *t)
{
	struct span name;
	uint64_t documents, n_known, n;
	if (!take_span(in, &name) || !take_u64(in, &documents) || !take_u64(in, &n_known) || find_source(t, name, false))
		return false;
	struct source *s = find_source(t, name, true);
	if (!s)
		return false;
	s->documents = (uint32_t)documents;
	s->off = documents >> 32 & 1;
	for (uint64_t i = 0; i < n_known; i++)
		if (!load_known(in, t, s))
			return false;
	if (!take_u64(in, &n))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (!load_entry(in, s))
			return false;
	t->total += s->n;
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
		good = take_u64(&in, &t->version) && take_u64(&in, &n);
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
