"""What one run does: engine, impairments with their times, actions, cuts, and what may honestly be said afterwards."""

from dataclasses import dataclass, field


@dataclass
class Impairment:
    """`at` and `until` are seconds after the media began (or after the recording began where `at` is None: from the start)."""

    id: str
    spec: dict
    at: float = None
    until: float = None


@dataclass
class Plan:
    scenario: str
    summary: str
    engine: str
    options: dict = field(default_factory=dict)
    seconds: float = 25.0
    ends: str = "local"
    after: float = 11.0
    impairments: list = field(default_factory=list)
    actions: list = field(default_factory=list)
    cuts: dict = field(default_factory=dict)
    beside: dict = field(default_factory=dict)
    # Label of the flow that carries the call (or of every relay's, or of connections by name): see label.py.
    victim: dict = None
    victims: str = "media"
    call: dict = None
    others: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    benign: bool = False
    pair: bool = False
    synthetic: bool = False
    up_share: float = 0.5
    tweaks: dict = field(default_factory=dict)
    weight: int = 1
    needs_connection: bool = True


REGISTRY = {}


def scenario(name, variants=2, family=""):
    """Registers a function `(random, world, variant) -> Plan`; its docstring says what is imposed."""
    def register(function):
        for index in range(variants):
            REGISTRY[f"{name}-{index + 1}"] = (function, index, family or name)
        return function
    return register


def make_plan(name, seed):
    """The plan and world of a scenario; all chance comes from name and seed."""
    import random
    from . import scenarios  # noqa: F401  registers all
    from .world import pick_world
    function, variant, _ = REGISTRY[name]
    world = pick_world(name, seed)
    plan = function(random.Random(f"{seed}/{name}/plan"), world, variant)
    for key, value in plan.tweaks.items():
        setattr(world, key, value)
    return plan, world
