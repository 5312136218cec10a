/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escapes from the jail: in each kind of jail, what code that was taken over would try. Each attempt runs in a child of its
 * own and must fail with EPERM, EACCES or a signal; what the jail is for must go on working.
 */
#include "daemon/jail.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

static char folder[] = "/tmp/test-jail-XXXXXX";
static char inside[64], outside[64] = "/etc/passwd";
static pid_t parent;

static long try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long try_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long try_exec(void) { return execl("/bin/true", "true", NULL); }
static long try_exec_inside(void) { return execl(inside, inside, NULL); }
static long try_fork(void) { return syscall(SYS_fork); }
static long try_clone(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static long try_ptrace(void) { return ptrace(PTRACE_ATTACH, parent, 0, 0); }
static long try_kill(void) { return kill(parent, 0); }
static long try_tgkill(void) { return syscall(SYS_tgkill, parent, parent, 0); }
static long try_open_outside(void) { return open(outside, O_RDONLY); }
static long try_open_memory(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", (int)parent);
	return open(path, O_RDONLY);
}
static long try_write_inside(void) { return open(inside, O_WRONLY); }
static long try_create_inside(void)
{
	char path[80];
	snprintf(path, sizeof path, "%s/new", folder);
	return open(path, O_RDWR | O_CREAT, 0600);
}
static long try_unlink(void) { return unlink(inside); }
static long try_rename(void) { return rename(inside, outside); }
static long try_mount(void) { return mount("none", folder, "tmpfs", 0, NULL); }
static long try_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long try_userfaultfd(void) { return syscall(SYS_userfaultfd, 0); }
static long try_io_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL); }
static long try_unshare(void) { return syscall(SYS_unshare, 0x10000000); }
static long try_setuid(void) { return syscall(SYS_setuid, 0); }
static long try_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? -1 : 0;
}
static long try_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static long try_process_read(void) { return syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0); }
static long try_limit(void)
{
	uint64_t more[2] = {~0ull, ~0ull};
	return syscall(SYS_prlimit64, 0, 2 /* data */, more, NULL);
}
static long try_ioctl(void)
{
	char c = 'x';
	return syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, &c);
}
static long try_open_inside(void) { return open(inside, O_RDONLY); }

static const struct attempt {
	const char *what;
	long (*go)(void);
} attempts[] = {{"socket", try_socket}, {"unix socket", try_unix_socket}, {"exec", try_exec}, {"fork", try_fork}, {"clone", try_clone}, {"ptrace", try_ptrace},
	{"kill", try_kill}, {"tgkill", try_tgkill}, {"open outside", try_open_outside}, {"open memory", try_open_memory}, {"write inside", try_write_inside},
	{"create inside", try_create_inside}, {"unlink", try_unlink}, {"rename", try_rename}, {"mount", try_mount}, {"bpf", try_bpf},
	{"userfaultfd", try_userfaultfd}, {"io_uring", try_io_uring}, {"unshare", try_unshare}, {"setuid", try_setuid}, {"code", try_code},
	{"make code", try_make_code}, {"read a process", try_process_read}, {"raise a limit", try_limit}, {"push into the terminal", try_ioctl}};

/* Exit status of an attempt in a jail: 0 refused, 1 succeeded, 2 failed for another reason. */
static int attempt_in(const struct jail *jail, long (*go)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		const char *level;
		if (jail_enter(jail, &level, NULL) != 0)
			_exit(3);
		errno = 0;
		long rc = go();
		_exit(rc >= 0 ? 1 : errno == EPERM || errno == EACCES ? 0 : 2);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
}

static void nothing_gets_out(void **state)
{
	(void)state;
	struct jail reader = {.memory_bytes = 512 << 20}, searcher = {.folder = folder};
	const struct jail *jails[] = {&reader, &searcher};
	for (size_t j = 0; j < 2; j++) {
		for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
			int got = attempt_in(jails[j], attempts[i].go);
			if (got)
				print_error("jail %zu: %s: %d\n", j, attempts[i].what, got);
			assert_int_equal(got, 0);
		}
	}
}

/* A converter's program may start what the system has, and nothing more than that. */
static void a_program_is_jailed_too(void **state)
{
	(void)state;
	struct jail program = {.memory_bytes = 512 << 20, .program = true};
	static const char *const may[] = {"exec", "code", "make code"};
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		bool allowed = false;
		for (size_t k = 0; k < sizeof may / sizeof *may; k++)
			allowed |= strcmp(attempts[i].what, may[k]) == 0;
		int got = attempt_in(&program, attempts[i].go);
		if (got && !allowed)
			print_error("program: %s: %d\n", attempts[i].what, got);
		assert_true(allowed || got == 0);
	}
	assert_int_equal(attempt_in(&program, try_open_inside), 0);
	assert_int_equal(attempt_in(&program, try_exec_inside), 0);
}

static void what_it_is_for_works(void **state)
{
	(void)state;
	struct jail reader = {.memory_bytes = 512 << 20}, searcher = {.folder = folder};
	assert_int_equal(attempt_in(&reader, try_open_inside), 0);
	assert_int_equal(attempt_in(&searcher, try_open_inside), 1);
}

static void the_level_is_told(void **state)
{
	(void)state;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct jail jail = {.folder = folder};
		const char *level = "?";
		_exit(jail_enter(&jail, &level, NULL) != 0 || io_write_all(fds[1], span_of(level), NULL) != 0);
	}
	char said[32] = "";
	assert_true(read(fds[0], said, sizeof said - 1) > 0);
	waitpid(pid, NULL, 0);
	close(fds[0]), close(fds[1]);
	assert_true(strcmp(said, JAIL_FULL) == 0 || strcmp(said, "seccomp") == 0); /* Landlock depends on the kernel */
}

static void a_budget_of_time_ends(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct jail jail = {0};
		const char *level;
		if (jail_enter(&jail, &level, NULL) != 0)
			_exit(3);
		jail_cpu_budget(50);
		for (volatile unsigned long i = 0;; i++)
			;
	}
	int status = 0;
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF);
}

static int make_folder(void **state)
{
	(void)state;
	parent = getpid();
	if (!mkdtemp(folder))
		return -1;
	snprintf(inside, sizeof inside, "%s/file", folder);
	return io_replace_file(inside, SPAN("#!/bin/true\n"), NULL) || chmod(inside, 0755);
}

static int remove_folder(void **state)
{
	(void)state;
	return io_remove_tree(folder, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_gets_out), cmocka_unit_test(a_program_is_jailed_too), cmocka_unit_test(what_it_is_for_works),
		cmocka_unit_test(the_level_is_told), cmocka_unit_test(a_budget_of_time_ends)};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
