"""The floor of a warehouse over HTTP: waves and their walks, bins, the bench, and manifests."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.catalogue import service as catalogue
from anyshelf.fulfilment import service
from anyshelf.fulfilment.model import Manifest, Wave
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden, Invalid
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import new_id
from anyshelf.network import service as network

router = APIRouter()

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Reads = Annotated[Principal, Depends(requires("work:read"))]
Writes = Annotated[Principal, Depends(requires("work:write"))]

ORDERS_IN_WAVE = 12
ORDERS_IN_WAVE_MAX = 100


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PlanWave(_Body):
    """Which waiting work: of one carrier ("" is what no carrier takes), due by then, so many orders."""

    carrier: Annotated[StrictStr, Field(max_length=64, examples=["ups"])] | None = None
    leaves_by: AwareDatetime | None = None
    orders_max: Annotated[StrictInt, Field(ge=1, le=ORDERS_IN_WAVE_MAX)] = ORDERS_IN_WAVE


class BinIn(_Body):
    """Where an item lies; an empty bin is forgotten."""

    item: Code
    bin: Annotated[StrictStr, Field(max_length=32, examples=["A-12-3"])]


class BinsIn(_Body):
    """Where items lie in a node."""

    bins: Annotated[list[BinIn], Field(min_length=1, max_length=5000)]


class LoadIn(_Body):
    """A packed parcel and who collects it; the number of its package serves where no tracking is given."""

    work_id: UUID
    carrier: Annotated[StrictStr, Field(min_length=1, max_length=64, examples=["ups"])]
    tracking: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None


class TakeOff(_Body):
    """The parcel that does not go with this carrier after all."""

    work_id: UUID


@router.get("/nodes/{node}/waves")
def list_waves(node: str, here: Here, principal: Reads) -> dict[str, Any]:
    """What waits at a node to be walked for, by carrier and hour, and its waves, the newest first."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        _check(tx, principal, node)
        waiting = service.waiting(tx, principal.market, node)
        waves = service.waves(tx, principal.market, node)
    return {
        "node": node,
        "waiting": [each.as_json() for each in waiting],
        "waves": [wave.as_json() for wave in waves],
    }


@router.post("/nodes/{node}/waves", status_code=201)
def plan_wave(
    node: str, request: Request, here: Here, principal: Writes, body: PlanWave | None = None
) -> Response:
    """Put waiting work into a wave, the most urgent first, a tote for each order."""
    said = body or PlanWave()
    wave_id = new_id()

    def work(tx: Tx, now: datetime) -> Answer:
        _check(tx, principal, node)
        wave = service.plan_wave(
            tx, principal.market, node, wave_id=wave_id, carrier=said.carrier, leaves_by=said.leaves_by,
            most=said.orders_max, by=principal.name, now=now,
        )  # fmt: skip
        return Answer(status=201, body=_walked(tx, wave))

    return writing(request, here, principal, work)


@router.get("/waves/{wave_id}")
def get_wave(wave_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """A wave: its totes, and the stops of its walk in the order of the shelves.

    What is found at a stop is told to each piece of work by `POST /v1/work/ID:pick`.
    """
    with reading(here) as tx:
        return _walked(tx, _wave(tx, principal, wave_id))


@router.post("/waves/{wave_id}:start")
def start_wave(wave_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Set out: what nobody has claimed of the wave is claimed."""

    def work(tx: Tx, now: datetime) -> Answer:
        _wave(tx, principal, wave_id)
        wave = service.start_wave(tx, principal.market, wave_id, by=principal.name, now=now)
        return Answer(status=200, body=_walked(tx, wave))

    return writing(request, here, principal, work)


@router.post("/waves/{wave_id}:dissolve")
def dissolve_wave(wave_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Take a wave apart: what nobody has looked for waits again."""

    def work(tx: Tx, now: datetime) -> Answer:
        _wave(tx, principal, wave_id)
        wave = service.dissolve_wave(tx, principal.market, wave_id, by=principal.name, now=now)
        return Answer(status=200, body=_walked(tx, wave))

    return writing(request, here, principal, work)


def _wave(tx: Tx, principal: Principal, wave_id: UUID) -> Wave:
    wave = service.find_wave(tx, principal.market, wave_id)
    _check(tx, principal, wave.node)
    return wave


def _walked(tx: Tx, wave: Wave) -> dict[str, Any]:
    return {**wave.as_json(), "stops": [stop.as_json() for stop in service.walk(tx, wave)]}


@router.get("/nodes/{node}/bins")
def get_bins(
    node: str,
    here: Here,
    principal: Reads,
    item: Annotated[list[str], Query(min_length=1, max_length=200, examples=[["LAMP-0014"]])],
) -> dict[str, Any]:
    """Where these items lie in a node, as far as it is known."""
    with reading(here) as tx:
        _check(tx, principal, node)
        found = service.bins(tx, principal.market, node, item)
    return {"bins": [{"item": each, "bin": place} for each, place in sorted(found.items())]}


@router.put("/nodes/{node}/bins")
def put_bins(node: str, body: BinsIn, request: Request, here: Here, principal: Writes) -> Response:
    """Write down where items lie: walks and pick lists go by it."""
    bins = {each.item: each.bin.strip() for each in body.bins}

    def work(tx: Tx, now: datetime) -> Answer:  # noqa: ARG001  bins have no date
        _check(tx, principal, node)
        known = catalogue.items(tx, principal.market, list(bins))
        for place, each in enumerate(body.bins):
            if each.item not in known:
                raise Invalid(f"There is no item {each.item}.", field=f"bins.{place}.item")
        return Answer(status=200, body={"saved": service.save_bins(tx, principal.market, node, bins)})

    return writing(request, here, principal, work)


@router.get("/nodes/{node}/bench")
def on_bench(
    node: str,
    here: Here,
    principal: Reads,
    code: Annotated[str, Query(min_length=1, max_length=100, examples=["LAMP-0014", "T3"])],
) -> dict[str, Any]:
    """Whose piece this is: picked work by an item, its GTIN or its tote (T3), the most urgent first."""
    with reading(here) as tx:
        _check(tx, principal, node)
        found = service.on_bench(tx, principal.market, node, code)
    return {"work": found.work.as_json(), "tote": found.tote, "others": found.others}


@router.get("/nodes/{node}/manifests")
def list_manifests(node: str, here: Here, principal: Reads) -> dict[str, Any]:
    """What each carrier collects here: the open manifests, then the newest closed ones."""
    with reading(here) as tx:
        _check(tx, principal, node)
        found = service.manifests(tx, principal.market, node)
    return {"node": node, "manifests": [each.as_json() for each in found]}


@router.post("/nodes/{node}/manifests:load")
def load(node: str, body: LoadIn, request: Request, here: Here, principal: Writes) -> Response:
    """Put a packed parcel on today's manifest of its carrier, which is opened where there is none."""
    manifest_id = new_id()

    def work(tx: Tx, now: datetime) -> Answer:
        _check(tx, principal, node)
        zone = network.timezone_of(network.atlas(tx, principal.market), node)
        manifest = service.load(
            tx, principal.market, node, work_id=body.work_id, carrier=body.carrier, tracking=body.tracking,
            manifest_id=manifest_id, day=now.astimezone(zone).date(), by=principal.name, now=now,
        )  # fmt: skip
        return Answer(status=200, body=manifest.as_json())

    return writing(request, here, principal, work)


@router.get("/manifests/{manifest_id}")
def get_manifest(manifest_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """A manifest and the parcels on it."""
    with reading(here) as tx:
        return _manifest(tx, principal, manifest_id).as_json()


@router.post("/manifests/{manifest_id}:take_off")
def take_off(manifest_id: UUID, body: TakeOff, request: Request, here: Here, principal: Writes) -> Response:
    """Take a parcel off an open manifest again."""

    def work(tx: Tx, now: datetime) -> Answer:  # noqa: ARG001  nothing is dated
        _manifest(tx, principal, manifest_id)
        manifest = service.take_off(tx, principal.market, manifest_id, work_id=body.work_id)
        return Answer(status=200, body=manifest.as_json())

    return writing(request, here, principal, work)


@router.post("/manifests/{manifest_id}:close")
def close_manifest(manifest_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """The carrier has collected it: every parcel on it is dispatched."""

    def work(tx: Tx, now: datetime) -> Answer:
        _manifest(tx, principal, manifest_id)
        manifest = service.close_manifest(tx, principal.market, manifest_id, by=principal.name, now=now)
        return Answer(status=200, body=manifest.as_json())

    return writing(request, here, principal, work)


def _manifest(tx: Tx, principal: Principal, manifest_id: UUID) -> Manifest:
    manifest = service.find_manifest(tx, principal.market, manifest_id)
    _check(tx, principal, manifest.node)
    return manifest


def _check(tx: Tx, principal: Principal, node: str) -> None:
    """Raises Forbidden when this node is not theirs or they are a vendor, NotFound where there is none."""
    principal.check_node(node)
    if principal.vendors:
        raise Forbidden(f"{principal.name} works for {', '.join(principal.vendors)}, not at {node}.")
    network.node(network.atlas(tx, principal.market), node)
