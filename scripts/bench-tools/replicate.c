// Writes many copies of captures as one, in order of time, to standard output: each copy at a time of its own and with
// clients of its own, checksums set right. The same arguments always give the same bytes.
//
//   replicate COPIES SECONDS SEED CAPTURE...
//
// Reads Ethernet, Linux cooked and raw IP captures; says on standard error what it took.
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reading.h"
#include "writing.h"

enum { link_size = 14, frame_room = 1 << 18, packets_of_one = 12000, addresses_of_one = 4096 };

struct frame {
  uint64_t time;
  uint32_t captured, wire;
  uint8_t *bytes;
};

struct source {
  struct frame *frames;
  int count;
  uint32_t client;
};

// A copy's next frame is due at `time`.
struct copy {
  uint64_t time, start;
  uint32_t source, number, next;
};

static uint32_t get16(const uint8_t *p) { return (uint32_t)(p[0] << 8 | p[1]); }
static uint32_t get32(const uint8_t *p) { return get16(p) << 16 | get16(p + 2); }

// Offset of the IP header and its version; 0 if the frame holds none.
static int network(const uint8_t *bytes, uint32_t captured, int *version) {
  uint32_t offset = link_size, type = payload_type(bytes, captured, &offset);
  *version = type == 0x0800 && captured >= offset + 20 ? 4 : type == 0x86DD && captured >= offset + 40 ? 6 : 0;
  return (int)offset;
}

static int is_private(uint32_t address) {
  return address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8;
}

// The checksum at `check` after the 16-bit word `old` became `new` (RFC 1624, equation 3).
static void adjust(uint8_t *check, uint32_t old, uint32_t new) {
  uint32_t sum = (~get16(check) & 0xFFFF) + (~old & 0xFFFF) + new;
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  put16(check, ~sum & 0xFFFF);
}

// Sets the 16-bit word at `place`, and the checksums that cover it.
static void rewrite(uint8_t *place, uint32_t value, uint8_t *header_check, uint8_t *transport_check) {
  uint32_t old = get16(place);
  put16(place, value);
  if (header_check) adjust(header_check, old, value);
  if (transport_check) adjust(transport_check, old, value);
}

static uint8_t *transport_check(uint8_t *bytes, uint32_t captured, uint32_t offset, uint32_t protocol) {
  uint32_t place = offset + (protocol == 6 ? 16 : 6);
  if ((protocol != 6 && protocol != 17) || captured < place + 2) return NULL;
  // UDP without a checksum stays so.
  return protocol == 17 && get16(bytes + place) == 0 ? NULL : bytes + place;
}

// Gives the clients of a frame the addresses of this copy.
static void move(uint8_t *bytes, uint32_t captured, uint32_t client, uint32_t source, uint32_t number) {
  int version, offset = network(bytes, captured, &version);
  uint8_t *packet = bytes + offset;
  if (version == 4) {
    int is_later = (get16(packet + 6) & 0x1FFF) != 0;
    uint8_t *check =
      is_later ? NULL : transport_check(bytes, captured, (uint32_t)offset + (packet[0] & 15) * 4u, packet[9]);
    for (int place = 12; place <= 16; place += 4) {
      uint32_t address = get32(packet + place);
      if (address != client && !is_private(address)) continue;
      uint32_t moved =
        10u << 24 | ((uint32_t)mix((uint64_t)address << 32 | source << 20 | number) & 0xFFFFFF);
      rewrite(packet + place, moved >> 16, packet + 10, check);
      rewrite(packet + place + 2, moved & 0xFFFF, packet + 10, check);
    }
  } else if (version == 6) {
    uint8_t *check = transport_check(bytes, captured, (uint32_t)offset + 40, packet[6]);
    for (int place = 8; place <= 24; place += 16)
      if (packet[place] != 0xFF) rewrite(packet + place + 6, get16(packet + place + 6) ^ number, NULL, check);
  }
}

static void load(struct source *source, const char *path) {
  char reason[PCAP_ERRBUF_SIZE];
  pcap_t *capture = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, reason);
  if (!capture) {
    fprintf(stderr, "replicate: passed over: %s: %s\n", path, reason);
    return;
  }
  int link = pcap_datalink(capture);
  int skip = link == DLT_EN10MB ? 14 : link == DLT_LINUX_SLL ? 16 : link == DLT_RAW ? 0 : -1;
  if (skip < 0) {
    fprintf(stderr, "replicate: passed over: %s: link type %d\n", path, link);
    pcap_close(capture);
    return;
  }
  source->frames = malloc(packets_of_one * sizeof *source->frames);
  static uint32_t addresses[addresses_of_one], counts[addresses_of_one];
  int known = 0;
  uint64_t first = 0, last = 0;
  struct pcap_pkthdr *record;
  const u_char *bytes;
  while (source->count < packets_of_one && pcap_next_ex(capture, &record, &bytes) == 1) {
    if (record->caplen < (uint32_t)skip + 20 || record->caplen > frame_room - link_size) continue;
    struct frame frame = {.captured = record->caplen - (uint32_t)skip + link_size};
    frame.wire = record->len - (uint32_t)skip + link_size;
    frame.bytes = calloc(1, frame.captured);
    memcpy(frame.bytes + link_size, bytes + skip, record->caplen - (uint32_t)skip);
    if (link == DLT_EN10MB) memcpy(frame.bytes, bytes, 14);
    else if (link == DLT_LINUX_SLL) memcpy(frame.bytes + 12, bytes + 14, 2);
    else put16(frame.bytes + 12, bytes[0] >> 4 == 4 ? 0x0800 : 0x86DD);
    uint64_t time = (uint64_t)record->ts.tv_sec * 1000000000 + (uint64_t)record->ts.tv_usec;
    if (source->count == 0) first = time;
    frame.time = time > first ? time - first : 0;
    // Copies are merged by time, so each must be in order itself.
    if (frame.time < last) frame.time = last;
    last = frame.time;
    source->frames[source->count++] = frame;
    int version, offset = network(frame.bytes, frame.captured, &version);
    for (int place = 12; version == 4 && place <= 16; place += 4) {
      uint32_t address = get32(frame.bytes + offset + place);
      int index = 0;
      while (index < known && addresses[index] != address) index++;
      if (index == known && known < addresses_of_one) {
        addresses[known] = address;
        counts[known++] = 0;
      }
      if (index < known) counts[index]++;
    }
  }
  // The client is whoever takes part in the most packets.
  uint32_t most = 0;
  for (int index = 0; index < known; index++)
    if (counts[index] > most) {
      most = counts[index];
      source->client = addresses[index];
    }
  pcap_close(capture);
}

static int is_before(const struct copy *one, const struct copy *other) {
  if (one->time != other->time) return one->time < other->time;
  return one->source != other->source ? one->source < other->source : one->number < other->number;
}

static void sink(struct copy *heap, int count, int place) {
  for (;;) {
    int least = place;
    for (int child = 2 * place + 1; child <= 2 * place + 2 && child < count; child++)
      if (is_before(heap + child, heap + least)) least = child;
    if (least == place) return;
    struct copy moved = heap[place];
    heap[place] = heap[least];
    heap[least] = moved;
    place = least;
  }
}

int main(int count, char **arguments) {
  if (count < 5) {
    fputs("usage: replicate COPIES SECONDS SEED CAPTURE...\n", stderr);
    return 2;
  }
  int copies = atoi(arguments[1]), sources = count - 4, size = 0, used = 0;
  uint64_t span = strtoull(arguments[2], NULL, 10) * 1000000000;
  state = strtoull(arguments[3], NULL, 10);
  struct source *all = calloc((size_t)sources, sizeof *all);
  struct copy *heap = malloc((size_t)sources * (size_t)copies * sizeof *heap);
  for (int source = 0; source < sources; source++) {
    load(all + source, arguments[source + 4]);
    used += all[source].count > 0;
    for (int number = 0; number < copies && all[source].count; number++) {
      uint64_t start = draw() % span;
      heap[size++] = (struct copy){start, start, (uint32_t)source, (uint32_t)number, 0};
    }
  }
  for (int place = size / 2; place >= 0 && size; place--) sink(heap, size, place);
  uint32_t words[6] = {0xA1B2C3D4, 4u << 16 | 2, 0, 0, 262144, 1};
  fwrite(words, sizeof words, 1, stdout);
  static uint8_t buffer[frame_room];
  uint64_t packets = 0;
  while (size) {
    struct copy *copy = heap;
    struct source *source = all + copy->source;
    struct frame *frame = source->frames + copy->next;
    memcpy(buffer, frame->bytes, frame->captured);
    move(buffer, frame->captured, source->client, copy->source, copy->number);
    uint32_t record[4] = {
      (uint32_t)(1700000000 + copy->time / 1000000000), (uint32_t)(copy->time % 1000000000 / 1000), frame->captured,
      frame->wire};
    fwrite(record, sizeof record, 1, stdout);
    fwrite(buffer, frame->captured, 1, stdout);
    packets++;
    if (++copy->next == (uint32_t)source->count) heap[0] = heap[--size];
    else copy->time = copy->start + source->frames[copy->next].time;
    sink(heap, size, 0);
  }
  fprintf(stderr, "replicate: %lu packets of %d captures, %d copies\n", packets, used, copies);
  return fflush(stdout) || ferror(stdout);
}
