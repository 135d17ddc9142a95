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

static Flow table[slots];
static uint64_t packets, flows, lost, refused;

static void see(u_char *unused, const struct pcap_pkthdr *header, const u_char *bytes) {
  (void)unused;
  packets++;
  Place seen;
  if (!read_place(bytes, header->caplen, &seen)) return;
  uint32_t place = (uint32_t)hash_place(&seen) & (slots - 1);
  while (table[place].used && memcmp(table[place].key, seen.key, sizeof seen.key)) place = (place + 1) & (slots - 1);
  Flow *flow = &table[place];
  int64_t time = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
  if (!flow->used) {
    if (flows >= slots / 2) {
      refused++;
      return;
    }
    memcpy(flow->key, seen.key, sizeof seen.key);
    flow->used = 1;
    flow->first = time;
    flows++;
  }
  lost += count_packet(flow, &seen, bytes, header->caplen, header->len, time);
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
