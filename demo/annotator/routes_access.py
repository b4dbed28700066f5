"""Routes for logging in and for what there is to filter by."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, HTTPException
from sqlalchemy import select

from demo.annotator import answers, tokens
from demo.annotator.services import Shared
from demo.annotator.tables import sequences, users
from demo.annotator.tokens import User

router = APIRouter()


@router.post("/auth/login", response_model=answers.Login)
def log_in(services: Shared, credentials: answers.Credentials) -> dict[str, str]:
    """A token for a username and password, sent as JSON; 401 when they are wrong, 400 for an inactive user."""
    with services.reading() as connection:
        user = connection.execute(select(users).where(users.c.username == credentials.username)).one_or_none()
    same = hmac.compare_digest((user.password if user else "").encode(), credentials.password.encode())
    if user is None or not same:
        raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Bearer"})
    if not user.is_active:
        raise HTTPException(400, "Inactive user")
    return {"access_token": tokens.issue(services.jwt_secret, user.id), "token_type": "bearer"}


@router.get("/users/me", response_model=answers.Me)
def me(user: User) -> dict[str, Any]:
    """Whose token it is."""
    return dict(user._mapping)


@router.get("/cameras/", response_model=list[answers.Camera])
def list_cameras(services: Shared, _user: User) -> list[dict[str, Any]]:
    """The cameras of all sequences."""
    columns = (sequences.c.camera_id.label("id"), sequences.c.camera_name.label("name"))
    with services.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(*columns).distinct().order_by("name", "id"))]


@router.get("/organizations/", response_model=list[answers.Organization])
def list_organizations(services: Shared, _user: User) -> list[dict[str, Any]]:
    """The organizations of all sequences."""
    columns = (sequences.c.organisation_id.label("id"), sequences.c.organisation_name.label("name"))
    with services.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(*columns).distinct().order_by("name", "id"))]


@router.get("/source-apis/", response_model=list[answers.SourceApi])
def list_sources(services: Shared, _user: User) -> list[dict[str, str]]:
    """The sources of all sequences."""
    with services.reading() as connection:
        found = connection.execute(select(sequences.c.source_api).distinct().order_by("source_api")).scalars()
        return [{"id": source, "name": source} for source in found]
