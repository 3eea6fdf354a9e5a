"""The promotions, from the file that carries them."""

import tomllib
from functools import cache
from pathlib import Path

from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.promotions import BadPromotion, Promotion

_FILE = Path(__file__).parents[2] / "data" / "promotions" / "promotions.toml"


@cache
def load_promotions() -> tuple[Promotion, ...]:
    """All promotions, past and to come. Raises BadPromotion."""
    return read_promotions(_FILE.read_text(encoding="utf-8"))


def read_promotions(text: str) -> tuple[Promotion, ...]:
    """The promotions in the text of a file; an id stands for one of them. Raises BadPromotion."""
    read = []
    for entry in tomllib.loads(text).get("promotion", []):
        fields = dict(entry)
        try:
            if "sources" in fields:
                fields["sources"] = frozenset(Source(name) for name in fields["sources"])
            read.append(Promotion(**(fields | {"brand": Brand(fields["brand"])})))
        except (KeyError, TypeError, ValueError) as error:
            raise BadPromotion(f"{fields.get('id', '?')}: {error}") from error
    ids = [promotion.id for promotion in read]
    if len(set(ids)) < len(ids):
        raise BadPromotion("an id is used twice")
    return tuple(read)
