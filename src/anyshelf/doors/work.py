"""Everything that is done without being asked: which room listens to which events, and what is due when."""

from collections.abc import Mapping

from anyshelf.delivery import jobs as delivery
from anyshelf.fulfilment import jobs as fulfilment
from anyshelf.ground import idempotency
from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.http import House
from anyshelf.ground.timers import Handler, ring
from anyshelf.ground.worker import Job, Worker, in_transaction
from anyshelf.insight import jobs as insight
from anyshelf.inventory import service as inventory
from anyshelf.orders import jobs as orders
from anyshelf.orders import service as order_service
from anyshelf.payments import jobs as payments
from anyshelf.planning import jobs as planning
from anyshelf.promising import service as promising
from anyshelf.returns import jobs as returns
from anyshelf.simulator import jobs as simulator
from anyshelf.sourcing import jobs as sourcing
from anyshelf.vendors import jobs as vendors

READERS = (orders.READER, fulfilment.READER, delivery.READER, vendors.READER, returns.READER, insight.READER)


TIMERS: Mapping[str, Handler] = {**orders.TIMERS, **fulfilment.TIMERS, **returns.TIMERS, **vendors.TIMERS}


def _release_due(tx: Tx, market: str, clock: Clock) -> int:
    return order_service.release_due(tx, market, clock.now())


def _expire_holds(tx: Tx, market: str, clock: Clock) -> int:
    return inventory.expire_holds(tx, market, clock.now())


def _look_on(tx: Tx, market: str, clock: Clock) -> int:
    return order_service.look_on(tx, market, clock.now())


def _learn_finds(tx: Tx, market: str, clock: Clock) -> int:
    inventory.learn(tx, market, clock.now())
    return 0  # all at once: there is nothing more to do until the next time


def _forget_keys(tx: Tx, market: str, clock: Clock) -> int:
    return idempotency.forget_old(tx, market, clock.now())


def _count_demand(tx: Tx, market: str, clock: Clock) -> int:
    return order_service.count_demand(tx, market, clock.now())


def _refresh_habits(tx: Tx, market: str, clock: Clock) -> int:
    promising.refresh(tx, market, clock.now())
    return 0


def _ring(database: Database, market: str, clock: Clock) -> int:
    return ring(database, market, clock, TIMERS)


def _carry_out(database: Database, market: str, clock: Clock) -> int:
    return payments.carry_out(database, market, clock)


JOBS = (
    Job(name="payments", every_seconds=0.5, work=_carry_out),
    Job(name="release", every_seconds=1.0, work=in_transaction(_release_due)),
    Job(name="timers", every_seconds=1.0, work=_ring),
    Job(name="holds", every_seconds=5.0, work=in_transaction(_expire_holds)),
    Job(name="demand", every_seconds=10.0, work=in_transaction(_count_demand)),
    Job(name="habits", every_seconds=900.0, work=in_transaction(_refresh_habits)),
    Job(name="simulations", every_seconds=1.0, work=simulator.take_up),
    Job(name="shadows", every_seconds=2.0, work=in_transaction(_look_on)),
    Job(name="finds", every_seconds=300.0, work=in_transaction(_learn_finds)),
    Job(name="old keys", every_seconds=3600.0, work=in_transaction(_forget_keys)),
    Job(name="old journeys", every_seconds=3600.0, work=in_transaction(insight.forget_old)),
)

THINKING = (
    Job(name="prices", every_seconds=10.0, work=in_transaction(sourcing.price_some)),
    Job(name="together", every_seconds=60.0, work=orders.plan_together),
    Job(name="plans", every_seconds=20.0, work=planning.plan_by_night),
)


def worker_for(house: House) -> Worker:
    """A worker that does everything there is to do, not started yet."""
    look_back = Job(name="looks", every_seconds=30.0, work=insight.LookBack(house.settings.analysis_url))
    return Worker(
        database=house.database,
        clock=house.clock,
        readers=READERS,
        jobs=(*JOBS, look_back),
        thinking=THINKING,
        wake=house.wake,
    )
