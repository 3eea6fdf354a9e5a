"""Who performs what a dialog asks of the world: a table that every capability adds its effects to.

A capability's use cases stand in a `performers(deps)` of its own folder. The voice function joins the tables
of all capabilities, so that no capability needs to know another one's effects.
"""

from collections.abc import Callable, Mapping
from typing import Any

from telekarta.dialog.caller import Caller
from telekarta.dialog.effects import Effect, Result

Performer = Callable[[Caller, Any], Result]
Performers = Mapping[type[Effect], Performer]


def joined(*tables: Performers) -> Performers:
    """One table of them all. Raises ValueError for an effect that stands in two."""
    table: dict[type[Effect], Performer] = {}
    for each in tables:
        if twice := table.keys() & each.keys():
            raise ValueError(f"two perform {sorted(effect.__name__ for effect in twice)}")
        table |= each
    return table


def perform(performers: Performers, caller: Caller, effect: Effect) -> Result:
    """Perform the effect. Raises StoreUnavailable; a refusal is an outcome, never an exception.

    Raises TypeError for an effect that stands in no table.
    """
    performer = performers.get(type(effect))
    if performer is None:
        raise TypeError(f"nobody performs {type(effect).__name__}")
    return performer(caller, effect)
