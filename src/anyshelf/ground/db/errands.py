"""A connection on which statements can be sent together, and are answered together.

A round trip costs more than most of the statements it carries: a batch of orders writes five tables, and
waits for the database once. What is put off with `later` is sent before the next question or the commit.
"""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg import errors
from psycopg.abc import PipelineCommand, PQGen
from psycopg.adapt import Transformer
from psycopg.generators import fetch_many, pipeline_communicate
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from anyshelf.ground.db.arrays import written

PARAMETER = re.compile(r"%\((\w+)\)s|%%")
BEGIN = b"BEGIN"
ONE_MOMENT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A statement and what it is asked with."""

    sql: LiteralString
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was asked with these values, and what the database answered: the columns' names, and the rows."""

    params: Mapping[str, Any]
    names: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class _Put:
    """A statement that waits to be sent, who is told how many rows it touched, what is raised if twice."""

    sql: LiteralString
    params: Mapping[str, Any]
    then: Callable[[int], None] | None = None
    twice: Exception | None = None


class ErrandConnection(psycopg.Connection[Row]):
    """A connection that keeps what was put off until somebody asks something, or commits."""

    _errand_waiting: list[_Put]
    _errand_answers: dict[LiteralString, Answered]
    _errand_names: dict[LiteralString, bytes]
    _errand_numbers: Iterator[int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._errand_waiting, self._errand_answers, self._errand_names = [], {}, {}
        self._errand_numbers = count()

    def put_off(
        self,
        sql: LiteralString,
        params: Mapping[str, Any],
        then: Callable[[int], None] | None = None,
        twice: Exception | None = None,
    ) -> None:
        """Keep a statement until the others go; `twice` is raised where it breaks a unique key."""
        self._errand_waiting.append(_Put(sql, params, then, twice))

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """As psycopg's; what was put off goes first."""
        self.catch_up()
        return super().cursor(*args, **kwargs)

    def transaction(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: a block within a transaction could not tell its own statements from those put off."""
        raise NotImplementedError("a transaction is open already")

    def commit(self) -> None:
        """As psycopg's; what was put off goes first."""
        self.catch_up()
        self._errand_answers.clear()
        super().commit()

    def rollback(self) -> None:
        """As psycopg's; what was put off is never sent."""
        self._errand_waiting.clear()
        self._errand_answers.clear()
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            self._errand_names.clear()  # the driver has the server forget all that is prepared
        super().rollback()

    def catch_up(self) -> None:
        """Send what was put off, and tell who asked how many rows each statement touched."""
        if not self._errand_waiting:
            return
        sent = self._errand_waiting
        results = self._send(sent)  # should this fail, they are there still: no commit passes them over
        self._errand_waiting = []
        for put, result in zip(sent, results, strict=True):
            if put.then is not None:
                put.then(result.command_tuples or 0)

    def foresee(self, questions: Sequence[Question]) -> None:
        """Ask what will be asked soon, all at once: who then asks one of these is given its answer, once."""
        self.catch_up()
        results = self._send([_Put(each.sql, each.params) for each in questions])
        for question, result in zip(questions, results, strict=True):
            reader = Transformer(self)
            reader.set_pgresult(result)
            names = [(result.fname(place) or b"").decode() for place in range(result.nfields)]
            rows = reader.load_rows(0, result.ntuples, tuple)
            self._errand_answers[question.sql] = Answered(params=question.params, names=names, rows=rows)

    def foreseen(self, sql: LiteralString, params: Mapping[str, Any]) -> Answered | None:
        """The answer that is here already; the next one who asks the same asks the database."""
        known = self._errand_answers.get(sql)
        if known is None or known.params != params:
            return None
        return self._errand_answers.pop(sql)

    def _send(self, puts: Sequence[_Put]) -> list[PGresult]:
        """Send statements in one piece and wait for all; raises what the first said that failed.

        Behind one that failed the database carries none out.
        """
        commands: deque[PipelineCommand] = deque()
        places: list[int] = []
        new: dict[LiteralString, tuple[bytes, int]] = {}
        if self.pgconn.transaction_status == TransactionStatus.IDLE:
            begin = BEGIN if self.isolation_level is None else ONE_MOMENT
            commands.append(partial(self.pgconn.send_query_params, begin, None))
        for put in puts:
            text, names = numbered(put.sql)
            name = self._errand_names.get(put.sql) or new.get(put.sql, (b"", 0))[0]
            if not name:
                name = f"errand_{next(self._errand_numbers)}".encode()
                new[put.sql] = name, len(commands)
                commands.append(partial(self.pgconn.send_prepare, name, text))
            places.append(len(commands))
            values = [written(put.params[each]) for each in names]
            commands.append(partial(self.pgconn.send_query_prepared, name, values))
        answers = self._exchanged(commands)
        for sql, (name, place) in new.items():
            if answers[place].status == ExecStatus.COMMAND_OK:
                self._errand_names[sql] = name
        for place, result in enumerate(answers):
            if result.status == ExecStatus.FATAL_ERROR:
                raise self._refusal(puts[bisect_left(places, place)], result)
        return [answers[place] for place in places]

    def _refusal(self, put: _Put, result: PGresult) -> Exception:
        """What the database says against a statement, in the words of its room where it has some."""
        error = errors.error_from_result(result, self.info.encoding)
        if put.twice is None or not isinstance(error, errors.UniqueViolation):
            return error
        put.twice.__cause__ = error
        return put.twice

    def _exchanged(self, commands: "deque[PipelineCommand]") -> list[PGresult]:
        asked = len(commands)
        commands.append(self.pgconn.pipeline_sync)
        self.pgconn.enter_pipeline_mode()
        try:
            answers = self.wait(_exchange(self.pgconn, commands, asked + 1))
            self.pgconn.exit_pipeline_mode()
        except BaseException:
            self.close()  # nobody knows what of it was answered
            raise
        return [answer[0] for answer in answers[:asked]]


def _exchange(pgconn: PGconn, commands: "deque[PipelineCommand]", asked: int) -> PQGen[list[list[PGresult]]]:
    """Send everything, and read until everything is answered."""
    answers: list[list[PGresult]] = yield from pipeline_communicate(pgconn, commands)
    while len(answers) < asked:
        answers.append((yield from fetch_many(pgconn)))
    return answers


@cache
def numbered(sql: LiteralString) -> tuple[bytes, tuple[str, ...]]:
    """A statement as PostgreSQL reads it, with $1, $2 … for its named parameters; and their names."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return PARAMETER.sub(number, sql).encode(), tuple(names)
