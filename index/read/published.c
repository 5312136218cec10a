/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When was it published? Every place where a page may say it gives a candidate with a reliability; the best wins, the others are kept,
 * and a conflict is said.
 *
 *	given 100 │ JSON-LD 95 │ meta 90 │ microdata 85 │ URL 80 │ "Published 4 March 2019" 75 │ <time> 70 │ class "date" 60 │ byline 50
 *	│ any day near the headline 40 │ updated 30 │ picture's address 20 │ copyright 10 │ file 10
 *
 * (That order, and that "updated" is not "published", are the lesson of htmldate: A. Barbaresi, JOSS 5(51), 2020.)
 * No clock: nothing is thrown away for lying in the future. Days before 1990 count in metadata alone, for they are what articles write about.
 */
#include "index/read/meta.h"

#include "base/str.h"
#include "index/read/datetext.h"
#include "index/read/furniture.h"

#define MAX_DATES 24

static int two_digits(struct span v, size_t at) { return at + 2 <= v.n && v.p[at] >= '0' && v.p[at] <= '9' && v.p[at + 1] >= '0' && v.p[at + 1] <= '9' ? (v.p[at] - '0') * 10 + v.p[at + 1] - '0' : -1; }

/* A time stamp as metadata have it: "2019-03-04T23:10:00Z", "20190304T23:10:00Z", "2019-03-04T18:10:00-05:00". */
struct stamp {
	int utc_hour;     /* -1: no time, or none in UTC */
	int64_t minute;   /* since 1970 in UTC; INT64_MIN: the zone is not told */
};

static struct stamp read_stamp(struct span v, day_t day)
{
	struct stamp s = {-1, INT64_MIN};
	size_t time = v.n > 16 && v.p[4] == '-' ? 11 : 9;
	int hour = two_digits(v, time), minute = two_digits(v, time + 3);
	if (v.n < time + 6 || v.p[time + 2] != ':' || hour < 0 || minute < 0 || (v.p[time - 1] != 'T' && v.p[time - 1] != ' '))
		return s;
	int64_t at = (int64_t)day * 1440 + hour * 60 + minute;
	if (span_ends(v, "Z") || span_ends(v, "+00:00") || span_ends(v, "+0000") || span_ends(v, "GMT") || span_ends(v, "UTC"))
		return s.utc_hour = hour, s.minute = at, s;
	size_t colon = v.n > 3 && v.p[v.n - 3] == ':', sign = v.n > 5 + colon ? v.n - 5 - colon : 0;
	int zone_hour = two_digits(v, sign + 1), zone_minute = two_digits(v, v.n - 2);
	if (sign > time && (v.p[sign] == '+' || v.p[sign] == '-') && zone_hour >= 0 && zone_minute >= 0)
		s.minute = at - (v.p[sign] == '+' ? 1 : -1) * (zone_hour * 60 + zone_minute);
	return s;
}

struct found {
	struct arena *arena;
	const struct html *h;
	const struct page_meta *m;
	const struct page_layout *l;
	enum date_order order;
	struct when v[MAX_DATES];
	struct stamp stamp[MAX_DATES];
	size_t n;
};

static void offer_at(struct found *f, struct interval i, uint8_t sure, const char *how, struct stamp stamp)
{
	if (i.precision != PREC_DAY && i.precision != PREC_MONTH && i.precision != PREC_YEAR)
		return;
	if (i.precision != PREC_DAY && sure > 25)
		sure = 25;
	for (size_t k = 0; k < f->n; k++)
		if (f->v[k].days.from == i.from && f->v[k].days.to == i.to && f->v[k].sure >= sure) {
			if (stamp.utc_hour < 0 && f->stamp[k].utc_hour < 0 && f->stamp[k].minute == INT64_MIN)
				f->stamp[k] = stamp; /* the same day, and its moment */
			return;
		}
	if (f->n == MAX_DATES)
		return;
	f->stamp[f->n] = stamp;
	f->v[f->n++] = (struct when){i, sure, false, how};
}

static void offer(struct found *f, struct interval i, uint8_t sure, const char *how) { offer_at(f, i, sure, how, (struct stamp){-1, INT64_MIN}); }

static bool offer_value(struct found *f, struct span value, uint8_t sure, const char *how)
{
	struct interval i;
	if (!value.n || !date_value(value, f->order, &i) || i.from < day_of(1500, 1, 1))
		return false;
	offer_at(f, i, sure, how, read_stamp(value, i.from));
	return true;
}

/* en-GB, .uk, and all languages but English put the day first. */
static enum date_order order_of(const struct document *doc)
{
	static const char *const day_first[] = {".uk/", ".au/", ".nz/", ".ie/", ".in/", ".za/", ".eu/"};
	if (doc->lang.n && !span_istarts(doc->lang, "en"))
		return ORDER_DMY;
	if (doc->lang.n >= 5 && !span_is(doc->lang, "en-US"))
		return ORDER_DMY;
	for (size_t i = 0; i < sizeof day_first / sizeof day_first[0]; i++)
		if (span_find(doc->url, span_of(day_first[i])) >= 0)
			return ORDER_DMY;
	return ORDER_MDY;
}

static const struct {
	const char *name;
	uint8_t sure;
} meta_dates[] = {
	{"article:published_time", 92}, {"og:article:published_time", 91}, {"og:published_time", 90}, {"article:published", 90}, {"article_date_original", 90}, {"datepublished", 90}, {"rnews:datepublished", 90}, {"shareaholic:article_published_time", 90},
	{"parsely-pub-date", 90}, {"sailthru.date", 88}, {"cxenseparse:recs:publishtime", 90}, {"pubdate", 88}, {"publishdate", 88}, {"publish-date", 88}, {"publish_date", 88}, {"published_date", 88}, {"publication_date", 88}, {"publication-date", 88}, {"published", 86},
	{"citation_publication_date", 85}, {"citation_date", 85}, {"citation_online_date", 84}, {"prism.publicationdate", 85}, {"dc.date.issued", 86}, {"dcterms.issued", 86}, {"dc.issued", 86}, {"dcterms.created", 84}, {"dc.date.created", 84}, {"dc.created", 84}, {"dc.date", 82}, {"dcterms.date", 82},
	{"date", 82}, {"originalpublicationdate", 88}, {"article.published", 88}, {"article.created", 84}, {"bt:pubdate", 88}, {"dcterms.available", 80}, {"ptime", 84}, {"release_date", 80}, {"created", 78}, {"creation_date", 78}, {"article:created_time", 80}, {"date_published", 88}, {"displaydate", 84}, {"vr:published_time", 88}, {"field-name-post-date", 84}, {"timestamp", 70}, {"og:pubdate", 86}, {"pdate", 80}, {"iso-8601-publish-date", 88}, {"mediator_published_time", 86}, {"news_date", 84}, {"datecreated", 78}, {"live_date", 84}, {"last-publication-date", 60}, {"og:regdate", 84}, {"sis-published-date", 84}, {"dc.date.x-published", 86},
	{"article:modified_time", 32}, {"og:updated_time", 31}, {"last-modified", 30}, {"lastmod", 30}, {"modified", 30}, {"dcterms.modified", 30}, {"dc.date.modified", 30}, {"datemodified", 30}, {"revised", 30}, {"date.modified", 30}, {"article.updated", 30}, {"lastmodified", 30}, {"updated_time", 30}, {"lastmodifieddate", 30},
};

static void from_meta(struct found *f, uint32_t i)
{
	const struct html *h = f->h;
	struct span content = html_attr(h, i, ATTR_CONTENT);
	const enum html_attr names[] = {ATTR_PROPERTY, ATTR_NAME, ATTR_ITEMPROP, ATTR_HTTP_EQUIV};
	for (size_t n = 0; n < 4 && content.n; n++) {
		struct span name = span_trim(html_attr(h, i, names[n]));
		for (size_t k = 0; name.n && k < sizeof meta_dates / sizeof meta_dates[0]; k++)
			if (span_ieq(name, meta_dates[k].name) && !(n == 3 && span_ieq(name, "date")))
				offer_value(f, html_value(f->arena, content), meta_dates[k].sure, meta_dates[k].sure < 40 ? "modified" : "meta");
	}
}

static bool four_digit_year(struct span s, size_t i)
{
	bool century = (s.p[i] == '1' && s.p[i + 1] == '9') || (s.p[i] == '2' && s.p[i + 1] == '0');
	return century && s.p[i + 2] >= '0' && s.p[i + 2] <= '9' && s.p[i + 3] >= '0' && s.p[i + 3] <= '9';
}

/* In an address: /2019/03/04/, /2019/mar/04/, /20190304, -2019-03-04; else /2019/03/ as a month. */
static bool from_url(struct found *f, struct span url, uint8_t sure, const char *how)
{
	struct date_hit hit;
	size_t start = 0;
	ptrdiff_t host = span_find(url, SPAN("://"));
	if (host > 0)
		start = (size_t)host + 3;
	while (start < url.n && url.p[start] != '/')
		start++;
	struct span path = span_sub(url, start, url.n);
	for (size_t i = 0; i + 8 <= path.n; i++) {
		bool begins = i == 0 || !(path.p[i - 1] >= '0' && path.p[i - 1] <= '9');
		if (!begins || !four_digit_year(path, i))
			continue;
		struct span rest = span_sub(path, i, path.n);
		if (date_find(span_sub(rest, 0, rest.n < 14 ? rest.n : 14), 0, f->order, &hit) && hit.start == 0)
			return offer(f, hit.days, sure, how), true;
		uint64_t v;
		bool ends = rest.n == 8 || !(rest.p[8] >= '0' && rest.p[8] <= '9');
		if (ends && span_to_u64(span_sub(rest, 0, 8), &v)) {
			int y = (int)(v / 10000), m = (int)(v / 100 % 100), d = (int)(v % 100);
			if (y >= 1990 && y < 2100 && day_valid(y, m, d))
				return offer(f, interval_day(y, m, d), sure, how), true;
		}
		struct interval month;
		char text[8];
		if ((rest.p[4] == '/' || rest.p[4] == '-') && rest.n > 7 && (rest.p[7] == '/' || rest.p[7] == '-')) {
			memcpy(text, rest.p, 7);
			text[4] = '-';
			if (interval_parse((struct span){text, 7}, &month))
				offer(f, month, 25, how);
		}
	}
	return false;
}

enum label { LABEL_NONE, LABEL_WEAK, LABEL_PUBLISHED, LABEL_UPDATED }; /* WEAK: "on ", "am " */

/* What the words before a day say it is. */
static enum label label_of(struct span before)
{
	static const char *const updated[] = {"updated", "modified", "revised", "aktualisiert", "geändert", "mis à jour", "modifié", "actualizado", "aggiornato", "atualizado", "обновлено", "last reviewed", "bearbeitet", "letzte änderung", "last changed", "stand:", "nderung", "last edit", "修改", "更新", "수정"};
	static const char *const published[] = {"published", "posted", "veröffentlicht", "publié", "publicado", "pubblicato", "опубликовано", "erstellt", "created", "first published", "veroeffentlicht", "written", "date:", "datum", "vom ", "am ", "fecha", "le ", "publication", "on ", "filed", "入力", "등록", "发布", "submitted", "released", "uploaded", "yayın", "dodano", "gepubliceerd", "publisert", "publicerad", "julkaistu", "giriş", "erschienen", "erstellt"};
	struct span tail = before.n > 40 ? span_sub(before, before.n - 40, before.n) : before;
	ptrdiff_t best = -1;
	enum label label = LABEL_NONE;
	for (size_t i = 0; i < sizeof updated / sizeof updated[0]; i++) {
		ptrdiff_t at = span_ifind(tail, updated[i]);
		if (at > best)
			best = at, label = LABEL_UPDATED;
	}
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
		ptrdiff_t at = span_ifind(tail, published[i]);
		if (at > best && !(label == LABEL_UPDATED && strlen(published[i]) <= 3))
			best = at, label = strlen(published[i]) <= 4 ? LABEL_WEAK : LABEL_PUBLISHED;
	}
	return label;
}

/* All days in a short text; `sure` for a bare one. True if there was one. */
static bool from_text(struct found *f, struct span text, uint8_t sure, const char *how)
{
	struct date_hit hit;
	size_t at = 0;
	bool any = false;
	for (int n = 0; n < 3 && date_find(text, at, f->order, &hit); n++, at = hit.end) {
		int year;
		day_split(hit.days.from, &year, NULL, NULL);
		if (year < 1990)
			continue;
		enum label label = label_of(span_sub(text, at, hit.start));
		bool said = label == LABEL_PUBLISHED || label == LABEL_WEAK;
		uint8_t worth = said && sure >= 40 ? (uint8_t)(sure + 8) : label == LABEL_PUBLISHED && sure < 36 ? 36 : sure; /* above what is said to be a change */
		offer(f, hit.days, label == LABEL_UPDATED ? 34 : worth, label == LABEL_UPDATED ? "modified" : how);
		any = true;
	}
	return any;
}

static bool passed_over(const struct found *f, uint32_t i)
{
	uint8_t why = f->l->why[i];
	if (f->m && f->m->h1_node && i > f->m->h1_node && i < f->m->h1_node + 60 && f->l->why[f->m->h1_node] == why)
		return false; /* the headline stands in it as well: "ArticleComment" is a kind of article */
	return why == DROP_RELATED || why == DROP_COMMENTS || why == DROP_ADVERT || why == DROP_COOKIES || why == DROP_SUBSCRIBE;
}

/* Does a class name or id speak of a date? 2: of publication, 1: of a date, -1: of a change. */
static int speaks_of_date(const struct html *h, uint32_t i)
{
	static const char *const published[] = {"publish", "pubdate", "posted", "post-date", "postdate", "entry-date", "article-date", "date-posted", "post_date", "entry_date", "article_date", "story-date", "news-date", "newsdate", "articledate", "veroeffentlicht", "created", "submitted"};
	static const char *const date[] = {"date", "datum", "time", "fecha", "dateline", "byline", "meta", "datetime", "info", "day"};
	static const char *const changed[] = {"updated", "modified", "update"};
	const enum html_attr from[] = {ATTR_CLASS, ATTR_ID, ATTR_ITEMPROP, ATTR_DATA_TESTID};
	int best = 0;
	for (size_t f = 0; f < 4; f++) {
		struct span v = html_attr(h, i, from[f]);
		if (!v.n || v.n > 200)
			continue;
		for (size_t k = 0; k < sizeof changed / sizeof changed[0]; k++)
			if (span_ifind(v, changed[k]) >= 0)
				return -1;
		for (size_t k = 0; k < sizeof published / sizeof published[0]; k++)
			if (span_ifind(v, published[k]) >= 0)
				best = 2;
		for (size_t k = 0; k < sizeof date / sizeof date[0] && !best; k++)
			if (span_ifind(v, date[k]) >= 0)
				best = 1;
	}
	return best;
}

/* One element of the page. `near`: it stands by the headline or in the article. */
static void from_element(struct found *f, uint32_t i, bool near)
{
	const struct html *h = f->h;
	const struct html_node *x = &h->nodes[i];
	struct span prop = html_attr(h, i, ATTR_ITEMPROP), stamp = html_attr(h, i, ATTR_DATETIME);
	bool is_time = x->tag == TAG_TIME;
	if (span_ieq(prop, "datePublished") || span_ieq(prop, "dateCreated") || html_attr(h, i, ATTR_PUBDATE).p) {
		struct span v = html_attr(h, i, ATTR_CONTENT);
		if (offer_value(f, html_value(f->arena, v.n ? v : stamp), near ? 86 : 66, "microdata"))
			return;
	}
	if (span_ieq(prop, "dateModified")) {
		struct span v = html_attr(h, i, ATTR_CONTENT);
		if (offer_value(f, html_value(f->arena, v.n ? v : stamp), 33, "modified"))
			return;
	}
	if (!is_time && f->l->text[i] > 160)
		return;
	int speaks = speaks_of_date(h, i);
	if (!is_time && !speaks)
		return;
	uint8_t sure = (uint8_t)((near ? 40 : 0) + (speaks == 2 ? 28 : is_time ? 22 : 18));
	if (speaks < 0)
		sure = near ? 34 : 12;
	const char *how = speaks < 0 ? "modified" : is_time ? "time" : "byline";
	struct span title = html_attr(h, i, ATTR_TITLE);
	if (is_time && stamp.n && offer_value(f, html_value(f->arena, stamp), sure, how))
		return;
	if (title.n && (x->tag == TAG_ABBR || x->tag == TAG_SPAN || x->tag == TAG_A) && offer_value(f, html_value(f->arena, title), sure, how))
		return;
	if (f->l->text[i] && f->l->text[i] < 400)
		from_text(f, html_subtree_text(f->arena, h, i), sure, how);
}

static void from_elements(struct found *f)
{
	const struct html *h = f->h;
	uint32_t h1 = f->m->h1_node, from = h1 && h1 < f->l->container ? h1 : f->l->container;
	uint32_t near_from = from > 60 ? from - 60 : 0, tried = 0;
	for (uint32_t i = 1; i < h->n_nodes; i++) {
		const struct html_node *x = &h->nodes[i];
		if (x->tag == TAG_META) {
			from_meta(f, i);
			continue;
		}
		if (x->tag == TAG_TEXT || !x->n_attrs || passed_over(f, i) || tried > 3000)
			continue;
		tried += f->l->text[i] < 200;
		from_element(f, i, i >= near_from && i < f->l->container_end);
	}
}

static int best_sure(const struct found *f)
{
	int best = 0;
	for (size_t i = 0; i < f->n; i++)
		best = f->v[i].sure > best ? f->v[i].sure : best;
	return best;
}

/* Three different days said in the same way are those of a list of articles, not of this one. */
static void doubt_lists(struct found *f)
{
	static const char *const ways[] = {"microdata", "time", "byline"};
	for (size_t w = 0; w < 3; w++) {
		size_t n = 0;
		for (size_t i = 0; i < f->n; i++) {
			bool again = strcmp(f->v[i].how, ways[w]) != 0;
			for (size_t k = 0; k < i && !again; k++)
				again = f->v[k].how == f->v[i].how && f->v[k].days.from == f->v[i].days.from;
			n += !again;
		}
		for (size_t i = 0; i < f->n && n > 2; i++)
			if (strcmp(f->v[i].how, ways[w]) == 0 && f->v[i].sure > 45)
				f->v[i].sure = 45;
	}
}

/* What the page's own programs know of it: "publishedAt":"2019-03-04T…" in a script. The first of each key. */
static void from_scripts(struct found *f)
{
	static const char *const keys[] = {"\"datePublished\"", "\"publishedAt\"", "\"published_at\"", "\"publishDate\"", "\"publish_date\"", "\"publicationDate\"", "\"publication_date\"", "\"article_publication_date\"", "\"pubDate\"", "\"firstPublished\"", "\"createdAt\"", "\"dateCreated\""};
	for (uint32_t i = 1; i < f->h->n_nodes; i++) {
		struct span s = f->h->nodes[i].text;
		if (f->h->nodes[i].tag != TAG_SCRIPT || s.n > (2u << 20))
			continue;
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
			ptrdiff_t at = span_find(s, span_of(keys[k]));
			size_t from = at < 0 ? s.n : (size_t)at + strlen(keys[k]);
			while (from < s.n && (s.p[from] == ' ' || s.p[from] == ':' || s.p[from] == '"'))
				from++;
			size_t end = from;
			while (end < s.n && end - from < 40 && s.p[end] != '"' && s.p[end] != ',')
				end++;
			if (end > from)
				offer_value(f, span_sub(s, from, end), k < 10 ? 48 : 42, "script");
		}
	}
}

/* Days in the text around the headline, in text order: "Berlin, 4. März 2019 -", "04.03.2019 | 12:00". */
static void from_loose_text(struct found *f, bool everywhere)
{
	const struct html *h = f->h;
	uint32_t h1 = f->m->h1_node, from = h1 ? h1 : f->l->container;
	uint32_t end = f->l->container_end < h->n_nodes ? f->l->container_end : h->n_nodes;
	size_t bytes = 0;
	for (uint32_t i = everywhere || from <= 80 ? 1 : from - 80; i < h->n_nodes && bytes < 200000; i++) {
		const struct html_node *x = &h->nodes[i];
		if (x->tag != TAG_TEXT || x->text.n < 6 || (!everywhere && (passed_over(f, i) || f->l->why[i] == DROP_NAVIGATION || f->l->why[i] == DROP_LINKS)) || f->l->why[i] == DROP_HIDDEN || f->l->why[i] == DROP_COMMENTS)
			continue;
		bytes += x->text.n;
		struct span t = span_trim(x->text);
		if (t.n > 4000)
			t.n = 4000;
		bool short_line = t.n < 80, inside = i >= f->l->container && i < end;
		if (from_text(f, t, short_line ? (inside || i < from + 200 ? 38 : 16) : inside ? 15 : 9, short_line ? "byline" : "text") && f->n > 16)
			return;
	}
}

/* "© 2019 Paper" */
static void from_copyright(struct found *f, struct span text)
{
	static const char *const marks[] = {"\xC2\xA9", "copyright"};
	for (size_t k = 0; k < 2; k++) {
		ptrdiff_t at = span_ifind(text, marks[k]);
		for (size_t i = at < 0 ? text.n : (size_t)at; i + 4 <= text.n && i < (size_t)at + 24; i++) {
			struct interval year;
			if (text.p[i] >= '0' && text.p[i] <= '9') {
				if (interval_parse(span_sub(text, i, i + 4), &year) && year.from >= day_of(1990, 1, 1))
					offer(f, year, 10, "copyright");
				break;
			}
		}
	}
}

static void move_to_front(struct found *f, size_t k)
{
	struct when w = f->v[k];
	struct stamp stamp = f->stamp[k];
	for (; k > 0; k--)
		f->v[k] = f->v[k - 1], f->stamp[k] = f->stamp[k - 1];
	f->v[0] = w;
	f->stamp[0] = stamp;
}

static void sort_found(struct found *f) /* best first, stable; at most MAX_DATES */
{
	for (size_t sorted = 0; sorted < f->n; sorted++) {
		size_t best = sorted;
		for (size_t k = sorted; k < f->n; k++)
			if (f->v[k].sure > f->v[best].sure)
				best = k;
		struct when w = f->v[best];
		struct stamp stamp = f->stamp[best];
		for (size_t k = best; k > sorted; k--)
			f->v[k] = f->v[k - 1], f->stamp[k] = f->stamp[k - 1];
		f->v[sorted] = w;
		f->stamp[sorted] = stamp;
	}
}

/*
 * Four reasons to prefer another than the most reliable: a time stamp in UTC whose neighbour day the page itself shows, or the same moment in the zone
 * of the paper (that is the readers' day); a
 * full day in the address, earlier than what the machine-readable data say (republished); a day inside the month that is all the best one knows.
 */
static void reconsider(struct found *f)
{
	struct when best = f->v[0];
	for (size_t i = 1; i < f->n; i++) {
		const struct when *w = &f->v[i];
		bool said = w->sure >= 50 && w->days.precision == PREC_DAY && strcmp(w->how, "modified") != 0;
		int hour = f->stamp[0].utc_hour, step = w->days.from - best.days.from;
		bool neighbour = said && strcmp(w->how, "meta") != 0 && best.days.precision == PREC_DAY && hour >= 0 && f->stamp[i].utc_hour < 0 && ((step == -1 && hour < 14) || (step == 1 && hour >= 9));
		bool address = said && strcmp(w->how, "url") == 0 && strcmp(best.how, "given") != 0 && step < -2;
		bool inside = best.days.precision != PREC_DAY && w->days.precision == PREC_DAY && interval_within(w->days, best.days);
		bool same_moment = f->stamp[0].utc_hour >= 0 && f->stamp[i].minute == f->stamp[0].minute && f->stamp[i].utc_hour < 0 && step * step == 1;
		if (neighbour || address || inside || same_moment) {
			if (inside)
				f->v[i].sure = 40;
			if (same_moment)
				f->v[i].how = best.how, f->v[i].sure = best.sure;
			move_to_front(f, i);
			return;
		}
	}
}

static void offer_hint(struct found *f, const struct document *doc)
{
	if (interval_any(doc->hint.days))
		offer(f, doc->hint.days, doc->hint.sure, doc->hint.how);
}

/* The best chosen, a disagreement said. */
static void settle(struct found *f, struct document *doc)
{
	sort_found(f);
	if (f->n)
		reconsider(f);
	if (!f->n)
		return;
	for (size_t i = 1; i < f->n; i++) {
		bool apart = f->v[i].days.from > f->v[0].days.to + 1 || f->v[i].days.to < f->v[0].days.from - 1;
		if (apart && f->v[i].sure >= 40)
			f->v[0].conflict = true;
	}
	doc->dates = arena_array(f->arena, struct when, f->n);
	memcpy(doc->dates, f->v, f->n * sizeof *f->v);
	doc->n_dates = f->n;
	/* The time of a file says when it was copied, not when the article appeared: it is told, and nothing is dated by it. */
	bool files_own = strcmp(doc->dates[0].how, "file-time") == 0;
	doc->published = files_own ? (struct when){0} : doc->dates[0];
}

void published_find(struct arena *a, const struct html *h, const struct page_meta *m, const struct page_layout *l, struct document *doc)
{
	if (doc->n_dates)
		return; /* given */
	struct found f = {.arena = a, .h = h, .m = m, .l = l, .order = order_of(doc)};
	offer_value(&f, m->ld_date, 95, "json-ld");
	offer_value(&f, m->ld_modified, 35, "modified");
	offer_value(&f, m->ld_any_date, 58, "json-ld");
	from_url(&f, doc->url, 80, "url");
	if (m->canonical.n && !span_eq(m->canonical, doc->url))
		from_url(&f, m->canonical, 79, "url");
	from_elements(&f);
	doubt_lists(&f);
	if (best_sure(&f) < 70)
		from_scripts(&f);
	if (best_sure(&f) < 60)
		from_loose_text(&f, false);
	if (best_sure(&f) < 26)
		from_loose_text(&f, true);
	for (size_t i = 0; i < doc->n_dropped && f.n < 8; i++)
		from_copyright(&f, doc->dropped[i].text);
	offer_hint(&f, doc);
	settle(&f, doc);
}

void published_from_lines(struct arena *a, struct document *doc)
{
	if (doc->n_dates)
		return;
	struct found f = {.arena = a, .order = order_of(doc)};
	from_url(&f, doc->url, 80, "url");
	for (size_t i = 0; i < doc->n_dropped && i < 40; i++) {
		const struct dropped *d = &doc->dropped[i];
		if (d->text.n <= 160 && (d->why == DROP_BYLINE || d->why == DROP_DATE_LINE || d->why == DROP_NAVIGATION))
			from_text(&f, d->text, 60, "byline");
		else if (d->why == DROP_COPYRIGHT)
			from_copyright(&f, d->text);
	}
	struct date_hit hit; /* MOSCOW, 26 April 2019 - … */
	struct span head = span_sub(doc->text, 0, doc->text.n < 80 ? doc->text.n : 80);
	bool dateline = head.n > 8 && head.p[0] >= 'A' && head.p[0] <= 'Z' && head.p[1] >= 'A' && head.p[1] <= 'Z';
	if (dateline && date_find(head, 0, f.order, &hit) && hit.start < 40)
		offer(&f, hit.days, 55, "dateline");
	offer_hint(&f, doc);
	settle(&f, doc);
}
