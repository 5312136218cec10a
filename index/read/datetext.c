/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Goes from number to number; each is tried as the first number of a day ("4 March 2019", "04.03.2019", "2019-03-04") and, with the
 * word before it, as the second part ("March 4, 2019"). Names of months are those of 16 languages, by their first letters.
 */
#include "index/read/datetext.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <string.h>

/* Folded beginnings of names; a name in the text must begin with one and may go on ("sept." and "septembre" with "sept"). Longest first where one begins another. */
static const struct {
	const char *stem;
	uint8_t month, most; /* longest name in letters, so that "marching" is none */
} months[] = {
	{"januar", 1, 7}, {"jan", 1, 4}, {"janv", 1, 7}, {"gennaio", 1, 7}, {"gen", 1, 3}, {"enero", 1, 5}, {"ene", 1, 3}, {"janeiro", 1, 7}, {"jaenner", 1, 7}, {"janner", 1, 6}, {"января", 1, 6}, {"январь", 1, 6}, {"янв", 1, 3}, {"січня", 1, 5}, {"stycznia", 1, 8}, {"styczen", 1, 7}, {"ocak", 1, 4}, {"tammikuu", 1, 10}, {"januari", 1, 7}, {"leden", 1, 5}, {"ledna", 1, 5}, {"ianuarie", 1, 8}, {"januara", 1, 7}, {"yanuari", 1, 7}, {"sausio", 1, 6}, {"януари", 1, 6},
	{"februar", 2, 9}, {"february", 2, 8}, {"feb", 2, 4}, {"fevrier", 2, 7}, {"fevr", 2, 4}, {"fev", 2, 4}, {"febbraio", 2, 8}, {"febrero", 2, 7}, {"fevereiro", 2, 9}, {"февраля", 2, 7}, {"февраль", 2, 7}, {"фев", 2, 4}, {"лютого", 2, 6}, {"lutego", 2, 6}, {"luty", 2, 4}, {"subat", 2, 5}, {"helmikuu", 2, 10}, {"unora", 2, 5}, {"unor", 2, 4}, {"februarie", 2, 9}, {"vasario", 2, 7}, {"февруари", 2, 8}, {"shkurt", 2, 6},
	{"march", 3, 5}, {"maerz", 3, 5}, {"marz", 3, 5}, {"marzo", 3, 5}, {"mars", 3, 4}, {"mar", 3, 3}, {"marco", 3, 5}, {"maart", 3, 5}, {"mrt", 3, 3}, {"mrz", 3, 3}, {"марта", 3, 5}, {"март", 3, 4}, {"мар", 3, 3}, {"березня", 3, 7}, {"marca", 3, 5}, {"marzec", 3, 6}, {"mart", 3, 4}, {"maaliskuu", 3, 11}, {"brezna", 3, 6}, {"brezen", 3, 6}, {"martie", 3, 6}, {"maret", 3, 5}, {"marts", 3, 5}, {"kovo", 3, 4}, {"marcius", 3, 7},
	{"april", 4, 6}, {"apr", 4, 3}, {"avril", 4, 5}, {"avr", 4, 3}, {"aprile", 4, 6}, {"abril", 4, 5}, {"abr", 4, 3}, {"апреля", 4, 6}, {"апрель", 4, 6}, {"апр", 4, 3}, {"квітня", 4, 6}, {"kwietnia", 4, 8}, {"kwiecien", 4, 8}, {"nisan", 4, 5}, {"huhtikuu", 4, 10}, {"dubna", 4, 5}, {"duben", 4, 5}, {"aprilie", 4, 7}, {"prill", 4, 5}, {"balandzio", 4, 9}, {"април", 4, 5}, {"aprilis", 4, 7},
	{"may", 5, 3}, {"mai", 5, 3}, {"mayo", 5, 4}, {"maio", 5, 4}, {"maggio", 5, 6}, {"mag", 5, 3}, {"mei", 5, 3}, {"maj", 5, 3}, {"maja", 5, 4}, {"мая", 5, 3}, {"май", 5, 3}, {"травня", 5, 6}, {"mayis", 5, 5}, {"toukokuu", 5, 10}, {"kvetna", 5, 6}, {"kveten", 5, 6}, {"geguzes", 5, 7}, {"majus", 5, 5},
	{"june", 6, 4}, {"jun", 6, 3}, {"juni", 6, 4}, {"juin", 6, 4}, {"giugno", 6, 6}, {"giu", 6, 3}, {"junio", 6, 5}, {"junho", 6, 5}, {"июня", 6, 4}, {"июнь", 6, 4}, {"июн", 6, 3}, {"червня", 6, 6}, {"czerwca", 6, 7}, {"czerwiec", 6, 8}, {"haziran", 6, 7}, {"kesakuu", 6, 9}, {"cervna", 6, 6}, {"iunie", 6, 5}, {"qershor", 6, 7}, {"birzelio", 6, 8}, {"юни", 6, 3}, {"junius", 6, 6},
	{"july", 7, 4}, {"jul", 7, 3}, {"juli", 7, 4}, {"juillet", 7, 7}, {"juil", 7, 5}, {"luglio", 7, 6}, {"lug", 7, 3}, {"julio", 7, 5}, {"julho", 7, 5}, {"июля", 7, 4}, {"июль", 7, 4}, {"июл", 7, 3}, {"липня", 7, 5}, {"lipca", 7, 5}, {"lipiec", 7, 6}, {"temmuz", 7, 6}, {"heinakuu", 7, 10}, {"cervence", 7, 8}, {"iulie", 7, 5}, {"korrik", 7, 6}, {"liepos", 7, 6}, {"юли", 7, 3}, {"julius", 7, 6},
	{"august", 8, 6}, {"aug", 8, 3}, {"aout", 8, 4}, {"agosto", 8, 6}, {"ago", 8, 3}, {"augustus", 8, 8}, {"августа", 8, 7}, {"август", 8, 6}, {"авг", 8, 3}, {"серпня", 8, 6}, {"sierpnia", 8, 8}, {"sierpien", 8, 8}, {"agustos", 8, 7}, {"elokuu", 8, 8}, {"srpna", 8, 5}, {"srpen", 8, 5}, {"augusti", 8, 7}, {"agustus", 8, 7}, {"gusht", 8, 5}, {"rugpjucio", 8, 9},
	{"september", 9, 9}, {"septembre", 9, 9}, {"sept", 9, 5}, {"sep", 9, 3}, {"settembre", 9, 9}, {"set", 9, 3}, {"septiembre", 9, 10}, {"setembro", 9, 8}, {"сентября", 9, 8}, {"сентябрь", 9, 8}, {"сен", 9, 4}, {"вересня", 9, 7}, {"wrzesnia", 9, 8}, {"wrzesien", 9, 8}, {"eylul", 9, 5}, {"syyskuu", 9, 9}, {"zari", 9, 4}, {"septembrie", 9, 10}, {"shtator", 9, 7}, {"rugsejo", 9, 7}, {"септември", 9, 9}, {"setiembre", 9, 9}, {"szeptember", 9, 10},
	{"october", 10, 7}, {"oct", 10, 3}, {"oktober", 10, 7}, {"okt", 10, 3}, {"octobre", 10, 7}, {"ottobre", 10, 7}, {"ott", 10, 3}, {"octubre", 10, 7}, {"outubro", 10, 7}, {"out", 10, 3}, {"октября", 10, 7}, {"октябрь", 10, 7}, {"окт", 10, 3}, {"жовтня", 10, 6}, {"pazdziernika", 10, 12}, {"ekim", 10, 4}, {"lokakuu", 10, 9}, {"rijna", 10, 5}, {"octombrie", 10, 9}, {"tetor", 10, 5}, {"spalio", 10, 6}, {"октомври", 10, 8},
	{"november", 11, 8}, {"nov", 11, 4}, {"novembre", 11, 8}, {"noviembre", 11, 9}, {"novembro", 11, 8}, {"ноября", 11, 6}, {"ноябрь", 11, 6}, {"ноя", 11, 4}, {"листопада", 11, 9}, {"listopada", 11, 9}, {"kasim", 11, 5}, {"marraskuu", 11, 11}, {"noiembrie", 11, 9}, {"nentor", 11, 6}, {"lapkricio", 11, 9}, {"ноември", 11, 7},
	{"december", 12, 8}, {"dec", 12, 3}, {"dezember", 12, 8}, {"dez", 12, 3}, {"decembre", 12, 8}, {"dicembre", 12, 8}, {"dic", 12, 3}, {"diciembre", 12, 9}, {"dezembro", 12, 8}, {"декабря", 12, 7}, {"декабрь", 12, 7}, {"дек", 12, 3}, {"грудня", 12, 6}, {"grudnia", 12, 7}, {"grudzien", 12, 8}, {"aralik", 12, 6}, {"joulukuu", 12, 10}, {"prosince", 12, 8}, {"decembrie", 12, 9}, {"desember", 12, 8}, {"dhjetor", 12, 7}, {"gruodzio", 12, 8}, {"декември", 12, 8},
	{"يناير", 1, 5}, {"فبراير", 2, 6}, {"مارس", 3, 4}, {"أبريل", 4, 5}, {"ابريل", 4, 5}, {"مايو", 5, 4}, {"يونيو", 6, 5}, {"يوليو", 7, 5}, {"أغسطس", 8, 5}, {"اغسطس", 8, 5}, {"سبتمبر", 9, 6}, {"أكتوبر", 10, 6}, {"اكتوبر", 10, 6}, {"نوفمبر", 11, 6}, {"ديسمبر", 12, 6},
	{"जनवरी", 1, 9}, {"फरवरी", 2, 9}, {"मार्च", 3, 9}, {"अप्रैल", 4, 9}, {"मई", 5, 9}, {"जून", 6, 9}, {"जुलाई", 7, 9}, {"अगस्त", 8, 9}, {"सितंबर", 9, 9}, {"अक्टूबर", 10, 9}, {"नवंबर", 11, 9}, {"दिसंबर", 12, 9},
};
#define N_MONTHS (sizeof months / sizeof months[0])

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter_at(struct span s, size_t at)
{
	size_t next = at;
	uint32_t c = at < s.n ? utf8_next(s, &next) : ' ';
	enum char_class k = c == UTF8_BAD ? CHAR_OTHER : fold_class(c);
	return k == CHAR_LETTER || k == CHAR_MARK;
}

/* The names as they are compared: made once. */
struct stem {
	char text[64];
	size_t n;
	bool ascii;
};

static const struct stem *folded_stems(void)
{
	static struct stem v[N_MONTHS];
	for (size_t k = 0; k < N_MONTHS && !v[N_MONTHS - 1].n; k++) {
		struct span s = span_of(months[k].stem);
		size_t raw = 0, n = 0;
		v[k].ascii = (s.p[0] & 0x80) == 0;
		if (v[k].ascii)
			memcpy(v[k].text, s.p, n = s.n < 64 ? s.n : 63);
		while (!v[k].ascii && raw < s.n && n + 16 < sizeof v[k].text)
			n += fold_char(v[k].text + n, utf8_next(s, &raw));
		v[k].n = n;
	}
	return v;
}

int date_month_word(struct span s, size_t at, size_t *len)
{
	char key[80];
	size_t n = 0, letters = 0, i = at;
	while (i < s.n && letters < 14 && n + 64 < sizeof key && is_letter_at(s, i)) {
		uint32_t c = utf8_next(s, &i);
		n += fold_char(key + n, c);
		letters++;
	}
	if (letters < 2 || (i < s.n && is_letter_at(s, i)))
		return 0;
	const struct stem *stems = folded_stems();
	for (size_t k = 0; k < N_MONTHS; k++) {
		bool longer = stems[k].n < n && stems[k].ascii && letters <= months[k].most && stems[k].n >= 6;
		if ((stems[k].n == n || longer) && memcmp(stems[k].text, key, stems[k].n) == 0)
			return *len = i - at, months[k].month;
	}
	return 0;
}

/* The start of the word that ends right before `at` (spaces between are passed over); `at` if there is none. */
static size_t word_before(struct span s, size_t at)
{
	size_t i = at;
	while (i > 0 && (s.p[i - 1] == ' ' || s.p[i - 1] == '.' || s.p[i - 1] == '-' || s.p[i - 1] == '\xA0' || s.p[i - 1] == '\xC2' || s.p[i - 1] == '\n'))
		i--;
	size_t end = i, start = i;
	while (i > 0 && end - i < 40) {
		size_t k = i - 1;
		while (k > 0 && ((unsigned char)s.p[k] & 0xC0) == 0x80)
			k--;
		if (!is_letter_at(s, k))
			break;
		start = i = k;
	}
	return start == end ? at : start;
}

static size_t number_at(struct span s, size_t at, int *value)
{
	size_t n = 0;
	for (*value = 0; at + n < s.n && is_digit(s.p[at + n]); n++)
		*value = n < 8 ? *value * 10 + (s.p[at + n] - '0') : *value;
	return n;
}

static size_t skip_chars(struct span s, size_t at, const char *set)
{
	for (;;) {
		if (at < s.n && s.p[at] && strchr(set, s.p[at]))
			at++;
		else if (at + 1 < s.n && s.p[at] == '\xC2' && s.p[at + 1] == '\xA0')
			at += 2;
		else
			return at;
	}
}

static size_t skip_word(struct span s, size_t at, const char *const *words)
{
	for (; *words; words++) {
		size_t n = strlen(*words);
		if (at + n <= s.n && span_istarts(span_sub(s, at, s.n), *words) && !is_letter_at(s, at + n))
			return at + n;
	}
	return at;
}

static size_t year_at(struct span s, size_t at, int *year)
{
	size_t n = number_at(s, at, year);
	return n == 4 && *year >= 1000 && *year <= 2199 ? n : 0;
}

static bool give(struct date_hit *out, int y, int m, int d, size_t start, size_t end)
{
	if (!day_valid(y, m, d))
		return false;
	*out = (struct date_hit){interval_day(y, m, d), start, end, false};
	return true;
}

static const char *const ordinals[] = {"st", "nd", "rd", "th", "er", "ter", "\xC2\xBA", "\xC2\xB0", NULL};
static const char *const links[] = {"of", "de", "del", "di", "d'", NULL};

/* "4 March 2019", "4. März 2019", "26-FEB-1987", "4 de marzo de 2019"; at: behind the day */
static bool try_day_month(struct span s, size_t start, size_t at, int d, struct date_hit *out)
{
	size_t i = skip_word(s, at, ordinals), len;
	i = skip_chars(s, i, " .-/\n,");
	i = skip_chars(s, skip_word(s, i, links), " ");
	int m = date_month_word(s, i, &len), y;
	if (!m)
		return false;
	i = skip_chars(s, i + len, " .-/,\n");
	i = skip_chars(s, skip_word(s, i, links), " ");
	size_t n = year_at(s, i, &y);
	return n && give(out, y, m, d, start, i + n);
}

/* "March 4, 2019", "Mar. 4th 2019" */
static bool try_month_day(struct span s, size_t start, size_t at, int d, struct date_hit *out)
{
	size_t w = word_before(s, start), len, i = skip_word(s, at, ordinals);
	int m = w < start ? date_month_word(s, w, &len) : 0, y;
	if (!m)
		return false;
	i = skip_chars(s, i, " ,.\n");
	size_t n = year_at(s, i, &y);
	return n && give(out, y, m, d, w, i + n);
}

/* "04.03.2019", "4/3/2019", "4-3-2019", "04.03.19" */
static bool try_numbers(struct span s, size_t start, size_t at, int a, enum date_order order, struct date_hit *out)
{
	char sep = at < s.n ? s.p[at] : 0;
	int b, y;
	if (sep != '.' && sep != '/' && sep != '-')
		return false;
	size_t i = at + 1;
	if (sep == '.' && i < s.n && s.p[i] == ' ')
		i++;
	size_t n = number_at(s, i, &b);
	if (!n || n > 2 || i + n >= s.n || s.p[i + n] != sep)
		return false;
	i += n + 1;
	if (sep == '.' && i < s.n && s.p[i] == ' ')
		i++;
	n = number_at(s, i, &y);
	if (n == 2 && sep != '-')
		y += y < 70 ? 2000 : 1900;
	else if (n != 4 || y < 1000 || y > 2199)
		return false;
	bool mdy = sep != '.' && (b > 12 || (a <= 12 && order == ORDER_MDY));
	if (!give(out, y, mdy ? a : b, mdy ? b : a, start, i + n))
		return false;
	out->unsure = sep != '.' && a <= 12 && b <= 12 && a != b;
	return true;
}

/* "2019-03-04", "2019/3/4", "2019.03.04", "2019年3月4日", "2019년 3월 4일", "2019. március 4." */
static bool try_year_first(struct span s, size_t start, size_t at, int y, struct date_hit *out)
{
	static const char *const marks[][2] = {{"\xE5\xB9\xB4", "\xE6\x9C\x88"}, {"\xEB\x85\x84", "\xEC\x9B\x94"}};
	int m, d;
	size_t i = at, n, len;
	if (i >= s.n)
		return false;
	for (int k = 0; k < 2; k++) {
		if (!span_starts(span_sub(s, i, s.n), marks[k][0]))
			continue;
		i = skip_chars(s, i + 3, " ");
		n = number_at(s, i, &m);
		i += n;
		if (!n || n > 2 || !span_starts(span_sub(s, i, s.n), marks[k][1]))
			return false;
		i = skip_chars(s, i + 3, " ");
		n = number_at(s, i, &d);
		return n && n <= 2 && give(out, y, m, d, start, i + n);
	}
	char sep = s.p[i];
	if (sep != '-' && sep != '/' && sep != '.' && sep != ' ')
		return false;
	i = sep == '.' ? skip_chars(s, i + 1, " ") : i + 1;
	if ((m = date_month_word(s, i, &len)) != 0) {
		i = skip_chars(s, i + len, " .,/-");
		n = number_at(s, i, &d);
		return n && n <= 2 && !(i + n < s.n && is_digit(s.p[i + n])) && give(out, y, m, d, start, i + n);
	}
	n = number_at(s, i, &m);
	if (sep == ' ' || !n || n > 2 || i + n >= s.n || s.p[i + n] != sep)
		return false;
	i = sep == '.' ? skip_chars(s, i + n + 1, " ") : i + n + 1;
	n = number_at(s, i, &d);
	return n && n <= 2 && give(out, y, m, d, start, i + n);
}

bool date_find(struct span s, size_t from, enum date_order order, struct date_hit *out)
{
	for (size_t i = from; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			continue;
		int v;
		size_t n = number_at(s, i, &v);
		bool joined = i > 0 && (is_digit(s.p[i - 1]) || s.p[i - 1] == '$' || (i > 1 && (s.p[i - 1] == '.' || s.p[i - 1] == ',') && is_digit(s.p[i - 2])));
		if (!joined && n == 4 && v >= 1000 && v <= 2199 && try_year_first(s, i, i + n, v, out))
			return true;
		if (!joined && n <= 2 && v >= 1 && v <= 31 &&
		    (try_day_month(s, i, i + n, v, out) || try_month_day(s, i, i + n, v, out) || try_numbers(s, i, i + n, v, order, out)))
			return true;
		i += n - 1;
	}
	return false;
}

bool date_value(struct span v, enum date_order order, struct interval *out)
{
	v = span_trim(v);
	if (v.n > 200)
		return false;
	struct date_hit hit;
	int y, m, d;
	if (interval_parse(v, out) || (v.n > 1 && v.p[0] == '"' && interval_parse(span_sub(v, 1, v.n), out)))
		return true;
	if (date_find(v, 0, order, &hit))
		return *out = hit.days, true;
	size_t n = number_at(v, 0, &y); /* 20190304, 20190304T1000 */
	if ((n == 8 || (n == 14 && v.n == 14)) && y >= 10000101) {
		d = y % 100, m = y / 100 % 100, y /= 10000;
		if (day_valid(y, m, d))
			return *out = interval_day(y, m, d), true;
	}
	return false;
}
