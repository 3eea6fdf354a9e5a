"""Cases worked from their pages: applications for unused money, e-mails and transfers."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import CaseKind, new_case
from telekarta.domain.ledger.postings import Posting, PostingKind, Source
from telekarta.domain.mail.incoming import Attachment
from telekarta.domain.nrb import normalised
from telekarta.domain.refunds.application import AnswerBy, Application, Arrival
from telekarta.domain.topups.claims import voucher_claim_id
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.commands import RefundShown
from telekarta.usecases.refunds.form import RefundFormDeps, add_documents, send_application
from telekarta.usecases.topups.crediting import TopUps, credit
from tests.kit.bank import Office, Transfer
from tests.kit.desk import a_desk
from tests.kit.desk_screen import CARD, NOW, Screen, words_of
from tests.kit.refunds import ACCOUNT, OTHER_ACCOUNT, PIN, MemoryOffice, application, on

SIGNED = {"who": "anna", "why": "Wniosek 2026/117"}
CASE = "refund:refund-w1"
PDF = Attachment("przelew.pdf", "application/pdf", b"%PDF-")


class Kept:
    def put_new(self, key: str, content: bytes, content_type: str) -> None:
        assert key.startswith("refunds/")


@dataclass
class Bureau:
    """Operators at their pages, and the workflow behind them."""

    office: MemoryOffice
    screen: Screen

    def opens(self, case: str = CASE) -> str:
        self.screen.now_is = self.office.now()
        return words_of(self.screen.opens("case", case=case))

    def presses(self, label: str, **typed: str) -> str:
        """The one button that begins so; then the workflow goes on."""
        self.screen.now_is = self.office.now()
        (found,) = (each for each in self.screen.buttons() if each.startswith(label))
        shown = words_of(self.screen.presses(found, **(SIGNED | typed)))
        self.office.running = self.office.refund() is not None
        self.office.step()
        return shown

    @property
    def buttons(self) -> set[str]:
        return set(self.screen.buttons()) - {"Back to the open cases"}

    @property
    def form(self) -> RefundFormDeps:
        return RefundFormDeps(self.office.desk, self.office.store, Kept())

    def sends_form(self, amount_grosze: int, *documents: Attachment) -> None:
        application = Application(
            self.office.ref,
            Arrival.WEB,
            day_of(self.office.now()),
            amount_grosze,
            nrb=normalised(ACCOUNT),
            owner="Jan",
            answer_by=AnswerBy.LETTER,
            address="Jan, Polna 1",
        )
        assert isinstance(send_application(self.form, "w1", application, documents), RefundShown)
        self.office.running = True
        self.office.step()


@pytest.fixture
def bureau() -> Bureau:
    office, screen = MemoryOffice(), Screen()
    screen.store = office.store
    screen.desk = a_desk(office.store, screen, pepper=screen, reports=screen, refunds=office.desk)
    return Bureau(office, screen)


# ---------------------------------------------------------------- entering


APPLICATION = {
    "apply_for_refund.request_id": "w1",
    "apply_for_refund.arrived": "email",
    "apply_for_refund.amount_grosze": "60,00",
    "apply_for_refund.pin": PIN,
    "apply_for_refund.address": "jan@example.pl",
    "apply_for_refund.answer_by": "email",
    "apply_for_refund.account": ACCOUNT,
}


def an_email(bureau: Bureau) -> str:
    office = bureau.office
    facts: dict[str, str | int] = {"received_on": "2026-11-02", "documents": "mail/1f0c", "codes": "none"}
    case = new_case(CaseKind.MAIL_RECEIVED, "1f0c", str(office.ref), facts, "inbox", office.now())
    assert office.store.open_case(case)
    return case.id


def test_an_email_is_read_on_its_page_and_entered(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    assert "mail/1f0c/message.txt: Dzień dobry, <b>proszę</b>" in bureau.opens(an_email(bureau))
    shown = bureau.presses("Enter an application", **APPLICATION)
    assert "refund-w1 is in the register. It lacks: proof, owner" in shown
    assert "asked for it by e-mail" in shown
    assert "Close this case now." in shown
    case = bureau.office.refund()
    assert case is not None
    assert case.application.asked_grosze == 6000
    bureau.screen.presses("Open refund-w1")
    assert "Asked for 60,00 zł" in words_of(bureau.screen.html)


@pytest.mark.parametrize(
    ("typed", "grosze"),
    [("60", 6000), ("60,00", 6000), ("60.5", 6050), ("1 000,05 zł", 100005), ("0,01", 1)],
)
def test_an_amount_is_typed_in_zlotys(bureau: Bureau, typed: str, grosze: int) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.opens(an_email(bureau))
    bureau.presses("Enter an application", **(APPLICATION | {"apply_for_refund.amount_grosze": typed}))
    case = bureau.office.refund()
    assert case is not None
    assert case.application.asked_grosze == grosze


@pytest.mark.parametrize("typed", ["60,005", "dużo", "-60", "0", "12345678"])
def test_what_is_no_amount_is_said_in_zlotys(bureau: Bureau, typed: str) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.opens(an_email(bureau))
    shown = bureau.presses(
        "Enter an application", **(APPLICATION | {"apply_for_refund.amount_grosze": typed})
    )
    assert "amount must be an amount in zł, as 60 or 60,00" in shown
    assert bureau.office.refund() is None


def test_a_form_that_is_refused_keeps_what_was_typed_but_for_codes(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.opens(an_email(bureau))
    wrong = APPLICATION | {"apply_for_refund.proofs": "topup:bank:nothing transfer skan.pdf"}
    for typed in (wrong, APPLICATION | {"apply_for_refund.proofs": "skan"}):
        shown = bureau.presses("Enter an application", **typed)
        assert "refused." in shown or "nothing was done" in shown
        for kept in ("60,00", "w1", "anna", SIGNED["why"], "jan@example.pl"):
            assert f'value="{kept}"' in bureau.screen.html
        assert '<option value="email" selected>' in bureau.screen.html
        assert PIN not in bureau.screen.html


def test_a_store_that_fails_amid_a_command_loses_nothing_that_was_typed(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.opens(an_email(bureau))

    def fails(_when: Any, operation: str) -> None:
        if operation == "record":
            raise StoreUnavailable(operation)

    bureau.office.store.faults = fails
    assert "did not answer" in bureau.presses("Enter an application", **APPLICATION)
    assert 'value="60,00"' in bureau.screen.html


def test_a_number_that_is_taken_is_told_on_the_page(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.opens(an_email(bureau))
    bureau.presses("Enter an application", **APPLICATION)
    bureau.opens("mail_received:1f0c")
    shown = bureau.presses("Enter an application", **(APPLICATION | {"apply_for_refund.amount_grosze": "10"}))
    assert "what you gave now was not taken" in shown
    assert "Open refund-w1" in bureau.buttons


# ---------------------------------------------------------------- deciding


@pytest.mark.rule("WP §7.4", "WP §7.10")
def test_documents_of_the_web_form_are_read_and_granted(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.sends_form(6000, PDF)
    assert "Open the documents and press the button" in bureau.opens()
    assert "documents to read" in words_of(bureau.screen.opens("cases"))
    assert "Close the case" not in bureau.buttons
    bureau.opens()
    assert "Documents came that nobody has read" in bureau.presses("Grant")
    shown = bureau.presses("60,00")
    assert "What to do now: All is there: grant it." in shown
    bureau.opens()
    assert "will be" not in bureau.presses("Grant")
    shown = bureau.opens()
    assert "Take the file elixir0/ZW" in shown
    assert "decided" in shown
    assert "30 days left" not in shown
    assert "prefix=elixir0%2FZW" in bureau.screen.html
    assert not any("Grant" in each or "Refuse" in each for each in bureau.buttons)
    assert "granted, being paid" in words_of(bureau.screen.opens("cases"))
    bureau.opens()
    bureau.presses("The payout of 40,00 zł is paid")
    assert "Closed." in bureau.opens()
    assert "Nothing" in words_of(bureau.screen.html)


def test_the_day_of_a_top_up_is_a_day_in_poland(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    lot = next(each for each in bureau.office.card().lots if each.source == "bank")
    late = replace(lot, granted_at=lot.granted_at.replace(hour=23, minute=30))
    card = bureau.office.card()
    bureau.office.store.cards[card.ref] = replace(
        card, lots=tuple(late if each == lot else each for each in card.lots)
    )
    bureau.sends_form(6000, PDF)
    bureau.opens()
    next_day = (late.granted_at + timedelta(hours=1)).date()
    (button,) = (each for each in bureau.buttons if "is proven by" in each)
    assert f"(bank, {next_day})" in button


def test_what_is_not_proven_is_asked_for_before_granting(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000, "payu": 2000}, 30, "", "", "white_phone")
    bureau.sends_form(8000, PDF)
    bureau.opens()
    bureau.presses("60,00")
    shown = bureau.opens()
    assert "Not proven yet: 20,00 zł (payu" in shown
    assert "Ask the applicant for proofs before you grant" in shown
    assert "nobody asked for its proof" in bureau.presses("Grant")
    asks = {"complete_application.ask.reasons": "Brak potwierdzenia wpłaty 20 zł."}
    bureau.presses("Ask the applicant", **asks)
    shown = bureau.opens()
    assert "waits for the applicant" not in shown  # that is for the list
    assert "was asked for proofs, and has time until" in shown
    assert "Brak potwierdzenia wpłaty 20 zł." in shown
    assert "waits for the applicant" in words_of(bureau.screen.opens("cases"))


@pytest.mark.rule("WP §7.3.4")
def test_the_code_on_a_photo_is_compared_with_the_vouchers_of_the_card(bureau: Bureau) -> None:
    office, code, field = bureau.office, "12345678901234", "check_voucher_code.code"
    office.fresh_card({"bank": 1000}, 30, "", "", "white_phone")
    claim_id = voucher_claim_id(bureau.screen.pepper(), code)
    money = TopUp(Source.PLUS_VOUCHER, claim_id, 5000, office.now())
    credit(TopUps(office.store, ()), office.ref, money, office.now())
    bureau.sends_form(6000, PDF)
    bureau.opens()
    records = len(office.store.commands)
    found = bureau.presses("Compare the code", **{field: "1234 5678 9012 34"})
    assert f"The code is that of {money.posting_id}" in found
    bureau.opens()
    assert "No voucher with this code" in bureau.presses("Compare the code", **{field: "9" * 14})
    bureau.opens()
    assert "must be the 14 digits" in bureau.presses("Compare the code", **{field: "98765"})
    assert not [word for word in (code, "9" * 14, "98765") if word in bureau.screen.html]
    assert len(office.store.commands) == records


def test_where_no_voucher_wants_a_proof_there_is_no_code_to_compare(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.sends_form(6000, PDF)
    bureau.opens()
    assert not any("Compare the code" in each for each in bureau.buttons)


def test_a_proof_that_was_taken_wrongly_is_taken_back(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.sends_form(6000, PDF)
    bureau.opens()
    bureau.presses("60,00")
    bureau.opens()
    assert not any("is proven by" in each for each in bureau.buttons)
    bureau.presses("Take back")
    shown = bureau.opens()
    assert any("is proven by" in each for each in bureau.buttons)
    assert "proof taken back" in shown
    assert "proof accepted" in shown


def test_to_refuse_takes_reasons_and_the_form_keeps_who_and_why(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.sends_form(6000, PDF)
    bureau.opens()
    bureau.presses("60,00")
    bureau.opens()
    assert "give the reasons for the applicant" in bureau.presses("Refuse")
    assert 'value="anna"' in bureau.screen.html
    bureau.presses("Refuse", **{"decide_refund.refuse.reasons": "Karta nie jest Pana własnością."})
    case = bureau.office.refund()
    assert case is not None
    assert case.reasons.startswith("Karta")


def test_a_step_of_the_workflow_takes_nobodys_decision_away(bureau: Bureau) -> None:
    """An application by e-mail is acknowledged while its page is open: that changes nothing to decide."""
    office = bureau.office
    office.play([on(0, "given", bank=5000)])
    office.command(application_by_email(office))
    office.running = True
    bureau.opens()
    steps = len(office.steps)
    bureau.office.step()
    assert len(office.steps) > steps
    bureau.opens()
    office.clock.moment += timedelta(minutes=1)
    shown = bureau.presses("Grant")
    assert "Grant the refund: done." in shown


def application_by_email(office: MemoryOffice) -> dict[str, Any]:
    return application(office, arrived="email", answer_by="email", address="jan@example.pl")


def test_a_document_that_came_while_the_page_was_open_is_seen_first(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.sends_form(6000, PDF)
    bureau.opens()
    assert isinstance(add_documents(bureau.form, "w1", (replace(PDF, content=b"%PDF-2"),)), RefundShown)
    reasons = {"complete_application.ask.reasons": "Nie widać kwoty."}
    assert "has changed meanwhile" in bureau.presses("Ask the applicant", **reasons)
    case = bureau.office.refund()
    assert case is not None
    assert len(case.application.enclosed) == 2


def test_what_has_changed_is_shown_and_what_was_typed_stays(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000}, 30, "", "", "white_phone")
    bureau.sends_form(6000, PDF)
    bureau.opens()
    stale = next(each for each in bureau.buttons if each.startswith("Refuse"))
    event = bureau.screen.buttons()[stale]
    bureau.presses("60,00")
    html = bureau.screen.calls(event, SIGNED | {"decide_refund.refuse.reasons": "Nic nie widać."})
    assert "It has changed meanwhile. Look again, then press again." in html
    assert 'value="Nic nie widać."' in html
    assert 'value="anna"' in html


def test_a_payout_that_came_back_goes_to_another_account(bureau: Bureau) -> None:
    office = bureau.office
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(1, "grants")])
    bureau.opens()
    bureau.presses("The payout of 30,00 zł came back")
    shown = bureau.opens()
    assert "came back. A letter asks the applicant for another account" in shown
    assert {"Send it to another account", "Put the money back on the card"} <= bureau.buttons
    assert "came back, another account is needed" in words_of(bureau.screen.opens("cases"))
    bureau.opens()
    bureau.presses("Send it", **{"complete_application.account": OTHER_ACCOUNT})
    assert "Take the file elixir0/ZW" in bureau.opens()


def test_what_a_command_does_is_said_once(bureau: Bureau) -> None:
    bureau.office.fresh_card({"bank": 6000, "payu": 2000}, 30, "", "", "white_phone")
    bureau.sends_form(8000, PDF, replace(PDF, content=b"%PDF-2"))
    shown = bureau.opens()
    assert sum("is proven by" in each for each in bureau.buttons) == 4
    for does in ("Notes that a document proves a top-up", "Grants or refuses a refund"):
        assert shown.count(does) == 1


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize("said", ["refund:refund-w1", "refund-w1", "w1", "ZW", "123456"])
def test_a_case_is_found_by_what_people_call_it(bureau: Bureau, said: str) -> None:
    office = bureau.office
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(1, "grants")])
    text = str(office.payout(1)["reference"]).lower() if said == "ZW" else said
    office.play([on(2, "bank_pays")])
    bureau.screen.opens("cases")
    shown = words_of(bureau.screen.presses("Find", case=text))
    assert "Application for unused money" in shown
    assert ("Cases with" in shown) == (said == "123456")


def test_closed_cases_are_listed(bureau: Bureau) -> None:
    office = bureau.office
    office.play([on(0, "given", bank=5000), on(0, "applies"), on(1, "grants"), on(2, "bank_pays")])
    bureau.screen.now_is = office.now()
    assert "Nothing waits for anybody." in words_of(bureau.screen.opens("cases"))
    shown = words_of(bureau.screen.presses("Closed cases"))
    assert "closed 2026-11-04 Application for unused money" in shown
    assert "closed 2026-11-04" in bureau.screen.reads("cases", state="closed")
    bureau.screen.presses("Open")
    assert "Nothing: this case is closed." in words_of(bureau.screen.html)


# ---------------------------------------------------------------- transfers


@dataclass
class Cashier:
    office: Office
    screen: Screen
    case: str

    def opens(self) -> str:
        return words_of(self.screen.opens("case", case=self.case))


@pytest.fixture
def cashier() -> Cashier:
    office, screen = Office(), Screen()
    screen.store, screen.now_is = office.store, office.moment
    screen.desk = a_desk(office.store, screen, pepper=screen, transfers=office.desk)
    told = office.takes_one(Transfer("dla syna na telefon", reference="B2"))
    return Cashier(office, screen, told.case)


@pytest.mark.rule("WP §4.9")
def test_a_transfer_that_is_returned_is_ordered_back_at_the_bank(cashier: Cashier) -> None:
    shown = cashier.opens()
    assert "Find the sender at the bank by the reference B2" in shown
    assert "at the bank the reference B2" in shown
    assert "Close the case" not in cashier.screen.buttons()
    assert "fingerprint" not in shown
    shown = words_of(cashier.screen.presses("Return the money to its sender", **SIGNED))
    assert "What to do now: Order the transfer back at the bank now: 20,00 zł, by the reference B2." in shown
    assert "Order the transfer back at the bank now: 20,00 zł" in cashier.opens()


def test_a_transfer_that_is_on_a_card_says_on_which(cashier: Cashier) -> None:
    cashier.opens()
    cashier.screen.presses("Put the money on a card", **SIGNED, **{"assign_transfer.card": "123 456"})
    assert "20,00 zł is on the card white phone 123456" in cashier.opens()
    assert not {"Put the money on a card", "Return the money to its sender"} & set(cashier.screen.buttons())


# ---------------------------------------------------------------- a card


def test_a_card_shows_its_lines_and_what_its_calls_cost(screen_with_call: Screen) -> None:
    shown = words_of(screen_with_call.opens("card", brand="white_phone", card="123 456"))
    assert "61 s to +48221234567; list v, prefix 48, 29 gr per minute" in shown
    line = {"register_information_line.number": "19131"}
    shown = words_of(screen_with_call.presses("Register an information line", **SIGNED, **line))
    assert "Register an information line: done." in shown
    assert "Information lines +4819131" in shown


@pytest.fixture
def screen_with_call() -> Screen:
    screen = Screen()
    card = screen.store.cards[CARD]
    purse, draws = card.purse.spend(58)
    details: dict[str, str | int] = {
        "destination": "+48221234567",
        "duration_s": 61,
        "tariff_version": "v",
        "rate_prefix": "48",
        "rate_units_per_min": 290,
        "rate_units_per_grosz": 10,
    }
    call = Posting(
        "call:CA1-1", PostingKind.CALL, str(CARD), "revenue:calls:white_phone", 58, "WP §6.3", NOW,
        draws=draws, details=details,
    )  # fmt: skip
    assert screen.store.book(card, card.with_purse(purse), call) is None
    return screen


def test_a_case_of_an_old_kind_still_says_what_to_do() -> None:
    screen = Screen()
    case = new_case(CaseKind.BALANCE_DIFFERS, "1", str(CARD), {"expected_grosze": 2000}, "books", NOW)
    screen.store.open_case(case)
    shown = words_of(screen.opens("case", case=case.id))
    assert "expected 20,00 zł" in shown
