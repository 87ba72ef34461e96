"""What is worth knowing is written down, and stops nobody where it cannot be."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from anyshelf.ground.log import log_of, start_log


@pytest.fixture(autouse=True)
def logging_ends() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_line_is_json_with_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    start_log("info")
    log_of("ground").info("hello", count=2)

    line = json.loads(written.getvalue())
    assert (line["event"], line["room"], line["count"], line["level"]) == ("hello", "ground", 2, "info")


def test_who_logs_where_nobody_listens_any_more_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    gone, back = io.StringIO(), io.StringIO()
    start_log("info")
    log = log_of("ground").bind()
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    log.info("said to nobody")
    monkeypatch.setattr(sys, "stderr", back)
    log.info("heard again")

    assert "heard again" in back.getvalue()
    assert "nobody" not in back.getvalue()
