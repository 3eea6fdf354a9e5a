"""The published terms of service, as they ship with the package."""

from functools import cache
from pathlib import Path

from telekarta.domain.brands import Brand
from telekarta.domain.rules import rule

_TERMS = Path(__file__).parents[2] / "data" / "terms"


@cache
@rule("WP §15.3")
def terms_text(brand: Brand) -> str:
    """The whole document in Polish, numbered as it was published."""
    return (_TERMS / f"{brand}.txt").read_text(encoding="utf-8").strip() + "\n"
