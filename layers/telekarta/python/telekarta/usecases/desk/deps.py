"""All that operators' commands and pages need from outside, in one piece."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from telekarta.domain.prices.tariff import Prices
from telekarta.usecases.bank.transfers import TransferDeskDeps
from telekarta.usecases.books.desk import LatestReport
from telekarta.usecases.desk.topups import KnownPayments
from telekarta.usecases.ports import CaseStore, Chance, Clock, DeskStore, HoldStore, Pepper
from telekarta.usecases.prices.publishing import PriceDeskDeps
from telekarta.usecases.refunds.desk.changing import RefundDeskDeps


class DeskRecords(DeskStore, HoldStore, CaseStore, Protocol):
    """The cards, their money and the cases: all that operators look at and change."""


def without_end() -> float:
    """The time that is left where nobody counts it."""
    return math.inf


@dataclass(frozen=True, slots=True)
class DeskDeps:
    """The outside, as operators' commands need it; each command's use case names the part that it takes.

    `time_left_s` tells for how many seconds the operator still waits for the answer.
    """

    store: DeskRecords
    clock: Clock
    pepper: Pepper
    chance: Chance
    prices: Prices
    reports: LatestReport
    payments: KnownPayments
    refunds: RefundDeskDeps
    transfers: TransferDeskDeps
    price_lists: PriceDeskDeps
    time_left_s: Callable[[], float] = without_end
