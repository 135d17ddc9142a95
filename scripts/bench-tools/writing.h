// What made-up packets are written with: seeded numbers, big-endian fields, headers and checksums.
#pragma once
#include <stdint.h>
#include <string.h>

enum { ethernet = 14, ip = 20 };

static uint64_t state = 1;

// SplitMix64: a number's hash, and the next number.
static uint64_t mix(uint64_t value) {
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
  value = (value ^ value >> 27) * 0x94D049BB133111EBu;
  return value ^ value >> 31;
}

static uint64_t draw(void) { return mix(state += 0x9E3779B97F4A7C15u); }

static uint8_t *put16(uint8_t *p, uint32_t value) {
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
  return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t value) { return put16(put16(p, value >> 16), value); }

// Sum of 16-bit words so far, and the checksum that it makes (RFC 1071).
static uint32_t add(uint32_t sum, const uint8_t *p, size_t length) {
  for (; length > 1; length -= 2, p += 2) sum += (uint32_t)(p[0] << 8 | p[1]);
  return length ? sum + (uint32_t)(p[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return (uint16_t)~sum;
}

// Puts Ethernet and IPv4 headers in front of `length` bytes that lie at their place; the frame's length.
static size_t put_headers(uint8_t *frame, uint32_t from, uint32_t to, uint8_t protocol, uint32_t length) {
  static const uint8_t link[ethernet] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
  memcpy(frame, link, ethernet);
  uint8_t *packet = frame + ethernet;
  memset(packet, 0, ip);
  packet[0] = 0x45;
  put16(packet + 2, ip + length);
  packet[6] = 0x40;
  packet[8] = 64;
  packet[9] = protocol;
  put32(packet + 12, from);
  put32(packet + 16, to);
  put16(packet + 10, fold(add(0, packet, ip)));
  return ethernet + ip + length;
}
