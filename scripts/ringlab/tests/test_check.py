"""The lab's own checks, without root: every shipped capture shows what its label says, and no false label passes."""

import copy
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from ringlab import pcap
from ringlab.check import Seen, check_label
from ringlab.falsify import MUTATIONS
from ringlab.plan import REGISTRY, make_plan
from ringlab.sets import SHIPPED, entries

SET = []
for name, label, capture, far in entries([SHIPPED]):
    seen = Seen(label["clients"], pcap.read(capture), pcap.read(far) if far else None)
    SET.append((name, label, seen))


def counted(label, seen):
    """The label with packets per flow, for changes that need the busiest one."""
    counts = {client + server: min(flow.packets.values()) for (_, client, server), flow in seen.flows.items()}
    return {**copy.deepcopy(label), "counts": counts}


class ShippedCaptures(unittest.TestCase):
    def test_every_capture_shows_what_its_label_says(self):
        self.assertGreaterEqual(len(SET), 60)
        for name, label, seen in SET:
            with self.subTest(name):
                self.assertEqual(check_label(label, seen.frames, seen=seen), [])

    def test_no_false_label_passes(self):
        for title, change in MUTATIONS.items():
            tried = 0
            for name, label, seen in SET:
                false = change(counted(label, seen))
                if false is None:
                    continue
                tried += 1
                with self.subTest(f"{title}: {name}"):
                    self.assertNotEqual(check_label(false, seen.frames, seen=seen), [])
            with self.subTest(title):
                self.assertGreater(tried, 0, "no label to try it on")

    def test_a_label_does_not_fit_another_capture(self):
        for (name, label, _), (other, _, seen) in zip(SET, SET[1:] + SET[:1]):
            with self.subTest(f"{name} with the packets of {other}"):
                self.assertNotEqual(check_label(label, seen.frames), [])

    def test_an_empty_capture_shows_nothing(self):
        for name, label, _ in SET:
            self.assertNotEqual(check_label(label, []), [], name)

    def test_every_class_is_there_twice(self):
        shipped = {}
        for _, label, _ in SET:
            shipped[label["scenario"]] = shipped.get(label["scenario"], 0) + 1
        self.assertEqual({s: n for s, n in shipped.items() if n < 2}, {})

    def test_no_two_of_a_class_are_alike(self):
        kinds = {}
        for name, label, _ in SET:
            kinds.setdefault(label["scenario"], []).append((label["what"], label["engine"], label["line"]["rtt_ms"], tuple(label["clients"])))
        for scenario, each in kinds.items():
            self.assertEqual(len(set(each)), len(each), scenario)

    def test_all_fit_into_25_megabytes(self):
        total = sum(os.path.getsize(os.path.join(place, f)) for place, _, files in os.walk(SHIPPED) for f in files)
        self.assertLess(total, 25_000_000)


class Plans(unittest.TestCase):
    def test_the_same_seed_gives_the_same_plan(self):
        from ringlab import scenarios  # noqa: F401
        for name in REGISTRY:
            first, again, other = (make_plan(name, seed) for seed in (7, 7, 8))
            self.assertEqual(repr(first), repr(again))
            self.assertNotEqual(first[1].client_ip + first[1].public_ip + str(first[1].rtt_ms), other[1].client_ip + other[1].public_ip + str(other[1].rtt_ms))

    def test_no_two_servers_have_one_address(self):
        from ringlab import scenarios  # noqa: F401
        for name in REGISTRY:
            for seed in (1, 7, 8):
                world = make_plan(name, seed)[1]
                addresses = world.addresses() + [world.peer_ip, world.client_ip, world.router_ip, world.public_ip, world.access_ip]
                self.assertEqual(len(set(addresses)), len(addresses), f"{name} of seed {seed}: {addresses}")

    def test_round_trips_span_what_was_asked_for(self):
        from ringlab import scenarios  # noqa: F401
        times = [make_plan(name, seed)[1].rtt_ms for name in REGISTRY for seed in (1, 2)]
        self.assertLess(min(times), 20)
        self.assertGreater(max(times), 150)

    def test_every_capture_can_be_made_again(self):
        for name, label, _ in SET:
            plan, world = make_plan(name, label["seed"])
            self.assertEqual((plan.summary, world.rtt_ms), (label["what"], label["line"]["rtt_ms"]), name)
            self.assertTrue({world.client_ip, world.tunnel_ip} & set(label["clients"]), name)

    def test_calls_of_no_real_client_are_called_synthetic(self):
        for name, label, _ in SET:
            self.assertEqual(label["synthetic"], "WhatsApp" in label["engine"] or "Max" in label["engine"], name)

    def test_labels_name_the_points_there_are(self):
        for name, label, _ in SET:
            there = {f for f in os.listdir(os.path.join(SHIPPED, label["scenario"])) if f.startswith((name + ".pcap", name + "-far.pcap"))}
            self.assertEqual({os.path.basename(p) for p in label["points"].values()}, there, name)

    def test_labels_hold_nothing_but_json(self):
        for name, label, _ in SET:
            self.assertEqual(json.loads(json.dumps(label)), label, name)


if __name__ == "__main__":
    unittest.main()
