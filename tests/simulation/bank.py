"""Bank transfers in the simulated world: the bank with what was really sent, its files, and the operators.

Files overlap, come twice and at once, and are left half taken; titles name a card, several, none, or one that
there is not; operators assign and return the same transfer at the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telekarta.domain.bank.accounts import Account
from telekarta.domain.bank.statements import BankEntry, Booking, Statement, name_entries
from telekarta.domain.bank.transfers import Fate, case_id, posting_id
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Kind, Ref
from telekarta.domain.cases.case import CaseKind, CaseState
from telekarta.domain.ledger.postings import PostingKind
from telekarta.usecases.bank.commands import AssignTransfer, ReturnTransfer, TransferCommand, TransferRefused
from telekarta.usecases.bank.ports import BankDeps
from telekarta.usecases.bank.statements import take_file
from telekarta.usecases.ports import StoreUnavailable
from tests.simulation.auditor import Law, Laws, must
from tests.simulation.cloud import Attempt, Died, smooth
from tests.simulation.steps import Job, Step, alone_or_at_once
from tests.simulation.topups import check_top_up

if TYPE_CHECKING:
    from tests.simulation.world import World

LATELY = 12  # a file tells of the last days, not of everything
ACCOUNTS = {Brand.WHITE_PHONE: "75109000046599000000001010", Brand.TELEGROSIK: "44102055581111110000000017"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A transfer as the bank knows it, and the only card that its title names, if there was one then."""

    entry: BankEntry
    named: Ref | None
    number: int
    is_payout: bool = False  # a refund that left, or came back


class Banking:
    """All that the world does about bank transfers."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.sent: list[Sent] = []
        self.by_operator: set[str] = set()  # transfers about which a command was given

    @property
    def _deps(self) -> BankDeps:
        world = self._world
        # Long before the world begins: accounts that are dated have tests of their own.
        since = day_of(world.now).replace(year=2000)
        accounts = [Account(nrb, brand, since) for brand, nrb in ACCOUNTS.items()]
        return BankDeps(
            world.line,
            world.line,
            world.clock,
            self._read,
            world.promotions,
            accounts,
            world.refunding.payout,
        )

    def _read(self, raw: bytes) -> tuple[Statement, ...]:
        """Files of this world are the numbers of the transfers in them, by account."""
        told = [self.sent[int(number)].entry for number in raw.split()]
        return tuple(
            Statement(nrb, "1", day_of(self._world.now), "PLN", 0, 0, entries)
            for nrb in ACCOUNTS.values()
            if (entries := tuple(each for each in told if each.account_nrb == nrb))
        )

    # ------------------------------------------------------------------ what happens

    def is_sent(self, ref: Ref, which: int) -> None:
        """Somebody sends money, and writes a title as people do."""
        world, chance = self._world, self._world.chance
        other = chance.choice([each for each in world.store.cards if each.kind is ref.kind])
        title, named = chance.choice(
            (
                (f"karta {ref.number}", ref),
                (f"doladowanie {ref.number}", ref),
                (f"{ref.number} albo {other.number}", ref if other.brand is not ref.brand else None),
                ("karta 999999", None),
                ("dla syna", None),
            )
        )
        named = ref if other == ref and ref.number in title else named
        booking = Booking(
            day_of(world.now),
            chance.choice((500, 1999, 6000)),
            "PLN",
            title,
            f"SENDER {world.number} {which}",
            bank_reference=f"B{world.number}N{which}" if chance.random() < 0.7 else "",
        )
        (entry,) = name_entries(ACCOUNTS[ref.brand], [booking])
        self.sent.append(Sent(entry, named, world.number))
        world.money[posting_id(entry.reference)] = entry.amount_grosze
        world.tell(f"{entry.amount_grosze} grosze are sent: {title!r}")

    def file(self) -> bytes:
        """Some of what was sent lately, in any order."""
        lately = range(max(0, len(self.sent) - LATELY), len(self.sent))
        chosen = self._world.chance.sample(lately, k=self._world.chance.randint(1, len(lately)))
        return " ".join(map(str, chosen)).encode()

    def take(self, raw: bytes, attempt: Attempt) -> None:
        """The function is told of a file; what it could not finish it is told of again, sooner or later."""
        world = self._world
        world.attempt = attempt
        try:
            report = take_file(self._deps, "a file", raw)
        except (StoreUnavailable, Died):
            must(bool(attempt.struck) or not world.alone, Law.NO_FAULT, "a file was given up")
            world.tell(f"file {raw.decode()}: broken off")
            return
        must(report.unreadable is None and not report.case, Law.NO_FAULT, "a good file", report.case)
        fates = [each.fate for each in report.entries()]
        excused = bool(attempt.struck) or not world.alone
        must(excused or Fate.UNFINISHED not in fates, Law.NO_FAULT, "a file was not finished")
        world.tell(f"file {raw.decode()}: {' '.join(fates)}")

    def decision(self) -> TransferCommand | None:
        """What an operator decides about a transfer that waits, or once did."""
        world, chance = self._world, self._world.chance
        waiting = [case for case in world.store.found.values() if case.kind is CaseKind.TRANSFER_WAITS]
        if not waiting:
            return None
        case = chance.choice(waiting[-4:])
        self.by_operator.add(str(case.facts["origin"]))
        if chance.random() < 0.4:
            return ReturnTransfer(case.id, "operator", "wants it back")
        brand = Brand(str(case.facts["brand"]))
        cards = [ref for ref in list(world.store.cards)[-12:] if ref.brand is brand]
        ref = chance.choice(cards or list(world.store.cards))
        return AssignTransfer(case.id, ref.brand, ref.number, "operator", "has telephoned")

    # ------------------------------------------------------------------ what must be

    def tell_everything(self) -> None:
        if self.sent:
            self.take(" ".join(map(str, range(len(self.sent)))).encode(), smooth())

    def come_to_rest(self) -> None:
        self.tell_everything()
        self._check(self.sent)

    def _check(self, sent: Sequence[Sent]) -> None:
        """Whatever was sent is on one card, went back, or waits for a person."""
        store = self._world.store
        for each in sent:
            if each.is_payout:
                continue
            name = each.entry.reference
            booked, case = store.booked.get(posting_id(name)), store.found.get(case_id(name))
            must(booked is not None or case is not None, Law.PAYMENT_ENDS, name, "came, and nobody knows")
            if booked is None:
                must(
                    case is not None and case.state is CaseState.OPEN, Law.PAYMENT_ENDS, name, "is forgotten"
                )
            elif booked.kind is PostingKind.TRANSFER_RETURNED or name in self.by_operator:
                must(name in self.by_operator, Law.MONEY_COMES_ONCE, name, "was sent back by nobody")
            else:
                own = each.named is not None and booked.credit == str(each.named)
                must(own, Law.OWN_CARD, name, "is on", booked.credit, "and was sent to", each.named)


class BankTells(Step):
    """Money is sent to our accounts, and the bank tells of it in a file, once more, or in two at once."""

    weight = 6

    def __call__(self, world: "World") -> None:
        chance, banking = world.chance, world.banking
        if not banking.sent or chance.random() < 0.6:
            cards = [ref for ref in list(world.store.cards)[-10:] if ref.kind is Kind.CARD]
            for which in range(chance.choice((1, 1, 2, 4))):
                banking.is_sent(chance.choice(cards or [world.cards[0].ref]), which)
        files = [banking.file() for _ in range(chance.choice((1, 1, 2)))]
        jobs: list[Job] = [lambda attempt, raw=raw: banking.take(raw, attempt) for raw in files]
        if chance.random() < 0.2:
            jobs.append(jobs[0])
        alone_or_at_once(world, jobs)


class OperatorsDecideTransfers(Step):
    """One operator, or several at once who know nothing of each other, and perhaps a file beside them."""

    weight = 4

    def __call__(self, world: "World") -> None:
        chance, banking = world.chance, world.banking
        commands = [banking.decision() for _ in range(chance.choice((1, 2, 2)))]
        jobs = [_decided(world, command) for command in commands if command]
        if not jobs:
            BankTells()(world)
            return
        if chance.random() < 0.2:
            raw = banking.file()
            jobs.append(lambda attempt: banking.take(raw, attempt))
        alone_or_at_once(world, jobs)


def _decided(world: "World", command: TransferCommand) -> Job:
    def job(attempt: Attempt) -> None:
        answer = world.command(command, attempt)
        told = answer.reason if isinstance(answer, TransferRefused) else type(answer).__name__
        world.tell(f"{type(command).__name__} {command.case}: {told}")

    return job


STEPS: tuple[Step, ...] = (
    BankTells(),
    OperatorsDecideTransfers(),
)
LAWS: Laws = {
    PostingKind.TRANSFER_RETURNED: check_top_up,  # the same money, once
}
