#ifndef RINGBACK_CSYSTEM_H
#define RINGBACK_CSYSTEM_H

// Small C shims: what Swift cannot say. Each is inlined or called once per file, never a home for logic.

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// Asks the CPU to load the cache line at `address` for a write that follows soon.
static inline __attribute__((always_inline)) void ringback_prefetch(const void *address) {
  __builtin_prefetch(address, 1, 3);
}

/// An unbuffered stdio stream over a read callback, for pcap_fopen_offline (glibc fopencookie).
/// Returns NULL on failure. Closing the stream does not touch the context.
FILE *ringback_stream_open(void *context, ptrdiff_t (*read)(void *context, char *buffer, size_t size));

#endif
