#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

int ringback_drop_privileges(uint32_t user, uint32_t group) {
  if (geteuid() == 0) {
    // What root's capabilities could give back later is taken away first: it needs CAP_SETPCAP.
    for (unsigned long capability = 0; capability <= 63; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (user != 0) {
      if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0)
        return errno;
    }
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  if (syscall(SYS_capset, &header, data) != 0) return errno;
  // There is no way back.
  if (user != 0 && setresuid(0, 0, 0) == 0) return EPERM;
  return 0;
}

int ringback_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

int ringback_confine_files(const char *directory) {
#if defined(LANDLOCK_CREATE_RULESET_VERSION) && defined(SYS_landlock_create_ruleset)
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return ENOSYS;
  struct {
    uint64_t files, network, scopes;
  } rules = {0};
  // Access rights by version of the interface: 1 has 13, 2 adds REFER, 3 TRUNCATE, 5 IOCTL_DEV (landlock(7)).
  rules.files = (1ULL << 13) - 1;
  if (version >= 2) rules.files |= 1ULL << 13;
  if (version >= 3) rules.files |= 1ULL << 14;
  if (version >= 4) rules.network = 3;
  if (version >= 5) rules.files |= 1ULL << 15;
  if (version >= 6) rules.scopes = 3;
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int set = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
  if (set < 0) return errno;
  int failure = 0;
  if (directory) {
    struct landlock_path_beneath_attr beneath = {0};
    beneath.parent_fd = open(directory, O_PATH | O_CLOEXEC);
    beneath.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
                             LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_REG;
    if (version >= 3) beneath.allowed_access |= 1ULL << 14;
    if (beneath.parent_fd < 0 ||
        syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
      failure = errno;
    if (beneath.parent_fd >= 0) close(beneath.parent_fd);
  }
  if (failure == 0 && syscall(SYS_landlock_restrict_self, set, 0) != 0) failure = errno;
  close(set);
  return failure;
#else
  (void)directory;
  return ENOSYS;
#endif
}

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__arm__)
#define OWN_ARCHITECTURE AUDIT_ARCH_ARM
#endif

int ringback_confine_calls(int writesFiles) {
#ifdef OWN_ARCHITECTURE
  // What reading rings and pipes, computing, and writing to what is open needs.
  static const int always[] = {
      SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_lseek, SYS_close, SYS_fstat, SYS_ppoll, SYS_munmap,
      SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep,
      SYS_gettimeofday, SYS_exit, SYS_exit_group, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
      SYS_restart_syscall, SYS_sigaltstack, SYS_getrandom, SYS_getrusage, SYS_getpid, SYS_gettid, SYS_tgkill,
      SYS_sched_yield, SYS_sched_getaffinity, SYS_set_robust_list, SYS_getsockopt, SYS_recvfrom, SYS_recvmsg,
      SYS_fcntl,
#ifdef SYS_poll
      SYS_poll,
#endif
#ifdef SYS_rseq
      SYS_rseq,
#endif
#ifdef SYS_membarrier
      SYS_membarrier,
#endif
#ifdef SYS_fcntl64
      SYS_fcntl64,
#endif
  };
  // Evidence: new files in a directory, and old ones out of it. Landlock says which directory.
  static const int files[] = {
      SYS_openat, SYS_unlinkat, SYS_getdents64, SYS_ftruncate, SYS_fsync,
#ifdef SYS_open
      SYS_open, SYS_unlink, SYS_stat, SYS_lstat,
#endif
#ifdef SYS_newfstatat
      SYS_newfstatat,
#endif
#ifdef SYS_statx
      SYS_statx,
#endif
  };
  enum { room = 320 };
  struct sock_filter code[room];
  int count = 0;
#define ADD(...) code[count++] = (struct sock_filter)__VA_ARGS__
#define LOAD(field) ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
#define RETURN(value) ADD(BPF_STMT(BPF_RET | BPF_K, (value)))
  // Equal goes on to the return behind it, anything else over it.
#define IF_EQUAL_RETURN(value, result)                         \
  do {                                                         \
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)); \
    RETURN(result);                                            \
  } while (0)
  LOAD(arch);
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0));
  RETURN(SECCOMP_RET_KILL_PROCESS);
  LOAD(nr);
#ifdef __x86_64__
  // The x32 numbers are another set of the same calls.
  ADD(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
  RETURN(SECCOMP_RET_KILL_PROCESS);
#endif
  for (size_t index = 0; index < sizeof always / sizeof *always; index++)
    IF_EQUAL_RETURN((uint32_t)always[index], SECCOMP_RET_ALLOW);
  if (writesFiles)
    for (size_t index = 0; index < sizeof files / sizeof *files; index++)
      IF_EQUAL_RETURN((uint32_t)files[index], SECCOMP_RET_ALLOW);
  // A thread, never a process; its newer form hides its flags from filters, and libc falls back from it.
#ifdef SYS_clone3
  IF_EQUAL_RETURN(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
#endif
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
  LOAD(args[0]);
  ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x00010000, 0, 1));
  RETURN(SECCOMP_RET_ALLOW);
  RETURN(SECCOMP_RET_ERRNO | EPERM);
  // Memory, but none that can be executed.
#ifdef SYS_mmap
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0));
#else
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap2, 1, 0));
#endif
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4));
  LOAD(args[2]);
  ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 4, 1, 0));
  RETURN(SECCOMP_RET_ALLOW);
  RETURN(SECCOMP_RET_ERRNO | EPERM);
  // The size of a terminal, what a descriptor is, how much waits in it, and whether an interface is up.
  ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 10));
  LOAD(args[1]);
  IF_EQUAL_RETURN(TIOCGWINSZ, SECCOMP_RET_ALLOW);
  IF_EQUAL_RETURN(0x5401, SECCOMP_RET_ALLOW);  // TCGETS
  IF_EQUAL_RETURN(0x8913, SECCOMP_RET_ALLOW);  // SIOCGIFFLAGS
  IF_EQUAL_RETURN(FIONREAD, SECCOMP_RET_ALLOW);
  RETURN(SECCOMP_RET_ERRNO | EPERM);
  RETURN(SECCOMP_RET_ERRNO | EPERM);
  struct sock_fprog program = {.len = (unsigned short)count, .filter = code};
  if (count > room) return E2BIG;
  // For all threads, should there be others.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return 0;
  return errno;
#else
  (void)writesFiles;
  return ENOSYS;
#endif
}
