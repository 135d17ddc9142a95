"""STUN messages (RFC 8489), as much as the lab's own clients and relays need."""

import hmac
import os
import struct
import zlib

COOKIE = 0x2112A442


class Message:
    def __init__(self, type, id=None):
        self.type = type
        self.id = id or os.urandom(12)
        self.attributes = []

    @classmethod
    def read(cls, data):
        if len(data) < 20 or struct.unpack_from(">I", data, 4)[0] != COOKIE:
            return None
        message = cls(struct.unpack_from(">H", data)[0], data[8:20])
        at, end = 20, min(len(data), 20 + struct.unpack_from(">H", data, 2)[0])
        while at + 4 <= end:
            kind, length = struct.unpack_from(">HH", data, at)
            message.attributes.append((kind, data[at + 4:at + 4 + length]))
            at += 4 + (length + 3) // 4 * 4
        return message

    def get(self, kind):
        return next((value for k, value in self.attributes if k == kind), None)

    def add(self, kind, value):
        self.attributes.append((kind, value))
        return self

    def xor_address(self, kind, address):
        host = bytes(int(x) for x in address[0].split("."))
        mask = struct.pack(">I", COOKIE)
        return self.add(kind, struct.pack(">BBH", 0, 1, address[1] ^ (COOKIE >> 16)) + bytes(a ^ b for a, b in zip(host, mask)))

    @staticmethod
    def read_xor_address(value):
        port = struct.unpack_from(">H", value, 2)[0] ^ (COOKIE >> 16)
        return ".".join(str(a ^ b) for a, b in zip(value[4:8], struct.pack(">I", COOKIE))), port

    def _body(self):
        return b"".join(struct.pack(">HH", kind, len(value)) + value + b"\0" * (-len(value) % 4) for kind, value in self.attributes)

    def integrity(self, key):
        body = self._body()
        head = struct.pack(">HHI", self.type, len(body) + 24, COOKIE) + self.id
        return self.add(0x0008, hmac.new(key, head + body, "sha1").digest())

    def bytes(self, fingerprint=False):
        body = self._body()
        head = struct.pack(">HHI", self.type, len(body) + (8 if fingerprint else 0), COOKIE) + self.id
        if fingerprint:
            body += struct.pack(">HHI", 0x8028, 4, zlib.crc32(head + body) ^ 0x5354554E)
        return head + body
