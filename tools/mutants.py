"""Breaks the real code on purpose, one way at a time, and shows that the simulator notices: `make mutants`.

Each mutant is a small change of the text of a file, made in a copy of the tree. The copy lives through a
bounded number of simulated worlds; a world that breaks a law has caught it. What MemoryStore promises,
DynamoDB must keep: there its mutants stand for the adapter's conditions, and the contract suite
(tests/adapters/dynamodb/test_store_contract.py) proves that the two promise the same.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
SEEDS, STEPS = 200, 1000
TIMEOUT_S = 600
_PACKAGE = "layers/telekarta/python/telekarta"
CALLS = f"{_PACKAGE}/domain/calls/charging.py"
ISSUING = f"{_PACKAGE}/domain/cards/issuing.py"
LEDGER = f"{_PACKAGE}/domain/ledger/postings.py"
TARIFF = f"{_PACKAGE}/domain/prices/tariff.py"
CORRECTIONS = f"{_PACKAGE}/domain/books/corrections.py"
TOP_UP = f"{_PACKAGE}/domain/topups/topup.py"
CALLING = f"{_PACKAGE}/usecases/calls/calling.py"
SETTLING = f"{_PACKAGE}/usecases/calls/settling.py"
CORRECTING = f"{_PACKAGE}/usecases/books/correcting.py"
HOLDS = f"{_PACKAGE}/usecases/calls/lost_hangups.py"
CLAIM = f"{_PACKAGE}/domain/topups/claims.py"
TRANSFER = f"{_PACKAGE}/domain/topups/card_transfers.py"
PAYMENT = f"{_PACKAGE}/domain/topups/payments.py"
PAYMENTS = f"{_PACKAGE}/usecases/topups/payments.py"
BANKING = f"{_PACKAGE}/usecases/bank/statements.py"
REFUND = f"{_PACKAGE}/domain/refunds/calculation.py"
COMPLETING = f"{_PACKAGE}/usecases/refunds/desk/completing.py"
APPLYING = f"{_PACKAGE}/usecases/refunds/desk/applying.py"
MONEY_FOUND = f"{_PACKAGE}/domain/refunds/money_found.py"
REFUND_NEXT = f"{_PACKAGE}/domain/refunds/next_action.py"
REFUND_CASE = f"{_PACKAGE}/domain/refunds/refund.py"
REFUND_MONEY = f"{_PACKAGE}/domain/refunds/movements.py"
HOLDING = f"{_PACKAGE}/usecases/refunds/steps/holding.py"
PAYING = f"{_PACKAGE}/usecases/refunds/steps/paying.py"
REFUND_PORTS = f"{_PACKAGE}/usecases/refunds/ports.py"
PAYOUTS = f"{_PACKAGE}/usecases/refunds/payouts.py"
TABLES = "tests/kit/memory_tables.py"
CARD_STORES = "tests/kit/memory_cards.py"
BOOK_STORES = "tests/kit/memory_books.py"
TOP_UP_STORES = "tests/kit/memory_topups.py"
REFUND_STORE = "tests/kit/memory_refunds.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to break the code: `old` occurs once in the file, and `new` takes its place."""

    name: str
    path: str
    old: str
    new: str

    def changed(self, text: str) -> str:
        if text.count(self.old) != 1:
            raise LookupError(f"{self.name}: {self.path} has its text {text.count(self.old)} times")
        return text.replace(self.old, self.new)


MUTANTS = (
    # Prices
    Mutant(
        "a call's price is rounded down",
        TARIFF,
        "return -(-units // (SECONDS_PER_MIN * self.units_per_grosz))",
        "return units // (SECONDS_PER_MIN * self.units_per_grosz)",
    ),
    Mutant(
        "each started minute is rounded up",
        TARIFF,
        'units = _whole("duration_s", duration_s, 0) * self.units_per_min',
        'units = -(-_whole("duration_s", duration_s, 0) // 60) * 60 * self.units_per_min',
    ),
    Mutant(
        "more than was held is charged",
        CALLS,
        "return min(rate.price_grosze(duration_s), held_grosze)",
        "return rate.price_grosze(duration_s)",
    ),
    Mutant(
        "half the price is held",
        CALLING,
        "quoted = Quote(limit_s, rate.price_grosze(limit_s))",
        "quoted = Quote(limit_s, rate.price_grosze(limit_s) // 2)",
    ),
    Mutant(
        "the list of the day prices the call",
        CALLING,
        "deps.prices.version(caller.brand, placed.tariff_version)",
        "deps.prices.current(caller.brand, day_of(deps.clock.now()))",
    ),
    # Ends of calls
    Mutant(
        "an unanswered call is charged",
        CALLING,
        "duration_s = 0 if effect.status in _UNANSWERED else effect.duration_s",
        "duration_s = 1 if effect.status in _UNANSWERED else effect.duration_s",
    ),
    Mutant(
        "a report without a duration is zero s",
        CALLING,
        "duration_s = 0 if effect.status in _UNANSWERED else effect.duration_s",
        "duration_s = 0 if effect.status in _UNANSWERED else effect.duration_s or 0",
    ),
    Mutant(
        "the callbacks' order is trusted",
        CALLING,
        "return closed_call == call and int(closed_attempt) >= int(attempt)",
        "return False",
    ),
    Mutant(
        "all calls of one caller share a hold",
        CALLING,
        "caller = caller.having(caller.placed_call.next_attempt())",
        "caller = caller.having(replace(caller.placed_call, attempts=1))",
    ),
    Mutant(
        "what was settled is remembered by call",
        CALLING,
        "    ended = deps.settled.get(caller.hold_id)\n",
        "    deps.settled.get = lambda _, e=deps.settled._ended: next(iter(e.values()), None)\n"
        "    ended = deps.settled.get(caller.hold_id)\n",
    ),
    Mutant(
        "a posting's id is made by the clock",
        CALLS,
        'return f"call:{hold.id}"',
        'return f"call:{hold.id}:{hold.placed_at}"',
    ),
    Mutant(
        "somebody else's hold is settled",
        SETTLING,
        "if card is None or card.hold is None or card.hold.id != hold.id:",
        "if card is None or card.hold is None:",
    ),
    Mutant(
        "a settled call is told by an old purse",
        SETTLING,
        "return Ended(card.purse if card else after, booked.amount_grosze)",
        "return Ended(purse, booked.amount_grosze)",
    ),
    Mutant(
        "a stale purse is never looked at again",
        SETTLING,
        "purse, hold = card.purse, card.hold",
        "hold = card.hold",
    ),
    # Lost hang-ups
    Mutant(
        "a lost hang-up is free",
        HOLDS,
        "return _settle(deps, card, hold, leg.duration_s, leg.sid, leg.ended_at, now)",
        "return _settle(deps, card, hold, 0, leg.sid, leg.ended_at, now)",
    ),
    Mutant(
        "a lost hang-up costs all that was held",
        HOLDS,
        "return _settle(deps, card, hold, leg.duration_s, leg.sid, leg.ended_at, now)",
        "return _settle(deps, card, hold, hold.limit_s, leg.sid, leg.ended_at, now)",
    ),
    Mutant(
        "a hold is given up before the call is over",
        HOLDS,
        "if leg is None and call.status in _OVER:",
        "if leg is None or leg.status not in _OVER:",
    ),
    Mutant(
        "a lost hang-up is taken from the call's first leg",
        HOLDS,
        "if leg.to == hold.destination and leg.created_at is not None and leg.created_at >= earliest",
        "if leg.created_at is not None",
    ),
    Mutant(
        "a hold expires in the middle of its talk",
        CALLS,
        "seconds=RINGING_S + quoted.limit_s + HOLD_MARGIN_S",
        "seconds=RINGING_S + quoted.limit_s // 2",
    ),
    # Lots and moves
    Mutant(
        "promotions are spent last",
        LEDGER,
        "_SPENT_AT = {source: place for",
        "_SPENT_AT = {source: place or len(_SPENT_IN_ORDER) for",
    ),
    Mutant(
        "the youngest lot is spent first",
        LEDGER,
        "key=lambda lot: (_SPENT_AT[lot.source], lot.granted_at, lot.id)",
        "key=lambda lot: (_SPENT_AT[lot.source], -lot.granted_at.timestamp(), lot.id)",
    ),
    Mutant(
        "a move loses the account's own lots",
        ISSUING,
        "lots=account.lots + grants, last_active_at=now",
        "lots=grants, last_active_at=now",
    ),
    Mutant(
        "a move forgets where the money came from",
        ISSUING,
        "id=str(first + n), left_grosze=d.amount_grosze)",
        "id=str(first + n), left_grosze=d.amount_grosze, source=Source.CARD_TRANSFER)",
    ),
    Mutant(
        "a card in a call is moved away",
        ISSUING,
        "return CardRefusal.IN_A_CALL if card.hold is not None else None",
        "return None",
    ),
    # Money that comes, and corrections
    Mutant(
        "held money is taken by a correction",
        CORRECTIONS,
        "free = min(purse.balance_grosze, card.balance_grosze - card.held_grosze)",
        "free = purse.balance_grosze",
    ),
    Mutant(
        "more is given back than was charged",
        CORRECTING,
        "if amount > standing:",
        "if amount < 0:",
    ),
    Mutant(
        "what is given back is new money",
        CORRECTIONS,
        "piece.granted_at, correction, piece.top_up)",
        "reason.at, correction)",
    ),
    Mutant(
        "the same money is credited to each card that is named",
        TOP_UP,
        'return f"topup:{self.source}:{self.origin}"',
        'return f"topup:{self.source}:{self.origin}:{self.at}"',
    ),
    Mutant(
        "a bonus is granted once a top-up, not once a card",
        TOP_UP,
        "{card.ref if promotion.once_per_card else money.posting_id}",
        "{money.posting_id}",
    ),
    Mutant(
        "a top-up is written over what came meanwhile",
        BOOK_STORES,
        "card_change(self.tables, after, *moved, seen=before.version)",
        "card_change(self.tables, after, *moved, seen=self.tables.cards[before.ref].version)",
    ),
    Mutant(
        "a correction is written over what came meanwhile",
        BOOK_STORES,
        'card_change(self.tables, after, "lots", seen=before.version)',
        'card_change(self.tables, after, "lots", seen=self.tables.cards[before.ref].version)',
    ),
    # Payments on the web
    Mutant(
        "a provider's word is money before it is confirmed",
        PAYMENTS,
        "match gateway.confirm(as_ordered(known), told):",
        "match Confirmation.COMPLETED:",
    ),
    Mutant(
        "a payment that was canceled can't be paid any more",
        PAYMENT,
        "PaymentStage.CANCELED: frozenset({PaymentStage.PAID})",
        "PaymentStage.CANCELED: frozenset()",
    ),
    Mutant(
        "a second payment of an order is taken for the first",
        PAYMENTS,
        "elif seen.provider_order_id != told.provider_order_id:",
        "elif False:",
    ),
    Mutant(
        "money that the card can't take is nobody's case",
        PAYMENTS,
        'open_case(deps, CaseKind.PAYMENT_NOT_CREDITED, paid, now, {"refusal": answer.value})',
        "pass",
    ),
    Mutant(
        "what is paid and not credited is not taken up again",
        PAYMENT,
        "return self.stage in ASKED_ABOUT or self.stage is PaymentStage.PAID or bool(self.receipts_due)",
        "return self.stage in ASKED_ABOUT or bool(self.receipts_due)",
    ),
    Mutant(
        "a payment's stage is written over a newer one",
        TOP_UP_STORES,
        "if present.version != seen.version:\n            return present\n        self.tables.paying",
        "if False:\n            return present\n        self.tables.paying",
    ),
    # Money of others, and money between cards
    Mutant(
        "the other side is asked under a new key each time",
        CLAIM,
        'return f"{self.id}-{self.attempt}"',
        'return f"{self.id}-{self.version}-{id(self)}"',
    ),
    Mutant(
        "moved money keeps being what could be asked back",
        TRANSFER,
        "return Source.PROMOTION if source is Source.PROMOTION else Source.CARD_TRANSFER",
        "return source",
    ),
    Mutant(
        "a transfer takes no fee for itself",
        TRANSFER,
        "poorer = replace(giver.with_purse(spent), version=giver.version + 1, last_active_at=now)",
        "poorer = replace(giver.with_purse(giver.purse.spend(moved.amount_grosze)[0]),"
        " version=giver.version + 1, last_active_at=now)",
    ),
    # Refunds
    Mutant(
        "what is asked back stays on the card",
        HOLDING,
        "after, posting = hold(after, refund.id, taken, rule_of(refund), now, refund.holds + 1)",
        "posting = hold(after, refund.id, taken, rule_of(refund), now, refund.holds + 1)[1]",
    ),
    Mutant(
        "money is asked back in the middle of a call",
        HOLDING,
        "        if card is not None and card.hold is not None:\n"
        "            return answer(work, refund, in_a_call=True)\n",
        "",
    ),
    Mutant(
        "a refund's fee is not kept",
        REFUND_MONEY,
        "return tuple(each for each in parts if each[2])",
        'return tuple(each for each in parts if each[2] and each[0] != "fee")',
    ),
    Mutant(
        "vouchers cost no more than other money",
        REFUND,
        "left = refundable - bonus - fee - voucher_fee",
        "left = refundable - bonus - fee",
    ),
    Mutant(
        "a bonus that is still on the card is deducted as well",
        MONEY_FOUND,
        "return self.granted_grosze - self.left_grosze",
        "return self.granted_grosze",
    ),
    Mutant(
        "nobody looks at proofs",
        REFUND,
        "return any(proof.covers(lot) for proof in proofs)",
        "return True",
    ),
    Mutant(
        "a document proves whatever it is about",
        APPLYING,
        "if (money.source, posting.id) not in lots or money.source not in PROVES[each.kind]:",
        "if False:",
    ),
    Mutant(
        "an amount that is named later is not heeded",
        REFUND,
        "    return application.asked_grosze\n",
        "    return application.asked_grosze if found.on_arrival_grosze % 2 else 100_000\n",
    ),
    Mutant(
        "money is drawn on by its age alone",
        REFUND,
        "return max(tried, key=lambda draws: (gives(draws), -total(draws)))",
        "return _take(sorted(lots, key=lambda lot: lot.granted_at), due_grosze)",
    ),
    Mutant(
        "six digits are enough to take a stranger's money",
        REFUND,
        "    if not application.knows_codes:\n        return ()\n",
        "",
    ),
    Mutant(
        "what is set aside is never exchanged",
        REFUND_CASE,
        "return self.found is None or set_aside(self.policy, self.application, self.found) != self.held",
        "return self.found is None",
    ),
    Mutant(
        "what was exchanged is held twice",
        HOLDING,
        "without(refund.held, parts), without(parts, refund.held)",
        "without(refund.held, parts), parts",
    ),
    Mutant(
        "money that was released has lost its name",
        REFUND_MONEY,
        "part.granted_at, posting_id, part.top_up)",
        "part.granted_at, posting_id)",
    ),
    Mutant(
        "the fee is kept though nothing was refunded",
        REFUND_CASE,
        "return bool(self.payouts) and all(payout.replaced for payout in self.payouts)",
        "return False",
    ),
    Mutant(
        "the fee is given back though a part was refunded",
        REFUND_CASE,
        "return bool(self.payouts) and all(payout.replaced for payout in self.payouts)",
        "return bool(self.payouts)",
    ),
    Mutant(
        "every refund deducts the same bonus",
        HOLDING,
        "taken_back = bonuses_taken_back(work.refunds, postings)",
        "taken_back = bonuses_taken_back(work.refunds, ())",
    ),
    Mutant(
        "papers that come after the grant change what was granted",
        COMPLETING,
        "why, application=account, payouts=payouts",
        "why, application=application, payouts=payouts",
    ),
    Mutant(
        "what is paid out comes back on the card too",
        PAYING,
        "rest = without(refund.held, found.draws)",
        "rest = refund.held",
    ),
    Mutant(
        "a refused application keeps the money",
        REFUND_NEXT,
        "    if refund.held and not refund.released:\n        return NextAction(Do.RELEASE)\n",
        "",
    ),
    Mutant(
        "money comes back on a card that is used up",
        REFUND_PORTS,
        "if card.status is not Status.USED_UP:",
        "if card.status:",
    ),
    Mutant(
        "a provider gives back another payment",
        PAYOUTS,
        'ways.append((Way(part.source.value), part.top_up.rpartition(":")[2], part))',
        "paid = refund.application.proofs[-1].posting\n"
        '            ways.append((Way(part.source.value), paid.rpartition(":")[2], part))',
    ),
    Mutant(
        "a provider's refusal is believed, although it may have taken the refund",
        PAYING,
        "sending, PayoutState.REFUSED, told_once=True)",
        "sending, PayoutState.REFUSED)",
    ),
    Mutant(
        "every refund is under way by bank",
        PAYOUTS,
        'f"payouts:{payout.way}",',
        '"payouts:bank",',
    ),
    Mutant(
        "a replaced payout is counted twice",
        PAYOUTS,
        "marked = tuple(replace(each, replaced=True) if each.number in gone else each for each in payouts)",
        "marked = payouts",
    ),
    Mutant(
        "a transfer that came back is a transfer that left",
        PAYOUTS,
        "left = entry.amount_grosze < 0 and not entry.is_reversal",
        "left = True",
    ),
    Mutant(
        "a transfer that comes back after the end reopens nothing",
        PAYOUTS,
        "        if refund.is_over:\n            # A bank",
        "        if False:\n            # A bank",
    ),
    Mutant(
        "a refund is over while its money is on its way",
        REFUND_NEXT,
        "if not refund.stranded and not waiting:",
        "if not refund.stranded:",
    ),
    Mutant(
        "a refund is written over what was decided meanwhile",
        REFUND_STORE,
        "return self.tables.refunding[seen.id].version == seen.version",
        "return True",
    ),
    Mutant(
        "a refund takes what was spent meanwhile",
        REFUND_STORE,
        'card_change(self.tables, after, "lots", seen=before.version)',
        'card_change(self.tables, after, "lots", seen=self.tables.cards[before.ref].version)',
    ),
    # The conditions of the store
    Mutant(
        "a hold is put on a card that has one",
        CARD_STORES,
        "if card is None or card.version != purse.version or card.hold is not None:",
        "if card is None or card.version != purse.version:",
    ),
    Mutant(
        "a hold is put without the version check",
        CARD_STORES,
        "if card is None or card.version != purse.version or card.hold is not None:",
        "if card is None or card.hold is not None:",
    ),
    Mutant(
        "a call is settled without the version check",
        CARD_STORES,
        "return card.version == purse.version and card.hold is not None and card.hold.id == hold_id",
        "return card.hold is not None and card.hold.id == hold_id",
    ),
    Mutant(
        "a posting may be booked twice",
        TABLES,
        "lambda: posting.id not in tables.booked,",
        "lambda: True,",
    ),
    Mutant(
        "settling leaves the hold where it was",
        CARD_STORES,
        "                    hold=None,\n                    closed_hold=hold_id,\n",
        "",
    ),
    Mutant(
        "a hold is let go without looking",
        CARD_STORES,
        "if card is None or not _is_held(card, purse, hold_id):",
        "if card is None:",
    ),
    Mutant(
        "settling is not all or nothing",
        CARD_STORES,
        "transact(booking(self.tables, posting), self._settled(",
        "transact(replace(booking(self.tables, posting), do=bool), self._settled(",
    ),
    Mutant(
        "a transfer is returned although it is on a card",
        BOOK_STORES,
        "return self.tables.booked[posting.id] if transact(booking(self.tables, posting)) else None",
        "return self.tables.booked.update({posting.id: posting})",
    ),
    Mutant(
        "a transfer is named by the file that tells of it",
        BANKING,
        "money_of(entry, entry.reference), now)",
        'money_of(entry, f"{entry.reference}/{now.isoformat()}"), now)',
    ),
    Mutant(
        "a transfer that no card can have is forgotten",
        BANKING,
        "    if not deps.store.open_case(case):\n        return None\n    return Entry",
        "    return Entry",
    ),
    Mutant(
        "a move does not look at the card's version",
        BOOK_STORES,
        "seen=card.version - 1",
        "seen=self.tables.cards[card.ref].version",
    ),
    Mutant(
        "a move does not look at the account's version",
        BOOK_STORES,
        "seen=account.version - 1",
        "seen=self.tables.cards[account.ref].version",
    ),
)


@dataclass(frozen=True, slots=True)
class Caught:
    """How a mutant was caught, if it was."""

    mutant: Mutant
    seed: str = ""
    step: str = ""
    law: str = ""
    problem: str = ""


def hunt(mutant: Mutant, seeds: int = SEEDS, steps: int = STEPS) -> Caught:
    """Live in the broken tree until a law breaks."""
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        for part in (
            "layers/telekarta",
            "functions/desk",
            "functions/voice",
            "tests/kit",
            "tests/simulation",
        ):
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        broken = tree / mutant.path
        broken.write_text(mutant.changed(broken.read_text()))
        told = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "tests.simulation", "--tell", "line", "--jobs", "1"),
                *("--seeds", str(seeds), "--steps", str(steps)),
            ],
            cwd=tree,
            env=os.environ
            | {"PYTHONPATH": "layers/telekarta/python:functions:.", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    parts = told.stdout.strip().split("\t")
    if told.returncode == 0:
        return Caught(mutant)
    if len(parts) != 4:
        return Caught(mutant, problem=told.stderr.strip().rpartition("\n")[2])
    return Caught(mutant, *parts[:3])


def table(rows: Sequence[Caught]) -> str:
    cells = [("mutant", "seed", "step", "caught by")]
    cells += [
        (each.mutant.name, each.seed, each.step, each.law or each.problem or "NOT CAUGHT") for each in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(
        f"{line[0].ljust(widths[0])}  {line[1].rjust(widths[1])}  {line[2].rjust(widths[2])}  {line[3]}"
        for line in cells
    )


def main() -> int:
    """All mutants, or those whose names have one of the given words."""
    chosen = [each for each in MUTANTS if not sys.argv[1:] or any(word in each.name for word in sys.argv[1:])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(hunt, chosen))
    print(table(rows))
    survivors = [each for each in rows if not each.law]
    print(f"{len(rows) - len(survivors)} of {len(rows)} mutants caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
