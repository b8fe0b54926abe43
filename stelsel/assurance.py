"""How surely somebody was recognised: one ordered scale, and its name in every scheme (ST-SAML TYP-08, TYP-09)."""

from enum import IntEnum
from typing import Final

from stelsel import urns


class LevelOfAssurance(IntEnum):
    """Ordered; the numbers are those of the DigiD catalogue (mandates 4.1)."""

    BASIS = 10
    MIDDEN = 20
    SUBSTANTIEEL = 25
    HOOG = 30

    @property
    def uri(self) -> str:
        """The name on the wire of ST-SAML (TYP-08)."""
        return _URI[self]

    @property
    def digid_class(self) -> str:
        """The name in DigiD SAML 3.x (TYP-09)."""
        return _DIGID[self]

    @property
    def etoegang(self) -> str:
        """The name in eTD (mandates 6, crosswalk)."""
        return _ETOEGANG[self]

    @property
    def etoegang_word(self) -> str:
        """The name in world files, commands and pages of eHerkenning: loa2, loa2plus, loa3, loa4."""
        return self.etoegang.rpartition(":")[2]

    @property
    def word(self) -> str:
        """The Dutch name, as in world files and commands: basis, midden, substantieel, hoog."""
        return self.name.lower()

    @classmethod
    def from_uri(cls, uri: str) -> "LevelOfAssurance | None":
        """The level an ST-SAML URI names, or None. The host of `basic` is read in either case (divergence C-02)."""
        return _FROM_URI.get(uri.replace("http://eid.logius.nl/", "http://eID.logius.nl/"))

    @classmethod
    def from_any(cls, name: str) -> "LevelOfAssurance | None":
        """The level that a name of ST-SAML, DigiD or eTD means, or None (TYP-08, TYP-09)."""
        return cls.from_uri(name) or _FROM_CLASS.get(name)

    @classmethod
    def from_etoegang(cls, name: str) -> "LevelOfAssurance | None":
        """The level that an assurance class of eTD means, or None; loa1 is one no longer (TYP-09)."""
        return _FROM_ETOEGANG.get(name)

    @classmethod
    def from_word(cls, word: str) -> "LevelOfAssurance":
        """The level of a word in a world file or command; eHerkenning's words too. Raises `KeyError`."""
        return _FROM_WORD[word]


_URI: Final = {
    LevelOfAssurance.BASIS: urns.LOA_BASIC,
    LevelOfAssurance.MIDDEN: urns.LOA_LOW,
    LevelOfAssurance.SUBSTANTIEEL: urns.LOA_SUBSTANTIAL,
    LevelOfAssurance.HOOG: urns.LOA_HIGH,
}
_DIGID: Final = {
    level: f"urn:oasis:names:tc:SAML:2.0:ac:classes:{name}"
    for level, name in zip(
        LevelOfAssurance,
        ("PasswordProtectedTransport", "MobileTwoFactorContract", "Smartcard", "SmartcardPKI"),
        strict=True,
    )
}
_EH_WORDS: Final = dict(zip(("loa2", "loa2plus", "loa3", "loa4"), LevelOfAssurance, strict=True))
_ETOEGANG: Final = {level: f"urn:etoegang:core:assurance-class:{word}" for word, level in _EH_WORDS.items()}
_FROM_URI: Final = {uri: level for level, uri in _URI.items()}
_FROM_ETOEGANG: Final = {name: level for level, name in _ETOEGANG.items()}
_FROM_CLASS: Final = {name: level for level, name in _DIGID.items()} | _FROM_ETOEGANG
_FROM_WORD: Final = {level.name.lower(): level for level in LevelOfAssurance} | _EH_WORDS
