"""Time in the simulated world: seconds, days and months in which nobody does anything."""

from typing import TYPE_CHECKING

from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


class TimePasses(Step):
    weight = 3

    def __call__(self, world: "World") -> None:
        seconds = world.chance.choice((10, 10, 50, 50, 200, 900, 20000))
        world.tell(f"{seconds} s pass")
        world.advance(seconds)


class MonthsPass(Step):
    """Price lists change and cards expire."""

    weight = 1

    def __call__(self, world: "World") -> None:
        if world.chance.random() < 0.2:
            days = world.chance.choice((1, 3, 10, 35, 100))
            world.tell(f"{days} days pass")
            world.advance(days * 86400)


STEPS: tuple[Step, ...] = (
    TimePasses(),
    MonthsPass(),
)
