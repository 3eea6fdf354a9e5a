"""Publishing a price list: checked first, then once and for good."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from telekarta.domain.brands import Brand
from telekarta.domain.prices.changes import PriceListRefusal, book_of
from telekarta.domain.prices.price_files import read_price_list
from telekarta.usecases.prices.publishing import (
    CheckPriceList,
    DraftPriceList,
    PriceDeskDeps,
    PriceListDrafted,
    PriceListLookedAt,
    PriceListRefused,
    PricesUnavailable,
    Publication,
    PublishPriceList,
    check_price_list,
    draft_price_list,
    publish_price_list,
)
from tests.kit.chance import SeededChance
from tests.kit.memory_store import MemoryStore
from tests.kit.prices import ROWS, ShelfInMemory, a_draft, a_list

TG = Brand.TELEGROSIK
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2027, 2, 1)
OLD = a_list("2026-09", date(2026, 9, 1))
DEARER = {**ROWS, "49": "Niemcy,Germany,160"}
ANNA = {"who": "anna.kowalska", "why": "Uchwała 2026/31"}


@dataclass
class Office:
    """An operator with a draft."""

    shelf: ShelfInMemory = field(default_factory=lambda: ShelfInMemory(packaged=(OLD,)))
    store: MemoryStore = field(default_factory=MemoryStore)
    moment: datetime = NOW
    chance: SeededChance = field(default_factory=lambda: SeededChance("prices"))

    def now(self) -> datetime:
        return self.moment

    @property
    def desk(self) -> PriceDeskDeps:
        return PriceDeskDeps(self.shelf, self.shelf, self.store, self, self.chance)

    def writes(self, rows: Mapping[str, str] = DEARER, day: date = DAY) -> None:
        self.shelf.drafts["draft.csv"] = a_draft(day, rows)

    def checks(self, version: str = "2027-02") -> PriceListLookedAt:
        answer = check_price_list(self.desk, CheckPriceList(TG, version, "draft.csv"))
        assert isinstance(answer, PriceListLookedAt)
        return answer

    def publishes(self, version: str = "2027-02", **changes: object) -> PriceListLookedAt | PriceListRefused:
        mark = self.checks(version).mark
        command = PublishPriceList(TG, version, "draft.csv", mark, **ANNA)
        return publish_price_list(self.desk, replace(command, **changes))  # type: ignore[arg-type]

    def is_refused(self, reason: PriceListRefusal, version: str = "2027-02", **changes: object) -> None:
        before = dict(self.shelf.published)
        answer = self.publishes(version, **changes)
        assert isinstance(answer, PriceListRefused)
        assert answer.reason is reason
        assert self.shelf.published == before

    def price_on(self, day: date) -> int:
        rate = book_of(self.shelf.read_anew()).current(TG, day).rate_for("+49301234567")
        assert rate is not None
        return rate.units_per_min


@pytest.fixture
def office() -> Office:
    office = Office()
    office.writes()
    return office


def outcome(answer: object) -> Publication:
    assert isinstance(answer, PriceListLookedAt)
    return answer.publication


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_a_list_that_was_checked_is_published_and_holds_from_its_day(office: Office) -> None:
    assert office.checks().publication is Publication.NOT_YET
    assert outcome(office.publishes()) is Publication.DONE
    (text,) = office.shelf.published.values()
    assert read_price_list(TG, "2027-02", text).published_at == NOW
    assert [office.price_on(DAY - timedelta(days=1)), office.price_on(DAY)] == [150, 160]


def test_who_publishes_and_why_is_recorded_first_whatever_comes_of_it(office: Office) -> None:
    office.is_refused(PriceListRefusal.NOT_AS_CHECKED, mark="0" * 12)
    (record,) = office.store.commands.values()
    assert (record.command, record.who, record.why) == ("publish_price_list", *ANNA.values())
    assert record.subject.startswith("telegrosik 2027-02 draft.csv")


def test_the_same_list_again_changes_nothing_even_when_its_day_is_near(office: Office) -> None:
    office.publishes()
    before = dict(office.shelf.published)
    office.moment = NOW + timedelta(days=60)
    assert outcome(office.publishes()) is Publication.DONE_BEFORE
    assert office.shelf.published == before


def test_other_prices_under_a_version_that_exists_are_refused(office: Office) -> None:
    office.publishes()
    office.writes({**ROWS, "49": "Niemcy,Germany,170"})
    office.is_refused(PriceListRefusal.VERSION_TAKEN)
    office.is_refused(PriceListRefusal.VERSION_TAKEN, version="2026-09")


def test_two_operators_at_once_publish_once(office: Office) -> None:
    def somebody_else() -> None:
        assert outcome(office.publishes()) is Publication.DONE

    office.shelf.before_publishing = somebody_else
    assert outcome(office.publishes()) is Publication.DONE_BEFORE
    assert len(office.shelf.published) == 1


def test_of_two_lists_at_once_under_one_version_the_second_is_refused(office: Office) -> None:
    def somebody_else() -> None:
        other = a_draft(DAY, {**ROWS, "49": "Niemcy,Germany,170"})
        office.shelf.published[TG, "2027-02"] = other

    office.shelf.before_publishing = somebody_else
    answer = office.publishes()
    assert isinstance(answer, PriceListRefused)
    assert answer.reason is PriceListRefusal.VERSION_TAKEN


def test_a_publication_whose_answer_got_lost_is_repeated(office: Office) -> None:
    office.shelf.loses_answers = True
    with pytest.raises(PricesUnavailable):
        office.publishes()
    assert outcome(office.publishes()) is Publication.DONE_BEFORE


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_thirty_days_are_counted_on_the_calendar_of_warsaw(office: Office) -> None:
    office.moment = datetime(2027, 1, 1, 22, 59, tzinfo=UTC)
    assert office.checks().refusal is None
    # A minute later it is the 2nd of January in Warsaw, from which the 1st of February is no 30 whole days.
    office.moment = datetime(2027, 1, 1, 23, 0, tzinfo=UTC)
    assert office.checks().refusal is PriceListRefusal.TOO_SOON
    office.is_refused(PriceListRefusal.TOO_SOON)


def test_a_draft_that_changed_since_it_was_checked_is_not_published(office: Office) -> None:
    mark = office.checks().mark
    office.writes({**ROWS, "49": "Niemcy,Germany,170"})
    office.is_refused(PriceListRefusal.NOT_AS_CHECKED, mark=mark)


def test_a_draft_is_checked_anew_when_what_it_is_compared_with_has_changed(office: Office) -> None:
    mark = office.checks().mark
    office.writes(ROWS, DAY - timedelta(days=5))
    office.publishes("2027-01")
    office.writes()
    office.is_refused(PriceListRefusal.NOT_AS_CHECKED, mark=mark)


@pytest.mark.parametrize("accepted", [0, 1, 3])
def test_warnings_are_accepted_by_their_number(office: Office, accepted: int) -> None:
    office.writes({**ROWS, "49": "Niemcy,Germany,", "48": "Polska,Poland,29000"})
    office.is_refused(PriceListRefusal.WARNINGS_NOT_ACCEPTED, warnings=accepted)
    assert outcome(office.publishes(warnings=2)) is Publication.DONE


@pytest.mark.rule("TG §6.11")
def test_a_mistake_is_put_right_by_another_list_for_the_same_day(office: Office) -> None:
    office.writes({**ROWS, "49": "Niemcy,Germany,1600"})
    assert outcome(office.publishes(warnings=1)) is Publication.DONE
    office.writes()
    office.moment += timedelta(days=1)
    assert outcome(office.publishes("2027-02b", warnings=1)) is Publication.DONE
    assert office.price_on(DAY) == 160
    # The first one again does not bring it back: it says by what it was replaced.
    office.writes({**ROWS, "49": "Niemcy,Germany,1600"})
    again = office.publishes(warnings=1)
    assert isinstance(again, PriceListLookedAt)
    assert again.check.replaces is not None
    assert (again.publication, again.check.replaces.version) == (Publication.DONE_BEFORE, "2027-02b")


def test_a_draft_begins_as_a_copy_of_the_last_list_and_is_never_written_over(office: Office) -> None:
    office.publishes()
    answer = draft_price_list(office.desk, DraftPriceList(TG, "next.csv", **ANNA))
    assert isinstance(answer, PriceListDrafted)
    assert answer.copied.version == "2027-02"
    assert read_price_list(TG, "2027-02", office.shelf.drafts["next.csv"]) == answer.copied
    again = draft_price_list(office.desk, DraftPriceList(TG, "draft.csv", **ANNA))
    assert again == PriceListRefused(PriceListRefusal.DRAFT_TAKEN)
    assert "draft_price_list" in {each.command for each in office.store.commands.values()}


def test_a_draft_that_is_not_there_or_no_list(office: Office) -> None:
    office.shelf.drafts["bad.csv"] = a_draft(DAY).replace("Niemcy", "")
    for name, reason, problems in (
        ("none.csv", PriceListRefusal.UNKNOWN_DRAFT, 0),
        ("bad.csv", PriceListRefusal.DRAFT_UNREADABLE, 1),
    ):
        answer = check_price_list(office.desk, CheckPriceList(TG, "2027-02", name))
        assert isinstance(answer, PriceListRefused)
        assert (answer.reason, len(answer.problems)) == (reason, problems)
