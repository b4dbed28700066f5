"""The annotation API's tokens: HS256 JWTs for users that are looked up at each call (contract, "Authentication")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Row, select

from demo.annotator.services import Shared
from demo.annotator.tables import users

LIFETIME = timedelta(hours=24)
"""ACCESS_TOKEN_EXPIRE_HOURS' default; there is no refresh."""

# Newer FastAPI answers 401 to a missing header by itself; this server answers 403.
_bearer = HTTPBearer(auto_error=False)


def issue(secret: str, user_id: int) -> str:
    """A token that lives 24 hours of wall-clock time."""
    return jwt.encode({"sub": str(user_id), "exp": datetime.now(UTC) + LIFETIME}, secret, algorithm="HS256")


def current_user(
    services: Shared, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Row[Any]:
    """The active user whose token it is.

    Raises:
        HTTPException: 403 without a bearer header, 401 for a bad or expired token, 400 for an inactive user.
    """
    if credentials is None:
        raise HTTPException(403, "Not authenticated")
    refused = HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"})
    try:
        user_id = int(jwt.decode(credentials.credentials, services.jwt_secret, algorithms=["HS256"])["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        raise refused from error
    with services.reading() as connection:
        user = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
    if user is None:
        raise refused
    if not user.is_active:
        raise HTTPException(400, "Inactive user")
    return user


User = Annotated[Row[Any], Depends(current_user)]
