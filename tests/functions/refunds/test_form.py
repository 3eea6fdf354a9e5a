"""The refund form as a browser would use it, without one, over the memory that the workflow is played on."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from local.processes import ROOT
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Kind
from telekarta.domain.cards.codes import puk_digest
from telekarta.domain.refunds.application import Arrival, CodeCheck, Missing, Proof, ProofKind
from telekarta.domain.refunds.calculation import LineKind, Part, Unmet
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.refunds.terms import POLICIES
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds.form import MOST_DOCUMENTS, DocumentRefusal, RefundFormDeps
from tests.kit.house import PEPPER
from tests.kit.refunds import ACCOUNT, LONG_PIN, PIN, PUK, MemoryOffice, spends
from tests.kit.web import Context, Counters, Visitor
from tests.usecases.refunds.test_pains import moves_onto_an_account
from web import refund_entry
from web.exchange import OF_AN_ADDRESS
from web.refund import words
from web.refund.routes import OF_A_CARD, OF_AN_APPLICATION, RefundRoutesDeps

PDF = b"%PDF-1.7 potwierdzenie\r\n\xff\x00\r\n--"
FIRST = "0000-0000-0000-0001"
PHOTO = b"\xff\xd8\xff\xe0 a photo"


@dataclass
class Documents:
    kept: dict[str, bytes] = field(default_factory=dict)
    fault: bool = False

    def put_new(self, key: str, content: bytes, content_type: str) -> None:
        if self.fault:
            raise StoreUnavailable("down")
        self.kept.setdefault(key, content)


@dataclass
class Numbers:
    made: int = 0

    def digits(self, length: int, *, leading_zero: bool) -> str:
        self.made += 1
        return f"{self.made:0{length}}"


class Applicant(Visitor):
    def __init__(self, office: MemoryOffice, documents: Documents) -> None:
        super().__init__(refund_entry.handler)
        self.office, self.documents = office, documents

    def shows_codes(self, **changes: str) -> "Applicant":
        codes = {"number": "123 456", "pin": PIN, "puk": ""} | changes
        return self.opens("/refund").form(card="white_phone").form(**codes)

    def answers(self, amount: str = "50", **codes: str) -> "Applicant":
        """Everything up to the last page."""
        self.shows_codes(**codes).form(amount=amount)
        self.form(account=ACCOUNT, owner="Jan Kowalski").form(by="email", email="jan@example.pl", post="")
        return self

    def holds_instead(self, sources: dict[str, int], topped_up: int = 30, puk: str = "") -> None:
        self.office.store.cards.clear()
        self.office.store.booked.clear()
        self.office.fresh_card(sources, topped_up, "", puk, "white_phone")

    @property
    def refund(self) -> Refund:
        found = self.office.store.refund(self.office.case_id)
        assert found is not None
        return found

    @property
    def refunds(self) -> int:
        return len(self.office.store.refunding)

    def sees(self, *texts: str) -> bool:
        plain = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", self.page).replace("\u00a0", " "))
        return all(text in plain for text in texts)


@pytest.fixture
def applicant(monkeypatch: pytest.MonkeyPatch) -> Applicant:
    office = MemoryOffice(case_id=f"refund-{FIRST}")
    office.fresh_card({"bank": 6000, "canteen": 1000}, 30, "", "", "white_phone")
    documents = Documents()
    parts = RefundRoutesDeps(
        form=RefundFormDeps(office.desk, office.store, documents),
        attempts=Counters(),
        chance=Numbers(),
        secret=lambda: b"a key for tests",
        base_url="https://telekarta.test",
    )
    monkeypatch.setattr(refund_entry, "parts", lambda: parts)
    return Applicant(office, documents)


@pytest.mark.rule("WP §7.1", "WP §7.2", "WP §7.3", "WP §7.10")
def test_an_application_is_sent_and_its_money_is_set_aside(applicant: Applicant) -> None:
    applicant.answers()
    assert applicant.sees("61 1090 1014 0000 0712 1981 2874", "Jan Kowalski", "jan@example.pl", "50,00 zł")
    assert applicant.sees("Opłata manipulacyjna (§ 7.6.1) -20,00 zł", "Do wypłaty (§ 7.6) 30,00 zł")
    applicant.files(("przelew.pdf", PDF), ("", b""))
    assert applicant.heading == "Wniosek przyjęty"
    application = applicant.refund.application
    assert (application.arrived, application.asked_grosze) == (Arrival.WEB, 5000)
    assert (application.pin, application.puk) == (CodeCheck.RIGHT, CodeCheck.NOT_NEEDED)
    assert applicant.refund.missing == ()
    assert list(applicant.documents.kept.values()) == [PDF]
    assert application.enclosed == tuple(applicant.documents.kept)
    office = applicant.office
    office.running = True
    office.step()
    assert office.card().balance_grosze == 2500
    applicant.opens(applicant.address)
    assert applicant.sees("Odłożona kwota 50,00 zł", "Odpowiemy najpóźniej do 02.12.2026")
    assert not applicant.sees("brakuje")
    (letter,) = office.letters.sent.values()
    assert letter.to == "jan@example.pl"
    assert f"https://telekarta.test/refund/application/{FIRST}?lang=pl" in letter.body
    assert "zarezerwowaliśmy 50,00" in letter.body


def test_no_pin_is_in_an_address_a_page_or_a_record(applicant: Applicant) -> None:
    applicant.shows_codes()
    assert applicant.status == 200
    assert PIN not in applicant.page + applicant.address
    applicant.form(amount="50").form(account=ACCOUNT, owner="Jan").form(
        by="email", email="a@example.pl", post=""
    )
    applicant.files()
    assert PIN not in repr(applicant.office.store)


@pytest.mark.rule("WP §7.3.2", "WP §9.1")
@pytest.mark.parametrize(
    "codes",
    [{"pin": "00000000"}, {"number": "654321"}, {"pin": PUK}],
    ids=["wrong pin", "no such card", "the puk for the pin"],
)
def test_a_guesser_is_not_told_what_was_wrong_and_sets_nothing_aside(
    applicant: Applicant, codes: dict[str, str]
) -> None:
    applicant.shows_codes(**codes)
    assert applicant.status == 422
    assert applicant.sees("Numer karty albo kod jest nieprawidłowy")
    assert applicant.refunds == 0


@pytest.mark.rule("WP §7.3.2")
def test_a_card_with_a_puk_wants_it(applicant: Applicant) -> None:
    applicant.holds_instead({"bank": 6000}, puk=PUK)
    assert applicant.shows_codes().status == 422
    assert applicant.shows_codes(puk=PUK).status == 200


def test_tries_are_limited_and_calls_are_not_touched_by_them(applicant: Applicant) -> None:
    for _ in range(OF_A_CARD.most):
        applicant.shows_codes(pin="00000000")
    applicant.shows_codes()
    assert applicant.status == 429
    assert applicant.sees("Za dużo prób")
    assert applicant.office.card().pin_tries.count == 0


def test_right_codes_count_as_no_try(applicant: Applicant) -> None:
    for _ in range(OF_AN_ADDRESS.most + 1):
        assert applicant.shows_codes().status == 200


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"number": "12345", "pin": PIN, "puk": ""}, "Numer karty White Phone ma 6 cyfr"),
        ({"number": "", "pin": PIN, "puk": ""}, "Numer karty White Phone ma 6 cyfr"),
        ({"number": "123456", "pin": "4027", "puk": ""}, "PIN karty White Phone ma 8 cyfr"),
        ({"number": "123456", "pin": PIN, "puk": "x"}, "PUK ma 8 cyfr"),
    ],
)
def test_codes_of_a_wrong_form_are_named_and_count_as_no_try(
    applicant: Applicant, fields: dict[str, str], error: str
) -> None:
    applicant.opens("/refund").form(card="white_phone").form(**fields)
    assert applicant.status == 422
    assert applicant.sees(error)
    assert f'value="{fields["number"]}"' in applicant.page
    assert PIN not in applicant.page


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("", "Wpisz kwotę"),
        ("zł", "Nie rozumiemy tej kwoty"),
        ("0", "większą niż zero"),
        ("60,01", "najwyżej 60,00 zł"),
        ("20", "Po potrąceniu opłaty nic by nie zostało"),
    ],
)
def test_an_amount_that_can_not_be_paid_is_said(applicant: Applicant, amount: str, error: str) -> None:
    applicant.shows_codes().form(amount=amount)
    assert applicant.status == 422
    assert applicant.sees(error)
    assert f'value="{amount}"' in applicant.page


@pytest.mark.rule("WP §7.3.5")
def test_an_account_is_checked_and_what_was_typed_stays(applicant: Applicant) -> None:
    applicant.shows_codes().form(amount="60").form(account="61 1090 1014 0000 0712 1981 2875", owner="")
    assert applicant.status == 422
    assert applicant.sees("W tym numerze konta jest błąd", "Wpisz, czyje to konto")
    assert "1981 2875" in applicant.page
    applicant.form(account="", owner="Jan")
    assert applicant.sees("Wpisz numer konta bankowego")
    applicant.form(account="PL61109010140000071219812874", owner="Jan")
    assert applicant.heading == "Jak mamy odpowiedzieć?"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"email": "", "post": ""}, "Wybierz e-mail albo list"),
        ({"by": "email", "email": "", "post": ""}, "Wpisz adres e-mail albo wybierz list"),
        ({"by": "email", "email": "jan@", "post": ""}, "wygląda na niepełny"),
        ({"by": "letter", "email": "", "post": "Jan"}, "pełny adres"),
        ({"by": "letter", "email": "", "post": "x" * 201}, "za długi"),
    ],
)
def test_where_the_answer_goes_is_checked(applicant: Applicant, fields: dict[str, str], error: str) -> None:
    applicant.shows_codes().form(amount="50").form(account=ACCOUNT, owner="Jan Kowalski").form(**fields)
    assert applicant.status == 422
    assert applicant.sees(error)


def test_an_answer_on_paper_goes_to_one_line_of_address(applicant: Applicant) -> None:
    applicant.shows_codes().form(amount="50").form(account=ACCOUNT, owner="Jan Kowalski")
    applicant.form(by="letter", email="", post="Jan Kowalski\r\nul. Polna 1\r\n00-001 Warszawa").files()
    assert applicant.refund.application.address == "Jan Kowalski, ul. Polna 1, 00-001 Warszawa"


def test_a_form_sent_twice_is_one_application(applicant: Applicant) -> None:
    applicant.answers()
    page = applicant.page
    for _ in range(2):
        applicant.page = page
        applicant.files(("przelew.pdf", PDF))
        assert applicant.heading == "Wniosek przyjęty"
    assert applicant.refunds == 1
    assert len(applicant.documents.kept) == 1


def test_a_second_application_for_the_card_is_shown_the_first(applicant: Applicant) -> None:
    applicant.answers().files()
    applicant.shows_codes()
    assert applicant.sees("jest już wniosek")
    assert f"/refund/application/{FIRST}" in applicant.page


def test_two_browsers_at_once_make_one_application(applicant: Applicant) -> None:
    applicant.answers()
    other = Applicant(applicant.office, applicant.documents)
    other.answers()
    applicant.files()
    other.files()
    assert other.status == 422
    assert other.sees("jest już wniosek", "Nic nie zostało wysłane drugi raz")
    assert applicant.refunds == 1


@pytest.mark.rule("WP §7.5", "WP §7.7", "WP §7.9")
@pytest.mark.parametrize(
    ("sources", "topped_up", "reason"),
    [
        ({"bank": 1400}, 30, "na karcie jest mniej niż 20,00 zł (§ 7.5)"),
        ({"canteen": 6000}, 30, "nie ma środków, które podlegają zwrotowi (§ 7.7)"),
        (
            {"bank": 6000},
            200,
            "ostatnie doładowanie było 16.04.2026; wniosek można było złożyć w ciągu 6 miesięcy od niego,"
            " do 16.10.2026 (§ 7.9)",
        ),
        ({"bank": 2000}, 30, "po odjęciu opłaty i potrąceń nic by nie zostało (§ 7.6)"),
    ],
)
def test_what_the_terms_rule_out_is_said_before_anything_is_sent(
    applicant: Applicant, sources: dict[str, int], topped_up: int, reason: str
) -> None:
    applicant.holds_instead(sources, topped_up)
    applicant.shows_codes()
    assert applicant.sees(
        reason, "napisz do nas: info@whitephone.pl albo al. Krakowska 22A, 02-284 Warszawa."
    )
    assert 'name="amount"' not in applicant.page
    assert not applicant.sees("Do wypłaty") or applicant.sees("Do wypłaty (§ 7.6) 0,00 zł")


def test_a_telegrosik_card_is_found_by_its_pin_and_costs_no_fee(applicant: Applicant) -> None:
    applicant.office.fresh_card({"payu": 4000}, 30, "", "", "telegrosik")
    applicant.opens("/refund").form(card="telegrosik").form(pin=LONG_PIN)
    assert applicant.sees("Do wypłaty 45,00 zł")
    applicant.form(amount="45").form(account=ACCOUNT, owner="Jan", same_way="yes")
    applicant.form(by="email", email="a@example.pl", post="")
    assert applicant.sees("PayU i Przelewy24 tą samą drogą tak")
    applicant.files()
    assert applicant.refund.ref.brand is Brand.TELEGROSIK
    assert applicant.refund.application.same_way


@pytest.mark.rule("WP §7.3.4")
def test_documents_may_follow_until_it_is_decided(applicant: Applicant) -> None:
    applicant.answers().files()
    assert applicant.refund.missing == (Missing.PROOF,)
    assert applicant.sees("brakuje", "potwierdzenia doładowania")
    applicant.files(("zdjecie.jpg", PHOTO), ("zdjecie.jpg", PHOTO))
    assert applicant.refund.missing == ()
    assert len(applicant.refund.application.enclosed) == 1
    assert applicant.sees("Potwierdzenia 1")
    office = applicant.office
    office.running = True
    office.step()
    office.command({"command": "withdraw_refund", "case": office.case_id, "who": "anna", "why": "list"})
    assert applicant.files(("inne.pdf", PDF)).status == 200
    assert len(applicant.refund.application.enclosed) == 1
    assert applicant.heading == "Wniosek wycofany"


@pytest.mark.rule("WP §7.4")
def test_an_operator_reads_a_document_and_says_what_it_proves(applicant: Applicant) -> None:
    applicant.answers("60").files(("przelew.pdf", PDF))
    office = applicant.office
    office.running = True
    office.step()
    shown = office.command({"command": "show_refund", "case": office.case_id})
    (document,) = shown["enclosed"]
    (unproven,) = shown["unproven"]
    assert (unproven["source"], unproven["amount_grosze"]) == ("bank", 6000)
    proof = {"command": "accept_proof", "case": office.case_id, "posting": unproven["posting"]}
    proven = office.command({**proof, "document": document, "who": "anna", "why": "przeczytane"})
    assert (proven["enclosed"], proven["unproven"], proven["payable_grosze"]) == ([], [], 4000)
    assert [each["document"] for each in proven["proofs"]] == [document]
    nothing = {**proof, "posting": "call:1", "document": document, "who": "anna", "why": "x"}
    assert office.command(nothing)["reason"] == "proof_unknown"


@pytest.mark.parametrize(
    ("script", "heading"),
    [
        ("refused", "Wniosek nie został uwzględniony"),
        ("granted", "Wniosek uwzględniony"),
        ("paid", "Zwrot wypłacony"),
        ("put back", "Środki wróciły na kartę"),
    ],
)
def test_the_page_tells_how_it_ended(applicant: Applicant, script: str, heading: str) -> None:
    applicant.answers("60").files(("przelew.pdf", PDF))
    office, case = applicant.office, applicant.office.case_id
    office.running = True
    office.step()
    signed = {"case": case, "who": "anna", "why": "x"}
    (lot,) = office.command({"command": "show_refund", "case": case})["unproven"]
    office.command({"command": "accept_proof", "posting": lot["posting"], "document": "skan", **signed})
    verdict = "refuse" if script == "refused" else "grant"
    reasons = {"reasons": "Brak podstaw."} if verdict == "refuse" else {}
    office.command({"command": "decide_refund", "decision": verdict, **reasons, **signed})
    office.step()
    if script in ("paid", "put back"):
        told = {"reference": office.payout(1)["reference"], "who": "anna", "why": "wyciąg"}
        name = "confirm_payout" if script == "paid" else "mark_payout_returned"
        office.command({"command": name, **told})
        office.step()
    if script == "put back":
        office.command({"command": "withdraw_refund", **signed})
        office.step()
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.heading == heading
    assert not applicant.sees("Wyślij pliki")


@pytest.mark.rule("WP §7.3.4")
def test_documents_that_prove_nothing_make_the_one_call(applicant: Applicant) -> None:
    applicant.answers().files(("przelew.pdf", PDF))
    office = applicant.office
    office.running = True
    office.step()
    complete = {
        "command": "complete_application",
        "case": office.case_id,
        "who": "anna",
        "why": "nieczytelne",
    }
    office.command({**complete, "unfit": True})
    assert applicant.refund.missing == (Missing.PROOF,)
    office.step()
    assert [letter.rpartition(":")[2] for letter in office.letters.sent] == ["acknowledged", "call"]
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.sees("brakuje", "potwierdzenia doładowania", "Czekamy do")
    applicant.files(("lepsze.pdf", PDF + b"!"))
    assert applicant.refund.missing == ()


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ([("skan.exe", b"MZ\x90")], "To nie jest PDF"),
        ([("skan.pdf", b"<html>")], "To nie jest PDF"),
        ([(f"{n}.pdf", PDF + bytes([n])) for n in range(MOST_DOCUMENTS + 1)], "najwyżej 10"),
        ([("skan.pdf", PDF + b"x" * 4_000_000)], "razem mogą mieć do 4 MB"),
    ],
)
def test_files_that_are_not_taken_are_named(
    applicant: Applicant, files: list[tuple[str, bytes]], error: str
) -> None:
    applicant.answers().files(*files)
    assert applicant.status == 422
    assert applicant.sees(error)
    assert applicant.refunds == 0
    applicant.files()
    applicant.files(*files)
    assert applicant.sees(error)
    assert not applicant.documents.kept


def test_documents_do_not_grow_without_end(applicant: Applicant) -> None:
    applicant.answers().files()
    for n in range(MOST_DOCUMENTS):
        applicant.files((f"{n}.pdf", PDF + bytes([n])))
    assert applicant.files(("more.pdf", PDF)).sees("najwyżej 10")
    assert len(applicant.refund.application.enclosed) == MOST_DOCUMENTS


def test_documents_of_somebody_who_was_not_shown_the_page_are_not_taken(applicant: Applicant) -> None:
    applicant.answers().files()
    stranger = Applicant(applicant.office, applicant.documents)
    stranger.page, stranger.address = applicant.page, applicant.address
    assert stranger.files(("skan.pdf", PDF)).status == 400
    assert applicant.refund.application.enclosed == ()


@pytest.mark.parametrize("body", [b"", b"--x", b"\r\n" * 50, b"x" * 5_000_000])
def test_what_is_no_form_gets_a_kind_page(applicant: Applicant, body: bytes) -> None:
    applicant.opens("/refund")
    applicant.send("POST", "/refund/check", body, **{"content-type": "multipart/form-data; boundary=y"})
    assert applicant.status in (400, 413)
    assert applicant.heading


def test_a_visit_of_the_top_up_pages_opens_nothing_here(applicant: Applicant) -> None:
    """Its card was never proven by codes."""
    from web.topup.visit import Visit
    from web.visit_seals import seal

    applicant.opens("/refund")
    browser = applicant.cookie.partition("=")[2]
    visit = Visit(brand="white_phone", number="123456", amount_grosze=5000).packed()
    foreign = seal(b"another key", browser, visit, b"n" * 16, applicant.office.now())
    assert applicant.opens(f"/refund/amount?s={foreign}").status == 400


def test_an_old_visit_asks_for_the_codes_again(applicant: Applicant) -> None:
    applicant.shows_codes()
    applicant.office.clock.moment += timedelta(minutes=31)
    applicant.form(amount="50")
    assert applicant.heading == words.PL["refund_codes_title"]


def test_documents_that_can_not_be_kept_are_said_and_sent_again(
    applicant: Applicant,
) -> None:
    applicant.answers()
    page = applicant.page
    applicant.documents.fault = True
    assert applicant.files(("skan.pdf", PDF)).status == 503
    assert applicant.refunds == 0
    applicant.documents.fault = False
    applicant.page = page
    assert applicant.files(("skan.pdf", PDF)).heading == "Wniosek przyjęty"


@pytest.mark.parametrize(
    "address", ["/refund/application/0000-0000-0000-0000", "/refund/application/w1", "/refund/x"]
)
def test_there_is_no_such_page(applicant: Applicant, address: str) -> None:
    assert applicant.opens(address).status == 404


def test_an_operators_case_has_no_page(applicant: Applicant) -> None:
    """Its number can be guessed."""
    applicant.office.case_id = "refund-w1"
    assert applicant.opens("/refund/application/w1").status == 404


def test_every_refusal_and_outcome_has_words_in_both_languages() -> None:
    for language in Language:
        said = words.words(language)
        assert all(f"documents_{each}" in said for each in DocumentRefusal)
        assert all(f"missing_{each}" in said for each in Missing)
        assert all(f"unmet_{each}" in said for each in (*Unmet, "empty"))
        assert all(f"lot_{source}" in said for policy in POLICIES for source in policy.refundable)
        assert all(f"onto_{kind}" in said for kind in Kind)
        assert all(f"line_{each}" in said for each in LineKind)
    assert words.PL.keys() == words.EN.keys()
    fields = {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in words.PL.items()}
    assert fields == {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in words.EN.items()}


def test_a_rejected_answer_is_not_kept_by_half(applicant: Applicant) -> None:
    applicant.answers()
    answer = re.search(r'href="(/refund/answer[^"]+)"', applicant.page)
    assert answer
    applicant.opens(answer[1]).form(by="letter", email="", post="")
    assert applicant.status == 422
    assert 'value="letter" checked' in applicant.page
    applicant.opens(f"/refund/check?s={applicant.state}")
    assert applicant.sees("Odpowiedź e-mailem jan@example.pl")
    applicant.opens(answer[1]).form(by="nonsense", email="", post="")
    applicant.opens(f"/refund/check?s={applicant.state}")
    assert applicant.status == 200


def test_signs_without_a_shape_are_dropped(applicant: Applicant) -> None:
    applicant.shows_codes().form(amount="50").form(account=ACCOUNT, owner="Jan\x01 Kowalski\u200b")
    applicant.form(by="letter", email="", post="Jan\x1b Kowalski\nul. Polna\x00 1").files()
    application = applicant.refund.application
    assert (application.owner, application.address) == ("Jan Kowalski", "Jan Kowalski, ul. Polna 1")


@pytest.mark.parametrize("owner", ["李雷", "Іван", ".", "\u200b\u200b\u200b"])
def test_an_owner_whom_a_banks_file_can_not_name_is_asked_for_again(applicant: Applicant, owner: str) -> None:
    applicant.shows_codes().form(amount="50").form(account=ACCOUNT, owner=owner)
    assert applicant.status == 422
    assert 'id="owner-error"' in applicant.page


def test_the_seal_of_an_applications_page_opens_no_question(applicant: Applicant) -> None:
    applicant.answers().files()
    assert applicant.opens(f"/refund/amount?s={applicant.state}").status == 400


def test_a_fault_of_ours_is_a_page_and_quotes_nothing(
    applicant: Applicant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("Jan Kowalski")

    monkeypatch.setattr(refund_entry, "answer", fails)
    assert applicant.send("GET", "/refund").status == 500
    assert applicant.sees("Coś u nas teraz nie działa")
    assert "Kowalski" not in capsys.readouterr().out


def test_what_is_sent_again_with_another_document_is_added(applicant: Applicant) -> None:
    applicant.answers()
    page = applicant.page
    for name in (b"1", b"2"):
        applicant.page = page
        applicant.files(("przelew.pdf", PDF + name))
    assert len(applicant.refund.application.enclosed) == 2
    assert applicant.refunds == 1


def test_documents_of_an_application_that_is_refused_are_not_kept(applicant: Applicant) -> None:
    applicant.answers()
    other = Applicant(applicant.office, applicant.documents)
    other.answers().files()
    applicant.files(("przelew.pdf", PDF))
    assert applicant.status == 422
    assert not applicant.documents.kept


def test_documents_can_not_be_sent_without_end(applicant: Applicant) -> None:
    applicant.answers().files()
    for _ in range(OF_AN_APPLICATION.most):
        assert applicant.files(("przelew.pdf", PDF)).status == 200
    assert applicant.files(("przelew.pdf", PDF)).status == 429


@pytest.mark.rule("WP §7.3.2")
def test_codes_that_were_changed_since_are_asked_for_again(applicant: Applicant) -> None:
    applicant.answers()
    card = applicant.office.card()
    digest = puk_digest(PEPPER, card.ref.number, PUK)
    applicant.office.store.cards[card.ref] = replace(card, puk_digest=digest)
    applicant.files()
    assert applicant.heading == words.PL["refund_codes_title"]
    assert applicant.sees(words.PL["codes_changed_notice"])
    assert not applicant.sees("30 minut")
    assert applicant.refunds == 0


@pytest.mark.parametrize("step", ["amount", "account", "answer", "check"])
def test_a_tab_that_is_kept_alive_does_not_stay_proven(applicant: Applicant, step: str) -> None:
    applicant.answers()
    for _ in range(3):
        assert (
            applicant.opens(f"/refund/{step}?s={applicant.state}").heading != words.PL["refund_codes_title"]
        )
        applicant.office.clock.moment += timedelta(minutes=25)
    applicant.opens(f"/refund/{step}?s={applicant.state}")
    assert applicant.heading == words.PL["refund_codes_title"]
    assert applicant.sees("Minęło ponad 30 minut")


@pytest.mark.rule("WP §7.3.2")
@pytest.mark.parametrize("step", ["amount", "account", "check"])
def test_nothing_of_the_card_is_shown_once_a_code_was_changed(applicant: Applicant, step: str) -> None:
    applicant.answers()
    card = applicant.office.card()
    digest = puk_digest(PEPPER, card.ref.number, PUK)
    applicant.office.store.cards[card.ref] = replace(card, puk_digest=digest)
    applicant.opens(f"/refund/{step}?s={applicant.state}")
    assert applicant.heading == words.PL["refund_codes_title"]
    assert not applicant.sees("60,00 zł")


def test_another_card_is_asked_for_its_own_amount(applicant: Applicant) -> None:
    applicant.answers()
    codes = re.search(r'href="(/refund/codes[^"]+)"', applicant.page)
    assert codes
    applicant.opens(codes[1]).form(number="123456", pin=PIN, puk="")
    assert applicant.heading == words.PL["refund_amount_title"]


def test_money_that_was_talked_away_meanwhile_is_looked_at_again(applicant: Applicant) -> None:
    applicant.answers("60")
    spends(applicant.office.store, applicant.office.ref, 3000, applicant.office.now())
    applicant.files()
    assert applicant.heading == words.PL["refund_amount_title"]
    assert applicant.sees(words.PL["money_changed_notice"])
    assert applicant.refunds == 0


def test_a_case_that_an_operator_entered_has_no_page_whatever_its_number(applicant: Applicant) -> None:
    applicant.answers().files()
    case = applicant.refund
    by_hand = replace(case, application=replace(case.application, arrived=Arrival.LETTER))
    applicant.office.store.refunding[case.id] = by_hand
    assert applicant.opens(f"/refund/application/{FIRST}").status == 404


def sent_and_looked_at(applicant: Applicant, amount: str = "60") -> MemoryOffice:
    """An application with a document, its money set aside."""
    applicant.answers(amount).files(("przelew.pdf", PDF))
    applicant.office.running = True
    applicant.office.step()
    return applicant.office


def with_payouts(applicant: Applicant, *payouts: Payout, put_back_grosze: int = 0, over: bool = True) -> None:
    """The application was granted, and this became of its payouts."""
    case = applicant.refund
    (lot,) = case.unproven
    proof = Proof(lot.top_up, ProofKind.TRANSFER, "skan", lot.source)
    back = Part(lot.id, lot.source, lot.granted_at, put_back_grosze, lot.top_up)
    granted = replace(case, application=replace(case.application, proofs=(proof,))).noted(
        Event.GRANTED,
        applicant.office.now(),
        "anna",
        stage=RefundStage.CLOSED if over else RefundStage.PAYING,
        payouts=payouts,
        put_back=(back,) if put_back_grosze else (),
    )
    applicant.office.store.refunding[case.id] = granted


def a_payout(number: int, grosze: int, state: PayoutState, *, replaced: bool = False) -> Payout:
    return Payout(number, Way.BANK, grosze, f"ZW{number}", state, replaced=replaced)


@pytest.mark.parametrize(
    ("payouts", "put_back_grosze", "heading", "says"),
    [
        (
            [a_payout(1, 4000, PayoutState.PAID)],
            0,
            "Zwrot wypłacony",
            ["Wypłaciliśmy 40,00 zł. Szczegóły są w naszej odpowiedzi."],
        ),
        (
            [a_payout(1, 3000, PayoutState.PAID), a_payout(2, 1000, PayoutState.RETURNED, replaced=True)],
            1000,
            "Zwrot wypłacony",
            ["Wypłaciliśmy 30,00 zł.", "Nie udało się wypłacić 10,00 zł: ta kwota wróciła na kartę."],
        ),
        (
            [
                a_payout(1, 4000, PayoutState.RETURNED, replaced=True),
                a_payout(2, 4000, PayoutState.PAID),
            ],
            0,
            "Zwrot wypłacony",
            ["Wypłaciliśmy 40,00 zł. Szczegóły są w naszej odpowiedzi. Numer sprawy"],
        ),
        (
            [a_payout(1, 4000, PayoutState.RETURNED, replaced=True)],
            6000,
            "Środki wróciły na kartę",
            ["60,00 zł wróciło na kartę."],
        ),
    ],
)
def test_the_page_tells_what_was_paid_and_what_went_back(
    applicant: Applicant, payouts: list[Payout], put_back_grosze: int, heading: str, says: list[str]
) -> None:
    sent_and_looked_at(applicant)
    with_payouts(applicant, *payouts, put_back_grosze=put_back_grosze)
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.heading == heading
    assert applicant.sees(*says)


def test_the_page_asks_for_an_account_where_a_payout_failed(applicant: Applicant) -> None:
    sent_and_looked_at(applicant)
    refused = replace(a_payout(1, 4000, PayoutState.REFUSED), way=Way.PAYU)
    with_payouts(applicant, refused, over=False)
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.heading == "Potrzebujemy numeru konta"
    assert applicant.sees("Nie udało się wypłacić 40,00 zł.", "info@whitephone.pl")
    assert not applicant.sees("Wypłacamy")


@pytest.mark.rule("WP §7.10")
def test_the_page_owns_up_to_a_late_answer_on_the_day_after(applicant: Applicant) -> None:
    office = sent_and_looked_at(applicant)
    last = applicant.refund.decide_by
    office.clock.moment = datetime(last.year, last.month, last.day, 22, 30, tzinfo=UTC)  # 23:30 in Warsaw
    assert applicant.opens(f"/refund/application/{FIRST}").sees("Odpowiemy najpóźniej do 02.12.2026")
    office.clock.moment += timedelta(hours=1)
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.heading == "Spóźniamy się z odpowiedzią"
    assert applicant.sees("Odpowiedź miała być do 02.12.2026", "+48 800 007 780")
    assert not applicant.sees("Odpowiemy najpóźniej")


@pytest.mark.rule("WP §7.3.4", "WP §7.4")
def test_the_page_names_the_top_ups_that_are_not_proven(applicant: Applicant) -> None:
    applicant.answers().files()
    applicant.office.running = True
    applicant.office.step()
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.sees("doładowanie przelewem z 03.10.2026 (wniosek dotyczy 50,00 zł z niego)")
    applicant.files(("przelew.pdf", PDF))
    assert not applicant.sees("wniosek dotyczy")


@pytest.mark.rule("WP §7.3.4")
@pytest.mark.parametrize(
    ("brand", "asked", "not_asked"),
    [
        (Brand.WHITE_PHONE, "wydruku z terminala lub innego dokumentu", "paragon"),
        (Brand.TELEGROSIK, "dowód jej zakupu (na przykład paragon)", "Plus"),
    ],
)
def test_documents_are_asked_for_as_the_brand_takes_them(
    applicant: Applicant, brand: Brand, asked: str, not_asked: str
) -> None:
    if brand is Brand.TELEGROSIK:
        applicant.office.fresh_card({"bank": 4000}, 30, "", "", "telegrosik")
        applicant.opens("/refund").form(card="telegrosik")
        assert applicant.heading == "Jaki jest PIN karty?"
        applicant.form(pin=LONG_PIN).form(amount="45").form(account=ACCOUNT, owner="Jan Kowalski")
        applicant.form(by="email", email="jan@example.pl", post="")
    else:
        applicant.answers()
    assert applicant.sees(asked)
    assert not applicant.sees(not_asked)
    applicant.files()
    assert applicant.sees(asked)
    assert not applicant.sees(not_asked)


def test_an_empty_telegrosik_card_is_told_of_no_minimum(applicant: Applicant) -> None:
    applicant.office.fresh_card({"bank": 4000}, 30, "", "", "telegrosik")
    card = applicant.office.card()
    applicant.office.store.cards[card.ref] = replace(card, lots=())
    applicant.opens("/refund").form(card="telegrosik").form(pin=LONG_PIN)
    assert applicant.sees("na karcie nie ma środków", "napisz do nas: ul. Skierniewicka 34A/U01")
    assert not applicant.sees("0,01 zł")


def test_money_that_went_onto_an_account_is_said_to_be_there(applicant: Applicant) -> None:
    applicant.office.fresh_card({"bank": 4000}, 30, "", "", "telegrosik")
    applicant.opens("/refund").form(card="telegrosik").form(pin=LONG_PIN).form(amount="15")
    applicant.form(account=ACCOUNT, owner="Jan").form(by="email", email="a@example.pl", post="").files()
    office = applicant.office
    office.running = True
    office.step()
    moves_onto_an_account(office)
    office.command({"command": "withdraw_refund", "case": office.case_id, "who": "anna", "why": "list"})
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.sees("Odłożona kwota, 15,00 zł, wraca na konto.")


@pytest.mark.rule("WP §7.9")
def test_who_did_not_complete_sees_until_when_to_apply_again(applicant: Applicant) -> None:
    applicant.answers().files()
    office = applicant.office
    office.running = True
    office.step()
    office.clock.moment += timedelta(days=20)
    office.step()
    applicant.opens(f"/refund/application/{FIRST}")
    assert applicant.heading == "Wniosek bez rozpatrzenia"
    assert applicant.sees("Nowy wniosek możesz złożyć do 05.04.2027.")


def test_who_applied_in_english_finds_an_english_page(applicant: Applicant) -> None:
    applicant.opens("/refund?lang=en").form(card="white_phone").form(number="123456", pin=PIN, puk="")
    applicant.form(amount="50").form(account=ACCOUNT, owner="Jan Kowalski")
    applicant.form(by="email", email="jan@example.pl", post="").files(("przelew.pdf", PDF))
    assert applicant.refund.application.language == "en"
    applicant.office.running = True
    applicant.office.step()
    (letter,) = applicant.office.letters.sent.values()
    page = f"/refund/application/{FIRST}?lang=en"
    assert letter.body.startswith("A summary in English is on the page of your application:")
    assert f"https://telekarta.test{page}" in letter.body
    for address in (page, page.partition("?")[0]):
        assert applicant.opens(address).heading == "Application received"


@pytest.mark.rule("WP §14.5", "TG §11.4")
@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "pl",
            [
                "Administratorem danych z tego wniosku jest Telestrada S.A., al. Krakowska 22A, 02-284",
                "usuwamy po 7 latach",
                "Urzędu Ochrony Danych Osobowych",
                "„Kodeks przetwarzania danych osobowych, zgodnie z RODO, przez Telestrada S.A.”",
                "www.telestrada.pl",
            ],
        ),
        (
            "en",
            ["The controller of the data in this application is Telestrada S.A.", "after 7 years", "UODO"],
        ),
    ],
)
def test_who_sends_an_application_is_told_what_becomes_of_the_data(
    applicant: Applicant, language: str, says: list[str]
) -> None:
    applicant.answers()
    applicant.opens(f"/refund/check?s={applicant.state}&lang={language}")
    assert applicant.sees(*says)


def test_documents_are_kept_as_long_as_applicants_are_told() -> None:
    template = (ROOT / "template.yaml").read_text("utf-8")
    bucket = template[template.index("  DocumentsBucket:\n    Type") :]
    days = re.search(r"ExpirationInDays: (\d+)", bucket)
    assert days
    assert int(days[1]) // 365 == 7
    assert all("7" in words.words(language)["privacy_how_long"] for language in Language)


EVENTS = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (ROOT / "events/refund_form").glob("*.json")
}
ANSWERED = {"start": 200, "unknown_application": 404, "forged_answer": 400, "forged_documents": 400}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_payload_is_answered(applicant: Applicant, name: str) -> None:
    assert (
        refund_entry.handler(EVENTS[name], cast("LambdaContext", Context()))["statusCode"] == ANSWERED[name]
    )


def test_every_payload_has_its_line_in_the_table() -> None:
    assert ANSWERED.keys() == EVENTS.keys()
