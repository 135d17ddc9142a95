"""IPv4 packets: reading their fields and making new ones."""

import socket
import struct

TCP_FIN, TCP_SYN, TCP_RST, TCP_PSH, TCP_ACK = 1, 2, 4, 8, 16


class Packet:
    """Fields of an IPv4 packet, `None`-like zeros where it has none. `data` begins at the IP header and may be cut short."""

    __slots__ = ("data", "source", "destination", "protocol", "ttl", "ident", "length", "source_port", "destination_port",
                 "payload_at", "flags", "sequence", "acknowledgment", "window", "fragment")

    def __init__(self, data):
        self.data = data
        header = (data[0] & 15) * 4
        self.length, self.ident, fragment = struct.unpack_from(">HHH", data, 2)
        self.fragment = fragment & 0x1FFF
        self.ttl = data[8]
        self.protocol = data[9]
        self.source = socket.inet_ntoa(data[12:16])
        self.destination = socket.inet_ntoa(data[16:20])
        self.source_port = self.destination_port = self.flags = self.sequence = self.acknowledgment = self.window = 0
        self.payload_at = header
        if self.fragment:
            return
        if self.protocol == 17 and len(data) >= header + 8:
            self.source_port, self.destination_port = struct.unpack_from(">HH", data, header)
            self.payload_at = header + 8
        elif self.protocol == 6 and len(data) >= header + 20:
            (self.source_port, self.destination_port, self.sequence, self.acknowledgment, offset, self.flags,
             self.window) = struct.unpack_from(">HHIIBBH", data, header)
            self.payload_at = header + (offset >> 4) * 4

    @property
    def payload(self):
        return self.data[self.payload_at:self.length]

    @property
    def payload_length(self):
        """Bytes of payload on the wire, also where the capture holds fewer."""
        return max(0, self.length - self.payload_at)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, destination, protocol, body, ttl=64, ident=0, dont_fragment=True):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident & 0xFFFF, 0x4000 if dont_fragment else 0, ttl, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + body


def _pseudo(source, destination, protocol, length):
    return socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack(">BBH", 0, protocol, length)


def tcp(source, source_port, destination, destination_port, sequence, acknowledgment, flags, window=0, payload=b"", ttl=64, ident=0):
    segment = struct.pack(">HHIIBBHHH", source_port, destination_port, sequence & 0xFFFFFFFF, acknowledgment & 0xFFFFFFFF, 5 << 4,
                          flags, window, 0, 0) + payload
    value = checksum(_pseudo(source, destination, 6, len(segment)) + segment)
    return ipv4(source, destination, 6, segment[:16] + struct.pack(">H", value) + segment[18:], ttl, ident)


def udp(source, source_port, destination, destination_port, payload, ttl=64, ident=0):
    segment = struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload
    value = checksum(_pseudo(source, destination, 17, len(segment)) + segment) or 0xFFFF
    return ipv4(source, destination, 17, segment[:6] + struct.pack(">H", value) + segment[8:], ttl, ident)


def with_ttl(data, ttl):
    """The packet with another TTL and a right checksum."""
    header_length = (data[0] & 15) * 4
    header = bytearray(data[:header_length])
    header[8] = ttl
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack(">H", checksum(bytes(header)))
    return bytes(header) + data[header_length:]
