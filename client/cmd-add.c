/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier add PATH… : names folders and files to the daemon, then follows its progress until it is idle.
 * dossier add -     : reads NDJSON from standard input and pushes it in batches; each is durable when answered.
 *
 * Ctrl-C ends the watching, not the work.
 */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH_BYTES (1u << 20)

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct progress {
	const struct call *c;
	double since, drawn;
	bool bar;
	long long first; /* documents read before we came */
	json_t *last;
};

/* "██████░░ 3412 of 10000 files, 3412 documents, 512 a second, 2 failed" on one line that is drawn again and again: as long as fits. */
static void draw(const struct progress *p)
{
	long long files = number(p->last, "files"), done = number(p->last, "files_done"), docs = number(p->last, "documents_read") - p->first, failed = number(p->last, "failed");
	double spent = seconds() - p->since;
	struct winsize w = {0};
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80, bar = columns >= 100 ? 20 : columns >= 72 ? 8 : 0;
	fputs("\r\033[K", stderr);
	for (int i = 0; i < bar; i++)
		fputs(files && i < bar * done / files ? "█" : "░", stderr);
	fprintf(stderr, "%s%lld of %lld files", bar ? " " : "", done, files);
	if (bar)
		fprintf(stderr, ", %lld documents, %.0f a second", docs, spent > 0.05 ? (double)docs / spent : 0);
	if (failed)
		fprintf(stderr, ", %lld failed", failed);
	fflush(stderr);
}

static int progress_line(void *arg, const char *text, size_t n)
{
	struct progress *p = arg;
	json_t *now = json_loadb(text, n, 0, NULL);
	if (!now)
		return 0;
	if (!p->last)
		p->first = number(now, "documents_read");
	json_decref(p->last);
	p->last = now;
	if (p->c->json) {
		put_json(text, n);
		fflush(stdout);
	} else if (p->bar && seconds() - p->drawn > 0.1) {
		p->drawn = seconds();
		draw(p);
	}
	return 0;
}

/* Async-signal-safe: only write and _exit. */
static void interrupted(int sig)
{
	static const char words[] = "\nThe daemon goes on without us: dossier status\n";
	(void)!write(STDERR_FILENO, words, sizeof words - 1);
	_exit(128 + sig);
}

/* Does what failed lie in one of the folders that were named? */
static bool was_named(const struct call *c, const char *path)
{
	char full[PATH_MAX];
	for (size_t i = 0; i < c->n_words; i++) {
		size_t n = realpath(c->words[i], full) ? strlen(full) : 0;
		if (n && strncmp(path, full, n) == 0 && (!path[n] || path[n] == '/'))
			return true;
	}
	return false;
}

#define FAILED_LOOKED "1000" /* of all failures: what was named now is among them, or there is a page for it */
#define FAILED_SHOWN  5

static void say_failed_files(const struct call *c)
{
	json_t *answer = NULL, *f;
	size_t i, n = 0;
	const char *advice = "";
	if (dossier_json(c->daemon, "GET", "/v1/failed", (const char *[]){"limit", FAILED_LOOKED, NULL}, &answer) != 0)
		return;
	json_array_foreach(json_object_get(answer, "files"), i, f)
		n += was_named(c, get(f, "path"));
	if (n)
		say(c, "%zu could not be read:", n);
	size_t shown = 0;
	json_array_foreach(json_object_get(answer, "files"), i, f) {
		if (!was_named(c, get(f, "path")) || shown++ >= FAILED_SHOWN)
			continue;
		say(c, "  %s: %s", get(f, "path"), reason_of(f));
		if (strcmp(advice, get(f, "advice")) != 0)
			advise(0, "  %s", advice = get(f, "advice"));
	}
	if (n > FAILED_SHOWN)
		hint(c, "dossier status --failed");
	json_decref(answer);
}

static int follow(struct call *c)
{
	signal(SIGINT, interrupted);
	struct progress p = {.c = c, .since = seconds(), .bar = isatty(STDERR_FILENO) && !c->quiet && !c->json};
	dossier_timeout(c->daemon, INT_MAX);
	int rc = dossier_stream(c->daemon, "GET", "/v1/progress", NULL, NULL, NULL, 0, progress_line, &p);
	if (p.bar && p.last) {
		draw(&p);
		fputc('\n', stderr);
	}
	if (rc == 0 && !c->quiet && !c->json && p.last) {
		long long docs = number(p.last, "documents");
		say(c, docs == 1 ? "%lld document in the index" : "%lld documents in the index", docs);
		if (number(p.last, "failed"))
			say_failed_files(c);
	}
	json_decref(p.last);
	return rc ? call_failed(c) : EXIT_FOUND;
}

/* The user who runs the daemon, by name or number: the owner of its socket. */
static uid_t daemon_user(const struct call *c, char name[64])
{
	struct stat st;
	uid_t uid = stat(dossier_socket(c->daemon), &st) == 0 ? st.st_uid : getuid();
	struct passwd *who = getpwuid(uid);
	if (who)
		snprintf(name, 64, "%s", who->pw_name);
	else
		snprintf(name, 64, "%u", (unsigned)uid);
	return uid;
}

/* We see the path and the daemon does not: its unit hides /tmp, or its user may not go there. */
static int not_taken(const struct call *c, const char *path)
{
	char user[64];
	uid_t uid = daemon_user(c, user);
	const char *code = get(dossier_problem(c->daemon), "code");
	bool temporary = strncmp(path, "/tmp/", 5) == 0 || strncmp(path, "/var/tmp/", 9) == 0;
	bool unseen = strcmp(code, "not-found") == 0, closed = strcmp(code, "denied") == 0 && strstr(dossier_error(c->daemon), strerror(EACCES));
	int rc = call_failed(c);
	if (uid == getuid() || !(unseen || closed))
		return rc;
	if (unseen && temporary)
		return advise(rc, "the machine's daemon has a /tmp of its own and cannot see yours: put the folder elsewhere, /srv/articles say");
	if (unseen)
		return advise(rc, "the daemon (user %s) cannot see it: its unit may hide this part of the machine (systemctl cat dossierd)", user);
	advise(0, "the daemon runs as the user %s, who may not read it. Let it in:  setfacl -R -m u:%s:rX %s", user, user, path);
	return advise(rc, "and let it pass through each folder above that is closed, or run a daemon of your own: dossierd");
}

static int add_path(struct call *c, const char *path)
{
	char full[PATH_MAX];
	if (!realpath(path, full)) {
		complain(c, "%s: %s", path, strerror(errno));
		return advise(EXIT_REFUSED, errno == ENOENT ? "is the name spelt right?" : "you yourself may not look at it; nor may the daemon, most likely");
	}
	json_t *body = json_pack("{s:s}", "path", full);
	if (!body) {
		complain(c, "%s: a path that is no UTF-8 cannot be sent", path);
		return advise(EXIT_REFUSED, "name the folder above it");
	}
	if (c->name)
		json_object_set_new(body, "name", json_string(c->name));
	char *sent = json_dumps(body, JSON_COMPACT);
	int rc = dossier_request(c->daemon, "POST", "/v1/sources", NULL, "application/json", sent, strlen(sent), NULL, NULL);
	free(sent);
	json_decref(body);
	return rc ? not_taken(c, full) : EXIT_FOUND;
}

struct pushed {
	const struct call *c;
	long long added, replaced, unchanged, rejected, answers;
};

static int pushed_line(void *arg, const char *text, size_t n)
{
	struct pushed *p = arg;
	json_t *line = json_loadb(text, n, 0, NULL);
	const char *status = json_string_value(json_object_get(line, "status")), *why = json_string_value(json_object_get(line, "reason"));
	const char *id = json_string_value(json_object_get(line, "id"));
	if (p->c->json)
		put_json(text, n);
	if (!status) {
		json_decref(line);
		return 0;
	}
	p->answers++;
	p->added += strcmp(status, "added") == 0;
	p->replaced += strcmp(status, "replaced") == 0;
	p->unchanged += strcmp(status, "unchanged") == 0;
	if (strcmp(status, "rejected") == 0) {
		char nth[40];
		snprintf(nth, sizeof nth, "document %lld", p->answers);
		complain(p->c, "%s: %s", id ? id : nth, why ? why : "rejected");
		if (p->rejected++ == 0)
			advise(0, "how a document looks: one {\"id\": …, \"text\": …} a line; dossier-api(7)");
	}
	json_decref(line);
	return 0;
}

/* 503: the daemon's queue is full: waits and sends the same batch again, for as long as it takes. */
static int push_batch(struct call *c, const char *bytes, size_t n, struct pushed *sum)
{
	for (unsigned wait_ms = 100;; wait_ms = wait_ms < 2000 ? wait_ms * 2 : 2000) {
		int rc = dossier_stream(c->daemon, "POST", "/v1/docs", NULL, "application/x-ndjson", bytes, n, pushed_line, sum);
		if (rc != DOSSIER_REFUSED || dossier_status(c->daemon) != 503)
			return rc ? call_failed(c) : 0;
		nanosleep(&(struct timespec){wait_ms / 1000, (long)(wait_ms % 1000) * 1000000}, NULL);
	}
}

/* Room for more input after `used` bytes; false when one line alone is longer than anything the daemon takes. */
static bool make_room(const struct call *c, char **batch, size_t used, size_t *room)
{
	if (used < *room)
		return true;
	if (*room >= SEND_MAX) {
		complain(c, "a line longer than %d MiB", SEND_MAX >> 20);
		return advise(0, "NDJSON has one document a line: is this another format? dossier add FILE reads many");
	}
	*room *= 2;
	char *bigger = realloc(*batch, *room);
	if (!bigger)
		abort();
	*batch = bigger;
	return true;
}

/* The lines that are complete go as one batch, as soon as there are BATCH_BYTES of them; what is broken off waits for its end. */
static int push_lines(struct call *c, struct pushed *sum)
{
	size_t room = BATCH_BYTES, used = 0, n = 1;
	char *batch = malloc(room);
	int rc = 0;
	while (rc == 0 && batch && n > 0) {
		if (!make_room(c, &batch, used, &room)) {
			rc = EXIT_REFUSED;
			break;
		}
		n = fread(batch + used, 1, room - used, stdin);
		used += n;
		const char *last = used ? memrchr(batch, '\n', used) : NULL;
		size_t whole = n == 0 ? used : last ? (size_t)(last - batch) + 1 : 0;
		if (whole)
			rc = push_batch(c, batch, whole, sum);
		memmove(batch, batch + whole, used - whole);
		used -= whole;
	}
	free(batch);
	return rc;
}

static int add_stdin(struct call *c)
{
	struct pushed sum = {.c = c};
	if (isatty(STDIN_FILENO))
		say(c, "Reading NDJSON from the terminal, one {\"id\": …, \"text\": …} a line, until Ctrl-D");
	dossier_timeout(c->daemon, 600000);
	int rc = push_lines(c, &sum);
	say(c, "%lld added, %lld replaced, %lld unchanged, %lld rejected", sum.added, sum.replaced, sum.unchanged, sum.rejected);
	return rc ? rc : sum.rejected ? EXIT_REFUSED : EXIT_FOUND;
}

int cmd_add(struct call *c)
{
	if (c->n_words == 0) {
		complain(c, "takes folders or files, or - to read NDJSON from standard input");
		return advise(EXIT_USAGE, "try: dossier add --help");
	}
	if (c->n_words == 1 && strcmp(c->words[0], "-") == 0)
		return add_stdin(c);
	int worst = 0;
	size_t named = 0;
	for (size_t i = 0; i < c->n_words; i++) {
		int rc = add_path(c, c->words[i]);
		named += rc == 0;
		if (rc > worst)
			worst = rc;
		if (rc == EXIT_UNREACHABLE)
			return rc;
	}
	int rc = named && !c->no_wait ? follow(c) : 0;
	return worst ? worst : rc;
}
