"""Many orders in one request, each standing or falling alone."""

import json

from city import HOME, City


def test_each_order_of_a_batch_stands_or_falls_alone(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 3)
    ship = {"method": "ship", "destination": HOME}

    def order(number: int, quantity: int, item: str = lamp) -> str:
        lines = [{"item": item, "quantity": quantity}]
        body = {"channel": "web", "external_id": f"M-{number}", "lines": lines, "fulfilment": ship}
        return json.dumps(body)

    batch = "\n".join([
        order(1, 2), order(2, 9), "{", order(3, 1, "LA\0MP"), order(4, 1), order(1, 2), order(1, 1),
    ])  # fmt: skip
    answer = city.post("/v1/orders:batch", batch.encode())
    told = [json.loads(line) for line in answer.body.splitlines()]

    assert [each["status"] for each in told] == [201, 409, 422, 422, 201, 200, 409]
    assert told[5]["order"]["order_id"] == told[0]["order"]["order_id"]
    assert told[1]["problem"]["type"] == "/problems/shortage"
    assert city.audit() == []
