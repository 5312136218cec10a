/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any request to a small index: the first byte chooses the route, the rest is the query string as it came (or, with the high bit, the
 * text of a query). The answer is JSON; it is 200 or an error of the asker's; no text of a query is an error but for a limit.
 */
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "index/document.h"
#include "index/query/answer.h"
#include "index/store/record.h"
#include "index/store/writer.h"

static const char *const texts[] = {"Kim Jong-un will head to Moscow in May, the Kremlin said.", "The Russian president met nobody. Prime minister of oil.",
	"war and peace and war again", "nuclear nucleus nuclei", "Die H\xC3\xA4user am Meer", "\xE6\x9D\xB1\xE4\xBA\xAC and u.s. oil"};

static void put(struct writer *w, size_t i)
{
	AUTO_STR struct str rec = {0};
	char id[8];
	enum put_status st;
	snprintf(id, sizeof id, "%zu", i);
	struct mention m = {.end = 3, .leader = i % 2 ? SPAN("kim-jong-un") : SPAN("vladimir-putin"), .surface = SPAN("Kim"), .how = "full-name", .sure = 1, .office = -1};
	struct document d = {.id = span_of(id), .text = span_of(texts[i]), .title = SPAN("Summit"), .title_how = SPAN("given"), .lang = i == 4 ? SPAN("de") : SPAN("en"),
		.source = SPAN("wire"), .published = {.days = interval_month(2015, 1 + (int)i), .how = "given"}, .content_hash = i + 1};
	struct facts f = {.mentions = &m, .n_mentions = 1};
	record_encode(&rec, &d, &f);
	NEVER(writer_put(w, str_view(&rec), &st, NULL) != 0);
}

static struct engine *small_index(void)
{
	static struct engine *e;
	struct store_options opt = store_default_options();
	struct writer *w = NULL;
	struct str recovered = {0}, index = {0};
	char dir[] = "/tmp/fuzz-query.XXXXXX";
	struct err err = {0};
	uint64_t rev;
	if (e)
		return e;
	opt.no_sync = true;
	NEVER(!mkdtemp(dir));
	str_printf(&index, "%s/index", dir);
	NEVER(writer_open(str_cz(&index), &opt, &w, &recovered, &err) != 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		put(w, i);
	NEVER(writer_commit(w, &rev, &err) != 0);
	NEVER(engine_open(str_cz(&index), NULL, NULL, &e, &err) != 0);
	writer_close(w);
	str_done(&recovered);
	str_done(&index);
	return e;
}

static void encode(struct str *out, const uint8_t *data, size_t n)
{
	str_z(out, "q=");
	for (size_t i = 0; i < n; i++)
		str_printf(out, "%%%02X", data[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"/v1/search", "/v1/facets", "/v1/timeline", "/v1/who", "/v1/meetings", "/v1/leaders", "/v1/suggest", "/v1/docs/1/similar"};
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str query = {0};
	struct reply r = {0};
	if (size < 1)
		return 0;
	bool text = data[0] & 128;
	if (text)
		encode(&query, data + 1, size - 1);
	else
		str_add(&query, data + 1, size - 1);
	struct ask q = {.method = SPAN("GET"), .path = span_of(paths[text ? data[0] & 1 : data[0] & 7]), .query = str_view(&query)};
	engine_answer(small_index(), &a, &q, &r);
	NEVER(text && r.status != 200 && r.status != 413);
	NEVER(r.status != 200 && (r.status < 400 || r.status >= 500));
	json_t *j = json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	NEVER(!j);
	json_decref(j);
	reply_done(&r);
	return 0;
}
