"""What happens to a call besides impairments: the user's doings and the home network's."""

import time


def _tell(end, command):
    def act(stage, world, plan, ends, **options):
        child = getattr(ends, end)
        if child:
            child.send(do=command)
    return act


def kill_peer(stage, world, plan, ends):
    ends.callee.send_signal(9)


def stop_peer(stage, world, plan, ends):
    """The peer's device loses its network: silence, no ICMP."""
    stage.network.ip("peer", "link set eth0 down")


def rebind(stage, world, plan, ends, public_ip=None):
    """The home router forgets its mappings and gives new ports (after a restart, or a carrier's timer)."""
    stage.network.nft("home", "flush table ip nat")
    stage.network.nft("home", "table ip nat { chain post { type nat hook postrouting priority 100; oifname wan0 masquerade random; }\n}")
    stage.network.run("home", "conntrack -F", check=False)
    stage.network.run("acc", "conntrack -F", check=False)


def forget(stage, world, plan, ends):
    """The router's mapping runs out, as after 30 s without traffic; the next packet gets another port."""
    rebind(stage, world, plan, ends)


def link_down(stage, world, plan, ends, seconds=5):
    """The whole link is gone for a while (roaming, radio): every flow at once, in both directions."""
    stage.impose("outage", {"kind": "drop"})
    time.sleep(seconds)
    stage.relieve("outage")


def new_address(stage, world, plan, ends, address="10.64.7.2", router="10.64.7.1"):
    """The client moves to another network: the old address is gone."""
    network = stage.network
    network.ip("cli", f"addr del {world.client_ip}/24 dev eth0")
    network.ip("home", f"addr add {router}/24 dev lan0")
    network.ip("cli", f"addr add {address}/24 dev eth0")
    network.ip("cli", f"route add default via {router}" + (f" congctl {world.congestion}" if world.congestion else ""))
    ends.caller.send(do="reopen")


def compete(stage, world, plan, ends, bytes=8_000_000, seconds=20, way="down", streams=2):
    """Other traffic of the same line: large transfers."""
    for _ in range(streams):
        if way == "down":
            args = ["curl", "-k", "-s", "-4", "-m", seconds, "-o", "/dev/null", f"https://cdn.example.com/bytes/{bytes}"]
        else:
            args = ["sh", "-c", f"head -c {bytes} /dev/zero | curl -k -s -4 -m {seconds} -o /dev/null -X POST -H Expect: "
                    "--data-binary @- https://cdn.example.com/upload"]
        stage.child(args, "cli", name="curl")


ACTIONS = {
    "mute_caller": _tell("caller", "mute"), "unmute_caller": _tell("caller", "unmute"),
    "mute_callee": _tell("callee", "mute"), "unmute_callee": _tell("callee", "unmute"),
    "hold_caller": _tell("caller", "hold"), "resume_caller": _tell("caller", "resume"),
    "hold_callee": _tell("callee", "hold"), "resume_callee": _tell("callee", "resume"),
    "kill_peer": kill_peer, "stop_peer": stop_peer, "rebind": rebind, "forget": forget, "link_down": link_down, "new_address": new_address,
    "compete": compete,
}
