"""Classic pcap files: recording with tcpdump, reading, and writing what is left after cutting."""

import gzip
import struct

from .packets import Packet
from .payloads import COOKIE, kind, rtp_head
from .shell import Child

ETHERNET, RAW = 1, 101


class Recorder:
    """tcpdump in a namespace. `stop` waits until everything is in the file."""

    def __init__(self, netns, link, path, snaplen=1600, expression=None):
        self.path = path
        args = ["tcpdump", "-i", link, "-n", "-U", "--immediate-mode", "-B", "8192", "-s", snaplen, "-w", path, "--nano"]
        self.child = Child(args + ([expression] if expression else []), netns=netns, name=f"tcpdump {link}", real_time=2)
        self.dropped = None

    def stop(self):
        import signal
        self.child.stop(signal.SIGINT, patience=5)
        self.child.reader.join(2)
        for line in self.child.log:
            if "dropped by kernel" in line:
                self.dropped = int(line.split(": ")[-1].split()[0])


class Frame:
    __slots__ = ("time_ns", "length", "data", "link")

    def __init__(self, time_ns, length, data, link):
        self.time_ns, self.length, self.data, self.link = time_ns, length, data, link

    def packet(self):
        """The IPv4 packet in the frame, or None."""
        if self.link == ETHERNET:
            if len(self.data) < 34 or self.data[12:14] != b"\x08\x00":
                return None
            return Packet(self.data[14:])
        if len(self.data) < 20 or self.data[0] >> 4 != 4:
            return None
        return Packet(self.data)


def read(path):
    """All frames of a capture, plain or gzip."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if len(data) < 24:
        return []
    magic = struct.unpack_from("<I", data)[0]
    scale = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    link = struct.unpack_from("<I", data, 20)[0] & 0xFFFF
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
        if at + 16 + captured > len(data):
            break
        frames.append(Frame(seconds * 1_000_000_000 + fraction * scale, length, data[at + 16:at + 16 + captured], link))
        at += 16 + captured
    return frames


def write(path, frames, snaplen=65535):
    """Microsecond pcap; gzip (without a time in its header, so that the same frames give the same bytes) for `.gz`."""
    link = frames[0].link if frames else ETHERNET
    out = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link))
    for frame in frames:
        out += struct.pack("<IIII", frame.time_ns // 1_000_000_000, frame.time_ns % 1_000_000_000 // 1000, len(frame.data), frame.length)
        out += frame.data
    data = gzip.compress(bytes(out), 9, mtime=0) if path.endswith(".gz") else bytes(out)
    with open(path, "wb") as f:
        f.write(data)


def cut(frames, media=74, other=200):
    """Shortens frames to what is not noise: RTP to its headers, other media to `media`, the rest to `other`; hellos, names and
    what carries certificates stay whole up to a full frame."""
    for frame in frames:
        packet = frame.packet()
        keep = other
        if packet is not None:
            head = len(frame.data) - len(packet.data)
            if packet.protocol == 17 and 53 not in (packet.source_port, packet.destination_port):
                what = kind(packet.payload, packet.payload_length)
                if what == "rtp" and packet.length > 60:
                    # Two bytes of what is encrypted, so that no reader takes the cut for the packet's end.
                    keep = head + packet.payload_at + rtp_head(packet.payload, packet.payload_length) + 2
                elif what == "other" and packet.length > 60:
                    keep = media + head - 14
                if what == "dtls" and packet.payload[:1] in (b"\x16",) or packet.destination_port == 443 or packet.source_port == 443:
                    keep = 1600
            elif packet.protocol == 6:
                body = packet.payload
                if body[:1] == b"\x16" or body[:4] in (b"GET ", b"HTTP"):
                    keep = 1600
                elif packet.payload_length > 400 and body[4:8] != COOKIE:
                    # The head of a TLS record, where one begins here; TURN over TCP keeps what tells its messages.
                    keep = head + packet.payload_at + 6
                else:
                    keep = 100
        frame.data = frame.data[:keep]
    return frames
