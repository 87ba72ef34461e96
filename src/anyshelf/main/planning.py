"""`anyshelf plan`: planning runs with their progress, and what they suggest and warn of."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from anyshelf.main.command import AsJson, app, err, out, plainly
from anyshelf.main.running import open_house, settings_now
from anyshelf.planning import jobs, service
from anyshelf.planning.model import Run

plan_app = typer.Typer(help="Planning: run it, see what it suggests and warns of.", no_args_is_help=True)
app.add_typer(plan_app, name="plan")

Items = Annotated[list[str] | None, typer.Option("--item", help="Only these; may be given several times.")]
Kind = Annotated[str | None, typer.Option(help="Only this kind.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="At most so many.")]


@plan_app.command("run")
@plainly
def run(item: Items = None, *, as_json: AsJson = False) -> None:
    """Forecast all items at all nodes, suggest what should go where, and warn of what threatens."""
    settings = settings_now()
    with open_house(settings, pool_max=4) as house, _progress() as told:
        done = jobs.plan(house.database, settings.market, house.clock, items=item, progress=told)
    if as_json:
        print(json.dumps(done.as_json()))  # noqa: T201  JSON goes out plain
        return
    out.print(
        f"{done.series:,} series: {done.suggestions:,} suggestions ({done.accepted:,} accepted by rule), "
        f"{done.alerts:,} alerts. See: anyshelf plan suggestions, anyshelf plan alerts."
    )


@contextmanager
def _progress() -> Iterator[Callable[[Run], None]]:
    """A line with the items done, on the terminal only."""
    columns = (
        TextColumn("planning"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} items"),
    )
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=err, transient=True) as bars:
        task = bars.add_task("planning", total=1)

        def told(run: Run) -> None:
            bars.update(task, completed=run.done, total=run.items)

        yield told


@plan_app.command("suggestions")
@plainly
def suggestions(kind: Kind = None, limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """What planning suggests and nobody has decided on, the most worth first."""
    settings = settings_now()
    with open_house(settings, pool_max=4) as house, house.database.transaction() as tx:
        found = service.suggestions(tx, settings.market, state="open", kind=kind, limit=limit)
    columns = ("kind", "item", "from", "to", "quantity", "worth", "because")
    rows = [
        (each.kind, each.item, each.from_node or "vendor", each.node, f"{each.quantity:,}",
         each.as_json()["worth"]["amount"], each.reasons[0])
        for each in found
    ]  # fmt: skip
    _show([each.as_json() for each in found], columns, rows, as_json=as_json)


@plan_app.command("alerts")
@plainly
def alerts(kind: Kind = None, limit: Limit = 50, *, as_json: AsJson = False) -> None:
    """What threatens if nobody does anything, the dearest first."""
    settings = settings_now()
    with open_house(settings, pool_max=4) as house, house.database.transaction() as tx:
        found = service.alerts(tx, settings.market, kind=kind, limit=limit)
    columns = ("kind", "item", "node", "at stake", "what")
    rows = [
        (each.kind.replace("_", " "), each.item, each.node, each.as_json()["at_stake"]["amount"], each.said)
        for each in found
    ]
    _show([each.as_json() for each in found], columns, rows, as_json=as_json)


def _show(found: list[Any], columns: tuple[str, ...], rows: list[Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))  # noqa: T201  JSON goes out plain
        return
    if not rows:
        out.print("Nothing. Has planning been run? anyshelf plan run")
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    out.print(table)
