"""Pages whose commands are run: every `sh` block in turn; the `text` block after it is its answer."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "@@@ end of block"
SECONDS_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of commands, the line of the page where it begins, and the answer the page shows, if any."""

    line: int
    commands: str
    answer: str | None


def blocks_of(page: Path, *, after: str = "") -> list[Block]:
    """The blocks to run, in order, from the heading `after` on."""
    text = page.read_text(encoding="utf-8")
    start = text.index(after)
    fences = list(FENCE.finditer(text, start))
    return [
        Block(
            line=text.count("\n", 0, fence.start()) + 1,
            commands=fence["text"],
            answer=_answer(text, fence, fences[place + 1 : place + 2]),
        )
        for place, fence in enumerate(fences)
        if fence["language"] == "sh"
    ]


def _answer(text: str, fence: re.Match[str], following: list[re.Match[str]]) -> str | None:
    """The `text` block that follows with no heading or command in between."""
    if not following or following[0]["language"] != "text":
        return None
    between = text[fence.end() : following[0].start()]
    return following[0]["text"] if "\n#" not in between else None


def run(blocks: list[Block], environment: Mapping[str, str]) -> list[str]:
    """Do all blocks in one plain shell that stops at the first failure; returns what each one printed."""
    script = "".join(f"{block.commands}\necho '{MARK}'\n" for block in blocks)
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
    )  # fmt: skip
    said = done.stdout.split(f"{MARK}\n")
    if done.returncode:
        failed = blocks[min(len(said) - 1, len(blocks) - 1)]
        raise AssertionError(
            f"the block at line {failed.line} failed:\n{failed.commands}\n{said[-1]}\n{done.stderr}"
        )
    return said[: len(blocks)]


def differs(block: Block, said: str) -> str | None:
    """What is wrong with the answer the page shows: `…` stands for anything that changes from run to run."""
    if block.answer is None:
        return None
    pattern = ".*?".join(re.escape(part) for part in block.answer.strip().split("…"))
    if re.fullmatch(pattern, said.strip(), re.DOTALL):
        return None
    return f"line {block.line}: the page shows\n{block.answer}\nand it was\n{said}"
