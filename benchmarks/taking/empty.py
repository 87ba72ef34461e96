"""The same web stack answering an order without doing anything: what HTTP and validation alone cost."""

import sys

import uvicorn
from fastapi import FastAPI

from anyshelf.orders.api.bodies import PlaceOrder

app = FastAPI()


@app.post("/v1/orders", status_code=201)
async def empty(body: PlaceOrder) -> dict[str, int]:
    """Read the order, and nothing else."""
    return {"lines": len(body.lines)}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
