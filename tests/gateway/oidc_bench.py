"""A means of kind `oidc` at a provider in the test's own hands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange.ask import Posted
from gateway.means.oidc.kind import Oidc
from gateway.means.terms import Terms
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from tests.gateway.conform_means import Fault, Outcome, Said
from tests.gateway.factories import House
from tests.gateway.oidc_provider import BSN, CLIENT, Provider, a_pem, of_another_key

ERRORS = {
    Outcome.CANCELLED: "access_denied",
    Outcome.FAILED: "login_required",
    Outcome.TOO_LOW: "unmet_authentication_requirements",
    Outcome.UNSUPPORTED: "invalid_request",
}


def terms_in(folder: Path, **changes: Any) -> Mapping[str, Any]:
    """The terms of an entry, its keys in `folder`; a change to None leaves a key out."""
    keys = folder / "client"
    keys.mkdir(exist_ok=True)
    (keys / "1.pem").write_bytes(a_pem("client"))
    values = {
        "client_id": CLIENT,
        "keys": str(keys),
        "claim": "bsn",
        "identifies": "bsn",
        "levels": {f"urn:acr:{level.word}": level.word for level in LevelOfAssurance},
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


@dataclass
class OidcBench:
    """Keeps `Bench`."""

    house: House
    provider: Provider
    terms: Mapping[str, Any]
    means: Oidc
    person: str = BSN
    levels: tuple[LevelOfAssurance, ...] = tuple(LevelOfAssurance)

    @classmethod
    async def at(cls, house: House, provider: Provider, folder: Path, **changes: Any) -> "OidcBench":
        """A means whose provider was asked what it publishes."""
        terms = terms_in(folder, **changes)
        bench = cls(house, provider, terms, means_at(house, provider, terms))
        await bench.means.keep_up()
        return bench

    @property
    def authority(self) -> EntityId:
        """See `Bench.authority`."""
        return EntityId(self.provider.issuer)

    async def says(self, form: Posted, said: Said) -> str:
        """See `Bench.says`."""
        provider = self.provider
        if said.outcome in ERRORS:
            return provider.query(form, code=None, error=ERRORS[said.outcome])
        now = int(provider.clock().timestamp())
        claims = provider.claims(form, acr=f"urn:acr:{said.level.word}")
        wrong: dict[Fault, dict[str, Any]] = {
            Fault.OTHER_AUDIENCE: {"aud": "another-gateway"},
            Fault.TOO_OLD: {"iat": now - 3600, "exp": now - 3300},
            Fault.UNKNOWN_LEVEL: {"acr": "urn:acr:beyond"},
            Fault.NOBODY: {"bsn": ""},
        }
        claims |= wrong.get(said.fault or Fault.OTHER_KEY, {})
        forged = said.fault is Fault.OTHER_KEY
        provider.gives(of_another_key(claims, provider.key.kid) if forged else provider.signed(claims))
        provider.status = 503 if said.outcome is Outcome.AWAY else 200
        if said.outcome is Outcome.NONSENSE:
            provider.answer = b"<html>It works!</html>"
        other: dict[Fault, dict[str, str | None]] = {
            Fault.OTHER_AUTHORITY: {"iss": "https://another.example"},
            Fault.OTHER_REQUEST: {"state": "another"},
        }
        return provider.query(form, **other.get(said.fault or Fault.OTHER_KEY, {}))

    def asks_anew(self, form: Posted) -> bool:
        """See `Bench.asks_anew`."""
        request = self.provider.request_in(form)
        return (request.get("prompt"), request.get("max_age")) == ("login", "0")

    def forget(self) -> None:
        """A gateway that never heard of the provider."""
        self.means = means_at(self.house, self.provider, self.terms)


def means_at(house: House, provider: Provider, terms: Mapping[str, Any]) -> Oidc:
    """A means at this provider, which was asked nothing yet."""
    read = Terms("werk", terms)
    means = Oidc(house.means_tools(EntityId(provider.issuer), terms=read))
    read.close()
    return means
