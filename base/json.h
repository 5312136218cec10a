/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON. Reading is jansson's, behind a scan that bounds depth and size; writing is a small emitter that appends to a
 * struct str, for answers are made thousands of times a second.
 *
 *	struct jw w = {.out = &s};
 *	jw_open(&w, '{'); jw_key(&w, "total"); jw_int(&w, 3); jw_close(&w, '}');
 *
 * The emitter puts the commas; the caller keeps brackets in balance. Strings are valid UTF-8 or repaired on the way.
 */
#ifndef DOSSIER_BASE_JSON_H
#define DOSSIER_BASE_JSON_H

#include "base/day.h"
#include "base/err.h"
#include "base/str.h"

#include <jansson.h>

/* Parses one JSON value; refuses duplicate keys, more than max_depth levels, bytes after it. *out is new; json_decref it. */
int json_read(struct span s, int max_depth, json_t **out, struct err *err) MUST_CHECK;
struct span json_span(const json_t *object, const char *key); /* a string member; SPAN_NONE if absent or no string */
static inline void json_done(json_t **j) { json_decref(*j); }
#define AUTO_JSON __attribute__((cleanup(json_done)))

struct jw {
	struct str *out;
	bool comma;
};

void jw_open(struct jw *w, char bracket);  /* '{' or '[' */
void jw_close(struct jw *w, char bracket); /* '}' or ']' */
void jw_key(struct jw *w, const char *key); /* a word of ours, written as it is; whatever else: jw_key_span() */
void jw_key_span(struct jw *w, struct span key);
void jw_str(struct jw *w, struct span s);
void jw_z(struct jw *w, const char *z); /* NULL is null */
void jw_int(struct jw *w, int64_t v);
void jw_num(struct jw *w, double v);    /* shortest of 6 significant digits; no NaN */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct span json); /* already JSON */
/* {members n}: an object that ends with a number, `members` being JSON up to it ("\"id\":\"a\",\"count\":"). Made for facets: thousands of them. */
void jw_counted(struct jw *w, struct span members, uint64_t n);
/* The date object of the interface, or null: {"from","to","precision","text","how"}; extra fields by w before closing are not possible. */
void jw_when(struct jw *w, const struct when *when);
/* The five fields of an interval inside an object that is open: "from","to","precision" and, unless with_text is false, "text". */
void jw_interval(struct jw *w, struct interval i, bool with_text);

/* A string, or null where it is empty. */
void jw_field_str_or_null(struct jw *w, const char *key, struct span s);
/* The problem document of RFC 9457 for an error: {"type","title","status","code","detail","advice"}, then `extra`, raw members ("\"a\":1"), or NULL. */
void jw_problem(struct jw *w, int code, const char *detail, const char *extra);

#define jw_field_str(w, k, s)  (jw_key((w), (k)), jw_str((w), (s)))
#define jw_field_z(w, k, s)    (jw_key((w), (k)), jw_z((w), (s)))
#define jw_field_int(w, k, v)  (jw_key((w), (k)), jw_int((w), (int64_t)(v)))
#define jw_field_bool(w, k, v) (jw_key((w), (k)), jw_bool((w), (v)))

#endif
