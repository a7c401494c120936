/*
 * Somebody with an ordinary account who exchanges names while we work. As the user and group UID:
 *   racer UID exchange A B PAUSE      exchanges A and B for ever, up to PAUSE microseconds apart
 *   racer UID watch DIRECTORY PART B  exchanges whatever appears in DIRECTORY with PART in its name, and B
 * Says "ready" when it begins; ends when it is killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXCHANGE 2

static void swap(const char *a, const char *b) {
  syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE);
}

static void become(uid_t uid) {
  if (setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0) exit(3);
}

static void exchange(const char *a, const char *b, long pause) {
  for (;;) {
    struct timespec start, now;
    long wait = pause == 0 ? 0 : random() % (pause + 1);
    swap(a, b);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000L + (now.tv_nsec - start.tv_nsec) / 1000 < wait);
  }
}

static void watch(int events, const char *directory, const char *part, const char *b) {
  char buffer[65536], path[8192];
  for (;;) {
    ssize_t length = read(events, buffer, sizeof buffer);
    for (char *at = buffer; at < buffer + length;) {
      struct inotify_event *event = (struct inotify_event *)at;
      if (event->len > 0 && strstr(event->name, part) != NULL) {
        snprintf(path, sizeof path, "%s/%s", directory, event->name);
        swap(path, b);
      }
      at += sizeof *event + event->len;
    }
  }
}

int main(int argc, char **argv) {
  int events = -1;
  if (argc != 6) return 2;
  become((uid_t)atol(argv[1]));
  if (strcmp(argv[2], "watch") == 0) {
    events = inotify_init();
    if (inotify_add_watch(events, argv[3], IN_CREATE | IN_MOVED_TO) < 0) return 4;
  }
  puts("ready");
  fflush(stdout);
  if (events >= 0) watch(events, argv[3], argv[4], argv[5]);
  exchange(argv[3], argv[4], atol(argv[5]));
}
