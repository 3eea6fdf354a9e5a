"""The whole product in one process: the real dialog, use cases and voice function over a store in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from local.network import PhoneNetwork
from local.partners.sandbox_state import Book, Mood
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.adapters.twilio.credentials import TwilioCredentials
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue, move_onto, new_account
from telekarta.domain.ledger.postings import Posting, Source
from telekarta.domain.topups.claims import Claim, Refusal
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.calls.calling import CallDeps
from telekarta.usecases.calls.perform import performers
from telekarta.usecases.calls.settling import SettledLately
from telekarta.usecases.topups.claims import ClaimDeps, SourceUnavailable, Taken
from tests.kit.memory_store import MemoryStore
from tests.kit.phone import ACCOUNT_SID, AUTH_TOKEN, START, Phone, phone_network
from voice.steps import Answer, Door

PEPPER = b"a pepper for tests"
CARD, PIN = "123456", "40271953"
SERIAL, LONG_PIN = "1234567890", "481516234212"
LINE = "+48221234567"


class FixedPepper:
    def pepper(self) -> bytes:
        return PEPPER


class KnownTwilio:
    def credentials(self) -> TwilioCredentials:
        return TwilioCredentials(ACCOUNT_SID, (AUTH_TOKEN,))


class NetworkClock:
    """The product's clock shows what the network's virtual time shows."""

    def __init__(self) -> None:
        self.network: PhoneNetwork | None = None
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return (self.network.now if self.network else START) + self.ahead


@dataclass
class PlusAtHand:
    """The port `MoneySource` for vouchers, without a wire to what the local stand-in knows."""

    book: Book

    def take(self, claim: Claim, code: str) -> Taken | Refusal:
        if self.book.moods["plus"] is Mood.DOWN:
            raise SourceUnavailable("down")
        told = self.book.redeem(claim.key, code)
        if self.book.loses("plus", claim.key):
            raise SourceUnavailable("the answer got lost")
        return Taken(told.body["amount_grosze"]) if told.status == 200 else Refusal(told.body["reason"])

    def look_up(self, claim: Claim) -> Taken | None:
        told = self.book.found("plus", claim.key)
        return Taken(told.body["amount_grosze"]) if told.status == 200 else None

    def give_back(self, claim: Claim) -> bool:
        return False


@dataclass
class House:
    """One product, one network, and shorthands for stories."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: NetworkClock = field(default_factory=NetworkClock)
    answers: list[Answer] = field(default_factory=list)
    plus: Book = field(default_factory=Book)
    promotions: Sequence[Promotion] = ()

    def __post_init__(self) -> None:
        self.door = self.new_process()
        self.network = phone_network(self.transport)
        self.clock.network = self.network
        self.phone = Phone(self.network)

    def new_process(self) -> Door:
        """Another warm process of the voice function: same store, nothing remembered."""
        claims = ClaimDeps(
            self.store, self.store, {Source.PLUS_VOUCHER: PlusAtHand(self.plus)}, self.clock, self.promotions
        )
        self.call_deps = CallDeps(
            self.store,
            self.clock,
            FixedPepper(),
            load_price_book(),
            SettledLately(),
            claims=claims,
        )
        return self._door()

    def _door(self) -> Door:
        return Door(performers(self.call_deps), KnownTwilio())

    def needs(self, **deps: object) -> None:
        """From now on the voice function finds these in place of the ones that it had."""
        self.call_deps = replace(self.call_deps, **deps)  # type: ignore[arg-type]
        self.door = self._door()

    def transport(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """The HTTP API in front of the voice function."""
        assert method == "POST"
        parts = urlsplit(url)
        event = {
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "headers": {name.lower(): value for name, value in headers.items()},
            "requestContext": {"domainName": parts.hostname},
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        node = parts.path.removeprefix("/voice/")
        match node:
            case "incoming":
                answer = self.door.incoming(event)
            case "status":
                answer = self.door.status(event)
            case "report":
                answer = self.door.report(event)
            case _:
                answer = self.door.step(event, node)
        self.answers.append(answer)
        return answer.status, {"content-type": answer.content_type}, answer.body.encode()

    # What is in the shops.

    def white_phone(self, nominal: int = 2000, number: str = CARD, pin: str = PIN, **changes: object) -> Ref:
        ref = Ref.card(Brand.WHITE_PHONE, number)
        return self._issue(ref, nominal, white_phone_pin_digest(PEPPER, number, pin), changes)

    def telegrosik(
        self, nominal: int = 2000, serial: str = SERIAL, pin: str = LONG_PIN, **changes: object
    ) -> Ref:
        return self._issue(
            Ref.card(Brand.TELEGROSIK, serial), nominal, telegrosik_pin_digest(PEPPER, pin), changes
        )

    def account(self, nominal: int = 1500, line: str = LINE) -> Ref:
        """A line's account that was loaded with one card."""
        self.telegrosik(nominal, "9999999999", "999999999999")
        card = self.card(Ref.card(Brand.TELEGROSIK, "9999999999"))
        account = new_account(line, self.clock.now())
        assert self.store.open_account(account)
        richer, used_up, posting = move_onto(account, card, self.clock.now())
        assert self.store.move_card(used_up, richer, posting) is None
        return account.ref

    def _issue(self, ref: Ref, nominal: int, digest: str, changes: dict[str, object]) -> Ref:
        card, posting = issue(ref, nominal, digest, "A", None, self.clock.now())
        assert self.store.issue(replace(card, **changes), posting)  # type: ignore[arg-type]
        return ref

    def tops_up_to(self, ref: Ref, balance: int) -> None:
        """Somebody changes the money on the card, as any movement does: with a new version."""
        card = self.card(ref)
        lots = (replace(card.lots[0], left_grosze=balance),)
        self.store.cards[ref] = replace(card, lots=lots, version=card.version + 1)

    # What the books say.

    def card(self, ref: Ref) -> Card:
        found = self.store.line(ref.number).account if ref.number.startswith("+") else self.store.card(ref)
        assert found is not None
        return found

    def balance(self, ref: Ref) -> int:
        return self.card(ref).balance_grosze

    def charges(self, ref: Ref) -> list[int]:
        """What calls have cost, oldest first."""
        return [
            posting.amount_grosze for posting in reversed(self.store.postings(ref)) if posting.kind == "call"
        ]

    def calls(self, ref: Ref) -> list[Posting]:
        return [posting for posting in self.store.postings(ref) if posting.kind == "call"]
