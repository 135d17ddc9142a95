// Runs a command and tells what it cost: CPU in user and in system mode (microseconds), peak resident set (KiB), exit
// code, on one line to an open descriptor. A small program does this because a child's peak counts what its parent held
// when it was made.
//
//   measure DESCRIPTOR COMMAND [ARGUMENT ...]
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

int main(int count, char **arguments) {
  if (count < 3) return 2;
  int report = atoi(arguments[1]);
  pid_t child = fork();
  if (child == 0) {
    int nowhere = open("/dev/null", O_RDWR);
    for (int descriptor = 0; descriptor < 3; descriptor++) dup2(nowhere, descriptor);
    close(report);
    execvp(arguments[2], arguments + 2);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 1;
  dprintf(
    report, "%ld %ld %ld %d\n", microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss,
    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
