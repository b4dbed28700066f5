"""Pages as fastapi-pagination gives them, and an order that is none among rows of equal time (contract, "Routes")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import Connection, Row, Select, Table, func, select

from demo.annotator.services import Services

Direction = Literal["asc", "desc"]
ItemT = TypeVar("ItemT")


class Page(BaseModel, Generic[ItemT]):
    """One page; `pages` is 0 when nothing matches."""

    items: list[ItemT]
    total: int
    page: int
    size: int
    pages: int


@dataclass(frozen=True)
class Params:
    """Which page: 1 is the first; at most 100 rows."""

    page: Annotated[int, Query(ge=1)] = 1
    size: Annotated[int, Query(ge=1, le=100)] = 50


def read_page(
    services: Services,
    connection: Connection,
    statement: Select[Any],
    params: Params,
    table: Table,
    order_by: str = "created_at",
    direction: Direction = "desc",
) -> tuple[list[Row[Any]], dict[str, int]]:
    """The rows of a page in the order of the table's column `order_by`, and the page's numbers.

    There is no tie-break: PostgreSQL gives rows of equal times in any order, another each time. Here that order is a
    shuffle that the number of the listing decides, so that it changes between requests and is the same every run.
    """
    total = connection.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    by = table.c[order_by]
    shuffled = (table.c.id * (services.turn() * 2 + 1) * 40503) % 65537
    rows = connection.execute(
        statement.order_by(by.desc() if direction == "desc" else by, shuffled)
        .limit(params.size)
        .offset((params.page - 1) * params.size)
    ).all()
    pages = -(-total // params.size)
    return list(rows), {"total": total, "page": params.page, "size": params.size, "pages": pages}
