/* Runs a program under a seccomp filter and no_new_privs: confine container|no-memfd|no-wx PROGRAM ARGUMENT... */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define REFUSE_CALL(call, error) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), REFUSE(error)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What the usual container runtimes refuse, as they refuse it. */
static struct sock_filter container[] = {
    NUMBER,
    REFUSE_CALL(SYS_clone3, ENOSYS),
    REFUSE_CALL(SYS_io_uring_setup, EPERM),
    REFUSE_CALL(SYS_perf_event_open, EPERM),
    REFUSE_CALL(SYS_userfaultfd, EPERM),
    REFUSE_CALL(SYS_bpf, EPERM),
    REFUSE_CALL(SYS_keyctl, EPERM),
    REFUSE_CALL(SYS_ptrace, EPERM),
    REFUSE_CALL(SYS_personality, EPERM),
    REFUSE_CALL(SYS_openat2, ENOSYS),
    REFUSE_CALL(SYS_close_range, ENOSYS),
    ALLOW,
};

static struct sock_filter no_memfd[] = {NUMBER, REFUSE_CALL(SYS_memfd_create, EPERM), ALLOW};

/* systemd's MemoryDenyWriteExecute=. */
static struct sock_filter no_wx[] = {
    NUMBER,
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
    ARGUMENT(2),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 5),
    REFUSE(EPERM),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
    ARGUMENT(2),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_WRITE | PROT_EXEC, 1, 0),
    ALLOW,
    REFUSE(EPERM),
};

#define PROGRAM(filter) {sizeof filter / sizeof *filter, filter}

int main(int argc, char **argv) {
  struct { const char *name; struct sock_fprog program; } filters[] = {
      {"container", PROGRAM(container)}, {"no-memfd", PROGRAM(no_memfd)}, {"no-wx", PROGRAM(no_wx)}};
  for (size_t i = 0; argc > 2 && i < sizeof filters / sizeof *filters; i++) {
    if (strcmp(argv[1], filters[i].name) != 0) continue;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filters[i].program) != 0) break;
    execvp(argv[2], argv + 2);
    break;
  }
  perror("confine");
  return 125;
}
