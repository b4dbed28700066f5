"""Whether an id is one of many: on PostgreSQL one parameter, and the same statement for any number of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class OneOf(FunctionElement[Any]):
    """Whether a column of whole numbers is among the parameter ``ids``, a list.

    ``IN`` has a parameter for each: PostgreSQL would plan a statement for every number of them.
    """

    name = "one_of"
    # Of no type: SQLAlchemy compares a boolean with 1 on SQLite, and no index takes that.
    type = sa.types.NullType()
    inherit_cache = True


@compiles(OneOf, "sqlite")
def _in_sqlite(element: OneOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    (column,) = element.clauses
    return compiler.process(column.in_(sa.bindparam("ids", expanding=True, type_=sa.BigInteger)), **kwargs)


@compiles(OneOf, "postgresql")
def _in_postgresql(element: OneOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    (column,) = element.clauses
    every = sa.bindparam("ids", type_=postgresql.ARRAY(sa.BigInteger))
    return compiler.process(column == sa.any_(every), **kwargs)
