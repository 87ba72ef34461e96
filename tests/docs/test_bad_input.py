"""Whatever is thrown at the API, it answers with something better than a 500, and the books stay right."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

PROGRAMS = Path(sys.executable).parent
SECONDS_MAX = 400
EXAMPLES_MAX = 15
SEED = 20261123

KNOWN_WORDS = {
    "path.order_id": "orders",
    "path.work_id": "work",
    "path.shipment_id": "work",
    "path.return_id": "returns",
    "path.node": "nodes",
    "query.node": "nodes",
    "query.item": "items",
    "query.channel": "channels",
    "body.channel": "channels",
    "body.node": "nodes",
    "body.at": "nodes",
    "body.order_id": "orders",
    "body.lines[*].item": "items",
    "body.lines[*].line": "lines",
    "body.lines[*].node": "nodes",
    "body.fulfilment.method": "methods",
    "body.fulfilment.node": "nodes",
    "body.moves[*].item": "items",
    "body.moves[*].node": "nodes",
    "body.moves[*].to_node": "nodes",
}
"""Where schemathesis mostly uses words of the running demo, so that it gets past the door."""


def test_nothing_that_schemathesis_thinks_of_is_a_server_error(live: Any, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(configuration(words_of(live.address)))

    done = subprocess.run(
        [
            PROGRAMS / "schemathesis", "run", f"{live.address}/openapi.json",
            "--checks", "not_a_server_error", "--phases", "examples,fuzzing",
            "--max-examples", str(EXAMPLES_MAX), "--seed", str(SEED), "--continue-on-failure",
            "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "30",
            "--generation-with-security-parameters", "false",
            "--header", "Accept: application/json", "--workers", "1", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert findings(live) == []


def configuration(words: dict[str, list[Any]]) -> str:
    lines = ["[dictionaries]"]
    lines += [f"{name} = {{ values = {json.dumps(values)} }}" for name, values in words.items() if values]
    lines += ["[parameters]", '"query.wait_seconds" = 0']
    lines += [
        f"{json.dumps(where)} = {{ dictionary = {json.dumps(name)}, probability = 0.8 }}"
        for where, name in KNOWN_WORDS.items()
        if words[name]
    ]
    return "\n".join(lines)


def words_of(address: str) -> dict[str, list[Any]]:
    """What the demo knows; the coat rack and New York are left to the pages, whose examples they are."""
    orders = ask(address, "/v1/orders?limit=100")["orders"]
    lines = [line for order in orders for line in order["lines"] if line["item"] != "FURN-0072"]
    at = {each["node"] for line in lines for each in line["allocations"]}
    nodes = sorted(node for node in at if not node.startswith("NEW-YORK"))[:20]
    work = [each for node in nodes for each in ask(address, f"/v1/nodes/{node}/work")["work"]]
    return {
        "orders": [order["order_id"] for order in orders if order["external_id"]][:30],
        "returns": [bought_and_brought_back(address, lines)],
        "items": sorted({line["item"] for line in lines})[:20],
        "work": [each["work_id"] for each in work][:30],
        "nodes": nodes,
        "channels": ["web", "app", "till"],
        "methods": ["ship", "pickup", "carry_out", "reserve"],
        "lines": [1, 2],
    }


def bought_and_brought_back(address: str, lines: list[dict[str, Any]]) -> str:
    """The id of a return of something that was carried out of a store."""
    for line in lines:
        here = ask(address, f"/v1/availability?item={line['item']}&channel=till&limit=300")["items"][0][
            "nodes"
        ]
        store = next((each["node"] for each in here if not each["node"].startswith(("DC-", "V-"))), None)
        if store:
            bought = {"item": line["item"], "quantity": 1}
            order = ask(address, "/v1/orders", {
                "channel": "till", "lines": [bought], "fulfilment": {"method": "carry_out", "node": store},
            })  # fmt: skip
            back = ask(address, "/v1/returns", {
                "order_id": order["order_id"], "at": store,
                "lines": [{"line": 1, "quantity": 1, "reason": "changed_mind"}],
            })  # fmt: skip
            return str(back["return_id"])
    pytest.fail("no store of the demo has anything")


def ask(address: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{address}{path}", data=data, headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
        return json.load(answer)


def findings(live: Any) -> list[dict[str, Any]]:
    """What the audit finds in the running demo."""
    done = subprocess.run(
        [PROGRAMS / "anyshelf", "audit", "--json"],
        env=live.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def test_a_stranger_gets_in_nowhere(live: Any, openapi: dict[str, Any]) -> None:
    """The demo lets this machine in; a request that was handed on by another one is a stranger's."""
    answers = {
        f"{method.upper()} {path}": status_for_a_stranger(live.address, method, path)
        for path, ways in openapi["paths"].items()
        for method in ways
        if path.startswith("/v1/")
    }

    assert answers
    assert {way: status for way, status in answers.items() if status != 401} == {}


def status_for_a_stranger(address: str, method: str, path: str) -> int:
    path = path.replace("{", "").replace("}", "")
    asked = Request(f"{address}{path}", method=method.upper(), headers={"X-Forwarded-For": "203.0.113.7"})  # noqa: S310
    try:
        with urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own address
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing: apt-get install curl")
def test_a_body_of_a_hundred_megabytes_is_refused(live: Any) -> None:
    send = (
        "head -c 100000000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' -X POST "
        "-H 'Content-Type: application/json' -H 'Expect:' --data-binary @- \"$ANYSHELF/v1/orders\""
    )
    done = subprocess.run(
        ["sh", "-c", send], env=live.environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stdout == "413"
