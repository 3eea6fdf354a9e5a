"""The catalogue of everything a caller can hear."""

from collections.abc import Iterable, Mapping

from telekarta.dialog import prompts_en, prompts_pl
from telekarta.dialog.composer import Catalogue, Phrase, Value
from telekarta.dialog.language import Language

CATALOGUE = Catalogue({Language.PL: prompts_pl.PROMPTS, Language.EN: prompts_en.PROMPTS})


def sentences(
    keys: Iterable[str], values: Mapping[str, Value], language: Language, catalogue: Catalogue = CATALOGUE
) -> tuple[str, ...]:
    """The sentences for the keys; each takes from `values` what it has places for."""
    return tuple(
        catalogue.render(
            Phrase(
                key, tuple((name, values[name]) for name in sorted(catalogue.places(key) & values.keys()))
            ),
            language,
        )
        for key in keys
    )


def prompts_in(keys: Iterable[str]) -> list[tuple[str, str, str]]:
    """(key, Polish, English) as written in the catalogue, places and all: for the printed map."""
    return [(key, prompts_pl.PROMPTS[key], prompts_en.PROMPTS[key]) for key in keys]
