"""What the service did lately, as the metrics tell it: for the operators' page, never for money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from telekarta.dialog.effects.calls import DialOutcome, PlaceOutcome, QuoteOutcome
from telekarta.usecases.ports import StoreUnavailable


class FiguresUnavailable(StoreUnavailable):
    """The metrics can't be read now."""


class Figures(Protocol):
    """The metrics of the voice function, of the time up to now: the metrics' own now, which nobody moves.

    All methods may raise FiguresUnavailable."""

    def counts(self, lately: timedelta) -> Mapping[str, int]:
        """How often each of our own metrics was counted, by its name; those that were never are left out."""
        ...

    def latency_ms(self, lately: timedelta) -> Mapping[str, float]:
        """How long a webhook took, by the percentile's name (`p50`, `p99`); empty if there was none."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """`answered_permille` is None if nobody was called. `refusals` are reasons by how often, most first."""

    webhooks: int
    calls: int
    answered: int
    answered_permille: int | None
    wrong_codes: int
    refusals: tuple[tuple[str, int], ...]
    latency_ms: Mapping[str, float]


_ANSWERED = (DialOutcome.TALKED, DialOutcome.TALKED_OUT)
_NOT_ANSWERED = (DialOutcome.BUSY, DialOutcome.NO_ANSWER, DialOutcome.FAILED)
_REASONS = {
    f"{effect}.{outcome.value}": outcome.value
    for effect, outcomes, good in (
        ("QuoteCall", QuoteOutcome, QuoteOutcome.QUOTED),
        ("PlaceCall", PlaceOutcome, PlaceOutcome.CONNECT),
    )
    for outcome in outcomes
    if outcome is not good
}


def service_figures(figures: Figures, lately: timedelta) -> ServiceFigures:
    """Raises FiguresUnavailable."""
    counts = figures.counts(lately)

    def total(effect: str, outcomes: tuple[DialOutcome, ...]) -> int:
        return sum(counts.get(f"{effect}.{outcome.value}", 0) for outcome in outcomes)

    answered = total("EndCall", _ANSWERED)
    calls = answered + total("EndCall", _NOT_ANSWERED)
    reasons: dict[str, int] = {}
    for name, reason in _REASONS.items():
        if counted := counts.get(name):
            reasons[reason] = reasons.get(reason, 0) + counted
    return ServiceFigures(
        webhooks=counts.get("Webhook", 0),
        calls=calls,
        answered=answered,
        answered_permille=answered * 1000 // calls if calls else None,
        wrong_codes=counts.get("WrongPin", 0),
        refusals=tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
        latency_ms=figures.latency_ms(lately),
    )
