"""Cards and accounts, one at a time: looked up, issued, opened, changed by holders and operators."""

from collections.abc import Iterator
from dataclasses import replace

from telekarta.adapters.dynamodb.block_list import DynamoBlockList
from telekarta.adapters.dynamodb.codecs import Coded, Typed
from telekarta.adapters.dynamodb.items import (
    LINE,
    CardItem,
    account_or_card,
    card_of,
    card_values,
    key_of,
)
from telekarta.adapters.dynamodb.records import read_or_name
from telekarta.adapters.dynamodb.tables import Tables
from telekarta.adapters.dynamodb.transactions import NotMet, Update, query, scan, transact, update
from telekarta.adapters.dynamodb.writes import booking, card_change, card_issue, card_update
from telekarta.domain.books.closing import UnreadableRecord
from telekarta.domain.cards.card import Card, Kind, Ref
from telekarta.domain.cards.codes import Tries
from telekarta.domain.ledger.postings import Posting
from telekarta.domain.rules import rule
from telekarta.usecases.ports import Stale

# Guards of PINs and settings lie in the same table and are no cards.
_CARDS = (LINE, f"{Kind.CARD}:")


class DynamoCards:
    """Cards and accounts. A read brings the fraud block list along when its copy is getting old."""

    def __init__(self, tables: Tables, block_list: DynamoBlockList) -> None:
        self._tables = tables
        self._block_list = block_list

    def card(self, ref: Ref) -> Card | None:
        return card_of(self._block_list.read_along(key_of(ref)))

    def card_by_pin(self, pin_digest: str) -> Card | None:
        """The Telegrosik card of the PIN. The index may be a moment behind; whatever is then done to the card
        is conditional on its version, so an old sight of it only costs another round."""
        cards = self._tables.bound(CardItem)
        found = query(lambda: cards.by_pin.query(pin_digest))
        return account_or_card(found[0]) if found else None

    def all_cards(self) -> Iterator[Card | UnreadableRecord]:
        """Every card and account. One that can't be read is handed on as an UnreadableRecord: it must not
        keep the others from being looked at."""
        for raw in scan(self._tables, CardItem):
            key = raw["ref"]["S"]
            # A line without a version has no account, only wrong tries.
            if key.startswith(_CARDS) and "version" in raw:
                card = read_or_name(key, raw, card_of)
                if card is not None:
                    yield card

    @rule("TG §2.10")
    def issue(self, card: Card, posting: Posting) -> bool:
        """The card with its posting, and the guard of a PIN that alone lets in: all or nothing."""
        new, *guards = card_issue(card)
        return not transact(self._tables, new, booking(posting), *guards)

    @rule("TG §2.8", "TG §2.11")
    def open_account(self, account: Card) -> bool:
        """The line keeps its wrong tries; its record is kept for good from now on."""
        values = card_values(account)
        actions = [getattr(CardItem, name).to(value) for name, value in values.items() if name != "ref"]
        actions.append(CardItem.expires_at_epoch.remove())
        new = card_update(account.ref, actions, CardItem.version.does_not_exist())
        return not isinstance(update(self._tables, new), NotMet)

    def write(self, card: Card, changed: Card) -> None | Stale:
        after = replace(changed, ref=card.ref, version=card.version + 1)
        change = card_change(after, "status", "information_lines", seen=card.version)
        return _stale(update(self._tables, change))

    @rule("WP §1.2.10", "WP §1.2.11")
    def count_wrong_code(self, ref: Ref, seen: Tries, now: Tries, *, puk: bool) -> None | Stale:
        """If the answer gets lost and botocore sends again, one try is counted twice: an error to the safe
        side, and the pause has a ceiling."""
        tries: Coded[Tries] = CardItem.puk_tries if puk else CardItem.pin_tries
        never = tries.does_not_exist()
        as_seen = CardItem.version.exists() & (never if seen == Tries() else tries.equals(seen))
        return _stale(update(self._tables, card_update(ref, [tries.to(now)], as_seen)))

    # ---- a holder's own settings; they do nothing for a card that is not there

    def remember(self, ref: Ref, language: str, slow: bool) -> None:
        actions = [CardItem.language.to(language), CardItem.slow.to(slow)]
        update(self._tables, card_update(ref, actions, CardItem.version.exists()))

    @rule("WP §1.2.11")
    def propose_puk(self, ref: Ref, digest: str) -> None:
        actions = [CardItem.puk_pending.to(digest)]
        update(self._tables, card_update(ref, actions, CardItem.version.exists()))

    @rule("WP §1.2.11")
    def confirm_puk(self, ref: Ref, digest: str) -> bool:
        """Told twice it says yes twice: nothing is proposed any more, and the PUK is the confirmed one."""
        proposed = CardItem.puk_pending == digest
        confirmed = CardItem.puk_pending.does_not_exist() & (CardItem.puk_digest == digest)
        actions = [
            CardItem.puk_digest.to(digest),
            CardItem.puk_pending.remove(),
            CardItem.puk_tries.remove(),
        ]
        change: Update = card_update(ref, actions, proposed | confirmed)
        return not isinstance(update(self._tables, change), NotMet)


def _stale(answer: Typed | NotMet) -> None | Stale:
    return Stale(card_of(answer.item)) if isinstance(answer, NotMet) else None
