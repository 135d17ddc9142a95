// What a plain C program needs that keeps flows: an own reader of 256 KiB at a time, flows in an open-addressing table, and
// of RTP the numbers that did not come. Nothing is checked, nothing is judged and nothing is written: what lies between this
// and the floor is all that an analysis within 1.0 F would have left. Classic captures in the machine's byte order.
//
//   flow-floor CAPTURE     prints packets, flows, lost packets of media
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reading.h"

enum { slots = 1 << 21, block = 256 << 10, headroom = 64 << 10 };

typedef struct {
  uint32_t seconds, fraction, captured, wire;
} Record;

static uint64_t packets, flows, lost;
static uint64_t *places;
static Flow *table;

static void see(const Record *record, const uint8_t *bytes) {
  Place seen;
  packets++;
  if (!read_place(bytes, record->captured, &seen)) return;
  uint64_t hash = hash_place(&seen);
  uint32_t place = (uint32_t)hash & (slots - 1), tag = (uint32_t)(hash >> 32);
  int64_t time = (int64_t)record->seconds * 1000000000 + record->fraction;
  Flow *flow;
  for (;; place = (place + 1) & (slots - 1)) {
    uint64_t entry = places[place];
    if (!entry) {
      if (flows >= slots / 2) return;
      places[place] = (uint64_t)tag << 32 | (flows + 1);
      flow = &table[flows++];
      memcpy(flow->key, seen.key, sizeof seen.key);
      flow->first = time;
      break;
    }
    flow = &table[(uint32_t)entry - 1];
    if ((uint32_t)(entry >> 32) == tag && !memcmp(flow->key, seen.key, sizeof seen.key)) break;
  }
  lost += count_packet(flow, &seen, bytes, record->captured, record->wire, time);
}

int main(int count, char **arguments) {
  int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
  uint8_t *room = aligned_alloc(4096, headroom + block);
  places = calloc(slots, sizeof *places);
  table = calloc(slots / 2, sizeof *table);
  if (file < 0 || !room || !places || !table) {
    fputs("usage: flow-floor CAPTURE\n", stderr);
    return 1;
  }
  size_t tail = 0, skip = 24;
  for (ssize_t got; (got = read(file, room + headroom, block)) > 0;) {
    uint8_t *bytes = room + headroom - tail;
    size_t length = tail + (size_t)got, offset = skip;
    skip = 0;
    for (Record record; offset + sizeof record <= length; offset += sizeof record + record.captured) {
      memcpy(&record, bytes + offset, sizeof record);
      if (record.captured > headroom - sizeof record) {
        fputs("flow-floor: a record is longer than is read here\n", stderr);
        return 1;
      }
      if (offset + sizeof record + record.captured > length) break;
      see(&record, bytes + offset + sizeof record);
    }
    tail = length - offset;
    memmove(room + headroom - tail, bytes + offset, tail);
  }
  printf("%lu packets, %lu flows, %lu lost\n", packets, flows, lost);
}
