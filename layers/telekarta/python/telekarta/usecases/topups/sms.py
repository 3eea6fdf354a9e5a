"""A text message that orders money from a Lajt mobile card (WP §4.1.4, §5), and what it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Source
from telekarta.domain.rules import rule
from telekarta.domain.topups.claims import Claim, ClaimStage, Refusal
from telekarta.domain.topups.payments import Channel
from telekarta.domain.topups.sms_orders import (
    Misunderstood,
    Order,
    OrderNews,
    how_to_write,
    news_of,
    read_order,
)
from telekarta.usecases.attempts import Allowance, AttemptStore
from telekarta.usecases.ports import Pepper
from telekarta.usecases.topups.claims import ClaimDeps, SourceUnavailable, begin, work
from telekarta.usecases.topups.receipts import Message, Messenger, MessengerError

# Who writes more in an hour is a machine, and answers would only cost: it gets none.
MESSAGES = Allowance("sms", 20)


@dataclass(frozen=True, slots=True)
class SmsDeps:
    claims: ClaimDeps
    attempts: AttemptStore
    pepper: Pepper


@dataclass(frozen=True, slots=True)
class NewsDeps:
    """What telling a sender the end of their order needs. Without a messenger for SMS nobody is told."""

    claims: ClaimDeps
    messengers: Mapping[Channel, Messenger]


class SmsOutcome(StrEnum):
    """What came of a message."""

    CREDITED = "credited"
    ACCEPTED = "accepted"  # it goes on without us, and the sender hears how it ended
    REFUSED = "refused"
    RETURNED = "returned"
    MISUNDERSTOOD = "misunderstood"
    NOT_A_PERSON = "not_a_person"  # a name, a short code, one of our own numbers: no answer, or it may answer
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` is "" for no answer at all."""

    outcome: SmsOutcome
    text: str


_NEWS_OF_REFUSAL = {
    Refusal.NOT_LAJT: OrderNews.NOT_LAJT,
    Refusal.NOT_YOUR_CARD: OrderNews.NOT_YOUR_CARD,
    Refusal.NOT_ENOUGH_MONEY: OrderNews.NOT_ENOUGH_MONEY,
}


@rule("WP §5.1", "WP §5.3", "WP §5.4")
def take_message(deps: SmsDeps, sid: str, sender: str, text: str, is_person: Callable[[str], bool]) -> Reply:
    """Do what the message orders; asked again with the same sid it answers the same.

    Raises StoreUnavailable: nothing is lost, and the carrier's second try, or the sender's, goes on.
    """
    if not is_person(sender):
        return Reply(SmsOutcome.NOT_A_PERSON, "")
    now = deps.claims.clock.now()
    digest = sha256(deps.pepper.pepper() + sender.encode()).hexdigest()[:32]
    order = read_order(text)
    known = deps.claims.claims.claim_by_id(sid)
    # A message that is told again costs nothing: its sender has sent one.
    if known is None and not MESSAGES.take(deps.attempts, digest, now):
        return Reply(SmsOutcome.TOO_MANY, "")
    if isinstance(order, Misunderstood):
        return Reply(SmsOutcome.MISUNDERSTOOD, how_to_write(order))
    ref = Ref.card(Brand.WHITE_PHONE, order.card)
    claim = known or begin(
        deps.claims,
        Claim(sid, Source.LAJT, ref, now, amount_grosze=order.amount_grosze, payer=sender),
    )
    try:
        claim = work(deps.claims, claim)
    except SourceUnavailable:
        return _accepted(deps, claim, order)
    return Reply(*_ended(claim, order)) if claim.is_at_its_end else _accepted(deps, claim, order)


def _accepted(deps: SmsDeps, claim: Claim, order: Order) -> Reply:
    """Noted that the sender shall hear how it ended, before they are told so. If somebody has brought it to
    its end in this moment, they hear that at once."""
    seen = claim
    while not seen.is_at_its_end and not seen.news_due:
        changed = seen.told(due=True)
        fresh = deps.claims.claims.change_claim(seen, changed)
        seen = fresh or changed
    if seen.is_at_its_end and not seen.news_due:
        return Reply(*_ended(seen, order))
    return Reply(SmsOutcome.ACCEPTED, news_of(order, OrderNews.ACCEPTED))


def _ended(claim: Claim, order: Order) -> tuple[SmsOutcome, str]:
    match claim.stage:
        case ClaimStage.CREDITED:
            return SmsOutcome.CREDITED, news_of(order, OrderNews.CARRIED_OUT)
        case ClaimStage.RETURNED:
            return SmsOutcome.RETURNED, news_of(order, OrderNews.CARD_TAKES_NO_MONEY)
        case _:
            news = _NEWS_OF_REFUSAL.get(claim.refusal or Refusal.NEVER_TAKEN, OrderNews.TRY_LATER)
            return SmsOutcome.REFUSED, news_of(order, news)


def last_news(claim: Claim) -> str:
    """The message that tells the sender of an accepted order how it ended."""
    return _ended(claim, Order(claim.ref.number, claim.amount_grosze))[1]


def tell_news(deps: NewsDeps, claim: Claim) -> bool:
    """Whether the sender was told how their order ended; raises StoreUnavailable.

    It is noted before the message is sent: of two rounds at once one sends, and a message that got lost is
    not sent again, for what it says can be heard on the card (WP §4.8).
    """
    messenger = deps.messengers.get(Channel.SMS)
    if messenger is None or deps.claims.claims.change_claim(claim, claim.told(due=False)) is not None:
        return False
    try:
        messenger.send(Message(claim.payer, "", last_news(claim)))
    except MessengerError:
        return False
    return True
