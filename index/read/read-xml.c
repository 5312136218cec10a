/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formats made of XML: TEI (as the Foreign Relations of the United States have it: many documents in a volume), RSS and Atom.
 *
 *	<div type="document" xml:id="d1"> <head>1. Telegram …</head> <opener><dateline><date when="1961-01-20"> … <p> …      → a document each
 *	<item> or <entry> <title> <link> <pubDate> <content:encoded>                                                          → a document each
 *
 * Notes and page numbers of TEI are left out: they are the editors', not the document's.
 */
#include "index/read/inside.h"

#include "base/mem.h"
#include "index/read/datetext.h"
#include "index/read/xml.h"

struct xml_state {
	struct xml *x;
	struct span volume;      /* title of the TEI file */
	struct interval dated;   /* of the file */
	bool divided;            /* it has <div type="document"> */
};

static void close_xml(struct reader *r)
{
	struct xml_state *s = r->state;
	xml_close(s->x);
	free(s);
}

static struct xml_state *state_of(struct reader *r)
{
	if (!r->state) {
		struct xml_state *s = mem_alloc(sizeof *s);
		s->x = xml_open(r->in, r->limits.file_bytes);
		r->state = s;
		r->close = close_xml;
	}
	return r->state;
}

/* All text below the element that has just begun, one space between pieces; the event after it is its end. */
static int collect(struct xml *x, struct str *out, struct err *err)
{
	if (xml_empty(x))
		return 0;
	int depth = xml_depth(x);
	for (;;) {
		enum xml_event e;
		int rc = xml_next(x, &e, err);
		if (rc)
			return rc;
		if (e == XML_END_OF_FILE || (e == XML_STOP && xml_depth(x) == depth))
			return 0;
		if (e == XML_TEXT)
			str_span(out, xml_text(x));
		else if (e == XML_START && span_is(xml_name(x), "lb"))
			str_ch(out, ' ');
	}
}

static void add_words(struct str *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool space = s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t' || s.p[i] == '\r';
		if (!space)
			str_ch(out, s.p[i]);
		else if (out->n && out->p[out->n - 1] != ' ' && out->p[out->n - 1] != '\n')
			str_ch(out, ' ');
	}
}

static void end_paragraph(struct str *out)
{
	while (out->n && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\n'))
		out->n--;
	if (out->n)
		str_z(out, "\n\n");
}

static bool one_of(struct span name, const char *const *list)
{
	for (; *list; list++)
		if (span_is(name, *list))
			return true;
	return false;
}

struct tei {
	struct str text, head, author;
	struct interval day;
	struct span id;
	int skip_depth, head_depth; /* inside a note; inside the title */
	bool open;
	int depth;
};

static void tei_done(struct tei *t)
{
	str_done(&t->text);
	str_done(&t->head);
	str_done(&t->author);
}

static void tei_date(struct tei *t, struct xml *x, struct arena *a)
{
	static const char *const names[] = {"when", "notBefore", "from", "doc-dateTime-min", NULL};
	for (int i = 0; names[i] && !interval_any(t->day); i++) {
		struct interval day;
		if (interval_parse(xml_attribute(x, a, names[i]), &day))
			t->day = day;
	}
}

static void tei_start(struct tei *t, struct xml *x, struct arena *a)
{
	static const char *const blocks[] = {"p", "head", "item", "l", "opener", "closer", "row", "quote", "lg", "list", "table", "salute", "signed", "dateline", "postscript", "div", "sp", "u", NULL};
	static const char *const skipped[] = {"note", "pb", "fw", "figure", "teiHeader", "listBibl", NULL};
	struct span name = xml_name(x);
	if (t->skip_depth)
		return;
	if (one_of(name, skipped)) {
		t->skip_depth = xml_empty(x) ? 0 : xml_depth(x);
		return;
	}
	if (span_is(name, "date"))
		tei_date(t, x, a);
	if (span_is(name, "head") && !t->head.n && !t->head_depth)
		t->head_depth = xml_depth(x);
	if (one_of(name, blocks))
		end_paragraph(&t->text);
	else if (span_is(name, "lb") || span_is(name, "cell"))
		add_words(&t->text, SPAN(" "));
}

static void tei_stop(struct tei *t, struct xml *x)
{
	if (t->skip_depth == xml_depth(x))
		t->skip_depth = 0;
	else if (t->head_depth == xml_depth(x))
		t->head_depth = 0;
	else if (!t->skip_depth && (span_is(xml_name(x), "p") || span_is(xml_name(x), "item") || span_is(xml_name(x), "row") || span_is(xml_name(x), "dateline")))
		end_paragraph(&t->text);
}

static int tei_document(struct reader *r, struct arena *a, struct tei *t, struct document *doc)
{
	struct xml_state *s = r->state;
	r->n++;
	xml_mark(s->x);
	reader_begin(r, a, doc);
	end_paragraph(&t->text);
	doc->body = span_trim(arena_take(a, t->text.p, t->text.n));
	t->text = (struct str){0};
	doc->body_kind = BODY_KEPT;
	doc->title = clean_value(a, arena_span(a, str_view(&t->head)));
	if (!doc->title.n)
		doc->title = arena_span(a, s->volume);
	if (doc->title.n)
		doc->title_how = SPAN("head");
	doc->author = clean_value(a, arena_span(a, str_view(&t->author)));
	doc->section = s->divided ? arena_span(a, s->volume) : SPAN_NONE;
	struct interval day = interval_any(t->day) ? t->day : s->divided ? t->day : s->dated;
	if (interval_any(day)) {
		doc->published = (struct when){day, 90, false, "dateline"};
		doc->dates = arena_new(a, struct when);
		doc->dates[0] = doc->published;
		doc->n_dates = 1;
	}
	doc->id = t->id.n ? arena_printf(a, "%.*s#%.*s", SPAN_ARG(reader_make_id(r, a, false)), SPAN_ARG(t->id)) : reader_make_id(r, a, s->divided);
	return 1;
}

/* The header of the file: its title, its date. */
static int tei_header(struct reader *r, struct arena *a, struct err *err)
{
	struct xml_state *s = r->state;
	int depth = xml_depth(s->x);
	if (xml_empty(s->x))
		return 0;
	for (;;) {
		enum xml_event e;
		int rc = xml_next(s->x, &e, err);
		if (rc || e == XML_END_OF_FILE || (e == XML_STOP && xml_depth(s->x) == depth))
			return rc;
		if (e != XML_START)
			continue;
		if (span_is(xml_name(s->x), "title") && !s->volume.n) {
			AUTO_STR struct str raw = {0}, t = {0};
			if ((rc = collect(s->x, &raw, err)) != 0)
				return rc;
			add_words(&t, str_view(&raw));
			s->volume = arena_span(&r->own, span_trim(str_view(&t)));
		} else if (span_is(xml_name(s->x), "date") && !interval_any(s->dated)) {
			struct tei t = {0};
			tei_date(&t, s->x, a);
			s->dated = t.day;
		}
	}
}

static int tei_run(struct reader *r, struct arena *a, struct tei *t, struct document *doc, struct err *err)
{
	struct xml_state *s = state_of(r);
	for (;;) {
		enum xml_event e;
		int rc = xml_next(s->x, &e, err);
		if (rc)
			return rc;
		if (e == XML_END_OF_FILE)
			return t->open && t->text.n ? (r->done = true, tei_document(r, a, t, doc)) : 0;
		if (e == XML_START && span_is(xml_name(s->x), "teiHeader")) {
			if ((rc = tei_header(r, a, err)) != 0)
				return rc;
			continue;
		}
		bool document = e == XML_START && span_is(xml_name(s->x), "div") && span_is(xml_attribute(s->x, a, "type"), "document");
		bool body = e == XML_START && span_is(xml_name(s->x), "body") && !t->open;
		if (document && !xml_empty(s->x)) { /* what stood before it was the volume's own words */
			s->divided = true;
			tei_done(t);
			*t = (struct tei){.open = true, .depth = xml_depth(s->x), .id = xml_attribute(s->x, a, "id")};
			tei_date(t, s->x, a);
		} else if (body && !s->divided) {
			t->open = true;
			t->depth = xml_depth(s->x);
		} else if (e == XML_STOP && t->open && xml_depth(s->x) == t->depth) {
			if (t->text.n)
				return tei_document(r, a, t, doc);
			t->open = false;
		} else if (e == XML_START && t->open) {
			tei_start(t, s->x, a);
		} else if (e == XML_STOP && t->open) {
			tei_stop(t, s->x);
		} else if (e == XML_TEXT && t->open && !t->skip_depth) {
			add_words(t->head_depth ? &t->head : &t->text, xml_text(s->x));
		}
	}
}

int read_tei_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	struct tei t = {0};
	int rc = tei_run(r, a, &t, doc, err);
	tei_done(&t);
	return rc;
}

/* --- RSS, Atom -------------------------------------------------------------- */

struct entry {
	struct member_set set;
	uint8_t body_rank;
	bool html;
};

static const struct {
	const char *name;
	uint8_t field, rank;
	bool html;
} feed_fields[] = {
	{"title", FIELD_TITLE, 0, false}, {"guid", FIELD_ID, 1, false}, {"id", FIELD_ID, 0, false}, {"encoded", FIELD_TEXT, 0, true}, {"content", FIELD_TEXT, 1, true}, {"description", FIELD_TEXT, 2, true}, {"summary", FIELD_TEXT, 3, true}, {"published", FIELD_PUBLISHED, 0, false},
	{"pubDate", FIELD_PUBLISHED, 0, false}, {"issued", FIELD_PUBLISHED, 1, false}, {"date", FIELD_PUBLISHED, 1, false}, {"updated", FIELD_PUBLISHED, 3, false}, {"creator", FIELD_AUTHOR, 1, false}, {"author", FIELD_AUTHOR, 0, false}, {"category", FIELD_SECTION, 0, false}, {"language", FIELD_LANG, 0, false},
};

static int feed_field(struct xml *x, struct arena *a, struct entry *e, struct err *err)
{
	AUTO_STR struct str value = {0};
	struct span name = xml_name(x);
	if (span_is(name, "link")) {
		struct span href = xml_attribute(x, a, "href"), rel = xml_attribute(x, a, "rel");
		int rc = collect(x, &value, err);
		struct span url = href.n ? href : span_trim(str_view(&value));
		if (!rel.n || span_is(rel, "alternate"))
			members_offer(&e->set, &(struct member_name){FIELD_URL, 0, "link"}, arena_span(a, url));
		return rc;
	}
	for (size_t i = 0; i < sizeof feed_fields / sizeof feed_fields[0]; i++) {
		if (!span_is(name, feed_fields[i].name))
			continue;
		int rc = collect(x, &value, err);
		if (rc)
			return rc;
		if (feed_fields[i].html && span_trim(str_view(&value)).n && feed_fields[i].rank < e->set.rank[FIELD_TEXT])
			e->html = looks_like_html(str_view(&value));
		members_offer(&e->set, &(struct member_name){feed_fields[i].field, feed_fields[i].rank, ""}, arena_span(a, span_trim(str_view(&value))));
		return 0;
	}
	return 0;
}

int read_feed_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	struct xml_state *s = state_of(r);
	struct entry e;
	bool open = false;
	int depth = 0;
	for (;;) {
		enum xml_event ev;
		int rc = xml_next(s->x, &ev, err);
		if (rc || ev == XML_END_OF_FILE)
			return rc;
		bool item = span_is(xml_name(s->x), "item") || span_is(xml_name(s->x), "entry");
		if (ev == XML_START && item && !open) {
			members_init(&e.set);
			e.html = false;
			open = !xml_empty(s->x);
			depth = xml_depth(s->x);
		} else if (ev == XML_START && open && xml_depth(s->x) == depth + 1) {
			if ((rc = feed_field(s->x, a, &e, err)) != 0)
				return rc;
		} else if (ev == XML_STOP && open && xml_depth(s->x) == depth) {
			break;
		}
	}
	r->n++;
	xml_mark(s->x);
	reader_begin(r, a, doc);
	if (!e.set.value[FIELD_TEXT].n && !e.set.value[FIELD_TITLE].n)
		return err_set(err, ERR_BAD_DOCUMENT, "entry %llu: it has neither title nor text", (unsigned long long)r->n);
	members_apply(a, &e.set, doc);
	doc->body_kind = e.html ? BODY_HTML : BODY_TEXT;
	doc->id = reader_make_id(r, a, true);
	if (e.set.value[FIELD_ID].n)
		doc->id = arena_printf(a, "%.*s%s%.*s", SPAN_ARG(r->source), r->source.n ? "/" : "", SPAN_ARG(clean_value(a, e.set.value[FIELD_ID])));
	return 1;
}
