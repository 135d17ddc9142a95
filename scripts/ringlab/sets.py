"""Sets of captures: those that `all` made, and the shipped ones in captures/. Checking them, and shipping from one to the other."""

import fnmatch
import json
import os

from . import pcap
from .check import check_label
from .shell import say

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHIPPED = os.path.join(REPOSITORY, "captures")


def entries(folders):
    """(name, label, path of the capture, path of the far side's or None) of every labelled capture."""
    for folder in folders or [SHIPPED]:
        if os.path.isdir(os.path.join(folder, "labels")):
            for file in sorted(os.listdir(os.path.join(folder, "labels"))):
                name = file.removesuffix(".json")
                far = os.path.join(folder, "far", name + ".pcap")
                yield name, load(os.path.join(folder, "labels", file)), os.path.join(folder, "captures", name + ".pcap"), \
                    far if os.path.exists(far) else None
            continue
        for place, _, files in sorted(os.walk(folder)):
            for file in sorted(f for f in files if f.endswith(".label.json")):
                name = file.removesuffix(".label.json")
                far = os.path.join(place, f"{name}-far.pcap.gz")
                yield name, load(os.path.join(place, file)), os.path.join(place, f"{name}.pcap.gz"), far if os.path.exists(far) else None


def load(path):
    with open(path) as f:
        return json.load(f)


def check_sets(folders):
    """Prints what does not hold; 0 if everything does."""
    count, bad = 0, 0
    for name, label, capture, far in entries(folders):
        count += 1
        problems = check_label(label, pcap.read(capture), pcap.read(far) if far else None)
        bad += bool(problems)
        for problem in problems:
            print(f"{name}: {problem}")
    print(f"{count - bad} of {count} captures show what their labels say")
    return 1 if bad or not count else 0


def ship_set(folder, only):
    """Puts captures with their labels into captures/SCENARIO/, packed; the far side's only where two points are needed."""
    from .plan import make_plan
    count = 0
    for name, label, capture, far in entries([folder]):
        if not any(fnmatch.fnmatch(name, pattern) for pattern in only.split(",")):
            continue
        place = os.path.join(SHIPPED, label["scenario"])
        os.makedirs(place, exist_ok=True)
        pcap.write(os.path.join(place, f"{name}.pcap.gz"), pcap.read(capture))
        points = {"client": f"{label['scenario']}/{name}.pcap.gz"}
        if far and make_plan(name, label["seed"])[0].pair:
            points["far"] = f"{label['scenario']}/{name}-far.pcap.gz"
            pcap.write(os.path.join(place, f"{name}-far.pcap.gz"), pcap.read(far))
        with open(os.path.join(place, f"{name}.label.json"), "w") as f:
            f.write(compact({**label, "capture": points["client"], "points": points}))
        count += 1
    write_table()
    say(f"{count} captures shipped")
    return 0


def compact(label):
    """JSON with one flow, check and imposed thing a line."""
    lines = ["{"]
    for index, (key, value) in enumerate(label.items()):
        comma = "," if index < len(label) - 1 else ""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f' {json.dumps(key)}: [')
            lines += ["  " + json.dumps(each) + ("," if i < len(value) - 1 else "") for i, each in enumerate(value)]
            lines.append(f" ]{comma}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}{comma}")
    return "\n".join(lines) + "\n}\n"


BEGIN, END = "<!-- lab: begin -->", "<!-- lab: end -->"


def write_table():
    """The shipped lab captures' rows of captures/README.md, from their labels."""
    path = os.path.join(SHIPPED, "README.md")
    with open(path) as f:
        text = f.read()
    rows = ["| capture | engine | what was imposed | the answer |", "|---|---|---|---|"]
    for name, label, capture, far in entries([SHIPPED]):
        place = label["scenario"]
        rows.append(f"| `{place}/{name}.pcap.gz` | {engine(label)} | {label['what']} | {answer(label)} |")
        if far:
            rows.append(f"| `{place}/{name}-far.pcap.gz` | | the same run at the far side | |")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(path, "w") as f:
        f.write(before + BEGIN + "\n" + "\n".join(rows) + "\n" + END + after)


def engine(label):
    return label["engine"].split(",")[0].replace("generator after WhatsApp's published call set-up", "WhatsApp's shape (synthetic)").replace("of Max's calls", "of Max's calls (synthetic)")


def answer(label):
    if label["benign"]:
        return "no finding"
    found = [e for e in label["flows"] if "truth" in e]
    if all(e.get("finding") is False for e in found):
        return "no finding: too little to tell"
    entry = found[0]
    words = lambda key: " or ".join("nothing named" if w is None else str(w) for w in (entry[key] if isinstance(entry[key], list) else [entry[key]]))
    text = words("outcome") if "outcome" in entry else f"no verdict, but evidence: {entry['evidence']}"
    if "mechanism" in entry:
        text += ", " + words("mechanism")
    if "cap_bps" in entry:
        text += f", {entry['cap_bps'] / 1000:.0f} kbit/s"
    return text


