"""All that can happen in the simulated world, and all rules of single kinds of postings: a capability's file
exports `STEPS` and, where its postings have rules of their own, `LAWS`.

A seed draws from the steps by their weights, in this order.
"""

from tests.simulation import bank, books, calendar, calls, cards, refunds, topups
from tests.simulation.auditor import Laws
from tests.simulation.steps import Step

STEPS: tuple[Step, ...] = (
    *calls.STEPS,
    *cards.STEPS,
    *topups.STEPS,
    *bank.STEPS,
    *refunds.STEPS,
    *books.STEPS,
    *calendar.STEPS,
)
LAWS: Laws = {**calls.LAWS, **cards.LAWS, **topups.LAWS, **bank.LAWS, **refunds.LAWS, **books.LAWS}
