/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CSV and TSV with a header row (RFC 4180): the header's names are those of members.def; other columns are passed over. The separator is the
 * one of , ; tab | that stands most often in the header. Quoted fields may hold separators, quotes and line breaks.
 */
#include "index/read/inside.h"

#include "base/mem.h"

#define MAX_COLUMNS 512u

struct csv {
	char sep;
	size_t n_columns;
	const struct member_name *columns[MAX_COLUMNS];
	struct span fields[MAX_COLUMNS];
	size_t n_fields;
};

static void close_csv(struct reader *r) { free(r->state); }

/* The end of the row that begins at s[0]: behind its line break. 0: not in s. */
static size_t row_end(struct span s, size_t *looked, bool *quoted)
{
	for (size_t i = *looked; i < s.n; i++) {
		if (s.p[i] == '"')
			*quoted = !*quoted;
		else if (s.p[i] == '\n' && !*quoted)
			return i + 1;
	}
	*looked = s.n;
	return 0;
}

/* A row into fields, unquoted where they stand: they only get shorter. */
static void cut_fields(struct csv *c, struct span row)
{
	char *to = (char *)(uintptr_t)row.p, *start = to;
	bool in_quotes = false;
	c->n_fields = 0;
	for (size_t i = 0; i <= row.n; i++) {
		char ch = i < row.n ? row.p[i] : '\n';
		if (in_quotes && ch == '"' && i + 1 < row.n && row.p[i + 1] == '"')
			*to++ = '"', i++;
		else if (ch == '"' && (in_quotes || to == start))
			in_quotes = !in_quotes;
		else if (i == row.n || (!in_quotes && (ch == c->sep || ch == '\n'))) {
			if (c->n_fields < MAX_COLUMNS)
				c->fields[c->n_fields++] = (struct span){start, (size_t)(to - start)};
			start = to;
			if (i == row.n || ch == '\n')
				break;
		} else if (ch != '\r')
			*to++ = ch;
	}
}

/* The next row, its fields from the arena. 1, 0 at the end, or an error. */
static int read_row(struct reader *r, struct csv *c, struct arena *a, struct err *err)
{
	struct span have;
	size_t looked = 0, n = 0;
	bool quoted = false;
	for (size_t want = 65536; !n; want *= 2) {
		int rc = stream_want(r->in, want, &have, err);
		if (rc)
			return rc;
		if (!have.n)
			return 0;
		n = row_end(have, &looked, &quoted);
		if (!n && have.n < want)
			n = have.n;
		if (!n && have.n > r->limits.line_bytes) { /* an unclosed quote swallows the rest: take the line instead */
			const char *nl = memchr(have.p, '\n', have.n);
			stream_take(r->in, nl ? (size_t)(nl - have.p) + 1 : have.n);
			return err_set(err, ERR_LIMIT, "longer than %llu bytes (setting line-size)", (unsigned long long)r->limits.line_bytes);
		}
	}
	stream_take(r->in, n);
	cut_fields(c, stream_keep(r->in, span_sub(have, 0, n), a));
	return 1;
}

static char find_separator(struct span head)
{
	const char *nl = memchr(head.p, '\n', head.n);
	struct span line = {head.p, nl ? (size_t)(nl - head.p) : head.n};
	size_t best = 0;
	char sep = ',';
	for (const char *s = ",;\t|"; *s; s++) {
		size_t n = 0;
		for (size_t i = 0; i < line.n; i++)
			n += line.p[i] == *s;
		if (n > best)
			best = n, sep = *s;
	}
	return sep;
}

static int open_csv(struct reader *r, struct err *err)
{
	struct span head;
	int rc = stream_want(r->in, 8192, &head, err);
	if (rc)
		return rc;
	if (head.n >= 3 && memcmp(head.p, "\xEF\xBB\xBF", 3) == 0)
		stream_take(r->in, 3), head = span_sub(head, 3, head.n);
	struct csv *c = mem_alloc(sizeof *c);
	r->state = c;
	r->close = close_csv;
	c->sep = find_separator(head);
	rc = read_row(r, c, &r->own, err);
	if (rc <= 0)
		return rc ? rc : err_set(err, ERR_BAD_FILE, "an empty table");
	bool body = false;
	for (size_t i = 0; i < c->n_fields; i++) {
		c->columns[i] = member_find(span_trim(c->fields[i]));
		body |= c->columns[i] && (c->columns[i]->field == FIELD_TEXT || c->columns[i]->field == FIELD_HTML);
	}
	c->n_columns = c->n_fields;
	if (!body)
		return err_set(err, ERR_BAD_FILE, "the header row names no column with the text (text, body, content …)");
	return 0;
}

int read_csv_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	int rc = r->state ? 0 : open_csv(r, err);
	if (rc)
		return rc == ERR_LIMIT ? ERR_BAD_FILE : rc;
	struct csv *c = r->state;
	for (;;) {
		struct err why = {0};
		rc = read_row(r, c, a, &why);
		if (rc == 0)
			return 0;
		r->n++;
		if (rc < 0)
			return err_set(err, rc, "row %llu: %s", (unsigned long long)r->n, why.msg);
		if (c->n_fields == 1 && !span_trim(c->fields[0]).n)
			continue;
		break;
	}
	struct member_set set;
	members_init(&set);
	for (size_t i = 0; i < c->n_fields && i < c->n_columns; i++)
		if (c->columns[i] && span_trim(c->fields[i]).n)
			members_offer(&set, c->columns[i], c->fields[i]);
	if (!set.value[FIELD_TEXT].n && !set.value[FIELD_HTML].n)
		return err_set(err, ERR_BAD_DOCUMENT, "row %llu: its text is empty", (unsigned long long)r->n);
	reader_begin(r, a, doc);
	members_apply(a, &set, doc);
	if (!doc->id.n)
		doc->id = reader_make_id(r, a, true);
	return 1;
}
