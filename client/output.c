/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: width, colour, pager, and the one place where document text is made safe (safe.c does the bytes). */
#include "client/output.h"

#include "client/safe.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool terminal, coloured;
static size_t width = 80;
static pid_t pager;

static const char *const codes[] = {[STYLE_PLAIN] = "", [STYLE_BOLD] = "\033[1m", [STYLE_DIM] = "\033[2m", [STYLE_MARK] = "\033[1;33m",
	[STYLE_NAME] = "\033[36m", [STYLE_DATE] = "\033[32m", [STYLE_BAR] = "\033[34m"};

static bool want_colour(const struct call *c)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (c->color && strcmp(c->color, "always") == 0)
		return true;
	if ((c->color && strcmp(c->color, "never") == 0) || (no && *no))
		return false;
	return terminal && !(term && strcmp(term, "dumb") == 0);
}

static const char *pager_command(void)
{
	static const char *const names[] = {"DOSSIER_PAGER", "PAGER"};
	for (size_t i = 0; i < 2; i++) {
		const char *v = getenv(names[i]);
		if (v)
			return *v && strcmp(v, "cat") != 0 ? v : NULL;
	}
	return "less";
}

/* The pager is asked to leave at once when all fits on one screen (less -F), so short answers stay in the terminal. */
static void start_pager(void)
{
	const char *command = pager_command();
	int ends[2];
	if (!command || pipe(ends) != 0)
		return;
	fflush(stdout);
	pager = fork();
	if (pager == 0) {
		setenv("LESS", "FRX", 0);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pager > 0)
		dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
}

static bool pages(const struct call *c)
{
	return terminal && !c->no_pager && !c->json && !c->watch && c->command != COMMAND_add && c->command != COMMAND_completion && c->command != COMMAND_remove;
}

void output_begin(const struct call *c)
{
	struct winsize w;
	const char *columns = getenv("COLUMNS");
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	terminal = isatty(STDOUT_FILENO);
	coloured = want_colour(c);
	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20)
		width = w.ws_col;
	else if (columns && atoi(columns) >= 20)
		width = (size_t)atoi(columns);
	if (width > 200)
		width = 200;
	if (pages(c))
		start_pager();
}

int output_end(int status)
{
	bool failed = fflush(stdout) != 0 && errno != EPIPE;
	if (pager > 0) {
		fclose(stdout);
		while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (failed)
		fprintf(stderr, "dossier: the output could not be written: %s\n", strerror(errno));
	return failed ? EXIT_REFUSED : status;
}

size_t output_width(void) { return width; }
bool output_is_terminal(void) { return terminal; }

void style_on(enum style s)
{
	if (coloured)
		fputs(codes[s], stdout);
}

void style_off(void)
{
	if (coloured)
		fputs("\033[0m", stdout);
}

void put_raw(const char *z) { fputs(z, stdout); }

void put_format(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static void put_safe(const char *z, bool lines)
{
	size_t at = 0, n = z ? strlen(z) : 0;
	char out[8];
	while (at < n)
		fwrite(out, 1, safe_next(z, n, &at, lines, out, NULL), stdout);
}

void put_text(const char *z) { put_safe(z, false); }
void put_lines(const char *z) { put_safe(z, true); }

size_t cells_of(const char *z)
{
	size_t at = 0, n = z ? strlen(z) : 0, cells = 0;
	char out[8];
	for (unsigned w; at < n; cells += w)
		safe_next(z, n, &at, false, out, &w);
	return cells;
}

static size_t put_cut(const char *z, size_t cells)
{
	size_t at = 0, n = z ? strlen(z) : 0, used = 0, all = cells_of(z);
	char out[8];
	while (at < n) {
		unsigned w;
		size_t k = safe_next(z, n, &at, false, out, &w);
		if (used + w > cells - (all > cells ? 1 : 0))
			break;
		fwrite(out, 1, k, stdout);
		used += w;
	}
	if (all > cells) {
		fputs("…", stdout);
		used++;
	}
	return used;
}

static void put_blanks(size_t n)
{
	while (n--)
		putchar(' ');
}

void put_cells(const char *z, size_t cells)
{
	size_t used = put_cut(z, cells);
	put_blanks(cells - used);
}

void put_cells_right(const char *z, size_t cells)
{
	size_t w = cells_of(z);
	if (w < cells)
		put_blanks(cells - w);
	put_cut(z, cells);
}

/* Where a wrapped text stands: the column, and whether a blank is owed before the next word. */
struct wrap {
	size_t indent, column;
	bool blank, fresh;
};

static void put_word(struct wrap *w, const char *word, size_t n, size_t cells)
{
	if (!w->fresh && w->column + cells + w->blank > output_width()) {
		putchar('\n');
		put_blanks(w->indent);
		w->column = w->indent;
		w->blank = false;
		w->fresh = true;
	}
	if (w->blank) {
		putchar(' ');
		w->column++;
	}
	fwrite(word, 1, n, stdout);
	w->column += cells;
	w->blank = false;
	w->fresh = false;
}

static void wrap_segment(struct wrap *w, const char *z, bool marked)
{
	size_t at = 0, n = strlen(z), fill = 0, cells = 0;
	char word[512], out[8];
	if (marked)
		style_on(STYLE_MARK);
	while (at <= n) {
		unsigned c = 0;
		size_t k = at < n ? safe_next(z, n, &at, false, out, &c) : (at++, out[0] = ' ', 1);
		bool blank = k == 1 && out[0] == ' ';
		if ((blank || fill + k > sizeof word) && fill) {
			put_word(w, word, fill, cells);
			fill = cells = 0;
		}
		if (blank && at <= n) {
			w->blank = !w->fresh || w->column > w->indent;
		} else if (!blank) {
			memcpy(word + fill, out, k);
			fill += k;
			cells += c;
		}
	}
	if (marked)
		style_off();
}

void put_wrapped(const json_t *segments, size_t indent)
{
	struct wrap w = {.indent = indent, .column = indent, .fresh = true};
	size_t i;
	json_t *s;
	put_blanks(indent);
	json_array_foreach(segments, i, s) if (json_string_length(s)) wrap_segment(&w, json_string_value(s), i % 2 == 1);
	putchar('\n');
}

void put_wrapped_text(const char *z, size_t indent)
{
	struct wrap w = {.indent = indent, .column = indent, .fresh = true};
	put_blanks(indent);
	wrap_segment(&w, z ? z : "", false);
	putchar('\n');
}

void put_bar(double value, double max, size_t cells, bool light)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	size_t n = max > 0 ? (size_t)(value / max * (double)cells * 8 + 0.5) : 0;
	if (value > 0 && n == 0)
		n = 1;
	if (n > cells * 8)
		n = cells * 8;
	style_on(light ? STYLE_DIM : STYLE_BAR);
	for (size_t i = 0; i < n / 8; i++)
		fputs(light ? "░" : "█", stdout);
	if (n % 8)
		fputs(light ? "░" : eighths[n % 8], stdout);
	style_off();
}

void put_number(long long n)
{
	char digits[32];
	int k = snprintf(digits, sizeof digits, "%lld", n < 0 ? -n : n);
	if (n < 0)
		putchar('-');
	for (int i = 0; i < k; i++) {
		if (i && (k - i) % 3 == 0)
			putchar(',');
		putchar(digits[i]);
	}
}

void csv_field(const char *z, bool last)
{
	const char *p = z ? z : "";
	bool formula = *p && strchr("=+-@\t\r", *p);
	bool quote = formula || strpbrk(p, ",\"\n\r") != NULL;
	size_t at = 0, n = strlen(p);
	char out[8];
	if (quote)
		putchar('"');
	if (formula)
		putchar('\'');
	while (at < n) {
		size_t k = safe_next(p, n, &at, true, out, NULL);
		if (k == 1 && out[0] == '"')
			putchar('"');
		fwrite(out, 1, k, stdout);
	}
	fputs(quote ? "\"" : "", stdout);
	putchar(last ? '\n' : ',');
}

void csv_number(long long n, bool last) { printf("%lld%c", n, last ? '\n' : ','); }

void printable_z(char *buf, size_t size, const char *z)
{
	size_t at = 0, n = strlen(z), fill = 0;
	char out[8];
	while (at < n) {
		size_t k = safe_next(z, n, &at, false, out, NULL);
		if (fill + k >= size)
			break;
		memcpy(buf + fill, out, k);
		fill += k;
	}
	buf[fill] = 0;
}

const char *date_words(const json_t *date, char buf[64])
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const char *from = json_string_value(json_object_get(date, "from")), *p = json_string_value(json_object_get(date, "precision"));
	const char *text = json_string_value(json_object_get(date, "text")), *how = json_string_value(json_object_get(date, "how"));
	const char *about = how && (strcmp(how, "inferred") == 0 || strcmp(how, "file-time") == 0) ? "~ " : "";
	int y, m, d;
	if (!from || !p || sscanf(from, "%d-%d-%d", &y, &m, &d) != 3 || m < 1 || m > 12)
		return strcpy(buf, "undated");
	if (strcmp(p, "day") == 0)
		snprintf(buf, 64, "%s%d %s %04d", about, d, months[m - 1], y);
	else if (strcmp(p, "month") == 0)
		snprintf(buf, 64, "%s%s %04d", about, months[m - 1], y);
	else
		printable_z(buf, 64, text ? text : from);
	return buf;
}
