// Writes a made-up capture of one kind and size to standard output; the same arguments always give the same bytes.
//
//   workload media PACKETS SNAPLEN SEED   RTP of 3,000 flows in both directions, one packet in 200 lost
//   workload lossy PACKETS FLOWS SEED     RTP in both directions at snaplen 128, one packet in 20 lost
//   workload small FLOWS SEED             TCP connections of five packets: SYN, SYN+ACK, ACK, ClientHello, RST
//   workload many CALLS SEED              calls of 40 s, all at once: relays asked, a third in vain; media both ways, half
//                                         of which fall silent while the client sends on; a relay asked over IPv6
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writing.h"

enum { udp = 8, tcp = 20, rtp = 12, mediaFlows = 3000, window = 64 };

static void header(uint32_t snaplen) {
  uint32_t words[6] = {0xA1B2C3D4, 4u << 16 | 2, 0, 0, snaplen, 1};
  fwrite(words, sizeof words, 1, stdout);
}

// Writes the frame whose IP payload of `length` bytes lies at its place in `frame`: headers, checksums, record.
static void send_frame(
  uint8_t *frame, uint64_t time, uint32_t from, uint32_t to, uint8_t protocol, uint32_t length, uint32_t snaplen
) {
  uint32_t wire = (uint32_t)put_headers(frame, from, to, protocol, length);
  uint8_t *packet = frame + ethernet;
  uint8_t *check = packet + ip + (protocol == 6 ? 16 : 6);
  put16(check, 0);
  put16(check, fold(add(add(protocol + length, packet + 12, 8), packet + ip, length)));
  uint32_t captured = wire < snaplen ? wire : snaplen;
  uint32_t record[4] = {
    (uint32_t)(1700000000 + time / 1000000000), (uint32_t)(time % 1000000000 / 1000), captured, wire};
  fwrite(record, sizeof record, 1, stdout);
  fwrite(frame, captured, 1, stdout);
}

// RTP of `flows` in both directions at 50 packets a second. One packet in 200 of `media` is lost, and the next one comes in its
// time; of `lossy` one in 20, and the gap is seen.
static void media(uint64_t packets, uint32_t flows, int isLossy, uint32_t snaplen) {
  static uint16_t sequences[2 * mediaFlows];
  static uint8_t frame[2048];
  header(snaplen);
  for (uint64_t number = 0; number < packets; number++) {
    uint32_t place = (uint32_t)(number % (2 * flows)), flow = place >> 1, back = place & 1;
    // One packet per flow and direction every 20 ms, spread over them.
    uint64_t time = number / (2 * flows) * 20000000 + place * (20000000ull / (2 * flows) / 100 * 100);
    uint64_t random = draw();
    if (random % (isLossy ? 20 : 200) == 0) {
      sequences[place]++;
      if (isLossy) continue;
    }
    uint16_t sequence = sequences[place]++;
    uint32_t data = 160 + (uint32_t)(random >> 32) % 900, length = udp + rtp + data;
    uint32_t client = 0x0A010000 + flow, server = 0x5DB80000 + flow % 97;
    uint32_t clientPort = 40000 + flow % 1000, serverPort = 20000 + flow % 7 * 2;
    uint8_t *p = frame + ethernet + ip;
    p = put16(put16(p, back ? serverPort : clientPort), back ? clientPort : serverPort);
    p = put32(p, length << 16);
    p = put16(put16(p, 0x806F), sequence);
    p = put32(put32(p, sequence * 960u), 0x10000000 + place);
    for (uint32_t offset = 0; offset < data; offset += 8) memcpy(p + offset, (uint64_t[]){draw()}, 8);
    send_frame(frame, time, back ? server : client, back ? client : server, 17, length, snaplen);
  }
}

// A TLS 1.3 ClientHello with a server name; its length.
static uint32_t hello(uint8_t *start, uint32_t flow) {
  char name[64];
  uint32_t size = (uint32_t)snprintf(name, sizeof name, "host%04u.example.com", flow % 5000);
  uint8_t *p = start;
  uint32_t extensions = 9 + size, body = 2 + 32 + 1 + 4 + 2 + 2 + extensions;
  *p++ = 22;
  p = put16(put16(p, 0x0301), body + 4);
  *p++ = 1;
  *p++ = 0;
  p = put16(put16(p, body), 0x0303);
  for (int word = 0; word < 4; word++, p += 8) memcpy(p, (uint64_t[]){draw()}, 8);
  *p++ = 0;
  p = put16(put16(p, 2), 0x1301);
  p = put16(put16(p, 0x0100), extensions);
  p = put16(put16(p, 0), size + 5);
  p = put16(p, size + 3);
  *p++ = 0;
  p = put16(p, size);
  memcpy(p, name, size);
  return (uint32_t)(p + size - start);
}

static void small(uint32_t flows) {
  static uint8_t frame[2048];
  header(262144);
  // A window of connections goes on at the same time.
  for (uint32_t first = 0; first < flows; first += window)
    for (uint32_t step = 0; step < 5; step++)
      for (uint32_t flow = first; flow < first + window && flow < flows; flow++) {
        static const uint8_t flags[5] = {0x02, 0x12, 0x10, 0x18, 0x04};
        uint64_t time = first * 200000ull + step * 2000000ull + (flow - first) * 1000;
        uint32_t client = 0x0A000000 + flow / 60000 * 256 + flow * 7 % 256, server = 0x5DB80000 + flow % 4099;
        uint32_t port = 1024 + flow % 60000, back = step == 1 || step == 4;
        uint32_t sequence = flow * 77 + (step > 1), answer = flow * 99 + (step > 1);
        uint8_t *p = frame + ethernet + ip;
        uint32_t data = step == 3 ? hello(p + tcp, flow) : 0;
        p = put16(put16(p, back ? 443 : port), back ? port : 443);
        p = put32(p, back ? answer : sequence);
        p = put32(p, step == 0 || step == 4 ? 0 : back ? sequence + 1 : answer);
        *p++ = 0x50;
        *p++ = flags[step];
        put32(put16(p, 65535), 0);
        send_frame(frame, time, back ? server : client, back ? client : server, 6, tcp + data, 262144);
      }
}

// Twenty bytes of an Allocate request or success response (RFC 8656 section 18.1).
static void stun(uint8_t *p, int isAnswer, uint32_t call, uint32_t number) {
  p = put32(put16(put16(p, isAnswer ? 0x0103 : 0x0003), 0), 0x2112A442);
  put32(put32(put32(p, 0x5A000000), call), number);
}

// One datagram of a call: its ports and length before what is there.
static void send_datagram(uint8_t *frame, uint64_t time, uint32_t call, int back, int isRelay, uint32_t data) {
  uint32_t client = 0x0A020000 + call, server = (isRelay ? 0x5DB80000 : 0x5DB90000) + call % 251;
  uint32_t clientPort = (isRelay ? 40000 : 41000) + call % 1000, serverPort = isRelay ? 3478 : 30000;
  uint8_t *p = frame + ethernet + ip;
  p = put16(put16(p, back ? serverPort : clientPort), back ? clientPort : serverPort);
  put32(p, (udp + data) << 16);
  send_frame(frame, time, back ? server : client, back ? client : server, 17, udp + data, 262144);
}

// The same relay asked over IPv6, once: what compares families has something to look for.
static void send_v6(uint8_t *frame, uint64_t time) {
  enum { ip6 = 40, length = udp + 20 };
  uint8_t *packet = frame + ethernet, *p = packet;
  put16(frame + 12, 0x86DD);
  p = put32(put32(p, 6u << 28), length << 16 | 17 << 8 | 64);
  for (uint32_t end = 1; end <= 2; end++) p = put32(put32(put32(put32(p, 0x20010DB8), end), 0), end);
  p = put32(put16(put16(p, 40000), 3478), length << 16);
  stun(p, 0, 0, 99);
  put16(packet + ip6 + 6, fold(add(add(17 + length, packet + 8, 32), packet + ip6, length)));
  uint32_t size = ethernet + ip6 + length;
  uint32_t record[4] = {
    (uint32_t)(1700000000 + time / 1000000000), (uint32_t)(time % 1000000000 / 1000), size, size};
  fwrite(record, sizeof record, 1, stdout);
  fwrite(frame, size, 1, stdout);
}

static void many(uint32_t calls) {
  static uint8_t frame[2048];
  uint8_t *payload = frame + ethernet + ip + udp;
  header(262144);
  send_v6(frame, 0);
  // By seconds: all of them begin within the first.
  for (uint32_t step = 0; step < 40; step++)
    for (uint32_t call = 0; call < calls; call++) {
      uint64_t time = step * 1000000000ull + (uint64_t)call * 1000000000ull / calls;
      int isAnswered = call % 3 > 0, fallsSilent = call % 3 == 2;
      if (step < 6) {
        stun(payload, 0, call, step);
        send_datagram(frame, time, call, 0, 1, 20);
        if (!isAnswered) continue;
        stun(payload, 1, call, step);
        send_datagram(frame, time, call, 1, 1, 20);
      }
      if (!isAnswered || step < 3) continue;
      for (int back = 0; back < (fallsSilent && step > 15 ? 1 : 2); back++) {
        uint8_t *p = put32(payload, 0x80600000 + step);
        put32(put32(p, step * 48000), 0x20000000 + call * 2 + (uint32_t)back);
        send_datagram(frame, time, call, back, 0, 160);
      }
    }
}

int main(int count, char **arguments) {
  if (count == 5 && !strcmp(arguments[1], "media")) {
    state = strtoull(arguments[4], NULL, 10);
    media(strtoull(arguments[2], NULL, 10), mediaFlows, 0, (uint32_t)atoi(arguments[3]));
  } else if (count == 5 && !strcmp(arguments[1], "lossy") && atoi(arguments[3]) > 0 && atoi(arguments[3]) <= mediaFlows) {
    state = strtoull(arguments[4], NULL, 10);
    media(strtoull(arguments[2], NULL, 10), (uint32_t)atoi(arguments[3]), 1, 128);
  } else if (count == 4 && !strcmp(arguments[1], "small")) {
    state = strtoull(arguments[3], NULL, 10);
    small((uint32_t)atoi(arguments[2]));
  } else if (count == 4 && !strcmp(arguments[1], "many") && atoi(arguments[2]) > 0) {
    state = strtoull(arguments[3], NULL, 10);
    many((uint32_t)atoi(arguments[2]));
  } else {
    fputs(
      "usage: workload media PACKETS SNAPLEN SEED | lossy PACKETS FLOWS SEED | small FLOWS SEED | many CALLS SEED\n", stderr);
    return 2;
  }
  return fflush(stdout) || ferror(stdout);
}
