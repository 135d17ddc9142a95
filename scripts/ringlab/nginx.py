"""nginx (Debian) as one of the web servers: files of fixed sizes over TLS, uploads taken and thrown away."""

import os
import time

from .shell import CommandFailed

SIZES = (60_000, 300_000, 4_000_000, 8_000_000)

CONFIG = """user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 256; }}
http {{
  access_log off;
  default_type application/octet-stream;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  server {{
    listen {host}:443 ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    # 1.22 offers TLS 1.3 only where it is asked for.
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 0;
    location /bytes/ {{ root {folder}/files; }}
    location /upload {{ return 200; }}
  }}
}}
"""


def start(stage, host, certificate, key):
    """Starts nginx in the servers' namespace and waits until it listens."""
    os.makedirs(os.path.join(stage.folder, "files/bytes"), exist_ok=True)
    for size in SIZES:
        with open(os.path.join(stage.folder, "files/bytes", str(size)), "wb") as f:
            f.truncate(size)
    path = os.path.join(stage.folder, "nginx.conf")
    with open(path, "w") as f:
        f.write(CONFIG.format(folder=stage.folder, host=host, certificate=certificate, key=key))
    child = stage.child(["nginx", "-e", "stderr", "-c", path], "srv", name="nginx", real_time=5)
    end = time.monotonic() + 8
    while time.monotonic() < end and child.alive():
        if f"{host}:443" in stage.network.run("srv", f"ss -ltn src {host}:443", check=False):
            return
        time.sleep(0.1)
    raise CommandFailed("nginx did not start: " + " | ".join(stage.log[-5:]))
