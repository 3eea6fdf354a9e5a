"""A capability has one name, wherever it stands."""

from pathlib import Path

import pytest

from tools.rules_table import CAPABILITIES, CAPABILITIES_TO_COME, REGISTER, clauses_of, parse_register

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ROOT / "layers/telekarta/python/telekarta/domain"
USE_CASES = ROOT / "layers/telekarta/python/telekarta/usecases"
FOLDERS = (DOMAIN, USE_CASES, ROOT / "tests/domain", ROOT / "tests/usecases")
FILES = (ROOT / "functions/desk/capabilities", ROOT / "functions/timers/capabilities")
OF_THE_DESK = {"desk"}  # what operators need from several capabilities at once


def named_for_one(stem: str) -> bool:
    """Is it a capability's name, or that of one of its parts, such as `price_answers`?"""
    return any(
        stem == capability or stem.startswith(f"{capability.removesuffix('s')}_")
        for capability in CAPABILITIES
    )


def folders_in(place: Path) -> set[str]:
    return {each.parent.name for each in place.glob("*/*.py")}


@pytest.mark.parametrize("place", FOLDERS, ids=lambda place: str(place.relative_to(ROOT)))
def test_a_folder_is_named_for_its_capability(place: Path) -> None:
    assert folders_in(place) - OF_THE_DESK - set(CAPABILITIES) == set()


@pytest.mark.parametrize("place", FILES, ids=lambda place: str(place.relative_to(ROOT)))
def test_a_file_of_commands_or_jobs_is_named_for_its_capability(place: Path) -> None:
    stems = {file.stem for file in place.glob("*.py")} - {"__init__"}
    assert {stem for stem in stems if not named_for_one(stem)} == set()


def test_the_simulators_steps_stand_in_files_named_for_their_capability() -> None:
    files = (ROOT / "tests/simulation").glob("*.py")
    stems = {file.stem for file in files if "\nSTEPS: " in file.read_text("utf-8")} - {"registry"}
    assert stems
    assert stems - set(CAPABILITIES) == set()


def test_what_the_register_waits_for_has_a_capabilitys_name() -> None:
    waited_for = {clause.capability for clause in clauses_of(parse_register(REGISTER.read_text("utf-8")))}
    assert waited_for - {""} <= set(CAPABILITIES)


def test_every_capability_has_a_folder_or_is_still_to_come() -> None:
    assert folders_in(DOMAIN) == set(CAPABILITIES) - set(CAPABILITIES_TO_COME)


def test_another_name_would_be_seen() -> None:
    assert named_for_one("cards")
    assert named_for_one("price_answers")
    assert not named_for_one("transfers")
    assert not named_for_one("card-life")
