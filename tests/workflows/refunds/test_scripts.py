"""Every way of an application through the workflow, on the store in memory; and every way to die on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from telekarta.domain.books.closing import accounts_of, card_differences, ledger_differences
from telekarta.domain.ledger.postings import PostingKind
from telekarta.domain.refunds.movements import held_account
from telekarta.usecases.ports import StoreUnavailable
from tests.kit import refunds as refund_kit
from tests.kit.memory_store import When
from tests.kit.refund_scripts import BY_NAME, SCRIPTS, Script
from tests.kit.refunds import START, Line, MemoryOffice, on


def told_of(office: MemoryOffice, line: Line) -> Line:
    """The line with this office's card in the place of `{card}`."""

    def fill(value: object) -> object:
        if isinstance(value, str):
            return value.replace("{card}", office.ref.number)
        if isinstance(value, list):
            return [{name: fill(text) for name, text in each.items()} for each in value]
        return value

    return replace(line, more={name: fill(value) for name, value in line.more.items()})


def played(script: Script, office: MemoryOffice) -> MemoryOffice:
    answers = office.play([told_of(office, line) for line in script.lines])
    refusals = tuple(each["reason"] for each in answers if each["outcome"] == "refused")
    assert refusals == script.refusals
    return office


def ends_as_said(script: Script, office: MemoryOffice) -> None:
    refund = office.refund()
    assert refund is not None
    assert refund.stage == script.stage
    assert office.card().balance_grosze == script.balance
    assert tuple(letter.partition(":")[2] for letter in office.letters.sent) == script.letters
    assert tuple(office.open_cases()) == script.cases
    assert paid(office) == script.paid
    books_are_right(office)
    if script.stage == "closed":
        assert held(office) == 0


def paid(office: MemoryOffice) -> int:
    out = [each for each in office.store.all_postings() if each.kind is PostingKind.REFUND_PAID]
    return sum(
        each.amount_grosze * (each.credit.startswith("incoming:") - each.debit.startswith("incoming:"))
        for each in out
    )


def held(office: MemoryOffice) -> int:
    account = held_account(office.case_id)
    return sum(
        each.amount_grosze * ((each.credit == account) - (each.debit == account))
        for each in office.store.all_postings()
    )


def books_are_right(office: MemoryOffice) -> None:
    accounts = accounts_of(office.store.all_postings(), START.date() + timedelta(days=400), None)
    assert ledger_differences(accounts, None) == ()
    assert card_differences(office.card(), accounts[str(office.ref)]) == ()


@pytest.mark.rule("WP §7.1", "WP §7.4", "WP §7.5", "WP §7.6", "WP §7.7", "WP §7.8", "WP §7.9", "WP §7.10")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_way_through(script: Script) -> None:
    ends_as_said(script, played(script, MemoryOffice()))


# Three weeks later it is Christmas, the Saturday before Easter with summer time, Corpus Christi. The last one
# begins two minutes before midnight in Poland, on the last day of a year.
DAYS = ("2026-12-04T09:00", "2027-03-06T09:00", "2027-05-06T09:00", "2026-12-31T22:58")
CALLED = [script for script in SCRIPTS if any(letter.startswith("call") for letter in script.letters)]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("script", CALLED, ids=lambda script: script.name)
def test_a_customers_limit_that_holidays_move_changes_no_end(
    script: Script, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scripts are also played on the deployed stack, which begins on the day of the run."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    monkeypatch.setattr(refund_kit, "START", start)
    ends_as_said(script, played(script, MemoryOffice(clock=refund_kit.Calendar(start))))


class DyingStore:
    """Lets the store fail once, at the chosen operation of the workflow, before or after it was done."""

    def __init__(self, office: MemoryOffice, when: When, at: int) -> None:
        self.office, self.when, self.left = office, when, at
        self.working = False
        self.died = False

    def __call__(self, when: When, operation: str) -> None:
        if not self.working or self.died or when is not self.when:
            return
        self.left -= 1
        if self.left < 0:
            self.died = True
            raise StoreUnavailable("it died here")


DYING = ("granted and paid", "refused", "completed in time", "back the way it came", "mixed money")


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", DYING)
def test_a_step_that_dies_is_done_again_and_nothing_twice(name: str, when: When) -> None:
    """Each operation of each step in turn; the machine retries, as the state machine does."""
    for at in range(200):
        office = MemoryOffice()
        store = DyingStore(office, when, at)
        office.store.faults = store
        plain = office.step

        def step(plain: object = plain, store: DyingStore = store) -> None:
            for _ in range(3):
                store.working = True
                try:
                    plain()  # type: ignore[operator]
                except StoreUnavailable:
                    continue
                finally:
                    store.working = False
                return
            raise AssertionError("it died more than once")

        office.step = step  # type: ignore[method-assign]
        ends_as_said(BY_NAME[name], played(BY_NAME[name], office))
        if not store.died:
            assert at > 10
            return
    raise AssertionError("the script never ends")


def test_the_calculation_is_shown_to_operator_and_applicant_alike() -> None:
    office = MemoryOffice()
    answers = office.play(BY_NAME["mixed money"].lines)
    lines = [(each["line"], each["amount_grosze"], each["clause"]) for each in answers[-1]["calculation"]]
    assert ("voucher_fee", -200, "WP §7.6.2") in lines
    (letter,) = office.letters.sent.values()
    assert "Opłata manipulacyjna: -20,00 zł (§ 7 ust. 6 pkt 6.1 Regulaminu)" in letter.body
    assert "= Do wypłaty: 28,00 zł" in letter.body
    assert "***456" in letter.body


@pytest.mark.rule("WP §7.3.2", "WP §9.1")
def test_codes_are_kept_nowhere() -> None:
    office = MemoryOffice()
    office.play([*BY_NAME["a wrong PIN is asked for, and a PUK"].lines])
    everything = (
        f"{office.store.refunding} {office.store.commands} {office.store.found} {office.letters.sent}"
    )
    for code in ("40271953", "11111111", "55512340"):
        assert code not in everything


def test_what_an_operator_is_shown_names_nobody() -> None:
    office = MemoryOffice()
    answers = office.play([*BY_NAME["granted and paid"].lines, on(6, "nothing")])
    assert "Kowalski, ul" not in str(answers)
    assert "Jan Kowalski" not in str(answers)
    assert "61109010140000071219812874" not in str(answers)


def test_the_bank_gets_one_file_a_payout() -> None:
    office = MemoryOffice()
    office.play(BY_NAME["returned before it was confirmed"].lines)
    first, second = office.files.kept.values()
    assert b'"61109010140000071219812874"' in first
    assert b'"27114020040000300201355387"' in second
    assert first.startswith(b"110,20261105,3000,")
