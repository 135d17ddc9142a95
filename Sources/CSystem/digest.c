// SHA-1 and SHA-256 of a few blocks (FIPS 180-4), for the names of flows: two digests a flow, of one and two blocks. The
// CPU's own instructions are used where it has them. Not for secrets: nothing here hides what is hashed.

#include "CSystem.h"

#include <string.h>

static uint32_t rotated_left(uint32_t value, int count) { return value << count | value >> (32 - count); }
static uint32_t rotated_right(uint32_t value, int count) { return value >> count | value << (32 - count); }

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// One round of SHA-1: `e` becomes the next `a`, `b` is rotated; who calls it names them anew.
#define SHA1_ROUND(a, b, c, d, e, mixed, constant, word) \
  do { \
    e += rotated_left(a, 5) + (mixed) + constant + (word); \
    b = rotated_left(b, 30); \
  } while (0)
#define SHA1_FIVE(mix, constant, i) \
  do { \
    SHA1_ROUND(a, b, c, d, e, mix(b, c, d), constant, w[i]); \
    SHA1_ROUND(e, a, b, c, d, mix(a, b, c), constant, w[i + 1]); \
    SHA1_ROUND(d, e, a, b, c, mix(e, a, b), constant, w[i + 2]); \
    SHA1_ROUND(c, d, e, a, b, mix(d, e, a), constant, w[i + 3]); \
    SHA1_ROUND(b, c, d, e, a, mix(c, d, e), constant, w[i + 4]); \
  } while (0)
#define CHOICE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define PARITY(x, y, z) ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

static void sha1_plain(uint32_t state[5], const uint8_t *blocks, size_t count) {
  for (; count > 0; count--, blocks += 64) {
    uint32_t w[80];
    for (int i = 0; i < 16; i++) w[i] = big_endian(blocks + 4 * i);
    for (int i = 16; i < 80; i++) w[i] = rotated_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 20; i += 5) SHA1_FIVE(CHOICE, 0x5a827999, i);
    for (int i = 20; i < 40; i += 5) SHA1_FIVE(PARITY, 0x6ed9eba1, i);
    for (int i = 40; i < 60; i += 5) SHA1_FIVE(MAJORITY, 0x8f1bbcdc, i);
    for (int i = 60; i < 80; i += 5) SHA1_FIVE(PARITY, 0xca62c1d6, i);
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
}

// One round of SHA-256: `d` and `h` become the next `e` and `a`.
#define SHA256_ROUND(a, b, c, d, e, f, g, h, i) \
  do { \
    uint32_t sum = h + (rotated_right(e, 6) ^ rotated_right(e, 11) ^ rotated_right(e, 25)) + CHOICE(e, f, g) + \
                   constants[i] + w[i]; \
    d += sum; \
    h = sum + (rotated_right(a, 2) ^ rotated_right(a, 13) ^ rotated_right(a, 22)) + MAJORITY(a, b, c); \
  } while (0)

static void sha256_plain(uint32_t state[8], const uint8_t *blocks, size_t count) {
  for (; count > 0; count--, blocks += 64) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) w[i] = big_endian(blocks + 4 * i);
    for (int i = 16; i < 64; i++) {
      uint32_t early = rotated_right(w[i - 15], 7) ^ rotated_right(w[i - 15], 18) ^ w[i - 15] >> 3;
      uint32_t late = rotated_right(w[i - 2], 17) ^ rotated_right(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + early + w[i - 7] + late;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i += 8) {
      SHA256_ROUND(a, b, c, d, e, f, g, h, i);
      SHA256_ROUND(h, a, b, c, d, e, f, g, i + 1);
      SHA256_ROUND(g, h, a, b, c, d, e, f, i + 2);
      SHA256_ROUND(f, g, h, a, b, c, d, e, i + 3);
      SHA256_ROUND(e, f, g, h, a, b, c, d, i + 4);
      SHA256_ROUND(d, e, f, g, h, a, b, c, i + 5);
      SHA256_ROUND(c, d, e, f, g, h, a, b, i + 6);
      SHA256_ROUND(b, c, d, e, f, g, h, a, i + 7);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

// 1: the CPU has the SHA extensions; 0: it has not; -1: not asked yet. A race asks twice.
static int has_sha_instructions(void) {
  static _Atomic int known = -1;
  int answer = known;
  if (answer >= 0) return answer;
  unsigned a, b, c, d;
  answer = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) && (c & bit_SSE4_1) && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
           (b & bit_SHA);
  known = answer;
  return answer;
}

// Four rounds at a time; four message words of the schedule stand in each of m[0...3].
#define NEXT_WORDS(m, i) \
  m[(i)&3] = _mm_sha1msg2_epu32( \
      _mm_xor_si128(_mm_sha1msg1_epu32(m[(i)&3], m[((i) + 1) & 3]), m[((i) + 2) & 3]), m[((i) + 3) & 3])
#define FOUR_ROUNDS(i, function) \
  do { \
    __m128i input = (i) == 0 ? _mm_add_epi32(e, m[0]) : _mm_sha1nexte_epu32(e, m[(i)&3]); \
    e = abcd; \
    abcd = _mm_sha1rnds4_epu32(abcd, input, function); \
    if ((i) < 16) NEXT_WORDS(m, i); \
  } while (0)
#define TWENTY_ROUNDS(i, function) \
  FOUR_ROUNDS(i, function); \
  FOUR_ROUNDS(i + 1, function); \
  FOUR_ROUNDS(i + 2, function); \
  FOUR_ROUNDS(i + 3, function); \
  FOUR_ROUNDS(i + 4, function)

WITH_SHA static void sha1_with_instructions(uint32_t state[5], const uint8_t *blocks, size_t count) {
  const __m128i reversed = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1B);
  __m128i e = _mm_set_epi32((int)state[4], 0, 0, 0);
  for (; count > 0; count--, blocks += 64) {
    const __m128i abcd_before = abcd, e_before = e;
    __m128i m[4];
    for (int i = 0; i < 4; i++)
      m[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), reversed);
    TWENTY_ROUNDS(0, 0);
    TWENTY_ROUNDS(5, 1);
    TWENTY_ROUNDS(10, 2);
    TWENTY_ROUNDS(15, 3);
    e = _mm_sha1nexte_epu32(e, e_before);
    abcd = _mm_add_epi32(abcd, abcd_before);
  }
  _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(abcd, 0x1B));
  state[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

WITH_SHA static void sha256_with_instructions(uint32_t state[8], const uint8_t *blocks, size_t count) {
  const __m128i reversed = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  // The instructions want the state as ABEF and CDGH.
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
  __m128i abef = _mm_alignr_epi8(low, high, 8);
  __m128i cdgh = _mm_blend_epi16(high, low, 0xF0);
  for (; count > 0; count--, blocks += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i m[4];
    for (int i = 0; i < 4; i++)
      m[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), reversed);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      __m128i words = _mm_add_epi32(m[i & 3], _mm_load_si128((const __m128i *)(constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0E));
      if (i < 12) {
        __m128i sum = _mm_add_epi32(
            _mm_sha256msg1_epu32(m[i & 3], m[(i + 1) & 3]), _mm_alignr_epi8(m[(i + 3) & 3], m[(i + 2) & 3], 4));
        m[i & 3] = _mm_sha256msg2_epu32(sum, m[(i + 3) & 3]);
      }
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  low = _mm_shuffle_epi32(abef, 0x1B);
  high = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

#endif

void ringback_sha1_blocks(uint32_t state[5], const uint8_t *blocks, size_t count) {
#if defined(__x86_64__)
  if (has_sha_instructions()) return sha1_with_instructions(state, blocks, count);
#endif
  sha1_plain(state, blocks, count);
}

void ringback_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count) {
#if defined(__x86_64__)
  if (has_sha_instructions()) return sha256_with_instructions(state, blocks, count);
#endif
  sha256_plain(state, blocks, count);
}

void ringback_sha_blocks_plain(uint32_t *state, int is_sha256, const uint8_t *blocks, size_t count) {
  if (is_sha256) {
    sha256_plain(state, blocks, count);
  } else {
    sha1_plain(state, blocks, count);
  }
}
