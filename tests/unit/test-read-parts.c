/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the reading room alone: days in words, languages, encodings, HTML, phrases, stories, templates, containers. */
#include "base/mem.h"
#include "index/read/cues.h"
#include "index/read/datetext.h"
#include "index/read/decode.h"
#include "index/read/html.h"
#include "index/read/lang.h"
#include "index/read/reader.h"
#include "index/facts/story.h"
#include "index/facts/templates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void days_in_words(void **state)
{
	(void)state;
	static const struct {
		const char *text, *day;
		enum date_order order;
	} rows[] = {
		{"Published 4 March 2019", "2019-03-04", ORDER_DMY}, {"March 4th, 2019 at noon", "2019-03-04", ORDER_DMY}, {"Mar. 4, 2019", "2019-03-04", ORDER_MDY}, {"4. März 2019", "2019-03-04", ORDER_DMY}, {"Veröffentlicht am 4.3.2019", "2019-03-04", ORDER_DMY},
		{"le 1er avril 2020", "2020-04-01", ORDER_DMY}, {"4 de marzo de 2019", "2019-03-04", ORDER_DMY}, {"4 marzo 2019", "2019-03-04", ORDER_DMY}, {"4 марта 2019 г.", "2019-03-04", ORDER_DMY}, {"2019年3月4日", "2019-03-04", ORDER_DMY}, {"2019년 3월 4일", "2019-03-04", ORDER_DMY},
		{"26-FEB-1987 15:01", "1987-02-26", ORDER_DMY}, {"Tue, 05 Mar 2019 10:00:00 GMT", "2019-03-05", ORDER_DMY}, {"03/04/2019", "2019-03-04", ORDER_MDY}, {"03/04/2019", "2019-04-03", ORDER_DMY}, {"25/12/2019", "2019-12-25", ORDER_MDY}, {"12/25/2019", "2019-12-25", ORDER_DMY},
		{"04.03.19", "2019-03-04", ORDER_MDY}, {"2019/3/4", "2019-03-04", ORDER_DMY}, {"on 2019-03-04T10:00", "2019-03-04", ORDER_DMY}, {"4 Eylül 2019", "2019-09-04", ORDER_DMY}, {"4 września 2019", "2019-09-04", ORDER_DMY}, {"4 مارس 2019", "2019-03-04", ORDER_DMY}, {"1 August 1914", "1914-08-01", ORDER_DMY},
		{"29 February 2019", "", ORDER_DMY}, {"99.99.2019", "", ORDER_DMY}, {"In May they met", "", ORDER_DMY}, {"version 1.2.3", "", ORDER_DMY}, {"12:30 and 5,000 4 marching bands 2019", "", ORDER_DMY}, {"may 2019", "", ORDER_DMY},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct date_hit hit;
		AUTO_STR struct str day = {0};
		if (date_find(span_of(rows[i].text), 0, rows[i].order, &hit))
			interval_text(&day, hit.days);
		if (strcmp(str_cz(&day), rows[i].day) != 0)
			printf("%s: %s, not %s\n", rows[i].text, str_cz(&day), rows[i].day);
		assert_string_equal(str_cz(&day), rows[i].day);
	}
	struct interval v;
	assert_true(date_value(SPAN("20190304"), ORDER_DMY, &v) && v.from == day_of(2019, 3, 4));
	assert_true(date_value(SPAN("2019-03"), ORDER_DMY, &v) && v.precision == PREC_MONTH);
	assert_false(date_value(SPAN("20191304"), ORDER_DMY, &v));
}

static void languages(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"The ministers met in the northern town on Friday and said that they would talk again after the elections.", "en"},
		{"Die Minister trafen sich am Freitag in der Stadt im Norden und sagten, dass sie nach den Wahlen wieder sprechen werden.", "de"},
		{"Les ministres se sont rencontrés vendredi dans la ville du nord et ont dit qu’ils parleraient encore après les élections.", "fr"},
		{"Los ministros se reunieron el viernes en la ciudad del norte y dijeron que hablarían de nuevo después de las elecciones.", "es"},
		{"I ministri si sono incontrati venerdì nella città del nord e hanno detto che parleranno ancora dopo le elezioni.", "it"},
		{"Os ministros reuniram-se na sexta-feira na cidade do norte e disseram que não vão falar de novo antes das eleições.", "pt"},
		{"Министры встретились в пятницу в северном городе и сказали, что будут говорить снова после выборов.", "ru"},
		{"Президент прибыл вчера.", "ru"},
		{"部长们星期五在北方的城市会面，他们说选举以后会再次谈判。", "zh"},
		{"大臣たちは金曜日に北の町で会い、選挙の後にまた話すと述べた。", "ja"},
		{"장관들은 금요일에 북쪽 도시에서 만나 선거가 끝난 뒤 다시 이야기하겠다고 말했다.", "ko"},
		{"التقى الوزراء يوم الجمعة في المدينة الشمالية وقالوا إنهم سيتحدثون مرة أخرى بعد الانتخابات.", "ar"},
		{"Міністри зустрілися у п’ятницю в північному місті і сказали, що будуть говорити після виборів.", "uk"},
		{"De ministers hebben elkaar vrijdag in de stad in het noorden ontmoet en zeiden dat ze na de verkiezingen weer praten.", "nl"},
		{"1,2 3.4 5", ""},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct span got = lang_detect(span_of(rows[i][0]));
		if (!span_is(got, rows[i][1]))
			printf("%s: %.*s\n", rows[i][0], SPAN_ARG(got));
		assert_true(span_is(got, rows[i][1]));
	}
	AUTO_ARENA struct arena a = {0};
	assert_true(span_is(lang_tag(&a, SPAN("en_us")), "en-US"));
	assert_true(span_is(lang_tag(&a, SPAN("German")), "de"));
	assert_int_equal(lang_tag(&a, SPAN("no language at all")).n, 0);
}

static void declared_encodings(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct decoded d;
	decode_bytes(&a, SPAN("caf\xE9"), SPAN("iso-8859-1"), false, &d);
	assert_true(span_is(d.text, "café") && d.replaced == 0);
	decode_bytes(&a, SPAN("caf\xC3\xA9"), SPAN("iso-8859-1"), false, &d); /* the declaration lies */
	assert_true(span_is(d.text, "café"));
	assert_string_equal(d.encoding, "utf-8");
	decode_bytes(&a, SPAN("\xEF\xBB\xBFx"), SPAN_NONE, false, &d);
	assert_true(span_is(d.text, "x"));
	decode_bytes(&a, SPAN("<meta http-equiv=x content='text/html; charset=koi8-r'>\xF7\xC5\xDE\xC5\xD2"), SPAN_NONE, true, &d);
	assert_true(span_ends(d.text, "Вечер"));
	decode_bytes(&a, (struct span){"a\0b", 3}, SPAN_NONE, false, &d);
	assert_int_equal(d.replaced, 1);
	decode_bytes(&a, SPAN_NONE, SPAN_NONE, true, &d);
	assert_int_equal(d.text.n, 0);
	assert_true(span_is(decode_meta_charset(SPAN("<?xml version='1.0' encoding='big5'?>")), "big5"));
}

static struct span text_of(struct arena *a, const char *page)
{
	struct html h;
	html_parse(a, span_of(page), &h);
	return html_subtree_text(a, &h, 0);
}

static void html_trees(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	assert_true(span_is(text_of(&a, "<p>a&amp;b &lt;c&gt; &#8217; &#x41; &nbsp;d&shy;e &unknown; &copy 2"), "a&b <c> ’ A de &unknown; © 2"));
	assert_true(span_is(text_of(&a, "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e"), "a b c d e"));
	assert_true(span_is(text_of(&a, "<p>a<script>if (1 < 2) '<p>'</script>b<style>x</style><!-- c -- > -->d"), "abd"));
	assert_true(span_is(text_of(&a, "a</b></i></p>b<br>c<3"), "ab c<3"));
	struct html h;
	html_parse(&a, SPAN("<table><tr><td>1<td>2<tr><td>3</table><p>x"), &h);
	uint32_t rows = 0, cells = 0;
	for (uint32_t i = 0; i < h.n_nodes; i++) {
		rows += h.nodes[i].tag == TAG_TR;
		cells += h.nodes[i].tag == TAG_TD && h.nodes[h.nodes[i].parent].tag == TAG_TR;
		assert_true(h.nodes[i].end > i && h.nodes[i].end <= h.nodes[h.nodes[i].parent].end);
	}
	assert_true(rows == 2 && cells == 3);
	html_parse(&a, SPAN("<html lang=fr><body class='a \"b\"' id=x><a href=/q?a=1&b=2 class=c>t</a>"), &h);
	assert_true(span_is(html_attr(&h, 0, ATTR_LANG), "fr"));
	uint32_t link = 0;
	while (h.nodes[link].tag != TAG_A)
		link++;
	assert_true(span_is(html_attr(&h, link, ATTR_HREF), "/q?a=1&b=2") && span_is(html_attr(&h, link, ATTR_CLASS), "c") && !html_attr(&h, link, ATTR_ID).p);
}

static void phrases(void **state)
{
	(void)state;
	assert_int_equal(cue_find(SPAN("Leave a Reply"))->why, DROP_COMMENTS);
	assert_int_equal(cue_find(SPAN("  12 Comments  "))->why, DROP_COMMENTS);
	assert_int_equal(cue_find(SPAN("Read more »"))->why, DROP_RELATED);
	assert_int_equal(cue_find(SPAN("КОММЕНТАРИИ (3)"))->why, DROP_COMMENTS);
	assert_int_equal(cue_find(SPAN("Don’t miss: what the ministers ate"))->why, DROP_RELATED);
	assert_null(cue_find(SPAN("Comments by the minister were read out in parliament")));
	assert_null(cue_find(SPAN("Shares fell on Friday")));
	assert_null(cue_find(SPAN("The discussion went on for hours")));
	assert_true(span_is(look_byline(SPAN("By Ann Lee and Bo Chen")), "Ann Lee and Bo Chen"));
	assert_int_equal(look_byline(SPAN("By the time they met, it was over.")).n, 0);
	assert_true(look_is_contact(SPAN("ann.lee@x.example, @annlee")));
	assert_false(look_is_contact(SPAN("write to ann.lee@x.example")));
}

struct signed_text {
	struct story_sig sig;
	uint32_t bands[STORY_BANDS];
};

static struct signed_text sign_bands(const char *text)
{
	struct signed_text s;
	story_signature(SPAN_NONE, span_of(text), &s.sig, s.bands);
	return s;
}

static struct story_sig sign(const char *text) { return sign_bands(text).sig; }

#define DISPATCH \
	"The finance ministers of the two countries signed an agreement on railway tariffs on Monday, ending a dispute that had lasted for four years. The agreement lowers the price of a container from the coast to the border by a third, " \
	"and both sides will issue permits again from next week on. "
#define LONGER "Traders at the border said that they had heard such promises before, and that they would believe them when the first wagon had passed. A spokesman for the railways declined to comment on that."

static void stories(void **state)
{
	(void)state;
	struct story_sig a = sign(DISPATCH), b = sign("THE FINANCE ministers of the two countries  signed an agreement\non railway tariffs on Monday, ending a dispute that had lasted for four years. The agreement lowers the price of a container from the coast to the border by a third, and both sides will issue permits again from next week on!");
	assert_true(a.exact == b.exact && story_same(&a, &b, 0));
	struct story_sig c = sign(DISPATCH LONGER);
	assert_true(story_resemblance(&a, &c) > 0.3f && story_containment(&a, &c) > 0.75f);
	assert_true(story_same(&a, &c, 0) && story_same(&c, &a, -1));
	struct story_sig d = sign(LONGER "Nothing else was known in the evening, and the ministers were said to be asleep on the train to the south.");
	assert_false(story_same(&a, &d, 0));
	/* the same form, other figures: two reports of a series */
	struct story_sig e = sign("The central bank said its reserves rose by 300 mln to 82.0 billion in the third week of March after a fall of 5.4 billion in the week before, and other assets were unchanged at 2.2 billion."),
			f = sign("The central bank said its reserves rose by 210 mln to 84.3 billion in the fourth week of March after a fall of 0.3 billion in the week before, and other assets were unchanged at 3.1 billion.");
	assert_false(story_same(&e, &f, 1));
	int shared = 0;
	struct signed_text x = sign_bands(DISPATCH), y = sign_bands(DISPATCH LONGER);
	for (int i = 0; i < STORY_BANDS; i++)
		shared += x.bands[i] == y.bands[i] && x.bands[i];
	assert_true(shared > 0);
	struct signed_text empty = sign_bands(""), brief = sign_bands("Too short.");
	assert_int_equal(empty.bands[0], 0);
	assert_int_equal(brief.bands[0], 0);
	struct signed_text notice = sign_bands("The office is closed on Monday morning."), again = sign_bands("THE OFFICE is closed, on Monday morning");
	assert_true(notice.bands[0] && notice.bands[0] == again.bands[0] && !notice.bands[1] && story_same(&notice.sig, &again.sig, 0));
	assert_true(story_same(&empty.sig, &empty.sig, 0));
}

static struct signed_text sign_titled(const char *title, const char *text)
{
	struct signed_text s;
	story_signature(span_of(title), span_of(text), &s.sig, s.bands);
	return s;
}

#define BLAH_3  "Blah blah blah. "
#define BLAH_18 BLAH_3 BLAH_3 BLAH_3 BLAH_3 BLAH_3 BLAH_3

/* A body that says nothing makes no story of different titles. */
static void poor_stories(void **state)
{
	static const char *const bodies[] = {BLAH_3, BLAH_18, "", "The office is closed on Monday morning."};
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct signed_text a = sign_titled("Oil refiner cuts its price of crude by 70 cents", bodies[i]), again = sign_titled("OIL REFINER cuts its price of crude, by 70 cents", bodies[i]),
				   b = sign_titled("Fed says the reserves of banks are 644 million", bodies[i]);
		assert_true(a.bands[0] && a.bands[0] == again.bands[0] && story_same(&a.sig, &again.sig, 1));
		assert_true(a.bands[0] != b.bands[0] && !story_same(&a.sig, &b.sig, 0));
		for (int k = 1; k < STORY_BANDS; k++)
			assert_int_equal(a.bands[k], 0);
	}
	assert_int_equal(sign_bands(BLAH_18).bands[0], 0);
}

static void count_templates(void *context, struct span source, bool on, struct span sample, uint32_t documents, uint32_t of)
{
	(void)source, (void)of, (void)on;
	assert_true(documents >= TEMPLATE_LEAST && sample.n > 0);
	++*(int *)context;
}

static size_t clean(const struct templates *t, struct arena *a, struct document *d)
{
	struct str keys = {0};
	templates_set(t, &keys);
	struct template_set set = {(const uint64_t *)(const void *)keys.p, keys.n / sizeof(uint64_t)};
	size_t n = template_set_clean(&set, a, d);
	str_done(&keys);
	return n;
}

/* The document as a reader gives it – cleaned of what is known – and then learnt. Returns how many blocks were dropped. */
static size_t learn(struct templates *t, struct arena *a, struct document *d)
{
	uint32_t marks[TEMPLATE_LOOK], ripe[TEMPLATE_RIPE];
	struct span text;
	size_t dropped = clean(t, a, d), n = templates_learn(t, d->source, marks, template_blocks(d, marks, TEMPLATE_LOOK), ripe);
	for (size_t i = 0; i < n; i++) {
		assert_true(template_text(d, ripe[i], &text));
		templates_know(t, d->source, text);
	}
	return dropped;
}

static void learn_documents(struct templates *t, struct arena *a, int from, int to, size_t *dropped)
{
	*dropped = 0;
	for (int i = from; i < to; i++) {
		struct document d = {.source = SPAN("paper"), .body_kind = BODY_TEXT};
		d.text = arena_printf(a, "Article %d says something of its own that nobody else says.\n\nThe Herald is an independent paper, owned by its readers, and has been since 1911.\n\nIt ends with its number %d, as they all do.", i, i);
		*dropped += learn(t, a, &d);
		if (d.n_dropped)
			assert_true(d.dropped[0].why == DROP_TEMPLATE && span_find(d.text, SPAN("independent paper")) < 0 && span_find(d.text, SPAN("ends with its number")) >= 0);
	}
}

static void learns_templates(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct templates *t = templates_new(), *again = NULL;
	size_t dropped;
	int known = 0;
	learn_documents(t, &a, 0, (int)TEMPLATE_LEAST, &dropped);
	assert_int_equal(dropped, 0);
	learn_documents(t, &a, 10, 20, &dropped);
	assert_int_equal(dropped, 10);
	templates_list(t, count_templates, &known);
	assert_int_equal(known, 1);
	struct str bytes = {0};
	templates_save(t, &bytes);
	assert_int_equal(templates_load(str_view(&bytes), &again, NULL), 0);
	assert_int_equal(templates_version(again), templates_version(t));
	learn_documents(again, &a, 30, 31, &dropped);
	assert_int_equal(dropped, 1);
	assert_true(templates_switch(again, SPAN("paper"), false) && !templates_switch(again, SPAN("paper"), false) && templates_any(again));
	learn_documents(again, &a, 40, 41, &dropped);
	assert_int_equal(dropped, 0);
	struct templates *bad = NULL;
	for (size_t i = 0; i < bytes.n; i += 7) { /* no damage goes unseen */
		bytes.p[i] ^= 1;
		assert_int_equal(templates_load(str_view(&bytes), &bad, NULL), ERR_CORRUPT);
		bytes.p[i] ^= 1;
	}
	assert_int_equal(templates_load(span_sub(str_view(&bytes), 0, bytes.n / 2), &bad, NULL), ERR_CORRUPT);
	str_done(&bytes);
	templates_free(t);
	templates_free(again);
}

/* What was dropped goes back to where it stood, whatever was dropped around it; without a place it stays dropped. */
static void puts_templates_back(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	static const char *const texts[] = {"%1$s\n\nFirst.\n\nSecond.", "First.\n\n%1$s\n\n%2$s\n\nSecond.", "First.\n\nSecond one here.\n\n%1$s", "%1$s\n\nFirst one of them, long enough for both of the others.\n\n%2$s", "%2$s\n\n%1$s\n\nFirst, and it is long enough that they are less than half.\n\nSecond, and it says something too.\n\n%2$s"};
	struct span one = SPAN("The Herald is an independent paper."), two = SPAN("Write to the editor: he answers.");
	struct templates *t = templates_new();
	templates_know(t, SPAN("paper"), one);
	templates_know(t, SPAN("paper"), two);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		AUTO_STR struct str text = {0};
		struct dropped before = {.text = SPAN("Share this"), .why = DROP_SHARE};
		struct document d = {.source = SPAN("paper"), .dropped = &before, .n_dropped = 1};
		char buf[400];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(buf, sizeof buf, texts[i], one.p, two.p);
#pragma GCC diagnostic pop
		str_z(&text, buf);
		for (int pad = 0; pad < 6; pad++)
			str_z(&text, "\n\nMore of the article, of which there is enough.");
		d.text = str_view(&text);
		struct span whole = arena_span(&a, d.text);
		assert_int_equal(clean(t, &a, &d), i == 0 || i == 2 ? 1 : i == 4 ? 3 : 2);
		assert_true(span_find(d.text, one) < 0 && d.n_dropped > 1);
		assert_int_equal(template_restore(&a, &d), i == 0 || i == 2 ? 1 : i == 4 ? 3 : 2);
		assert_true(span_eq(d.text, whole));
		assert_int_equal(d.n_dropped, 1);
		assert_int_equal(template_restore(&a, &d), 0);
		struct dropped placeless = {.text = one, .why = DROP_TEMPLATE};
		d.dropped = &placeless;
		assert_int_equal(template_restore(&a, &d), 0);
		placeless.place = UINT32_MAX; /* a damaged record: it goes to the end */
		assert_int_equal(template_restore(&a, &d), 1);
		assert_true(span_ends(d.text, one.p));
	}
	templates_free(t);
}

/* What recurs in records and is no boilerplate: who took part, an editor's brackets, what announces a list, a sentence in the middle, another source's. */
static void leaves_records_alone(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct templates *t = templates_new();
	for (int i = 0; i < 40; i++) {
		struct document d = {.source = SPAN("minutes"), .body_kind = BODY_TEXT};
		struct str s = {0};
		str_printf(&s, "Meeting number %d was held in the usual room.\n\n", i);
		if (i % 4 == 0) /* in a quarter of all: not so often as a menu */
			str_printf(&s, "The Secretary of State and his counsel\n\n");
		str_printf(&s, "[Here follows a paragraph that lists the other participants.]\n\nThe following officers were in the room:\n\nItem %d of the agenda was read aloud.\n\n", i);
		if (i % 3 == 0)
			str_printf(&s, "The committee then put its decision off until the next regular meeting.\n\n");
		for (int k = 0; k < 4; k++)
			str_printf(&s, "Speaker %d of meeting %d spoke at some length.\n\n", k, i);
		d.text = arena_span(&a, str_view(&s));
		str_done(&s);
		assert_int_equal(learn(t, &a, &d), 0);
	}
	assert_false(templates_any(t));
	/* half of a text and more is never taken away */
	for (int i = 0; i < 20; i++) {
		struct document d = {.source = SPAN("notices"), .body_kind = BODY_TEXT};
		d.text = arena_printf(&a, "The library is closed on Mondays and on all holidays of the town, and opens again on the next day at nine.\n\nNotice %d.", i);
		assert_int_equal(learn(t, &a, &d), 0);
	}
	assert_true(templates_any(t));
	/* a block of this source is text in another */
	struct document other = {.source = SPAN("minutes"), .body_kind = BODY_TEXT,
		.text = SPAN("The library is closed on Mondays and on all holidays of the town, and opens again on the next day at nine.\n\nWords of another paper, which are long enough to be the larger part of this text by far, as one can see.")};
	assert_int_equal(clean(t, &a, &other), 0);
	other.source = SPAN("notices");
	assert_int_equal(clean(t, &a, &other), 1);
	templates_free(t);
}

/* However many sources and blocks come, what is remembered is bounded. */
static void templates_are_bounded(void **state)
{
	(void)state;
	struct templates *t = templates_new();
	struct str bytes = {0};
	uint32_t marks[TEMPLATE_LOOK], ripe[TEMPLATE_RIPE], next = 8;
	char name[16];
	for (int i = 0; i < 3000; i++) {
		for (uint32_t k = 0; k < TEMPLATE_LOOK; k++, next += 8)
			marks[k] = next | MARK_EDGE | MARK_SENTENCE;
		snprintf(name, sizeof name, "s%d", i % 60);
		templates_learn(t, span_of(name), marks, TEMPLATE_LOOK, ripe);
	}
	templates_save(t, &bytes);
	assert_true(bytes.n < 2 * TEMPLATE_TOTAL * 16);
	str_done(&bytes);
	templates_free(t);
}

/* One file of each kind that can be written here; format, how many documents, and words of the first one's text, title, author and day. */
static const struct {
	const char *name, *bytes, *format;
	size_t documents;
	const char *text, *title, *author, *day, *id;
} kinds[] = {
	{"a.txt", "Words of a plain text, nothing else.", "text", 1, "Words of a plain text", "Words of a plain text, nothing else.", "", "", "src/a.txt"},
	{"a.jsonl", "{\"id\":\"x1\",\"headline\":\"H\",\"maintext\":\"Words one.\",\"authors\":[\"A B\",\"C D\"],\"date_publish\":\"2019-03-04 10:00:00\"}\n\n{\"text\":\"Words two.\"}", "jsonl", 2, "Words one.", "H", "A B, C D", "2019-03-04", "x1"},
	{"a.json", "{\"status\":\"ok\",\"articles\":[\n {\"title\":\"H\",\"content\":\"<p>Words one.</p>\",\"publishedAt\":\"2019-03-04T10:00:00Z\",\"source\":{\"id\":null,\"name\":\"AP\"}},\n {\"text\":\"Words two.\"}]}", "json", 2, "Words one.", "H", "", "2019-03-04", "src/a.json#1"},
	{"a.csv", "Title;Body;Date\nH;\"Words; \"\"one\"\"\nof it\";04.03.2019\nG;Words two;\n", "csv", 2, "Words; \"one\"", "H", "", "2019-03-04", "src/a.csv#1"},
	{"a.md", "---\ntitle: \"H\"\ndate: 2019-03-04\nauthor: A B\n---\n# H\n\nSome **words** with a [link](http://x.example) and `code`.\n", "markdown", 1, "Some words with a link and code.", "H", "A B", "2019-03-04", "src/a.md"},
	{"a.xml", "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>F</title><item><title>H</title><link>http://x.example/1</link><guid>g1</guid><pubDate>Mon, 04 Mar 2019 10:00:00 GMT</pubDate><description>Words one.</description></item><item><title>G</title></item></channel></rss>", "feed", 2, "Words one.", "H", "", "2019-03-04", "src/g1"},
	{"a.atom", "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>H</title><link href=\"http://x.example/2\"/><published>2019-03-04T10:00:00Z</published><author><name>A B</name></author><content type=\"html\">&lt;p&gt;Words one.&lt;/p&gt;</content></entry></feed>", "feed", 1, "Words one.", "H", "A B", "2019-03-04", "src/a.atom#1"},
	{"vol.xml", "<TEI><teiHeader><fileDesc><titleStmt><title>Volume</title></titleStmt></fileDesc></teiHeader><text><body><div type=\"compilation\"><head>Part</head><div type=\"document\" xml:id=\"d1\"><head>1. Telegram<note>n</note></head><opener><dateline>Moscow, <date when=\"1961-01-20\">January 20, 1961</date></dateline></opener>"
		    "<p>Words <persName>one</persName>.</p></div><div type=\"document\" xml:id=\"d2\"><p>Words two.</p></div></div></body></text></TEI>", "tei", 2, "Words one.", "1. Telegram", "", "1961-01-20", "src/vol.xml#d1"},
	{"a.eml", "From: A B <a@x.example>\nTo: c@x.example\nSubject: =?utf-8?B?SMO2cg==?=\nDate: Mon, 4 Mar 2019 10:00:00 +0000\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nWords =E9 of a =\nmail.\n", "mail", 1, "Words é of a mail.", "Hör", "A B <a@x.example>", "2019-03-04", "src/a.eml"},
	{"a.mbox", "From a@x Mon Mar  4 10:00:00 2019\nFrom: a@x\nSubject: H\nDate: Mon, 4 Mar 2019 10:00:00 +0000\n\nWords one.\n>From here on.\n\nFrom b@x Mon Mar  4 10:00:00 2019\nFrom: b@x\nSubject: G\n\nWords two.\n", "mbox", 2, "From here on.", "H", "a@x", "2019-03-04", "src/a.mbox#1"},
	{"a.arc", "filedesc://a.arc 0.0.0.0 20190304000000 text/plain 4\n1 0\n\nhttp://x.example/a b 1.2.3.4 20190304000000 text/html 61\nHTTP/1.0 200 OK\nContent-Type: text/html\n\n<p>Words one.</p>  \n\n", "arc", 1, "Words one.", "", "", "", "src/a.arc#2"},
};

static void containers(void **state)
{
	(void)state;
	struct read_limits limits = reader_default_limits();
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct read_input in = {.fd = -1, .bytes = span_of(kinds[i].bytes), .name = span_of(kinds[i].name), .source = SPAN("src")};
		AUTO_ARENA struct arena a = {0};
		struct reader *r = NULL;
		struct document d, first = {0};
		struct err err = {0};
		size_t n = 0;
		int rc;
		assert_int_equal(reader_open(&in, &limits, &r, &err), 0);
		if (strcmp(reader_format(r), kinds[i].format) != 0)
			printf("%s: %s\n", kinds[i].name, reader_format(r));
		assert_string_equal(reader_format(r), kinds[i].format);
		while ((rc = reader_next(r, &a, &d, &err)) == 1) {
			assert_int_equal(clean_document(&a, &limits, &d, &err), 0);
			if (!n++)
				first = d;
		}
		if (rc || n != kinds[i].documents || span_find(first.text, span_of(kinds[i].text)) < 0)
			printf("%s: %zu documents, %s, %.*s\n", kinds[i].name, n, err.msg, SPAN_ARG(first.text));
		assert_int_equal(rc, 0);
		assert_int_equal(n, kinds[i].documents);
		assert_true(span_find(first.text, span_of(kinds[i].text)) >= 0);
		AUTO_STR struct str day = {0};
		if (interval_any(first.published.days))
			interval_text(&day, first.published.days);
		if (!span_is(first.title, kinds[i].title) || !span_is(first.author, kinds[i].author) || !span_is(first.id, kinds[i].id) || !span_is(str_view(&day), kinds[i].day))
			printf("%s: title %.*s author %.*s id %.*s day %s\n", kinds[i].name, SPAN_ARG(first.title), SPAN_ARG(first.author), SPAN_ARG(first.id), str_cz(&day));
		assert_true(span_is(first.title, kinds[i].title) && span_is(first.author, kinds[i].author) && span_is(first.id, kinds[i].id) && span_is(str_view(&day), kinds[i].day));
		reader_close(r);
	}
}

int main(void)
{
	reader_prepare();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_in_words), cmocka_unit_test(languages), cmocka_unit_test(declared_encodings), cmocka_unit_test(html_trees), cmocka_unit_test(phrases), cmocka_unit_test(stories), cmocka_unit_test(poor_stories), cmocka_unit_test(learns_templates), cmocka_unit_test(puts_templates_back), cmocka_unit_test(leaves_records_alone), cmocka_unit_test(templates_are_bounded), cmocka_unit_test(containers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
