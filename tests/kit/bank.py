"""A bank that writes statements, and an office that takes them: with them stories of transfers are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from telekarta.adapters.bank_formats import read_statements
from telekarta.domain.bank.reports import EntryReport, FileReport
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.domain.cases.case import Case, CaseState
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.bank.commands import AssignTransfer, ReturnTransfer, TransferAnswer
from telekarta.usecases.bank.ports import BankDeps
from telekarta.usecases.bank.statements import take_file
from telekarta.usecases.bank.transfers import TransferDeskDeps, carry_out_transfer
from tests.kit.memory_store import MemoryStore
from tests.kit.paying import Counting

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
OURS = "75109000046599000000001010"
CARD, OTHER_CARD = "123456", "654321"
WHITE_PHONE = Ref.card(Brand.WHITE_PHONE, CARD)
OTHER = Ref.card(Brand.WHITE_PHONE, OTHER_CARD)
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Transfer:
    """One line of a statement. `mark` is MT940's: C credit, D debit, RC a credit taken back."""

    title: str
    grosze: int = 2000
    reference: str = ""  # the bank's own; none if empty
    day: date = DAY
    mark: str = "C"
    sender: str = "JAN KOWALSKI"


def _decimal(grosze: int) -> str:
    return f"{grosze // 100},{grosze % 100:02}"


def _balance(grosze: int) -> str:
    return f"{'D' if grosze < 0 else 'C'}{{}}PLN{_decimal(abs(grosze))}"


def mt940(
    *transfers: Transfer, number: str = "231", account: str = OURS, opening: int = 100_000, day: date = DAY
) -> bytes:
    """A statement that adds up, as the bank writes it."""
    signs = {"C": 1, "D": -1, "RC": -1, "RD": 1}
    closing = opening + sum(signs[each.mark] * each.grosze for each in transfers)
    lines = [":20:MT940", f":25:PL{account}", f":28C:{number}", f":60F:{_balance(opening).format('261119')}"]
    for each in transfers:
        reference = f"//{each.reference}" if each.reference else ""
        lines.append(
            f":61:{each.day:%y%m%d}{each.day:%m%d}{each.mark}{_decimal(each.grosze)}NTRFNONREF{reference}"
        )
        lines.append(f":86:020~00240~20{each.title}~32{each.sender}")
    lines += [f":62F:{_balance(closing).format(f'{day:%y%m%d}')}", "-"]
    return "\r\n".join(lines).encode()


@dataclass
class Office:
    """The bank's files and the operators' decisions, over a store in memory."""

    store: MemoryStore = field(default_factory=MemoryStore)
    promotions: Sequence[Promotion] = ()
    moment: datetime = NOW

    def __post_init__(self) -> None:
        self.ids = Counting()
        self.files: list[str] = []  # that were taken, by name
        for ref in (WHITE_PHONE, OTHER):
            assert self.store.issue(*issue(ref, 2000, f"digest {ref}", "A", None, NOW))

    def now(self) -> datetime:
        return self.moment

    @property
    def deps(self) -> BankDeps:
        return BankDeps(self.store, self.store, self, read_statements, self.promotions)

    @property
    def desk(self) -> TransferDeskDeps:
        return TransferDeskDeps(self.store, self, self.ids, self.promotions)

    def takes(self, raw: bytes | None, name: str = "wyciag.sta") -> FileReport:
        self.files.append(name)
        return take_file(self.deps, name, raw)

    def takes_one(self, transfer: Transfer, name: str = "wyciag.sta") -> EntryReport:
        (entry,) = self.takes(mt940(transfer), name).entries()
        return entry

    def assigns(self, case: str, card: str = CARD, who: str = "anna") -> TransferAnswer:
        return carry_out_transfer(self.desk, AssignTransfer(case, Brand.WHITE_PHONE, card, who, "zgłoszenie"))

    def returns(self, case: str, who: str = "ewa") -> TransferAnswer:
        return carry_out_transfer(self.desk, ReturnTransfer(case, who, "prosi o zwrot"))

    def balance(self, ref: Ref = WHITE_PHONE) -> int:
        return self.store.cards[ref].balance_grosze

    def open_cases(self) -> tuple[Case, ...]:
        return self.store.cases(CaseState.OPEN, 100)

    def changes(self, ref: Ref, **values: object) -> None:
        self.store.cards[ref] = replace(self.store.cards[ref], **values)  # type: ignore[arg-type]
