"""The list of regions a benchmark is run over."""

from pathlib import Path

import pytest

from rounding import regions as listed
from rounding.regions import LARGEST, read, regions


def test_a_list_of_ones_own_is_taken_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name,lat,lon,population\nA,40.5,-74.25,1200\nB,34,-118,900\n", encoding="utf-8")
    found = regions(path)
    assert found.regions == ((40.5, -74.25, 1200), (34.0, -118.0, 900))
    assert "mine.csv" in found.said


@pytest.mark.parametrize(
    ("text", "said"),
    [("lat,lon\n1,2\n", "no column population"), ("lat,lon,population\n1,east,3\n", "line 2")],
)
def test_a_list_that_cannot_be_read_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=said):
        read(path)


def test_without_shared_data_the_demos_cities_stand_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(listed, "shared_data", lambda: tmp_path)
    found = regions()
    assert len(found.regions) == LARGEST
    assert found.said.startswith("stand-in")
