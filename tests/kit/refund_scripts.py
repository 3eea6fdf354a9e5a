"""What may happen to an application for unused money: a script a way through, and what it ends with.

`balance` is what is on the card at the end, 5.00 zł of it from the canteen; `letters` are what was answered;
`cases` are the operators' open cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.kit.refunds import LONG_PIN, OTHER_ACCOUNT, PUK, Line, on


@dataclass(frozen=True)
class Script:
    name: str
    lines: tuple[Line, ...]
    stage: str
    balance: int
    letters: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    paid: int = 0


def script(name: str, *lines: Line, stage: str = "closed", balance: int, **ends: object) -> Script:
    return Script(name, lines, stage, balance, **ends)  # type: ignore[arg-type]


GIVEN = on(0, "given", bank=5000)
APPLIES = on(0, "applies")

SCRIPTS = (
    script(
        "granted and paid", GIVEN, APPLIES, on(3, "grants"), on(5, "bank_pays"),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "only a part is asked for", GIVEN, on(0, "applies", amount_grosze=3000), on(3, "grants"),
        on(5, "bank_pays"),
        balance=2500, letters=("granted",), paid=1000,
    ),
    script(
        "vouchers cost ten percent more", on(0, "given", plus_voucher=5000), APPLIES, on(3, "grants"),
        on(4, "bank_pays"), balance=500, letters=("granted",), paid=2500,
    ),
    script(
        "mixed money", on(0, "given", bank=3000, plus_voucher=2000), APPLIES, on(3, "grants"),
        on(4, "bank_pays"),
        balance=500, letters=("granted",), paid=2800,
    ),
    script(
        "a spent bonus is deducted", on(0, "given", bank=10_000, promotion=2000),
        on(0, "spends", amount=2000), APPLIES, on(3, "grants"), on(4, "bank_pays"),
        balance=500, letters=("granted",), paid=6000,
    ),
    script(
        "money that no proof is about comes back", on(0, "given", bank=5000, payu=2000, payment="a1"),
        on(0, "applies", proofs=[{"posting": "topup:bank:{card}-2", "kind": "transfer", "document": "skan"}]),
        on(1, "grants"), on(1.1, "completes", unfit=True, reasons="Brak potwierdzenia drugiej wpłaty."),
        on(2, "grants"), on(31, "grants"), on(32, "bank_pays"),
        balance=2500, letters=("call", "granted"), refusals=("proofs_not_asked_for", "proofs_awaited"),
        paid=3000,
    ),
    script(
        "a proof of other money than was set aside", on(0, "given", bank=5000, plus_voucher=5000),
        on(0, "applies", amount_grosze=5000, proofs=None),
        on(1, "completes", proofs=[{"posting": "topup:plus_voucher:{card}-3", "kind": "voucher",
                                    "document": "refunds/{card}/karta.jpg"}]),
        on(2, "grants"), on(3, "bank_pays"), balance=5500, letters=("call", "granted"), paid=2500,
    ),
    script(
        "the other money was talked away meanwhile", on(0, "given", bank=5000, plus_voucher=5000),
        on(0, "applies", amount_grosze=5000, proofs=None),
        on(0.5, "spends", amount=3500),
        on(1, "completes", proofs=[{"posting": "topup:plus_voucher:{card}-3", "kind": "voucher",
                                    "document": "refunds/{card}/karta.jpg"}]),
        on(1.5, "grants"), on(1.6, "completes", amount_grosze=2000), on(2, "grants"), on(2, "refuses"),
        balance=7000, letters=("call", "refused"), refusals=("proofs_awaited", "conditions_unmet"),
    ),
    script(
        "more is asked for, and granted", GIVEN, on(0, "applies", amount_grosze=3000),
        on(1, "completes", amount_grosze=5000), on(2, "grants"), on(3, "bank_pays"),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "what came does not do, and is asked for again", GIVEN,
        on(0, "applies", arrived="web", answer_by="email", address="jan@example.pl", proofs=None),
        on(6, "completes", unfit=True, reasons="Na dokumencie nie ma daty wpłaty."),
        on(12, "completes", proofs=[{"posting": "topup:bank:{card}-2", "kind": "transfer",
                                     "document": "refunds/{card}/przelew.pdf"}]),
        on(13, "grants"), on(14, "bank_pays"),
        balance=500, letters=("call", "call:2", "acknowledged", "granted"), paid=3000,
    ),
    script(
        "a code that came was wrong again", GIVEN, on(0, "applies", pin=None),
        on(3, "completes", pin="11111111"), on(20, "completes", pin="40271953"), on(21, "grants"),
        on(22, "bank_pays"), balance=500, letters=("call", "call:2", "granted"), paid=3000,
    ),
    script(
        "entered a day after the last one", GIVEN, on(0, "applies", owner=None),
        on(22, "completes", owner="Jan Kowalski"), on(23, "grants"), on(24, "bank_pays"),
        balance=500, letters=("call", "granted"), paid=3000,
    ),
    script(
        "never completed, and too late to apply again", on(0, "given", bank=5000, topped_up=175),
        on(0, "applies", owner=None), on(31, "nothing"), on(31, "refuses"),
        balance=5500, letters=("call", "refused"),
    ),
    script(
        "nothing but the canteen's money, and no reason", GIVEN, APPLIES, on(1, "refuses", reasons=None),
        on(2, "withdraws"), balance=5500, letters=("withdrawn",), refusals=("reasons_missing",),
    ),
    script(
        "refused", GIVEN, APPLIES, on(3, "refuses", reasons="Brak podstaw."),
        balance=5500, letters=("refused",),
    ),
    script(
        "too late to apply", on(0, "given", bank=5000, topped_up=190), APPLIES, on(1, "grants"),
        on(1, "refuses"),
        balance=5500, letters=("refused",), refusals=("conditions_unmet",),
    ),
    script(
        "less than twenty zlote", on(0, "given", bank=1400), APPLIES, on(1, "grants"), on(1, "refuses"),
        balance=1900, letters=("refused",), refusals=("conditions_unmet",),
    ),
    script(
        "nothing but the canteen's money", on(0, "given", card_transfer=5000),
        on(0, "applies", proofs=None), on(1, "withdraws"), balance=5500, letters=("call", "withdrawn"),
    ),
    script(
        "withdrawn", GIVEN, APPLIES, on(3, "withdraws"), balance=5500, letters=("withdrawn",),
    ),
    script(
        "withdrawn too late", GIVEN, APPLIES, on(3, "grants"), on(4, "withdraws"), on(5, "bank_pays"),
        balance=500, letters=("granted",), refusals=("too_late_to_withdraw",), paid=3000,
    ),
    script(
        "completed in time", GIVEN, on(0, "applies", pin=None, owner=None), on(2, "grants"),
        on(10, "completes", pin="40271953", owner="Jan Kowalski"), on(11, "grants"), on(12, "bank_pays"),
        balance=500, letters=("call", "granted"), refusals=("incomplete",), paid=3000,
    ),
    script(
        "a wrong PIN is asked for, and a PUK", on(0, "given", bank=5000, puk=PUK),
        on(0, "applies", pin="11111111"), on(4, "completes", pin="40271953", puk=PUK), on(5, "grants"),
        on(6, "bank_pays"), balance=500, letters=("call", "granted"), paid=3000,
    ),
    script(
        "never completed", GIVEN, on(0, "applies", signed=False), on(36, "nothing"),
        balance=5500, letters=("call", "lapsed"),
    ),
    script(
        "the account's number is wrong", GIVEN, on(0, "applies", account="wrong"),
        on(3, "completes", account=OTHER_ACCOUNT), on(4, "grants"), on(5, "bank_pays"),
        balance=500, letters=("call", "granted"), paid=3000,
    ),
    script(
        "a second application meets the first", GIVEN, APPLIES, on(0.1, "applies", request_id="w2-{card}"),
        on(0.2, "applies"), on(3, "grants"), on(4, "bank_pays"),
        balance=500, letters=("granted",), refusals=("refund_is_open",), paid=3000,
    ),
    script(
        "applied for during a call", GIVEN, on(0, "calls"), APPLIES, on(0.001, "grants"), on(0.1, "hangs_up"),
        on(0.5, "nothing"), on(3, "grants"), on(4, "bank_pays"),
        balance=500, letters=("granted",), refusals=("not_looked_at_yet",), paid=3000,
    ),
    script(
        "the rest is talked away meanwhile", on(0, "given", bank=5000, card_transfer=3000), APPLIES,
        on(1, "spends", amount=3500), on(3, "grants"), on(4, "bank_pays"),
        balance=0, letters=("granted",), paid=3000,
    ),
    script(
        "the card expires meanwhile, and gets its money back", GIVEN, APPLIES, on(1, "expires"),
        on(3, "refuses"),
        balance=5500, letters=("refused",),
    ),
    script(
        "nearly due", GIVEN, APPLIES, on(26, "nothing"), stage="open", balance=500,
        cases=("refund", "refund_due", "refund_due"),
    ),
    script(
        "decided after the limit", GIVEN, APPLIES, on(36, "nothing"), on(36, "grants"), on(37, "bank_pays"),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "overdue", GIVEN, APPLIES, on(33, "nothing"), stage="open", balance=500,
        cases=("refund", "refund_due", "refund_due", "refund_due", "refund_overdue"),
    ),
    script(
        "the transfer comes back, and goes to another account", GIVEN, APPLIES, on(3, "grants"),
        on(4, "bank_pays"),
        on(4, "nothing"), balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "returned before it was confirmed", GIVEN, APPLIES, on(3, "grants"), on(4, "bank_returns"),
        on(6, "completes", account=OTHER_ACCOUNT), on(8, "bank_pays", number=2),
        balance=500, letters=("granted", "account:1"), paid=3000,
    ),
    script(
        "returned, and put back on the card", GIVEN, APPLIES, on(3, "grants"), on(4, "marks_returned"),
        on(6, "withdraws"), balance=5500, letters=("granted", "account:1", "put_back:1"),
    ),
    script(
        "returned, and nobody says where to", GIVEN, APPLIES, on(3, "grants"), on(4, "bank_returns"),
        on(13, "nothing"), stage="paying", balance=500, letters=("granted", "account:1"),
        cases=("refund", "refund_returned", "refund_unpaid"),
    ),
    script(
        "nobody confirms the transfer", GIVEN, APPLIES, on(3, "grants"), on(11, "nothing"), stage="paying",
        balance=500, letters=("granted",), cases=("payout_to_order", "refund", "refund_unpaid"),
    ),
    script(
        "confirmed by hand", GIVEN, APPLIES, on(3, "grants"), on(4, "confirms"), on(4, "confirms"),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "the statement says another amount", GIVEN, APPLIES, on(3, "grants"), on(4, "bank_pays", amount=2999),
        stage="paying", balance=500, letters=("granted",),
        cases=("payout_differs", "payout_to_order", "refund"),
    ),
    script(
        "back the way it came", on(0, "given", payu=5000, payment="a2"),
        on(0, "applies", same_way=True, account=None, owner=None), on(3, "grants"),
        on(4, "provider_says", state="done"),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "the provider refuses, the bank pays", on(0, "given", payu=5000, payment="e1"),
        on(0, "applies", same_way=True), on(3, "grants"), on(5, "bank_pays", number=2),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "the provider refuses late", on(0, "given", payu=5000, payment="a3"),
        on(0, "applies", same_way=True), on(3, "grants"), on(4, "provider_says", state="refused"),
        on(6, "bank_pays", number=2), balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "the provider refuses, and there is no account", on(0, "given", payu=5000, payment="e2"),
        on(0, "applies", same_way=True, account=None, owner=None), on(3, "grants"),
        on(5, "completes", account=OTHER_ACCOUNT, owner="Jan Kowalski"), on(6, "bank_pays", number=2),
        balance=500, letters=("granted", "account:1"), paid=3000,
    ),
    script(
        "the provider does not answer, then says it knows", on(0, "given", payu=5000, payment="d1"),
        on(0, "applies", same_way=True), on(3, "grants"), on(4, "provider_says", state="done"),
        balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "there is no such e-mail address", GIVEN,
        on(0, "applies", answer_by="email", address="nobody@example.pl", arrived="email"), on(3, "refuses"),
        balance=5500, cases=("refund_answer_undelivered", "refund_answer_undelivered"),
    ),
    script(
        "the mail server has a rest", GIVEN,
        on(0, "applies", answer_by="email", address="later@example.pl", arrived="email"), on(3, "refuses"),
        balance=5500, letters=("acknowledged", "refused"),
    ),
    script(
        "sent on the web page, its documents read", GIVEN,
        on(0, "applies", arrived="web", answer_by="email", address="jan@example.pl"),
        on(2, "grants"), on(3, "bank_pays"),
        balance=500, letters=("acknowledged", "granted"), paid=3000,
    ),
    script(
        "sent on the web page without a document", GIVEN,
        on(0, "applies", arrived="web", answer_by="email", address="jan@example.pl", proofs=None),
        on(40, "nothing"),
        balance=5500, letters=("call", "lapsed"),
    ),
    script(
        "Telegrosik: no fee, the nominal too", on(0, "given", bank=2000, brand="telegrosik"),
        on(0, "applies", pin=LONG_PIN), on(3, "grants"), on(4, "bank_pays"),
        balance=0, letters=("granted",), paid=2500,
    ),
    script(
        "given up and started anew", GIVEN, APPLIES, on(1, "gives_up"), on(2, "restarts"), on(2, "resumes"),
        on(3, "grants"), on(4, "bank_pays"), balance=500, letters=("granted",), paid=3000,
    ),
    script(
        "decided twice, and otherwise", GIVEN, APPLIES, on(3, "refuses"), on(3, "refuses"), on(3, "grants"),
        balance=5500, letters=("refused",), refusals=("decided_before",),
    ),
)  # fmt: skip

BY_NAME: Mapping[str, Script] = {each.name: each for each in SCRIPTS}
