"""What every store promises of payments, asked of the one in memory and of the one on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telekarta.adapters.dynamodb.payments import DynamoPayments, PaymentItem
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.topups.payments import Channel, Method, Payment, PaymentStage
from tests.kit.memory_store import MemoryStore
from tests.kit.store import NOW, moto, new_tables

Store = MemoryStore | DynamoPayments


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with moto():
        yield


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: None) -> Store:
    return MemoryStore() if request.param == "memory" else DynamoPayments(new_tables("payments"))


def started(mark: str = "a", after_s: int = 0, **changes: object) -> Payment:
    new = Payment(
        id=mark * 32,
        ref=Ref.card(Brand.WHITE_PHONE, "123456"),
        method=Method.BLIK,
        amount_grosze=2500,
        stage=PaymentStage.STARTED,
        created_at=NOW + timedelta(seconds=after_s),
        email="babcia@example.pl",
        receipt=True,
    )
    return replace(new, **changes)  # type: ignore[arg-type]


def test_a_payment_is_read_as_it_was_kept(store: Store) -> None:
    assert store.payment("a" * 32) is None
    new = started()
    store.add_payment(new)
    assert store.payment(new.id) == new


def test_a_payment_that_is_there_is_not_written_over(store: Store) -> None:
    first = started()
    assert store.add_payment(first) is None
    assert store.add_payment(replace(first, amount_grosze=9900)) == first
    assert store.payment(first.id) == first


def test_every_stage_is_read_as_it_was_written(store: Store) -> None:
    here = started()
    store.add_payment(here)
    for there in (
        sent := here.sent("P1", "https://provider.test/1"),
        paid := sent.paid("P1", NOW),
        credited := paid.credited(250, frozenset(Channel), NOW),
        credited.receipts_done(frozenset({Channel.EMAIL})),
    ):
        assert store.change_payment(here, there) is None
        assert store.payment(here.id) == there
        here = there
    assert paid.version < credited.version


def test_a_change_is_made_on_what_was_seen_or_not_at_all(store: Store) -> None:
    new = started()
    store.add_payment(new)
    sent = new.sent("P1", "https://provider.test/1")
    assert store.change_payment(new, sent) is None
    assert store.change_payment(new, new.to(PaymentStage.CANCELED)) == sent
    assert store.payment(new.id) == sent


def test_those_that_are_not_at_their_end_are_listed_the_oldest_first(store: Store) -> None:
    late, soon = started("c", 20), started("b", 10)
    paid = started("a", 30).paid("P1", NOW)
    owing = started("d", 40).paid("P1", NOW).credited(0, frozenset({Channel.EMAIL}), NOW)
    for each in (late, soon, paid, owing):
        store.add_payment(each)
    for mark, stage in zip(
        "01234",
        (PaymentStage.CREDITED, PaymentStage.CANCELED, PaymentStage.EXPIRED, PaymentStage.FAILED),
        strict=False,
    ):
        store.add_payment(started(mark, stage=stage))
    assert store.pending_payments(10) == (soon, late, paid, owing)
    assert store.pending_payments(2) == (soon, late)
    assert store.change_payment(soon, soon.to(PaymentStage.EXPIRED)) is None
    assert store.pending_payments(10) == (late, paid, owing)


def test_an_index_that_is_behind_lists_nothing_that_is_over(aws: None) -> None:
    tables = new_tables("payments")
    store = DynamoPayments(tables)
    over = started(stage=PaymentStage.CANCELED)
    store.add_payment(over)
    tables.bound(PaymentItem)(id=over.id).update([PaymentItem.pending.to("yes")])
    assert store.pending_payments(10) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    method=st.sampled_from(Method),
    stage=st.sampled_from(PaymentStage),
    email=st.sampled_from(["", "żółw@example.pl"]),
    due=st.frozensets(st.sampled_from(Channel)),
    bonus=st.integers(0, 30_000),
    account=st.booleans(),
)
def test_whatever_a_payment_is_it_comes_back(
    aws: None,
    method: Method,
    stage: PaymentStage,
    email: str,
    due: frozenset[Channel],
    bonus: int,
    account: bool,
) -> None:
    store = DynamoPayments(new_tables("payments"))
    ref = Ref.account("+48600100200") if account else Ref.card(Brand.TELEGROSIK, "1234567890")
    new = started(method=method, stage=stage, email=email, receipts_due=due, bonus_grosze=bonus, ref=ref)
    store.add_payment(new)
    assert store.payment(new.id) == new
