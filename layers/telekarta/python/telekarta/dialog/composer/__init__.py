"""Values into words that a Polish or English voice says right.

A screen says phrases; a phrase is a key and the values it carries::

    say("balance", amount=2000)

The catalogue has the sentence for the key in each language, with a place for each value::

    PROMPTS_PL = {"balance": "Stan karty: {amount:money}."}
    Catalogue({Language.PL: PROMPTS_PL, ...}).render(phrase, Language.PL)
    "Stan karty: dwadzieścia złotych."

- ``numerals``   cardinals, ordinals, Polish gender, case and the three plural forms
- ``spoken``     money, time, dates and digit strings, as said
- ``written``    money, dates and telephone numbers, as read in an SMS or a transcript
- ``formats``    what may stand in a placeholder of a template
- ``catalogue``  phrases, templates and the check that they fit one another

Voices guess the gender and the case of bare numerals wrong, and read ``12345`` as a number,
so no digit reaches a voice except spaced out.
"""

from telekarta.dialog.composer.catalogue import Catalogue, CatalogueError, Phrase, PhraseError, Value, say
from telekarta.dialog.composer.numerals import MOST, Case, Gender, number_words, plural
from telekarta.dialog.composer.spoken import (
    Noun,
    count,
    days,
    digits,
    duration,
    hours,
    minutes,
    money,
    seconds,
    spoken_date,
    telephone,
)
from telekarta.dialog.composer.written import written_date, written_money, written_telephone

__all__ = [
    "MOST",
    "Case",
    "Catalogue",
    "CatalogueError",
    "Gender",
    "Noun",
    "Phrase",
    "PhraseError",
    "Value",
    "count",
    "days",
    "digits",
    "duration",
    "hours",
    "minutes",
    "money",
    "number_words",
    "plural",
    "say",
    "seconds",
    "spoken_date",
    "telephone",
    "written_date",
    "written_money",
    "written_telephone",
]
