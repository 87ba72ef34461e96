"""Processes are killed, wires are cut and clocks jump: nothing is lost, twice, half there or wrong."""

import os
import secrets
import shutil
from pathlib import Path

import pytest
from proving import prove

KILLS = int(os.environ.get("ANYSHELF_PROVE_KILLS") or "0")
SEED = os.environ.get("ANYSHELF_PROVE_SEED") or ""
FEW, SAME = 4, 51
"""What every run of the tests does: a kill of each kind, by a plan that stays the same."""


def test_killed_at_any_moment_nothing_is_lost(
    reachable_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(SEED) if SEED else secrets.randbelow(2**31) if KILLS else SAME

    def told(words: str) -> None:
        if KILLS:
            with capsys.disabled():
                print(words, end="", flush=True)  # noqa: T201

    proof = prove(reachable_path, seed=seed, kills=KILLS or FEW, told=lambda words: told(f"\r{words} "))
    told(f"\n{proof}\n")
    if proof.found:
        shutil.copy(reachable_path / "history.jsonl", tmp_path)
    assert not proof.found, f"{proof}\nthe history is kept in {tmp_path}"
