/*
 * The first code of every Linux build: scripts/launcher.ts puts it into the compiled program, as its entry point. It
 *   - takes the variables that Bun obeys out of the environment, before Bun's first line runs;
 *   - says in one sentence what the machine lacks, where Bun would end with a crash report;
 *   - keeps the process's memory, in which secrets are, from being dumped to a file;
 *   - reads a bundle from its first byte to its last, and goes no further with one that is not what was packed;
 *   - in a portable build starts the C library that the file carries, so that the system needs none.
 * Freestanding and position-independent: no library, no relocations, no writable data. See docs/portable.md.
 */
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "syscalls.h"
#include "checksum.h"

#define BUNDLE (1ull << 63)
#define FILES 5 /* the dynamic loader, then the libraries */

/* Filled in by scripts/launcher.ts, and `bundle` by src/bundle/program.ts. */
struct config {
  uint64_t magic;
  int64_t entry; /* of the program, counted from this struct */
  uint64_t portable;
  uint64_t bundle; /* BUNDLE and the length of this very file; 0: nothing was added to the program */
  struct {
    uint64_t offset, size; /* in this very file */
  } file[FILES];
};
__attribute__((section(".config"))) volatile const struct config config = {.magic = 0x3230485453};

/* Where to go on, and with which stack. */
struct next {
  uintptr_t entry, stack;
};

struct stack {
  uintptr_t *argc;
  char **argv, **envp;
  Elf64_auxv_t *auxv;
};

/* Never returns. */
static void fail(const char *what) {
  size_t length = 0;
  while (what[length] != '\0') length++;
  sys_write(2, "sloth-runner: ", 14);
  sys_write(2, what, length);
  sys_write(2, "\n", 1);
  sys_exit(1);
  __builtin_unreachable();
}

static int begins_with(const char *text, const char *start) {
  while (*start != '\0' && *text == *start) text++, start++;
  return *start == '\0';
}

static struct stack read_stack(uintptr_t *sp) {
  struct stack stack = {.argc = sp, .argv = (char **)(sp + 1), .envp = (char **)(sp + 2 + *sp)};
  char **end = stack.envp;
  while (*end != NULL) end++;
  stack.auxv = (Elf64_auxv_t *)(end + 1);
  return stack;
}

static Elf64_auxv_t *find(Elf64_auxv_t *auxv, uint64_t type) {
  while (auxv->a_type != type && auxv->a_type != AT_NULL) auxv++;
  return auxv;
}

/* Its allocator looks for its own in either case. */
static int of_allocator(const char *variable) {
  const char *name = "mimalloc_";
  while (*name != '\0' && (*variable | 0x20) == (*name | 0x20)) variable++, name++;
  return *name == '\0';
}

static int obeyed_by_bun(const char *variable) {
  return begins_with(variable, "BUN_") || begins_with(variable, "JSC_") || begins_with(variable, "NODE_CHANNEL_") || of_allocator(variable);
}

/*
 * Each is replaced by a repetition of another, not taken out: musl looks for auxv behind the list's end, glibc remembers where both were.
 */
static void scrub(char **envp) {
  char *harmless = "";
  for (char **entry = envp; *entry != NULL; entry++) {
    if (!obeyed_by_bun(*entry)) harmless = *entry;
  }
  for (char **entry = envp; *entry != NULL; entry++) {
    if (obeyed_by_bun(*entry)) *entry = harmless;
  }
}

static void check_machine(void) {
#ifdef __x86_64__
  uint32_t a = 1, b, c = 0, d;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if ((c & (1u << 20)) == 0 || (c & (1u << 23)) == 0) {
    fail("this processor is too old: SSE 4.2 and POPCNT are needed (x86-64-v2, made since 2009)");
  }
#endif
  char target[2];
  if (sys_readlink("/proc/self/exe", target, sizeof target) < 0) {
    fail("/proc is needed and not there; mount it with: mount -t proc proc /proc");
  }
}

/*
 * Of a process that cannot be dumped the kernel gives /proc/self to root: who cannot look in there by then, as anybody but root,
 * gets a limit of size instead, which what he starts inherits.
 */
static void forbid_dumps(void) {
  sys_prctl(PR_SET_DUMPABLE, 0);
  int own = sys_open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own >= 0) {
    sys_close(own);
    return;
  }
  sys_prctl(PR_SET_DUMPABLE, 1);
  uint64_t limit[2];
  sys_prlimit(RLIMIT_CORE_NUMBER, NULL, limit);
  limit[0] = 0;
  sys_prlimit(RLIMIT_CORE_NUMBER, limit, NULL);
}

static void read_exactly(int file, void *to, size_t size, uint64_t offset) {
  for (long got; size > 0; to = (char *)to + got, offset += got, size -= got) {
    got = sys_pread(file, to, size, offset);
    if (got <= 0) fail("this file is damaged; install it again");
  }
}

static uintptr_t map(uintptr_t at, size_t size, int protection, int flags, int file, uint64_t offset) {
  long address = sys_mmap(at, size, protection, flags, file, offset);
  if (address < 0 && address > -4096) fail("no memory to start in, or mapping code from this file is forbidden here");
  return (uintptr_t)address;
}

static int protection_of(uint32_t flags) {
  return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

/*
 * Before Bun's first line: a program whose end is missing takes itself for Bun, which runs what lies in the working directory.
 * Finds damage. The last 8 bytes are the checksum of all that is before them, taken in pieces as src/bundle/program.ts does.
 */
static void check_bundle(void) {
  int self = sys_open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (self < 0) fail("a bundle has to be readable for whoever starts it; nothing was run");
  uint64_t length = config.bundle & ~BUNDLE, sum = 0, wanted;
  if ((uint64_t)sys_lseek(self, 0, SEEK_END) != length) {
    fail("this bundle is damaged: its length is not what was packed; nothing was run. Copy it again from where it was made");
  }
  unsigned char *piece = (unsigned char *)map(0, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  length -= sizeof wanted;
  for (uint64_t at = 0; at < length; at += PIECE) {
    size_t size = length - at < PIECE ? length - at : PIECE;
    read_exactly(self, piece, size, at);
    sum = checksum(piece, size, sum);
  }
  read_exactly(self, &wanted, sizeof wanted, length);
  if (sum != wanted) {
    fail("this bundle is damaged: something in it is not what was packed; nothing was run. Copy it again from where it was made");
  }
  sys_munmap((uintptr_t)piece, PIECE);
  sys_close(self);
}

/* Maps the loader as the kernel would; answers where, and its header. */
static uintptr_t map_loader(int self, uint64_t offset, uintptr_t page, Elf64_Ehdr *header) {
  Elf64_Phdr part[16];
  read_exactly(self, header, sizeof *header, offset);
  if (header->e_phnum > 16) fail("this file is damaged; install it again");
  read_exactly(self, part, header->e_phnum * sizeof *part, offset + header->e_phoff);

  uintptr_t end = 0;
  for (int i = 0; i < header->e_phnum; i++) {
    if (part[i].p_type == PT_LOAD) end = part[i].p_vaddr + part[i].p_memsz;
  }
  uintptr_t base = map(0, end, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < header->e_phnum; i++) {
    if (part[i].p_type != PT_LOAD) continue;
    uintptr_t skew = part[i].p_vaddr & (page - 1);
    uintptr_t at = base + part[i].p_vaddr - skew;
    int protection = protection_of(part[i].p_flags);
    map(at, part[i].p_filesz + skew, protection, MAP_PRIVATE | MAP_FIXED, self, offset + part[i].p_offset - skew);
    if (part[i].p_memsz == part[i].p_filesz) continue;

    uintptr_t zero = base + part[i].p_vaddr + part[i].p_filesz, last = base + part[i].p_vaddr + part[i].p_memsz;
    uintptr_t rest = (zero + page - 1) & ~(page - 1);
    for (volatile char *byte = (volatile char *)zero; (uintptr_t)byte < rest; byte++) *byte = 0;
    if (last > rest) map(rest, last - rest, protection, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
  }
  return base;
}

/* A library as a file of its own, in memory: the loader opens libraries by name and nothing else. */
static int copy_to_memory(int self, uint64_t offset, uint64_t size) {
  int copy = sys_memfd_create("sloth-runner", MFD_CLOEXEC | MFD_EXEC);
  if (copy < 0) copy = sys_memfd_create("sloth-runner", MFD_CLOEXEC);
  if (copy < 0) fail("memory files are needed and not to be had: Linux 3.17 or newer, and not vm.memfd_noexec=2");
  while (size > 0) {
    long copied = sys_sendfile(copy, self, &offset, size);
    if (copied <= 0) fail("no memory to start in");
    size -= copied;
  }
  return copy;
}

static char *append(char *to, const char *text) {
  while (*text != '\0') *to++ = *text++;
  return to;
}

/* "/proc/self/fd/3:/proc/self/fd/4": the loader knows a library again by the name written inside it. */
static void name_libraries(int self, char *names) {
  for (int i = 1; i < FILES; i++) {
    int copy = copy_to_memory(self, config.file[i].offset, config.file[i].size);
    if (i > 1) *names++ = ':';
    names = append(names, "/proc/self/fd/");
    char digits[12], *digit = digits + sizeof digits;
    for (*--digit = '\0'; copy > 0; copy /= 10) *--digit = '0' + copy % 10;
    names = append(names, digit);
  }
  *names = '\0';
}

static void set(Elf64_auxv_t *auxv, uint64_t type, uint64_t value) {
  Elf64_auxv_t *entry = find(auxv, type);
  if (entry->a_type == type) entry->a_un.a_val = value;
}

/*
 * As if the user had said: ld.so --inhibit-cache --argv0 NAME --preload LIBRARIES /proc/self/exe ARGUMENTS.
 * The new stack lies below this function's own, and `_start` makes it current.
 */
static __attribute__((noinline)) struct next start_portable(struct stack old, uintptr_t *room, char *names) {
  int self = sys_open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (self < 0) fail("its own file cannot be opened (/proc/self/exe)");
  Elf64_Ehdr loader;
  uintptr_t base = map_loader(self, config.file[0].offset, find(old.auxv, AT_PAGESZ)->a_un.a_val, &loader);
  name_libraries(self, names);
  sys_close(self);

  uintptr_t *at = room;
  *at++ = *old.argc + 7 - (*old.argc == 0 ? 0 : 1);
  *at++ = (uintptr_t) "ld.so";
  *at++ = (uintptr_t) "--inhibit-cache";
  *at++ = (uintptr_t) "--argv0";
  *at++ = (uintptr_t)(*old.argc == 0 ? "sloth-runner" : old.argv[0]);
  *at++ = (uintptr_t) "--preload";
  *at++ = (uintptr_t)names;
  *at++ = (uintptr_t) "/proc/self/exe";
  for (uintptr_t i = 1; i < *old.argc; i++) *at++ = (uintptr_t)old.argv[i];
  *at++ = 0;
  for (char **entry = old.envp; *entry != NULL; entry++) *at++ = (uintptr_t)*entry;
  *at++ = 0;
  Elf64_auxv_t *auxv = (Elf64_auxv_t *)at;
  for (Elf64_auxv_t *from = old.auxv, *to = auxv;; from++, to++) {
    *to = *from;
    if (from->a_type == AT_NULL) break;
  }
  set(auxv, AT_PHDR, base + loader.e_phoff);
  set(auxv, AT_PHNUM, loader.e_phnum);
  set(auxv, AT_ENTRY, base + loader.e_entry);
  set(auxv, AT_BASE, base);
  return (struct next){base + loader.e_entry, (uintptr_t)room};
}

/* Called by `_start` with the stack as the kernel or the dynamic loader left it. */
__attribute__((used)) struct next launch(uintptr_t *sp) {
  struct stack stack = read_stack(sp);
  struct next program = {(uintptr_t)&config + config.entry, (uintptr_t)sp};
  /* The kernel starts a file without a loader of its own with AT_BASE 0; the second time it is our loader that comes here. */
  if (config.portable && find(stack.auxv, AT_BASE)->a_un.a_val != 0) return program;
  scrub(stack.envp);
  check_machine();
  forbid_dumps();
  if (config.bundle) check_bundle();
  if (!config.portable) return program;

  size_t entries = (uintptr_t *)find(stack.auxv, AT_NULL) - sp + 2;
  char *names = __builtin_alloca(FILES * 32);
  uintptr_t *room = __builtin_alloca((entries + 8) * sizeof *room + 16);
  room = (uintptr_t *)(((uintptr_t)room + 15) & ~(uintptr_t)15);
  return start_portable(stack, room, names);
}
