"""What the version before has stored is read by this one: cards, books and cases are as they were, calls and
refunds go on, money that was on its way arrives.

The snapshot is a day of a stack of that version and the next morning (`tests/snapshot`). Everything goes
through the product's doors: the stack is one of the present sources, only its memory is the other's.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from local.bank import put_statement
from local.frontdoor import move_clock, stack_now
from local.payments.merchant import PAYU_PATH
from local.stack import Stack
from local.up import bind
from tests.kit import browsing
from tests.kit.bank import Transfer, mt940
from tests.kit.waiting import until
from tests.snapshot.carrier import CallInFlight, node_of
from tests.snapshot.stored import Stored, a_stack

pytestmark = pytest.mark.emulator

ANNA = {"who": "anna.kowalska", "why": "zgłoszenie"}
OTHER_ACCOUNT = "27 1140 2004 0000 3002 0135 5387"
AFTER_ALL_FEES, LEFT_ON_THE_CARD = 3000, 2500  # of 50 zł that are refundable, and of 25 zł that are not


@dataclass(frozen=True)
class Heir:
    """A stack that stands on the snapshot, and what it said at once, before anything went on."""

    stack: Stack
    stored: Stored
    shown: list[Any]
    closed_again: Mapping[str, Any]

    def desk(self, command: str, **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.stack.invoke("desk", {"command": command, **given})
        assert answer["outcome"] == "done", answer
        return answer

    def balance(self, card: Mapping[str, Any]) -> int:
        """What can be spent. A card has what is posted; it is asked for again if something was booked between
        the desk's look at the card and its look at the postings."""
        shown = until(lambda: self._consistent(card))
        return int(shown["balance_grosze"] - shown["held_grosze"])

    def _consistent(self, card: Mapping[str, Any]) -> dict[str, Any] | None:
        shown = self.desk("show_card", brand=card["brand"], card=card["card"])
        signs = [1 if each["credit"].endswith(f":{card['card']}") else -1 for each in shown["postings"]]
        amounts = [each["amount_grosze"] for each in shown["postings"]]
        return shown if shown["balance_grosze"] == sum(map(int.__mul__, signs, amounts)) else None

    def refund(self, name: str) -> dict[str, Any]:
        return self.desk("show_refund", case=f"refund-{name}")

    def grants(self, name: str) -> None:
        """As soon as the machine has got there."""
        grant = {"command": "decide_refund", "case": f"refund-{name}", "decision": "grant", **ANNA}
        until(lambda: self.stack.invoke("desk", grant)["outcome"] == "done")

    def pays_out(self, name: str, number: int) -> Transfer:
        """The bank's line about the refund's payout, as soon as there is one to order."""

        def found() -> Transfer | None:
            for each in self.refund(name)["payouts"]:
                if (each["number"], each["state"]) == (number, "sent"):
                    return Transfer(each["reference"], each["amount_grosze"], f"PAID-{name}", mark="D")
            return None

        return until(found)

    def closed(self, name: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            told = self.refund(name)
            return told if told["stage"] == "closed" else None

        return until(found)


@pytest.fixture(scope="module")
def heir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heir]:
    stored, home = Stored(), tmp_path_factory.mktemp("stored-before")
    with contextlib.closing(bind(0)) as door, a_stack(home, door, stored) as stack:
        shown = [stack.invoke("desk", each["asks"]) for each in stored.read("desk.json", stack.base_url)]
        day = stored.about["day_closed"]
        yield Heir(stack, stored, shown, stack.invoke("books", {"job": "trial_balance", "day": day}))


def lacking(told: Any, told_before: Any, where: str = "") -> list[str]:
    """What is not told as before; what is told besides does no harm."""
    if isinstance(told, dict) and isinstance(told_before, dict):
        pairs = [(told.get(key, "nothing"), value, f"{where}.{key}") for key, value in told_before.items()]
    elif isinstance(told, list) and isinstance(told_before, list) and len(told) == len(told_before):
        pairs = [(*pair, f"{where}[{at}]") for at, pair in enumerate(zip(told, told_before, strict=True))]
    else:
        return [] if told == told_before else [f"{where}: {told!r} was {told_before!r}"]
    return [fault for pair in pairs for fault in lacking(*pair)]


def by_moment(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with the postings of one moment by their ids, which is how the version before had them."""
    if "postings" not in answer:
        return answer
    return answer | {"postings": sorted(answer["postings"], key=lambda each: (each["booked_at"], each["id"]))}


def test_the_desk_shows_every_card_case_and_refund_as_before(heir: Heir) -> None:
    asked = heir.stored.read("desk.json", heir.stack.base_url)
    faults = [
        (before["asks"], lacking(by_moment(shown), by_moment(before["answer"])))
        for shown, before in zip(heir.shown, asked, strict=True)
    ]
    assert [fault for fault in faults if fault[1]] == []


def test_the_books_of_the_closed_day_balance_again(heir: Heir) -> None:
    told, day = heir.closed_again, heir.stored.about["day_closed"]
    assert (told["day"], told["differences"]) == (day, 0)


def test_what_was_under_way_ends_right(heir: Heir) -> None:
    calls_in_flight_end_right(heir)
    money_on_its_way_arrives(heir)
    refunds_go_on(heir)
    the_next_night_balances(heir)


def calls_in_flight_end_right(heir: Heir) -> None:
    """Each from the URL that the version before rendered; told of its end twice, it is charged once."""
    for call in heir.stored.read("calls.json"):
        carrier = CallInFlight(heir.stack)
        posts = call["posts"]
        ends = [each for each in posts if node_of(each["url"]) in ("report", "talking")]
        if node_of(posts[0]["url"]) == "report" and " en " in call["name"]:
            # The two reports of a call's end come in any order.
            carrier.goes_on(posts[::-1])
        else:
            screens = [each["screen"] for each in posts]
            assert carrier.goes_on(posts) == screens, call["name"]
        carrier.goes_on(ends)
        assert heir.balance(call) == call["balance_grosze"], call["name"]


def money_on_its_way_arrives(heir: Heir) -> None:
    """A payment that was begun, a voucher whose answer got lost, a call whose end nobody told."""
    stack, about = heir.stack, heir.stored.about
    paying, claiming, lost = about["pending_payment"], about["pending_claim"], about["lost_call"]
    payment = heir.desk("show_payment", payment=paying["payment"])
    page = f"{stack.base_url}{PAYU_PATH}/page/{payment['provider_order_id']}"
    assert browsing.post(page, data={"action": "pay"}).status_code == 303
    until(lambda: heir.balance(paying) == 3500)
    move_clock(stack, 600)
    until(lambda: stack.invoke("timers", {"job": "finish_claims"}) and heir.balance(claiming) == 4000)
    stack.invoke("timers", {"job": "sweep_holds"})
    assert heir.balance(lost) == lost["balance_grosze"]


def refunds_go_on(heir: Heir) -> None:
    """From whatever they waited for, each to its end."""
    watched = heir.stack.invoke("timers", {"job": "watch_refunds", "left_alone_s": 0})
    assert (watched["open"], watched["payout_paid"], watched["at_a_standstill"]) == (5, 1, []), watched
    heir.desk("complete_application", case="refund-papers", owner="Jan Przykładny", **ANNA)
    heir.desk("complete_application", case="refund-returned", account=OTHER_ACCOUNT, **ANNA)
    for case in ("papers", "decision"):
        heir.grants(case)
    transfers = [heir.pays_out(case, 1) for case in ("papers", "decision", "payout")]
    transfers.append(heir.pays_out("returned", 2))
    put_statement(heir.stack, "after.sta", mt940(*transfers, number="9", day=stack_now(heir.stack).date()))
    for case in ("papers", "decision", "payout", "returned", "provider"):
        refund = heir.closed(case)
        assert (refund["paid_grosze"], heir.balance(refund)) == (AFTER_ALL_FEES, LEFT_ON_THE_CARD), case


def the_next_night_balances(heir: Heir) -> None:
    """From the closing that the version before wrote, with all that happened since."""
    day = date.fromisoformat(heir.stored.about["day_closed"]) + timedelta(days=1)
    move_clock(heir.stack, 24 * 60 * 60)
    told = heir.stack.invoke("books", {"job": "trial_balance", "day": str(day)})
    assert (told["since"], told["differences"]) == (heir.stored.about["day_closed"], 0)
