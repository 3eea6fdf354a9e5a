"""The trial balance as a report: what every account held when the day was closed, and what does not fit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from telekarta.domain.books.closing import Account, Difference, is_card
from telekarta.domain.calendar.deadlines import as_text

SCHEMA = 1
# A statement of everything that is wrong helps nobody when all is wrong; the JSON has all of it.
MOST_PRINTED = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the statement: opening less debits plus credits is the closing."""

    account: str
    opening_grosze: int
    debits_grosze: int
    credits_grosze: int

    @property
    def closing_grosze(self) -> int:
        return self.opening_grosze - self.debits_grosze + self.credits_grosze


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """A closed day. `since` is the day that the opening was closed with, None for the first report ever."""

    day: date
    since: date | None
    made_at: datetime
    rows: tuple[Row, ...]  # our own accounts
    cards: Row  # all cards and accounts of holders, as one
    cards_on_file: int
    read_again: int  # cards that seemed to differ while calls went on
    differences: tuple[Difference, ...]

    @property
    def balances(self) -> bool:
        return not self.differences


ALL_CARDS = "all cards and accounts"


def statement(
    day: date,
    since: date | None,
    accounts: Mapping[str, Account],
    differences: Iterable[Difference],
    *,
    cards_on_file: int,
    read_again: int,
    made_at: datetime,
) -> TrialBalance:
    rows = [
        Row(name, account.opening_grosze, account.debits_grosze, account.credits_grosze)
        for name, account in sorted(accounts.items())
    ]
    cards = [row for row in rows if is_card(row.account)]
    return TrialBalance(
        day=day,
        since=since,
        made_at=made_at,
        rows=tuple(row for row in rows if not is_card(row.account)),
        cards=Row(
            ALL_CARDS,
            sum(row.opening_grosze for row in cards),
            sum(row.debits_grosze for row in cards),
            sum(row.credits_grosze for row in cards),
        ),
        cards_on_file=cards_on_file,
        read_again=read_again,
        differences=tuple(differences),
    )


def as_document(report: TrialBalance) -> dict[str, object]:
    """The report as JSON has it; amounts are whole grosze."""
    return {
        "schema": SCHEMA,
        "day": report.day.isoformat(),
        "since": report.since.isoformat() if report.since else None,
        "made_at": as_text(report.made_at),
        "balances": report.balances,
        "accounts": [_row_document(row) for row in report.rows],
        "cards": _row_document(report.cards) | {"on_file": report.cards_on_file},
        "read_again": report.read_again,
        "differences": [
            {
                "account": each.account,
                "mismatch": each.mismatch,
                "expected_grosze": each.expected_grosze,
                "found_grosze": each.found_grosze,
                "note": each.note,
            }
            for each in report.differences
        ],
    }


def _row_document(row: Row) -> dict[str, object]:
    return {
        "account": row.account,
        "opening_grosze": row.opening_grosze,
        "debits_grosze": row.debits_grosze,
        "credits_grosze": row.credits_grosze,
        "closing_grosze": row.closing_grosze,
    }


def as_text_page(report: TrialBalance) -> str:
    """The report as a bank would print it: a line an account, złote with two places, sums below."""
    rows = [*report.rows, report.cards]
    total = Row(
        "total",
        sum(row.opening_grosze for row in rows),
        sum(row.debits_grosze for row in rows),
        sum(row.credits_grosze for row in rows),
    )
    cells = [("account", "opening", "debits", "credits", "closing"), *map(_cells, rows), _cells(total)]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    lines = [
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
        )
        for line in cells
    ]
    ruler = "-" * len(lines[0])
    opened = (
        f"opening: as closed on {report.since}" if report.since else "opening: nothing, this is the first"
    )
    return "\n".join(
        [
            f"TRIAL BALANCE  {report.day}  (złote; a balance is credits less debits)",
            f"{opened}; made at {as_text(report.made_at)}",
            "",
            lines[0],
            ruler,
            *lines[1:-1],
            ruler,
            lines[-1],
            "",
            f"cards and accounts on file: {report.cards_on_file}; read again: {report.read_again}",
            *_differences_page(report.differences),
            "",
        ]
    )


def _cells(row: Row) -> tuple[str, ...]:
    amounts = (row.opening_grosze, row.debits_grosze, row.credits_grosze, row.closing_grosze)
    return (row.account, *map(zlote, amounts))


def _differences_page(differences: tuple[Difference, ...]) -> list[str]:
    if not differences:
        return ["differences: none"]
    page = [f"DIFFERENCES: {len(differences)}"]
    for each in differences[:MOST_PRINTED]:
        amounts = f"expected {zlote(each.expected_grosze)}, found {zlote(each.found_grosze)}"
        note = f" ({each.note})" if each.note else ""
        page.append(f"  {each.mismatch}: {each.account}: {amounts}{note}")
    if len(differences) > MOST_PRINTED:
        page.append(f"  and {len(differences) - MOST_PRINTED} more, see the JSON")
    return page


def zlote(amount_grosze: int) -> str:
    """`-1 234.05`: złote with two places, thousands apart."""
    whole, rest = divmod(abs(amount_grosze), 100)
    sign = "-" if amount_grosze < 0 else ""
    return f"{sign}{whole:,}.{rest:02}".replace(",", " ")
