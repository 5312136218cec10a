/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier completion SHELL: a script that asks us back. The shells hand over the words so far; all knowledge stays here:
 *
 *	dossier __complete WORD…    prints the completions of the last word, one a line
 *
 * Commands and options come from options.def, leaders, sources and languages from the daemon, which has 200 ms; no answer is silence.
 */
#include "client/complete.h"
#include "client/help.h"
#include "client/output.h"
#include "client/say.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static const char bash_script[] = "# dossier completion for bash\n"
				  "_dossier() {\n"
				  "\tlocal IFS=$'\\n'\n"
				  "\tCOMPREPLY=($(dossier __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
				  "\t[[ ${#COMPREPLY[@]} == 0 ]] && compopt -o default\n"
				  "}\n"
				  "complete -F _dossier dossier\n";
static const char zsh_script[] = "#compdef dossier\n"
				 "_dossier() {\n"
				 "\tlocal -a found\n"
				 "\tfound=(\"${(@f)$(dossier __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
				 "\tif [[ -n ${found[1]} ]]; then compadd -- \"${found[@]}\"; else _files; fi\n"
				 "}\n"
				 "if [[ $funcstack[1] == _dossier ]]; then _dossier \"$@\"; else compdef _dossier dossier; fi\n";
static const char fish_script[] = "# dossier completion for fish\n"
				  "function __dossier_complete\n"
				  "\tset -l words (commandline -opc) (commandline -ct)\n"
				  "\tdossier __complete $words[2..-1] 2>/dev/null\n"
				  "end\n"
				  "complete -c dossier -a '(__dossier_complete)'\n";

int cmd_completion(struct call *c)
{
	const char *shell = c->n_words == 1 ? c->words[0] : "";
	const char *script = strcmp(shell, "bash") == 0 ? bash_script : strcmp(shell, "zsh") == 0 ? zsh_script : strcmp(shell, "fish") == 0 ? fish_script : NULL;
	if (!script) {
		complain(c, "takes bash, zsh or fish");
		return advise(EXIT_USAGE, "try: dossier completion --help");
	}
	put_raw(script);
	return EXIT_FOUND;
}

static void print_if(const char *prefix, const char *word)
{
	char safe[256];
	if (strncmp(word, prefix, strlen(prefix)) != 0)
		return;
	printable_z(safe, sizeof safe, word);
	puts(safe);
}

#define PATIENCE_MS 180 /* with its start and end, 200 */

static void give_up(int signal_no)
{
	(void)signal_no;
	_exit(EXIT_FOUND);
}

/* Whoever typed TAB waits no longer, also for one who says a byte now and then: the end is silent. */
static void be_quick(bool on)
{
	struct itimerval t = {.it_value = {0, on ? PATIENCE_MS * 1000 : 0}};
	signal(SIGALRM, give_up);
	setitimer(ITIMER_REAL, &t, NULL);
}

static void print_each(const char *prefix, const char *const *words)
{
	while (*words)
		print_if(prefix, *words++);
}

/* The daemon's answer, new; NULL when there is none in time. */
static json_t *ask_quickly(const char *path, const char *const *params)
{
	struct dossier *d = dossier_new(NULL);
	json_t *answer = NULL;
	if (!d)
		return NULL;
	be_quick(true);
	dossier_timeout(d, PATIENCE_MS);
	int rc = dossier_json(d, "GET", path, params, &answer);
	be_quick(false);
	dossier_free(d);
	if (rc == 0)
		return answer;
	json_decref(answer);
	return NULL;
}

static void complete_from_daemon(const char *field, const char *typed)
{
	const char *comma = strrchr(typed, ','), *prefix = comma ? comma + 1 : typed;
	const char *params[] = {"field", field, "prefix", prefix, "limit", "50", NULL};
	json_t *answer = ask_quickly("/v1/suggest", params), *v;
	size_t i;
	json_array_foreach(json_object_get(answer, "values"), i, v) {
		const char *id = json_string_value(json_object_get(v, "id"));
		if (id) {
			printf("%.*s", (int)(prefix - typed), typed);
			print_if("", id);
		}
	}
	json_decref(answer);
}

static void complete_settings(const char *typed)
{
	json_t *answer = ask_quickly("/v1/config", NULL), *s;
	size_t i;
	json_array_foreach(json_object_get(answer, "settings"), i, s) {
		const char *key = json_string_value(json_object_get(s, "key"));
		if (key)
			print_if(typed, key);
	}
	json_decref(answer);
}

static void complete_value(const struct option_row *o, const char *typed)
{
	static const struct {
		const char *option, *values[6];
	} fixed[] = {{"date", {"published", "mentioned"}}, {"date-match", {"overlaps", "within"}}, {"match", {"auto", "all", "any"}},
		     {"sort", {"relevance", "newest", "oldest"}}, {"color", {"auto", "always", "never"}}, {"format", {"text", "json", "csv", "paths0", "bibtex"}}, {"facets", {"leader", "date:month", "date:year", "country", "source"}}};
	if (strcmp(o->long_name, "named") == 0)
		complete_from_daemon("leader", typed);
	static const char *const asked[] = {"leader", "source", "lang", "country", "office"};
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		for (size_t k = 0; strcmp(fixed[i].option, o->long_name) == 0 && k < 6 && fixed[i].values[k]; k++)
			print_if(typed, fixed[i].values[k]);
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
		if (strcmp(asked[i], o->long_name) == 0)
			complete_from_daemon(asked[i], typed);
}

static void complete_option(enum command c, const char *typed)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		char word[64];
		snprintf(word, sizeof word, "--%s", option_rows[i].long_name);
		if (option_rows[i].where & (1u << c))
			print_if(typed, word);
	}
}

static const struct option_row *option_waiting(enum command c, const char *word)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *o = &option_rows[i];
		bool is_long = strncmp(word, "--", 2) == 0 && strcmp(word + 2, o->long_name) == 0;
		bool is_short = word[0] == '-' && o->short_name && word[1] == o->short_name && !word[2];
		if ((o->where & (1u << c)) && o->argument && (is_long || is_short))
			return o;
	}
	return NULL;
}

int complete_words(int n, char **words)
{
	const char *typed = n ? words[n - 1] : "";
	int command = -1;
	for (int i = 0; i < COMMAND_COUNT_; i++) {
		if (n <= 1)
			print_if(typed, command_rows[i].name);
		else if (strcmp(command_rows[i].name, words[0]) == 0)
			command = i;
	}
	if (command < 0)
		return EXIT_FOUND;
	const struct option_row *o = option_waiting((enum command)command, words[n - 2]);
	if (o && n > 2)
		complete_value(o, typed);
	else if (typed[0] == '-')
		complete_option((enum command)command, typed);
	else if (command == COMMAND_who || command == COMMAND_meetings || command == COMMAND_leaders)
		complete_from_daemon("leader", typed);
	else if (command == COMMAND_templates)
		complete_from_daemon("source", typed);
	else if (command == COMMAND_config)
		complete_settings(typed);
	else if (command == COMMAND_watch && n == 2)
		print_each(typed, (const char *const[]){"add", "run", "list", "remove", NULL});
	else if (command == COMMAND_completion)
		print_each(typed, (const char *const[]){"bash", "zsh", "fish", NULL});
	return EXIT_FOUND;
}
