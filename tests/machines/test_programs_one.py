"""Random programs over all journeys: whatever happens, the books agree. Here the first half."""

import os
import secrets
from typing import Any

import pytest
from programs import Act, Line, Ordering, Program, play, play_many
from small_world import Broken

from anyshelf.ground.db import Database
from anyshelf.orders import rules

PROGRAMS = 500

# The pool of connections draws its pauses at random while a program is being drawn; nothing depends on them.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
SOAK = int(os.environ.get("ANYSHELF_SOAK_PROGRAMS", "0"))
EMPTY = (0,) * 12


@pytest.mark.parametrize("seeded", [1, 2])
def test_no_program_of_the_first_half_breaks_the_books(database: Database, seeded: int) -> None:
    assert play_many(database, programs=PROGRAMS, seeded=seeded) == PROGRAMS


def test_programs_find_a_move_that_was_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rules.stock_moves

    def forgetful(*args: Any, **more: Any) -> Any:
        return [move for move in whole(*args, **more) if move.reason != "cancelled"]

    monkeypatch.setattr(rules, "stock_moves", forgetful)
    with pytest.raises(Broken, match="claims and open lines differ"):
        play_many(database, programs=PROGRAMS, seeded=1, shrunk=False)


def test_programs_find_money_that_was_not_given_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "earned_in_all_minor", _never_less())
    sold = Ordering(lines=(Line(units=2, way=3),))
    with pytest.raises(Broken):
        play(database, Program(stock=(2, *EMPTY[1:]), coming=0, acts=(sold, Act("cancel", 0, 0))))


def _never_less() -> Any:
    """What orders earned, but that it never becomes less."""
    most = 0
    whole = rules.earned_in_all_minor

    def earned(order: Any) -> int:
        nonlocal most
        most = max(most, whole(order))
        return most

    return earned


@pytest.mark.skipif(not SOAK, reason="make soak plays many more")
def test_a_long_soak(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    seeded = int(os.environ.get("ANYSHELF_SOAK_SEED") or secrets.randbelow(2**31))

    def told(played: int) -> None:
        if played == 1 or played % 100 == 0 or played == SOAK:
            with capsys.disabled():
                print(f"\r{played} of {SOAK} programs, seed {seeded} ", end="", flush=True)  # noqa: T201

    assert play_many(database, programs=SOAK, seeded=seeded, told=told) == SOAK
