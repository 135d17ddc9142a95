// Sends made-up frames out of an interface as fast as asked, or as it goes: what `scripts/bench-live` measures with.
//
//   blast INTERFACE media SECONDS PPS       RTP of 3,000 flows in both directions, 200-byte frames; PPS 0 is as fast as it goes
//   blast INTERFACE mixed SECONDS PPS       the same, but every fifth packet begins a flow: a lone datagram or a lone SYN
//   blast INTERFACE syn FLOWS PPS           one SYN each
//   blast INTERFACE udp FLOWS PPS           one datagram with random bytes each
//
// Prints packets sent and seconds taken. Needs CAP_NET_RAW.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "writing.h"

enum { mediaFlows = 3000, batch = 64, room = 256 };

static uint8_t frames[batch][room];
static struct iovec parts[batch];
static struct mmsghdr messages[batch];
static uint16_t sequences[2 * mediaFlows];
static uint64_t mediaNumber, flowNumber;

static size_t media(uint8_t *frame) {
  uint32_t place = (uint32_t)(mediaNumber++ % (2 * mediaFlows)), flow = place >> 1, back = place & 1;
  uint16_t sequence = sequences[place]++;
  uint32_t client = 0x0A010000 + flow, server = 0x5DB80000 + flow % 97;
  uint32_t clientPort = 40000 + flow % 1000, serverPort = 20000 + flow % 7 * 2;
  uint8_t *p = frame + ethernet + ip;
  p = put16(put16(p, back ? serverPort : clientPort), back ? clientPort : serverPort);
  p = put32(p, 166u << 16);
  p = put16(put16(p, 0x806F), sequence);
  put32(put32(p, sequence * 960u), 0x10000000 + place);
  return put_headers(frame, back ? server : client, back ? client : server, 17, 166);
}

static size_t syn(uint8_t *frame, uint64_t flow) {
  uint8_t *p = frame + ethernet + ip;
  p = put16(put16(p, 1024 + (uint32_t)(flow % 60000)), 443);
  p = put32(put32(p, (uint32_t)draw()), 0);
  *p++ = 0x50;
  *p++ = 0x02;
  put32(put16(p, 65535), 0);
  return put_headers(frame, 0x0A020000 + (uint32_t)(flow / 60000), 0x5DB80000 + (uint32_t)(flow % 4099), 6, 20);
}

static size_t datagram(uint8_t *frame, uint64_t flow) {
  uint32_t client = 0x0A030000 + (uint32_t)(flow / 60000), server = 0x5DB90000 + (uint32_t)(flow % 65521);
  uint32_t port = 1024 + (uint32_t)(flow % 60000), other = 2000 + (uint32_t)(flow % 50021);
  uint8_t *p = frame + ethernet + ip;
  p = put16(put16(p, port), other);
  p = put32(p, 72u << 16);
  for (int word = 0; word < 8; word++, p += 8) memcpy(p, (uint64_t[]){draw()}, 8);
  return put_headers(frame, client, server, 17, 72);
}

static size_t mixed(uint8_t *frame, uint64_t number) {
  if (number % 5 != 4) return media(frame);
  uint64_t flow = flowNumber++;
  return flow & 1 ? syn(frame, flow) : datagram(frame, flow);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fputs("usage: blast INTERFACE media|mixed|syn|udp SECONDS|FLOWS PPS\n", stderr);
    return 2;
  }
  const char *kind = arguments[2];
  double amount = atof(arguments[3]), rate = atof(arguments[4]);
  int isTimed = !strcmp(kind, "media") || !strcmp(kind, "mixed");
  int descriptor = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
  struct sockaddr_ll place = {
    .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(arguments[1])};
  if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&place, sizeof place) != 0) {
    perror("blast");
    return 1;
  }
  // Past the queueing discipline, straight to the driver.
  setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  for (int index = 0; index < batch; index++) {
    parts[index].iov_base = frames[index];
    messages[index].msg_hdr.msg_iov = &parts[index];
    messages[index].msg_hdr.msg_iovlen = 1;
  }
  double start = now(), elapsed = 0;
  uint64_t sent = 0;
  while (isTimed ? elapsed < amount : sent < (uint64_t)amount) {
    for (int index = 0; index < batch; index++) {
      uint64_t number = sent + (uint64_t)index;
      uint8_t *frame = frames[index];
      parts[index].iov_len = !strcmp(kind, "media") ? media(frame) : !strcmp(kind, "mixed") ? mixed(frame, number)
        : !strcmp(kind, "syn") ? syn(frame, number) : datagram(frame, number);
    }
    int done = 0;
    while (done < batch) {
      int result = sendmmsg(descriptor, messages + done, (unsigned)(batch - done), 0);
      if (result > 0) done += result;
    }
    sent += batch;
    elapsed = now() - start;
    double ahead = rate > 0 ? (double)sent / rate - elapsed : 0;
    if (ahead > 0.0005) {
      struct timespec pause = {(time_t)ahead, (long)((ahead - (double)(time_t)ahead) * 1e9)};
      nanosleep(&pause, NULL);
    }
  }
  printf("%lu packets in %.3f s, %.0f a second\n", sent, elapsed, (double)sent / elapsed);
  return 0;
}
