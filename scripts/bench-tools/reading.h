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

// A packet's flow: both ends in canonical order, ports and protocol; whose packet it is, and where its transport begins.
typedef struct {
  uint64_t key[5];
  uint32_t transport;
  uint8_t protocol, side;
} Place;

// Reads Ethernet, VLAN tags, IPv4 and IPv6, TCP and UDP; 0 if the frame is anything else.
static inline int read_place(const uint8_t *bytes, uint32_t length, Place *place) {
  uint32_t offset = 14;
  if (length < 14) return 0;
  uint16_t type = payload_type(bytes, length, &offset);
  uint64_t source[2] = {0, 0}, destination[2] = {0, 0};
  if (type == 0x0800 && length >= offset + 20) {
    uint32_t size = (bytes[offset] & 15) * 4u;
    if (size < 20 || half(bytes + offset + 6) & 0x1FFF) return 0;
    place->protocol = bytes[offset + 9];
    source[0] = word(bytes + offset + 12, 4);
    destination[0] = word(bytes + offset + 16, 4);
    place->transport = offset + size;
  } else if (type == 0x86DD && length >= offset + 40) {
    place->protocol = bytes[offset + 6];
    memcpy(source, bytes + offset + 8, 16);
    memcpy(destination, bytes + offset + 24, 16);
    place->transport = offset + 40;
  } else {
    return 0;
  }
  if ((place->protocol != 6 && place->protocol != 17) || length < place->transport + 8) return 0;
  uint32_t from = half(bytes + place->transport), to = half(bytes + place->transport + 2);
  int order = memcmp(source, destination, 16);
  place->side = order > 0 || (order == 0 && from > to);
  uint64_t *low = place->side ? destination : source, *high = place->side ? source : destination;
  uint64_t ports = place->side ? (uint64_t)to << 16 | from : (uint64_t)from << 16 | to;
  uint64_t key[5] = {low[0], low[1], high[0], high[1], ports << 8 | place->protocol};
  memcpy(place->key, key, sizeof key);
  return 1;
}

static inline uint64_t hash_place(const Place *place) {
  uint64_t hash = 0;
  for (int part = 0; part < 5; part++) {
    __uint128_t product = (__uint128_t)(hash ^ place->key[part]) * 0x9E3779B97F4A7C15u;
    hash = (uint64_t)product ^ (uint64_t)(product >> 64);
  }
  return hash;
}

// What is kept of a flow: packets, bytes and times, and of RTP the numbers that did not come.
typedef struct {
  uint64_t key[5];
  uint64_t packets[2], bytes[2];
  int64_t first, last;
  uint32_t source[2];
  uint16_t next[2];
  uint32_t lost[2], media[2];
  uint8_t used;
} Flow;

// Counts a packet of a flow; numbers of RTP that it shows to be missing.
static inline uint32_t count_packet(
  Flow *flow, const Place *place, const uint8_t *bytes, uint32_t length, uint32_t wire, int64_t time
) {
  int side = place->side;
  uint32_t lost = 0;
  flow->packets[side]++;
  flow->bytes[side] += wire;
  flow->last = time;
  const uint8_t *payload = bytes + place->transport + 8;
  if (place->protocol != 17 || length < place->transport + 20 || payload[0] >> 6 != 2) return 0;
  uint16_t sequence = half(payload + 2);
  uint32_t stream = (uint32_t)payload[8] << 24 | (uint32_t)payload[9] << 16 | half(payload + 10);
  if (flow->media[side] && flow->source[side] == stream) {
    uint16_t step = (uint16_t)(sequence - flow->next[side]);
    if (step < 0x8000) {
      flow->lost[side] += step;
      lost = step;
      flow->next[side] = (uint16_t)(sequence + 1);
    }
  } else {
    flow->source[side] = stream;
    flow->next[side] = (uint16_t)(sequence + 1);
  }
  flow->media[side]++;
  return lost;
}
