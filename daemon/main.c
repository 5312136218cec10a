/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossierd: options, then the front (front.c), which forks everything else. Every setting of config.def is an option of the
 * same name; options win over the files (the user's over the system's), these over the defaults.
 */
#include "daemon/access.h"
#include "daemon/config.h"
#include "daemon/front.h"
#include "daemon/jail.h"

#include "base/log.h"
#include "base/mem.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE  2
#define CHECK_LIMIT_S 3600
#define EXIT_UNSOUND 3 /* of the child */

enum { OPT_HELP = 1, OPT_VERSION, OPT_CONFIG, OPT_CHECK, OPT_CHECK_CONFIG, OPT_SNAPSHOT, OPT_SETTING };
#define N_FIXED 6

static struct option *option_table(void)
{
	static const struct option fixed[] = {{"help", no_argument, NULL, OPT_HELP}, {"version", no_argument, NULL, OPT_VERSION},
		{"config", required_argument, NULL, OPT_CONFIG}, {"check", no_argument, NULL, OPT_CHECK}, {"check-config", no_argument, NULL, OPT_CHECK_CONFIG},
		{"snapshot", required_argument, NULL, OPT_SNAPSHOT}};
	struct option *t = mem_alloc((config_n_rows + N_FIXED + 1) * sizeof *t);
	memcpy(t, fixed, sizeof fixed);
	for (size_t i = 0; i < config_n_rows; i++)
		t[N_FIXED + i] = (struct option){config_rows[i].key, config_rows[i].kind == CONFIG_SWITCH ? optional_argument : required_argument, NULL, OPT_SETTING};
	return t;
}

static void usage(FILE *to)
{
	AUTO_STR struct str s = {0};
	config_help(&s);
	fprintf(to, "usage: dossierd [--index DIR] [--socket PATH] [--source PATH]… [--config FILE] [--setting VALUE]…\n"
		"       dossierd --check [--index DIR]     verify every checksum of the index, then exit\n"
		"       dossierd --check-config [OPTION]…  read the settings, show each and where it came from, then exit\n"
		"       dossierd --snapshot NEW [--index DIR]  a backup of the index in the folder NEW, also while it is served\n"
		"       dossierd --version | --help\n\n"
		"Runs in the foreground and logs to standard error. Example:\n"
		"  dossierd --index /tmp/archive --socket /tmp/archive.sock --source ~/articles\n\n"
		"Settings (also as `key = value` in the file; sizes may end in k, M, G):\n%s", s.p);
}

/* The folder or file that was named is not there: the words for clients would not help at a start. */
static const char *what_to_do(const struct err *err, const char *absent) { return err->code == ERR_NOT_FOUND ? absent : err_advice(err->code); }

#define WHICH_INDEX "which index is meant? --index DIR names its folder"

/* ---- --check ---- */

static void tell_problem(void *arg, const char *what)
{
	(void)arg;
	printf("%s\n", what);
}

static int check_in_child(const char *index)
{
	struct jail jail = {.folder = index};
	const char *level;
	struct err err = {0};
	alarm(CHECK_LIMIT_S);
	int n = jail_enter(&jail, &level, &err);
	if (n == 0)
		n = store_check(index, tell_problem, NULL, &err);
	if (n < 0)
		printf("%s\n  %s\n", err.msg, what_to_do(&err, WHICH_INDEX));
	else
		printf(n ? "%d problems\n" : "the index is sound\n", n);
	fflush(stdout);
	return n > 0 || n == ERR_CORRUPT ? EXIT_UNSOUND : n != 0;
}

/* In a child with a time limit: damaged files can crash or hang whoever reads them. */
static int check(const struct config *cfg)
{
	int status = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(check_in_child(cfg->index));
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("dossierd: --check");
		return 1;
	}
	bool unsound = WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNSOUND);
	if (unsound && store_suspect(cfg->index, true, NULL) == 0)
		printf("the daemon will mend it: at once when it runs, else at its next start\n");
	if (WIFSIGNALED(status))
		printf("the check itself %s: the index is damaged\n", WTERMSIG(status) == SIGALRM ? "took too long" : "crashed");
	return WIFEXITED(status) && !unsound ? WEXITSTATUS(status) : 1;
}

/* ---- --snapshot ---- */

static int snapshot(const struct config *cfg, const char *dest)
{
	struct err err = {0};
	if (store_backup(cfg->index, dest, &err) != 0)
		return fprintf(stderr, "dossierd: %s\n  %s\n", err.msg, what_to_do(&err, WHICH_INDEX)), 1;
	printf("%s: a backup of %s; to restore it, stop the daemon and put it in the place of the index\n", dest, cfg->index);
	return 0;
}

/* ---- Options ---- */

struct wishes {
	const char *config, *snapshot;
	bool check, check_config, system;
	int done; /* exit status + 1, or 0: go on */
};

static int wrong(const struct err *err)
{
	fprintf(stderr, "dossierd: %s\n  %s\n", err->msg, what_to_do(err, "is the name spelt right?"));
	return EXIT_USAGE;
}

/* "--watch" alone, "--watch=no" and "--watch no" are all understood. */
static const char *switch_value(int argc, char **argv)
{
	if (optarg || optind >= argc)
		return optarg ? optarg : "yes";
	return strcmp(argv[optind], "yes") && strcmp(argv[optind], "no") ? "yes" : argv[optind++];
}

/* The first round finds --config, the second applies settings over it. */
static int parse(int argc, char **argv, struct config *cfg, struct wishes *w, bool apply, struct err *err)
{
	AUTO_FREE struct option *table = option_table();
	int index = 0;
	optind = 1;
	opterr = apply; /* wrong words are told once */
	for (int c; (c = getopt_long(argc, argv, "hV", table, &index)) != -1;) {
		if (c == OPT_HELP || c == 'h')
			return usage(stdout), w->done = 1, 0;
		if (c == OPT_VERSION || c == 'V')
			return printf("dossierd %s\n", DOSSIER_VERSION), w->done = 1, 0;
		if (c == OPT_CONFIG)
			w->config = optarg;
		else if (c == OPT_CHECK)
			w->check = true;
		else if (c == OPT_CHECK_CONFIG)
			w->check_config = true;
		else if (c == OPT_SNAPSHOT)
			w->snapshot = optarg;
		else if (c != OPT_SETTING && apply)
			return err_set(err, ERR_BAD_CONFIG, "wrong option; dossierd --help lists them");
		else if (c == OPT_SETTING) {
			const char *value = table[index].has_arg == optional_argument ? switch_value(argc, argv) : optarg;
			if (apply && config_set(cfg, table[index].name, value, err) != 0)
				return err->code;
			if (strcmp(table[index].name, "system") == 0)
				w->system = !strchr("nf0", value[0]) && strcmp(value, "off") != 0;
		}
	}
	if (optind < argc && apply)
		return err_set(err, ERR_BAD_CONFIG, "%s: what is this? Folders to read are given with --source", argv[optind]);
	return 0;
}

/* Nothing is opened but the files with the settings: who may write is looked up, for a name can be misspelt. */
static int check_config(const struct config *cfg)
{
	AUTO_STR struct str s = {0};
	struct access access = {0};
	struct err err = {0};
	int rc = access_init(&access, cfg, &err);
	access_done(&access);
	if (rc != 0)
		return wrong(&err);
	config_text(cfg, &s);
	fwrite(s.p, 1, s.n, stdout);
	return fflush(stdout) != 0;
}

/* Defaults, files, options. */
static int settings(int argc, char **argv, struct config *cfg, struct wishes *w, struct err *err)
{
	config_defaults(cfg);
	int rc = parse(argc, argv, cfg, w, false, err);
	if (rc || w->done)
		return rc;
	cfg->system = w->system; /* it decides which files are looked for */
	rc = config_files(cfg, w->config, err);
	cfg->origin = CONFIG_FROM_OPTION;
	rc = rc ? rc : parse(argc, argv, cfg, w, true, err);
	return rc ? rc : config_places(cfg, err);
}

static struct {
	int n;
	char **v;
} words; /* of the command line, for a reload */

static int settings_again(struct config *fresh, struct err *err)
{
	struct wishes w = {0};
	return settings(words.n, words.v, fresh, &w, err);
}

static int run(int argc, char **argv, struct config *cfg)
{
	struct wishes w = {0};
	struct err err = {0};
	if (settings(argc, argv, cfg, &w, &err) != 0)
		return wrong(&err);
	if (w.done)
		return w.done - 1;
	words.n = argc, words.v = argv;
	log_threshold((enum log_level)cfg->log_level);
	umask(cfg->system ? 0027 : 0077);
	return w.check_config ? check_config(cfg) : w.check ? check(cfg) : w.snapshot ? snapshot(cfg, w.snapshot) : front_run(cfg, settings_again);
}

int main(int argc, char **argv)
{
	struct config cfg = {0};
	int rc = run(argc, argv, &cfg);
	config_done(&cfg);
	return rc;
}
