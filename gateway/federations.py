"""What a login does to the session of its federation: which it goes on with, and what the browser has from now on."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from catalog.repository import Catalog
from gateway.login import Login, SealedIdentity
from gateway.sessions import Federation, Session, Sessions
from runtime.web.cookies import new_value
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True)
class Kept:
    """The key of the session that a login rests on, and its new cookie."""

    key: str | None = None
    cookie: str | None = field(default=None, repr=False)


async def federation_of(catalog: Catalog, dv: EntityId) -> Federation | None:
    """The federation that the catalogue has this DV in (SSO-01); the DV's services were found there just now."""
    name = (await catalog.provider(dv)).connection.federation
    return None if name is None else Federation(dv=dv, name=name)


def is_silent(login: Login) -> bool:
    """Whether the AD was asked without ForceAuthn."""
    return login.outstanding is not None and login.outstanding.silent


async def keep_session(
    sessions: Sessions, login: Login, means: str, identity: SealedIdentity, cookie: str | None, now: datetime
) -> Kept:
    """What the browser has from now on: the session that it had, as the AD knows it now, or a new one. Its cookie is
    new at each login (spec/security S23).

    Which session a silent login rests on, the login knows: another tab may have given the browser another cookie
    meanwhile. Whoever logged in anew, more strongly perhaps, still ends all of it by any login of before (SSO-05).
    """
    if login.federation is None:
        return Kept()
    fresh = new_value()
    session = Session(
        id=new_value(),
        federation=login.federation,
        means=means,
        authority=identity.authority,
        loa=identity.loa,
        subject=identity.subject,
        index=identity.index,
        authenticated_at=now,
        used_at=now,
    )
    if is_silent(login):
        had = await sessions.current(login.session)
        session = session if had is None else replace(session, authenticated_at=had.authenticated_at)
    else:
        had = await sessions.find(cookie, login.federation)
    await sessions.forget(cookie, login.federation)
    return Kept(key=await sessions.keep(fresh, session.follows(had)), cookie=fresh)
