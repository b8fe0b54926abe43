"""What is agreed with one OpenID Connect provider, as the `terms` of its catalogue entry have it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from gateway.means.oidc.own_keys import Folders, OwnKeys
from gateway.means.terms import Terms
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, BadIdentifier, Misconfigured
from stelsel.identifiers import Bsn, EntityId
from stelsel.jose.keys import ALGORITHMS
from stelsel.jose.sealed import CONTENT_ALGORITHMS
from stelsel.saml.encryption import NameId

_KEY_BYTES: Final = 32
_LONGEST: Final = 255  # of `sub` (OIDC Core 2), and so of what may stand for somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One provider, and we as its client.

    `keys` are ours; `encryption` is how tokens are encrypted for them, where that was agreed. `claim` tells who logged
    in; as a BSN, or as a name of the provider's that each DV gets another pseudonym for, made with `pseudonym_key`.
    `levels` are the values of `acr` that were agreed.
    """

    issuer: EntityId
    client_id: str
    keys: OwnKeys
    scopes: tuple[str, ...]
    claim: str
    pseudonym_key: bytes | None
    levels: Mapping[str, LevelOfAssurance]
    algorithm: str
    encryption: str
    userinfo: bool
    userinfo_signed: bool

    @classmethod
    def of(cls, terms: Terms, authorities: tuple[EntityId, ...]) -> Self:
        """As the entry has it. Raises `Misconfigured`."""
        if len(authorities) != 1 or not authorities[0].value.startswith(("https://", "http://")):
            raise Misconfigured(f"{terms.means}.authorities: OpenID Connect has one issuer, by its URL")
        scopes = terms.texts("scopes", ("openid",))
        if "openid" not in scopes:
            raise terms.refuse("scopes", "has no openid")
        algorithm = terms.text("algorithm", "PS256")
        if algorithm not in ALGORITHMS:
            raise terms.refuse("algorithm", f"is none of {', '.join(ALGORITHMS)}")
        keys = _own_keys(terms)
        encryption = terms.text("encryption", CONTENT_ALGORITHMS[-1])
        if encryption not in CONTENT_ALGORITHMS:
            raise terms.refuse("encryption", f"is none of {', '.join(CONTENT_ALGORITHMS)}")
        userinfo, userinfo_signed = terms.flag("userinfo"), terms.flag("userinfo_signed")
        if userinfo_signed and not userinfo:
            raise terms.refuse("userinfo_signed", "is of userinfo, which is not asked")
        return cls(
            issuer=authorities[0],
            client_id=terms.text("client_id"),
            keys=keys,
            scopes=scopes,
            claim=terms.text("claim"),
            pseudonym_key=_read_pseudonym_key(terms),
            levels={acr: _level(terms, acr, word) for acr, word in terms.table("levels").items()},
            algorithm=algorithm,
            encryption=encryption,
            userinfo=userinfo,
            userinfo_signed=userinfo_signed,
        )

    def name_for(self, value: object, dv: EntityId) -> NameId:
        """Who logged in, as this DV may know him. Raises `AnswerRefused`, which never holds the value."""
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
            raise self._nobody("missing, or no text")
        if self.pseudonym_key is not None:
            named = "\0".join((self.issuer.value, value, dv.value)).encode()
            return NameId(urns.OWN_PSEUDONYM, hmac.new(self.pseudonym_key, named, hashlib.sha256).hexdigest())
        try:
            return NameId(urns.LEGACY_BSN, Bsn(value).value)
        except BadIdentifier as error:
            raise self._nobody("no BSN") from error

    def _nobody(self, found: str) -> AnswerRefused:
        return AnswerRefused(
            "the claim that identifies names nobody", clause="RD-ASR-06", expected=self.claim, found=found
        )


def _own_keys(terms: Terms) -> OwnKeys:
    """Tokens are encrypted for us where there are keys to open them with."""
    opening = terms.path("decryption_keys") if terms.has("decryption_keys") else None
    return OwnKeys(Folders(terms, terms.path("keys"), opening))


def _read_pseudonym_key(terms: Terms) -> bytes | None:
    """The key of pseudonyms where the claim is none that the law knows; it stays for as long as they must."""
    identifies = terms.text("identifies")
    if identifies not in ("bsn", "pseudonym"):
        raise terms.refuse("identifies", "is neither bsn nor pseudonym")
    if identifies == "bsn":
        return None
    try:
        key = Path(terms.path("pseudonym_key")).read_bytes()
    except OSError as error:
        raise terms.refuse("pseudonym_key", "is no file that can be read") from error
    if len(key) < _KEY_BYTES:
        raise terms.refuse("pseudonym_key", f"has fewer than {_KEY_BYTES} bytes")
    return key


def _level(terms: Terms, acr: str, word: str) -> LevelOfAssurance:
    try:
        return LevelOfAssurance.from_word(word)
    except KeyError as error:
        raise terms.refuse(f"levels.{acr}", f"is no level: {word}") from error
