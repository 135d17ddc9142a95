// What a live packet costs a plain C program: libpcap's TPACKET_V3 ring, and of each packet the flow (Ethernet, VLAN tags,
// IPv4, IPv6) in an open-addressing table and, where it is RTP, sequence numbers counted by direction. Nothing is judged.
//
//   live-floor INTERFACE SECONDS [RING KIB]     prints packets, drops, flows, lost packets of media, ns of CPU a packet
#define _GNU_SOURCE
#include <pcap/pcap.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "reading.h"

enum { slots = 1 << 16 };

typedef struct {
  uint64_t key[5];
  uint64_t packets[2], bytes[2];
  int64_t first, last;
  uint32_t source[2];
  uint16_t next[2];
  uint32_t lost[2], media[2];
  uint8_t used;
} Flow;

static Flow table[slots];
static uint64_t packets, flows, lost, refused;

static void see(u_char *unused, const struct pcap_pkthdr *header, const u_char *bytes) {
  (void)unused;
  packets++;
  uint32_t length = header->caplen, offset = 14, transport;
  if (length < 14) return;
  uint16_t type = payload_type(bytes, length, &offset);
  uint64_t source[2] = {0, 0}, destination[2] = {0, 0};
  uint8_t protocol;
  if (type == 0x0800 && length >= offset + 20) {
    uint32_t size = (bytes[offset] & 15) * 4u;
    if (size < 20 || half(bytes + offset + 6) & 0x1FFF) return;
    protocol = bytes[offset + 9];
    source[0] = word(bytes + offset + 12, 4);
    destination[0] = word(bytes + offset + 16, 4);
    transport = offset + size;
  } else if (type == 0x86DD && length >= offset + 40) {
    protocol = bytes[offset + 6];
    memcpy(source, bytes + offset + 8, 16);
    memcpy(destination, bytes + offset + 24, 16);
    transport = offset + 40;
  } else {
    return;
  }
  if ((protocol != 6 && protocol != 17) || length < transport + 8) return;
  uint32_t from = half(bytes + transport), to = half(bytes + transport + 2);
  int order = memcmp(source, destination, 16), side = order > 0 || (order == 0 && from > to);
  uint64_t *low = side ? destination : source, *high = side ? source : destination;
  uint64_t ports = side ? (uint64_t)to << 16 | from : (uint64_t)from << 16 | to;
  uint64_t key[5] = {low[0], low[1], high[0], high[1], ports << 8 | protocol};
  uint64_t hash = 0;
  for (int part = 0; part < 5; part++) {
    __uint128_t product = (__uint128_t)(hash ^ key[part]) * 0x9E3779B97F4A7C15u;
    hash = (uint64_t)product ^ (uint64_t)(product >> 64);
  }
  uint32_t place = (uint32_t)hash & (slots - 1);
  while (table[place].used && memcmp(table[place].key, key, sizeof key)) place = (place + 1) & (slots - 1);
  Flow *flow = &table[place];
  int64_t time = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
  if (!flow->used) {
    if (flows >= slots / 2) {
      refused++;
      return;
    }
    memcpy(flow->key, key, sizeof key);
    flow->used = 1;
    flow->first = time;
    flows++;
  }
  flow->packets[side]++;
  flow->bytes[side] += header->len;
  flow->last = time;
  const uint8_t *payload = bytes + transport + 8;
  if (protocol != 17 || length < transport + 20 || payload[0] >> 6 != 2) return;
  uint16_t sequence = half(payload + 2);
  uint32_t stream = (uint32_t)payload[8] << 24 | (uint32_t)payload[9] << 16 | half(payload + 10);
  if (flow->media[side] && flow->source[side] == stream) {
    uint16_t step = (uint16_t)(sequence - flow->next[side]);
    if (step < 0x8000) {
      flow->lost[side] += step;
      lost += step;
      flow->next[side] = (uint16_t)(sequence + 1);
    }
  } else {
    flow->source[side] = stream;
    flow->next[side] = (uint16_t)(sequence + 1);
  }
  flow->media[side]++;
}

int main(int count, char **arguments) {
  char reason[PCAP_ERRBUF_SIZE];
  if (count < 3) {
    fputs("usage: live-floor INTERFACE SECONDS [RING KIB]\n", stderr);
    return 2;
  }
  pcap_t *capture = pcap_create(arguments[1], reason);
  if (!capture) return 1;
  pcap_set_snaplen(capture, 512);
  pcap_set_timeout(capture, 100);
  pcap_set_buffer_size(capture, (count > 3 ? atoi(arguments[3]) : 32768) << 10);
  pcap_set_tstamp_precision(capture, PCAP_TSTAMP_PRECISION_NANO);
  if (pcap_activate(capture) < 0 || pcap_setnonblock(capture, 1, reason) < 0) {
    fprintf(stderr, "live-floor: %s\n", pcap_geterr(capture));
    return 1;
  }
  puts("ready");
  fflush(stdout);
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  struct pollfd request = {pcap_get_selectable_fd(capture), POLLIN, 0};
  do {
    if (poll(&request, 1, 250) > 0) pcap_dispatch(capture, -1, see, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (now.tv_sec - start.tv_sec < atoi(arguments[2]));
  struct pcap_stat statistics;
  pcap_stats(capture, &statistics);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cost = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9
    + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
  printf("{\"packets\":%lu,\"drops\":%u,\"flows\":%lu,\"lost\":%lu,\"ns\":%.1f}\n", packets, statistics.ps_drop, flows, lost,
    packets ? cost / (double)packets : 0);
  return 0;
}
