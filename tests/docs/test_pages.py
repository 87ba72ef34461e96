"""What the README and the tour tell you to type works, and answers what they show."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, Block, blocks_of, differs, run

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing: apt-get install curl")


@needs_curl
@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("README.md", "## Five minutes with curl"),
        ("docs/tour.md", "# One order"),
        ("docs/howto/choose-nodes.md", "# Choose nodes"),
        ("docs/howto/insight.md", "# Know the shopper"),
    ],
)
def test_the_page_works_as_it_stands(live: Any, page: str, heading: str) -> None:
    blocks = blocks_of(ROOT / page, after=heading)
    assert blocks

    said = run(blocks, live.environment)

    assert [
        wrong for block, words in zip(blocks, said, strict=True) if (wrong := differs(block, words))
    ] == []


def test_an_answer_that_is_not_the_one_shown_is_noticed() -> None:
    block = Block(line=1, commands="", answer="sold … of 3\n")

    assert differs(block, "sold 2 of 3\n") is None
    assert differs(block, "sold 2 of 4\n") is not None


def test_a_command_that_fails_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\nfalse\n```\n")

    with pytest.raises(AssertionError, match="line 1 failed"):
        run(blocks_of(page), {"PATH": "/usr/bin:/bin"})
