/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON Lines, JSON, and the one object of the interface. Its own scanner: it unpacks the members that have a meaning and steps over all others
 * without building anything, so that a hostile line costs no more memory than it has bytes.
 *
 *	{"id": …, "text": …, "x": {…}}   jsonl: one a line; json: one object, or an array of them, or an object that holds such an array
 */
#include "index/read/inside.h"

#include "base/utf8.h"
#include "index/read/datetext.h"
#include "index/read/decode.h"

#include <stdio.h>
#include <stdlib.h>

struct js {
	const char *p, *end;
	uint32_t depth_left;
	struct err *err;
	const char *from;
	bool ours; /* its bytes may be written over */
};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void skip_space(struct js *j)
{
	while (j->p < j->end && is_space(*j->p))
		j->p++;
}

static int bad(struct js *j, const char *what)
{
	return err_set(j->err, ERR_BAD_DOCUMENT, "not valid JSON at byte %zu: %s", (size_t)(j->p - j->from), what);
}

/* Steps over a string; *raw is what stands between the quotes. */
static int skip_string(struct js *j, struct span *raw, bool *escaped)
{
	const char *from = ++j->p, *quote = NULL; /* the next quote, looked for again only when it turned out to be escaped: linear */
	*escaped = false;
	for (;;) {
		if (!quote || quote < j->p)
			quote = memchr(j->p, '"', (size_t)(j->end - j->p));
		if (!quote)
			return j->p = j->end, bad(j, "a string does not end");
		const char *b = memchr(j->p, '\\', (size_t)(quote - j->p));
		if (!b) {
			*raw = (struct span){from, (size_t)(quote - from)};
			j->p = quote + 1;
			return 0;
		}
		*escaped = true;
		if (b + 2 > j->end)
			return j->p = j->end, bad(j, "a string does not end");
		j->p = b + 2;
	}
}

static int hex4(const char *p, const char *end, uint32_t *v)
{
	if (end - p < 4)
		return -1;
	*v = 0;
	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i], d = c - '0';
		if (d > 9) {
			d = (c | 32) - 'a' + 10;
			if (d < 10 || d > 15)
				return -1;
		}
		*v = *v << 4 | d;
	}
	return 0;
}

static int unescape(struct js *j, struct arena *a, struct span raw, struct span *out)
{
	char *to = j->ours ? (char *)(uintptr_t)raw.p : arena_raw(a, raw.n + 1); /* it only gets shorter */
	size_t n = 0;
	const char *p = raw.p, *end = raw.p + raw.n;
	while (p < end) {
		const char *b = memchr(p, '\\', (size_t)(end - p));
		size_t run = (size_t)((b ? b : end) - p);
		memmove(to + n, p, run);
		n += run;
		if (!b)
			break;
		p = b + 2;
		uint32_t c, low;
		switch (b[1]) {
		case 'n': to[n++] = '\n'; break;
		case 't': to[n++] = '\t'; break;
		case 'r': to[n++] = '\r'; break;
		case 'b': to[n++] = '\b'; break;
		case 'f': to[n++] = '\f'; break;
		case '"':
		case '\\':
		case '/': to[n++] = b[1]; break;
		case 'u':
			if (hex4(p, end, &c))
				return j->p = b, bad(j, "a broken \\u escape");
			p += 4;
			if (c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' && !hex4(p + 2, end, &low) && low >= 0xDC00 && low < 0xE000)
				c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00), p += 6;
			if (c >= 0xD800 && c < 0xE000)
				c = 0xFFFD;
			n += utf8_put(to + n, c); /* never more than the six bytes it was */
			break;
		default: return j->p = b, bad(j, "an unknown escape in a string");
		}
	}
	*out = (struct span){to, n};
	return 0;
}

static int read_string(struct js *j, struct arena *a, struct span *out)
{
	struct span raw;
	bool escaped;
	int rc = skip_string(j, &raw, &escaped);
	if (rc)
		return rc;
	if (escaped)
		return unescape(j, a, raw, out);
	*out = raw;
	return 0;
}

static int skip_scalar(struct js *j, struct span *out)
{
	const char *from = j->p;
	while (j->p < j->end && !is_space(*j->p) && *j->p != ',' && *j->p != '}' && *j->p != ']' && *j->p != ':' && *j->p != '"' && *j->p != '{' && *j->p != '[')
		j->p++;
	*out = (struct span){from, (size_t)(j->p - from)};
	bool word = span_is(*out, "true") || span_is(*out, "false") || span_is(*out, "null") || span_is(*out, "NaN");
	bool number = out->n && (*from == '-' || (*from >= '0' && *from <= '9'));
	return word || number ? 0 : bad(j, "a value is missing");
}

/* Steps over any value, iteratively. */
static int skip_value(struct js *j)
{
	struct span s;
	bool escaped;
	uint32_t depth = 0;
	do {
		skip_space(j);
		if (j->p >= j->end)
			return bad(j, "it ends too early");
		int rc = 0;
		switch (*j->p) {
		case '"': rc = skip_string(j, &s, &escaped); break;
		case '{':
		case '[':
			if (++depth > j->depth_left)
				return err_set(j->err, ERR_LIMIT, "JSON is nested deeper than allowed (setting json-depth)");
			j->p++;
			break;
		case '}':
		case ']':
			if (!depth)
				return bad(j, "a value is missing");
			depth--, j->p++;
			break;
		case ',':
		case ':':
			if (!depth)
				return bad(j, "a value is missing");
			j->p++;
			break;
		default: rc = skip_scalar(j, &s); break;
		}
		if (rc)
			return rc;
	} while (depth);
	return 0;
}

size_t json_extent(struct span s, uint32_t max_depth, int *rc)
{
	struct js j = {s.p, s.p + s.n, max_depth, NULL, s.p, false};
	*rc = skip_value(&j);
	return *rc ? 0 : (size_t)(j.p - s.p);
}

static int object_name(struct js *j, struct arena *a, struct span *out);

/* A list of strings, or of objects with a name: joined by ", ". Of a text in pieces: by empty lines. */
static int read_array(struct js *j, struct arena *a, bool text, struct span *out)
{
	AUTO_STR struct str joined = {0};
	j->p++;
	for (;;) {
		skip_space(j);
		if (j->p >= j->end)
			return bad(j, "an array does not end");
		if (*j->p == ']')
			break;
		if (*j->p == ',') {
			j->p++;
			continue;
		}
		struct span item = SPAN_NONE;
		int rc = *j->p == '"' ? read_string(j, a, &item) : *j->p == '{' ? object_name(j, a, &item) : skip_value(j);
		if (rc)
			return rc;
		if (item.n && joined.n)
			str_z(&joined, text ? "\n\n" : ", ");
		str_span(&joined, item);
	}
	j->p++;
	*out = arena_span(a, str_view(&joined));
	return 0;
}

/* {"name": "Reuters"}: people and sources are written like this in some dumps. */
static int object_name(struct js *j, struct arena *a, struct span *out)
{
	const char *from = j->p;
	int rc = skip_value(j);
	if (rc)
		return rc;
	struct js in = {from + 1, j->p - 1, j->depth_left, j->err, j->from, j->ours};
	for (skip_space(&in); in.p < in.end && *in.p == '"'; skip_space(&in)) {
		struct span key, value = SPAN_NONE;
		if ((rc = read_string(&in, a, &key)) != 0)
			return rc;
		skip_space(&in);
		if (in.p >= in.end || *in.p != ':')
			return bad(&in, "a colon is missing");
		in.p++;
		skip_space(&in);
		if (in.p >= in.end)
			return bad(&in, "a value is missing");
		rc = *in.p == '"' ? read_string(&in, a, &value) : skip_value(&in);
		if (rc)
			return rc;
		if (span_is(key, "name") || span_is(key, "title") || (span_is(key, "@value") && !out->n))
			*out = value;
		skip_space(&in);
		if (in.p < in.end && *in.p == ',')
			in.p++;
	}
	return 0;
}

static int wrong_type(struct js *j, const struct member_name *m)
{
	return err_set(j->err, ERR_BAD_DOCUMENT, "\"%s\" must be a string", m->name);
}

static int read_member(struct js *j, struct arena *a, const struct member_name *m, struct span *out)
{
	char c = *j->p;
	*out = SPAN_NONE;
	if (c == '"')
		return read_string(j, a, out);
	bool listy = m->field == FIELD_AUTHOR || m->field == FIELD_SOURCE || m->field == FIELD_SECTION;
	if (c == '[' && (listy || m->rank > 0))
		return read_array(j, a, m->field == FIELD_TEXT, out);
	if (c == '{' && (listy || m->rank > 0))
		return object_name(j, a, out);
	if (c == '[' || c == '{')
		return wrong_type(j, m);
	int rc = skip_scalar(j, out);
	if (rc)
		return rc;
	bool number = *out->p == '-' || (*out->p >= '0' && *out->p <= '9');
	if (number && (m->field == FIELD_ID || (m->field == FIELD_PUBLISHED && m->rank)))
		return 0;
	bool null = span_is(*out, "null");
	*out = SPAN_NONE;
	return null || m->rank ? 0 : wrong_type(j, m);
}

static int read_object(struct js *j, struct arena *a, struct member_set *set)
{
	uint32_t seen = 0; /* the interface's own names */
	skip_space(j);
	if (j->p >= j->end || *j->p != '{')
		return bad(j, "an object is expected: {\"text\": \"…\"}");
	for (j->p++;;) {
		skip_space(j);
		if (j->p < j->end && *j->p == '}')
			break;
		if (j->p >= j->end || *j->p != '"')
			return bad(j, "a member's name is expected");
		struct span key, value;
		int rc = read_string(j, a, &key);
		if (rc)
			return rc;
		skip_space(j);
		if (j->p >= j->end || *j->p != ':')
			return bad(j, "a colon is missing");
		j->p++;
		skip_space(j);
		if (j->p >= j->end)
			return bad(j, "a value is missing");
		const struct member_name *m = member_find(key);
		rc = m ? read_member(j, a, m, &value) : skip_value(j);
		if (rc)
			return rc;
		if (m && m->rank == 0 && (seen & 1u << m->field))
			return err_set(j->err, ERR_BAD_DOCUMENT, "\"%s\" is given twice", m->name);
		if (m && m->rank == 0)
			seen |= 1u << m->field;
		if (m)
			members_offer(set, m, value);
		skip_space(j);
		if (j->p < j->end && *j->p == ',') {
			j->p++;
			skip_space(j);
			if (j->p < j->end && *j->p == '}')
				return bad(j, "a comma before the closing brace");
		} else if (j->p >= j->end || *j->p != '}')
			return bad(j, "a comma or a closing brace is expected");
	}
	j->p++;
	skip_space(j);
	return j->p < j->end ? bad(j, "something follows the object") : 0;
}

int json_document(struct arena *a, struct span object, bool ours, uint32_t max_depth, struct document *doc, struct err *err)
{
	if (object.n >= 3 && memcmp(object.p, "\xEF\xBB\xBF", 3) == 0)
		object = span_sub(object, 3, object.n);
	struct js j = {object.p, object.p + object.n, max_depth ? max_depth - 1 : 0, err, object.p, ours};
	struct member_set set;
	members_init(&set);
	int rc = read_object(&j, a, &set);
	if (rc)
		return rc;
	if (!set.value[FIELD_TEXT].p && !set.value[FIELD_HTML].p && !set.value[FIELD_TITLE].p) /* an empty text is a text */
		return err_set(err, ERR_BAD_DOCUMENT, "it has neither \"text\" nor \"html\" nor \"title\" (nor another name for them)");
	members_apply(a, &set, doc);
	return 0;
}

/* An object out of a file, given to the arena. JSON is UTF-8; old dumps are not always: then all of the object is decoded before its strings are looked at, title and text alike. */
static int object_of_file(struct reader *r, struct arena *a, struct span object, struct document *doc, struct err *err)
{
	struct decoded d = {.text = object};
	if (!utf8_valid(object))
		decode_own(a, object, SPAN_NONE, false, &d);
	int rc = json_document(a, d.text, true, r->limits.json_depth, doc, err);
	doc->replaced += d.replaced;
	return rc;
}

static void finish_item(struct reader *r, struct arena *a, struct document *doc)
{
	if (!doc->id.n)
		doc->id = reader_make_id(r, a, true);
}

int read_jsonl_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	for (;;) {
		struct span line;
		struct err why = {0};
		int rc = stream_line(r->in, r->limits.line_bytes, &line, &why);
		if (rc == 0)
			return 0;
		r->n++;
		if (rc > 0) {
			if (!span_trim(line).n)
				continue;
			reader_begin(r, a, doc);
			rc = object_of_file(r, a, span_trim(stream_keep(r->in, line, a)), doc, &why);
		}
		if (rc < 0)
			return err_set(err, rc, "line %llu: %s", (unsigned long long)r->n, why.msg);
		finish_item(r, a, doc);
		return 1;
	}
}

/* Moves to the '{' of the next item: past white space, commas and, at the beginning, the brackets and names around the list. */
static int next_item(struct reader *r, bool *end, struct err *err)
{
	*end = false;
	for (;;) {
		struct span have;
		int rc = stream_want(r->in, 1, &have, err);
		if (rc)
			return rc;
		if (!have.n)
			return *end = true, 0;
		size_t i = 0;
		while (i < have.n && (is_space(have.p[i]) || have.p[i] == ',' || have.p[i] == '[' || have.p[i] == ']' || (have.p[i] & 0x80)))
			i++;
		if (i < have.n && have.p[i] == '{')
			return stream_take(r->in, i), 0;
		if (i < have.n && have.p[i] == '}' && r->n > 0)
			return *end = true, 0; /* the object around the list ends */
		if (i < have.n)
			return err_set(err, ERR_BAD_FILE, "not JSON with objects in it: byte %llu", (unsigned long long)(r->in->taken + i));
		stream_take(r->in, i);
	}
}

/* Is the object a wrapper, {"articles": [{…}, …]}? Then *inside is where its list begins. */
static bool is_wrapper(struct span s, size_t *inside)
{
	struct js j = {s.p + 1, s.p + s.n, 64, NULL, s.p, false};
	for (int members = 0; members < 12; members++) {
		struct span key;
		bool escaped;
		skip_space(&j);
		if (j.p >= j.end || *j.p != '"' || skip_string(&j, &key, &escaped))
			return false;
		skip_space(&j);
		if (j.p >= j.end || *j.p++ != ':')
			return false;
		skip_space(&j);
		if (j.p >= j.end || member_find(key))
			return false;
		if (*j.p == '[') {
			struct js k = j;
			k.p++;
			skip_space(&k);
			if (k.p < k.end && *k.p == '{')
				return *inside = (size_t)(k.p - s.p), true;
		}
		if (skip_value(&j))
			return false;
		skip_space(&j);
		if (j.p >= j.end || *j.p++ != ',')
			return false;
	}
	return false;
}

int read_json_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	bool end;
	int rc = next_item(r, &end, err);
	if (rc || end)
		return rc;
	struct span have;
	size_t want = 65536, n = 0, inside;
	for (;; want *= 2) {
		if ((rc = stream_want(r->in, want, &have, err)) != 0)
			return rc;
		if (want == 65536 && r->n == 0 && is_wrapper(have, &inside)) {
			stream_take(r->in, inside);
			continue;
		}
		if ((n = json_extent(have, r->limits.json_depth, &rc)) != 0)
			break;
		if (rc == ERR_LIMIT)
			return err_set(err, ERR_BAD_FILE, "JSON is nested deeper than %u levels (setting json-depth)", r->limits.json_depth);
		if (have.n < want)
			return err_set(err, ERR_BAD_FILE, "the JSON object that begins at byte %llu is broken or does not end", (unsigned long long)r->in->taken);
		if (want > r->limits.line_bytes)
			return err_set(err, ERR_LIMIT, "a JSON object is longer than %llu bytes (setting line-size)", (unsigned long long)r->limits.line_bytes);
	}
	r->n++;
	reader_begin(r, a, doc);
	struct err why = {0};
	stream_take(r->in, n);
	rc = object_of_file(r, a, stream_keep(r->in, span_sub(have, 0, n), a), doc, &why);
	if (rc)
		return err_set(err, rc, "item %llu: %s", (unsigned long long)r->n, why.msg);
	finish_item(r, a, doc);
	return 1;
}
