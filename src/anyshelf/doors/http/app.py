"""The server put together: every room's way in, the pages, and how it starts and stops."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from anyshelf.delivery import api as delivery
from anyshelf.doors import web
from anyshelf.doors.http import feed, health
from anyshelf.doors.http.description import describe
from anyshelf.doors.http.observing import Observe, templates_of
from anyshelf.doors.work import worker_for
from anyshelf.fulfilment import api as fulfilment
from anyshelf.ground.http import BodyLimit, Gate, Guard, House, install_problems
from anyshelf.insight import api as insight
from anyshelf.inventory import api as inventory
from anyshelf.orders import api as orders
from anyshelf.orders.api.intake import Intake
from anyshelf.planning import api as planning
from anyshelf.promising import api as promising
from anyshelf.returns import api as returns
from anyshelf.sourcing import api as sourcing
from anyshelf.vendors import api as vendors

ROOMS = (orders, inventory, sourcing, promising, fulfilment, delivery, returns, vendors, planning, insight)
"""Those that are asked most come first: the way to a request's endpoint is looked for from the beginning."""

STREAMED = frozenset({"/v1/orders:batch"})
"""Bodies that are read piece by piece, however long they are."""

RUBBISH = (20_000, 20, 20)
"""How many new objects, and how many smaller rounds, before it runs; Python's are 700, 10, 10."""

DESCRIPTION = (
    "Sell through any channel, serve from any shelf, hand over anywhere, take back anywhere. "
    "Money is a decimal string with a currency, times carry an offset, every write takes an Idempotency-Key, "
    "and whatever is refused is an RFC 9457 problem after which nothing has changed."
)


def build(house: House, *, start_worker: bool = False) -> FastAPI:
    """The application of a house; with `start_worker` it also does the background work while it serves."""
    app = FastAPI(
        title="Anyshelf",
        version=version("anyshelf"),
        description=DESCRIPTION,
        docs_url=None,  # they would fetch scripts from elsewhere
        redoc_url=None,
        lifespan=_life(house, start_worker=start_worker),
    )
    app.state.house = house
    app.state.intake = Intake(house)
    app.state.lookout = inventory.Lookout(house)
    app.state.desk = promising.QuoteDesk(house)
    app.state.likings = insight.Likings(house.database)
    install_problems(app)
    for router in (*(room.router for room in ROOMS), feed.router, health.router, *web.ROUTERS):
        app.router.routes.extend(router.routes)  # flat: every route can be seen from here
    app.mount("/static", GZipMiddleware(StaticFiles(directory=web.STATIC)), name="static")
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    # The last one added meets a request first.
    app.add_middleware(BodyLimit, bytes_max=house.settings.body_bytes_max, streamed=STREAMED)
    app.add_middleware(Gate, house=house)
    app.add_middleware(Guard)
    app.add_middleware(web.ErrorPages)
    app.add_middleware(Observe, templates=templates_of(app))
    return app


def tidy_seldom() -> None:
    """For a process that does nothing but serve: what is there at its start stays, and is not looked through.

    The collector of circular rubbish goes through everything that lives each time it runs in full; most of
    that is code, and a request that is under way then waits for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RUBBISH)


def _life(house: House, *, start_worker: bool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        worker = worker_for(house) if start_worker else None
        if worker:
            worker.start()
        try:
            yield
        finally:
            house.stopping.set()
            for waiting in (app.state.intake, app.state.lookout, app.state.desk):
                await run_in_threadpool(waiting.close)
            if worker:
                await run_in_threadpool(worker.stop)
            await asyncio.sleep(0)  # whoever waits in a stream sees the sign

    return life
