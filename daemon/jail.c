/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seccomp through libseccomp; Landlock by its three system calls. The order matters: limits, no_new_privs, Landlock (needs calls
 * that seccomp then takes away), seccomp.
 *
 * The list was found by tracing real work: reading mapped and unmapped files, memory, the one socket, the clock, the log.
 */
#include "daemon/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

bool jail_die_with_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == parent;
}

void jail_cpu_budget(uint64_t ms)
{
	struct itimerval t = {.it_value = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)}};
	setitimer(ITIMER_PROF, &t, NULL);
}

static void set_limits(const struct jail *j)
{
	struct rlimit none = {0, 0}, files = {64, 64};
	setrlimit(RLIMIT_CORE, &none); /* no text of a document in a core file */
	setrlimit(RLIMIT_NPROC, &none); /* (no RLIMIT_FSIZE: the log may be a file) */
	if (!j->folder)
		setrlimit(RLIMIT_NOFILE, &files);
	struct rlimit memory = {j->memory_bytes, j->memory_bytes};
	if (j->memory_bytes && !SANITIZED) /* a sanitizer's shadow is terabytes */
		setrlimit(RLIMIT_DATA, &memory);
}

/* ---- Landlock ---- */

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static uint64_t all_access(int abi)
{
	uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
	if (abi >= 2)
		all |= LANDLOCK_ACCESS_FS_REFER;
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
	if (abi >= 3)
		all |= LANDLOCK_ACCESS_FS_TRUNCATE;
#endif
	return all;
}

static bool allow_folder(int ruleset, const char *folder, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = open(folder, O_PATH | O_CLOEXEC)};
	if (rule.parent_fd < 0)
		return false;
	long rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return rc == 0;
}

/* What a program of the system needs to start: its code, libraries and tables; nobody's documents lie there. */
static bool allow_system(int ruleset)
{
	static const char *const folders[] = {"/usr", "/lib", "/lib64", "/bin"}, *const files[] = {"/etc/ld.so.cache", "/etc/localtime", "/etc/catdocrc", "/etc/papersize", "/dev/null"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (access(folders[i], F_OK) == 0 && !allow_folder(ruleset, folders[i], READING | LANDLOCK_ACCESS_FS_EXECUTE))
			return false;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (access(files[i], F_OK) == 0 && !allow_folder(ruleset, files[i], LANDLOCK_ACCESS_FS_READ_FILE))
			return false;
	return true;
}

static bool landlock(const struct jail *j)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return false;
	struct landlock_ruleset_attr attr = {.handled_access_fs = all_access((int)abi)};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (ruleset < 0)
		return false;
	bool good = (!j->folder || allow_folder(ruleset, j->folder, READING)) && (!j->program || allow_system(ruleset)) && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return good;
}

/* ---- seccomp ---- */

static const int always[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(fstat), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(sched_yield),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(setitimer),
	SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getrusage), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};
/* Who may read a folder needs to find its way in it. */
static const int paths[] = {
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(fadvise64), SCMP_SYS(fstatfs), SCMP_SYS(getcwd),
};

#if SANITIZED /* they look whether memory is there by writing it to a pipe */
static const int for_sanitizers[] = {SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(readlink), SCMP_SYS(sched_getaffinity)};
#else
static const int for_sanitizers[] = {SCMP_SYS(read)};
#endif

/* Starting a program and its libraries. Mapping code is part of that: what may be mapped is what Landlock lets it read. */
static const int starting[] = {
	SCMP_SYS(execve), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(dup), SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getppid),
};

/* Opening, for reading alone. */
static int allow_open(scmp_filter_ctx ctx)
{
	unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_EXCL;
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0));
	return rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0));
}

static int allow_some(scmp_filter_ctx ctx)
{
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)); /* no new code */
	rc = rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rc = rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)); /* abort() */
	static const int commands[] = {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC};
	for (size_t i = 0; i < sizeof commands / sizeof *commands && !rc; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)commands[i], 0));
	/* asking for a limit, not setting one */
	return rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0, 0));
}

static bool filter_calls(bool may_open, bool program)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!ctx)
		return false;
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree instead of a list: every call goes through it */
	int rc = allow_some(ctx);
	for (size_t i = 0; i < sizeof always / sizeof *always && !rc; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, always[i], 0);
	for (size_t i = 0; i < sizeof paths / sizeof *paths && !rc && may_open; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, paths[i], 0);
	for (size_t i = 0; i < sizeof for_sanitizers / sizeof *for_sanitizers && !rc && SANITIZED; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, for_sanitizers[i], 0);
	for (size_t i = 0; i < sizeof starting / sizeof *starting && !rc && program; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, starting[i], 0);
	if (!rc && may_open)
		rc = allow_open(ctx);
	if (!rc)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc == 0;
}

int jail_enter(const struct jail *j, const char **level, struct err *err)
{
	static const char *const levels[] = {"none", "landlock", "seccomp", JAIL_FULL};
	set_limits(j);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(err, "cannot give up privileges");
	prctl(PR_SET_DUMPABLE, 0);
	bool land = landlock(j);
	bool calls = filter_calls(j->folder != NULL || j->program, j->program);
	*level = levels[land + 2 * calls];
	return 0;
}
