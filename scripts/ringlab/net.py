"""Namespaces of one run: client - home router - access - (line) - core - servers and peer."""

import os
import shutil
import subprocess

from .shell import sh

ROLES = ("cli", "home", "acc", "core", "srv", "peer")
PREFIX = "rlab"
OWNERS = "/run/ringback-lab"


def sweep():
    """Removes namespaces whose run has died without doing so itself."""
    for tag in os.listdir(OWNERS) if os.path.isdir(OWNERS) else []:
        with open(os.path.join(OWNERS, tag)) as f:
            pid = f.read().strip()
        if not os.path.exists(f"/proc/{pid}"):
            Network(tag, None).remove()


class Network:
    """Makes and removes the namespaces, their links, addresses and routes.

    The line between access and core is a program (`line.py`): it forwards between the TUN devices `line0` in access and
    `line1` in core. Offloads are off everywhere, so that captures hold packets as they are on the wire."""

    def __init__(self, tag, world):
        self.tag = tag
        self.world = world
        self.removed = False

    def ns(self, role):
        return f"{PREFIX}{self.tag}-{role}"

    def ip(self, role, command):
        return sh(f"ip -n {self.ns(role)} {command}")

    def run(self, role, command, check=True):
        return sh(f"ip netns exec {self.ns(role)} {command}", check=check)

    def nft(self, role, rules):
        return sh(["ip", "netns", "exec", self.ns(role), "nft", "-f", "-"], input=rules)

    def make(self):
        w = self.world
        os.makedirs(OWNERS, exist_ok=True)
        with open(os.path.join(OWNERS, self.tag), "w") as f:
            f.write(str(os.getpid()))
        for role in ROLES:
            self._files(role)
            sh(f"ip netns add {self.ns(role)}")
            self.ip(role, "link set lo up")
            settings = {"net.ipv4.ip_forward": int(role in ("home", "acc", "core")), "net.ipv6.conf.all.disable_ipv6": 1, "net.ipv6.conf.default.disable_ipv6": 1,
                        "net.ipv4.tcp_no_metrics_save": 1, "net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.default.rp_filter": 0,
                        "net.ipv4.icmp_ratelimit": 0}
            self.run(role, "sysctl -qw " + " ".join(f"{k}={v}" for k, v in settings.items()), check=False)
        self.run("cli", f"sysctl -qw net.ipv4.ip_local_port_range=\"{w.ports[0]} {w.ports[1]}\"", check=False)
        for role in ("home", "acc"):
            self.run(role, "sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1 net.netfilter.nf_conntrack_tcp_ignore_invalid_rst=1 "
                     "net.netfilter.nf_conntrack_acct=1", check=False)
        self._veth("cli", "eth0", w.client_mac, "home", "lan0", w.router_mac)
        self._veth("home", "wan0", "02:1a:00:00:00:01", "acc", "user0", "02:1a:00:00:00:02")
        self._veth("core", "srv0", None, "srv", "eth0", None)
        self._veth("core", "peer0", None, "peer", "eth0", None)
        self.ip("cli", f"addr add {w.client_ip}/24 dev eth0")
        self.ip("home", f"addr add {w.router_ip}/24 dev lan0")
        self.ip("home", f"addr add {w.public_ip}/24 dev wan0")
        self.ip("acc", f"addr add {w.access_ip}/24 dev user0")
        congestion = f" congctl {w.congestion}" if w.congestion else ""
        self.ip("cli", f"route add default via {w.router_ip}{congestion}")
        self.ip("home", f"route add default via {w.access_ip}")
        if w.nat:
            self.nft("home", "table ip nat { chain post { type nat hook postrouting priority 100; oifname wan0 masquerade; }\n}")
        else:
            self.ip("acc", f"route add {w.client_ip}/32 via {w.public_ip}")
        self.ip("core", "addr add 10.255.0.1/30 dev srv0")
        self.ip("srv", "addr add 10.255.0.2/30 dev eth0")
        self.ip("srv", f"route add default via 10.255.0.1{congestion}")
        for address in w.addresses():
            self.add_server(address)
        # The peer has its public address alone, so that it offers no other.
        self.ip("core", "addr add 10.255.1.1/32 dev peer0")
        self.ip("core", f"route add {w.peer_ip}/32 dev peer0 src 10.255.1.1")
        self.ip("peer", f"addr add {w.peer_ip}/32 dev eth0")
        self.ip("peer", "route add 10.255.1.1/32 dev eth0")
        self.ip("peer", f"route add default via 10.255.1.1 src {w.peer_ip}{congestion}")

    def add_server(self, address):
        self.ip("srv", f"addr add {address}/32 dev lo")
        self.ip("core", f"route add {address}/32 via 10.255.0.2")

    def line_ready(self):
        """After the line program has made its two devices."""
        for role, link in (("acc", "line0"), ("core", "line1")):
            self.ip(role, f"link set {link} up mtu 1500")
            self.ip(role, f"link set {link} txqueuelen 1000")
        self.ip("acc", "route add default dev line0")
        self.ip("core", "route add default dev line1")

    def _veth(self, a, name_a, mac_a, b, name_b, mac_b):
        extra = (f" address {mac_a}" if mac_a else "")
        other = (f" address {mac_b}" if mac_b else "")
        sh(f"ip link add {name_a} netns {self.ns(a)}{extra} type veth peer name {name_b} netns {self.ns(b)}{other}")
        for role, name in ((a, name_a), (b, name_b)):
            self.ip(role, f"link set {name} up")
            self.run(role, f"ethtool -K {name} tso off gso off gro off tx off rx off sg off", check=False)

    def _files(self, role):
        folder = f"/etc/netns/{self.ns(role)}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/resolv.conf", "w") as f:
            f.write(f"nameserver {self.world.resolver}\noptions timeout:2 attempts:2\n")
        with open(f"{folder}/hosts", "w") as f:
            f.write("127.0.0.1 localhost\n")

    def remove(self):
        """Ends what still runs in the namespaces of this run, then removes them. Idempotent."""
        if self.removed:
            return
        self.removed = True
        for role in ROLES:
            name = self.ns(role)
            left = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
            for pid in left:
                try:
                    os.kill(int(pid), 9)
                except (ProcessLookupError, ValueError):
                    pass
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)
        try:
            os.remove(os.path.join(OWNERS, self.tag))
        except FileNotFoundError:
            pass
