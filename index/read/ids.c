/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids from names that others chose: two different names never become one id, and every id is printable UTF-8.
 *
 *	byte or character                                   in the id
 *	control characters, bidi controls, bad UTF-8        \x0A, one for each byte
 *	a backslash that would read as one of those         \x5C
 *	"#17" at the end of a file's name                   \x2317 (that is how documents in a container are numbered)
 *	more than 2,000 bytes                               cut, then "~" and a hash of all of it
 *
 * Nearly every name comes through unchanged. The second file of one name in an archive is "name~2.txt".
 */
#include "index/read/inside.h"

#include "base/mem.h"
#include "base/utf8.h"

#define ID_BYTES 2000u
#define MAX_TAKEN (1u << 20)

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

/* Would these bytes be read as an escape? */
static bool looks_escaped(struct span s, size_t at) { return at + 4 <= s.n && s.p[at + 1] == 'x' && is_hex(s.p[at + 2]) && is_hex(s.p[at + 3]); }

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || c == 0x061C || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

/* Where "#17" begins at the end, else s.n. */
static size_t number_at_end(struct span s)
{
	size_t i = s.n;
	while (i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		i--;
	return i > 0 && i < s.n && s.p[i - 1] == '#' ? i - 1 : s.n;
}

static void escape(struct str *out, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		str_printf(out, "\\x%02X", (unsigned char)bytes.p[i]);
}

static void add_escaped(struct str *out, struct span s, size_t number)
{
	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		uint32_t c = utf8_next(s, &at);
		bool odd = c == UTF8_BAD || is_control(c) || from == number || (c == '\\' && looks_escaped(s, from));
		if (odd)
			escape(out, span_sub(s, from, at));
		else
			str_span(out, span_sub(s, from, at));
	}
}

static struct span make(struct arena *a, struct span s, bool file)
{
	AUTO_STR struct str out = {0};
	bool plain = s.n <= ID_BYTES;
	for (size_t i = 0; i < s.n && plain; i++)
		plain = s.p[i] >= ' ' && s.p[i] < 0x7F && s.p[i] != '\\' && s.p[i] != '#';
	if (plain)
		return arena_span(a, s);
	add_escaped(&out, s, file ? number_at_end(s) : s.n);
	if (out.n > ID_BYTES) {
		uint64_t hash = span_hash(s);
		out.n = utf8_floor(str_view(&out), ID_BYTES - 17);
		str_printf(&out, "~%016llx", (unsigned long long)hash);
	}
	return arena_span(a, str_view(&out));
}

struct span id_from_name(struct arena *a, struct span name) { return make(a, name, true); }
struct span reader_id_name(struct arena *a, struct span name) { return make(a, name, true); }
struct span id_given(struct arena *a, struct span id) { return make(a, span_trim(id), false); }

/* ---- Names that occur twice ---- */

static bool take(struct taken *t, uint64_t hash)
{
	size_t at = (size_t)hash & (t->n_slots - 1);
	while (t->slots[at] && t->slots[at] != hash)
		at = (at + 1) & (t->n_slots - 1);
	if (t->slots[at])
		return false;
	t->slots[at] = hash;
	t->n++;
	return true;
}

static void grow(struct taken *t)
{
	struct taken bigger = {.n_slots = t->n_slots ? t->n_slots * 2 : 64};
	bigger.slots = mem_alloc(bigger.n_slots * sizeof *bigger.slots);
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slots[i])
			(void)take(&bigger, t->slots[i]);
	free(t->slots);
	*t = bigger;
}

/* "b/a.txt" becomes "b/a~2.txt": the ending stays what it is. */
static void number(struct str *name, struct span bare, uint64_t n)
{
	const char *slash = bare.n ? memrchr(bare.p, '/', bare.n) : NULL, *dot = bare.n ? memrchr(bare.p, '.', bare.n) : NULL;
	size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - bare.p) : bare.n;
	str_clear(name);
	str_printf(name, "%.*s~%llu%.*s", (int)stem, bare.p, (unsigned long long)n, SPAN_ARG(span_sub(bare, stem, bare.n)));
}

void taken_name(struct taken *t, struct str *name, uint64_t n)
{
	AUTO_STR struct str bare = {0};
	str_span(&bare, str_view(name));
	if (t->n >= MAX_TAKEN) /* nobody remembers more names: each gets its number in the archive */
		return number(name, str_view(&bare), n);
	if ((t->n + 1) * 2 > t->n_slots)
		grow(t);
	for (uint64_t k = 2; !take(t, span_hash(str_view(name)) | 1); k++) {
		number(name, str_view(&bare), k < 100 ? k : n + 100); /* many of one name are not counted through again and again */
		if (k == 100)
			return;
	}
}

void taken_done(struct taken *t)
{
	free(t->slots);
	*t = (struct taken){0};
}

struct span reader_make_id(const struct reader *r, struct arena *a, bool container)
{
	const char *slash = r->source.n ? "/" : "";
	if (container)
		return arena_printf(a, "%.*s%s%.*s#%llu", SPAN_ARG(r->source), slash, SPAN_ARG(r->name), (unsigned long long)r->n);
	return arena_printf(a, "%.*s%s%.*s", SPAN_ARG(r->source), slash, SPAN_ARG(r->name));
}
