/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an address says when nobody else does: the site and the section.
 *
 *	https://www.example.org/en/world/2019/03/04/talks-on-the-river   ─►  example.org, world
 *
 * A section is a plain word (or two, with a dash) at the beginning of the path, with something behind it; languages, numbers and what
 * publishing systems put there ("news", "article", "p") are none.
 */
#include "index/read/meta.h"

static struct span host_of(struct span url, struct span *path)
{
	ptrdiff_t at = span_find(url, SPAN("://"));
	if (at < 0 || !span_istarts(url, "http"))
		return SPAN_NONE;
	struct span rest = span_sub(url, (size_t)at + 3, url.n);
	size_t end = 0;
	while (end < rest.n && !memchr("/?#", rest.p[end], 3))
		end++;
	*path = span_sub(rest, end, rest.n);
	struct span host = span_sub(rest, 0, end);
	for (size_t i = host.n; i > 0; i--)
		if (host.p[i - 1] == '@')
			return span_sub(host, i, host.n);
	return host;
}

struct span address_site(struct span url)
{
	struct span path, host = host_of(url, &path);
	const char *port = host.n ? memchr(host.p, ':', host.n) : NULL;
	if (port)
		host.n = (size_t)(port - host.p);
	static const char *const front[] = {"www.", "www2.", "m.", "amp.", "mobile."};
	for (size_t i = 0; i < sizeof front / sizeof *front; i++) {
		size_t n = strlen(front[i]);
		if (span_istarts(host, front[i]) && memchr(host.p + n, '.', host.n - n))
			return span_sub(host, n, host.n);
	}
	return memchr(host.p ? host.p : "", '.', host.n) ? host : SPAN_NONE;
}

static bool plain_word(struct span s)
{
	size_t letters = 0, dashes = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		letters += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		dashes += c == '-' || c == '_';
	}
	return letters >= 3 && letters + dashes == s.n && dashes <= 2 && s.n <= 24;
}

static bool is_furniture(struct span s)
{
	static const char *const words[] = {"news", "article", "articles", "artikel", "story", "stories", "storys", "blog", "blogs", "post", "posts", "page", "pages", "index", "archive", "archives", "archiv", "content",
		"node", "media", "video", "videos", "wiki", "web", "site", "home", "item", "items", "entry", "public", "press", "detail", "details", "show", "view", "read", "live", "amp", "aktuell", "nachrichten", "noticias",
		"actualite", "actualites", "notizie", "tag", "tags", "category", "topic", "topics", "theme", "themen", "thema", "user", "users", "author", "authors", "feature", "features", "gallery", "photo", "photos", "images",
		"wp-content", "cgi-bin", "static", "id", "doc", "docs", "document", "documents", "html", "php", "print", "english", "deutsch", "francais", "global", "edition", "international-edition"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_ieq(s, words[i]))
			return true;
	return false;
}

struct span address_section(struct span url)
{
	struct span path = SPAN_NONE, part;
	if (!host_of(url, &path).n)
		return SPAN_NONE;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '?' || path.p[i] == '#')
			path.n = i;
	for (int tries = 0; tries < 5 && span_cut(&path, '/', &part);) {
		if (!part.n)
			continue;
		tries++;
		bool last = !path.n || (path.n == 1 && path.p[0] == '/');
		if (last)
			return SPAN_NONE; /* the article itself */
		if (plain_word(part) && !is_furniture(part))
			return part;
		if (part.n > 24)
			return SPAN_NONE;
	}
	return SPAN_NONE;
}
