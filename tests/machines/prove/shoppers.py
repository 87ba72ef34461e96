"""People who order, cancel, move goods and look, all at once, and note what they ask and are told."""

import http.client
import json
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

from history import KEPT, UNKNOWN, Attempt, History, now_us
from plant import TROUBLE
from small_world import HOME, ITEMS

NODES = ("A", "B", "D")
SHOPS = ("A", "B")
ANSWERS_WITHIN_SECONDS = 12
SILENCE_SECONDS = 0.2
"""How long who was not answered waits before they do anything else: a server needs seconds to come back."""
AGAIN = 0.85
"""How often somebody who was not answered, or put off, asks again; else nobody learns what became of it."""
TRIES = 12
BUSY = ("busy", "in-flight", "payment-timeout")


class Line:
    """What somebody sends over one wire or another, and what comes back of it."""

    def __init__(self, ports: Sequence[int], token: str, history: History) -> None:
        self.ports, self.token, self.history = ports, token, history

    def send(self, op: str, kind: str, path: str, body: Any, *, key: str = "", by: int = 0) -> Attempt:
        """One request by one of the wires; whatever becomes of it is noted."""
        sent_us = now_us()
        status, answer = 0, None
        try:
            status, answer = self._call(self.ports[by % len(self.ports)], path, body, key)
        except TROUBLE as trouble:
            answer = repr(trouble)
        attempt = Attempt(op=op, kind=kind, body=body, key=key, sent_us=sent_us, told_us=now_us(),
                          status=status, answer=answer)  # fmt: skip
        if not status:
            threading.Event().wait(SILENCE_SECONDS)
        return self.history.note(attempt)

    def _call(self, port: int, path: str, body: Any, key: str) -> tuple[int, Any]:
        method, _, address = path.partition(" ")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN_SECONDS)
        try:
            raw = None if method == "GET" else json.dumps(body).encode()
            connection.request(method, address, raw, self._headers(key))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def _headers(self, key: str = "") -> dict[str, str]:
        sent = {"content-type": "application/json"}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        return {**sent, "idempotency-key": key} if key else sent

    def send_file(self, orders: Sequence[dict[str, Any]], *, by: int) -> list[Attempt]:
        """A file of orders; a line that comes back is an answer, one that does not is none."""
        sent_us = now_us()
        lines: list[dict[str, Any]] = []
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.ports[by % len(self.ports)], timeout=ANSWERS_WITHIN_SECONDS
        )
        try:
            raw = b"\n".join(json.dumps(order).encode() for order in orders)
            connection.request("POST", "/v1/orders:batch", raw, self._headers())
            response = connection.getresponse()
            if response.status < 300:
                for line in response:
                    lines.append(json.loads(line))  # noqa: PERF401  what came before a cut counts
        except TROUBLE:
            pass
        finally:
            connection.close()
        told_us = now_us()
        told: list[dict[str, Any]] = [*lines, *[{"status": 0}] * (len(orders) - len(lines))]
        return [
            self.history.note(
                Attempt(
                    op=order["external_id"],
                    kind="order",
                    body=order,
                    sent_us=sent_us,
                    told_us=told_us,
                    status=each["status"],
                    answer=each.get("order") or each.get("problem"),
                )
            )
            for order, each in zip(orders, told, strict=True)
        ]


class Shopper(threading.Thread):
    """Somebody who does one thing after another, drawn from a seed, until told to stop."""

    def __init__(self, line: Line, number: int, seed: int, stopping: threading.Event) -> None:
        super().__init__(name=f"shopper-{number}", daemon=True)
        self.line, self.number, self.stopping = line, number, stopping
        self.draw = random.Random(f"{seed}/{number}")  # noqa: S311  a shopper, not a secret
        self.mine: list[dict[str, Any]] = []
        self.carried_out: list[dict[str, Any]] = []
        self.promised: list[Attempt] = []
        self.done = 0
        self.failed: BaseException | None = None

    def run(self) -> None:
        doings: Sequence[tuple[Callable[[], None], int]] = (
            (self.order, 34), (self.file, 6), (self.cancel, 17), (self.bring_back, 5), (self.move, 20),
            (self.look, 18),
        )  # fmt: skip
        acts, weights = zip(*doings, strict=True)
        try:
            while not self.stopping.is_set():
                self.draw.choices(acts, weights)[0]()
                self.done += 1
        except Exception as error:  # noqa: BLE001  told at the end of the run
            self.failed = error

    def named(self) -> str:
        return f"s{self.number}-{self.done}"

    def until_told(self, op: str, kind: str, path: str, body: Any, *, key: str) -> Attempt:
        """Ask, and ask again under the same key by whichever wire, until told or tired of it."""
        by = self.draw.randrange(99)
        told = self.line.send(op, kind, path, body, key=key, by=by)
        for attempt in range(TRIES):
            again = told.outcome == UNKNOWN or told.problem in BUSY
            if not again or self.stopping.is_set() or self.draw.random() > AGAIN:
                break
            threading.Event().wait(0.02 * 2 ** min(attempt, 5))
            told = self.line.send(op, kind, path, body, key=key, by=by + attempt)
        return told

    def maybe_once_more(self, op: str, kind: str, path: str, body: Any, *, key: str) -> Attempt:
        """As above; some ask on two wires at once, and some ask once more although they were told."""
        way = self.draw.random()
        if way < 0.08:
            twin = threading.Thread(target=self.line.send, args=(op, kind, path, body),
                                    kwargs={"key": key, "by": self.draw.randrange(99)})  # fmt: skip
            twin.start()
            told = self.until_told(op, kind, path, body, key=key)
            twin.join()
            return told
        told = self.until_told(op, kind, path, body, key=key)
        if way > 0.9:
            self.line.send(op, kind, path, body, key=key, by=self.draw.randrange(99))
        return told

    # Orders

    def order(self) -> None:
        op = self.named()
        body = self.as_promised(op) if self.draw.random() < 0.2 else self.wish(op)
        key = op if self.draw.random() < 0.8 else ""  # else the sender's id alone must do
        told = self.maybe_once_more(op, "order", "POST /v1/orders", body, key=key)
        if told.outcome == KEPT:
            carried = body["fulfilment"]["method"] == "carry_out"
            (self.carried_out if carried else self.mine).append(told.answer)

    def as_promised(self, op: str) -> dict[str, Any]:
        """An order that takes up one of the options that were promised for it; else any other."""
        lines = [{"item": item, "quantity": 1} for item in self.draw.sample(ITEMS, self.draw.choice((1, 2)))]
        asked = {"channel": "shop", "lines": lines, "destination": HOME, "stores": list(SHOPS)}
        told = self.line.send(
            f"{op}-promise", "promise", "POST /v1/promises", asked, by=self.draw.randrange(99)
        )
        if told.outcome == KEPT and told.answer["options"]:
            self.promised.append(told)
        if not self.promised or self.draw.random() < 0.5:
            return self.wish(op)  # and the promise may have run out when it is taken up
        told = self.promised.pop(0)
        lines, taken = told.body["lines"], self.draw.choice(told.answer["options"])
        way = {"method": taken["method"], **({"node": taken["node"]} if taken.get("node") else {})}
        return {
            "channel": "shop", "external_id": op, "customer": op,
            "lines": [{**line, **way} for line in lines],
            "fulfilment": {**way, "destination": HOME}, "payment": {"provider": "test", "token": "tok_ok"},
            "promise_id": told.answer["promise_id"], "option_id": taken["option_id"],
        }  # fmt: skip

    def file(self) -> None:
        wishes = [self.wish(f"{self.named()}-{place}") for place in range(self.draw.randint(3, 20))]
        for _ in range(TRIES):
            told = self.line.send_file(wishes, by=self.draw.randrange(99))
            self.mine += [each.answer for each in told if each.outcome == KEPT][:2]
            wishes = [
                wish for wish, each in zip(wishes, told, strict=True)
                if each.outcome == UNKNOWN or each.problem in BUSY
            ]  # fmt: skip
            if not wishes or self.stopping.wait(0.2) or self.draw.random() > AGAIN:
                return

    def wish(self, op: str) -> dict[str, Any]:
        """An order for one to three things, one way or another."""
        method = self.draw.choice(("ship", "ship", "pickup", "reserve", "reserve", "carry_out"))
        node = None if method == "ship" else self.draw.choice(SHOPS)
        items = self.draw.sample(ITEMS, self.draw.choice((1, 1, 1, 2, 3)))
        where = {"node": node} if node else {}
        lines = [{"item": item, "quantity": self.draw.choice((1, 1, 2, 3)), "method": method, **where}
                 for item in items]  # fmt: skip
        who = op if self.draw.random() < 0.7 else f"regular-{self.draw.randrange(4)}"
        body: dict[str, Any] = {
            "channel": "shop", "external_id": op, "customer": who, "lines": lines,
            "fulfilment": {"method": method, **where, "destination": HOME},
        }  # fmt: skip
        if method != "reserve":
            body["payment"] = {"provider": "test", "token": "tok_ok"}
        return body

    def cancel(self) -> None:
        """Cancel an order of ours, or one unit of it."""
        if not self.mine:
            return self.order()
        order = self.draw.choice(self.mine)
        line = self.draw.choice(order["lines"])
        lines = None if self.draw.random() < 0.5 else [{"line": line["line"], "quantity": 1}]
        op = self.named()
        body = {"lines": lines, "reason": op}
        self.maybe_once_more(op, "cancel", f"POST /v1/orders/{order['order_id']}:cancel", body, key=op)
        return None

    def bring_back(self) -> None:
        """Bring back one unit of something that was carried out."""
        if not self.carried_out:
            return
        order = self.carried_out.pop()
        order_id, one = order["order_id"], {"line": 1, "quantity": 1}
        asked = {"order_id": order_id, "lines": [{**one, "reason": "changed_mind"}], "at": "A"}
        told = self.maybe_once_more(order_id, "return", "POST /v1/returns", asked, key=f"return {order_id}")
        if told.outcome == KEPT:
            return_id = told.answer["return_id"]
            brought = {"node": "A", "lines": [{**one, "grade": self.draw.choice(("new", "damaged"))}]}
            path = f"POST /v1/returns/{return_id}:receive"
            self.maybe_once_more(return_id, "bring", path, brought, key=f"bring {return_id}")

    # Goods

    def move(self) -> None:
        op = self.named()
        kind = self.draw.choice(
            ("receive",) * 5 + ("adjust", "adjust", "transfer", "arrive", "count", "damage")
        )
        moves = [self.moved(kind, op) for _ in range(1 if kind == "count" else self.draw.choice((1, 1, 2)))]
        key = op
        if len(moves) == 1 and self.draw.random() < 0.3:
            moves[0]["reference"] = op  # the sender's id alone must do
            key = ""
        self.maybe_once_more(op, "moves", "POST /v1/inventory/moves", {"moves": moves}, key=key)

    def moved(self, kind: str, op: str) -> dict[str, Any]:
        node = self.draw.choice(NODES)
        low, high = {"adjust": (-3, 2), "receive": (1, 6), "count": (4, 14)}.get(kind, (1, 2))
        quantity = self.draw.randint(low, high) or 1
        move = {
            "kind": kind,
            "node": node,
            "item": self.draw.choice(ITEMS),
            "quantity": quantity,
            "reason": op,
        }
        if kind == "transfer":
            move["to_node"] = self.draw.choice([other for other in NODES if other != node])
        return move

    # Looking

    def look(self) -> None:
        item, op, by = self.draw.choice(ITEMS), self.named(), self.draw.randrange(99)
        if self.draw.random() < 0.5:
            path = f"GET /v1/inventory/positions?item={item}&node={self.draw.choice(NODES)}"
            self.line.send(op, "position", path, None, by=by)
        else:
            self.line.send(op, "availability", f"GET /v1/availability?item={item}&channel=shop", None, by=by)


class Follower(threading.Thread):
    """Somebody who keeps a copy of everything that happens, by whichever wire answers."""

    def __init__(self, line: Line, stopping: threading.Event) -> None:
        super().__init__(name="follower", daemon=True)
        self.line, self.stopping, self.after, self.turn = line, stopping, 0, 0

    def run(self) -> None:
        while not self.stopping.is_set():
            self.turn += 1
            path = f"GET /v1/changes?after={self.after}&limit=500&wait_seconds=1"
            told = self.line.send(f"follow-{self.turn}", "changes", path, {"after": self.after}, by=self.turn)
            if told.outcome == KEPT:
                self.after = int(told.answer["next"])
            else:
                self.stopping.wait(0.1)
