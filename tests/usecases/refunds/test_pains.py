"""What the money simulator found about refunds, each as the smallest story that shows it."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.issuing import move_onto, new_account
from telekarta.domain.ledger.postings import Source
from telekarta.domain.refunds.application import Missing
from telekarta.domain.refunds.refund import Event, PayoutState, Refund, RefundStage, Way
from telekarta.domain.topups.payments import Payment
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.payouts import RefundNoticeDeps
from telekarta.usecases.refunds.steps.paying import send_payouts
from telekarta.usecases.refunds.watch import watch_refunds
from telekarta.usecases.topups.ports import (
    GatewayRefusal,
    GatewayRefused,
    ProviderRefund,
    RefundOrder,
    RefundState,
)
from tests.kit.memory_store import When
from tests.kit.refunds import (
    ACCOUNT,
    OTHER_ACCOUNT,
    START,
    MemoryOffice,
    Refunder,
    a_payment,
    application,
    money,
    on,
)
from tests.workflows.refunds.test_scripts import books_are_right, held, paid

RETURNED_AFTER_THE_END = (
    on(0, "given", bank=5000),
    on(0, "applies"),
    on(3, "grants"),
    on(4, "bank_pays"),
    on(6, "bank_returns"),
)


def case_of(office: MemoryOffice) -> Refund:
    refund = office.refund()
    assert refund is not None
    return refund


def on_card(office: MemoryOffice) -> dict[Source, int]:
    sums: dict[Source, int] = {}
    for lot in office.card().lots:
        sums[lot.source] = sums.get(lot.source, 0) + lot.left_grosze
    return {source: amount for source, amount in sums.items() if amount}


def applies_once_more(office: MemoryOffice, **changes: Any) -> None:
    office.case_id = "refund-w2"
    office.command(application(office, **changes))
    office.step()


# ---------------------------------------------------------------- a transfer that comes back after the end


def test_a_transfer_that_comes_back_after_the_end_opens_the_case_again() -> None:
    office = MemoryOffice()
    office.play(RETURNED_AFTER_THE_END)
    refund = case_of(office)
    assert refund.stage is RefundStage.PAYING
    assert refund.runs == 2
    assert held(office) == 3000
    assert "refund_returned" in office.open_cases()


def test_its_new_execution_is_started_by_the_watch() -> None:
    office = MemoryOffice()
    office.play(RETURNED_AFTER_THE_END)
    office.clock.moment += timedelta(hours=2)
    assert watch_refunds(office.watch).outcomes["started"] == 1
    assert office.workflow.started[-1] == f"{office.case_id}-2"


@pytest.mark.parametrize(
    ("line", "balance", "out"),
    [(on(8, "completes", account=OTHER_ACCOUNT), 500, 3000), (on(8, "withdraws"), 5500, 0)],
    ids=["to another account", "back on the card"],
)
def test_what_came_back_after_the_end_goes_where_it_shall(line: object, balance: int, out: int) -> None:
    office = MemoryOffice()
    office.play((*RETURNED_AFTER_THE_END, line))  # type: ignore[arg-type]
    if out:
        office.play([on(9, "bank_pays", number=2)])
    assert case_of(office).stage is RefundStage.CLOSED
    assert (office.card().balance_grosze, paid(office), held(office)) == (balance, out, 0)
    books_are_right(office)


def test_the_end_of_an_opened_again_case_leaves_the_cards_next_case_alone() -> None:
    office = MemoryOffice()
    office.play(RETURNED_AFTER_THE_END)
    first = office.case_id
    applies_once_more(office, proofs=None)
    second, office.case_id = office.case_id, first
    office.play([on(8, "withdraws")])
    assert case_of(office).stage is RefundStage.CLOSED
    assert office.store.open_refund_of(office.ref) == second


# ---------------------------------------------------------------- a card that is moved meanwhile


def moves_onto_an_account(office: MemoryOffice) -> Ref:
    line = Ref.account("+48225554433")
    assert office.store.open_account(new_account(line.number, office.now()))
    account = office.store.line(line.number).account
    assert account is not None
    richer, used_up, posting = move_onto(account, office.card(), office.now())
    assert office.store.move_card(used_up, richer, posting) is None
    return line


def test_refused_money_of_a_card_that_was_moved_is_on_its_account() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=2000, brand="telegrosik"), on(0, "applies", amount_grosze=1500)])
    line = moves_onto_an_account(office)
    office.play([on(3, "refuses")])
    account = office.store.line(line.number).account
    assert isinstance(account, Card)
    assert case_of(office).stage is RefundStage.CLOSED
    assert (office.card().balance_grosze, account.balance_grosze) == (0, 2500)


def test_an_application_that_was_entered_half_is_entered_again_whatever_became_of_the_card() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=2000, brand="telegrosik")])

    def dies(when: When, operation: str) -> None:
        if when is When.AFTER and operation == "open_refund":
            raise StoreUnavailable(operation)

    office.store.faults = dies
    with pytest.raises(StoreUnavailable):
        office.play([on(0, "applies")])
    office.store.faults = lambda when, operation: None
    moves_onto_an_account(office)
    office.play([on(0, "applies")])
    assert office.open_cases() == ["refund"]
    assert office.workflow.started == [f"{office.case_id}-1"]


# ---------------------------------------------------------------- what is due


@pytest.mark.rule("WP §7.3.3")
def test_an_amount_that_is_named_later_is_what_is_paid() -> None:
    office = MemoryOffice()
    office.play(
        [
            on(0, "given", bank=5000),
            on(0, "applies", amount_grosze=None),
            on(2, "completes", amount_grosze=3000),
            on(3, "grants"),
            on(4, "bank_pays"),
        ]
    )
    assert (paid(office), office.card().balance_grosze) == (1000, 2500)


def test_what_was_granted_stays_whatever_comes_with_the_other_account() -> None:
    office = MemoryOffice()
    office.play(
        [
            on(0, "given", bank=5000),
            on(0, "applies", amount_grosze=3000),
            on(3, "grants"),
            on(4, "bank_returns"),
            on(5, "completes", account=OTHER_ACCOUNT, amount_grosze=4000),
            on(6, "bank_returns", number=2),
            on(7, "withdraws"),
        ]
    )
    assert case_of(office).stage is RefundStage.CLOSED
    assert (held(office), office.card().balance_grosze) == (0, 5500)


@pytest.mark.rule("WP §7.8")
def test_a_spent_bonus_is_deducted_by_one_refund_and_not_by_the_next() -> None:
    office = MemoryOffice()
    office.play(
        [
            on(0, "given", bank=10_000, promotion=2000),
            on(0, "spends", amount=2000),
            on(0, "applies", amount_grosze=5000),
            on(1, "grants"),
            on(2, "bank_pays"),
        ]
    )
    assert paid(office) == 1000
    applies_once_more(office)
    office.play([on(4, "grants"), on(5, "bank_pays")])
    assert paid(office) == 1000 + 3000
    books_are_right(office)


def test_what_comes_back_is_the_money_that_came_back() -> None:
    """PayU has given back its part, and the transfer of the rest returned: PayU's money is gone."""
    office = MemoryOffice()
    office.play(
        [
            on(0, "given", bank=3000, payu=4000, payment="a1"),
            on(0, "applies", same_way=True),
            on(1, "grants"),
            on(2, "bank_returns", number=2),
            on(3, "provider_says", state="done"),
            on(4, "withdraws"),
        ]
    )
    assert case_of(office).stage is RefundStage.CLOSED
    assert on_card(office) == {Source.CANTEEN: 500, Source.BANK: 1000}


@pytest.mark.rule("WP §7.6", "WP §7.8")
def test_a_refund_that_never_arrived_took_no_fee_and_no_bonus() -> None:
    office = MemoryOffice()
    office.play(
        [
            on(0, "given", bank=10_000, promotion=2000),
            on(0, "spends", amount=2000),
            on(0, "applies", amount_grosze=5000),
            on(1, "grants"),
            on(2, "bank_returns"),
            on(3, "withdraws"),
        ]
    )
    assert on_card(office) == {Source.CANTEEN: 500, Source.BANK: 10_000}
    applies_once_more(office, amount_grosze=5000)
    office.play([on(4, "grants"), on(5, "bank_pays")])
    assert paid(office) == 1000
    books_are_right(office)


@pytest.mark.rule("WP §7.6")
def test_the_fee_is_given_back_with_the_last_of_several_payouts() -> None:
    office = MemoryOffice()
    office.play(
        [
            on(0, "given", bank=3000, payu=4000, payment="a1"),
            on(0, "applies", same_way=True),
            on(1, "grants"),
            on(2, "bank_returns", number=2),
            on(3, "withdraws"),
        ]
    )
    assert on_card(office) == {Source.CANTEEN: 500, Source.BANK: 1000}
    office.play(
        [on(4, "provider_says", state="refused"), on(5, "bank_returns", number=3), on(6, "withdraws")]
    )
    assert case_of(office).stage is RefundStage.CLOSED
    assert on_card(office) == {Source.CANTEEN: 500, Source.BANK: 3000, Source.PAYU: 4000}
    books_are_right(office)


class Patient(Refunder):
    """It takes every refund, and says later what became of it."""

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        name, amount = f"R-{refund.id}", refund.amount_grosze
        return ProviderRefund(refund.order_id, refund.provider_order_id, name, RefundState.PENDING, amount)


def refuses(office: MemoryOffice, number: int) -> None:
    payout = case_of(office).payouts[number - 1]
    payment = office.payments.payment(payout.payment)
    told = ProviderRefund(
        payment.id,
        payment.provider_order_id,
        f"R-{payout.reference}",
        RefundState.REFUSED,
        payout.amount_grosze,
    )
    work = office.work
    assert RefundNoticeDeps(work.refunds, work.store, work.workflow, work.clock).take(payment, told)
    office.step()


def test_no_money_comes_back_twice_in_whatever_order_payouts_fail() -> None:
    """Three payments of PayU's: one is put back, one goes to an account and comes back, then the last."""
    office = MemoryOffice(provider=Patient())
    office.play([on(0, "given", payu=5000, payment="a1")])
    card = office.card()
    lots, postings = [], []
    for number, name in enumerate(("a2", "a3"), 3):
        lot, posting = money(Source.PAYU, 5000, number, START - timedelta(days=20), office.ref, name)
        office.payments.add_payment(a_payment(name, office.ref, 5000))
        lots.append(lot)
        postings.append(posting)
    office.store.cards[office.ref] = replace(card, lots=(*card.lots, *lots))
    assert office.store.book_all([], postings) is None
    whole = office.card().balance_grosze
    office.play([on(0, "applies", same_way=True, account=None, owner=None), on(0, "grants")])
    online = [each.number for each in case_of(office).payouts if each.way is Way.PAYU]
    refuses(office, online[0])
    office.play([on(1, "withdraws")])
    refuses(office, online[1])
    office.play([on(2, "completes", account=ACCOUNT, owner="Jan")])
    office.play([on(3, "bank_returns", number=len(case_of(office).payouts)), on(4, "withdraws")])
    for payout in case_of(office).payouts:
        if payout.state in (PayoutState.SENT, PayoutState.PAID):
            office.command(
                {"command": "mark_payout_returned", "reference": payout.reference, "who": "a", "why": "b"}
            )
    office.step()
    office.play([on(5, "withdraws")])
    assert (case_of(office).stage, held(office)) == (RefundStage.CLOSED, 0)
    assert office.card().balance_grosze == whole
    books_are_right(office)


@pytest.mark.rule("WP §7.4", "WP §7.8")
@pytest.mark.parametrize("later", [False, True])
def test_a_proof_leads_to_the_same_refund_whenever_it_comes(later: bool) -> None:
    """Also if the bonus is talked away, and money is topped up, while the application is looked at."""
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000, payu=4000, promotion=2000, payment="a1")])
    first = [{"posting": "topup:bank:123456-2", "kind": "transfer", "document": "skan"}]
    both = [*first, {"posting": "topup:payu:a1", "kind": "transfer", "document": "skan"}]
    office.play([on(0, "applies", proofs=first if later else both), on(1, "spends", amount=2000)])
    if later:
        office.play([on(2, "completes", proofs=both)])
    office.play([on(3, "grants"), on(4, "bank_pays")])
    assert paid(office) == 9000 - 2000


@pytest.mark.rule("WP §7.10")
def test_a_case_that_was_given_up_ends_when_a_person_goes_on_with_it() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(301, "nothing")])
    office.play([on(301, "resumes"), on(301, "restarts"), on(301, "withdraws")])
    assert (case_of(office).stage, held(office)) == (RefundStage.CLOSED, 0)


def test_a_mistyped_code_takes_nothing_from_who_knew_it() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies", owner=None), on(1, "completes", pin="11111111")])
    assert case_of(office).held_grosze == 5000
    assert Missing.PIN_WRONG not in case_of(office).missing


@pytest.mark.rule("WP §7.3.2", "WP §9.1")
def test_who_does_not_know_the_codes_learns_nothing_of_the_card() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies", pin=None, proofs=None), on(1, "refuses")])
    for letter in office.letters.sent.values():
        assert not re.search(r"\d,\d\d zł|03\.10\.2026|05\.04\.2027", letter.body)


@pytest.mark.rule("WP §7.10")
def test_the_laws_day_goes_before_a_term_of_ours() -> None:
    office = MemoryOffice()
    first = [{"posting": "topup:bank:123456-2", "kind": "transfer", "document": "skan"}]
    unfit = on(20, "completes", unfit=True, reasons="Brak drugiej wpłaty.")
    office.play([on(0, "given", bank=5000, payu=2000, payment="a1"), on(0, "applies", proofs=first), unfit])
    office.play([on(27, "grants"), on(29, "grants")])
    assert case_of(office).stage is not RefundStage.OPEN
    assert [line.at.day for line in case_of(office).history if line.event is Event.GRANTED] == [1]


# ---------------------------------------------------------------- providers


class TwoAtOnce(Refunder):
    """It refuses the first telling, while a second one is on its way, which it takes."""

    def __init__(self, office: MemoryOffice) -> None:
        super().__init__()
        self.office = office

    def refund(self, refund: RefundOrder) -> ProviderRefund:
        self.told.append(refund)
        if len(self.told) == 1:
            send_payouts(self.office.work, self.office.case_id)
            raise GatewayRefused(GatewayRefusal.INVALID, "not now")
        return ProviderRefund(
            refund.order_id, refund.provider_order_id, "R1", RefundState.PENDING, refund.amount_grosze
        )


def test_a_refusal_is_not_believed_while_somebody_else_tells_the_provider_too() -> None:
    office = MemoryOffice()
    office.provider = TwoAtOnce(office)
    office.play(
        [
            on(0, "given", payu=5000, payment="a1"),
            on(0, "applies", same_way=True),
            on(3, "grants"),
        ]
    )
    assert [payout.state for payout in case_of(office).payouts] == [PayoutState.SENT]
    assert office.files.kept == {}


def says(office: MemoryOffice, payment: Payment, name: str, amount: int) -> bool:
    deps = office.work
    told = ProviderRefund(payment.id, payment.provider_order_id, name, RefundState.DONE, amount)
    return RefundNoticeDeps(deps.refunds, deps.store, deps.workflow, deps.clock).take(payment, told)


class Naming(Refunder):
    def refund(self, refund: RefundOrder) -> ProviderRefund:
        taken = super().refund(refund)
        return replace(taken, provider_refund_id=f"R{len(self.told)}")


def test_word_of_an_earlier_refund_of_the_same_payment_is_not_taken_for_the_next_ones() -> None:
    office = MemoryOffice(provider=Naming())
    office.play(
        [
            on(0, "given", payu=10_000, payment="a1"),
            on(0, "applies", same_way=True, amount_grosze=4000),
            on(1, "grants"),
        ]
    )
    assert says(office, office.payment(), "R1", 2000)
    office.step()
    applies_once_more(office, same_way=True, amount_grosze=4000)
    office.play([on(3, "grants")])
    assert says(office, office.payment(), "R1", 2000), "once more"
    assert case_of(office).payouts[0].state is PayoutState.SENT
    assert says(office, office.payment(), "R2", 2000)
    office.step()
    assert case_of(office).stage is RefundStage.CLOSED
