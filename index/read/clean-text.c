/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The article out of plain text, which may have been saved from a page with everything around it:
 *
 *	site lines │ title │ byline, credit │ prose … prose │ share, author box │ comments, related stories …
 *	───────────┴── lead ────────────────┴─── body ──────┴──── tail ───────────────────────────────────
 *
 * Blocks are lines, or paragraphs of hard-wrapped lines. Phrases (cues.def) mark single lines, sections and lists; what stands before the
 * first and after the last running sentence is judged by its company: short lines among furniture are furniture. Text with no
 * furniture in it (a wire story, a speech) comes through byte for byte.
 */
#include "index/read/clean.h"

#include "base/fold.h"
#include "base/utf8.h"
#include "index/read/datetext.h"
#include "index/read/meta.h"

#define MAX_BLOCKS 200000u /* text with more lines than this is data: it is kept as it is */

static bool is_blank_char(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

/* Bytes at the beginning that are ASCII and no control characters but newline and tab, by eights. */
static size_t plain_prefix(struct span s)
{
	size_t i = 0;
	for (; i + 8 <= s.n; i += 8) {
		uint64_t w;
		memcpy(&w, s.p + i, 8);
		uint64_t high = w & 0x8080808080808080u, odd = 0;
		for (const char *c = "\r\v\f"; *c; c++) { /* a byte equal to *c: the classic test for a zero byte in the difference */
			uint64_t d = w ^ (0x0101010101010101u * (unsigned char)*c);
			odd |= (d - 0x0101010101010101u) & ~d & 0x8080808080808080u;
		}
		if (high | odd)
			break;
	}
	return i;
}

/* Spaces of every kind become one space, lines are trimmed. The input itself where there is nothing to do. */
static struct span tidy(struct arena *a, struct span s)
{
	size_t i = plain_prefix(s);
	while (i < s.n && !(s.p[i] == '\r' || s.p[i] == '\f' || s.p[i] == '\v' || s.p[i] == '\xC2' || (s.p[i] == '\xE2' && i + 1 < s.n && s.p[i + 1] == '\x80')))
		i++;
	if (i == s.n)
		return s;
	char *out = arena_raw(a, s.n + 1);
	memcpy(out, s.p, i);
	size_t n = i;
	while (i < s.n) {
		char c = s.p[i];
		if (c == '\xC2' && i + 1 < s.n && s.p[i + 1] == '\xA0') {
			if (n && out[n - 1] != ' ')
				out[n++] = ' ';
			i += 2;
			while (i < s.n && s.p[i] == ' ')
				i++;
		} else if (c == '\xE2' && i + 2 < s.n && s.p[i + 1] == '\x80' && (s.p[i + 2] == '\x8B' || s.p[i + 2] == '\xA8' || s.p[i + 2] == '\xA9')) {
			if (s.p[i + 2] != '\x8B')
				out[n++] = '\n';
			i += 3;
		} else if (c == '\r' || c == '\f' || c == '\v') {
			if (!(i + 1 < s.n && s.p[i + 1] == '\n'))
				out[n++] = '\n';
			i++;
		} else {
			size_t run = plain_prefix(span_sub(s, i, s.n));
			run = run ? run : 1;
			memcpy(out + n, s.p + i, run);
			n += run, i += run;
		}
	}
	return (struct span){out, n};
}

static struct span next_line(struct span *rest)
{
	const char *nl = memchr(rest->p, '\n', rest->n);
	size_t n = nl ? (size_t)(nl - rest->p) : rest->n;
	struct span line = {rest->p, n};
	*rest = span_sub(*rest, nl ? n + 1 : n, rest->n);
	return line;
}

/* Were lines broken where the next word did not fit? So it is with telegrams and old tapes, which have no small letters to tell that a sentence goes on. */
static bool is_filled(struct span group, size_t longest)
{
	size_t full = 0, breaks = 0, n = 0;
	struct span rest = group, line = next_line(&rest);
	while (rest.n && n++ < 200) {
		struct span next = next_line(&rest);
		const char *space = next.n ? memchr(next.p, ' ', next.n) : NULL;
		full += line.n + 1 + (space ? (size_t)(space - next.p) : next.n) > longest;
		breaks++;
		line = next;
	}
	return breaks >= 2 && longest >= 50 && full * 5 >= breaks * 3;
}

static bool has_small_letters(struct span s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t c = utf8_next(s, &i);
		if (c < 0x80 ? c - 'a' < 26 : c != UTF8_BAD && fold_class(c) == CHAR_LETTER && !fold_is_upper(c))
			return true;
	}
	return false;
}

/* Hard-wrapped: several lines, none long, all but the last of a paragraph of similar length. */
static bool is_wrapped(struct span group, size_t lines)
{
	size_t longest = 0, wide = 0, cont = 0, over = 0, n = 0;
	struct span rest = group;
	for (bool open = false; rest.n && n < 200; n++) {
		struct span line = next_line(&rest);
		longest = line.n > longest ? line.n : longest;
		wide += line.n >= 50;
		over += line.n > 110;
		cont += open && line.n && line.p[0] >= 'a' && line.p[0] <= 'z'; /* goes on in the middle of a sentence */
		struct span t = span_trim(line);
		open = t.n && !strchr(".!?:\"", t.p[t.n - 1]);
	}
	if (lines < 2 || (over && (over * 4 > n || cont * 2 < n || longest > 500))) /* (two paragraphs may have run together in a line or two) */
		return false;
	return cont ? wide * 2 >= n || cont * 4 >= n : !has_small_letters(group) && is_filled(group, longest);
}

static void add_block(struct arena *a, struct blocks *b, struct span text, bool glued)
{
	text = span_trim(text);
	if (!text.n)
		return;
	*arena_push(a, b->v, b->n, b->cap) = (struct block){.text = text, .why = KEEP, .glued = glued};
}

/* One run of lines without a blank one between them. */
static void add_group(struct arena *a, struct blocks *b, struct span group, size_t lines)
{
	if (!is_wrapped(group, lines)) {
		while (group.n)
			add_block(a, b, next_line(&group), false);
		return;
	}
	const char *from = group.p;
	bool glued = false;
	for (struct span rest = group; rest.n;) {
		struct span line = next_line(&rest);
		bool indented = line.n > 1 && is_blank_char(line.p[0]) && is_blank_char(line.p[1]);
		if (indented && line.p > from) {
			add_block(a, b, (struct span){from, (size_t)(line.p - from)}, glued);
			from = line.p;
			glued = true;
		}
	}
	add_block(a, b, (struct span){from, (size_t)(group.p + group.n - from)}, glued);
}

static bool split_blocks(struct arena *a, struct span text, struct blocks *b)
{
	struct span rest = text, group = SPAN_NONE;
	size_t lines = 0;
	while (rest.n) {
		struct span line = next_line(&rest);
		bool blank = true;
		for (size_t i = 0; i < line.n && blank; i++)
			blank = is_blank_char(line.p[i]);
		if (!blank) {
			group = lines++ ? (struct span){group.p, (size_t)(line.p + line.n - group.p)} : line;
		} else if (lines) {
			add_group(a, b, group, lines);
			lines = 0;
		}
		if (b->n + lines > MAX_BLOCKS)
			return false;
	}
	if (lines)
		add_group(a, b, group, lines);
	return true;
}

/* "read more" after a block says that the block is the teaser of another story, if that happens again and again. */
static void mark_teasers(struct blocks *b)
{
	size_t pairs = 0, first = 0;
	for (size_t i = 1; i < b->n; i++) {
		if (!(b->v[i].cue && b->v[i].cue->why == DROP_RELATED && b->v[i].text.n <= 40) || b->v[i - 1].cue)
			continue;
		pairs++;
		if (pairs == 1)
			first = i - 1;
		bool next_to_last_pair = pairs > 1 && i >= 2 && b->v[i - 2].cue;
		if (next_to_last_pair)
			b->v[i - 1].why = b->v[first].why = DROP_RELATED;
		else
			first = i - 1, pairs = 1;
	}
}

/* A long line that ends like a sentence is prose if it begins with words: a look at its beginning is enough. */
static bool is_prose(struct span text)
{
	bool sentence = text.n >= 160 && strchr(".!?\"", text.p[text.n - 1]);
	struct span part = sentence || text.n >= 250 ? span_sub(text, 0, utf8_floor(text, 96)) : text;
	struct look l = look_at(part);
	return part.n < text.n ? l.letters >= 40 && l.letters > l.digits : look_is_prose(text, &l);
}

/* "Home | World | Sport | Subscribe": short pieces, parted by the same mark, no sentence. */
static bool is_menu(struct span line)
{
	static const char *const marks[] = {"|", "\xC2\xB7", "\xE2\x80\xA2", "\xC2\xBB", "\xE2\x80\xBA"};
	if (line.n > 400)
		return false;
	for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
		size_t pieces = 1, from = 0, longest = 0;
		for (ptrdiff_t at; (at = span_find(span_sub(line, from, line.n), span_of(marks[k]))) >= 0; from += (size_t)at + strlen(marks[k]), pieces++)
			longest = (size_t)at > longest ? (size_t)at : longest;
		longest = line.n - from > longest ? line.n - from : longest;
		if (pieces >= 4 || (pieces == 3 && longest <= 16))
			return longest <= 32 && !look_at(line).ends_sentence;
	}
	return false;
}

/* "Published 4 March 2019", "Posted on Mar 4, 2019 at 10:00 by admin": a day, and hardly anything else. */
static bool is_date_line(struct span line)
{
	struct date_hit hit;
	if (line.n > 100 || line.n < 6 || !date_find(line, 0, ORDER_DMY, &hit) || hit.days.precision != PREC_DAY)
		return false;
	struct look before = look_at(span_sub(line, 0, hit.start)), after = look_at(span_sub(line, hit.end, line.n));
	return before.letters <= 16 && before.words <= 3 && after.letters <= 16 && after.words <= 6 && before.stops == 0;
}

/* Furniture stands at the ends of a page, or is short: long prose in the middle is not searched for phrases. */
static void judge(struct blocks *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct block *x = &b->v[i];
		bool prose = is_prose(x->text), middle = i >= 4 && i + 12 < b->n;
		x->cue = prose && middle && x->text.n > 140 ? NULL : cue_find(x->text);
		x->prose = prose && !x->cue;
		if (x->cue && x->cue->reach == REACH_ONE)
			x->why = x->cue->why;
		else if (x->text.n <= 200 && look_is_contact(x->text))
			x->why = memchr(x->text.p, '@', x->text.n) ? DROP_BYLINE : DROP_LINKS;
		else if (!x->prose && is_menu(x->text))
			x->why = DROP_NAVIGATION;
	}
}

static bool first_prose(const struct blocks *b, size_t *at)
{
	for (*at = 0; *at < b->n; ++*at)
		if (b->v[*at].prose && b->v[*at].why == KEEP)
			return true;
	return false;
}

/* Short lines after the last running sentence go with the furniture around them, if there is any. */
static void judge_tail(struct blocks *b)
{
	size_t last = b->n;
	while (last > 0 && !(b->v[last - 1].prose && b->v[last - 1].why == KEEP))
		last--;
	if (!last)
		return;
	size_t furniture = b->n;
	for (size_t i = b->n; i-- > last;)
		if (b->v[i].why != KEEP)
			furniture = i;
	if (furniture == b->n)
		return;
	uint8_t near = b->v[furniture].why;
	for (size_t i = last; i < b->n; i++) {
		if (b->v[i].why != KEEP)
			near = b->v[i].why;
		else
			b->v[i].why = near == DROP_BYLINE || near == DROP_CAPTION || near == DROP_COPYRIGHT ? DROP_OTHER : near;
	}
	for (size_t i = last; i < furniture; i++) { /* before the first furniture: "The talks go on." is the end of the article, "United States Headlines" is not */
		struct look l = look_at(b->v[i].text);
		b->v[i].why = l.ends_sentence && l.words >= 3 ? KEEP : DROP_OTHER;
	}
}

static bool same_title(struct span line, struct span title)
{
	return title.n && (span_eq(line, title) || (line.n >= title.n && line.n < title.n + 4 && span_starts(line, title.p) && false));
}

static bool is_headline(const struct block *x)
{
	struct look l = look_at(x->text);
	return x->why == KEEP && !x->prose && !x->cue && look_is_title(x->text, &l);
}

/* The headline among the first lines: the first with five words or more, else the longest. */
static size_t find_title(const struct blocks *b, size_t lead)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < lead; i++) {
		if (!is_headline(&b->v[i]))
			continue;
		struct look l = look_at(b->v[i].text);
		if (l.words >= 6 || l.letters > 40)
			return i;
		if (best == SIZE_MAX || b->v[i].text.n > b->v[best].text.n)
			best = i;
	}
	return best;
}

static void take_byline(struct document *doc, struct block *x)
{
	struct span names = look_byline(x->text);
	if (!names.n)
		return;
	if (!doc->author.n)
		doc->author = names;
	x->why = DROP_BYLINE;
}

/* "About the author: Ann Lee is a fellow …" names her. */
static void author_of_box(struct document *doc, const struct blocks *b)
{
	for (size_t i = 0; i < b->n && !doc->author.n; i++) {
		struct span t = b->v[i].text;
		const char *colon = t.n && span_istarts(t, "about the author") ? memchr(t.p, ':', t.n < 24 ? t.n : 24) : NULL;
		if (!colon)
			continue;
		struct span name = span_trim((struct span){colon + 1, (size_t)(t.p + t.n - colon - 1)});
		ptrdiff_t is = span_find(span_sub(name, 0, name.n < 80 ? name.n : 80), SPAN(" is "));
		struct look l = look_at(span_sub(name, 0, is < 0 ? 0 : (size_t)is));
		if (is > 3 && l.words >= 2 && l.words <= 5 && l.caps * 2 > l.words)
			doc->author = span_sub(name, 0, (size_t)is);
	}
}

static void judge_lead(struct document *doc, struct blocks *b)
{
	size_t lead;
	if (!first_prose(b, &lead))
		return;
	if (lead > 40) /* no lead any more: somebody's table */
		return;
	for (size_t i = 0; i < lead; i++) {
		if (b->v[i].why == KEEP)
			take_byline(doc, &b->v[i]);
		if (b->v[i].why == KEEP && is_date_line(b->v[i].text))
			b->v[i].why = DROP_DATE_LINE;
		if (same_title(b->v[i].text, doc->title))
			b->v[i].why = DROP_TITLE;
	}
	size_t title = doc->title.n ? SIZE_MAX : find_title(b, lead);
	if (title == SIZE_MAX)
		return;
	doc->title = b->v[title].text;
	doc->title_how = SPAN("first-line");
	b->v[title].why = DROP_TITLE;
	for (size_t i = 0; i < title; i++)
		if (b->v[i].why == KEEP)
			b->v[i].why = DROP_NAVIGATION;
}

static bool is_short(const struct block *x)
{
	return !x->prose && x->text.n < 120 && !look_at(x->text).ends_sentence;
}

/*
 * A whole page as text, menus and all: the article is the run of blocks with the most prose and the fewest short lines in it (the maximum subsequence:
 * J. Pasternack and D. Roth, "Extracting Article Text from the Web with Maximum Subsequence Segmentation", 2009). False for anything that is no such page.
 */
static bool find_article(const struct blocks *b, size_t *from, size_t *to)
{
	size_t shorts = 0, start = 0;
	long sum = 0, best = 0;
	for (size_t i = 0; i < b->n; i++)
		shorts += is_short(&b->v[i]);
	if (shorts < 20 || shorts * 2 < b->n)
		return false;
	*from = *to = 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct block *x = &b->v[i];
		long value = x->prose && x->why == KEEP ? (long)(x->text.n < 600 ? x->text.n : 600) : x->text.n < 120 ? -50 : -20;
		if (sum <= 0)
			sum = 0, start = i;
		sum += value;
		if (sum > best)
			best = sum, *from = start, *to = i + 1;
	}
	return best > 300;
}

/* The headline of a page: the last line before the article that could be one, with five words at least. */
static size_t headline_before(const struct blocks *b, size_t from)
{
	for (size_t i = from; i-- > 0 && i + 25 > from;) {
		struct look l = look_at(b->v[i].text);
		if (is_headline(&b->v[i]) && (l.words >= 5 || l.letters > 40) && l.digits * 4 < l.letters)
			return i;
	}
	return SIZE_MAX;
}

static void cut_page(struct document *doc, struct blocks *b, size_t from, size_t to)
{
	size_t title = doc->title.n ? SIZE_MAX : headline_before(b, from);
	for (size_t i = title == SIZE_MAX ? from : title; i < from; i++)
		if (b->v[i].why == KEEP)
			take_byline(doc, &b->v[i]);
	if (title != SIZE_MAX) {
		doc->title = b->v[title].text;
		doc->title_how = SPAN("first-line");
		b->v[title].why = DROP_TITLE;
	}
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].why == KEEP && (i < from || i >= to))
			b->v[i].why = i < from ? DROP_NAVIGATION : DROP_OTHER;
	for (size_t i = from; i < to;) { /* four short lines and more in a row: a menu inside */
		size_t run = i;
		while (run < to && is_short(&b->v[run]))
			run++;
		for (; run - i >= 4 && i < run; i++)
			if (b->v[i].why == KEEP)
				b->v[i].why = DROP_LINKS;
		i = run > i ? run : i + 1;
	}
}

static void mark_kept_title(struct document *doc, struct span text)
{
	if (doc->title.n || !text.n)
		return;
	size_t n = 0; /* the first sentence, to have something to show */
	while (n < text.n && n < 160 && text.p[n] != '\n' && !(n > 20 && text.p[n - 1] == '.' && text.p[n] == ' '))
		n++;
	doc->title = span_trim(span_sub(text, 0, utf8_floor(text, n)));
	doc->title_how = SPAN("first-words");
}

int clean_text(struct arena *a, const struct read_limits *limits, struct document *doc, struct span text, struct err *err)
{
	text = tidy(a, text);
	struct blocks b = {.text_bytes = limits->text_bytes};
	if (!split_blocks(a, text, &b)) {
		doc->text = span_trim(text);
		mark_kept_title(doc, doc->text);
		return 0;
	}
	judge(&b);
	mark_teasers(&b);
	blocks_mark_sections(&b);
	size_t from, to;
	if (find_article(&b, &from, &to))
		cut_page(doc, &b, from, to);
	judge_lead(doc, &b);
	judge_tail(&b);
	author_of_box(doc, &b);
	int rc = blocks_finish(a, &b, doc, err);
	if (rc)
		return rc;
	published_from_lines(a, doc);
	mark_kept_title(doc, doc->text);
	return 0;
}
