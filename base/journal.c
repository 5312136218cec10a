/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEMD "/run/systemd/journal/socket"
#define FIRST_FD 10    /* out of the way of descriptors that have a meaning */
#define PATIENCE_US 250000 /* a journal that does not read keeps nobody waiting for longer */
#define NAME_MOST 60

static bool is_stderr(const char *stream)
{
	uint64_t device, inode;
	struct stat st;
	return stream && sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

int journal_open(void)
{
	const char *set = getenv("DOSSIER_JOURNAL"), *path = set && *set ? set : SYSTEMD;
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval patience = {0, PATIENCE_US};
	if (!is_stderr(getenv("JOURNAL_STREAM")) || strlen(path) >= sizeof to.sun_path)
		return -1;
	memcpy(to.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), high = -1;
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0)
		high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (fd >= 0)
		close(fd);
	return high;
}

static void put_name(struct str *out, const char *prefix, const char *name)
{
	size_t start = out->n;
	str_z(out, prefix);
	for (; *name && out->n - start < NAME_MOST; name++)
		str_ch(out, *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : (*name >= 'A' && *name <= 'Z') || (*name >= '0' && *name <= '9') ? *name : '_');
}

/* As much of it as is let through, whole characters where it is UTF-8. */
static struct span cut(struct span value)
{
	size_t n = JOURNAL_VALUE;
	if (value.n <= n)
		return value;
	for (int i = 0; i < 3 && ((unsigned char)value.p[n] & 0xC0) == 0x80; i++)
		n--;
	return (struct span){value.p, n};
}

/* NAME=value, or, where a line's end is in it, NAME, its length in eight bytes, least first, and its bytes. */
void journal_field(struct str *out, const char *prefix, const char *name, struct span value)
{
	static const char more[] = "…";
	struct span kept = cut(value);
	size_t n = kept.n + (kept.n < value.n ? sizeof more - 1 : 0);
	if (out->n + n + 2 * NAME_MOST > JOURNAL_MOST)
		return;
	put_name(out, prefix, name);
	bool lines = span_find(kept, SPAN("\n")) >= 0;
	str_ch(out, lines ? '\n' : '=');
	for (int i = 0; i < 8 && lines; i++)
		str_ch(out, (char)(unsigned char)((uint64_t)n >> (8 * i)));
	str_span(out, kept);
	if (kept.n < value.n)
		str_z(out, more);
	str_ch(out, '\n');
}
