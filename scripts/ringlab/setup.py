"""What the lab needs on the machine: Debian packages, a virtual environment of its own, a certificate."""

import fcntl
import importlib.util
import os
import subprocess
import sys

from .shell import CommandFailed, say, sh

PACKAGES = {"ip": "iproute2", "nft": "nftables", "tcpdump": "tcpdump", "conntrack": "conntrack", "ethtool": "ethtool", "curl": "curl",
            "openssl": "openssl", "turnserver": "coturn", "chromium": "chromium", "baresip": "baresip-core", "nginx": "nginx-light", "wireguard-go": "wireguard-go", "wg": "wireguard-tools", "sysctl": "procps"}
PYTHON = ["ntgcalls==3.0.5", "aiortc==1.16.0", "aioquic==1.7.2", "numpy"]
HOME = os.environ.get("RINGLAB_HOME", os.path.expanduser("~/.cache/ringback-lab"))


def install():
    """Installs what is missing; returns the interpreter of the environment."""
    os.makedirs(HOME, exist_ok=True)
    with open(os.path.join(HOME, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = sorted({package for program, package in PACKAGES.items() if not _found(program)})
        if importlib.util.find_spec("ensurepip") is None:
            missing.append("python3-venv")
        if missing:
            say("installing", ", ".join(missing))
            sh("apt-get update", timeout=300)
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            done = subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *missing], env=environment, capture_output=True, text=True)
            if done.returncode:
                raise CommandFailed(done.stderr[-500:])
        python = os.path.join(HOME, "venv/bin/python")
        stamp = os.path.join(HOME, "venv/requirements")
        if not os.path.exists(stamp) or open(stamp).read() != "\n".join(PYTHON):
            say("installing", ", ".join(PYTHON), "in", os.path.dirname(os.path.dirname(python)))
            sh([sys.executable, "-m", "venv", os.path.join(HOME, "venv")], timeout=120)
            sh([python, "-m", "pip", "install", "-q", *PYTHON], timeout=600)
            with open(stamp, "w") as f:
                f.write("\n".join(PYTHON))
    return python


def certificate():
    """A certificate of the lab's own, for its TLS servers."""
    paths = os.path.join(HOME, "server.crt"), os.path.join(HOME, "server.key")
    if not all(os.path.exists(p) for p in paths):
        sh(f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=example.org "
           f"-addext subjectAltName=DNS:www.example.org,DNS:news.example.net,DNS:cdn.example.com -out {paths[0]} -keyout {paths[1]}")
    return paths


def _found(program):
    return any(os.path.exists(os.path.join(folder, program)) for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"])
