/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/streams.h"

#include "base/mem.h"
#include "index/store/sheet.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define STREAMS_KIND 0x53545231u /* "STR1" */
enum { TAG_WORD_START = 1, TAG_WORD_BYTES, TAG_WORD_COUNT, TAG_WORD_SORTED, TAG_ROW_START, TAG_STREAM };

#define ONE   192u
#define TWO   (ONE + 60u * 256u)
#define THREE (TWO + 3u * 65536u)

static size_t put_word(unsigned char out[5], uint32_t v)
{
	if (v < ONE)
		return out[0] = (unsigned char)v, 1;
	if (v < TWO)
		return out[0] = (unsigned char)(ONE + ((v - ONE) >> 8)), out[1] = (unsigned char)(v - ONE), 2;
	if (v < THREE) {
		v -= TWO;
		return out[0] = (unsigned char)(252 + (v >> 16)), out[1] = (unsigned char)(v >> 8), out[2] = (unsigned char)v, 3;
	}
	out[0] = 255;
	memcpy(out + 1, &v, 4);
	return 5;
}

/* Reads one number; p < end. What is cut short is the number 0 at the end. */
static inline uint32_t get_word(const unsigned char **p, const unsigned char *end)
{
	const unsigned char *b = *p;
	static const unsigned char more[4] = {2, 2, 2, 4};
	if (b[0] < ONE)
		return *p = b + 1, b[0];
	size_t n = b[0] < 252 ? 1 : more[b[0] - 252];
	if ((size_t)(end - b) <= n)
		return *p = end, 0;
	*p = b + 1 + n;
	if (n == 1)
		return ONE + ((uint32_t)(b[0] - ONE) << 8) + b[1];
	if (n == 2)
		return TWO + ((uint32_t)(b[0] - 252) << 16) + ((uint32_t)b[1] << 8) + b[2];
	uint32_t v;
	memcpy(&v, b + 1, 4);
	return v;
}

/* ---- Reading ---- */

struct token_streams {
	struct sheet sheet;
	uint32_t n_words, n_rows;
	const uint32_t *word_start, *word_count, *word_sorted;
	const char *word_bytes;
	const uint64_t *row_start;
	const unsigned char *stream;
};

static bool words_sound(const struct token_streams *s, uint64_t n_bytes)
{
	bool sound = s->word_start[0] == 0 && s->word_start[s->n_words] == n_bytes;
	for (uint32_t i = 0; i < s->n_words; i++)
		sound &= s->word_start[i] <= s->word_start[i + 1] && s->word_sorted[i] < s->n_words;
	return sound;
}

static bool rows_sound(const struct token_streams *s, uint64_t n_bytes)
{
	bool sound = s->row_start[0] == 0 && s->row_start[s->n_rows] == n_bytes;
	for (uint32_t i = 0; i < s->n_rows; i++)
		sound &= s->row_start[i] <= s->row_start[i + 1];
	return sound;
}

static bool read_streams(struct token_streams *s)
{
	uint64_t starts = 0, bytes = 0, counts = 0, sorted = 0, rows = 0, stream = 0;
	s->word_start = sheet_array(&s->sheet, TAG_WORD_START, 4, &starts);
	s->word_bytes = sheet_array(&s->sheet, TAG_WORD_BYTES, 1, &bytes);
	s->word_count = sheet_array(&s->sheet, TAG_WORD_COUNT, 4, &counts);
	s->word_sorted = sheet_array(&s->sheet, TAG_WORD_SORTED, 4, &sorted);
	s->row_start = sheet_array(&s->sheet, TAG_ROW_START, 8, &rows);
	s->stream = sheet_array(&s->sheet, TAG_STREAM, 1, &stream);
	if (!s->word_start || !s->word_bytes || !s->word_count || !s->word_sorted || !s->row_start || !s->stream)
		return false;
	if (starts == 0 || starts > UINT32_MAX || counts != starts - 1 || sorted != counts || rows != (uint64_t)s->n_rows + 1)
		return false;
	s->n_words = (uint32_t)counts;
	return words_sound(s, bytes) && rows_sound(s, stream);
}

int streams_map(const char *path, uint32_t n_rows, struct token_streams **out, struct err *err)
{
	struct sheet sheet;
	int rc = sheet_map(path, STREAMS_KIND, &sheet, err);
	if (rc)
		return rc;
	struct token_streams *s = mem_alloc(sizeof *s);
	s->sheet = sheet;
	s->n_rows = n_rows;
	if (!read_streams(s)) {
		streams_unmap(s);
		return err_set(err, ERR_CORRUPT, "%s is damaged", path);
	}
	*out = s;
	return 0;
}

void streams_unmap(struct token_streams *s)
{
	if (s)
		sheet_unmap(&s->sheet);
	free(s);
}

uint32_t streams_n_words(const struct token_streams *s) { return s->n_words; }
uint32_t streams_word_count(const struct token_streams *s, uint32_t word) { return word < s->n_words ? s->word_count[word] : 0; }
struct span streams_word_text(const struct token_streams *s, uint32_t word)
{
	if (word >= s->n_words)
		return SPAN_NONE;
	return (struct span){s->word_bytes + s->word_start[word], s->word_start[word + 1] - s->word_start[word]};
}

/* The first place in the sorted order whose word is not below `w`. */
static uint32_t first_not_below(const struct token_streams *s, struct span w)
{
	uint32_t low = 0, high = s->n_words;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (span_cmp(streams_word_text(s, s->word_sorted[mid]), w) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint32_t streams_word(const struct token_streams *s, struct span folded)
{
	uint32_t at = first_not_below(s, folded);
	if (at == s->n_words || !span_eq(streams_word_text(s, s->word_sorted[at]), folded))
		return NO_NAME;
	return s->word_sorted[at];
}

static bool has_prefix(struct span w, struct span prefix) { return w.n >= prefix.n && (prefix.n == 0 || memcmp(w.p, prefix.p, prefix.n) == 0); }

/* Puts `word` into the ascending v[0..n) of at most max; the highest falls out. */
static size_t keep_lowest(uint32_t *v, size_t n, size_t max, uint32_t word)
{
	if (n == max && (max == 0 || v[n - 1] < word))
		return n;
	size_t i = n < max ? n++ : n - 1;
	for (; i > 0 && v[i - 1] > word; i--)
		v[i] = v[i - 1];
	v[i] = word;
	return n;
}

size_t streams_words_with_prefix(const struct token_streams *s, struct span folded, uint32_t *v, size_t max)
{
	size_t n = 0, all = 0;
	for (uint32_t at = first_not_below(s, folded); at < s->n_words && has_prefix(streams_word_text(s, s->word_sorted[at]), folded); at++, all++)
		n = keep_lowest(v, n, max, s->word_sorted[at]);
	return all;
}

/*
 * The common case of get_word, as far as it goes: numbers of one or two bytes, about as many of each and in no order that a branch could be
 * guessed by, so there is none.
 */
static size_t read_short(const unsigned char **from, const unsigned char *end, uint32_t *v, size_t max)
{
	const unsigned char *p = *from;
	size_t n = 0;
	for (; end - p >= 8 && n < max; n++) {
		uint32_t first = p[0], two = first >= ONE, mask = 0u - two;
		if (first >= 252) {
			v[n] = get_word(&p, end);
			continue;
		}
		v[n] = first + (mask & ((first - ONE) * 255u + p[1]));
		p += 1 + two;
	}
	*from = p;
	return n;
}

size_t streams_read(const struct token_streams *s, uint32_t row, uint32_t *v, size_t max, size_t *n_title)
{
	*n_title = 0;
	if (row >= s->n_rows)
		return 0;
	const unsigned char *p = s->stream + s->row_start[row], *end = s->stream + s->row_start[row + 1];
	size_t n = 0;
	if (p < end)
		*n_title = get_word(&p, end);
	n = read_short(&p, end, v, max);
	for (; p < end && n < max; n++)
		v[n] = get_word(&p, end);
	for (; p < end; n++)
		get_word(&p, end);
	if (*n_title > n)
		*n_title = n;
	return n;
}

/* Does a code begin at q? Goes back to where one surely does (what stands before is too small to reach over it), and forward from there. */
static bool begins_at(const unsigned char *from, const unsigned char *q, const unsigned char *end)
{
	const unsigned char *p = q;
	while (p > from && (p[-1] >= ONE || (p - from > 1 && p[-2] >= 252) || (p - from > 2 && p[-3] == 255) || (p - from > 3 && p[-4] == 255)))
		p--;
	while (p < q)
		get_word(&p, end);
	return p == q;
}

void streams_phrase(struct stream_phrase *k, const uint32_t *words, size_t n)
{
	uint32_t rarest = 0;
	k->n = k->pair = 0;
	for (size_t i = 0; i < n && n <= STREAMS_PHRASE_MAX; i++) { /* words are numbered by how often they occur */
		if (words[i] >= rarest) {
			rarest = words[i];
			k->pair = k->n;
		}
		k->n += put_word(k->codes + k->n, words[i]);
	}
	if (k->pair + 1 >= k->n && k->n > 1)
		k->pair = k->n - 2;
}

void streams_prefetch_start(const struct token_streams *s, uint32_t row) { __builtin_prefetch(s->row_start + row); }

void streams_prefetch(const struct token_streams *s, uint32_t row)
{
	const unsigned char *p = s->stream + s->row_start[row], *end = s->stream + s->row_start[row + 1];
	for (int line = 0; line < 4 && p < end; line++, p += 64)
		__builtin_prefetch(p);
}

/* The first place at `at` or after it where the two bytes stand; NULL if there is none before `end`. */
static const unsigned char *find_pair(const unsigned char *at, const unsigned char *end, unsigned char a, unsigned char b)
{
#ifdef __SSE2__
	const __m128i first = _mm_set1_epi8((char)a), second = _mm_set1_epi8((char)b);
	for (; end - at > 16; at += 16) {
		__m128i x = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), first);
		__m128i y = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(at + 1)), second);
		int hits = _mm_movemask_epi8(_mm_and_si128(x, y));
		if (hits)
			return at + __builtin_ctz((unsigned)hits);
	}
#endif
	for (; end - at > 1; at++)
		if (at[0] == a && at[1] == b)
			return at;
	return NULL;
}

/* The first place where all the codes stand as bytes. */
static const unsigned char *find_bytes(const unsigned char *from, const unsigned char *end, const struct stream_phrase *k)
{
	if ((size_t)(end - from) < k->n)
		return NULL;
	if (k->n == 1)
		return memchr(from, k->codes[0], (size_t)(end - from));
	const unsigned char *at = from + k->pair, *last = end - k->n;
	while ((at = find_pair(at, end, k->codes[k->pair], k->codes[k->pair + 1]))) {
		const unsigned char *start = at - k->pair;
		if (start > last)
			return NULL;
		if (memcmp(start, k->codes, k->n) == 0)
			return start;
		at++;
	}
	return NULL;
}

static bool codes_between(const unsigned char *from, const unsigned char *to, const struct stream_phrase *k)
{
	for (const unsigned char *at = from; (at = find_bytes(at, to, k)); at++)
		if (begins_at(from, at, to))
			return true;
	return false;
}

bool streams_has_phrase(const struct token_streams *s, uint32_t row, const struct stream_phrase *k, bool title_only)
{
	if (row >= s->n_rows || k->n == 0)
		return false;
	const unsigned char *p = s->stream + s->row_start[row], *end = s->stream + s->row_start[row + 1], *text;
	if (p == end || !find_bytes(p, end, k)) /* mostly so */
		return false;
	uint32_t n_title = get_word(&p, end);
	for (text = p; n_title > 0 && text < end; n_title--)
		get_word(&text, end);
	return codes_between(p, text, k) || (!title_only && codes_between(text, end, k));
}

/* ---- Building ---- */

static uint32_t *u32s(const struct str *s) { return (uint32_t *)(void *)s->p; }

uint32_t stream_builder_word(struct stream_builder *b, struct span folded)
{
	uint32_t n = b->words.n, i = names_add(&b->words, folded);
	if (i == n)
		str_add(&b->count, &(uint32_t){0}, sizeof(uint32_t));
	u32s(&b->count)[i]++;
	return i;
}

void stream_builder_row(struct stream_builder *b, const uint32_t *tokens, size_t n, size_t n_title)
{
	str_add(&b->start, &(uint64_t){b->tokens.n / sizeof *tokens}, sizeof(uint64_t));
	str_add(&b->n_title, &(uint32_t){(uint32_t)n_title}, sizeof(uint32_t));
	str_add(&b->tokens, tokens, n * sizeof *tokens);
}

void stream_builder_done(struct stream_builder *b)
{
	struct str *all[] = {&b->count, &b->tokens, &b->start, &b->n_title};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		str_done(all[i]);
	names_done(&b->words);
}

static int by_count(const void *x, const void *y, void *arg)
{
	const uint32_t *count = arg, a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return count[a] != count[b] ? (count[a] > count[b] ? -1 : 1) : a < b ? -1 : a > b;
}

/* Writes the words, most frequent first, and gives the rank of each number; free() it. Words that occur nowhere come last. */
static uint32_t *write_words(struct sheet_writer *w, const struct names *t, uint32_t *count)
{
	uint32_t *order = mem_alloc(t->n * sizeof *order), *rank = mem_alloc(t->n * sizeof *rank), at = 0;
	for (uint32_t i = 0; i < t->n; i++)
		order[i] = i;
	qsort_r(order, t->n, sizeof *order, by_count, count);
	sheet_whole(w, TAG_WORD_START, sizeof at, &at, 1);
	for (uint32_t i = 0; i < t->n; i++) {
		rank[order[i]] = i;
		at += (uint32_t)names_at(t, order[i]).n;
		sheet_put(w, &at, 1);
	}
	sheet_begin(w, TAG_WORD_BYTES, 1);
	for (uint32_t i = 0; i < t->n; i++)
		sheet_put(w, names_at(t, order[i]).p, names_at(t, order[i]).n);
	sheet_begin(w, TAG_WORD_COUNT, sizeof *count);
	for (uint32_t i = 0; i < t->n; i++)
		sheet_put(w, &count[order[i]], 1);
	free(order);
	order = names_sorted(t);
	sheet_begin(w, TAG_WORD_SORTED, sizeof *order);
	for (uint32_t i = 0; i < t->n; i++)
		sheet_put(w, &rank[order[i]], 1);
	free(order);
	return rank;
}

/* The streams themselves, row after row; where each begins is written at the end. */
struct stream_writer {
	struct sheet_writer sheet;
	struct str start;
	uint64_t at;
};

static void begin_streams(struct stream_writer *w) { sheet_begin(&w->sheet, TAG_STREAM, 1); }

static void write_row(struct stream_writer *w, const uint32_t *v, size_t n, size_t n_title, const uint32_t *rank)
{
	unsigned char out[4096];
	size_t used = n ? put_word(out, (uint32_t)n_title) : 0;
	str_add(&w->start, &w->at, sizeof w->at);
	for (size_t i = 0; i < n; i++) {
		if (used > sizeof out - 8) {
			sheet_put(&w->sheet, out, used);
			w->at += used;
			used = 0;
		}
		used += put_word(out + used, rank[v[i]]);
	}
	sheet_put(&w->sheet, out, used);
	w->at += used;
}

static int finish_streams(struct stream_writer *w, struct err *err)
{
	str_add(&w->start, &w->at, sizeof w->at);
	sheet_whole(&w->sheet, TAG_ROW_START, sizeof w->at, w->start.p, w->start.n / sizeof w->at);
	str_done(&w->start);
	return sheet_finish(&w->sheet, STREAMS_KIND, err);
}

int stream_builder_write(struct stream_builder *b, const char *path, struct err *err)
{
	struct stream_writer w = {0};
	sheet_create(&w.sheet, path);
	AUTO_FREE uint32_t *rank = write_words(&w.sheet, &b->words, u32s(&b->count));
	size_t n_rows = b->n_title.n / sizeof(uint32_t);
	const uint64_t *start = (const uint64_t *)(const void *)b->start.p;
	begin_streams(&w);
	for (size_t i = 0; i < n_rows; i++) {
		size_t end = i + 1 < n_rows ? start[i + 1] : b->tokens.n / sizeof(uint32_t);
		write_row(&w, u32s(&b->tokens) + start[i], end - start[i], u32s(&b->n_title)[i], rank);
	}
	return finish_streams(&w, err);
}

/* ---- Merging ---- */

/* Numbers of one source to numbers of the union, and their counts added. */
static uint32_t *join_words(struct names *all, struct str *count, const struct token_streams *s)
{
	uint32_t *number = mem_alloc(s->n_words * sizeof *number);
	for (uint32_t i = 0; i < s->n_words; i++) {
		uint32_t before = all->n;
		number[i] = names_add(all, streams_word_text(s, i));
		if (number[i] == before)
			str_add(count, &(uint32_t){0}, sizeof(uint32_t));
		u32s(count)[number[i]] += s->word_count[i];
	}
	return number;
}

static void merge_rows(struct stream_writer *w, const struct token_streams *s, uint32_t n_rows, const roaring_bitmap_t *dead, const uint32_t *rank)
{
	uint32_t *v = NULL;
	size_t cap = 0;
	for (uint32_t row = 0; row < n_rows; row++) {
		size_t n_title = 0, n = 0, most = s->row_start[row + 1] - s->row_start[row];
		v = mem_grow(v, &cap, most + 1, sizeof *v);
		if (!dead || !roaring_bitmap_contains(dead, row))
			n = streams_read(s, row, v, most, &n_title);
		for (size_t i = 0; i < n; i++)
			v[i] = v[i] < s->n_words ? v[i] : 0;
		write_row(w, v, s->n_words ? n : 0, n_title, rank);
	}
	free(v);
}

int streams_merge(struct token_streams *const *from, const uint32_t *n_rows, const roaring_bitmap_t *const *dead, size_t n, const char *path, struct err *err)
{
	struct stream_writer w = {0};
	struct names all = {0};
	AUTO_STR struct str count = {0};
	uint32_t **number = mem_alloc(n * sizeof *number);
	sheet_create(&w.sheet, path);
	for (size_t i = 0; i < n; i++)
		number[i] = join_words(&all, &count, from[i]);
	uint32_t *rank = write_words(&w.sheet, &all, u32s(&count));
	begin_streams(&w);
	for (size_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < from[i]->n_words; k++)
			number[i][k] = rank[number[i][k]];
		merge_rows(&w, from[i], n_rows[i], dead[i], number[i]);
		free(number[i]);
	}
	free(number);
	free(rank);
	names_done(&all);
	return finish_streams(&w, err);
}
