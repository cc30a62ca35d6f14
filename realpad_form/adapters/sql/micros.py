"""A stored time as microseconds since 1970, worked out by the database itself."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class MicrosOf(FunctionElement[int]):
    """A column of `UtcDateTime` as one of `Micros` holds the same time."""

    name = "micros_of"
    inherit_cache = True
    type = BigInteger()


@compiles(MicrosOf, "postgresql")
def _on_postgresql(element: MicrosOf, compiler: Any, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) * 1000000 AS bigint)"


@compiles(MicrosOf, "sqlite")
def _on_sqlite(element: MicrosOf, compiler: Any, **options: Any) -> str:
    time = compiler.process(element.clauses, **options)
    return f"(CAST(strftime('%s', {time}) AS integer) * 1000000 + CAST(substr({time}, 21, 6) AS integer))"
