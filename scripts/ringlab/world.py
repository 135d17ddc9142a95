"""The seeded surroundings of one run: addresses, distances, times. The same name and seed give the same world."""

import random
from dataclasses import dataclass, field


def pick_world(name, seed):
    """Draws a world. Addresses are private, reserved for documentation or benchmarks, or a service's own."""
    r = random.Random(f"{seed}/{name}/world")
    lan = r.choice(["192.168.{a}", "10.{a}.{b}", "172.2{c}.{a}"]).format(a=r.randint(0, 254), b=r.randint(0, 254), c=r.randint(0, 9))
    wan = r.choice(["203.0.113", "198.18.{a}", "100.{b}.{a}"]).format(a=r.randint(1, 254), b=r.randint(64, 127))
    first_port = r.choice([32768, 49152, 10240])
    world = World(
        name=name, seed=seed,
        client_ip=f"{lan}.{r.randint(2, 250)}", router_ip=f"{lan}.{r.choice([1, 254, 251])}",
        public_ip=f"{wan}.{r.randint(10, 250)}", access_ip=f"{wan}.1",
        client_mac="02:5e:" + ":".join(f"{r.randint(0, 255):02x}" for _ in range(4)),
        router_mac="02:60:" + ":".join(f"{r.randint(0, 255):02x}" for _ in range(4)),
        ports=(first_port, 60999 if first_port < 49152 else 65535),
        peer_ip=r.choice(["198.51.100.{}", "192.0.2.{}", "198.19.7.{}"]).format(r.randint(2, 250)),
        resolver=f"198.51.101.{r.randint(2, 250)}",
        rtt_ms=round(10 ** r.uniform(1.0, 2.477), 1), jitter_ms=round(r.uniform(0.1, 2.5), 2),
        near_ms=round(r.uniform(0.6, 4.0), 2),
    )
    r2 = random.Random(f"{seed}/{name}/servers")
    d = lambda prefix: f"{prefix}.{r2.randint(2, 250)}"
    world.web = d("198.51.102")
    world.blocked_web = d("198.51.103")
    world.other_web = d("198.51.104")
    world.stun = d("198.51.105")
    world.turn = d("198.51.106")
    world.telegram_relays = [f"{p}.{r2.randint(2, 250)}" for p in r2.sample(["91.108.9", "91.108.13", "91.108.17", "91.108.8", "91.108.56"], 3)]
    world.telegram_turn = d(r2.choice(["91.108.9", "91.108.13", "91.108.17"]))
    world.telegram_dc = d("149.154.167")
    world.meta_relays = [f"{p}.{r2.randint(2, 250)}" for p in r2.sample(
        ["157.240.9", "157.240.20", "185.60.216", "31.13.92", "179.60.192", "163.70.151"], 4)]
    world.meta_chat = d("157.240.205")
    world.max_turn = f"155.212.{r2.randint(193, 207)}.{r2.randint(2, 250)}"
    world.max_calls = d("155.212.204")
    # Two servers of one network may have drawn one address.
    while world.telegram_turn in world.telegram_relays:
        world.telegram_turn = next_host(world.telegram_turn)
    while world.max_calls == world.max_turn:
        world.max_calls = next_host(world.max_calls)
    for address in world.addresses() + [world.peer_ip]:
        world.hops[address] = r2.randint(4, 17)
    world.near_hops = r2.randint(1, 3)
    r3 = random.Random(f"{seed}/{name}/tunnel")
    world.vpn = f"198.51.107.{r3.randint(2, 250)}"
    world.hops[world.vpn] = r3.randint(4, 17)
    world.tunnel_ip = f"10.{r3.randint(64, 127)}.{r3.randint(0, 255)}.{r3.randint(2, 250)}"
    return world


def next_host(address):
    network, host = address.rsplit(".", 1)
    return f"{network}.{int(host) % 250 + 2}"


@dataclass
class World:
    name: str
    seed: int
    client_ip: str
    router_ip: str
    public_ip: str
    access_ip: str
    client_mac: str
    router_mac: str
    ports: tuple
    peer_ip: str
    resolver: str
    rtt_ms: float
    jitter_ms: float
    near_ms: float
    nat: bool = True
    congestion: str = "cubic"
    web: str = ""
    blocked_web: str = ""
    other_web: str = ""
    stun: str = ""
    turn: str = ""
    telegram_relays: list = field(default_factory=list)
    telegram_turn: str = ""
    telegram_dc: str = ""
    meta_relays: list = field(default_factory=list)
    meta_chat: str = ""
    max_turn: str = ""
    max_calls: str = ""
    vpn: str = ""
    tunnel_ip: str = ""
    hops: dict = field(default_factory=dict)
    near_hops: int = 2

    def addresses(self):
        """Every address of a server."""
        return [self.resolver, self.web, self.blocked_web, self.other_web, self.stun, self.turn, self.telegram_turn,
                self.telegram_dc, self.meta_chat, self.max_turn, self.max_calls] + self.telegram_relays + self.meta_relays + [a for a in [self.vpn] if a]

    def names(self):
        """What the resolver answers."""
        return {
            "www.example.org": self.web, "news.example.net": self.blocked_web, "plain.example.net": self.blocked_web, "cdn.example.com": self.other_web,
            "stun.example.org": self.stun, "turn.example.org": self.turn, "api.telegram.org": self.telegram_dc,
            "g.whatsapp.net": self.meta_chat, "calls.okcdn.ru": self.max_calls, "videowebrtc.okcdn.ru": self.max_calls,
        }
