"""Impairments by the kernel of the access router: nftables and traffic control, put in and taken out while a call runs.

Upstream packets enter at `user0` and leave at `line0`; downstream the other way round. nftables' limit has a bucket of one
second of its rate plus the burst it is given; hashlimit refuses smaller ones too (libxt_hashlimit: "burst cannot be smaller"
than a second), so policers with small buckets are the line's (`rules.Bucket`)."""

from .shell import CommandFailed

ENTERS = {"up": "user0", "down": "line0"}
LEAVES = {"up": "line0", "down": "user0"}


def directions(way):
    return ["up", "down"] if way == "both" else [way]


class Kernel:
    def __init__(self, network):
        self.network = network
        self.shapers = {}

    def match(self, way, spec):
        words = [f"iifname {ENTERS[way]}"]
        side = "daddr" if way == "up" else "saddr"
        if spec.get("remotes"):
            words.append(f"ip {side} {{ {', '.join(spec['remotes'])} }}")
        port = "dport" if way == "up" else "sport"
        if spec.get("protocol"):
            words.append(f"ip protocol {spec['protocol']}")
            if spec.get("ports"):
                words.append(f"{spec['protocol']} {port} {{ {', '.join(map(str, spec['ports']))} }}")
        if spec.get("larger"):
            words.append(f"ip length > {spec['larger']}")
        if spec.get("after_packets"):
            words.append(f"ct packets > {spec['after_packets']}")
        if spec.get("after_bytes"):
            words.append(f"ct bytes > {spec['after_bytes']}")
        return " ".join(words)

    def add(self, name, spec):
        """Puts an impairment in. Kinds: drop, discard, policer, reject, shaper."""
        if spec["kind"] == "shaper":
            return self.add_shaper(name, spec)
        lines = [f"add table ip {name}", f"add chain ip {name} f {{ type filter hook forward priority 0; }}"]
        for way in directions(spec.get("way", "both")):
            match = self.match(way, spec)
            if spec["kind"] == "drop":
                action = "counter drop"
            elif spec["kind"] == "discard":
                lines.append(f"add rule ip {name} f {match} counter")
                action = f"numgen random mod 10000 < {round(spec['share'] * 10000)} counter drop"
            elif spec["kind"] == "policer":
                action = f"limit rate over {spec['rate_bps'] // 8} bytes/second burst {spec['burst_bytes']} bytes counter drop"
            elif spec["kind"] == "reject":
                action = f"counter reject with {spec['with']}"
            else:
                raise CommandFailed(f"unknown kind {spec['kind']}")
            lines.append(f"add rule ip {name} f {match} {action}")
        self.network.nft("acc", "\n".join(lines))

    def remove(self, name):
        if name in self.shapers:
            for link in self.shapers.pop(name):
                self.network.run("acc", f"tc qdisc del dev {link} root", check=False)
            return ""
        out = self.network.run("acc", f"nft list table ip {name}", check=False)
        self.network.run("acc", f"nft delete table ip {name}", check=False)
        return out

    def report(self, name):
        if name in self.shapers:
            return "\n".join(self.network.run("acc", f"tc -s qdisc show dev {link}", check=False) for link in self.shapers[name])
        return self.network.run("acc", f"nft list table ip {name}", check=False)

    def add_shaper(self, name, spec):
        """A queue with a fixed rate: HTB with a first-in first-out leaf, for all traffic or for some remote addresses.

        Several shapers on one link at once are not supported."""
        self.shapers[name] = []
        for way in directions(spec.get("way", "both")):
            link = LEAVES[way]
            rate, queue = spec["rate_bps"], spec.get("queue_bytes", 30000)
            burst = max(1600, spec.get("burst_bytes", 1600))
            run = lambda command: self.network.run("acc", f"tc {command}")
            # Rates are of IP bytes: without the table HTB would count the 14 bytes of Ethernet too, a sixth of an audio packet.
            # Upstream leaves by a TUN device, where there are none.
            table = "stab overhead -14 linklayer ethernet " if way == "down" else ""
            run(f"qdisc add dev {link} root handle 1: {table}htb default {10 if not spec.get('remotes') else 20}")
            run(f"class add dev {link} parent 1: classid 1:10 htb rate {rate}bit ceil {rate}bit burst {burst} cburst {burst} quantum 1600")
            run(f"qdisc add dev {link} parent 1:10 handle 10: bfifo limit {queue}")
            if spec.get("remotes"):
                run(f"class add dev {link} parent 1: classid 1:20 htb rate 1gbit quantum 60000")
                side = "dst" if way == "up" else "src"
                for remote in spec["remotes"]:
                    run(f"filter add dev {link} parent 1: protocol ip prio 1 u32 match ip {side} {remote}/32 flowid 1:10")
            self.shapers[name].append(link)
