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

// The EtherType behind what VLAN tags there are; `offset` is moved from the first one's place to the payload.
static uint16_t payload_type(const uint8_t *frame, uint32_t length, uint32_t *offset) {
  uint16_t type = half(frame + 12);
  while ((type == 0x8100 || type == 0x88A8) && length >= *offset + 4) {
    type = half(frame + *offset + 2);
    *offset += 4;
  }
  return type;
}
