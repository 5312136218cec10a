/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One description of the record, walked in both directions, so that encoding and decoding cannot differ:
 *
 *	encode: struct ─ field(c, &x) ─► varint bytes        decode: bytes ─ field(c, &x) ─► struct
 *
 *	plain:   version · id · content hash · path · length of text · … · facts
 *	number   LEB128; signed ones zigzag        span   length, bytes        name   0 none, 1 a new one follows, n + 2 the nth
 *	packed:  'D' 'R' 1 (2: with the segment's dictionary) · XXH3 of the plain bytes · length of them · zstd
 *
 * Decoding trusts nothing: a count is believed only if so many items fit into the bytes that are left, and every offset
 * is held against the text. Surfaces are not stored when they are what stands in the text, which is nearly always.
 */
#include "index/store/record.h"

#include "base/mem.h"
#include "index/store/record-inner.h"

#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>

#define TEXT_MAX ((size_t)64 << 20) /* of a plain record; what is longer was never encoded by us */

struct codec {
	struct str *out; /* NULL: decoding */
	struct arena *a;
	const unsigned char *p, *end;
	bool bad;
	uint8_t version;
	struct span *names; /* of this record, in order of appearance */
	size_t n_names, cap_names;
	uint32_t *slots; /* of names by hash, 1 + place; while writing, from MANY_NAMES on */
	size_t n_slots, n_slotted;
	struct span text;
};

static bool writing(const struct codec *c) { return c->out != NULL; }

static void put_number(struct str *out, uint64_t v)
{
	char b[10];
	size_t n = 0;
	for (; v >= 0x80; v >>= 7)
		b[n++] = (char)(v | 0x80);
	b[n++] = (char)v;
	str_add(out, b, n);
}

static uint64_t get_number(struct codec *c)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64 && c->p < c->end; shift += 7) {
		unsigned char b = *c->p++;
		v |= (uint64_t)(b & 0x7F) << shift;
		if (!(b & 0x80))
			return v;
	}
	c->bad = true;
	c->p = c->end;
	return 0;
}

static void number(struct codec *c, uint64_t *v, uint64_t max)
{
	if (writing(c)) {
		put_number(c->out, *v);
		return;
	}
	*v = get_number(c);
	if (*v > max) {
		c->bad = true;
		*v = 0;
	}
}

static void u32(struct codec *c, uint32_t *v)
{
	uint64_t x = *v;
	number(c, &x, UINT32_MAX);
	*v = (uint32_t)x;
}

static void u8(struct codec *c, uint8_t *v, unsigned limit)
{
	uint64_t x = *v;
	number(c, &x, limit - 1);
	*v = (uint8_t)x;
}

static void flag(struct codec *c, bool *v)
{
	uint64_t x = *v;
	number(c, &x, 1);
	*v = x != 0;
}

static void i32(struct codec *c, int32_t *v)
{
	uint64_t x = ((uint32_t)*v << 1) ^ (uint32_t)(*v >> 31);
	number(c, &x, UINT32_MAX);
	*v = (int32_t)((uint32_t)(x >> 1) ^ (0u - (uint32_t)(x & 1)));
}

/* Raw bytes of a fixed size, in the order of little-endian machines. */
static void fixed(struct codec *c, void *v, size_t n)
{
	if (writing(c)) {
		str_add(c->out, v, n);
	} else if ((size_t)(c->end - c->p) < n) {
		c->bad = true;
		memset(v, 0, n);
	} else {
		memcpy(v, c->p, n);
		c->p += n;
	}
}

static void span(struct codec *c, struct span *s)
{
	if (writing(c)) {
		put_number(c->out, s->n);
		str_span(c->out, *s);
		return;
	}
	uint64_t n = get_number(c);
	if (n > (size_t)(c->end - c->p)) {
		c->bad = true;
		n = 0;
	}
	*s = n ? (struct span){(const char *)c->p, (size_t)n} : SPAN_NONE;
	c->p += n;
}

#define MANY_NAMES 32u

static void slot_names(struct codec *c)
{
	if (c->n_slots < c->n_names * 2) {
		c->n_slots = c->n_slots ? c->n_slots * 4 : 256;
		while (c->n_slots < c->n_names * 2)
			c->n_slots *= 2;
		c->slots = arena_array(c->a, uint32_t, c->n_slots);
		c->n_slotted = 0;
	}
	for (; c->n_slotted < c->n_names; c->n_slotted++) {
		size_t i = (size_t)span_hash(c->names[c->n_slotted]) & (c->n_slots - 1);
		while (c->slots[i])
			i = (i + 1) & (c->n_slots - 1);
		c->slots[i] = (uint32_t)c->n_slotted + 1;
	}
}

static size_t name_place(struct codec *c, struct span s)
{
	if (c->n_names < MANY_NAMES) {
		for (size_t i = 0; i < c->n_names; i++)
			if (span_eq(c->names[i], s))
				return i;
		return SIZE_MAX;
	}
	slot_names(c);
	for (size_t i = (size_t)span_hash(s) & (c->n_slots - 1); c->slots[i]; i = (i + 1) & (c->n_slots - 1))
		if (span_eq(c->names[c->slots[i] - 1], s))
			return c->slots[i] - 1;
	return SIZE_MAX;
}

/* A string that comes again and again in a record: an id of a leader, the name of a rule. */
static void name(struct codec *c, struct span *s)
{
	if (!writing(c)) {
		uint64_t k = get_number(c);
		*s = SPAN_NONE;
		if (k == 1) {
			span(c, s);
			*arena_push(c->a, c->names, c->n_names, c->cap_names) = *s;
		} else if (k > 1) {
			c->bad |= k - 2 >= c->n_names;
			*s = c->bad ? SPAN_NONE : c->names[k - 2];
		}
		return;
	}
	size_t at = s->n ? name_place(c, *s) : 0;
	put_number(c->out, s->n == 0 ? 0 : at == SIZE_MAX ? 1 : at + 2);
	if (s->n && at == SIZE_MAX) {
		span(c, s);
		*arena_push(c->a, c->names, c->n_names, c->cap_names) = *s;
	}
}

static void word(struct codec *c, const char **z)
{
	struct span s = span_of(*z);
	name(c, &s);
	if (!writing(c))
		*z = s.n ? arena_z(c->a, s) : NULL;
}

/* Makes room for *n items that take at least `least` bytes each; more than can be there are none. */
static void *items(struct codec *c, void *v, size_t *n, size_t size, size_t least)
{
	uint64_t count = *n;
	number(c, &count, UINT32_MAX);
	if (writing(c))
		return v;
	if (c->bad || count > (size_t)(c->end - c->p) / least) {
		c->bad = true;
		count = 0;
	}
	*n = (size_t)count;
	return count ? arena_alloc(c->a, (size_t)count * size) : NULL;
}
#define ITEMS(c, v, n, least) ((v) = items((c), (v), &(n), sizeof *(v), (least)))

static void days(struct codec *c, struct interval *d)
{
	u8(c, &d->precision, PREC_COUNT_);
	if (d->precision == PREC_NONE)
		return;
	uint64_t length = (uint64_t)((int64_t)d->to - d->from);
	i32(c, &d->from);
	number(c, &length, DAY_MAX - DAY_MIN);
	d->to = (day_t)((int64_t)d->from + (int64_t)length);
	if (!writing(c) && (d->from < DAY_MIN || d->to > DAY_MAX)) {
		c->bad = true;
		*d = (struct interval){0};
	}
}

static void when(struct codec *c, struct when *w)
{
	days(c, &w->days);
	u8(c, &w->sure, 256);
	flag(c, &w->conflict);
	word(c, &w->how);
}

/* A range of the text, after `*before`: lists are in order of start, so that steps are small. */
static void range(struct codec *c, uint32_t *start, uint32_t *end, uint32_t *before)
{
	int32_t step = (int32_t)(*start - *before);
	uint32_t length = *end - *start;
	i32(c, &step);
	u32(c, &length);
	if (!writing(c)) {
		int64_t from = (int64_t)*before + step, to = from + length;
		if (from < 0 || (uint64_t)to > c->text.n) {
			c->bad = true;
			from = to = 0;
		}
		*start = (uint32_t)from;
		*end = (uint32_t)to;
	}
	*before = *start;
}

static void surface(struct codec *c, struct span *s, uint32_t start, uint32_t end)
{
	struct span there = span_sub(c->text, start, end);
	bool same = writing(c) && span_eq(*s, there);
	flag(c, &same);
	if (!same)
		span(c, s);
	else if (!writing(c))
		*s = there;
}

static void mentions(struct codec *c, struct mention **v, size_t *n)
{
	ITEMS(c, *v, *n, 12);
	uint32_t before = 0;
	for (struct mention *m = *v; m < *v + *n; m++) {
		size_t n_candidates = m->n_candidates;
		range(c, &m->start, &m->end, &before);
		name(c, &m->leader);
		surface(c, &m->surface, m->start, m->end);
		word(c, &m->how);
		fixed(c, &m->sure, sizeof m->sure);
		word(c, &m->why);
		ITEMS(c, m->candidates, n_candidates, 1);
		m->n_candidates = (uint32_t)n_candidates;
		for (size_t i = 0; i < n_candidates; i++)
			name(c, &m->candidates[i]);
		i32(c, &m->office);
		name(c, &m->office_key);
	}
}

static void times(struct codec *c, struct timex3 **v, size_t *n)
{
	ITEMS(c, *v, *n, 9);
	uint32_t before = 0;
	for (struct timex3 *t = *v; t < *v + *n; t++) {
		uint32_t anchor = t->anchor + 1; /* 0: the publication day */
		range(c, &t->start, &t->end, &before);
		surface(c, &t->surface, t->start, t->end);
		word(c, &t->type);
		name(c, &t->value);
		days(c, &t->days);
		word(c, &t->how);
		word(c, &t->rule);
		u32(c, &anchor);
		t->anchor = anchor - 1;
		c->bad |= !writing(c) && anchor > c->text.n;
	}
}

static void meetings(struct codec *c, struct meeting **v, size_t *n)
{
	ITEMS(c, *v, *n, 6);
	uint32_t before = 0;
	for (struct meeting *m = *v; m < *v + *n; m++) {
		size_t n_leaders = m->n_leaders;
		ITEMS(c, m->leaders, n_leaders, 1);
		m->n_leaders = (uint32_t)n_leaders;
		for (size_t i = 0; i < n_leaders; i++)
			name(c, &m->leaders[i]);
		word(c, &m->status);
		days(c, &m->days);
		name(c, &m->place);
		range(c, &m->start, &m->end, &before);
	}
}

static void sentence_ends(struct codec *c, struct sentence *s, uint32_t before)
{
	uint32_t length = s->end - s->start;
	u32(c, &length);
	if (writing(c))
		return;
	int64_t from = (int64_t)before + (int32_t)s->start, to = from + length; /* its start is still a gap */
	if (from < 0 || (uint64_t)to > c->text.n) {
		c->bad = true;
		from = to = 0;
	}
	*s = (struct sentence){(uint32_t)from, (uint32_t)to};
}

/* One follows the other, nearly always after the same gap: all gaps, then all lengths, so that the gaps pack to nothing. */
static void sentences(struct codec *c, struct sentence **v, size_t *n)
{
	ITEMS(c, *v, *n, 2);
	uint32_t before = 0;
	for (struct sentence *s = *v; s < *v + *n && c->version < 2; s++)
		range(c, &s->start, &s->end, &before);
	for (struct sentence *s = *v; s < *v + *n && c->version >= 2; s++) {
		int32_t gap = (int32_t)(s->start - before);
		i32(c, &gap);
		before = s->end;
		if (!writing(c))
			s->start = (uint32_t)gap;
	}
	before = 0;
	for (struct sentence *s = *v; s < *v + *n && c->version >= 2; s++) {
		sentence_ends(c, s, before);
		before = s->end;
	}
}

static void dropped(struct codec *c, struct dropped **v, size_t *n)
{
	ITEMS(c, *v, *n, 2);
	for (struct dropped *d = *v; d < *v + *n; d++) {
		uint8_t why = d->place ? DROP_COUNT_ : (uint8_t)d->why; /* one more than there are: a template, and its place follows */
		span(c, &d->text);
		u8(c, &why, DROP_COUNT_ + 1);
		if (why == DROP_COUNT_)
			u32(c, &d->place);
		d->why = why == DROP_COUNT_ ? DROP_TEMPLATE : (enum drop_reason)why;
	}
}

/* What the writer must know of a record before anybody builds with it; see head.h. */
static void head(struct codec *c, struct record_head *h)
{
	u8(c, &c->version, 128);
	c->bad |= c->version < 1 || c->version > RECORD_VERSION;
	span(c, &h->id);
	fixed(c, &h->content_hash, sizeof h->content_hash);
	span(c, &h->path);
	uint64_t n = h->text_bytes;
	number(c, &n, TEXT_MAX);
	h->text_bytes = (size_t)n;
}

static void document(struct codec *c, struct document *d)
{
	span(c, &d->text);
	c->text = d->text;
	span(c, &d->source);
	span(c, &d->url);
	span(c, &d->site);
	span(c, &d->section);
	span(c, &d->lang);
	span(c, &d->title);
	span(c, &d->title_how);
	span(c, &d->author);
	when(c, &d->published);
	ITEMS(c, d->dates, d->n_dates, 4);
	for (size_t i = 0; i < d->n_dates; i++)
		when(c, &d->dates[i]);
	uint8_t kind = (uint8_t)d->body_kind;
	u8(c, &kind, BODY_KEPT + 1);
	d->body_kind = (enum body_kind)kind;
	dropped(c, &d->dropped, &d->n_dropped);
	u32(c, &d->replaced);
}

static void facts(struct codec *c, struct facts *f)
{
	mentions(c, &f->mentions, &f->n_mentions);
	mentions(c, &f->ambiguous, &f->n_ambiguous);
	mentions(c, &f->rejected, &f->n_rejected);
	times(c, &f->days, &f->n_days);
	meetings(c, &f->meetings, &f->n_meetings);
	sentences(c, &f->sentences, &f->n_sentences);
	when(c, &f->inferred);
	ITEMS(c, f->inferred_from, f->n_inferred_from, 1);
	for (size_t i = 0; i < f->n_inferred_from; i++) {
		u32(c, &f->inferred_from[i]);
		c->bad |= !writing(c) && f->inferred_from[i] >= f->n_days;
	}
}

void record_encode(struct str *out, const struct document *d, const struct facts *f)
{
	AUTO_ARENA struct arena a = {0};
	struct codec c = {.out = out, .a = &a, .version = RECORD_VERSION};
	struct record_head h = {d->id, d->path, d->content_hash, d->text.n};
	struct document doc = *d; /* copies: walking them while writing changes nothing */
	struct facts found = *f;
	head(&c, &h);
	document(&c, &doc);
	facts(&c, &found);
}

static int damaged(struct err *err, struct span id)
{
	if (id.n == 0)
		return err_set(err, ERR_CORRUPT, "a stored document is damaged");
	return err_set(err, ERR_CORRUPT, "the stored document \"%.*s\" is damaged", (int)(id.n < 200 ? id.n : 200), id.p);
}

int record_head(struct span bytes, struct record_head *out, struct err *err)
{
	struct codec c = {.p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n};
	struct record_head h = {0};
	head(&c, &h);
	if (c.bad || h.id.n == 0)
		return damaged(err, SPAN_NONE);
	*out = h;
	return 0;
}

int record_identity(struct span record, struct span *id, uint64_t *content_hash, struct err *err)
{
	struct record_head h;
	int rc = record_head(record, &h, err);
	if (rc)
		return rc;
	*id = h.id;
	*content_hash = h.content_hash;
	return 0;
}

int record_rename(struct span record, struct span id, struct span path, struct str *out, struct err *err)
{
	struct codec in = {.p = (const unsigned char *)record.p, .end = (const unsigned char *)record.p + record.n};
	struct codec c = {.out = out};
	struct record_head h = {0};
	head(&in, &h);
	if (in.bad || h.id.n == 0)
		return damaged(err, SPAN_NONE);
	c.version = in.version; /* for what follows is as it was */
	h.id = id;
	h.path = path.p ? path : h.path;
	head(&c, &h);
	str_add(out, in.p, (size_t)(in.end - in.p));
	return 0;
}

static int decode(struct codec *c, struct document *d, struct facts *f, struct err *err)
{
	struct record_head h = {0};
	struct document doc = {0};
	head(c, &h);
	document(c, &doc);
	if (f)
		facts(c, f);
	if (c->bad || (f && c->p != c->end) || h.id.n == 0 || doc.text.n != h.text_bytes)
		return damaged(err, SPAN_NONE);
	doc.id = h.id;
	doc.path = h.path;
	doc.content_hash = h.content_hash;
	*d = doc;
	return 0;
}

int record_decode(struct arena *a, struct span bytes, struct document *d, struct facts *f, struct err *err)
{
	struct codec c = {.a = a, .p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n};
	struct facts found = {0};
	int rc = decode(&c, d, &found, err);
	if (rc == 0)
		*f = found;
	return rc;
}

int record_document(struct arena *a, struct span bytes, struct document *d, struct err *err)
{
	struct codec c = {.a = a, .p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n};
	return decode(&c, d, NULL, err);
}

/* ---- The stored form ---- */

#define PACKED_HEAD 3
#define LEVEL        3 /* of what a builder packs: a fresh segment lives for minutes */
#define LEVEL_MERGED 6 /* with a dictionary: once in a record's life, or nearly */

static ZSTD_CCtx *press; /* one a process: making one costs more than a document */
static ZSTD_DCtx *unpress;

static ZSTD_CCtx *press_with(const ZSTD_CDict *dictionary)
{
	if (!press && !(press = ZSTD_createCCtx()))
		abort(); /* memory is out */
	ZSTD_CCtx_reset(press, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(press, ZSTD_c_compressionLevel, dictionary ? LEVEL_MERGED : LEVEL);
	ZSTD_CCtx_setParameter(press, ZSTD_c_contentSizeFlag, 0);
	ZSTD_CCtx_setParameter(press, ZSTD_c_dictIDFlag, 0);
	ZSTD_CCtx_refCDict(press, dictionary);
	return press;
}

void record_pack_with(struct str *out, struct span plain, const ZSTD_CDict *dictionary)
{
	uint64_t sum = span_hash(plain);
	str_add(out, dictionary ? "DR\2" : "DR\1", PACKED_HEAD);
	str_add(out, &sum, sizeof sum);
	put_number(out, plain.n);
	size_t room = ZSTD_compressBound(plain.n);
	str_room(out, room);
	size_t n = ZSTD_compress2(press_with(dictionary), out->p + out->n, room, plain.p, plain.n);
	if (ZSTD_isError(n))
		abort(); /* there is room, and no limit that could be passed: memory is out */
	out->n += n;
}

void record_pack(struct str *out, struct span plain) { record_pack_with(out, plain, NULL); }

void record_pack_like(struct str *out, struct span plain, struct span base, uint32_t base_row)
{
	uint64_t sum = span_hash(plain);
	str_add(out, "DR\3", PACKED_HEAD);
	str_add(out, &sum, sizeof sum);
	put_number(out, plain.n);
	put_number(out, base_row);
	size_t room = ZSTD_compressBound(plain.n);
	str_room(out, room);
	ZSTD_CCtx *c = press_with(NULL);
	ZSTD_CCtx_refPrefix(c, base.p, base.n);
	size_t n = ZSTD_compress2(c, out->p + out->n, room, plain.p, plain.n);
	if (ZSTD_isError(n))
		abort(); /* as above */
	out->n += n;
}

struct packed {
	char form; /* 0: damaged */
	uint64_t sum, n, base;
	struct span frame;
};

static struct packed look(struct span bytes)
{
	struct packed k = {0};
	struct codec c = {.p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n};
	char magic[PACKED_HEAD];
	fixed(&c, magic, sizeof magic);
	fixed(&c, &k.sum, sizeof k.sum);
	k.n = get_number(&c);
	if (!c.bad && magic[2] == 3)
		k.base = get_number(&c);
	if (c.bad || memcmp(magic, "DR", 2) != 0 || magic[2] < 1 || magic[2] > 3 || k.n > TEXT_MAX * 4 || k.base > UINT32_MAX)
		return k;
	k.form = magic[2];
	k.frame = (struct span){(const char *)c.p, (size_t)(c.end - c.p)};
	return k;
}

bool record_base(struct span packed, uint32_t *row)
{
	struct packed k = look(packed);
	*row = (uint32_t)k.base;
	return k.form == 3;
}

/* Unpacks with what `unpress` was given. */
static int unpack_frame(struct arena *a, const struct packed *k, const ZSTD_DDict *dictionary, struct span *plain, struct err *err)
{
	char *p = arena_raw(a, (size_t)k->n + 1);
	size_t got = dictionary ? ZSTD_decompress_usingDDict(unpress, p, (size_t)k->n, k->frame.p, k->frame.n, dictionary)
				: ZSTD_decompressDCtx(unpress, p, (size_t)k->n, k->frame.p, k->frame.n);
	if (ZSTD_isError(got) || got != k->n || span_hash((struct span){p, got}) != k->sum)
		return damaged(err, SPAN_NONE);
	p[k->n] = 0;
	*plain = (struct span){p, got};
	return 0;
}

static bool ready_to_unpack(void)
{
	if (!unpress && !(unpress = ZSTD_createDCtx()))
		return false;
	ZSTD_DCtx_reset(unpress, ZSTD_reset_session_and_parameters);
	return true;
}

int record_unpack_with(struct arena *a, struct span packed, const ZSTD_DDict *dictionary, struct span *plain, struct err *err)
{
	struct packed k = look(packed);
	if (k.form != 1 && (k.form != 2 || !dictionary))
		return damaged(err, SPAN_NONE);
	if (!ready_to_unpack())
		return err_set(err, ERR_NOMEM, "no memory to unpack a document");
	return unpack_frame(a, &k, k.form == 2 ? dictionary : NULL, plain, err);
}

int record_unpack_like(struct arena *a, struct span packed, struct span base, struct span *plain, struct err *err)
{
	struct packed k = look(packed);
	if (k.form != 3)
		return damaged(err, SPAN_NONE);
	if (!ready_to_unpack())
		return err_set(err, ERR_NOMEM, "no memory to unpack a document");
	ZSTD_DCtx_refPrefix(unpress, base.p, base.n);
	return unpack_frame(a, &k, NULL, plain, err);
}

int record_unpack(struct arena *a, struct span packed, struct span *plain, struct err *err) { return record_unpack_with(a, packed, NULL, plain, err); }

void record_train(struct str *out, struct span samples, const size_t *sizes, size_t n, size_t bytes)
{
	ZDICT_fastCover_params_t how = {.k = 1000, .d = 8, .f = 20, .steps = 1, .accel = 2};
	str_room(out, bytes);
	size_t got = n < UINT32_MAX ? ZDICT_trainFromBuffer_fastCover(out->p + out->n, bytes, samples.p, sizes, (unsigned)n, how) : 0;
	if (!ZDICT_isError(got))
		out->n += got;
}

ZSTD_CDict *record_dictionary(struct span bytes)
{
	ZSTD_CDict *d = ZSTD_createCDict(bytes.p, bytes.n, LEVEL_MERGED);
	if (!d)
		abort();
	return d;
}
