"""Plays a world by its seed, and if a law is broken, shrinks the story to the steps that matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from tests.simulation.auditor import Law, Violation
from tests.simulation.registry import STEPS
from tests.simulation.steps import Step
from tests.simulation.world import World

_AT = list(accumulate(step.weight for step in STEPS))


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken law: where, and the story up to there, a line a step."""

    seed: int
    steps: int
    step: int
    law: Law | None
    words: str
    story: tuple[str, ...]


def plan(seed: int, steps: int) -> tuple[Step, ...]:
    """What is going to happen, by the seed alone."""
    return tuple(Random(f"steps of {seed}").choices(STEPS, cum_weights=_AT, k=steps))


def play(
    seed: int, steps: int, only: Sequence[int] | None = None, calm: frozenset[int] = frozenset()
) -> Broken | None:
    """Live the world's steps, or only those with the given numbers; None if every law held to the end."""
    happens = plan(seed, steps)
    world = World(seed, calm)
    number = -1
    try:
        for number in range(steps) if only is None else only:
            world.take(number, happens[number])
        number = steps
        world.take(number, World.come_to_rest)
    except Violation as broken:
        return Broken(seed, steps, number, broken.law, str(broken), tuple(world.story))
    except Exception as fault:
        words = f"{type(fault).__name__}: {fault}"
        return Broken(seed, steps, number, None, words, tuple(world.story))
    return None


def shrink(broken: Broken, patience: int = 600) -> Broken:
    """The same law broken by fewer steps: drops ever smaller runs of steps while it still fails, then takes
    the cloud's faults out of those that fail without them."""
    steps = broken.steps
    kept, best, calm = list(range(min(broken.step + 1, steps))), broken, frozenset[int]()
    size = max(1, len(kept) // 2)
    while patience > 0:
        at, dropped = 0, False
        while at < len(kept) and patience > 0:
            fewer = kept[:at] + kept[at + size :]
            patience -= 1
            again = play(broken.seed, steps, fewer)
            if again is not None and again.law is broken.law:
                kept, best, dropped = [each for each in fewer if each <= again.step], again, True
            else:
                at += size
        if size == 1 and not dropped:
            break
        size = max(1, size // 2)
    for each in kept:
        again = play(broken.seed, steps, kept, calm | {each})
        if again is not None and again.law is broken.law:
            best, calm = again, calm | {each}
    return best


def in_words(broken: Broken) -> str:
    return "\n".join(
        (
            f"seed {broken.seed}, step {broken.step}: {broken.words}",
            *broken.story,
            f"replay: make soak SEED={broken.seed} STEPS={broken.steps}",
        )
    )
