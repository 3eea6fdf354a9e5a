"""What is known of a caller, by capability. A capability that keeps something has a part in a file here."""

from telekarta.dialog.parts.calls import PlacedCall
from telekarta.dialog.parts.cards import Admission
from telekarta.dialog.parts.keys import Part
from telekarta.dialog.parts.topups import ChosenTransfer

PARTS: tuple[type[Part], ...] = (Admission, PlacedCall, ChosenTransfer)
