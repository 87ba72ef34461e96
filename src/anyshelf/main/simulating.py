"""`anyshelf simulate`: play a scenario, with its progress, and write what came of it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from anyshelf.doors.files.networks import LIVE, folder_network, live_network
from anyshelf.doors.files.scenarios import read_scenario, shipped
from anyshelf.ground.errors import SetupProblem
from anyshelf.main.command import AsJson, app, err, out, plainly
from anyshelf.main.running import open_house, settings_now
from anyshelf.simulator import service
from anyshelf.simulator.model import FIGURES, Network

SHOWN = 9
"""So many figures on the terminal; the report has them all."""


@app.command()
@plainly
def simulate(
    scenario: Annotated[str, typer.Argument(help=f"A TOML file, or one of: {', '.join(shipped())}.")],
    replications: Annotated[int, typer.Option(min=1, max=1000, help="How often each way is played.")] = 5,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Write report.html and report.json into this folder.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, max=256, help="Processes; 0 is one a core.")] = 0,
    engine: Annotated[
        str, typer.Option(help="Who plays: local, or ray (a cluster, or one of its own on this machine).")
    ] = service.LOCAL,
    *,
    as_json: AsJson = False,
) -> None:
    """Play a scenario: what each way to run the house is worth, on the same days with the same luck."""
    if engine not in service.ENGINES:
        raise SetupProblem(f"There is no engine {engine}: {' or '.join(service.ENGINES)}.")
    asked = read_scenario(scenario, networks=_network)
    if out_folder is not None:
        _writable(out_folder)
    with _progress() as told:
        answer = service.run(
            asked,
            replications=replications,
            workers=workers or os.cpu_count() or 1,
            engine=engine,
            told=told,
        )
    if out_folder is not None:
        (out_folder / "report.json").write_text(json.dumps(answer.as_json(), indent=1), encoding="utf-8")
        (out_folder / "report.html").write_text(service.as_html(answer), encoding="utf-8")
        err.print(f"Wrote {out_folder / 'report.html'} and report.json beside it.", soft_wrap=True)
    if as_json:
        print(json.dumps(answer.as_json()))  # noqa: T201  JSON goes out plain
        return
    _show(answer)


def _network(source: str) -> Network:
    """The network a `[stage]` names: of a folder, or, where it is "live", of the database that is set."""
    settings = settings_now()
    if source != LIVE:
        return folder_network(Path(source), settings.currency)
    with open_house(settings, pool_max=2) as house, house.database.transaction() as tx:
        return live_network(tx, settings.market, house.clock.now())


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise SetupProblem(f"Nothing can be written to {folder}: {wrong.strerror}.") from wrong


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A line with the replications done, on the terminal only."""
    columns = (TextColumn("playing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bars:
        task = bars.add_task("playing", total=None)

        def told(done: int, of: int) -> None:
            bars.update(task, completed=done, total=of)

        yield told


def _show(answer: service.Answer) -> None:
    out.print(answer.scenario.question, markup=False)
    names = [variant.name for variant in answer.scenario.variants]
    table = Table("", *names)
    for figure in FIGURES[:SHOWN]:
        row = []
        for place in range(len(names)):
            said = service.said(answer.level(place, figure.name), figure)
            change = f"\n({service.signed(answer.change(place, figure.name), figure)})" if place else ""
            row.append(said + change)
        table.add_row(figure.title, *row)
    out.print(table)
    out.print(
        f"{answer.replications} replications; after ± half the 95 % interval; in brackets the change against "
        f"{names[0]}, paired.",
        highlight=False,
    )
