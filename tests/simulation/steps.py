"""What a step is: something that happens in the simulated world, alone or at the same time as others.

Nothing here knows what happens: a capability's file has its steps, and `registry` collects them.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from tests.simulation.carrier import Request
from tests.simulation.cloud import Attempt

if TYPE_CHECKING:
    from tests.simulation.world import Told, World

Job = Callable[[Attempt], None]


class Step:
    """Something that happens. `weight` is how often, against the others."""

    weight: ClassVar[int]

    def __call__(self, world: "World") -> None:
        raise NotImplementedError


def alone_or_at_once(world: "World", jobs: Sequence[Job]) -> None:
    """One job runs by itself, several run at the same time."""
    if len(jobs) == 1:
        jobs[0](world.new_attempt())
    else:
        at_once(world, [], jobs)


def at_once(world: "World", requests: list[Request], others: Sequence[Job]) -> None:
    """The webhooks and the other jobs come between each other at every operation of the store."""
    told: list[tuple[Request, Told]] = []
    jobs = [_webhook(world, request, told) for request in requests] + [*others]
    attempts = [(world.new_attempt(), job) for job in jobs]
    world.tell("at once")
    world.alone = False
    try:
        world.turns.run([(each, lambda a=each, j=job: j(a)) for each, job in attempts])
    finally:
        world.alone = True
    for request, answer in told:
        world.old.append(request)
        world.tell_of(request, answer)
        if answer.answer is None:
            world.fail(request)
        else:
            world.act_on(request, answer)


def _webhook(world: "World", request: Request, told: list[tuple[Request, "Told"]]) -> Job:
    deps = world.chance.choice(world.processes)
    return lambda attempt: told.append((request, world.run(request, attempt, deps)))
