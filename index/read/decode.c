/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See decode.h. Labels are those of the WHATWG encoding standard that occur in practice; the converter behind is iconv. */
#include "index/read/decode.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <uchardet.h>

#define NO_ICONV ((iconv_t)-1)

/* encoding as said, iconv's name; then the other labels for it, in lower case, each between spaces */
static struct encoding {
	const char *name, *iconv_name, *labels;
	iconv_t cd;
} encodings[] = {
	{"utf-16le", "UTF-16LE", " utf-16 ucs-2 unicode ", 0},
	{"utf-16be", "UTF-16BE", " ", 0},
	{"utf-32le", "UTF-32LE", " utf-32 ucs-4 ", 0},
	{"utf-32be", "UTF-32BE", " ", 0},
	{"windows-1252", "CP1252", " iso-8859-1 iso8859-1 latin1 latin-1 ascii us-ascii cp1252 l1 ansi x-cp1252 ", 0},
	{"windows-1250", "CP1250", " cp1250 x-cp1250 ", 0},
	{"windows-1251", "CP1251", " cp1251 x-cp1251 win-1251 ", 0},
	{"windows-1253", "CP1253", " cp1253 ", 0},
	{"windows-1254", "CP1254", " cp1254 iso-8859-9 latin5 ", 0},
	{"windows-1255", "CP1255", " cp1255 iso-8859-8-i ", 0},
	{"windows-1256", "CP1256", " cp1256 ", 0},
	{"windows-1257", "CP1257", " cp1257 ", 0},
	{"windows-1258", "CP1258", " cp1258 ", 0},
	{"windows-874", "CP874", " tis-620 iso-8859-11 cp874 ", 0},
	{"iso-8859-2", "ISO-8859-2", " latin2 iso8859-2 ", 0},
	{"iso-8859-3", "ISO-8859-3", " ", 0},
	{"iso-8859-4", "ISO-8859-4", " ", 0},
	{"iso-8859-5", "ISO-8859-5", " iso8859-5 ", 0},
	{"iso-8859-6", "ISO-8859-6", " ", 0},
	{"iso-8859-7", "ISO-8859-7", " iso8859-7 greek ", 0},
	{"iso-8859-8", "ISO-8859-8", " ", 0},
	{"iso-8859-10", "ISO-8859-10", " ", 0},
	{"iso-8859-13", "ISO-8859-13", " ", 0},
	{"iso-8859-15", "ISO-8859-15", " iso8859-15 latin-9 latin9 ", 0},
	{"koi8-r", "KOI8-R", " koi8 koi8r ", 0},
	{"koi8-u", "KOI8-U", " ", 0},
	{"ibm866", "CP866", " cp866 866 ", 0},
	{"macintosh", "MACINTOSH", " mac x-mac-roman ", 0},
	{"x-mac-cyrillic", "MAC-CYRILLIC", " mac-cyrillic maccyrillic ", 0},
	{"gb18030", "GB18030", " gb2312 gbk gb_2312-80 gb_2312 cp936 x-gbk ", 0},
	{"big5", "BIG5-HKSCS", " big5-hkscs big-5 cn-big5 ", 0},
	{"shift_jis", "CP932", " shift-jis sjis x-sjis windows-31j ms_kanji cp932 ", 0},
	{"euc-jp", "EUC-JP", " x-euc-jp ", 0},
	{"iso-2022-jp", "ISO-2022-JP", " ", 0},
	{"euc-kr", "CP949", " ks_c_5601-1987 korean windows-949 ks_c_5601 cp949 uhc ", 0},
	{"iso-2022-kr", "ISO-2022-KR", " ", 0},
	{"euc-tw", "EUC-TW", " x-euc-tw ", 0},
	{"hz-gb-2312", "HZ", " ", 0}, /* not in every C library: then it is passed over */
};
#define N_ENCODINGS (sizeof encodings / sizeof encodings[0])

static iconv_t converter(struct encoding *e)
{
	if (!e->cd)
		e->cd = iconv_open("UTF-8", e->iconv_name);
	if (e->cd != NO_ICONV)
		iconv(e->cd, NULL, NULL, NULL, NULL);
	return e->cd;
}

void decode_prepare(void)
{
	for (size_t i = 0; i < N_ENCODINGS; i++)
		converter(&encodings[i]);
}

static struct encoding *by_label(struct span label)
{
	char key[48];
	label = span_trim(label);
	if (!label.n || label.n > sizeof key - 3)
		return NULL;
	key[0] = ' ';
	for (size_t i = 0; i < label.n; i++)
		key[i + 1] = (char)(label.p[i] >= 'A' && label.p[i] <= 'Z' ? label.p[i] | 32 : label.p[i]);
	key[label.n + 1] = ' ';
	key[label.n + 2] = 0;
	for (size_t i = 0; i < N_ENCODINGS; i++)
		if (span_ieq(label, encodings[i].name) || strstr(encodings[i].labels, key))
			return &encodings[i];
	return NULL;
}

static bool is_utf8_label(struct span label)
{
	label = span_trim(label);
	return span_ieq(label, "utf-8") || span_ieq(label, "utf8") || span_ieq(label, "unicode-1-1-utf-8");
}

/* Bytes on their way through a converter, a piece at a time. */
struct input {
	struct span s;
	bool own; /* pieces that were read are given back */
};
#define PIECE ((size_t)1 << 20)

static void piece_done(const struct input *in, const char *from, const char *to)
{
	if (in->own && in->s.n > PIECE)
		mem_shed(from, (size_t)(to - from));
}

/* The text belongs to the arena now; NULs become spaces. */
static struct span finished(struct arena *a, struct str *text, uint32_t *bad)
{
	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] == 0)
			text->p[i] = ' ', ++*bad;
	size_t bom = text->n >= 3 && memcmp(text->p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	bool large = text->n > PIECE;
	struct span t = large ? span_sub(arena_take(a, text->p, text->n), bom, text->n) : arena_span(a, span_sub(str_view(text), bom, text->n));
	if (!large)
		str_done(text);
	return t;
}

/* Everything through iconv; bytes that mean nothing become U+FFFD, one each. False where there is no converter. */
static bool convert(struct arena *a, const struct input *source, size_t skip, struct encoding *e, struct decoded *out)
{
	iconv_t cd = converter(e);
	if (cd == NO_ICONV)
		return false;
	struct span s = span_sub(source->s, skip, source->s.n);
	struct str text = {0};
	char *in = (char *)(uintptr_t)s.p, *done = in;
	size_t left = s.n;
	uint32_t bad = 0;
	if (left > PIECE)
		str_room(&text, left + left / 8); /* (what is not used is never touched) */
	while (left) {
		str_room(&text, (left < PIECE ? left + left / 2 : PIECE * 2) + 64);
		size_t now = left < PIECE ? left : PIECE, rest = left - now;
		char *to = text.p + text.n;
		size_t room = text.cap - text.n - 1, had = room;
		size_t rc = iconv(cd, &in, &now, &to, &room);
		text.n += had - room;
		left = rest + now;
		bool cut = rc == (size_t)-1 && errno == EINVAL && rest > 0; /* a character over the end of the piece */
		if (rc == (size_t)-1 && errno != E2BIG && !cut) {
			str_add(&text, "\xEF\xBF\xBD", 3);
			in++, left--, bad++;
			iconv(cd, NULL, NULL, NULL, NULL);
		}
		if (in - done >= (ptrdiff_t)PIECE)
			piece_done(source, done, in), done = in;
	}
	out->text = finished(a, &text, &bad);
	out->encoding = e->name;
	out->replaced = bad;
	return true;
}

static void as_utf8(struct arena *a, const struct input *source, struct decoded *out)
{
	struct span s = source->s;
	if (s.n >= 3 && memcmp(s.p, "\xEF\xBB\xBF", 3) == 0)
		s = span_sub(s, 3, s.n);
	if (utf8_valid(s) && (!s.n || !memchr(s.p, 0, s.n))) {
		*out = (struct decoded){s, "utf-8", 0};
		return;
	}
	struct str t = {0};
	size_t bad = 0;
	uint32_t none = 0;
	if (s.n > PIECE)
		str_room(&t, s.n + s.n / 8);
	while (s.n) {
		size_t n = s.n > PIECE ? utf8_floor(s, PIECE) : s.n;
		n = n ? n : PIECE;
		bad += utf8_repair(&t, span_sub(s, 0, n));
		piece_done(source, s.p, s.p + n);
		s = span_sub(s, n, s.n);
	}
	*out = (struct decoded){finished(a, &t, &none), "utf-8", bad > UINT32_MAX ? UINT32_MAX : (uint32_t)bad};
}

/* UTF-16 and UTF-32 of any western text leave zeros at the same places of every unit. */
static struct encoding *wide_without_bom(struct span s)
{
	size_t zeros[4] = {0}, n = s.n < 2048 ? s.n & ~(size_t)3 : 2048, units = n / 4;
	for (size_t i = 0; i < n; i++)
		zeros[i & 3] += s.p[i] == 0;
	if (units < 4)
		return NULL;
	size_t most = units * 3 / 5, few = units / 8;
	if (zeros[1] > most && zeros[2] > most && zeros[3] > most && zeros[0] <= few)
		return &encodings[2];
	if (zeros[0] > most && zeros[1] > most && zeros[2] > most && zeros[3] <= few)
		return &encodings[3];
	if (zeros[1] > most && zeros[3] > most && zeros[0] <= few && zeros[2] <= few)
		return &encodings[0];
	if (zeros[0] > most && zeros[2] > most && zeros[1] <= few && zeros[3] <= few)
		return &encodings[1];
	return NULL;
}

static struct encoding *bom(struct span s, size_t *skip)
{
	*skip = 0;
	if (s.n >= 4 && memcmp(s.p, "\xFF\xFE\0\0", 4) == 0)
		return *skip = 4, &encodings[2];
	if (s.n >= 4 && memcmp(s.p, "\0\0\xFE\xFF", 4) == 0)
		return *skip = 4, &encodings[3];
	if (s.n >= 2 && memcmp(s.p, "\xFF\xFE", 2) == 0)
		return *skip = 2, &encodings[0];
	if (s.n >= 2 && memcmp(s.p, "\xFE\xFF", 2) == 0)
		return *skip = 2, &encodings[1];
	return NULL;
}

/* The encoding that uchardet hears in the bytes that are no ASCII. */
static struct encoding *detect(struct span s)
{
	uchardet_t ud = uchardet_new();
	if (!ud)
		return NULL;
	size_t from = utf8_valid_prefix(s), start = from > 2048 ? from - 2048 : 0;
	struct span part = {s.p + start, s.n - start > 65536 ? 65536 : s.n - start};
	struct encoding *e = NULL;
	if (uchardet_handle_data(ud, part.p, part.n) == 0) {
		uchardet_data_end(ud);
		e = by_label(span_of(uchardet_get_charset(ud)));
	}
	uchardet_delete(ud);
	return e;
}

/* UTF-8 with some damage: most of what is no ASCII is well-formed. */
static bool mostly_utf8(struct span s)
{
	size_t good = 0, bad = 0, n = s.n < 262144 ? s.n : 262144;
	for (size_t at = 0; at < n;) {
		size_t from = at;
		uint32_t c = utf8_next(s, &at);
		if (c == UTF8_BAD)
			bad++;
		else
			good += at - from > 1;
	}
	return good > bad * 4;
}

static bool has_escape(struct span s) /* of ISO-2022 */
{
	const char *p = s.n ? memchr(s.p, 0x1B, s.n < 65536 ? s.n : 65536) : NULL;
	return p && p + 1 < s.p + s.n && p[1] == '$';
}

struct span decode_meta_charset(struct span page)
{
	struct span head = {page.p, page.n < 4096 ? page.n : 4096};
	for (;;) {
		ptrdiff_t at = span_ifind(head, "charset");
		if (at < 0)
			break;
		head = span_sub(head, (size_t)at + 7, head.n);
		struct span v = span_trim(head);
		if (!v.n || v.p[0] != '=')
			continue;
		v = span_trim(span_sub(v, 1, v.n));
		if (v.n && (v.p[0] == '"' || v.p[0] == '\''))
			v = span_sub(v, 1, v.n);
		size_t n = 0;
		while (n < v.n && n < 40 && v.p[n] > ' ' && !strchr("\"'>;/", v.p[n]))
			n++;
		if (n)
			return span_sub(v, 0, n);
	}
	head = (struct span){page.p, page.n < 256 ? page.n : 256};
	ptrdiff_t at = span_starts(head, "<?xml") ? span_ifind(head, "encoding=") : -1;
	if (at < 0 || (size_t)at + 11 >= head.n)
		return SPAN_NONE;
	head = span_sub(head, (size_t)at + 10, head.n);
	size_t n = 0;
	while (n < head.n && head.p[n] != '"' && head.p[n] != '\'')
		n++;
	return span_sub(head, 0, n);
}

static void decode_any(struct arena *a, const struct input *in, struct span declared, bool html, struct decoded *out)
{
	struct span s = in->s;
	size_t skip;
	struct encoding *e = bom(s, &skip);
	if (e && convert(a, in, skip, e, out))
		return;
	if (s.n >= 3 && memcmp(s.p, "\xEF\xBB\xBF", 3) == 0)
		return as_utf8(a, in, out);
	if (s.n >= 8 && (!s.p[0] || !s.p[1]) && (e = wide_without_bom(s)) && convert(a, in, 0, e, out))
		return;
	if (!declared.n && html)
		declared = decode_meta_charset(s);
	if (utf8_valid(s) && !has_escape(s))
		return as_utf8(a, in, out);
	if (is_utf8_label(declared) ? mostly_utf8(s) : mostly_utf8(s) && !by_label(declared))
		return as_utf8(a, in, out);
	if ((e = by_label(declared)) && e > &encodings[3] && convert(a, in, 0, e, out))
		return;
	if ((e = detect(s)) && convert(a, in, 0, e, out))
		return;
	if (!mostly_utf8(s) && convert(a, in, 0, &encodings[4], out))
		return;
	as_utf8(a, in, out);
}

void decode_bytes(struct arena *a, struct span s, struct span declared, bool html, struct decoded *out) { decode_any(a, &(struct input){s, false}, declared, html, out); }
void decode_own(struct arena *a, struct span s, struct span declared, bool html, struct decoded *out) { decode_any(a, &(struct input){s, true}, declared, html, out); }
