"""Processes are killed, wires are cut and clocks jump: nothing is lost, twice, half there or wrong."""

import os
import secrets
from pathlib import Path

import pytest
from proving import prove

KILLS = int(os.environ.get("ANYSHELF_PROVE_KILLS") or "0")


def test_a_few_kills_lose_nothing(reachable_path: Path) -> None:
    proof = prove(reachable_path, seed=4, kills=6)
    assert not proof.found, str(proof)


@pytest.mark.skipif(not KILLS, reason="make prove kills many more")
def test_many_kills_lose_nothing(reachable_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("ANYSHELF_PROVE_SEED") or secrets.randbelow(2**31))

    def told(words: str) -> None:
        with capsys.disabled():
            print(f"\r{words} ", end="", flush=True)  # noqa: T201

    proof = prove(reachable_path, seed=seed, kills=KILLS, told=told)
    with capsys.disabled():
        print(f"\n{proof}")  # noqa: T201
    assert not proof.found, str(proof)
