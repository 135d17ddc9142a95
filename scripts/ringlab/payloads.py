"""What a UDP payload is, inside TURN channels and Telegram's reflector frames too."""

import struct

COOKIE = b"\x21\x12\xa4\x42"


def inner_span(payload, size=None):
    """Where the payload behind a TURN channel header, a TURN Send or Data indication, or a reflector's frame begins and ends;
    else all of it.

    `size` is what was on the wire, where the capture holds less."""
    n = len(payload)
    size = max(n, size or 0)
    if n >= 4 and 0x40 <= payload[0] <= 0x4F:
        length = struct.unpack_from(">H", payload, 2)[0]
        if length <= size - 4:
            return 4, 4 + length
    if n >= 28 and payload[:2] in (b"\x00\x16", b"\x00\x17") and payload[4:8] == COOKIE:
        at = 20
        while at + 4 <= n:
            kind, length = struct.unpack_from(">HH", payload, at)
            if kind == 0x13:
                return at + 4, at + 4 + length
            at += 4 + (length + 3) // 4 * 4
    if n > 24 and payload[4:8] != COOKIE:
        length = struct.unpack_from(">I", payload, 20)[0]
        if 0 <= size - 24 - length < 4 and payload[16:20] != b"\xff\xff\xff\xff":
            return 24, 24 + length
    return 0, size


def inner(payload, size=None):
    start, stop = inner_span(payload, size)
    return payload[start:stop]


def rtp_head(payload, size=None):
    """Bytes of an RTP payload, frames around it included, up to the end of its header and extension: what follows is noise."""
    start, _ = inner_span(payload, size)
    body = payload[start:]
    if len(body) < 12:
        return len(payload)
    end = 12 + 4 * (body[0] & 15)
    if body[0] & 0x10 and len(body) >= end + 4:
        end += 4 + 4 * struct.unpack_from(">H", body, end + 2)[0]
    return start + end


def kind(payload, size=None):
    """stun, dtls, rtp, rtcp, hello (a reflector's), or other."""
    body = inner(payload, size)
    if len(payload) >= 32 and payload[16:28] == b"\xff" * 12:
        return "hello"
    if len(body) >= 20 and body[4:8] == COOKIE and body[0] < 12:
        return "stun"
    if len(body) >= 13 and 20 <= body[0] <= 63 and (body[1] == 0xFE or body[0] & 0xE0 == 0x20):
        return "dtls"
    if len(body) >= 12 and 128 <= body[0] <= 191:
        return "rtcp" if 192 <= body[1] <= 223 else "rtp"
    return "other"


def rtp(payload, size=None):
    """(SSRC, payload type, sequence number, time stamp) of an RTP packet, or None."""
    body = inner(payload, size)
    if len(body) < 12 or not 128 <= body[0] <= 191 or 192 <= body[1] <= 223:
        return None
    sequence, stamp, source = struct.unpack_from(">HII", body, 2)
    return source, body[1] & 127, sequence, stamp


def server_name(data):
    """The name in a TLS ClientHello at the start of `data`, or None."""
    if len(data) < 48 or data[0] != 22 or data[5] != 1:
        return None
    try:
        at = 43
        at += 1 + data[at]
        at += 2 + struct.unpack_from(">H", data, at)[0]
        at += 1 + data[at]
        end = at + 2 + struct.unpack_from(">H", data, at)[0]
        at += 2
        while at + 4 <= min(end, len(data)):
            extension, length = struct.unpack_from(">HH", data, at)
            if extension == 0:
                size = struct.unpack_from(">H", data, at + 7)[0]
                return data[at + 9:at + 9 + size].decode("ascii", "replace")
            at += 4 + length
    except (IndexError, struct.error):
        return None
    return None
