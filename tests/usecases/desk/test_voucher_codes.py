"""The code on a photo is compared with the vouchers that topped the card up."""

from dataclasses import replace

import pytest

from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.claims import voucher_claim_id, voucher_posting_id
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.cards.changing import CardRefusal
from telekarta.usecases.commands import CommandRefused
from telekarta.usecases.desk.topups import CheckVoucherCode, TopUpDeskRefusal, VoucherFound
from telekarta.usecases.topups.crediting import TopUps, credit
from tests.kit.desk import NOW, PEPPER, WP, carry_out, desk, store_with, white_phone_card

VOUCHER, OTHER_VOUCHER = "12345678901234", "43210987654321"


@pytest.mark.rule("WP §7.3.4")
def test_a_voucher_is_found_by_its_code_on_the_card_that_it_topped_up() -> None:
    store = store_with(white_phone_card("123456"), white_phone_card("654321"))
    for number, code in (("123456", VOUCHER), ("654321", OTHER_VOUCHER)):
        money = TopUp(Source.PLUS_VOUCHER, voucher_claim_id(PEPPER, code), 5000, NOW)
        credit(TopUps(store, ()), Ref.card(WP, number), money, NOW)

    def asked(card: str, code: str) -> object:
        return carry_out(desk(store), CheckVoucherCode(WP, card, code))

    found = asked("123456", VOUCHER)
    assert isinstance(found, VoucherFound)
    assert (found.posting.id, found.posting.amount_grosze) == (voucher_posting_id(PEPPER, VOUCHER), 5000)
    assert asked("123456", OTHER_VOUCHER) == CommandRefused(TopUpDeskRefusal.OTHER_VOUCHER)
    assert asked("999999", VOUCHER) == CommandRefused(CardRefusal.UNKNOWN_CARD)
    # Spent or set aside, it is the card's all the same; and where its money went, it is known too.
    first, second = (store.cards[Ref.card(WP, number)] for number in ("123456", "654321"))
    lot = first.lots[-1]
    store.cards[first.ref] = replace(first, lots=first.lots[:-1])
    store.cards[second.ref] = replace(second, lots=(*second.lots, lot.moved_by("card_transfer:1")))
    assert asked("123456", VOUCHER) == asked("654321", VOUCHER) == found
    assert not store.commands
    assert VOUCHER not in repr(CheckVoucherCode(WP, "123456", VOUCHER))
