"""A WireGuard tunnel (wireguard-go, Debian) between the client and a server of the far side, taking all the client's traffic.

The server's namespace holds the other servers as well: it answers for them itself, and hides the client behind the tunnel's
public address from the peer, as a VPN's exit does."""

import os

from .shell import CommandFailed, sh

PORT = 51820


class Tunnel:
    def __init__(self, stage, world):
        self.stage, self.world, self.network = stage, world, stage.network
        self.inner = world.tunnel_ip
        self.exit = world.tunnel_ip.rsplit(".", 1)[0] + ".1"
        # One name a run: the devices' control sockets lie in a folder that all namespaces share.
        self.names = {"cli": f"w{self.network.tag}c", "srv": f"w{self.network.tag}s"}

    def raise_up(self):
        keys = {role: self.key(role) for role in self.names}
        w, cli, srv = self.world, self.names["cli"], self.names["srv"]
        for role, name in self.names.items():
            child = self.stage.child(["wireguard-go", "-f", name], role, name="wireguard-go", real_time=4)
            self.wait(role, name, child)
        self.network.run("srv", f"wg set {srv} private-key {keys['srv'][0]} listen-port {PORT} peer {keys['cli'][1]} allowed-ips {self.inner}/32")
        self.network.run("cli", f"wg set {cli} private-key {keys['cli'][0]} peer {keys['srv'][1]} allowed-ips 0.0.0.0/0 "
                         f"endpoint {w.vpn}:{PORT} persistent-keepalive 25")
        for role, name, address in (("cli", cli, self.inner), ("srv", srv, self.exit)):
            self.network.ip(role, f"addr add {address}/24 dev {name}")
            self.network.ip(role, f"link set {name} up mtu 1420")
        self.network.run("srv", "sysctl -qw net.ipv4.ip_forward=1")
        self.network.nft("srv", "table ip nat { chain post { type nat hook postrouting priority 100; "
                         f"oifname eth0 ip saddr {self.inner} snat to {w.vpn}; }}\n}}")
        # As VPN apps do: what is bound to the old address stays off the wire.
        self.network.nft("cli", "table ip guard { chain o { type filter hook output priority 0; "
                         f"ip saddr {w.client_ip} ip daddr != {w.vpn} drop; }}\n}}")
        self.network.ip("cli", f"route add {w.vpn}/32 via {w.router_ip}")
        self.network.ip("cli", f"route replace default dev {cli} src {self.inner}" + (f" congctl {w.congestion}" if w.congestion else ""))

    def key(self, role):
        path = os.path.join(self.stage.folder, f"{role}.key")
        private = sh("wg genkey")
        with open(path, "w") as f:
            f.write(private)
        os.chmod(path, 0o600)
        return path, sh("wg pubkey", input=private).strip()

    def wait(self, role, name, child):
        import time
        end = time.monotonic() + 8
        while time.monotonic() < end and child.alive():
            if name in self.network.run(role, "ip -o link show", check=False) and os.path.exists(f"/var/run/wireguard/{name}.sock"):
                return
            time.sleep(0.1)
        raise CommandFailed("wireguard-go did not start: " + " | ".join(self.stage.log[-4:]))

    def lower(self):
        """Its programs are the stage's; what they leave if they were killed is removed here."""
        for name in self.names.values():
            try:
                os.remove(f"/var/run/wireguard/{name}.sock")
            except FileNotFoundError:
                pass
