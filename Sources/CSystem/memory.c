#include "CSystem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void ringback_return_memory(int size) {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, size);
  // As many blocks as it takes: 65,536 are usual.
  mallopt(M_MMAP_MAX, 1 << 20);
#else
  (void)size;
#endif
}

// What one page of a large mapping holds on x86-64 and on arm64 with pages of 4 KiB.
static const size_t largePage = 2 << 20;

void *ringback_region_open(size_t size) {
  // So much more that an aligned part lies in it; what is left over goes back.
  char *start = mmap(NULL, size + largePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) {
    fputs("ringback: out of memory\n", stderr);
    abort();
  }
  size_t ahead = -(uintptr_t)start & (largePage - 1);
  if (ahead > 0) munmap(start, ahead);
  if (ahead < largePage) munmap(start + ahead + size, largePage - ahead);
#ifdef MADV_HUGEPAGE
  // A kernel that has none gives small ones.
  madvise(start + ahead, size, MADV_HUGEPAGE);
#endif
  return start + ahead;
}

void ringback_region_close(void *start, size_t size) { munmap(start, size); }
