/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/terms.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/document.h"
#include "index/facts/tokens.h"
#include "index/store/schema.h"

/* ---- Stemming ---- */

/* What Snowball has. */
static const struct {
	const char *lang, *stemmer;
} stemmers[] = {{"en", "en"}, {"ar", "ar"}, {"ca", "ca"}, {"da", "da"}, {"de", "de"}, {"es", "es"}, {"eu", "eu"}, {"fi", "fi"}, {"fr", "fr"},
	{"ga", "ga"}, {"hu", "hu"}, {"hy", "hy"}, {"id", "id"}, {"it", "it"}, {"lt", "lt"}, {"nb", "no"}, {"nl", "nl"}, {"nn", "no"}, {"no", "no"},
	{"pt", "pt"}, {"ro", "ro"}, {"ru", "ru"}, {"sv", "sv"}, {"ta", "ta"}, {"tr", "tr"}};
#define N_STEMMERS (sizeof stemmers / sizeof *stemmers)

static size_t stemmer_row(struct span lang)
{
	struct span primary = lang_primary(lang);
	if (!primary.n)
		return 0;
	for (size_t i = 0; i < N_STEMMERS; i++)
		if (span_ieq(primary, stemmers[i].lang))
			return i;
	return N_STEMMERS;
}

const char *terms_stemmer(struct span lang)
{
	size_t row = stemmer_row(lang);
	return row < N_STEMMERS ? stemmers[row].stemmer : "none";
}

static struct xc_stemmer *stemmer_of(size_t row)
{
	static struct xc_stemmer *made[N_STEMMERS]; /* one process, one user: see the room's rule on threads */
	if (row < N_STEMMERS && !made[row] && xc_stemmer_new(stemmers[row].stemmer, &made[row], NULL) != 0)
		return NULL; /* a libxapian without this language */
	return row < N_STEMMERS ? made[row] : NULL;
}

static bool has_letters(struct span w)
{
	for (size_t i = 0; i < w.n; i++)
		if ((unsigned char)w.p[i] > '9')
			return true;
	return false;
}

size_t terms_stem(struct span folded, struct span lang, char out[TERM_MAX])
{
	char stem[512];
	size_t n = 0;
	struct xc_stemmer *s = stemmer_of(stemmer_row(lang));
	struct span got = folded;
	if (s && folded.n > 2 && has_letters(folded) && xc_stem(s, folded.p, folded.n, stem, sizeof stem, &n, NULL) == 0 && n)
		got = (struct span){stem, n};
	n = utf8_floor(got, got.n < TERM_MAX ? got.n : TERM_MAX);
	if (n)
		memcpy(out, got.p, n);
	return n;
}

/* ---- Making terms ---- */

static uint32_t *u32s(const struct str *s) { return (uint32_t *)(void *)s->p; }

static uint64_t first_bytes(struct span s)
{
	uint64_t key = 0;
	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < s.n ? (unsigned char)s.p[i] : 0);
	return key;
}

static uint32_t stem_number(struct term_maker *m, struct span word, struct span lang)
{
	char stem[TERM_MAX];
	size_t n = terms_stem(word, lang, stem);
	uint32_t before = m->stems.n, i = names_add(&m->stems, (struct span){stem, n});
	if (i == before) {
		str_add(&m->stem_key, &(uint64_t){first_bytes((struct span){stem, n})}, sizeof(uint64_t));
		str_add(&m->wdf, &(uint32_t){0}, sizeof(uint32_t));
	}
	return i;
}

/* Which table of stems; a ninth language shares none, and is made anew each time. */
static struct str *stems_of_lang(struct term_maker *m, const char *stemmer)
{
	for (size_t i = 0; i < m->n_langs; i++)
		if (m->langs[i].stemmer == stemmer || strcmp(m->langs[i].stemmer, stemmer) == 0)
			return &m->langs[i].stem_of;
	if (m->n_langs == sizeof m->langs / sizeof *m->langs) {
		str_clear(&m->langs[--m->n_langs].stem_of);
	}
	m->langs[m->n_langs].stemmer = stemmer;
	return &m->langs[m->n_langs++].stem_of;
}

static uint32_t stem_of_word(struct term_maker *m, struct str *table, uint32_t word, struct span lang)
{
	size_t have = table->n / sizeof(uint32_t);
	if (word >= have) {
		size_t more = (size_t)m->streams->words.n - have;
		str_room(table, more * sizeof(uint32_t));
		memset(table->p + table->n, 0, more * sizeof(uint32_t));
		table->n += more * sizeof(uint32_t);
	}
	if (u32s(table)[word] == 0) {
		uint32_t stem = stem_number(m, names_at(&m->streams->words, word), lang);
		u32s(table)[word] = stem + 1;
	}
	return u32s(table)[word] - 1;
}

struct seen { /* a stem of the document at hand */
	uint64_t key;
	uint32_t stem, in_title;
};

static int by_stem(const void *x, const void *y, void *arg)
{
	const struct seen *a = x, *b = y;
	const struct names *stems = arg;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return span_cmp(names_at(stems, a->stem), names_at(stems, b->stem));
}

static void add_tokens(struct term_maker *m, const struct tokens *t, uint32_t *out)
{
	for (size_t i = 0; i < t->n; i++)
		out[i] = stream_builder_word(m->streams, token_word(t, i));
}

static struct xc_term *add_title(struct term_maker *m, struct arena *a, const struct seen *v, size_t n, struct xc_term *t)
{
	const char *prefix = schema_fields[FIELD_TITLE].prefix;
	for (size_t i = 0; i < n; i++) {
		struct span stem = names_at(&m->stems, v[i].stem);
		if (!v[i].in_title || stem.n == 0)
			continue;
		struct span term = arena_printf(a, "%s%.*s", prefix, SPAN_ARG(stem));
		*t++ = (struct xc_term){.bytes = term.p, .len = term.n, .wdf = v[i].in_title};
	}
	return t;
}

/* Terms of the title come first: "S" sorts before every stem, for stems are folded and begin with no capital. */
static void write_terms(struct term_maker *m, struct arena *a, const struct seen *v, size_t n, struct made_terms *out)
{
	uint32_t *wdf = u32s(&m->wdf);
	out->terms = arena_raw(a, 2 * n * sizeof *out->terms);
	struct xc_term *t = add_title(m, a, v, n, out->terms);
	for (size_t i = 0; i < n; i++) {
		struct span stem = names_at(&m->stems, v[i].stem);
		if (stem.n)
			*t++ = (struct xc_term){.bytes = stem.p, .len = stem.n, .wdf = wdf[v[i].stem] + TITLE_EXTRA * v[i].in_title};
		wdf[v[i].stem] = 0;
	}
	out->n_terms = (size_t)(t - out->terms);
}

/* Counts the stems of the tokens; gives them ascending. */
static struct seen *count_stems(struct term_maker *m, struct arena *a, struct span lang, const struct made_terms *made, size_t *n)
{
	struct seen *v = arena_raw(a, (made->n_tokens + 1) * sizeof *v);
	struct str *table = stems_of_lang(m, terms_stemmer(lang));
	for (size_t i = 0; i < made->n_tokens; i++) {
		uint32_t stem = stem_of_word(m, table, made->tokens[i], lang);
		if (u32s(&m->wdf)[stem]++ == 0)
			v[(*n)++] = (struct seen){((const uint64_t *)(const void *)m->stem_key.p)[stem], stem, 0};
		if (i + 1 == made->n_title) /* all that is there so far is of the title */
			for (size_t k = 0; k < *n; k++)
				v[k].in_title = u32s(&m->wdf)[v[k].stem];
	}
	qsort_r(v, *n, sizeof *v, by_stem, &m->stems);
	return v;
}

void terms_make(struct term_maker *m, struct arena *a, const struct document *d, struct made_terms *out)
{
	struct tokens title, text;
	size_t n = 0;
	tokens_make(a, d->title, &title);
	tokens_make(a, d->text, &text);
	*out = (struct made_terms){.n_tokens = title.n + text.n, .n_title = title.n};
	out->tokens = arena_raw(a, out->n_tokens * sizeof *out->tokens + 1);
	add_tokens(m, &title, out->tokens);
	add_tokens(m, &text, out->tokens + title.n);
	struct seen *v = count_stems(m, a, d->lang, out, &n);
	write_terms(m, a, v, n, out);
}

void term_maker_done(struct term_maker *m)
{
	names_done(&m->stems);
	str_done(&m->stem_key);
	str_done(&m->wdf);
	for (size_t i = 0; i < sizeof m->langs / sizeof *m->langs; i++)
		str_done(&m->langs[i].stem_of);
}
