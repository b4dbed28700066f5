"""alert-api's tokens: HS256 JWTs and who may come in with them (alert-api contract, "Authentication")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

LIFETIME = timedelta(days=365)
PEOPLE = ("admin", "agent", "user")

_bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/login/creds")


@dataclass(frozen=True)
class Caller:
    """Who a token speaks for: a user's or a camera's id, one role, an organization."""

    id: int
    scope: str
    organization_id: int

    @property
    def is_admin(self) -> bool:
        return self.scope == "admin"


def issue(secret: str, subject: int, scope: str, organization_id: int) -> str:
    """A token that lives 365 days of wall-clock time; nothing revokes it."""
    payload = {
        "sub": str(subject),
        "scopes": [scope],
        "organization_id": organization_id,
        "exp": datetime.now(UTC) + LIFETIME,
    }
    return jwt.encode(payload, secret, algorithm="HS256")


def read(secret: str, token: str) -> Caller:
    """Who the token speaks for.

    Raises:
        HTTPException: 401 expired or signed with another secret (observed: the same text), 406 no JWT at all,
            422 a payload without what is needed.
    """
    try:
        payload = jwt.decode(token, secret, algorithms=["HS256"])
    except (jwt.ExpiredSignatureError, jwt.InvalidSignatureError) as error:
        raise HTTPException(401, "Token has expired.", {"WWW-Authenticate": "Bearer"}) from error
    except jwt.InvalidTokenError as error:
        raise HTTPException(406, "Invalid token.", {"WWW-Authenticate": "Bearer"}) from error
    try:
        return Caller(int(payload["sub"]), str(payload["scopes"][0]), int(payload["organization_id"]))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise HTTPException(422, "Invalid token payload.") from error


def allowed(*scopes: str) -> Callable[[Request, str], Caller]:
    """A dependency that lets in these roles only (403 for the others)."""

    def check(request: Request, token: Annotated[str, Depends(_bearer)]) -> Caller:
        caller = read(request.app.state.services.jwt_secret, token)
        if caller.scope not in scopes:
            raise HTTPException(403, "Incompatible token scope.")
        return caller

    return check


Admin = Annotated[Caller, Depends(allowed("admin"))]
Labeller = Annotated[Caller, Depends(allowed("admin", "agent"))]
Person = Annotated[Caller, Depends(allowed(*PEOPLE))]
CameraCaller = Annotated[Caller, Depends(allowed("camera"))]
