/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door clean_document(), and what both kinds of pages share: sections that begin with a phrase, and putting the text together. */
#include "index/read/clean.h"

#include "base/utf8.h"
#include "index/read/decode.h"
#include "index/read/inside.h"
#include "index/read/lang.h"
#include "index/read/meta.h"

static const char *const drop_words[] = {
#define X(name, word) word,
	DROP_REASONS(X)
#undef X
};
const char *drop_word(enum drop_reason why) { return why < DROP_COUNT_ ? drop_words[why] : "boilerplate"; }

/*
 * Does a section really begin at i? Its word alone is not enough ("Discussion" is a chapter of a paper, "Comments" a button above the article): either
 * little running text follows, or less than went before and among more of the same kind of furniture.
 */
static bool section_begins(const struct blocks *b, size_t i)
{
	size_t prose = 0, bytes = 0, cues = 0, before = 0;
	bool weak = !memchr(b->v[i].cue->phrase, ' ', b->v[i].cue->len); /* one word */
	for (size_t k = 0; k < i; k++)
		before += b->v[k].prose && b->v[k].why == KEEP ? b->v[k].text.n : 0;
	if (before < 150)
		return false;
	for (size_t k = i + 1; k < b->n; k++) {
		cues += b->v[k].cue != NULL;
		if (b->v[k].prose)
			prose++, bytes += b->v[k].text.n;
	}
	return prose < 2 || bytes * 4 < before || (cues * 3 >= prose && (b->html || !weak || bytes < before));
}

/* Another article's title or teaser: short and no full sentence, or followed by "read more". */
static bool is_teaser(const struct blocks *b, size_t i)
{
	const struct block *x = &b->v[i];
	if (x->cue || x->why != KEEP)
		return true;
	if (b->html) /* pages say what is a link, and where another chapter begins */
		return x->kind != KIND_HEADING && x->links * 2 > x->text.n;
	if (i + 1 < b->n && b->v[i + 1].cue && b->v[i + 1].cue->why == DROP_RELATED && b->v[i + 1].text.n <= 40)
		return true;
	struct look l = look_at(x->text);
	return x->text.n <= 200 && !l.ends_sentence;
}

void blocks_mark_sections(struct blocks *b)
{
	int tries = 0; /* each looks at the whole page: a few are enough */
	for (size_t i = 0; i < b->n; i++) {
		const struct cue *c = b->v[i].cue;
		if (!c || c->reach == REACH_ONE)
			continue;
		uint8_t section = c->why;
		if (c->reach == REACH_REST && tries++ < 8 && section_begins(b, i)) {
			for (; i < b->n; i++) {
				if (b->v[i].cue && b->v[i].cue->reach != REACH_ONE)
					section = b->v[i].cue->why;
				if (b->v[i].why == KEEP)
					b->v[i].why = section;
			}
			return;
		}
		if (b->v[i].why == KEEP)
			b->v[i].why = section;
		while (c->reach == REACH_LIST && i + 1 < b->n && is_teaser(b, i + 1) && !(b->v[i + 1].cue && b->v[i + 1].cue->reach == REACH_REST))
			if (b->v[++i].why == KEEP)
				b->v[i].why = section;
	}
}

static void push_dropped(struct arena *a, struct document *doc, size_t *cap, uint64_t *room, const struct block *x)
{
	if (x->text.n > *room)
		return;
	*room -= x->text.n;
	*arena_push(a, doc->dropped, doc->n_dropped, *cap) = (struct dropped){.text = x->text, .why = (enum drop_reason)x->why};
}

/* The bytes that stood between two blocks of one hard-wrapped paragraph. */
static struct span gap_before(const struct blocks *b, size_t i)
{
	if (!i || !b->v[i].glued || b->v[i - 1].why != KEEP)
		return SPAN_NONE;
	const char *from = b->v[i - 1].text.p + b->v[i - 1].text.n;
	return (struct span){from, (size_t)(b->v[i].text.p - from)};
}

/* Whatever the rules say, a document is not nothing but furniture: then what reads best is its text. */
static void keep_something(struct blocks *b)
{
	static const uint8_t order[] = {DROP_OTHER, DROP_HIDDEN, DROP_SUBSCRIBE, DROP_RELATED, DROP_CAPTION, DROP_COMMENTS};
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].why == KEEP)
			return;
	for (size_t k = 0; k <= sizeof order; k++) {
		bool any = false;
		for (size_t i = 0; i < b->n; i++) {
			struct look l = look_at(b->v[i].text);
			bool fits = k == sizeof order ? !b->html : b->v[i].why == order[k] && (look_is_prose(b->v[i].text, &l) || !b->html);
			if (fits)
				b->v[i].why = KEEP, any = true;
		}
		if (any)
			return;
	}
}

int blocks_finish(struct arena *a, struct blocks *b, struct document *doc, struct err *err)
{
	keep_something(b);
	size_t total = 0, cap = doc->n_dropped;
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].why == KEEP)
			total += b->v[i].text.n + 2 + gap_before(b, i).n;
	if (total > b->text_bytes + b->n * 2 + 2) /* (the rest is seen when it is put together) */
		return clean_too_much(total, b->text_bytes, err);
	char *out = arena_raw(a, total + 1);
	size_t n = 0;
	uint64_t room = b->text_bytes;
	for (size_t i = 0; i < b->n; i++) {
		const struct block *x = &b->v[i];
		if (x->why != KEEP) {
			push_dropped(a, doc, &cap, &room, x);
			continue;
		}
		struct span gap = gap_before(b, i);
		if (!gap.n && n)
			gap = SPAN("\n\n");
		memcpy(out + n, gap.p ? gap.p : "", gap.n);
		n += gap.n;
		memcpy(out + n, x->text.p, x->text.n);
		n += x->text.n;
	}
	out[n] = 0;
	doc->text = (struct span){out, n};
	return 0;
}

static uint64_t mix(uint64_t h, struct span s) { return (h ^ span_hash(s)) * 0x9E3779B97F4A7C15u + 0x7F4A7C15u; }

static uint64_t hash_input(const struct document *d)
{
	struct interval days = d->published.days; /* (given ones: a file that is copied or touched is the same document) */
	uint64_t h = mix((uint64_t)d->body_kind, d->body);
	h = mix(mix(mix(h, d->title), d->author), d->url);
	h = mix(mix(mix(h, d->source), d->lang), (struct span){(const char *)&days.from, sizeof days.from});
	return mix(h, (struct span){(const char *)&days.to, sizeof days.to});
}

#define HOPELESS 8 /* times the limit of its text */

int clean_too_much(uint64_t n, uint64_t limit, struct err *err)
{
	return err_set(err, ERR_LIMIT, "its text has %llu bytes, more than the limit of %llu (setting text-size)", (unsigned long long)n, (unsigned long long)limit);
}

/* Whatever page or file it comes from: what stands in a list of hits is one line without anything a terminal obeys. */
static void tidy_metadata(struct arena *a, struct document *doc)
{
	struct span *const lines[] = {&doc->title, &doc->author, &doc->site, &doc->section, &doc->url};
	if (!doc->site.n)
		doc->site = address_site(doc->url);
	if (!doc->section.n)
		doc->section = address_section(doc->url);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		*lines[i] = clean_value(a, *lines[i]);
}

static int finish(struct arena *a, struct document *doc, const struct read_limits *limits, struct err *err)
{
	tidy_metadata(a, doc);
	if (!doc->lang.n)
		doc->lang = lang_detect(doc->text.n ? doc->text : doc->title);
	if (!doc->text.n && !doc->title.n && doc->body.n)
		return err_set(err, ERR_BAD_DOCUMENT, "there is no readable text in it");
	if (doc->text.n > limits->text_bytes)
		return clean_too_much(doc->text.n, limits->text_bytes, err);
	return 0;
}

static int clean(struct arena *a, const struct read_limits *limits, bool own, struct document *doc, struct err *err)
{
	struct decoded d;
	(own ? decode_own : decode_bytes)(a, doc->body, SPAN_NONE, doc->body_kind == BODY_HTML, &d);
	doc->replaced += d.replaced;
	if (doc->body_kind == BODY_KEPT)
		return doc->text = d.text, 0;
	return doc->body_kind == BODY_HTML ? clean_html(a, limits, own, doc, d.text, err) : clean_text(a, limits, doc, d.text, err);
}

/* What is left of a document when its page goes. */
static void settle(struct arena *a, struct document *doc)
{
	struct span *const parts[] = {&doc->id, &doc->source, &doc->path, &doc->url, &doc->site, &doc->section, &doc->lang, &doc->title, &doc->title_how, &doc->author, &doc->unread_date, &doc->text};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		*parts[i] = arena_span(a, *parts[i]);
	struct dropped *dropped = arena_array(a, struct dropped, doc->n_dropped);
	for (size_t i = 0; i < doc->n_dropped; i++) {
		dropped[i] = doc->dropped[i];
		dropped[i].text = arena_span(a, dropped[i].text);
	}
	doc->dropped = dropped;
	struct when *dates = arena_array(a, struct when, doc->n_dates);
	if (doc->n_dates)
		memcpy(dates, doc->dates, doc->n_dates * sizeof *dates);
	doc->dates = dates;
}

#define LARGE (1u << 20)

/* A large page goes as soon as its article is out of it: what looks for names and days then needs the room. */
static int clean_large(struct arena *a, const struct read_limits *limits, struct document *doc, struct err *err)
{
	AUTO_ARENA struct arena work = {0};
	const char *page = doc->body.p;
	bool own = arena_holds(a, page);
	int rc = clean(&work, limits, own, doc, err);
	settle(a, doc);
	arena_drop(a, page);
	rc = rc ? rc : finish(a, doc, limits, err);
	doc->body = SPAN_NONE;
	return rc;
}

int clean_document(struct arena *a, const struct read_limits *limits, struct document *doc, struct err *err)
{
	doc->content_hash = hash_input(doc);
	if (!doc->id.n)
		doc->id = arena_printf(a, "%016llx", (unsigned long long)doc->content_hash);
	if (doc->body_kind == BODY_KEPT && utf8_valid(doc->body)) {
		doc->text = doc->body;
		return finish(a, doc, limits, err);
	}
	if (doc->body_kind == BODY_TEXT && doc->body.n / HOPELESS > limits->text_bytes) /* not worth the memory: no page is so much furniture */
		return clean_too_much(doc->body.n, limits->text_bytes, err);
	if (doc->body.n > LARGE)
		return clean_large(a, limits, doc, err);
	int rc = clean(a, limits, false, doc, err);
	return rc ? rc : finish(a, doc, limits, err);
}
