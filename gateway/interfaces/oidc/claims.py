"""What a declaration is in claims: `sub` and `represents` of the NL GOV profile, and the names that software expects.

Who acts and who is represented are never one claim: software that knows nothing of representation sees who logged in
(OIDC-43), and a flat name that may mean either is left out where somebody is represented.
"""

from collections.abc import Mapping
from typing import Any, Final

from catalog.clients import Client
from gateway.interfaces.oidc.opened import Opened
from gateway.interfaces.oidc.subjects import pairwise
from stelsel import urns
from stelsel.saml.encryption import NameId

AUTHORITIES: Final = "urn:namens:claim:AuthenticatingAuthority"
SESSION_UNTIL: Final = "urn:namens:claim:SessionNotOnOrAfter"
BSNS: Final = frozenset({urns.LEGACY_BSN, urns.ETOEGANG_BSN})
NUMBERS: Final[Mapping[str, str]] = {urns.ETOEGANG_KVK: "kvkNummer", urns.ETOEGANG_RSIN: "rsin"}


def subject_claims(opened: Opened, client: Client, issuer: str, key: bytes) -> dict[str, Any]:
    """Who logged in and, nested, for whom: the deepest `represents` is the represented party (OIDC-43 to OIDC-47)."""
    told = _party(opened.acting, opened, client, key)
    inner: dict[str, Any] | None = None
    for name in reversed(opened.chain):
        party = {"iss": issuer, **_party(name, opened, client, key)}
        if inner is None:
            party |= opened.restrictions
            if opened.representation_types:
                party[urns.REPRESENTATION_TYPE] = list(opened.representation_types)
        else:
            party["represents"] = inner
        inner = party
    if inner is not None:
        told["represents"] = inner
    return told


def login_claims(opened: Opened) -> dict[str, Any]:
    """How surely, for which service, on whose word, and until when."""
    told: dict[str, Any] = {
        "acr": opened.loa.uri,
        urns.SERVICE_UUID: opened.service.value,
        AUTHORITIES: [each.value for each in opened.authorities],
    }
    if opened.session_until is not None:
        told[SESSION_UNTIL] = int(opened.session_until.timestamp())
    return told


def flat_claims(opened: Opened, scope: tuple[str, ...], client: Client) -> dict[str, Any]:
    """The names that django-digid-eherkenning and Open Forms look for, by scope (mandates 5); identifiers all."""
    if not client.identifiers:
        return {}
    told: dict[str, Any] = {}
    if "bsn" in scope:
        told |= _of_citizens(opened)
    if "kvk" in scope:
        told |= _of_organisations(opened)
    if "authentication_context" in scope:
        context = authentication_context(opened)
        if context is not None:
            told["authentication_context"] = context
    return told


def authentication_context(opened: Opened) -> dict[str, Any] | None:
    """The authentication-context object of the field's schema (mandates 5); None where it has no shape for this."""
    acting, represented = opened.acting, opened.represented
    services = {"services": [{"id": opened.service.value}]}
    if acting.qualifier in BSNS:
        digid = {
            "source": "digid",
            "levelOfAssurance": opened.loa.digid_class,
            "authorizee": {"legalSubject": {"identifierType": "bsn", "identifier": acting.value}},
        }
        if represented is None:
            return digid
        if len(opened.chain) == 1 and represented.qualifier in BSNS:
            other = {"identifierType": "bsn", "identifier": represented.value}
            return {**digid, "representee": other, "mandate": services}
    kind = NUMBERS.get(represented.qualifier) if represented is not None else None
    if acting.qualifier == urns.ETOEGANG_PSEUDO and represented is not None and kind and len(opened.chain) == 1:
        legal = {"identifierType": kind, "identifier": represented.value}
        if urns.ETOEGANG_VESTIGING in opened.restrictions:
            legal["branchNumber"] = opened.restrictions[urns.ETOEGANG_VESTIGING]
        opaque = {"identifierType": "opaque", "identifier": acting.value}
        return {
            "source": "eherkenning",
            "levelOfAssurance": opened.loa.etoegang,
            "authorizee": {"legalSubject": legal, "actingSubject": opaque},
        }
    return None


def _party(name: NameId, opened: Opened, client: Client, key: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"sub": pairwise(key, opened.dv, name), "sub_id_type": urns.OWN_PSEUDONYM}
    if client.identifiers:
        told["alt_sub"] = [{"sub": name.value, "sub_id_type": name.qualifier, "aud": client.client_id}]
    return told


def _of_citizens(opened: Opened) -> dict[str, Any]:
    acting, represented = opened.acting, opened.represented
    if acting.qualifier not in BSNS:
        return {}
    if represented is None:
        return {"bsn": acting.value}
    if represented.qualifier not in BSNS or len(opened.chain) > 1:
        return {}
    # No `bsn`: that of the one would be taken for that of the other.
    return {urns.ACTING_SUBJECT_ID: acting.value, urns.LEGAL_SUBJECT_ID: represented.value}


def _of_organisations(opened: Opened) -> dict[str, Any]:
    acting, represented = opened.acting, opened.represented
    if acting.qualifier != urns.ETOEGANG_PSEUDO or represented is None or len(opened.chain) > 1:
        return {}
    if represented.qualifier not in NUMBERS:
        return {}
    return {
        "namequalifier": represented.qualifier,
        urns.ETOEGANG_LEGAL: represented.value,
        urns.ETOEGANG_ACTING: acting.value,
        **opened.restrictions,
    }
