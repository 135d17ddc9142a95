#include "CSystem.h"

#include <malloc.h>

void ringback_return_memory(int size) {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, size);
  // As many blocks as it takes: 65,536 are usual.
  mallopt(M_MMAP_MAX, 1 << 20);
#else
  (void)size;
#endif
}
