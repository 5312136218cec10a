/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door reader.h: unpacks (.gz, .zst … up to three layers), sniffs, and hands over to the reader of the format. */
#include "index/read/inside.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/read/decode.h"

#include <libxml/parser.h>
#include <locale.h>
#include <stdio.h>

static const struct {
	const char *name;
	int (*next)(struct reader *r, struct arena *a, struct document *doc, struct err *err);
} formats[] = {
#define FORMAT(id, name, endings) {name, read_##id##_next},
#include "index/read/formats.def"
#undef FORMAT
};

void reader_prepare(void)
{
	decode_prepare();
	xmlInitParser();
	setlocale(LC_CTYPE, "C.UTF-8"); /* or libarchive forgets names of members that are not ASCII */
}

struct read_limits reader_default_limits(void)
{
	return (struct read_limits){.file_bytes = 16u << 20, .text_bytes = 8u << 20, .line_bytes = 16u << 20, .ratio = 200, .json_depth = 64};
}

/* Takes off compressors, at most three; writes "+gzip" … into the format's name. */
static int unpack_layers(struct stream **in, const struct read_limits *limits, char *suffix, size_t size, struct span *head, struct err *err)
{
	for (int layer = 0;; layer++) {
		const char *packed = NULL;
		int rc = stream_want(*in, 8192, head, err);
		if (rc)
			return rc;
		enum packing p = stream_packing(*head, &packed);
		if (p == PACK_NONE)
			return 0;
		if (layer == 3)
			return err_set(err, ERR_UNSUPPORTED, "packed more than three times (%s in %s)", packed, suffix);
		struct stream *below = *in;
		*in = NULL;
		if ((rc = stream_unpack(below, p, limits, in, err)) != 0)
			return rc;
		size_t used = strlen(suffix);
		snprintf(suffix + used, size - used, "+%s", packed);
	}
}

int reader_over(struct stream *in, const struct reader *parent, const struct read_input *input, const struct read_limits *limits, struct reader **out, struct err *err)
{
	char suffix[48] = "";
	struct span head;
	int rc = unpack_layers(&in, limits, suffix, sizeof suffix, &head, err);
	if (rc) {
		stream_close(in);
		return rc;
	}
	struct reader *r = mem_alloc(sizeof *r);
	r->limits = *limits;
	r->in = in;
	r->depth = parent ? parent->depth + 1 : 0;
	r->name = parent ? arena_span(&r->own, input->name) : id_from_name(&r->own, input->name);
	r->source = arena_span(&r->own, clean_value(&r->own, input->source));
	r->file_day = input->file_day;
	r->helper = parent ? parent->helper : input->helper;
	r->format = sniff(head, r->name);
	snprintf(r->format_name, sizeof r->format_name, "%s%s", formats[r->format].name, suffix);
	*out = r;
	return 0;
}

int reader_open(const struct read_input *in, const struct read_limits *limits, struct reader **out, struct err *err)
{
	return reader_over(in->fd >= 0 ? stream_fd(in->fd) : stream_bytes(in->bytes), NULL, in, limits, out, err);
}

int reader_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	if (r->done)
		return 0;
	*doc = (struct document){0};
	int rc = formats[r->format].next(r, a, doc, err);
	if (rc == 0 || (rc < 0 && rc != ERR_BAD_DOCUMENT && rc != ERR_LIMIT))
		r->done = true;
	if (rc == 0 && r->in && r->in->damaged && r->in->damage[0]) { /* said once, at the end */
		int code = err_set(err, ERR_BAD_DOCUMENT, "%u damaged place(s) in the compressed file were passed over; the last: %s", r->in->damaged, r->in->damage);
		r->in->damage[0] = 0;
		r->done = true;
		return code;
	}
	return rc;
}

const char *reader_format(const struct reader *r) { return r->format_name; }

void reader_close(struct reader *r)
{
	if (!r)
		return;
	if (r->close)
		r->close(r);
	stream_close(r->in);
	arena_done(&r->own);
	free(r);
}

void reader_begin(const struct reader *r, struct arena *a, struct document *doc)
{
	*doc = (struct document){.source = arena_span(a, r->source), .path = arena_span(a, r->name)};
	if (interval_any(r->file_day))
		doc->hint = (struct when){r->file_day, 10, false, "file-time"};
}

static int from_json(struct arena *a, struct span json, bool ours, const struct read_limits *limits, struct document *doc, struct err *err)
{
	struct document d = {0};
	if (json.n > limits->line_bytes)
		return err_set(err, ERR_LIMIT, "the document is longer than %llu bytes (setting line-size)", (unsigned long long)limits->line_bytes);
	size_t sound = utf8_valid_prefix(json);
	if (sound < json.n)
		return err_set(err, ERR_BAD_DOCUMENT, "it is no UTF-8: byte %zu is 0x%02X (JSON is UTF-8; convert it first)", sound, (unsigned char)json.p[sound]);
	int rc = json_document(a, span_trim(json), ours, limits->json_depth, &d, err);
	if (rc)
		return rc;
	d.id = arena_span(a, d.id);
	*doc = d;
	return 0;
}

int reader_from_json(struct arena *a, struct span json, const struct read_limits *limits, struct document *doc, struct err *err) { return from_json(a, json, false, limits, doc, err); }
int reader_from_own_json(struct arena *a, struct span json, const struct read_limits *limits, struct document *doc, struct err *err) { return from_json(a, json, true, limits, doc, err); }
