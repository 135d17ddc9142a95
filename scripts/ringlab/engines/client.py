"""A TLS or plain client in Python, for what curl cannot do: small windows, aborts, idling, half-closed ends."""

import json
import os
import socket
import ssl
import struct
import sys
import time
from urllib.parse import urlsplit


def connect(o, parts):
    raw = socket.socket()
    if o.get("receive_buffer"):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, o["receive_buffer"])
    raw.settimeout(o.get("timeout", 10))
    raw.connect((parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)))
    print(json.dumps({"event": "open", "port": raw.getsockname()[1]}), flush=True)
    if parts.scheme != "https":
        return raw
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(raw, server_hostname=parts.hostname)


def main():
    o = json.loads(sys.argv[1])
    parts = urlsplit(o["url"])
    end = time.monotonic() + o.get("seconds", 20)
    count = 0
    try:
        s = connect(o, parts)
        for _ in range(o.get("requests", 1)):
            s.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.hostname}\r\n\r\n".encode())
            while time.monotonic() < end:
                data = s.recv(16384)
                if not data:
                    break
                count += len(data)
                if o.get("stop_after") and count >= o["stop_after"]:
                    break
                if o.get("pause"):
                    time.sleep(o["pause"])
                if o.get("one_read") and count >= o["one_read"]:
                    count = 0
                    break
            time.sleep(o.get("idle", 0))
        if o.get("abort"):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            fd = s.detach()
            os.close(fd)
        else:
            s.close()
        print(json.dumps({"event": "done", "bytes": count}), flush=True)
    except OSError as error:
        print(json.dumps({"event": "error", "text": str(error), "bytes": count}), flush=True)


if __name__ == "__main__":
    main()
