"""Where the code says on which clause of the sources it rests.

A function or a class carries a rule::

    @rule("WP §6.3", "TG §6.5")
    def price_grosze(seconds: int, rate: Rate) -> int: ...

A table of data, which cannot be decorated, says so in the line above it::

    cited("WP §2.6")
    CARD_FACE_VALUES_GROSZE = (1500, 2000, 3000)

Both take the clause itself, never a variable: `tools/rules_table.py` reads citations from the source text,
compares them with `docs/rules.yaml` and writes `docs/rules.md`; the test run fails where they differ.

A clause is a document's short name and its own numbering:

=====  =============================================  ==========================================
name   document                                       written as
=====  =============================================  ==========================================
WP     terms of service, White Phone                  `WP §4.5`, `WP §1.2.9`
TG     terms of service, Telegrosik                   `TG §5.3`, `TG §9.2.a`
TK     teleconference, on demand and moderated        `TK on-demand 3` (heading, then item)
VT     video calls to relatives                       `VT step 2`, `VT receiving`
VC     video contacts: invitations and devices        `VC setup`, `VC several devices 2`
=====  =============================================  ==========================================
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_Cited = TypeVar("_Cited")

_CLAUSE = re.compile(
    r"(?:WP|TG) §[1-9]\d*(?:\.[1-9]\d*)*(?:\.[a-z])?"
    r"|(?:TK|VT|VC) [a-z]+(?:[ -][a-z]+)*(?: [1-9]\d*(?:\.[1-9]\d*)*)?"
)


def is_clause(text: str) -> bool:
    """Whether `text` is written like a clause; whether the document has it, the register knows."""
    return _CLAUSE.fullmatch(text) is not None


def cited(*clauses: str) -> None:
    """Say on which clauses the data below rests. ValueError: no clause, or one not written like one."""
    _check(clauses)


def rule(*clauses: str) -> Callable[[_Cited], _Cited]:
    """Say on which clauses a function or a class rests, and hand it back unchanged.

    The clauses can be read from its `__rules__`, where it can hold an attribute. ValueError as in `cited`.
    """
    _check(clauses)

    def mark(target: _Cited) -> _Cited:
        # Properties and the like take no attributes; the citation stands in the source text all the same.
        with suppress(AttributeError, TypeError):
            target.__rules__ = (*getattr(target, "__rules__", ()), *clauses)  # type: ignore[attr-defined]
        return target

    return mark


def _check(clauses: tuple[str, ...]) -> None:
    if not clauses:
        raise ValueError("a citation names at least one clause")
    for clause in clauses:
        if not is_clause(clause):
            raise ValueError(f"not a clause: {clause!r}")
