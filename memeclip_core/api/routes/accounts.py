"""One's own account: the password, and the tokens of one's programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from memeclip_core.api.identity import Call, OwnCall, hold_key
from memeclip_core.api.schemas import Name, Sent

ROUTES = APIRouter(prefix="/me", tags=["account"])
Password = Annotated[str, Field(max_length=1000)]


class NewPassword(Sent):
    """The password that counts now, and the one that is to."""

    old: Password
    new: Password


class OfToken(Sent):
    """A token, by its title."""

    title: Name


class TokenLine(BaseModel):
    """A token without what lets its program in."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    created: datetime
    used: datetime | None


class TokenMade(BaseModel):
    """A new token, which is never shown again."""

    token: str


@ROUTES.post("/password", status_code=204)
def password(call: OwnCall, sent: NewPassword, request: Request, response: Response) -> None:
    """Change one's password, which ends all sign-ins but that of this browser."""
    key = call.studio.accounts.change_password(call.who, old=sent.old, new=sent.new)
    hold_key(response, request, call.studio.settings, key)


@ROUTES.get("/tokens", response_model=tuple[TokenLine, ...])
def tokens(call: Call) -> tuple[object, ...]:
    """Return one's tokens by their titles, oldest first."""
    return call.studio.accounts.tokens(call.who)


@ROUTES.post("/tokens")
def make_token(call: OwnCall, sent: OfToken) -> TokenMade:
    """Make a token and return it, once."""
    return TokenMade(token=call.studio.accounts.make_token(call.who, sent.title))


@ROUTES.post("/tokens/revoke", status_code=204)
def revoke_token(call: OwnCall, sent: OfToken) -> None:
    """Have one's token of a title count no more."""
    call.studio.accounts.revoke_token(call.who, sent.title)
