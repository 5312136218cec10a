/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Script first: kana is Japanese, Hangul Korean, ideographs without kana Chinese. Where several languages share a script (Latin, Cyrillic,
 * Arabic), function words decide: each word of the sample votes for the languages that have it, a word of one language more than one of three.
 * (The idea of counting function words: G. Grefenstette, "Comparing two language identification schemes", 1995.)
 * A sample of at most 4 KB is looked at.
 */
#include "index/read/lang.h"

#include "base/fold.h"
#include "base/str.h"
#include "base/utf8.h"

#define SAMPLE_BYTES 4096u

enum { EN, DE, FR, ES, IT, PT, NL, SV, DA, NO, FI, PL, CS, RO, HU, TR, ID, VI, CA, HR, LT, SQ, TL, RU, UK, BG, SR, MK, AR, FA, UR, N_LANGS };

static const struct {
	const char *tag, *name, *words; /* folded, between spaces */
} langs[N_LANGS] = {
	{"en", "english", " the of and to in a is that for it was on with as he at by be this are from have his not but they which were will their has would been who said had its more about when after up one "},
	{"de", "german", " der die und in den von zu das mit sich des auf fur ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem uber einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei "},
	{"fr", "french", " de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la avec son aux d'un cette mais comme ont nous ses ou ete etre fait leur elle meme tout deux apres "},
	{"es", "spanish", " de la que el en y a los se del las un por con no una su para es al lo como mas o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos tambien fue habia era muy anos hasta desde "},
	{"it", "italian", " di e il la che in a per un del non sono una con i le si da al dei della nel alla ha piu come anche ma gli lo dal questo delle o ed era essere nella stato degli anni cui sua dopo ai ci tra "},
	{"pt", "portuguese", " de a o que e do da em um para com nao uma os no se na por mais as dos como mas ao ele das seu sua ou quando muito nos ja eu tambem so pelo pela ate isso ela entre depois sem mesmo aos foi sao "},
	{"nl", "dutch", " de en van het een in is dat op te zijn met voor niet aan er die om ook als maar bij dan nog naar hij heeft door uit wordt over worden ze hebben kan werd deze geen meer zich tot onder "},
	{"sv", "swedish", " och i att det som en pa ar av for med den till inte har de ett om han var men sig fran vi sa kan nar ar efter vid hade dar skulle detta bara eller mycket sina "},
	{"da", "danish", " og i at det er en til af pa for med de den som har et der ikke var fra han om men sig vil blev kan skal efter ved ogsa hun eller siger havde bliver nu mod "},
	{"no", "norwegian", " og i det er pa en som av for til at med har de ikke den var et fra han om men seg ble kan etter ved skal ogsa hun sier eller vil blir mot na "},
	{"fi", "finnish", " ja on ei ett\xC3\xA4 etta se han oli mutta ovat kun joka niin myos tai jos kuin sen ole mukaan vain jotka sita kertoo viela nyt olla voi hanen ennen jalkeen "},
	{"pl", "polish", " w i na z sie do nie ze jest to o jak za po co tak przez od ale dla tym ktory oraz czy sa tego juz byl ma tylko jego ktore bylo pod przy "},
	{"cs", "czech", " a v se na je ze s z do o to i jako za by pro podle ale po jsou si od jeho jeste tak uz ktere ktery byl bylo jen ve take nebo "},
	{"ro", "romanian", " de si in a la cu pe care din un este nu o pentru mai fost ca au fi sa prin dupa ce al dar sunt s-a fie acest sau unei ale lui "},
	{"hu", "hungarian", " a az es hogy nem is egy meg de volt ezt csak mar azt ha mint vagy el szerint ki lehet lesz kell amely mert minden utan fel majd "},
	{"tr", "turkish", " ve bir bu da de icin ile olarak cok daha olan gibi en kadar sonra ise ne var o ya ancak her iki yeni tarafindan oldu olduğunu oldugu "},
	{"id", "indonesian", " yang dan di dengan untuk dari pada tidak ini itu dalam akan ke adalah oleh juga telah karena mereka sebagai saat bisa ada kata tersebut kami "},
	{"vi", "vietnamese", " va cua la co cho cac trong khong mot nguoi duoc nhung voi den da nay khi ve tu theo nhu nhieu vao ra o tai "},
	{"ca", "catalan", " de la i el que en a els per les amb un del una no es al ha com mes aquest va dels pel aixo tambe son "},
	{"hr", "croatian", " i je u se da na za su s od koji to ne o kao iz sto ali bi koja nije samo koje ce ili nakon vec "},
	{"lt", "lithuanian", " ir kad i su yra tai bei bet kaip o is nuo apie del buvo po jau savo ne uz iki per metu "},
	{"sq", "albanian", " te ne e nje dhe per me qe i nga eshte se ka u do ky si por jane tij kjo kete ai "},
	{"tl", "tagalog", " ang ng sa na mga at ay si ni para hindi ito kay nang may kung siya niya isang dahil "},
	{"ru", "russian", " в и на не что с по из о как для это к он за от его но а у до при также об было был все она их только уже после том того или мы "},
	{"uk", "ukrainian", " в і на що не з до за про та у як це для від він є його але по також був які того після або під було ще "},
	{"bg", "bulgarian", " на и да в за се от не е с че по са като ще но това при до след към има който г те само "},
	{"sr", "serbian", " и је у да на се за су од са који не то као из али би није што после само о "},
	{"mk", "macedonian", " на и во да се од за ќе не со е дека по како што ги го беше кој тоа при "},
	{"ar", "arabic", " في من على أن إلى التي عن مع ما هذا الذي لا هذه بعد كما خلال بين كان أو قد وقد كل ذلك إن لم عام قبل "},
	{"fa", "persian", " و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شد می شده بود های وی گفت "},
	{"ur", "urdu", " کے کی میں ہے سے اور کو کا نے پر کہ یہ ہیں اس بھی نہیں تھا ایک کر گیا انہوں وہ "},
};

#define SLOTS 4096u
static struct {
	bool ready;
	uint32_t hash[SLOTS]; /* 0: free */
	uint32_t mask[SLOTS]; /* bit = language */
} table;

static void put_word(struct span word, unsigned lang)
{
	AUTO_STR struct str key = {0};
	fold_add(&key, word);
	uint32_t h = (uint32_t)span_hash(str_view(&key)) | 1, i = h;
	while (table.hash[i & (SLOTS - 1)] && table.hash[i & (SLOTS - 1)] != h)
		i++;
	table.hash[i & (SLOTS - 1)] = h;
	table.mask[i & (SLOTS - 1)] |= 1u << lang;
}

static void make_table(void)
{
	for (unsigned l = 0; l < N_LANGS; l++) {
		struct span rest = span_of(langs[l].words), w;
		while (span_cut(&rest, ' ', &w))
			if (w.n)
				put_word(w, l);
	}
	table.ready = true;
}

static uint32_t find_word(const char *p, size_t n)
{
	uint32_t h = (uint32_t)span_hash((struct span){p, n}) | 1, i = h;
	while (table.hash[i & (SLOTS - 1)]) {
		if (table.hash[i & (SLOTS - 1)] == h)
			return table.mask[i & (SLOTS - 1)];
		i++;
	}
	return 0;
}

enum script { LATIN, CYRILLIC, ARABIC, HAN, KANA, HANGUL, GREEK, HEBREW, DEVANAGARI, THAI, GEORGIAN, ARMENIAN, BENGALI, GUJARATI, TAMIL, TELUGU, ETHIOPIC, N_SCRIPTS, NONE = N_SCRIPTS };

static enum script script_of(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		enum script s;
	} ranges[] = {
		{0xC0, 0x24F, LATIN}, {0x370, 0x3FF, GREEK}, {0x400, 0x52F, CYRILLIC}, {0x531, 0x58F, ARMENIAN}, {0x590, 0x5FF, HEBREW}, {0x600, 0x77F, ARABIC},
		{0x900, 0x97F, DEVANAGARI}, {0x980, 0x9FF, BENGALI}, {0xA80, 0xAFF, GUJARATI}, {0xB80, 0xBFF, TAMIL}, {0xC00, 0xC7F, TELUGU}, {0xE00, 0xE7F, THAI},
		{0x10A0, 0x10FF, GEORGIAN}, {0x1200, 0x137F, ETHIOPIC}, {0x1E00, 0x1EFF, LATIN}, {0x3040, 0x30FF, KANA}, {0x3400, 0x9FFF, HAN}, {0xAC00, 0xD7AF, HANGUL}, {0xF900, 0xFAFF, HAN}, {0xFB50, 0xFEFF, ARABIC},
	};
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return ranges[i].s;
	return NONE;
}

struct votes {
	uint32_t of[N_LANGS]; /* twelfths */
	uint32_t words;
};

static void vote(struct votes *v, const char *word, size_t n)
{
	v->words++;
	if (n > 12)
		return;
	uint32_t mask = find_word(word, n);
	if (!mask)
		return;
	uint32_t share = 12u / (uint32_t)__builtin_popcount(mask);
	for (; mask; mask &= mask - 1)
		v->of[__builtin_ctz(mask)] += share + 1;
}

static struct span by_words(const struct votes *v, unsigned from, unsigned to)
{
	unsigned best = from;
	for (unsigned l = from; l < to; l++)
		if (v->of[l] > v->of[best])
			best = l;
	bool enough = v->of[best] >= 24 && v->of[best] * 2 >= v->words; /* of 100 words at least four are its own */
	return enough ? span_of(langs[best].tag) : SPAN_NONE;
}

struct sample {
	uint32_t count[N_SCRIPTS + 1]; /* letters by script */
	uint32_t persian, urdu, russian, other_cyrillic; /* letters that tell apart who shares a script */
	struct votes votes;
};

static void count_letter(struct sample *s, enum script k, uint32_t c)
{
	s->count[k]++;
	s->persian += c == 0x67E || c == 0x686 || c == 0x6AF || c == 0x6A9 || c == 0x6CC;
	s->russian += c == 0x44B || c == 0x44D || c == 0x451; /* ы э ё */
	s->other_cyrillic += c == 0x456 || c == 0x457 || c == 0x454 || c == 0x491 || c == 0x45E || (c >= 0x452 && c <= 0x45F);
	s->urdu += c == 0x679 || c == 0x688 || c == 0x691 || c == 0x6D2 || c == 0x6BA || c == 0x6C1;
}

/* Is it clear already? Words in Latin letters alone, many known ones, and of one language three times what any other has. */
static bool is_clear(const struct sample *s)
{
	uint32_t first = 0, second = 0;
	for (unsigned k = 0; k < N_SCRIPTS; k++)
		if (k != LATIN && s->count[k] > 20)
			return false;
	for (unsigned l = EN; l < RU; l++) {
		uint32_t v = s->votes.of[l];
		second = v > first ? first : v > second ? v : second;
		first = v > first ? v : first;
	}
	return first > s->votes.words && second * 3 <= first;
}

static void take_sample(struct span text, struct sample *s)
{
	char word[96];
	size_t n = 0;
	struct span t = {text.p, text.n < SAMPLE_BYTES ? text.n : utf8_floor(text, SAMPLE_BYTES)};
	for (size_t at = 0; at < t.n;) {
		unsigned char b = (unsigned char)t.p[at];
		if (b < 0x80) {
			at++;
			if ((b | 32) >= 'a' && (b | 32) <= 'z') {
				s->count[LATIN]++;
				if (n < 32)
					word[n++] = (char)(b | 32);
				continue;
			}
		} else {
			uint32_t c = utf8_next(t, &at);
			enum script k = c == UTF8_BAD ? NONE : script_of(c);
			count_letter(s, k, c);
			if (k != NONE && k != HAN && k != KANA && k != HANGUL) {
				if (n < 32)
					n += fold_char(word + n, c);
				continue;
			}
		}
		if (n) {
			vote(&s->votes, word, n);
			if (s->votes.words % 64 == 0 && is_clear(s))
				return;
		}
		n = 0;
	}
	if (n)
		vote(&s->votes, word, n);
}

static struct span cyrillic(const struct sample *s)
{
	struct span by = by_words(&s->votes, RU, AR);
	if (by.n || s->other_cyrillic)
		return by;
	return s->russian || s->count[CYRILLIC] >= 16 ? SPAN("ru") : SPAN_NONE; /* too short for words */
}

static struct span arabic(const struct sample *s)
{
	if (s->urdu > 2 || s->persian > 4)
		return s->urdu > 2 ? SPAN("ur") : SPAN("fa");
	struct span by = by_words(&s->votes, AR, N_LANGS);
	return by.n ? by : SPAN("ar");
}

struct span lang_detect(struct span text)
{
	static const char *const by_script[N_SCRIPTS] = {[GREEK] = "el", [HEBREW] = "he", [DEVANAGARI] = "hi", [THAI] = "th", [GEORGIAN] = "ka", [ARMENIAN] = "hy",
							 [BENGALI] = "bn", [GUJARATI] = "gu", [TAMIL] = "ta", [TELUGU] = "te", [ETHIOPIC] = "am"};
	struct sample s = {0};
	if (!table.ready)
		make_table();
	take_sample(text, &s);
	const uint32_t *count = s.count;
	if (count[HANGUL] * 3 > count[LATIN] && count[HANGUL] > count[HAN] && count[HANGUL] > 8)
		return SPAN("ko");
	if ((count[KANA] + count[HAN]) * 3 > count[LATIN] && count[KANA] + count[HAN] > 8)
		return count[KANA] * 10 > count[HAN] ? SPAN("ja") : SPAN("zh");
	enum script top = LATIN;
	for (unsigned k = 0; k < N_SCRIPTS; k++)
		if (count[k] > count[top])
			top = (enum script)k;
	if (count[top] < 12)
		return SPAN_NONE;
	switch (top) {
	case LATIN: return by_words(&s.votes, EN, RU);
	case CYRILLIC: return cyrillic(&s);
	case ARABIC: return arabic(&s);
	default: return span_of(by_script[top]);
	}
}

struct span lang_tag(struct arena *a, struct span s)
{
	s = span_trim(s);
	for (size_t i = 0; i < N_LANGS; i++)
		if (span_ieq(s, langs[i].name))
			return span_of(langs[i].tag);
	size_t n = 0;
	while (n < s.n && (unsigned)((s.p[n] | 32) - 'a') < 26)
		n++;
	if (n < 2 || n > 3 || (n < s.n && s.p[n] != '-' && s.p[n] != '_' && s.p[n] != ',' && s.p[n] != '.'))
		return SPAN_NONE;
	char tag[8];
	size_t k = 0;
	for (; k < n; k++)
		tag[k] = (char)(s.p[k] | 32);
	bool region = n + 3 == s.n && s.p[n] != ',' && (unsigned)((s.p[n + 1] | 32) - 'a') < 26 && (unsigned)((s.p[n + 2] | 32) - 'a') < 26;
	if (region)
		tag[k++] = '-', tag[k++] = (char)(s.p[n + 1] & ~32), tag[k++] = (char)(s.p[n + 2] & ~32);
	return arena_span(a, (struct span){tag, k});
}
