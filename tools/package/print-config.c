/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints dossier.ini: every setting of config.def, commented out, with what it is, its unit, range and default.
 *
 *	# A search that takes longer is ended, its process with it.
 *	# ms, 10 to 600000
 *	#deadline = 2000
 *
 * Lines stay short: the reader of ini files takes 200 bytes a line.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 90

/* A comment, broken between words; it begins with a capital and ends with a full stop. */
static void comment(const char *text)
{
	int column = 0;
	for (const char *p = text; *p;) {
		int n = (int)strcspn(p, " ");
		if (!column || column + n >= WIDTH)
			column = printf(column ? "\n#" : "#");
		bool capital = p == text && *p >= 'a' && *p <= 'z';
		column += printf(" %c%.*s", capital ? *p - 'a' + 'A' : *p, n - 1, p + 1);
		p += n + (p[n] == ' ');
	}
	puts(text[strlen(text) - 1] == '.' ? "" : ".");
}

static const char *restart(const char *when, const char *before) { return strcmp(when, "START") ? "" : before; }

/* 67108864 is 64M where bytes are counted. */
static void value(const char *before, uint64_t v, const char *unit)
{
	static const char letters[] = "kMG";
	int k = -1;
	while (strcmp(unit, "bytes") == 0 && v && v % 1024 == 0 && k < 2)
		v /= 1024, k++;
	printf(strcmp(unit, "octal") == 0 ? "%s%llo%.*s" : "%s%llu%.*s", before, (unsigned long long)v, k >= 0, k >= 0 ? letters + k : "");
}

static void number(const char *key, const char *when, const char *unit, uint64_t dflt, uint64_t least, uint64_t most, const char *what)
{
	comment(what);
	printf("# %s%s", unit, *unit ? ", " : "");
	value("", least, unit);
	value(" to ", most, unit);
	printf("%s\n#%s", restart(when, "; a change waits for a restart"), key);
	value(" = ", dflt, unit);
	printf("\n\n");
}

static void path(const char *key, const char *when, const char *what)
{
	comment(what);
	printf("%s#%s =\n\n", restart(when, "# a change waits for a restart\n"), key);
}

static void choice(const char *key, const char *when, bool dflt, const char *what)
{
	comment(what);
	printf("# yes or no%s\n#%s = %s\n\n", restart(when, "; a change waits for a restart"), key, dflt ? "yes" : "no");
}

static void list(const char *key, const char *what)
{
	comment(what);
	printf("# may be given again, one line each\n#%s =\n\n", key);
}

int main(void)
{
	puts("# dossier.ini: settings of dossierd, one \"key = value\" a line; dossier.ini(5) has more.\n"
	     "# Each stands here with its default. To change one, take the # away in front of it, write your\n"
	     "# value, and: systemctl reload dossierd (for some: systemctl restart dossierd, as is said there)\n"
	     "# Sizes may end in k, M or G. Options of the command line win over this file.\n");
#define NUMBER(field, key, when, unit, dflt, least, most, what) number(key, #when, unit, dflt, least, most, what);
#define PATH(field, key, when, what) path(key, #when, what);
#define SWITCH(field, key, when, dflt, what) choice(key, #when, dflt, what);
#define LIST(field, key, when, what) list(key, what);
#include "daemon/config.def"
	return ferror(stdout) || fflush(stdout) != 0;
}
