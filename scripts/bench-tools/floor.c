// The floor F that speeds are compared with: libpcap's own loop, and of each packet only what makes its flow, the two
// addresses, the protocol and the two ports (Ethernet, VLAN tags, IPv4, IPv6). No state is kept.
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "reading.h"

static uint64_t packets, sum;

static void see(u_char *unused, const struct pcap_pkthdr *header, const u_char *bytes) {
  (void)unused;
  packets++;
  uint32_t length = header->caplen, offset = 14, transport;
  if (length < 14) return;
  uint16_t type = payload_type(bytes, length, &offset);
  uint64_t source, destination;
  uint8_t protocol;
  if (type == 0x0800 && length >= offset + 20) {
    uint32_t size = (bytes[offset] & 15) * 4u;
    if (size < 20 || half(bytes + offset + 6) & 0x1FFF) return;
    protocol = bytes[offset + 9];
    source = word(bytes + offset + 12, 4);
    destination = word(bytes + offset + 16, 4);
    transport = offset + size;
  } else if (type == 0x86DD && length >= offset + 40) {
    protocol = bytes[offset + 6];
    source = word(bytes + offset + 8, 8) ^ word(bytes + offset + 16, 8);
    destination = word(bytes + offset + 24, 8) ^ word(bytes + offset + 32, 8);
    transport = offset + 40;
  } else {
    return;
  }
  if ((protocol != 6 && protocol != 17) || length < transport + 4) return;
  uint16_t from = half(bytes + transport), to = half(bytes + transport + 2);
  // Both directions of a flow make one key.
  uint64_t key = source < destination || (source == destination && from <= to)
    ? source ^ destination << 1 ^ ((uint64_t)from << 16 | to)
    : destination ^ source << 1 ^ ((uint64_t)to << 16 | from);
  sum += key * 0x9E3779B97F4A7C15u + protocol;
}

int main(int count, char **arguments) {
  char reason[PCAP_ERRBUF_SIZE];
  pcap_t *capture = count == 2 ? pcap_open_offline(arguments[1], reason) : NULL;
  if (!capture) {
    fprintf(stderr, "floor: %s\n", count == 2 ? reason : "usage: floor CAPTURE");
    return 1;
  }
  pcap_loop(capture, -1, see, NULL);
  printf("%lu packets, sum %016lx\n", packets, sum);
  pcap_close(capture);
}
