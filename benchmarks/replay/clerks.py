"""The people in the nodes: they look at their node's work, pick, pack and send it off, or hand it over."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from replay.client import Client, Reply
from replay.floor import WORKING, Floor, Job
from replay.journal import Journal, Worked

WAIT_SECONDS = 0.2
LOOK_SECONDS = 0.05
LOOKS_MAX = 300
PAGES_MAX = 200
HAND_OVER = "hand_over"
NOT_FOUND = "not on the shelf"
REFUSALS_KEPT = 20


class Clerk(threading.Thread):
    """One thread: the nodes whose code falls to its number are its own."""

    def __init__(
        self,
        number: int,
        *,
        client: Client,
        floor: Floor,
        journal: Journal,
        seed: int,
        short_share: float,
        on_worked: Callable[[], None],
    ) -> None:
        super().__init__(name=f"clerk-{number}", daemon=True)
        self._number = number
        self._client = client
        self._floor = floor
        self._journal = journal
        self._seed = seed
        self._short_share = short_share
        self._on_worked = on_worked
        self.refusals: list[str] = []
        self.stopping = threading.Event()
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Work until the floor is empty and nothing more will come."""
        try:
            while not (self._floor.finished.is_set() and self._floor.waiting == 0):
                for node, jobs in self._floor.due(self._number, WAIT_SECONDS).items():
                    if self.stopping.is_set():
                        return
                    self._at_node(node, jobs)
                if self.stopping.is_set():
                    return
        except Exception as fault:  # noqa: BLE001  told by the main thread
            self.fault = fault
        finally:
            self._client.close()

    def _at_node(self, node: str, jobs: dict[str, Job]) -> None:
        """Do the work of these orders at a node: all of it that its list shows, page by page."""
        waiting, after = dict(jobs), None
        for _ in range(PAGES_MAX):
            page = self._client.work(node, after)
            if not page.ok:
                self._note("work list", page)
                break
            for work in page.body["work"]:
                job = waiting.get(work["order_id"])
                if job is not None:
                    self._do(work, job)
            seen = {work["order_id"] for work in page.body["work"]}
            for order_id in seen & waiting.keys():
                self._left(node, waiting.pop(order_id))
            after = page.body.get("next")
            if after is None or not waiting:
                break
        for job in waiting.values():
            self._look(node, job)

    def _do(self, work: dict[str, Any], job: Job) -> None:
        """Take one piece of work from where it stands to its end."""
        work_id, state = work["work_id"], work["state"]
        if state in ("open", "claimed"):
            state = self._step(job, "pick", self._picked(work, job))
        to_counter = work["finish"] == HAND_OVER
        if state == "picked" and to_counter:
            state = self._step(job, "stage", self._client.stage(work_id, key=f"{work_id}:stage"))
        elif state == "picked":
            state = self._step(job, "pack", self._client.pack(work_id, key=f"{work_id}:pack"))
        if state == "staged" and to_counter:
            code = job.placed.pickup_code or ""
            given = self._client.hand_over(work_id, code, key=f"{work_id}:hand_over")
            job.handed_over += self._step(job, "hand over", given) == "handed_over"
        elif state in ("packed", "staged"):
            left = self._step(job, "dispatch", self._client.dispatch(work_id, key=f"{work_id}:dispatch"))
            if left == "dispatched":
                self._step(job, "deliver", self._client.delivered(work_id))
                job.parcels += 1

    def _picked(self, work: dict[str, Any], job: Job) -> Reply:
        """Pick all of it; now and then one unit of it is not there."""
        draw = random.Random(f"{self._seed}:{job.placed.external_id}:{work['node']}")
        short = draw.random() < self._short_share
        left = {
            line["line"]: line["quantity"] - line["picked"] - line["short"] - line["cancelled"]
            for line in work["lines"]
        }
        found = [(line, units, None) for line, units in left.items() if units]
        if short and found:
            place = draw.randrange(len(found))
            line, units, _ = found[place]
            job.short_picks += 1
            job.needs_look = True
            missing: list[tuple[int, int, str | None]] = [(line, units - 1, NOT_FOUND)]
            return self._pick(work, [*found[:place], *missing, *found[place + 1 :]])
        return self._pick(work, [*found])

    def _pick(self, work: dict[str, Any], found: list[tuple[int, int, str | None]]) -> Reply:
        return self._client.pick(work["work_id"], found, key=f"{work['work_id']}:pick")

    def _step(self, job: Job, name: str, reply: Reply) -> str:
        """The state a step led to; "" where it was refused (somebody cancelled, say): then we look again."""
        if reply.ok:
            return str(reply.body.get("state", ""))
        job.needs_look = True
        self._note(name, reply)
        return ""

    def _note(self, name: str, reply: Reply) -> None:
        if len(self.refusals) < REFUSALS_KEPT:
            detail = reply.body.get("detail") if isinstance(reply.body, dict) else reply.body
            self.refusals.append(f"{name}: {reply.status} {detail}")

    def _left(self, node: str, job: Job) -> None:
        """This node has done what it could for an order; the last node closes the books on it."""
        if not self._floor.leave(job, node):
            return
        if job.needs_look:
            self._look(node, job)
        else:
            self._close(job, stuck=False)

    def _look(self, node: str, job: Job) -> None:
        """See where an order stands: its work may have been cancelled, sourced anew, or not have come yet."""
        job.looks += 1
        job.needs_look = False
        order = self._client.order(job.placed.order_id)
        if not order.ok:
            self._note("order", order)
        at = _nodes_of(order.body, WORKING) if order.ok else set()
        if at and job.looks <= LOOKS_MAX:
            if job.looks > 1:
                time.sleep(LOOK_SECONDS)
            job.needs_look = True
            self._floor.leave(job, node)
            self._floor.again(job, at)
            return
        if order.ok and _nodes_of(order.body, ("dispatched",)):
            self._deliver(job)
        self._floor.leave(job, node)
        self._close(job, stuck=bool(at))

    def _deliver(self, job: Job) -> None:
        """Parcels that left and were not told to have come: their carrier says so now."""
        for shipment in self._client.shipments(job.placed.order_id).body.get("shipments", []):
            if shipment["state"] != "delivered":
                self._client.delivered(shipment["shipment_id"])

    def _close(self, job: Job, *, stuck: bool) -> None:
        done = Worked(
            external_id=job.placed.external_id,
            parcels=job.parcels,
            handed_over=job.handed_over,
            short_picks=job.short_picks,
            stuck=stuck,
        )
        if self._floor.close(job):
            self._journal.write(done)
            self._on_worked()


def _nodes_of(order: dict[str, Any], states: tuple[str, ...]) -> set[str]:
    """The nodes at which units of an order are in these states."""
    return {
        allocation["node"]
        for line in order["lines"]
        for allocation in line["allocations"]
        if allocation["state"] in states and allocation["quantity"]
    }
