"""Bank statements from their file to the cards, and what operators decide about the rest."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telekarta.domain.bank.reports import ADVICE, as_document, as_text_page
from telekarta.domain.bank.statements import NoStatement, StatementDoubt
from telekarta.domain.bank.transfers import Fate, Why
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref, Status
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import CaseKind, CaseState
from telekarta.domain.ledger.postings import PostingKind, Source, balance_of
from telekarta.domain.refunds.refund import PayoutState, reference_of
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.bank.commands import NotDecided, TransferDecided, TransferRefused
from telekarta.usecases.bank.statements import take_file
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.payouts import PayoutOutcome, PayoutTold, RefundNoticeDeps
from telekarta.wiring.bank import payout
from tests.kit.bank import CARD, NOW, OTHER, OTHER_CARD, OURS, WHITE_PHONE, Office, Transfer, mt940
from tests.kit.memory_store import When
from tests.kit.refunds import MemoryOffice, on

GIFT = Transfer("Doladowanie karty 123456", reference="A1")
NO_CARD = Transfer("dla syna na telefon", reference="B2")


@pytest.fixture
def office() -> Office:
    return Office()


# ---------------------------------------------------------------------- files


@pytest.mark.rule("WP §4.1.1", "TG §2.6", "WP §4.2")
def test_a_transfer_with_a_cards_number_in_its_title_is_on_the_card(office: Office) -> None:
    entry = office.takes_one(GIFT)
    assert (entry.fate, entry.card) == (Fate.CREDITED, CARD)
    assert office.balance() == 4000
    lot = office.store.cards[WHITE_PHONE].lots[-1]
    assert (lot.source, lot.granted_at.date()) == (Source.BANK, date(2026, 11, 19))  # midnight in Warsaw


@pytest.mark.rule("WP §4.1.1")
@pytest.mark.parametrize(
    "title",
    [
        "123 456",
        "nr karty:123456",
        "KARTA WHITE PHONE NR 123-456",
        "karta l23456",
        "123456 tel 600 700 800",
        "doladowanie 20 zl karta 123456 i 999999",
    ],
)
def test_the_number_is_found_however_it_is_written(office: Office, title: str) -> None:
    assert office.takes_one(replace(GIFT, title=title)).card == CARD


@pytest.mark.rule("WP §1.2.7")
def test_a_promotion_counts_on_the_day_on_which_the_money_came(office: Office) -> None:
    last_day = date(2026, 11, 20)
    office.promotions = [Promotion("a", Brand.WHITE_PHONE, last_day, last_day, 2000, "Jesień", "Autumn", 10)]
    entry = office.takes_one(GIFT)
    assert entry.bonus_grosze == 200
    assert office.balance() == 4200


@pytest.mark.rule("WP §4.9")
@pytest.mark.parametrize(
    ("title", "why", "numbers"),
    [
        ("dla syna na telefon", Why.UNMATCHED, "-"),
        ("karta 999999", Why.UNMATCHED, "999999"),
        ("karty 123456 i 654321", Why.AMBIGUOUS, "123456 654321"),
        ("karta 1234567890", Why.UNMATCHED, "-"),
    ],
)
def test_what_no_card_can_have_waits_for_a_person(office: Office, title: str, why: Why, numbers: str) -> None:
    entry = office.takes_one(replace(NO_CARD, title=title))
    assert (entry.fate, entry.why) == (Fate.WAITS, why)
    (case,) = office.open_cases()
    assert case.id == entry.case
    assert (case.facts["reason"], case.facts["numbers"], case.facts["amount_grosze"]) == (why, numbers, 2000)
    assert office.balance() == 2000


@pytest.mark.rule("WP §4.4", "WP §4.9")
def test_a_card_that_can_take_no_money_makes_a_case(office: Office) -> None:
    office.changes(OTHER, status=Status.USED_UP)
    assert office.takes_one(replace(GIFT, title="654321")).why is Why.CARD_USED_UP
    office.changes(WHITE_PHONE, last_active_at=NOW)
    office.moment = NOW + timedelta(days=800)
    assert office.takes_one(replace(GIFT, reference="A9")).why is Why.CARD_EXPIRED


@pytest.mark.rule("WP §9.1")
def test_a_pin_in_a_title_is_kept_nowhere(office: Office) -> None:
    report = office.takes(mt940(replace(NO_CARD, title="karta syna PIN 40271953")))
    (case,) = office.open_cases()
    assert "40271953" not in f"{case} {as_document(report)} {as_text_page(report)}"
    assert "********" in str(case.facts["title"])


def test_money_that_leaves_is_only_counted(office: Office) -> None:
    report = office.takes(mt940(GIFT, Transfer("OPLATA ZA PRZELEW", 250, mark="D")))
    (told,) = report.statements
    assert told.totals() == {Fate.CREDITED: (1, 2000), Fate.NO_TOP_UP: (1, -250)}


def test_money_that_the_bank_takes_back_is_a_case(office: Office) -> None:
    entry = office.takes_one(replace(GIFT, mark="RC"))
    assert entry.fate is Fate.TAKEN_BACK
    assert [case.kind for case in office.open_cases()] == [CaseKind.TRANSFER_TAKEN_BACK]


def test_a_payout_of_ours_that_came_back_is_nobodys_top_up(office: Office) -> None:
    told = PayoutTold(PayoutOutcome.RETURNED, "refund-7")
    deps = replace(office.deps, payout=lambda _entry: told)
    report = take_file(deps, "x", mt940(Transfer("ZWROT ZW0123456789AB karta 123456")))
    assert [each.fate for each in report.entries()] == [Fate.PAYOUT_RETURNED]
    assert office.balance() == 2000


@pytest.mark.rule("WP §7.10")
def test_a_statement_that_tells_of_our_payout_confirms_it() -> None:
    refunds = MemoryOffice()
    refunds.play([on(0, "given", bank=5000), on(0, "applies"), on(3, "grants")])
    notices = RefundNoticeDeps(refunds.store, refunds.store, refunds.workflow, refunds.clock)
    paid = Transfer(f"{reference_of(refunds.case_id, 1)} Zwrot", 3000, "P1", mark="D")
    office = Office()
    deps = replace(office.deps, payout=lambda entry: payout(notices, entry))
    refunds.workflow.fault = True
    assert not take_file(deps, "x", mt940(paid, GIFT)).is_finished
    refunds.workflow.fault = False
    report = take_file(deps, "x", mt940(paid, GIFT))
    assert [each.fate for each in report.entries()] == [Fate.PAYOUT_CONFIRMED, Fate.CREDITED_BEFORE]
    case = refunds.refund()
    assert case is not None
    assert case.payouts[0].state is PayoutState.PAID


@pytest.mark.rule("WP §4.1.1", "WP §7.10")
def test_the_report_says_what_became_of_each_payout_and_its_sums_add_up() -> None:
    refunds = MemoryOffice()
    refunds.play([on(0, "given", bank=5000), on(0, "applies"), on(3, "grants")])
    notices = RefundNoticeDeps(refunds.store, refunds.store, refunds.workflow, refunds.clock)
    title = f"{reference_of(refunds.case_id, 1)} Zwrot"
    entries = (
        GIFT,
        Transfer(title, 2999, "P0", mark="D"),
        Transfer(title, 3000, "P1", mark="D"),
        Transfer(title, 3000, "P2", mark="RD"),
        Transfer("Opłata", 250, "F1", mark="D"),
    )
    deps = replace(Office().deps, payout=lambda entry: payout(notices, entry))
    for _ in range(2):
        report = take_file(deps, "x", mt940(*entries))
        page = as_text_page(report)
        for words in (
            "wypłata potwierdzona",
            "wypłata wróciła",
            "inna kwota niż wysłana",
        ):
            assert f"{words}: {refunds.case_id}  |" in page
        assert "inne operacje (opłaty, zwroty)  |" in page
        (statement,) = report.statements
        moved = sum(amount for _, amount in statement.totals().values())
        assert statement.opening_grosze is not None
        assert statement.opening_grosze + moved == statement.closing_grosze
    told = {each["fate"]: each["refund"] for each in as_document(report)["statements"][0]["entries"]}
    assert told["payout_confirmed"] == told["payout_returned"] == refunds.case_id
    assert told["no_top_up"] == ""


# ---------------------------------------------------------------------- nothing twice, nothing lost


@pytest.mark.rule("WP §4.1.1", "WP §4.9")
def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    raw = mt940(GIFT, NO_CARD)
    office.takes(raw)
    again = office.takes(raw)
    assert [each.fate for each in again.entries()] == [Fate.CREDITED_BEFORE, Fate.WAITS]
    assert again.entries()[0].card == CARD
    assert not again.entries()[1].is_new
    assert (office.balance(), len(office.open_cases())) == (4000, 1)


def test_a_waiting_transfer_is_not_credited_behind_the_operators_back(office: Office) -> None:
    """Its card may be issued meanwhile: it was told to a person, and the person decides."""
    raw = mt940(replace(NO_CARD, title="999999"))
    office.takes(raw)
    assert office.store.issue(*issue(Ref.card(Brand.WHITE_PHONE, "999999"), 500, "d9", "A", None, NOW))
    assert [each.fate for each in office.takes(raw).entries()] == [Fate.WAITS]


def test_a_reference_that_the_bank_uses_anew_is_other_money(office: Office) -> None:
    office.takes_one(GIFT)
    other = replace(GIFT, day=date(2026, 11, 23), sender="EWA NOWAK")
    for _ in range(2):
        entry = office.takes_one(other)
        assert (entry.fate, entry.why) == (Fate.WAITS, Why.OTHER_CONTENTS)
    assert office.balance() == 4000
    assert isinstance(office.assigns(entry.case), TransferDecided)
    assert office.balance() == 6000
    assert office.takes_one(other).fate is Fate.CREDITED_BEFORE
    assert office.takes_one(GIFT).fate is Fate.CREDITED_BEFORE


def test_the_same_transfer_under_another_reference_waits(office: Office) -> None:
    """One of the bank's formats tells its reference, another does not: perhaps the same money."""
    office.takes_one(GIFT)
    entry = office.takes_one(replace(GIFT, reference=""))
    assert (entry.fate, entry.why) == (Fate.WAITS, Why.OTHER_REFERENCE)
    assert office.balance() == 4000


def test_twins_of_one_statement_are_two_transfers(office: Office) -> None:
    twins = mt940(replace(GIFT, reference=""), replace(GIFT, reference=""))
    assert [each.fate for each in office.takes(twins).entries()] == [Fate.CREDITED] * 2
    assert office.balance() == 6000
    named = mt940(replace(GIFT, reference="C1"), replace(GIFT, reference="C2"), number="232")
    assert [each.why for each in office.takes(named).entries()] == [Why.OTHER_REFERENCE] * 2


@pytest.mark.rule("WP §4.9")
@pytest.mark.parametrize("first_title", ["karta 123456", "dla syna"])
@pytest.mark.parametrize("second_title", ["karta 123456", "karta 654321", "dla syna"])
@pytest.mark.parametrize("at", ["posting", "claim", "card", "book_all", "open_case"])
def test_two_files_at_once_with_one_reference_lose_nothing(
    first_title: str, second_title: str, at: str
) -> None:
    """The bank has used a reference twice, for the same or for other money, and the files meet half-way."""
    first = Transfer(first_title, reference="A1", sender="A")
    for second in (replace(first, title=second_title), replace(first, title=second_title, sender="B")):
        office = Office()

        def meets(when: When, operation: str, second: Transfer = second, office: Office = office) -> None:
            if when is When.BEFORE and operation == at:
                office.store.faults = lambda *_: None
                assert office.takes(mt940(second), "second.sta").is_finished

        office.store.faults = meets
        assert office.takes(mt940(first)).is_finished
        office.store.faults = lambda *_: None
        if "second.sta" not in office.files:  # not every story comes to that operation
            office.takes(mt940(second), "second.sta")
        for case in office.open_cases():
            assert isinstance(office.assigns(case.id), TransferDecided)
        sent = 2000 if (second.title, second.sender) == (first.title, first.sender) else 4000
        assert office.balance() + office.balance(OTHER) - 4000 == sent


TRANSFERS = st.lists(
    st.builds(
        Transfer,
        title=st.sampled_from(["123456", "karta 654321", "nic", "123456 lub 654321", "999999"]),
        grosze=st.integers(1, 30_000),
        mark=st.sampled_from(["C", "C", "C", "D"]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.rule("WP §4.1.1", "WP §4.9")
@given(
    transfers=TRANSFERS,
    files=st.lists(st.lists(st.integers(0, 7), max_size=10), min_size=1, max_size=6),
    named=st.booleans(),
)
@settings(max_examples=150)
def test_however_entries_are_split_into_files_each_is_credited_once(
    transfers: list[Transfer], files: list[list[int]], named: bool
) -> None:
    """In any order, repeated and overlapping. Each transfer has a sender of its own: those that say the very
    same in files that tell only a part of a day can't be told apart (docs/decisions/0011)."""
    office = Office()
    day = [
        replace(each, reference=f"R{n}" if named else "", sender=f"SENDER {chr(65 + n)}")
        for n, each in enumerate(transfers)
    ]
    for picked in [*files, range(len(day))]:
        # What a bank tells in one statement it tells there once.
        office.takes(mt940(*[day[n] for n in dict.fromkeys(picked) if n < len(day)]))
    came = [each for each in day if each.mark == "C"]
    first = sum(each.grosze for each in came if each.title == "123456")
    second = sum(each.grosze for each in came if each.title == "karta 654321")
    assert (office.balance(), office.balance(OTHER)) == (2000 + first, 2000 + second)
    waiting = sum(int(case.facts["amount_grosze"]) for case in office.open_cases())
    assert waiting == sum(each.grosze for each in came) - first - second
    for ref in (WHITE_PHONE, OTHER):
        assert balance_of(str(ref), office.store.booked.values()) == office.balance(ref)


# ---------------------------------------------------------------------- files that are no use


@pytest.mark.rule("WP §4.9")
@pytest.mark.parametrize(
    ("raw", "reason", "advice"),
    [
        (None, NoStatement.TOO_LARGE, "za krótszy okres"),
        (b"", NoStatement.EMPTY, "pusty"),
        (b"PK\x03\x04 spakowane", NoStatement.ZIP, "rozpakować"),
        (b"%PDF-1.7", NoStatement.PDF, "PDF"),
        (b"Lp;Data;Kwota\n1;2026-11-20;20,00", NoStatement.NOT_A_STATEMENT, "MT940"),
        (b"<?xml version='1.0'?><Document", NoStatement.MALFORMED_XML, "uszkodzony"),
    ],
)
def test_a_file_that_is_no_statement_says_what_to_do(
    office: Office, raw: bytes | None, reason: NoStatement, advice: str
) -> None:
    for _ in range(2):
        report = office.takes(raw)
        assert report.unreadable is reason
        assert advice in as_text_page(report)
    (case,) = office.open_cases()
    assert (case.kind, case.id) == (CaseKind.STATEMENT_NOT_READ, report.case)


def test_every_reason_has_advice() -> None:
    assert ADVICE.keys() == set(NoStatement)


@pytest.mark.rule("WP §4.9")
def test_a_doubtful_statement_credits_nothing_and_the_good_one_beside_it_does(office: Office) -> None:
    broken = mt940(replace(GIFT, reference="X9")).replace(b"PLN1020,00", b"PLN1021,00")
    report = office.takes(mt940(GIFT) + b"\r\n" + broken)
    good, bad = report.statements
    assert (good.is_believed, bad.problems) == (True, (StatementDoubt.DOES_NOT_ADD_UP,))
    assert [each.fate for each in bad.entries] == [Fate.DOUBTFUL]
    assert office.balance() == 4000
    assert office.open_cases()[0].kind is CaseKind.STATEMENT_NOT_READ
    assert "Nic z tego wyciągu nie zostało doładowane" in as_text_page(report)


def test_a_statement_of_somebody_elses_account_credits_nothing(office: Office) -> None:
    report = office.takes(mt940(GIFT, account="44102055581111110000000017"))
    assert [each.fate for each in report.entries()] == [Fate.DOUBTFUL]
    assert office.open_cases()[0].facts["reason"] == "account_not_ours"
    assert office.balance() == 2000


# ---------------------------------------------------------------------- the report


def test_the_report_adds_up_and_can_be_read(office: Office) -> None:
    report = office.takes(mt940(GIFT, NO_CARD, Transfer("OPLATA", 250, mark="D"), opening=1_000_050))
    (told,) = report.statements
    assert told.opening_grosze is not None
    assert told.opening_grosze + sum(amount for _, amount in told.totals().values()) == told.closing_grosze
    page = as_text_page(report)
    for line in (
        "Rachunek 75 1090 0004 6599 0000 0000 1010 (White Phone)",
        "Saldo początkowe 10 000,50 zł",
        "doładowane teraz 1 20,00 zł",
        "czeka na decyzję operatora 1 20,00 zł",
        "Saldo końcowe 10 038,00 zł",
    ):
        assert line in [" ".join(each.split()) for each in page.splitlines()]
    document = as_document(report)
    assert document["statements"][0]["totals"]["waits"] == {"count": 1, "sum_grosze": 2000}
    assert OURS in str(document)


def test_missing_statements_are_named(office: Office) -> None:
    def missing(number: str) -> tuple[int, ...]:
        return office.takes(mt940(number=number)).statements[0].missing_numbers

    assert missing("228/2026") == ()  # the first one that we ever see
    assert missing("229") == ()
    assert missing("00232/001") == (230, 231)
    assert missing("230") == ()
    assert missing("231") == ()
    assert missing("233") == ()
    report = office.takes(mt940(number="235"))
    assert "nie było wyciągu o numerze 234" in as_text_page(report)


# ---------------------------------------------------------------------- trouble


def test_a_store_that_stops_answering_leaves_a_file_to_be_taken_again(office: Office) -> None:
    raw = mt940(*(replace(GIFT, reference=f"R{n}", sender=f"S {n}") for n in range(6)))
    told = 0

    def fails(when: When, operation: str) -> None:
        nonlocal told
        told += operation == "posting" and when is When.BEFORE
        if operation == "posting" and told > 2:
            raise StoreUnavailable("no answer")

    office.store.faults = fails
    report = office.takes(raw)
    assert [each.fate for each in report.entries()] == [Fate.CREDITED] * 2 + [Fate.UNFINISHED] * 4
    assert not report.is_finished
    assert "zostanie wzięty ponownie" in as_text_page(report)
    office.store.faults = lambda when, operation: None
    assert office.takes(raw).is_finished
    assert office.balance() == 2000 + 6 * 2000


@pytest.mark.parametrize("when", list(When))
@pytest.mark.parametrize("operation", ["posting", "case", "claim", "card", "book_all", "open_case"])
def test_wherever_the_line_breaks_the_next_telling_finishes(when: When, operation: str) -> None:
    office = Office()
    broken: list[str] = []

    def breaks_once(moment: When, name: str) -> None:
        if (moment, name) == (when, operation) and not broken:
            broken.append(name)
            raise StoreUnavailable("no answer")

    office.store.faults = breaks_once
    raw = mt940(GIFT, NO_CARD)
    office.takes(raw)
    assert broken
    assert office.takes(raw).is_finished
    assert (office.balance(), len(office.open_cases())) == (4000, 1)


def test_a_file_for_which_time_is_too_short_is_taken_again(office: Office) -> None:
    left = iter([100.0, 5.0, 5.0])
    raw = mt940(GIFT, replace(GIFT, reference="A2", title="654321"))
    report = take_file(office.deps, "x", raw, lambda: next(left))
    assert [each.fate for each in report.entries()] == [Fate.CREDITED, Fate.UNFINISHED]


# ---------------------------------------------------------------------- operators


@pytest.mark.rule("WP §4.9")
def test_an_operator_puts_a_waiting_transfer_on_a_card_once(office: Office) -> None:
    case = office.takes_one(NO_CARD).case
    answer = office.assigns(case)
    assert isinstance(answer, TransferDecided)
    assert (answer.done, answer.case.state, office.balance()) == (True, CaseState.CLOSED, 4000)
    assert answer.case.closing is not None
    assert (answer.case.closing.who, answer.case.closing.why) == ("anna", "assign_transfer: zgłoszenie")
    again = office.assigns(case)
    assert isinstance(again, TransferDecided)
    assert (again.done, office.balance()) == (False, 4000)
    assert office.takes_one(NO_CARD).fate is Fate.CREDITED_BEFORE
    assert {record.command for record in office.store.commands.values()} == {"assign_transfer"}


@pytest.mark.rule("WP §4.9")
def test_what_went_back_can_never_be_credited(office: Office) -> None:
    case = office.takes_one(NO_CARD).case
    answer = office.returns(case)
    assert isinstance(answer, TransferDecided)
    assert (answer.posting.kind, answer.posting.credit) == (PostingKind.TRANSFER_RETURNED, "returned:bank")
    assert office.assigns(case) == TransferRefused(NotDecided.ALREADY_RETURNED)
    assert office.takes_one(NO_CARD).fate is Fate.RETURNED
    assert office.balance() == 2000


@pytest.mark.rule("WP §4.9")
def test_what_is_on_a_card_can_neither_go_back_nor_to_another(office: Office) -> None:
    case = office.takes_one(NO_CARD).case
    office.assigns(case)
    there = TransferRefused(NotDecided.ALREADY_CREDITED, CARD)
    assert office.returns(case) == there
    assert office.assigns(case, OTHER_CARD) == there
    assert (office.balance(), office.balance(OTHER)) == (4000, 2000)


@pytest.mark.rule("WP §4.9")
def test_where_the_money_is_says_more_than_why_a_card_cant_have_it(office: Office) -> None:
    case = office.takes_one(NO_CARD).case
    assert office.assigns(case, "999999") == TransferRefused(NotDecided.UNKNOWN_CARD)
    office.assigns(case)
    assert office.assigns(case, "999999") == TransferRefused(NotDecided.ALREADY_CREDITED, CARD)
    office.changes(OTHER, status=Status.USED_UP)
    second = office.takes_one(replace(NO_CARD, reference="B3", sender="X")).case
    assert office.assigns(second, OTHER_CARD) == TransferRefused(NotDecided.CARD_USED_UP)


@pytest.mark.parametrize("decides", ["assigns", "returns"])
def test_a_decision_whose_answer_was_lost_is_given_again(office: Office, decides: str) -> None:
    case = office.takes_one(NO_CARD).case

    def loses(when: When, operation: str) -> None:
        if when is When.AFTER and operation in ("book_all", "book_alone"):
            raise StoreUnavailable("the answer got lost")

    office.store.faults = loses
    with pytest.raises(StoreUnavailable):
        getattr(office, decides)(case)
    office.store.faults = lambda when, operation: None
    assert office.store.found[case].state is CaseState.OPEN
    assert isinstance(getattr(office, decides)(case), TransferDecided)
    assert office.store.found[case].state is CaseState.CLOSED


def test_a_case_that_was_closed_by_hand_can_still_be_decided(office: Office) -> None:
    """Closing moves no money: it must not be lost by a slip."""
    case = office.takes_one(NO_CARD).case
    office.store.close_case(office.store.found[case].closed("ewa", "a slip", NOW))
    assert office.takes_one(NO_CARD).fate is Fate.CLOSED
    assert isinstance(office.assigns(case), TransferDecided)
    assert office.balance() == 4000


def test_money_of_another_currency_is_settled_with_the_bank(office: Office) -> None:
    raw = mt940(GIFT).replace(b"PLN", b"EUR")
    (entry,) = office.takes(raw).entries()
    assert entry.why is Why.OTHER_CURRENCY
    assert office.store.found[entry.case].facts["amount"] == "20.00 EUR"
    for decide in (office.assigns, office.returns):
        assert decide(entry.case) == TransferRefused(NotDecided.NOT_IN_ZLOTYS)


@pytest.mark.parametrize("case", ["nothing", "statement_not_read"])
def test_only_cases_of_transfers_are_decided_so(office: Office, case: str) -> None:
    if case != "nothing":
        case = office.takes(b"").case
    assert office.assigns(case) == TransferRefused(NotDecided.NO_TRANSFER_CASE)
