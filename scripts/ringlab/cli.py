"""The commands of scripts/lab."""

import argparse
import os
import sys

from .shell import CommandFailed, say


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="names of all scenarios and what they impose")
    one = commands.add_parser("run", help="run one scenario (root)")
    one.add_argument("name")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--out", default="lab-out")
    one.add_argument("--tries", type=int, default=3)
    one.add_argument("--keep", action="store_true")
    every = commands.add_parser("all", help="run all scenarios, several at once (root)")
    every.add_argument("--seed", type=int, default=1)
    every.add_argument("--out", default="lab-out")
    every.add_argument("--only", default="*", help="names to run, with wildcards and commas")
    every.add_argument("--parallel", type=int, default=14, help="how much runs at once (a call of aiortc counts 2, of Chromium 5)")
    every.add_argument("--missing", action="store_true", help="leave out what is in OUT already")
    checked = commands.add_parser("check", help="does each capture show what its label says")
    checked.add_argument("folder", nargs="*", help="sets made by 'all', or folders of captures/ (default: the shipped ones)")
    scored = commands.add_parser("score", help="precision and recall of a binary over labelled sets")
    scored.add_argument("binary")
    scored.add_argument("folder", nargs="*")
    scored.add_argument("--misses", action="store_true")
    shipped = commands.add_parser("ship", help="put captures of a set into captures/")
    shipped.add_argument("folder")
    shipped.add_argument("--only", default="*")
    options = parser.parse_args(arguments)
    try:
        return COMMANDS[options.command](options)
    except CommandFailed as error:
        say(error)
        return 1
    except BrokenPipeError:
        # Whoever read the output has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def list_scenarios(options):
    from . import scenarios  # noqa: F401
    from .plan import REGISTRY
    for name, (function, variant, family) in REGISTRY.items():
        print(f"{name:26} {function.__doc__.strip().splitlines()[0]}")
    return 0


def needs_root():
    if os.geteuid() != 0:
        raise CommandFailed("this needs root: it makes network namespaces")


def run_one(options):
    needs_root()
    import signal
    from . import setup
    python = setup.install()
    if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(python))):
        os.execv(python, [python, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lab"), *sys.argv[1:]])
    from .plan import REGISTRY
    from . import scenarios  # noqa: F401
    from .run import Discarded, run_scenario
    if options.name not in REGISTRY:
        raise CommandFailed(f"no scenario {options.name}; see 'scripts/lab list'")

    def interrupted(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    for attempt in range(options.tries):
        try:
            run_scenario(options.name, options.seed, options.out, setup.certificate(), options.keep)
            say(f"{options.name}: done")
            return 0
        except (Discarded, CommandFailed) as error:
            say(f"{options.name}: try {attempt + 1} thrown away: {error}")
    return 1


def run_all(options):
    needs_root()
    from .batch import run_batch
    return run_batch(options)


def check(options):
    from .sets import check_sets
    return check_sets(options.folder)


def score(options):
    from .score import score_sets
    return score_sets(options.binary, options.folder, options.misses)


def ship(options):
    from .sets import ship_set
    return ship_set(options.folder, options.only)


COMMANDS = {"list": list_scenarios, "run": run_one, "all": run_all, "check": check, "score": score, "ship": ship}
