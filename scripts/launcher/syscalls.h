/* The few system calls of the launcher, and `_start`, for both processors. */
#ifdef __x86_64__

enum { WRITE = 1, CLOSE = 3, LSEEK = 8, MMAP = 9, MUNMAP = 11, PREAD = 17, SENDFILE = 40, PRCTL = 157, EXIT = 231, OPENAT = 257, READLINKAT = 267, PRLIMIT = 302, MEMFD_CREATE = 319 };

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* rdx is the dynamic loader's word to the program: it must arrive there. */
__asm__(".section .start,\"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "  mov %rsp, %rdi\n"
        "  mov %rdx, %rbx\n"
        "  call launch\n"
        "  mov %rdx, %rsp\n"
        "  mov %rbx, %rdx\n"
        "  jmp *%rax\n"
        ".text\n");

#elif defined(__aarch64__)

enum { OPENAT = 56, CLOSE = 57, LSEEK = 62, WRITE = 64, PREAD = 67, SENDFILE = 71, READLINKAT = 78, EXIT = 94, PRCTL = 167, MUNMAP = 215, MMAP = 222, PRLIMIT = 261, MEMFD_CREATE = 279 };

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

/* x0 is the dynamic loader's word to the program: it must arrive there. */
__asm__(".section .start,\"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "  mov x19, x0\n"
        "  mov x0, sp\n"
        "  bl launch\n"
        "  mov sp, x1\n"
        "  mov x16, x0\n"
        "  mov x0, x19\n"
        "  br x16\n"
        ".text\n");

#endif

#define RLIMIT_CORE_NUMBER 4

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

static long sys_write(int file, const void *from, size_t size) {
  return call(WRITE, file, (long)from, size, 0, 0, 0);
}

static void sys_exit(int code) {
  call(EXIT, code, 0, 0, 0, 0, 0);
}

static int sys_open(const char *path, int flags) {
  return call(OPENAT, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

static void sys_close(int file) {
  call(CLOSE, file, 0, 0, 0, 0, 0);
}

static long sys_readlink(const char *path, char *to, size_t size) {
  return call(READLINKAT, AT_FDCWD, (long)path, (long)to, size, 0, 0);
}

static long sys_pread(int file, void *to, size_t size, uint64_t offset) {
  return call(PREAD, file, (long)to, size, offset, 0, 0);
}

static long sys_sendfile(int to, int from, uint64_t *offset, size_t size) {
  return call(SENDFILE, to, from, (long)offset, size, 0, 0);
}

static long sys_mmap(uintptr_t at, size_t size, int protection, int flags, int file, uint64_t offset) {
  return call(MMAP, at, size, protection, flags, file, offset);
}

static void sys_munmap(uintptr_t at, size_t size) {
  call(MUNMAP, at, size, 0, 0, 0, 0);
}

static long sys_lseek(int file, long offset, int whence) {
  return call(LSEEK, file, offset, whence, 0, 0, 0);
}

static void sys_prctl(int what, long value) {
  call(PRCTL, what, value, 0, 0, 0, 0);
}

static void sys_prlimit(int what, const uint64_t *next, uint64_t *old) {
  call(PRLIMIT, 0, what, (long)next, (long)old, 0, 0);
}

static int sys_memfd_create(const char *name, unsigned flags) {
  return call(MEMFD_CREATE, (long)name, flags, 0, 0, 0, 0);
}
