/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard error: complaints with their advice, remarks, hints. */
#include "client/say.h"

#include "client/help.h"
#include "client/output.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* The words after `column`, broken before the edge of the terminal; further lines stand under the advice. */
static void put_broken(char *z, size_t column)
{
	char *word, *rest = NULL;
	bool first = true;
	size_t indent = strspn(z, " ");
	fprintf(stderr, "%*s", (int)indent, "");
	column += indent;
	for (word = strtok_r(z, " ", &rest); word; word = strtok_r(NULL, " ", &rest), first = false) {
		size_t n = cells_of(word);
		bool breaks = !first && column + 1 + n > output_width();
		fprintf(stderr, "%s%s", breaks ? "\n    " : first ? "" : " ", word);
		column = breaks ? 4 + n : column + n + !first;
	}
	fputc('\n', stderr);
}

/* What is to be typed stays in one piece, and so does everything where no human looks. */
static void say_v(const char *before, const char *fmt, va_list ap)
{
	char words[4096], safe[sizeof words];
	vsnprintf(words, sizeof words, fmt, ap);
	printable_z(safe, sizeof safe, words);
	fputs(before, stderr);
	if (isatty(STDERR_FILENO) && strncmp(safe, "try: ", 5) != 0 && !strstr(before, "try: ") && cells_of(before) + cells_of(safe) > output_width())
		put_broken(safe, cells_of(before));
	else
		fprintf(stderr, "%s\n", safe);
}

void complain(const struct call *c, const char *fmt, ...)
{
	char before[64] = "dossier: ";
	va_list ap;
	if (c)
		snprintf(before, sizeof before, "dossier %s: ", command_rows[c->command].name);
	va_start(ap, fmt);
	say_v(before, fmt, ap);
	va_end(ap);
}

int advise(int status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say_v("  ", fmt, ap);
	va_end(ap);
	return status;
}

void say(const struct call *c, const char *fmt, ...)
{
	va_list ap;
	if (c->quiet)
		return;
	va_start(ap, fmt);
	say_v("", fmt, ap);
	va_end(ap);
}

void hint(const struct call *c, const char *fmt, ...)
{
	va_list ap;
	if (c->quiet)
		return;
	va_start(ap, fmt);
	say_v("  try: ", fmt, ap);
	va_end(ap);
}

const char *quoted(char *buf, size_t size, const char *z)
{
	size_t n = 0;
	if (*z && !z[strspn(z, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,=@+-")])
		return snprintf(buf, size, "%s", z), buf;
	buf[n++] = '\'';
	for (; *z && n + 6 < size; z++)
		n += (size_t)(*z == '\'' ? sprintf(buf + n, "'\\''") : sprintf(buf + n, "%c", *z));
	buf[n++] = '\'';
	buf[n] = 0;
	return buf;
}
