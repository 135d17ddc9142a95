// What made-up packets are written with: seeded numbers and big-endian fields.
#pragma once
#include <stdint.h>

static uint64_t state = 1;

static uint64_t draw(void) {
  // SplitMix64.
  uint64_t value = state += 0x9E3779B97F4A7C15u;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
  value = (value ^ value >> 27) * 0x94D049BB133111EBu;
  return value ^ value >> 31;
}

static uint8_t *put16(uint8_t *p, uint32_t value) {
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
  return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t value) { return put16(put16(p, value >> 16), value); }
