"""The desk's commands about refunds: the payloads of `events/desk`, played in the order of a case's life."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from desk.registry import REGISTRY
from desk.spec import Invalid
from local.processes import ROOT
from telekarta.domain.calendar.deadlines import WARSAW
from telekarta.usecases.refunds.commands import ApplyForRefund
from tests.kit.refunds import ACCOUNT, PIN, MemoryOffice, on

EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events/desk").glob("*.json")}
APPLY = EVENTS["apply_for_refund"]


@pytest.fixture
def office() -> MemoryOffice:
    """Card 123456 with the top-up that the payloads speak of."""
    office = MemoryOffice(case_id="refund-wniosek-2026-117")
    office.play([on(14, "given", bank=5000)])
    return office


def apply(office: MemoryOffice, **changes: Any) -> Any:
    (lot,) = (lot for lot in office.card().lots if lot.source == "bank")
    proof = APPLY["proofs"][0] | {"posting": lot.origin}
    answer = office.command(APPLY | {"pin": PIN, "proofs": [proof]} | changes)
    office.step()
    return answer


@pytest.mark.rule("WP §7.1", "WP §7.2", "WP §7.3")
def test_a_life_of_a_refund_by_its_payloads(office: MemoryOffice) -> None:
    assert apply(office, owner=None)["outcome"] == "done"
    assert office.command(EVENTS["show_refund"])["missing"] == [{"what": "owner", "clause": "WP §7.3.5"}]
    assert office.command(EVENTS["complete_application"])["missing"] == []
    office.step()
    granted = office.command(EVENTS["decide_refund"])
    assert (granted["outcome"], granted["stage"], granted["payable_grosze"]) == ("done", "granted", 3000)
    assert office.command(EVENTS["withdraw_refund"])["reason"] == "too_late_to_withdraw"
    office.step()
    reference = {"reference": office.payout(1)["reference"]}
    assert office.command(EVENTS["mark_payout_returned"] | reference)["outcome"] == "done"
    assert office.command(EVENTS["confirm_payout"] | reference)["reason"] == "wrong_state"
    assert office.command(EVENTS["withdraw_refund"])["outcome"] == "done"
    assert office.command(EVENTS["resume_refund"])["outcome"] == "done"
    office.step()
    assert office.command(EVENTS["show_refund"])["stage"] == "closed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"card": "999999"}, "unknown_card"),
        ({"received_on": "2027-01-01"}, "not_received_yet"),
        ({"proofs": APPLY["proofs"]}, "proof_unknown"),
        (
            {"proofs": [APPLY["proofs"][0] | {"posting": "issue:card:white_phone:123456"}]},
            "proof_does_not_fit",
        ),
    ],
)
def test_an_application_that_cannot_be_entered(
    office: MemoryOffice, changes: dict[str, Any], reason: str
) -> None:
    assert apply(office, **changes)["reason"] == reason
    assert office.refund() is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_on": "16.11.2026"}, "received_on"),
        ({"received_on": "2026-02-30"}, "received_on"),
        ({"pin": "1234"}, "pin"),
        ({"signed": "perhaps"}, "signed"),
        ({"proofs": []}, "proofs"),
        ({"proofs": [{"posting": "x"}]}, "proofs"),
        ({"arrived": "pigeon"}, "arrived"),
        ({"amount_grosze": 0}, "amount_grosze"),
        ({"address": None}, "address"),
        ({"account": "61 1090 1014 0000 0712 1981 2875"}, "account"),
        ({"account": "12"}, "account"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(changes: dict[str, Any], field: str) -> None:
    found = REGISTRY.read(APPLY | changes)
    assert isinstance(found, Invalid)
    assert [problem.field for problem in found.problems] == [field]
    assert "1234" not in str(found)


def test_a_form_says_proofs_and_flags_in_words(office: MemoryOffice) -> None:
    (lot,) = (lot for lot in office.card().lots if lot.source == "bank")
    told = apply(office, proofs=f"{lot.origin} transfer wnioski/117.pdf;", signed="yes", account=ACCOUNT)
    assert (told["missing"], told["proofs"][0]["document"]) == ([], "wnioski/117.pdf")


@pytest.mark.parametrize("card", ["123 456", " 123456", "123-456"])
def test_a_number_is_read_however_it_is_grouped(card: str) -> None:
    command = REGISTRY.read(APPLY | {"card": card, "pin": "1234 5678"})
    assert isinstance(command, ApplyForRefund)
    assert (command.ref.number, command.pin) == ("123456", "12345678")


@pytest.mark.rule("WP §7.3.5")
def test_an_account_that_the_paper_has_wrong_is_asked_for(office: MemoryOffice) -> None:
    found = REGISTRY.read(APPLY | {"account": "61 1090 1014 0000 0712 1981 2875"})
    assert isinstance(found, Invalid)
    (problem,) = found.problems
    assert 'write "wrong"' in problem.message
    told = apply(office, account="wrong")
    assert told["missing"] == [{"what": "account_wrong", "clause": "WP §7.3.5"}]
    assert any("call" in name for name in office.letters.sent)


def test_the_day_is_a_day_in_poland(office: MemoryOffice) -> None:
    told = apply(office)
    before = told["days_left"]
    office.clock.moment = office.clock.moment.replace(hour=23, minute=30)
    assert office.command(EVENTS["show_refund"])["days_left"] == before - 1


def test_a_number_that_is_in_the_register_is_told(office: MemoryOffice) -> None:
    apply(office)
    told = office.command(APPLY | {"pin": PIN, "proofs": None, "amount_grosze": 100})
    assert (told["outcome"], told["asked_grosze"]) == ("unchanged", 5000)
    assert "was not taken" in told["message"]
    assert "message" not in office.command({"command": "show_refund", "case": told["case"]})


def test_codes_are_no_part_of_a_command_that_is_printed() -> None:
    assert "12345678" not in repr(REGISTRY.read(APPLY))
    assert "Kowalski" not in repr(REGISTRY.read(APPLY))


@pytest.mark.rule("WP §7.10")
def test_the_days_left_are_counted_as_people_in_poland_count_them(office: MemoryOffice) -> None:
    apply(office)
    last_day = office.command(EVENTS["show_refund"])["decide_by"]
    half_past_midnight = datetime.fromisoformat(f"{last_day}T00:30").replace(tzinfo=WARSAW)
    office.clock.moment = half_past_midnight.astimezone(UTC)
    assert office.clock.moment.date().isoformat() < last_day
    assert office.command(EVENTS["show_refund"])["days_left"] == 0
