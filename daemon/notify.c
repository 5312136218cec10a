/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/notify.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_PASSED_FD 3

void notify_say(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, strlen(path));
	if (*path == '@')
		to.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + (*path == '/'));
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, len);
	close(fd);
}

/* A variable that is a number, and meant for this process. */
static uint64_t number_for_us(const char *name, const char *pid_name)
{
	const char *pid = getenv(pid_name), *value = getenv(name);
	if (!value || (pid && (pid_t)strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(value, NULL, 10);
}

uint64_t notify_watchdog_us(void) { return number_for_us("WATCHDOG_USEC", "WATCHDOG_PID"); }

int notify_listen_fd(void)
{
	bool ours = getenv("LISTEN_PID") && number_for_us("LISTEN_FDS", "LISTEN_PID") >= 1;
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	int listening = 0;
	socklen_t len = sizeof listening;
	if (!ours || getsockopt(FIRST_PASSED_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 || !listening)
		return -1;
	fcntl(FIRST_PASSED_FD, F_SETFD, FD_CLOEXEC);
	fcntl(FIRST_PASSED_FD, F_SETFL, fcntl(FIRST_PASSED_FD, F_GETFL) | O_NONBLOCK);
	return FIRST_PASSED_FD;
}
