// What the floors read packets with.
#pragma once
#include <stdint.h>
#include <string.h>

static uint16_t half(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static uint64_t word(const uint8_t *p, size_t length) {
  uint64_t value = 0;
  memcpy(&value, p, length);
  return value;
}
