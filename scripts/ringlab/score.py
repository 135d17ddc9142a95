"""Precision and recall of a binary over labelled sets, per class of what was imposed and per word of the verdict."""

import collections
import json
import os
import subprocess

from .sets import entries

SCORED = ("app", "protocol", "role", "outcome", "mechanism", "direction", "cap_bps", "attribution", "evidence")
IN_VERDICT = {"outcome", "mechanism", "direction", "attribution", "cap_bps", "evidence"}
# What somebody else on the path answered is told as evidence: the flow itself carries on.
ANSWERS = {"dns_answer_injected", "page_injected"}


def wilson(k, n, z=1.96, digits=0):
    """95 % interval of a share, in percent."""
    if not n:
        return ""
    center, width, below = k + z * z / 2, z * (k * (n - k) / n + z * z / 4) ** 0.5, n + z * z
    return f"({100 * max(0, center - width) / below:.{digits}f}-{100 * min(below, center + width) / below:.{digits}f} %)"


def share(k, n):
    # Of a thousand flows and more, tenths of a percent can be told.
    return f"{k}/{n} {wilson(k, n, digits=2 if n >= 1000 else 0)}".rstrip() if n else "-"


def key(transport, a, b):
    return (transport, *sorted((a, b)))


def analyze(binary, capture):
    done = subprocess.run([binary, "analyze", "--format", "ndjson", os.path.basename(capture)], cwd=os.path.dirname(capture),
                          capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-200:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def right(flow, word, wanted):
    got = flow["verdict"].get(word) if word in IN_VERDICT else flow.get(word)
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if word == "cap_bps":
        return got is not None and any(abs(got - w) <= 0.1 * w for w in wanted)
    if word == "evidence":
        return any(each["code"] in wanted for each in got)
    return got in wanted


class Score:
    def __init__(self):
        self.words = collections.defaultdict(lambda: [0, 0])
        self.classes = collections.defaultdict(lambda: [0, 0])
        self.confusion = collections.Counter()
        self.benign = collections.defaultdict(lambda: [0, 0])
        self.calls, self.enders = [0, 0], [0, 0]
        self.families = collections.defaultdict(lambda: [0, 0, 0])
        self.stray = self.failed = self.captures = 0
        self.misses = []

    def add(self, name, label, records):
        self.captures += 1
        flows = collections.defaultdict(list)
        end = lambda e: f"{e['ip']}:{e['port']}"
        for flow in records:
            if flow["record"] == "flow":
                flows[key(flow["transport"], end(flow["client"]), end(flow["server"]))].append(flow)
        for wanted in label["flows"]:
            self.add_flow(name, label, wanted, flows.pop(key(wanted["transport"], wanted["client"], wanted["server"]), []))
        for left in flows.values():
            for flow in left:
                self.stray += flow["verdict"]["finding"]
        calls = [r for r in records if r["record"] == "call"]
        for wanted in label.get("calls", []):
            self.calls[1] += 1
            match = next((c for c in calls if all(c.get(w) in (v if isinstance(v, list) else [v]) for w, v in wanted.items() if w in ("app", "stage"))
                          and ("outcome" not in wanted or right(c, "outcome", wanted["outcome"]))), None)
            self.calls[0] += match is not None
            if match:
                calls.remove(match)
                if "ended_by" in wanted:
                    self.enders[1] += 1
                    able = wanted["ended_by"] if isinstance(wanted["ended_by"], list) else [wanted["ended_by"]]
                    self.enders[0] += match["ended_by"] in able
                    if match["ended_by"] not in able:
                        self.misses.append(f"{name}: {match['app']} call: ended by wanted {wanted['ended_by']}, got {match['ended_by']}")
            else:
                got = [(c["app"], c["stage"], c["verdict"]["outcome"]) for c in records if c["record"] == "call"]
                self.misses.append(f"{name}: call wanted {({k: v for k, v in wanted.items() if k != 'flows'})}, got {got}")

    def add_flow(self, name, label, wanted, got):
        words = [w for w in SCORED if w in wanted]
        got.sort(key=lambda f: -(f["client"]["packets"] + f["server"]["packets"]))
        best = next((f for f in got if all(right(f, w, wanted[w]) for w in words)), got[0] if got else None)
        verdict = best["verdict"] if best else {"outcome": "missing", "mechanism": None, "reason": ""}
        for word in words:
            good = best is not None and right(best, word, wanted[word])
            self.words[word][1] += 1
            self.words[word][0] += good
            if not good:
                self.misses.append(f"{name}: {wanted['client']} > {wanted['server']}: {word} wanted {wanted[word]}, got "
                                   f"{(verdict.get(word) if word in IN_VERDICT else best and best.get(word))} ({verdict.get('reason', '')})")
        if wanted.get("finding") is False:
            bad = [f for f in got if f["verdict"]["finding"]]
            self.benign[label["class"]][1] += 1
            self.benign[label["class"]][0] += bool(bad)
            for flow in bad:
                v = flow["verdict"]
                self.confusion[("benign", f"{v['outcome']}/{v['mechanism']}")] += 1
                self.misses.append(f"{name}: FALSE FINDING {wanted['client']} > {wanted['server']}: {v['outcome']}/{v['mechanism']} ({v.get('reason', '')})")
        truth = wanted.get("truth")
        for code in ANSWERS & {e["code"] for e in verdict.get("evidence", [])}:
            self.confusion[(f"ok/{code}" if wanted.get("evidence") == code else "other", f"ok/{code}")] += 1
        if truth and ("outcome" in wanted or "evidence" in wanted) and wanted.get("finding") is not False:
            good = best is not None and all(right(best, w, wanted[w]) for w in ("outcome", "mechanism", "cap_bps", "evidence") if w in wanted)
            self.classes[label["class"]][1] += 1
            self.classes[label["class"]][0] += good
            done = f"{truth['outcome']}/{wanted.get('evidence', truth.get('mechanism'))}"
            for index, true in enumerate((good, True, verdict.get("finding", False))):
                self.families[done][index] += true
            if "evidence" in wanted:
                return
            said = f"{verdict['outcome']}/{verdict.get('mechanism')}"
            self.confusion[(said if good else f"{truth['outcome']}/{truth.get('mechanism')}", said)] += 1

    def report(self, with_misses):
        if with_misses:
            print("\n".join("miss  " + m for m in self.misses))
        print(f"{self.captures} captures, {self.failed} failed; of every share the 95 % interval (Wilson)")
        for word, (k, n) in self.words.items():
            print(f"{word:12} {share(k, n)}")
        print(f"{'calls':12} {share(*self.calls)}")
        print(f"{'ended by':12} {share(*self.enders)}")
        print("\nwhat was done, by the verdict: recall (of the flows it was done to, those whose verdict says what may be inferred),")
        print("findings among them (fewer, where the client's capture cannot show it, and a label allows to say nothing),")
        print("precision (of the labelled flows with this verdict, those where it is right)")
        said = collections.defaultdict(lambda: [0, 0])
        for (truth, verdict), count in self.confusion.items():
            said[verdict][1] += count
            said[verdict][0] += count * (truth == verdict)
        for name in sorted(set(self.families) | set(said)):
            good, done, found = self.families.get(name, (0, 0, 0))
            print(f"  {name:26} recall {share(good, done):24} findings {share(found, done):24} precision {share(*said.get(name, (0, 0)))}")
        print("\nrecall per class of scenarios")
        for name, (k, n) in sorted(self.classes.items()):
            print(f"  {name:26} {share(k, n)}")
        print("\nfalse findings per class of scenarios (flows in which nothing may be claimed)")
        for name, (k, n) in sorted(self.benign.items()):
            print(f"  {name:26} {share(k, n)}")
        bad, total = (sum(v[i] for v in self.benign.values()) for i in (0, 1))
        print(f"  {'all':26} {share(bad, total)}")
        print(f"\nfindings on flows without a label: {self.stray}")


def score_sets(binary, folders, with_misses=False):
    score = Score()
    binary = os.path.abspath(binary)
    for name, label, capture, _ in entries(folders):
        try:
            score.add(name, label, analyze(binary, capture))
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            score.failed += 1
            score.misses.append(f"{name}: FAILED {error}")
    score.report(with_misses)
    return 1 if score.failed else 0
