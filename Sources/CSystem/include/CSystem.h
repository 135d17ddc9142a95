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

/// Gives up all capabilities for good, and root for `user` and `group` where the process is root and `user` is not 0.
/// 0, or the error number.
int ringback_drop_privileges(uint32_t user, uint32_t group);

/// No program that is run may have more rights. 0, or the error number.
int ringback_forbid_new_privileges(void);

/// Landlock: no file can be opened any more but in `directory`, if one is given; no TCP connection made. 0, or the error
/// number; ENOSYS where the kernel has none.
int ringback_confine_files(const char *directory);

/// seccomp: only the system calls that are needed from now on, with those that write files if asked. 0, or the error
/// number; ENOSYS on machines whose calls are not listed.
int ringback_confine_calls(int writesFiles);

/// Most bytes of a record for the courier, and the seconds that a command may take.
#define RINGBACK_COURIER_LONGEST 1048576
#define RINGBACK_COURIER_PATIENCE 60

/// Starts a process that runs a command (its words, the last one NULL) once for each record it is sent: a length of four
/// bytes, then so many bytes, which become the command's standard input. Returns the descriptor to write to, which never
/// blocks; -1 if there is no process to be had. It ends when the descriptor is closed.
int ringback_courier_start(char *const words[]);

/// From now on blocks of `size` bytes and more go back to the kernel when they are freed.
void ringback_return_memory(int size);

/// `size` bytes of zeros, a multiple of 2 MiB, on a border of that size and in pages of that size where the kernel has
/// them: each is one fault instead of 512 when it is first written to, and one entry of the TLB. Ends the process if there
/// are none, as the language's own allocations do.
void *ringback_region_open(size_t size) __attribute__((returns_nonnull));

/// Gives a region back.
void ringback_region_close(void *start, size_t size);

#endif
