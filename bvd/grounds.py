"""The rule table of mandates 6 as data: what each ground covers and what it asks, one row each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from stelsel.assurance import LevelOfAssurance
from stelsel.subjects import Ground, Interest

ADULT: Final = 18

_V, _P, _Z, _O = Interest.VERMOGEN, Interest.PERSOONLIJK, Interest.ZORG, Interest.ORGANISATIE
_SUBSTANTIEEL: Final = LevelOfAssurance.SUBSTANTIEEL  # loa3 for eHerkenning


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One row. The service's own minimum, grounds and age limits always apply beside it.

    `covers_by_role` replaces `covers` where the role decides. `by_service`: the register names the services, and only
    those are covered. `minimum_for` counts where the service touches that interest. `yields_to`: measures over the
    represented that suspend this ground, each for services that touch one of the interests beside it (R-CONFLICT).
    """

    covers: frozenset[Interest] = frozenset()
    covers_by_role: Mapping[str, frozenset[Interest]] = field(default_factory=dict)
    by_service: bool = False
    minimum: LevelOfAssurance | None = None
    minimum_for: Mapping[Interest, LevelOfAssurance] = field(default_factory=dict)
    acting_is_adult: bool = True
    represented_from_age: int | None = None
    yields_to: Mapping[Ground, frozenset[Interest]] = field(default_factory=dict)
    chained: bool = False

    def covered(self, role: str | None) -> frozenset[Interest]:
        """The interests covered by whoever acts in `role`."""
        return self.covers_by_role.get(role or "", frozenset()) if self.covers_by_role else self.covers

    def minimum_in(self, interests: frozenset[Interest]) -> LevelOfAssurance:
        """The lowest level this ground takes in a service that touches `interests` (R-KLOA)."""
        wanted = [level for interest, level in self.minimum_for.items() if interest in interests]
        return max([*wanted, self.minimum or LevelOfAssurance.BASIS])


_PARENTAL: Final = Terms(covers=frozenset({_V, _P, _Z}), minimum_for={_Z: _SUBSTANTIEEL})  # rows 2 to 5
_COURT: Final = {
    Ground.CURATELE: frozenset({_V, _P, _Z}),
    Ground.BEWIND: frozenset({_V}),
    Ground.MENTORSCHAP: frozenset({_P, _Z}),
}

TERMS: Final[Mapping[Ground, Terms]] = {
    Ground.VRIJWILLIG: Terms(
        covers=frozenset({_V, _P, _Z}),
        by_service=True,
        acting_is_adult=False,
        yields_to={
            Ground.CURATELE: frozenset(Interest),
            Ground.BEWIND: frozenset({_V}),
            Ground.MENTORSCHAP: frozenset({_P, _Z}),
        },
    ),
    Ground.OUDERLIJK_GEZAG: _PARENTAL,
    Ground.GEZAMENLIJK_GEZAG: _PARENTAL,
    Ground.VOOGDIJ: _PARENTAL,
    Ground.CURATELE: Terms(covers=_COURT[Ground.CURATELE], minimum=_SUBSTANTIEEL, represented_from_age=ADULT),
    Ground.BEWIND: Terms(covers=_COURT[Ground.BEWIND], minimum=_SUBSTANTIEEL),
    Ground.MENTORSCHAP: Terms(covers=_COURT[Ground.MENTORSCHAP], minimum=_SUBSTANTIEEL),
    Ground.FUNCTIONARIS: Terms(covers=frozenset({_O}), minimum=_SUBSTANTIEEL),
    Ground.EH_MACHTIGING: Terms(covers=frozenset({_O}), by_service=True, acting_is_adult=False),
    Ground.KETEN: Terms(covers=frozenset({_O}), by_service=True, acting_is_adult=False, chained=True),
    Ground.EH_BEWIND: Terms(
        covers_by_role={
            "curator": _COURT[Ground.CURATELE],
            "bewindvoerder": _COURT[Ground.BEWIND],
            "mentor": _COURT[Ground.MENTORSCHAP],
        },
        minimum=_SUBSTANTIEEL,
    ),
}
