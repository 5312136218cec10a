/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nobody listens: how to start a daemon on this machine, for this user. Only what would work here is said: units that are
 * installed, where systemd runs; the program beside ours, where it is not in the path.
 */
#include "client/output.h"
#include "client/say.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_SOCKET "/run/dossier/dossier.sock"

static bool there(const char *path) { return access(path, F_OK) == 0; }

static bool has_unit(const char *kind)
{
	static const char *const places[] = {"/usr/lib/systemd", "/lib/systemd", "/usr/local/lib/systemd", "/etc/systemd"};
	char path[128];
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, sizeof path, "%s/%s/dossierd.socket", places[i], kind);
		if (there(path))
			return true;
	}
	return false;
}

/* "dossierd" where the shell finds it; else the one beside us; else NULL. */
static const char *daemon_program(char path[PATH_MAX + 16])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	const char *p = getenv("PATH");
	char full[PATH_MAX];
	for (; p && *p; p += strcspn(p, ":"), p += *p == ':') {
		snprintf(full, sizeof full, "%.*s/dossierd", (int)strcspn(p, ":"), p);
		if (access(full, X_OK) == 0)
			return "dossierd";
	}
	if (n <= 0)
		return NULL;
	path[n] = 0;
	strcpy(strrchr(path, '/') + 1, "dossierd");
	return access(path, X_OK) == 0 ? path : NULL;
}

/* Which daemon would listen at this path. */
static bool of_system(const char *path) { return strcmp(path, SYSTEM_SOCKET) == 0; }

static bool is_default(const char *path)
{
	struct dossier *d = getenv("DOSSIER_SOCKET") ? NULL : dossier_new(NULL);
	bool same = d && strcmp(dossier_socket(d), path) == 0;
	dossier_free(d);
	return same;
}

/* A daemon for this socket; the units only where they would listen there. Each line runs as it stands. */
static void how_to_start(const char *path)
{
	char program[PATH_MAX + 16], word[PATH_MAX + 16], at[256];
	const char *dossierd = daemon_program(program), *sudo = getuid() == 0 ? "" : "sudo ";
	bool booted = there("/run/systemd/system"), usual = is_default(path), closed = there(SYSTEM_SOCKET) && access(SYSTEM_SOCKET, W_OK) != 0, said = false;
	if (booted && usual && getuid() != 0 && getenv("XDG_RUNTIME_DIR") && has_unit("user"))
		said = !advise(0, "try: systemctl --user enable --now dossierd.socket  # a daemon of your own, now and at every login");
	if (booted && usual && has_unit("system") && !closed)
		said = !advise(0, "try: %ssystemctl enable --now dossierd.socket  # one for the whole machine", sudo);
	if (usual && closed)
		said = !advise(0, "try: sudo adduser $USER dossier  # to use the machine's, which runs; then log in again");
	if (!dossierd && !said)
		advise(0, "dossierd is not installed here: install the package dossier, or build it");
	else if (dossierd && usual && !said)
		advise(0, "try: %s &  # a daemon of your own, until you log out", quoted(word, sizeof word, dossierd));
	else if (dossierd && !usual)
		advise(0, "try: %s --socket %s &  # or name the socket of one that runs", quoted(word, sizeof word, dossierd), quoted(at, sizeof at, path));
}

int advise_unreachable(const struct call *c)
{
	const char *path = dossier_socket(c->daemon);
	if (strlen(path) > 107)
		return advise(EXIT_UNREACHABLE, "name a shorter one with --socket PATH or DOSSIER_SOCKET");
	if (there(path) && access(path, W_OK) != 0 && of_system(path))
		return advise(EXIT_UNREACHABLE, "try: sudo adduser $USER dossier  # to be let in; then log in again");
	if (there(path) && access(path, W_OK) != 0)
		return advise(EXIT_UNREACHABLE, "you may not write to this socket: ask its owner, or name another with --socket PATH");
	how_to_start(path);
	return EXIT_UNREACHABLE;
}

const char *journal_of(const char *socket_path)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	if (of_system(socket_path))
		return getuid() == 0 ? "journalctl -u dossierd" : "sudo journalctl -u dossierd";
	if (run && *run && strncmp(socket_path, run, strlen(run)) == 0 && there("/run/systemd/system"))
		return "journalctl --user -u dossierd, or the terminal where it runs";
	return "the terminal where it runs";
}
