"""coturn as TURN server at one address."""

import base64
import hmac
import os
import time

from .shell import CommandFailed


def start(stage, host, port, realm, r):
    """Starts coturn; returns user name and password in the form of the TURN REST API."""
    user, secret = f"{int(time.time()) + 86400}:{r.randbytes(9).hex()}", r.randbytes(12).hex()
    password = base64.b64encode(hmac.new(secret.encode(), user.encode(), "sha1").digest()).decode()
    base = r.randint(20, 60) * 1000
    path = os.path.join(stage.folder, f"turn-{port}.conf")
    with open(path, "w") as f:
        f.write(f"listening-ip={host}\nrelay-ip={host}\nlistening-port={port}\nmin-port={base}\nmax-port={base + 4000}\n"
                f"realm={realm}\nuse-auth-secret\nstatic-auth-secret={secret}\nfingerprint\nno-tls\nno-dtls\nno-cli\nno-multicast-peers\n"
                f"simple-log\nlog-file=stdout\npidfile={stage.folder}/turn-{port}.pid\nuserdb={stage.folder}/turn-{port}.db\nrelay-threads=1\n"
                "allow-loopback-peers\ncli-password=x\n")
    child = stage.child(["turnserver", "-c", path], "srv", name="turnserver", real_time=5)
    end = time.monotonic() + 8
    while time.monotonic() < end:
        listening = stage.network.run("srv", f"ss -lun src {host}:{port}", check=False)
        if f"{host}:{port}" in listening:
            return user, password
        if not child.alive():
            break
        time.sleep(0.1)
    raise CommandFailed("coturn did not start: " + " | ".join(stage.log[-5:]))
