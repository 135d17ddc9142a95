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

/// Takes `count` blocks of 64 bytes into the state of a SHA-1, with the CPU's own instructions where it has them.
void ringback_sha1_blocks(uint32_t state[5], const uint8_t *blocks, size_t count);

/// The same for SHA-256.
void ringback_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count);

/// Both without such instructions, for the tests: no machine would run this way otherwise.
void ringback_sha_blocks_plain(uint32_t *state, int is_sha256, const uint8_t *blocks, size_t count);

#endif
