"""Phrases, the catalogue that turns them into sentences, and the check that the two fit.

Errors are ValueErrors. They name keys and places but never repeat a value, since it may be a PIN::

    ValueError
      PhraseError     this phrase can't be said
      CatalogueError  the texts are wrong: ``problems`` lists all of them
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from telekarta.dialog.composer.formats import Place, parse
from telekarta.dialog.language import Language

Value = int | str | date


@dataclass(frozen=True, slots=True, repr=False)
class Phrase:
    """Something to say, in no language yet: its key in the catalogue and the values it carries."""

    key: str
    values: tuple[tuple[str, Value], ...] = ()

    def __repr__(self) -> str:
        """Names without values: a phrase may carry a PIN, and a repr ends up in logs."""
        return f"say({', '.join([repr(self.key), *(f'{name}=...' for name, _ in self.values)])})"


def say(key: str, /, **values: Value) -> Phrase:
    """``say("balance", amount=2000)``; the order of the values makes no difference."""
    return Phrase(key, tuple(sorted(values.items())))


class PhraseError(ValueError):
    """A phrase that the catalogue can't say: no such key, or values that don't fit its places."""


class CatalogueError(ValueError):
    """Texts that are missing, malformed, or ask for different values in different languages."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The templates of every phrase: language, then key, then text with ``{name:format}`` places.

    A template is parsed when it is first said, so that a cold start pays for no more than it says;
    the tests call ``check``, which goes through all of them.
    """

    texts: Mapping[Language, Mapping[str, str]]

    def keys(self) -> frozenset[str]:
        """The key of every phrase that has a text in any language."""
        return frozenset(key for texts in self.texts.values() for key in texts)

    def places(self, key: str) -> frozenset[str]:
        """The names of the values that a phrase needs."""
        for language, texts in self.texts.items():
            if key in texts:
                return frozenset(place.name for place in _places(texts[key], language))
        raise PhraseError(f"{key}: no such phrase")

    def render(self, phrase: Phrase, language: Language) -> str:
        """The sentence to be spoken (or written, if the template says so); PhraseError if it can't be."""
        template = self.texts.get(language, {}).get(phrase.key)
        if template is None:
            raise PhraseError(f"{phrase.key}: no text in {language}")
        try:
            parts = parse(template, language)
        except ValueError as error:
            raise PhraseError(f"{phrase.key}: {error} ({language})") from None
        values = dict(phrase.values)
        if surplus := values.keys() - {part.name for part in parts if isinstance(part, Place)}:
            raise PhraseError(f"{phrase.key}: no place for {', '.join(sorted(surplus))} ({language})")
        return "".join(
            part if isinstance(part, str) else _words(phrase.key, part, values, language) for part in parts
        )

    def check(self, said: Iterable[Phrase] = ()) -> None:
        """Raise CatalogueError unless every text is sound in every language, and all of ``said`` can be said.

        A text is sound if it exists and isn't blank, every place has a known format, and the places
        need the same values (and choose among the same options) as in the other languages.
        """
        problems = [problem for key in sorted(self.keys()) for problem in self._faults(key)]
        for phrase in said:
            for language in Language:
                try:
                    self.render(phrase, language)
                except PhraseError as error:
                    problems.append(str(error))
        if problems:
            raise CatalogueError(dict.fromkeys(problems))

    def _faults(self, key: str) -> Iterator[str]:
        needs: dict[Language, set[tuple[str, str, frozenset[str]]]] = {}
        for language in Language:
            template = self.texts.get(language, {}).get(key, "")
            if not template.strip():
                yield f"{key}: no text in {language}"
                continue
            try:
                places = _places(template, language)
            except ValueError as error:
                yield f"{key}: {error} ({language})"
                continue
            needs[language] = {(place.name, place.kind.__name__, place.options) for place in places}
            if len({place.name for place in places}) < len({(p.name, p.kind) for p in places}):
                yield f"{key}: one name for values of different kinds ({language})"
        if len(set(map(frozenset, needs.values()))) > 1:
            listed = "; ".join(f"{language}: {_listed(need)}" for language, need in needs.items())
            yield f"{key}: different values in different languages ({listed})"


def _places(template: str, language: Language) -> list[Place]:
    return [part for part in parse(template, language) if isinstance(part, Place)]


def _words(key: str, place: Place, values: Mapping[str, Value], language: Language) -> str:
    if place.name not in values:
        raise PhraseError(f"{key}: {place.name} is missing ({language})")
    value = values[place.name]
    if not place.accepts(value):
        raise PhraseError(f"{key}: {place.name} is not of the kind {place.kind.__name__} ({language})")
    try:
        return place.words(value)
    except ValueError as error:
        raise PhraseError(f"{key}: {place.name}: {error} ({language})") from None


def _listed(need: set[tuple[str, str, frozenset[str]]]) -> str:
    return (
        ", ".join(
            f"{name}: {'|'.join(sorted(options)) or kind}" for name, kind, options in sorted(need, key=str)
        )
        or "none"
    )
