/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: width, colour, pager, and the one place where document text is made safe (safe.c does the bytes). */
#include "client/output.h"

#include "base/utf8.h"
#include "client/safe.h"
#include "client/say.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
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

/* Cells are counted by wcwidth, which knows what is wide only under a UTF-8 locale. */
static void begin_locale(void)
{
	if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX < 2)
		setlocale(LC_CTYPE, "C.UTF-8");
}

static bool want_colour(const struct call *c)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (c->color && strcmp(c->color, "always") == 0)
		return true;
	if ((c->color && strcmp(c->color, "never") == 0) || (no && *no))
		return false;
	return terminal && !(term && strcmp(term, "dumb") == 0);
}

static bool in_path(const char *program)
{
	const char *p = getenv("PATH");
	char full[4096];
	while (p && *p) {
		size_t n = strcspn(p, ":");
		snprintf(full, sizeof full, "%.*s/%s", (int)n, p, program);
		if (access(full, X_OK) == 0)
			return true;
		p += n + (p[n] == ':');
	}
	return false;
}

static const char *pager_command(void)
{
	static const char *const names[] = {"DOSSIER_PAGER", "PAGER"};
	for (size_t i = 0; i < 2; i++) {
		const char *v = getenv(names[i]);
		if (v)
			return *v && strcmp(v, "cat") != 0 ? v : NULL;
	}
	return in_path("less") ? "less" : NULL;
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
	if (pager > 0) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGINT, SIG_IGN); /* Ctrl-C belongs to the pager now */
	}
	close(ends[0]);
	close(ends[1]);
}

static bool pages(const struct call *c)
{
	return terminal && !c->no_pager && !c->json && !c->watch && c->command != COMMAND_add && c->command != COMMAND_completion && c->command != COMMAND_remove;
}

void output_measure(void)
{
	struct winsize w;
	const char *columns = getenv("COLUMNS");
	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		width = w.ws_col;
	else if (columns && atoi(columns) > 0)
		width = (size_t)atoi(columns);
	width = width < 40 ? 40 : width > 200 ? 200 : width;
}

void output_begin(const struct call *c)
{
	begin_locale();
	signal(SIGPIPE, SIG_IGN);
	terminal = isatty(STDOUT_FILENO);
	coloured = want_colour(c);
	output_measure();
	if (pages(c))
		start_pager();
}

/* The reader of a pipe who has enough is no failure. */
static bool reader_went(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
	return poll(&p, 1, 0) > 0 && (p.revents & POLLERR);
}

int output_end(int status)
{
	errno = 0;
	bool failed = fflush(stdout) != 0 || ferror(stdout);
	int why = errno;
	failed = failed && !reader_went();
	if (pager > 0) {
		fclose(stdout);
		while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (failed)
		complain(NULL, "the output could not be written: %s", strerror(why ? why : EIO));
	return failed ? advise(EXIT_REFUSED, "is the disk full? Ask again, with the output elsewhere") : status;
}

bool output_broken(void) { return ferror(stdout) != 0; }
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

void put_blanks(size_t n)
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

/* Where the running text stands; the word that is being put together, with our own colour codes in it. */
static struct {
	size_t column, indent, limit;
	bool blank, fresh; /* a blank is owed before the next word; nothing stands on this line yet */
	char *word;
	size_t n, cap, cells;
} wrap;

static void word_add(const char *p, size_t n, size_t cells)
{
	if (n == 0)
		return;
	if (wrap.n + n > wrap.cap) {
		wrap.cap = (wrap.n + n) * 2 + 64;
		char *word = realloc(wrap.word, wrap.cap);
		if (!word)
			abort();
		wrap.word = word;
	}
	memcpy(wrap.word + wrap.n, p, n);
	wrap.n += n;
	wrap.cells += cells;
}

static void wrap_newline(void)
{
	putchar('\n');
	put_blanks(wrap.indent);
	wrap.column = wrap.indent;
	wrap.blank = false;
	wrap.fresh = true;
}

static void word_end(void)
{
	if (wrap.cells && !wrap.fresh && wrap.column + wrap.blank + wrap.cells > wrap.limit)
		wrap_newline();
	if (wrap.cells && wrap.blank) {
		putchar(' ');
		wrap.column++;
		wrap.blank = false;
	}
	if (wrap.n)
		fwrite(wrap.word, 1, wrap.n, stdout);
	wrap.fresh = wrap.fresh && !wrap.cells;
	wrap.column += wrap.cells;
	wrap.n = wrap.cells = 0;
}

static void word_style(const char *code)
{
	if (coloured)
		word_add(code, strlen(code), 0);
}

void wrap_begin(size_t column, size_t indent)
{
	wrap.column = column;
	wrap.indent = indent;
	wrap.limit = width;
	wrap.blank = false;
	wrap.fresh = true;
	wrap.n = wrap.cells = 0;
}

void wrap_unbounded(void) { wrap.limit = (size_t)-1 / 2; }

static void wrap_piece(const char *z, enum style s, bool lines, bool whole)
{
	size_t at = 0, n = z ? strlen(z) : 0;
	char out[8];
	if (s != STYLE_PLAIN)
		word_style(codes[s]);
	while (at < n) {
		unsigned cells;
		size_t k = safe_next(z, n, &at, lines, out, &cells);
		if (k == 1 && out[0] == '\n') {
			word_end();
			wrap_newline();
		} else if (k == 1 && (out[0] == ' ' || out[0] == '\t') && !whole) {
			word_end();
			wrap.blank = wrap.blank || !wrap.fresh;
		} else {
			word_add(out, k, cells);
			if (cells == 2 && !whole)
				word_end();
		}
	}
	if (s != STYLE_PLAIN)
		word_style("\033[0m");
}

void wrap_text(const char *z, enum style s) { wrap_piece(z, s, false, false); }
void wrap_lines(const char *z, enum style s) { wrap_piece(z, s, true, false); }
void wrap_whole(const char *z, enum style s) { wrap_piece(z, s, false, true); }

void wrap_end(void)
{
	word_end();
	putchar('\n');
}

void put_wrapped(const json_t *segments, size_t indent)
{
	size_t i;
	json_t *s;
	put_blanks(indent);
	wrap_begin(indent, indent);
	json_array_foreach(segments, i, s) wrap_text(json_string_value(s), i % 2 ? STYLE_MARK : STYLE_PLAIN);
	wrap_end();
}

/* A character that a terminal must not see, as JSON writes it; beyond U+FFFF in two halves. */
static void put_escape(const char *p, size_t n)
{
	size_t at = 0;
	uint32_t c = utf8_next((struct span){p, n}, &at);
	if (c > 0xFFFF)
		printf("\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF));
	else
		printf("\\u%04x", c);
}

void put_json(const char *json, size_t n)
{
	size_t at = 0;
	char out[8];
	if (!terminal)
		fwrite(json, 1, n, stdout);
	while (terminal && at < n) {
		size_t from = at, k = safe_next(json, n, &at, true, out, NULL);
		if (k == 0)
			put_escape(json + from, at - from);
		else
			fwrite(out, 1, k, stdout);
	}
	putchar('\n');
}

size_t put_bar(double value, double max, size_t cells, bool light)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	size_t n = max > 0 ? (size_t)(value / max * (double)cells * 8 + 0.5) : 0;
	if (value > 0 && n == 0)
		n = 1;
	if (n > cells * 8)
		n = cells * 8;
	if (n == 0)
		return 0;
	style_on(light ? STYLE_DIM : STYLE_BAR);
	for (size_t i = 0; i < n / 8; i++)
		fputs(light ? "░" : "█", stdout);
	if (n % 8)
		fputs(light ? "░" : eighths[n % 8], stdout);
	style_off();
	return (n + 7) / 8;
}

void put_count(long long n, size_t cells)
{
	size_t digits = 1, used;
	for (long long k = n; k >= 10; k /= 10)
		digits++;
	used = digits + (digits - 1) / 3;
	put_blanks(cells > used ? cells - used : 0);
	put_number(n);
}

const char *number_words(char buf[32], long long n)
{
	char digits[24], *p = buf;
	int k = snprintf(digits, sizeof digits, "%llu", n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n);
	if (n < 0)
		*p++ = '-';
	for (int i = 0; i < k; i++) {
		if (i && (k - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = 0;
	return buf;
}

void put_number(long long n)
{
	char buf[32];
	fputs(number_words(buf, n), stdout);
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

const char *printable_z(char *buf, size_t size, const char *z)
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
	return buf;
}

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool split_day(const char *z, int v[3])
{
	return z && sscanf(z, "%4d-%2d-%2d", &v[0], &v[1], &v[2]) == 3 && v[1] >= 1 && v[1] <= 12;
}

/* An interval that is no day, month, year or decade: as vague as it is, so its months do. */
static void range_words(const int f[3], const int t[3], char buf[64])
{
	if (f[0] != t[0] && f[1] == 1 && t[1] == 12)
		snprintf(buf, 64, "%d–%d", f[0], t[0]);
	else if (f[0] != t[0])
		snprintf(buf, 64, "%s %d–%s %d", months[f[1] - 1], f[0], months[t[1] - 1], t[0]);
	else if (f[1] != t[1])
		snprintf(buf, 64, "%s–%s %d", months[f[1] - 1], months[t[1] - 1], f[0]);
	else
		snprintf(buf, 64, "%d–%d %s %d", f[2], t[2], months[f[1] - 1], f[0]);
}

const char *span_words(const json_t *o, char buf[64])
{
	const char *from = json_string_value(json_object_get(o, "from")), *to = json_string_value(json_object_get(o, "to"));
	const char *text = json_string_value(json_object_get(o, "text"));
	int f[3], t[3];
	if (!split_day(from, f))
		return strcpy(buf, "undated");
	if (!split_day(to, t))
		printable_z(buf, 64, text ? text : from);
	else if (strcmp(from, to) == 0)
		snprintf(buf, 64, "%d %s %d", f[2], months[f[1] - 1], f[0]);
	else if (text && strlen(text) == 7 && text[4] == '-')
		snprintf(buf, 64, "%s %d", months[f[1] - 1], f[0]);
	else if (text && !strstr(text, ".."))
		printable_z(buf, 64, text);
	else
		range_words(f, t, buf);
	return buf;
}

const char *date_words(const json_t *date, char buf[64])
{
	const char *p = json_string_value(json_object_get(date, "precision")), *how = json_string_value(json_object_get(date, "how"));
	bool about = (p && strcmp(p, "day") != 0) || (how && (strcmp(how, "inferred") == 0 || strcmp(how, "file-time") == 0));
	char words[64];
	span_words(date, words);
	if (!about || strcmp(words, "undated") == 0)
		return strcpy(buf, words);
	snprintf(buf, 64, "~ %.60s", words);
	return buf;
}
