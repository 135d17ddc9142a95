#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// Reads exactly `size` bytes; 0 at the end of the pipe.
static int read_all(int descriptor, void *buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t count = read(descriptor, (char *)buffer + done, size - done);
    if (count == 0) return 0;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return 0;
    done += (size_t)count;
  }
  return 1;
}

// Runs the command once with `size` bytes on its standard input, and waits for it.
static void run(char *const words[], const char *record, size_t size) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    dup2(ends[0], 0);
    // What it says is no record of ours.
    dup2(2, 1);
    close(ends[0]);
    close(ends[1]);
    // A command that hangs is ended: an alarm outlives exec.
    alarm(RINGBACK_COURIER_PATIENCE);
    execvp(words[0], words);
    _exit(127);
  }
  close(ends[0]);
  size_t done = 0;
  while (child > 0 && done < size) {
    ssize_t count = write(ends[1], record + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    done += (size_t)count;
  }
  close(ends[1]);
  if (child > 0) while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

int ringback_courier_start(char *const words[]) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return -1;
  }
  if (child == 0) {
    // A session of its own: what interrupts the capture does not interrupt the last command.
    setsid();
    close(ends[1]);
    dup2(2, 1);
    signal(SIGPIPE, SIG_IGN);
    // Rings and sockets of the parent are not the command's affair.
    for (int number = 3; number < 1024; number++) if (number != ends[0]) close(number);
    for (;;) {
      uint32_t size;
      if (!read_all(ends[0], &size, sizeof size) || size > RINGBACK_COURIER_LONGEST) _exit(0);
      char *record = malloc(size ? size : 1);
      if (!record || !read_all(ends[0], record, size)) _exit(0);
      run(words, record, size);
      free(record);
    }
  }
  close(ends[0]);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  // Room for some records while a command runs.
  fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  return ends[1];
}
