"""HTTP as every room's `api` speaks it: who asks, one transaction a request, refusals as problems.

An endpoint reads like this:

    @router.post("/v1/orders")
    def place(body: OrderIn, request: Request, here: Here,
              asker: Annotated[Principal, Depends(requires("orders:write"))]) -> Response:
        return writing(request, here, asker, lambda tx, now: Answer(status=201, body=…))
"""

from anyshelf.ground.http.access import (
    SESSION_COOKIE,
    Public,
    Requires,
    asker,
    at_home,
    check_same_origin,
    public,
    requires,
)
from anyshelf.ground.http.direct import DirectRoute
from anyshelf.ground.http.house import Here, House, analysing, house, reading
from anyshelf.ground.http.limits import BodyLimit, Gate
from anyshelf.ground.http.problems import Guard, Problem, Unexpected, install_problems
from anyshelf.ground.http.writing import Work, asked_under_key, body_of, told, told_before, writing

__all__ = [
    "SESSION_COOKIE",
    "BodyLimit",
    "DirectRoute",
    "Gate",
    "Guard",
    "Here",
    "House",
    "Problem",
    "Public",
    "Requires",
    "Unexpected",
    "Work",
    "analysing",
    "asked_under_key",
    "asker",
    "at_home",
    "body_of",
    "check_same_origin",
    "house",
    "install_problems",
    "public",
    "reading",
    "requires",
    "told",
    "told_before",
    "writing",
]
