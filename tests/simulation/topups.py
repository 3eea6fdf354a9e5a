"""Top-ups in the simulated world: money that comes by any way, once, and is told of in every other way.

The others' side is in `payments` (who takes payments on the web) and `claims` (vouchers, and orders by SMS).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Posting, PostingKind, Source
from telekarta.domain.topups.topup import TopUp
from tests.simulation.auditor import Law, Laws, Stock, must
from tests.simulation.payments import METHODS
from tests.simulation.steps import Job, Step, alone_or_at_once

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class TopUpTold:
    """Money that came, and for whom it was."""

    ref: Ref
    money: TopUp
    number: int


class MoneyComes(Step):
    """A top-up is told of, now or once more; the second telling may name another card."""

    weight = 5

    def __call__(self, world: "World") -> None:
        chance = world.chance
        ref = chance.choice(list(world.store.cards)[-10:])
        if world.top_ups and chance.random() < 0.3:
            earlier = world.pick(world.top_ups)
            # Who tells again may not say the same hour, and may take it for another card's.
            money = replace(earlier.money, at=chance.choice((earlier.money.at, world.now)))
            world.credit(ref if chance.random() < 0.3 else earlier.ref, money, world.new_attempt())
            return
        top_up = money_that_came(world, ref, 0)
        jobs = [lambda attempt: world.credit(ref, top_up, attempt)] * chance.choice((1, 1, 2))
        alone_or_at_once(world, jobs)


def money_that_came(world: "World", ref: Ref, which: int) -> TopUp:
    chance = world.chance
    source = chance.choice((Source.BANK, Source.PAYU, Source.PRZELEWY24, Source.PLUS_VOUCHER))
    money = TopUp(source, f"T{world.number}-{which}", chance.choice((500, 700, 5001, 8000)), world.now)
    world.money[money.posting_id] = money.amount_grosze
    world.top_ups.append(TopUpTold(ref, money, world.number))
    return money


def credited(world: "World", ref: Ref, which: int) -> Job:
    money = money_that_came(world, ref, which)
    return lambda attempt: world.credit(ref, money, attempt)


class FamilyPays(Step):
    """Somebody on the web tops up a card: is sent to a provider, pays, cancels, comes back a day later."""

    weight = 6

    def __call__(self, world: "World") -> None:
        chance, paying = world.chance, world.paying
        open_sales = paying.open_sales()
        if not open_sales or chance.random() < 0.4:
            ref = chance.choice(list(world.store.cards)[-10:])
            amount = chance.choice((500, 2501, 6000, 9000))
            paying.start(ref, chance.choice(METHODS), amount, world.new_attempt())
            return
        sale = world.pick(open_sales)
        (paying.pays if chance.random() < 0.75 else paying.cancels)(sale)


class ProviderTells(Step):
    """A notification comes: in time, late, again, or twice at once; the timers may ask at the same moment."""

    weight = 6

    def __call__(self, world: "World") -> None:
        chance, paying = world.chance, world.paying
        if not paying.posted:
            FamilyPays()(world)
            return
        first = world.pick(paying.posted)
        # All that is on its way of one order may come at the same moment.
        same = [each for each in paying.posted if each.told.order_id == first.told.order_id]
        news = same if chance.random() < 0.5 else [first]
        for each in news:
            paying.posted.remove(each)
        jobs: list[Job] = [lambda attempt, each=each: paying.deliver(each, attempt) for each in news]
        if paying.told and chance.random() < 0.3:
            again = world.pick(paying.told)
            jobs.append(lambda attempt: paying.deliver(again, attempt))
        if chance.random() < 0.3:
            jobs.append(chance.choice((jobs[0], paying.ask)))
        alone_or_at_once(world, jobs)


class SomebodyTexts(Step):
    """An order by SMS: new, told again, or told twice at once; the timers may look at the same moment."""

    weight = 5

    def __call__(self, world: "World") -> None:
        chance, claiming = world.chance, world.claiming
        if claiming.texts and chance.random() < 0.4:
            text = chance.choice(claiming.texts[-5:])
        else:
            words = chance.choice(
                (f"{claiming.some_card().number} 5", f"{claiming.some_card().number} 50", "?")
            )
            text = (f"SM{world.number}", "+48720100200", words)
            claiming.texts.append(text)
        jobs: list[Job] = [lambda attempt: claiming.text(*text, attempt)]
        jobs += chance.choice(([], [], jobs, [claiming.finish]))
        alone_or_at_once(world, jobs)


class ClaimsAreFinished(Step):
    weight = 2

    def __call__(self, world: "World") -> None:
        world.claiming.finish(world.new_attempt())


def _check_transfer(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    """Money between cards is moved money; what was a bonus stays one (WP §7.7.1)."""
    del world
    for lot, draw in zip(posting.grants, posting.draws, strict=True):
        was = before[draw.lot].source
        must(lot.left_grosze == draw.amount_grosze, Law.LOT_IS_TRACED, posting.id, lot, draw)
        becomes = Source.PROMOTION if was is Source.PROMOTION else Source.CARD_TRANSFER
        must(lot.source is becomes, Law.LOT_IS_TRACED, posting.id, "makes", lot.source, "of", was)


def _check_fee(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    """A fee comes with its transfer, and only with one."""
    del before
    must(posting.amount_grosze == 50, Law.LOT_IS_TRACED, posting.id, posting.amount_grosze)
    moved = posting.id.removesuffix(":fee")
    must(moved in world.store.booked, Law.LOT_IS_TRACED, posting.id, "is for nothing")


def check_top_up(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    del before
    came = world.money.get(posting.id)
    must(came is not None, Law.MONEY_COMES_ONCE, posting.id, "came from nowhere")
    must(posting.amount_grosze == came, Law.MONEY_COMES_ONCE, posting.id, posting.amount_grosze, "not", came)


def _check_bonus(world: "World", posting: Posting, before: dict[str, Stock]) -> None:
    """A tenth of its top-up, or the welcome that a card gets once in its life."""
    del before
    promotion = str(posting.details["promotion"])
    came = world.money.get(str(posting.details["top_up"]), 0)  # 0: it came from nowhere
    bonus = 33 if promotion.endswith("-welcome") else came // 10
    must(
        posting.amount_grosze == bonus, Law.MONEY_COMES_ONCE, posting.id, posting.amount_grosze, "not", bonus
    )
    had = (promotion, posting.credit if promotion.endswith("-welcome") else posting.details["top_up"])
    must(had not in world.bonuses, Law.MONEY_COMES_ONCE, posting.id, "was granted before")
    world.bonuses.add(had)
    world.refunding.check_bonus(posting)


STEPS: tuple[Step, ...] = (
    MoneyComes(),
    FamilyPays(),
    ProviderTells(),
    SomebodyTexts(),
    ClaimsAreFinished(),
)
LAWS: Laws = {
    PostingKind.CARD_TRANSFER: _check_transfer,
    PostingKind.TRANSFER_FEE: _check_fee,
    PostingKind.TOP_UP: check_top_up,
    PostingKind.BONUS: _check_bonus,
}
