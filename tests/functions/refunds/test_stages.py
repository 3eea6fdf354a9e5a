"""What a page says of an application that waits is what the command would answer."""

from collections.abc import Mapping
from typing import Any

import pytest

from desk.pages.refund_stages import standing
from telekarta.domain.calendar.deadlines import day_of
from tests.kit.refunds import BY_ANNA, MemoryOffice, on

FIRST = {"proofs": [{"posting": "topup:bank:123456-2", "kind": "transfer", "document": "skan"}]}
IN_A_CALL = (on(1, "calls"), on(1, "completes", amount_grosze=3000))
ASKED = {"unfit": True, "reasons": "Brak drugiej wpłaty."}


@pytest.mark.parametrize(
    ("applies", "more", "day", "word", "reason"),
    [
        ({}, (), 1, "to be decided", None),
        ({"owner": None}, (), 1, "waits for the applicant", "incomplete"),
        (FIRST, (), 1, "proofs to ask for", "proofs_not_asked_for"),
        (FIRST, (on(1, "completes", **ASKED),), 2, "waits for the applicant", "proofs_awaited"),
        (FIRST, (on(1, "completes", **ASKED),), 25, "to be decided", None),
        # The law's day goes before a term of ours.
        (FIRST, (on(20, "completes", **ASKED),), 27, "waits for the applicant", "proofs_awaited"),
        (FIRST, (on(20, "completes", **ASKED),), 29, "to be decided", None),
        (
            {},
            (on(1, "calls"), on(1, "completes", amount_grosze=3000)),
            1,
            "being looked at",
            "not_looked_at_yet",
        ),
    ],
)
def test_a_page_says_what_a_grant_would_be_answered(
    applies: Mapping[str, Any], more: tuple[Any, ...], day: int, word: str, reason: str | None
) -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000, payu=2000, payment="a1"), on(0, "applies", **applies), *more])
    office.play([on(day, "nothing")])
    shown = office.command({"command": "show_refund", "case": office.case_id})
    refund = office.refund()
    assert refund is not None
    assert (standing(refund, day_of(office.now())).word, shown["not_grantable"]) == (word, reason)
    grant = {"command": "decide_refund", "case": office.case_id, "decision": "grant", **BY_ANNA}
    assert office.command(grant).get("reason") == reason
