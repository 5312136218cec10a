/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

/* Depth without building anything: jansson alone would take 2,048 levels and 78 times the memory. */
static int check_depth(struct span s, int max_depth, struct err *err)
{
	int depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max_depth)
				return err_set(err, ERR_LIMIT, "JSON is nested deeper than %d levels", max_depth);
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return 0;
}

int json_read(struct span s, int max_depth, json_t **out, struct err *err)
{
	int rc = check_depth(s, max_depth, err);
	if (rc)
		return rc;
	json_error_t at;
	json_t *j = json_loadb(s.p ? s.p : "", s.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &at);
	if (!j) {
		struct str safe = {0}; /* the message may quote the input */
		utf8_printable(&safe, span_of(at.text), false);
		rc = err_set(err, ERR_BAD_REQUEST, "not valid JSON: %s (line %d, column %d)", str_cz(&safe), at.line, at.column);
		str_done(&safe);
		return rc;
	}
	*out = j;
	return 0;
}

struct span json_span(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	return json_is_string(v) ? (struct span){json_string_value(v), json_string_length(v)} : SPAN_NONE;
}

static void before_value(struct jw *w)
{
	if (w->comma)
		str_ch(w->out, ',');
	w->comma = true;
}

void jw_open(struct jw *w, char bracket)
{
	before_value(w);
	str_ch(w->out, bracket);
	w->comma = false;
}

void jw_close(struct jw *w, char bracket)
{
	str_ch(w->out, bracket);
	w->comma = true;
}

static void quote(struct str *out, struct span s)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;
	str_room(out, s.n + 2);
	str_ch(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			continue;
		str_add(out, s.p + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			str_ch(out, '\\'), str_ch(out, (char)c);
		else if (c == '\n')
			str_z(out, "\\n");
		else if (c == '\t')
			str_z(out, "\\t");
		else {
			char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
			str_add(out, u, 6);
		}
	}
	str_add(out, s.p ? s.p + from : "", s.n - from);
	str_ch(out, '"');
}

static void put_string(struct str *out, struct span s)
{
	if (utf8_valid(s)) {
		quote(out, s);
		return;
	}
	struct str fixed = {0};
	utf8_repair(&fixed, s);
	quote(out, str_view(&fixed));
	str_done(&fixed);
}

void jw_key_span(struct jw *w, struct span key)
{
	before_value(w);
	put_string(w->out, key);
	str_ch(w->out, ':');
	w->comma = false;
}

/* Keys that we write ourselves are words of ASCII: nothing in them wants a backslash. */
void jw_key(struct jw *w, const char *key)
{
	size_t n = strlen(key);
	str_room(w->out, n + 4);
	char *p = w->out->p + w->out->n;
	if (w->comma)
		*p++ = ',';
	*p++ = '"';
	p = (char *)memcpy(p, key, n) + n;
	*p++ = '"';
	*p++ = ':';
	*p = 0;
	w->out->n = (size_t)(p - w->out->p);
	w->comma = false;
}

void jw_str(struct jw *w, struct span s)
{
	before_value(w);
	put_string(w->out, s);
}

void jw_null(struct jw *w) { jw_raw(w, SPAN("null")); }

void jw_z(struct jw *w, const char *z)
{
	if (z)
		jw_str(w, span_of(z));
	else
		jw_null(w);
}

void jw_int(struct jw *w, int64_t v)
{
	before_value(w);
	if (v < 0)
		str_ch(w->out, '-');
	str_u64(w->out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 1);
}

/* Of 1 to 999,999, as scores are: printf takes twenty times as long. */
static void put_six_digits(struct str *out, double v)
{
	static const uint32_t tens[] = {1, 10, 100, 1000, 10000, 100000};
	int places = v < 10 ? 5 : v < 100 ? 4 : v < 1000 ? 3 : v < 10000 ? 2 : v < 100000 ? 1 : 0;
	uint32_t n = (uint32_t)lrint(v * tens[places]), rest = n % tens[places];
	str_u64(out, n / tens[places], 1);
	for (; rest && rest % 10 == 0; rest /= 10)
		places--;
	if (rest) {
		str_ch(out, '.');
		str_u64(out, rest, places);
	}
}

void jw_num(struct jw *w, double v)
{
	if (v >= 1 && v < 999999) {
		before_value(w);
		put_six_digits(w->out, v);
		return;
	}
	char buf[40];
	int n = snprintf(buf, sizeof buf, "%.6g", isfinite(v) ? v : 0.0);
	jw_raw(w, (struct span){buf, (size_t)n});
}

void jw_bool(struct jw *w, bool v) { jw_raw(w, v ? SPAN("true") : SPAN("false")); }

void jw_raw(struct jw *w, struct span json)
{
	before_value(w);
	str_span(w->out, json);
}

void jw_counted(struct jw *w, struct span members, uint64_t n)
{
	str_room(w->out, members.n + 24);
	char *from = w->out->p + w->out->n, *p = from;
	if (w->comma)
		*p++ = ',';
	*p++ = '{';
	memcpy(p, members.p, members.n);
	p += members.n;
	p += u64_digits(p, n);
	*p++ = '}';
	*p = 0;
	w->out->n += (size_t)(p - from);
	w->comma = true;
}

static void field_text(struct jw *w, const char *key, void (*put)(struct str *, struct interval), struct interval i)
{
	jw_key(w, key);
	before_value(w);
	str_ch(w->out, '"');
	put(w->out, i);
	str_ch(w->out, '"');
}

static void put_from(struct str *s, struct interval i) { day_text(s, i.from); }
static void put_to(struct str *s, struct interval i) { day_text(s, i.to); }

void jw_interval(struct jw *w, struct interval i, bool with_text)
{
	field_text(w, "from", put_from, i);
	field_text(w, "to", put_to, i);
	jw_field_z(w, "precision", precision_name(i.precision));
	if (with_text)
		field_text(w, "text", interval_text, i);
}

void jw_when(struct jw *w, const struct when *when)
{
	if (!when || !interval_any(when->days)) {
		jw_null(w);
		return;
	}
	jw_open(w, '{');
	jw_interval(w, when->days, true);
	jw_field_z(w, "how", when->how);
	if (when->sure)
		jw_field_int(w, "sure", when->sure);
	if (when->conflict)
		jw_field_bool(w, "conflict", true);
	jw_close(w, '}');
}

void jw_field_str_or_null(struct jw *w, const char *key, struct span s)
{
	jw_key(w, key);
	if (s.n)
		jw_str(w, s);
	else
		jw_null(w);
}

void jw_problem(struct jw *w, int code, const char *detail, const char *extra)
{
	jw_open(w, '{');
	jw_field_z(w, "type", "about:blank");
	jw_field_z(w, "title", err_title(code));
	jw_field_int(w, "status", err_status(code));
	jw_field_z(w, "code", err_name(code));
	jw_field_z(w, "detail", detail);
	jw_field_z(w, "advice", err_advice(code));
	if (extra)
		str_printf(w->out, ",%s", extra);
	jw_close(w, '}');
}
