"""The script that keeps pages for when there is no connection, made of what our pages are made of now."""

import hashlib
import json
from functools import cache
from typing import Final

from fastapi import APIRouter, Depends, Response

from anyshelf.doors.web.rendering import STATIC
from anyshelf.ground.http import public

router = APIRouter(include_in_schema=False, dependencies=[Depends(public())])

SCRIPT: Final = "offline.js"
PARTS: Final = (".js", ".css", ".html")
NOT_NEEDED: Final = frozenset({SCRIPT, "tower.js"})


@router.get("/offline.js")
def offline() -> Response:
    """The service worker: from the root of the site, for it may speak for what lies below its own address."""
    return Response(
        _script(), media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip


@cache
def _script() -> str:
    """The script with the parts it keeps and their digest: another part, another version."""
    parts = sorted(
        file
        for file in STATIC.rglob("*")
        if (file.suffix in PARTS or file.name == "anyshelf.svg") and file.name not in NOT_NEEDED
    )
    digest = hashlib.sha256()
    for file in (*parts, STATIC / SCRIPT):
        digest.update(file.read_bytes())
    names = json.dumps([file.relative_to(STATIC).as_posix() for file in parts])
    known = f'const VERSION = "{digest.hexdigest()[:16]}";\nconst SHELL = {names};\n'
    return known + (STATIC / SCRIPT).read_text()
