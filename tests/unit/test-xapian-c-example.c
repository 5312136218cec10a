/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapian-c: the header stands alone in C99, C11 and C++17, and the example in its comment compiles, runs and finds.
 *
 * The example is taken out of the header as a reader would copy it, and compiled by the compiler that is there, once as C and once
 * as a check of each language. Skipped where there is no compiler.
 */
#include "test-xapian-c.h"

#define HEADER SOURCE_DIR "/include/xapian-c.h"

static int run(const char *command)
{
	int status = system(command);
	if (status != 0)
		print_error("%s: %d\n", command, status);
	return status;
}

static int no_compiler(const char *name)
{
	char command[128];
	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
	return system(command) != 0;
}

/* The lines of the comment from "#include <stdio.h>" to the "}" at its end, without " *     ". */
static size_t copy_example(FILE *out)
{
	char line[512];
	size_t n = 0;
	int inside = 0;
	FILE *in = fopen(HEADER, "r");
	assert_non_null(in);
	while (fgets(line, sizeof line, in) && strncmp(line, " */", 3) != 0) {
		inside |= strstr(line, "#include <stdio.h>") != NULL;
		if (!inside)
			continue;
		fputs(strlen(line) > 7 ? line + 7 : "\n", out);
		n++;
	}
	fclose(in);
	return n;
}

static void write_file(struct folder *f, const char *name, const char *text)
{
	FILE *out = fopen(place(f, name), "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void the_example_is_sound(void **state)
{
	struct folder *f = *state;
	char command[1024];
	if (no_compiler("cc"))
		skip();
	FILE *out = fopen(place(f, "example.c"), "w");
	assert_non_null(out);
	size_t n = copy_example(out);
	fclose(out);
	assert_true(n > 30 && n < 80);
	snprintf(command, sizeof command,
		 "cc -std=c11 -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror "
		 "-I'" SOURCE_DIR "/include' -fsyntax-only '%s'",
		 place(f, "example.c"));
	assert_int_equal(run(command), 0);
}

/* The same steps as in the example, linked: what it prints is what is said there. */
static void the_example_finds(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_buf text = XC_BUF;
	const char *const words[] = {"putin", "merkel"}, *const texts[] = {"Putin met Kim in 2019.", "Merkel met Macron."};
	ok(xc_writer_open(place(f, "db"), NULL, &w, &e));
	for (size_t i = 0; i < 2; i++) {
		struct xc_term t = {.bytes = words[i], .len = strlen(words[i]), .wdf = 1};
		struct xc_doc doc = {.terms = &t, .n_terms = 1, .data = texts[i], .data_len = strlen(texts[i])};
		ok(xc_writer_add(w, &doc, NULL, &e));
	}
	ok(xc_writer_commit(w, &e));
	ok(xc_open(place(f, "db"), &db, &e));
	assert_string_equal(found_by(db, term("putin")), "1");
	ok(xc_doc_data(db, 1, &text, &e));
	assert_int_equal(text.len, strlen(texts[0]));
	assert_memory_equal(text.bytes, texts[0], text.len);
	xc_buf_done(&text);
	xc_close(db);
	xc_writer_discard(w);
}

static const char CONSUMER[] = "#include <xapian-c.h>\n"
			       "int use(void);\n"
			       "int use(void)\n"
			       "{\n"
			       "\tstruct xc_err err = XC_ERR;\n"
			       "\tstruct xc_buf buf = XC_BUF;\n"
			       "\tstruct xc_db *db = 0;\n"
			       "\tint code = xc_open(\"x\", &db, &err);\n"
			       "\txc_buf_done(&buf);\n"
			       "\treturn code + (int)xc_global_id(1, 0, 1) + (int)xc_shard_of(1, 1) + (int)xc_local_id(1, 1)\n"
			       "\t\t+ (xc_bm25_weight(0, 0, 0) > 0);\n"
			       "}\n";

static void consumer_compiles(struct folder *f, const char *compiler, const char *file, const char *flags)
{
	char command[1024];
	if (no_compiler(compiler))
		skip();
	write_file(f, file, CONSUMER);
	snprintf(command, sizeof command, "%s %s -pedantic-errors -Wall -Wextra -Wshadow -Werror -I'%s/include' -fsyntax-only '%s'", compiler, flags,
		 SOURCE_DIR, place(f, file));
	assert_int_equal(run(command), 0);
}

static void header_is_c99(void **state) { consumer_compiles(*state, "cc", "consumer.c", "-std=c99"); }

static void header_is_c11(void **state) { consumer_compiles(*state, "cc", "consumer.c", "-std=c11 -Wconversion"); }

static void header_is_cplusplus(void **state) { consumer_compiles(*state, "c++", "consumer.cc", "-std=c++17 -fno-exceptions -fno-rtti"); }

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(the_example_is_sound), in_folder(the_example_finds),   in_folder(header_is_c99),
		in_folder(header_is_c11),        in_folder(header_is_cplusplus),
	};
	return cmocka_run_group_tests_name("xapian-c-example", tests, NULL, NULL);
}
