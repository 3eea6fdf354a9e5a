"""The drawn call map is the dialog's own."""

from tools.call_map import PLACE, page


def test_the_map_is_current() -> None:
    assert PLACE.read_text(encoding="utf-8") == page(), "run `make docs`"
