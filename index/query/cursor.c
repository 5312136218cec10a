/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cursor as letters: little-endian fields and a checksum, in the URL's base 64. Opaque to everybody else.
 *
 *	checksum 4 | identity 8 | revision 8 | rank 8 | key 8 | revision of the hit 8 | id hash 8 | three of the head 24 | rows 8 | length step 4 | n 4 | n × weight 4
 */
#include "index/query/rank.h"

#include <math.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define HEAD 92
#define MAX_FREQUENCIES 8192
#define MAX_WEIGHT 10000.0f

static void put(char **p, const void *v, size_t n)
{
	memcpy(*p, v, n);
	*p += n;
}

static void get(const char **p, void *v, size_t n)
{
	memcpy(v, *p, n);
	*p += n;
}

static void put_hit(char **p, const struct hit *h)
{
	put(p, &h->key, 8);
	put(p, &h->revision, 8);
	put(p, &h->id_hash, 8);
}

static void get_hit(const char **p, struct hit *h)
{
	get(p, &h->key, 8);
	get(p, &h->revision, 8);
	get(p, &h->id_hash, 8);
}

static uint32_t checksum(const char *p, size_t n) { return (uint32_t)(span_hash((struct span){p, n}) >> 32); }

struct span cursor_write(struct job *j, const struct cursor *c)
{
	size_t n = HEAD + c->f.n_words * 4;
	char *raw = arena_alloc(j->a, n), *p = raw + 4;
	uint32_t step = (uint32_t)c->f.length_step, n_words = (uint32_t)c->f.n_words;
	put(&p, &j->r.identity, 8);
	put(&p, &c->revision, 8);
	put(&p, &c->rank, 8);
	put_hit(&p, &c->last);
	put_hit(&p, &c->head_end);
	put(&p, &c->f.n_rows, 8);
	put(&p, &step, 4);
	put(&p, &n_words, 4);
	if (n_words)
		put(&p, c->f.weights, n_words * 4);
	uint32_t sum = checksum(raw + 4, n - 4);
	memcpy(raw, &sum, 4);
	char *text = arena_raw(j->a, n * 4 / 3 + 4);
	size_t at = 0;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? (unsigned char)raw[i + k] : 0);
		for (size_t k = 0; k <= (n - i < 3 ? n - i : 3); k++)
			text[at++] = digits[v >> (18 - 6 * k) & 63];
	}
	return (struct span){text, at};
}

static bool decode(struct span s, char *raw, size_t *n)
{
	uint32_t v = 0, bits = 0;
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		const char *d = s.p[i] ? strchr(digits, s.p[i]) : NULL;
		if (!d)
			return false;
		v = v << 6 | (uint32_t)(d - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			raw[(*n)++] = (char)(v >> bits & 255);
		}
	}
	return true;
}

static int refused(struct job *j) { return err_set(&j->err, ERR_BAD_ARGUMENT, "cursor: allowed is the \"next\" of an earlier answer to the same query"); }

int cursor_read(struct job *j, struct cursor *out)
{
	*out = (struct cursor){.revision = UINT64_MAX};
	if (!j->r.cursor.n)
		return 0;
	if (j->r.cursor.n > (HEAD + MAX_FREQUENCIES * 4) * 4 / 3)
		return refused(j);
	char *raw = arena_raw(j->a, j->r.cursor.n + 4);
	const char *p = raw;
	size_t n;
	uint32_t sum, step, n_words;
	uint64_t identity;
	if (!decode(j->r.cursor, raw, &n) || n < HEAD)
		return refused(j);
	get(&p, &sum, 4);
	get(&p, &identity, 8);
	get(&p, &out->revision, 8);
	get(&p, &out->rank, 8);
	get_hit(&p, &out->last);
	get_hit(&p, &out->head_end);
	get(&p, &out->f.n_rows, 8);
	get(&p, &step, 4);
	get(&p, &n_words, 4);
	if (sum != checksum(raw + 4, n - 4) || identity != j->r.identity || n != HEAD + (size_t)n_words * 4 || isnan(out->last.key) || isnan(out->head_end.key))
		return refused(j);
	out->f.length_step = (int)step;
	out->f.n_words = n_words;
	out->f.weights = arena_array(j->a, float, n_words + 1);
	memcpy(out->f.weights, p, (size_t)n_words * 4);
	for (uint32_t i = 0; i < n_words; i++)
		if (!(out->f.weights[i] >= 0 && out->f.weights[i] < MAX_WEIGHT))
			return refused(j);
	out->given = true;
	return 0;
}
