"""The made-up people whom pages show, the longest names among them."""

from datetime import UTC, datetime
from typing import Any, Final

from pilot.bevoegdheden import Offered
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, KvkNummer, Subject, passes_elfproef
from stelsel.subjects import Ground, Party, Representation

A_MOMENT: Final = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
LONGEST: Final = "Maria Johanna Cornelia van der Heijden-Oude Nijhuis"
WIDEST: Final = "Wolfeschlegelsteinhausenbergerdorffstein"  # 40 letters, no place to break

_BSNS: Final = tuple(Bsn(f"{n}") for n in range(999_990_000, 1_000_000_000) if passes_elfproef(f"{n}"))


def a_bsn(n: int) -> Bsn:
    """The n-th BSN of the range for tests."""
    return _BSNS[n]


def a_party(name: str, subject: Subject | None = None, *, born: str = "1980-01-01", secret: bool = False) -> Party:
    """Somebody with a name of given name, prefixes and family name."""
    given, *rest = name.split()
    family = " ".join(word for word in rest if word[:1].isupper()) or given
    return Party(subject or a_bsn(0), name, family, given, born, secret)


def a_representation(ground: Ground = Ground.BEWIND, represented: Party | None = None, **more: Any) -> Representation:
    """Somebody for whom the user may act."""
    values: dict[str, Any] = {
        "source": "rechtspraak",
        "reference": "1",
        "ground": ground,
        "acting": a_party("Anna van den Berg", a_bsn(1)),
        "represented": represented or a_party("Bram Visser"),
        "retrieved_at": A_MOMENT,
    }
    return Representation(**values | more)


def people(number: int) -> list[tuple[str, Representation]]:
    """That many clients, the first with the longest names."""
    names = [LONGEST, f"Jan van der {WIDEST}", "Élodie de Wit", "Bram Visser", "Chris de Jong", "Fatma Öztürk"]
    families = ("Bakker", "Dekker", "Smit", "Mulder", "Postma", "Kuipers", "Yilmaz", "van Dijk", "de Haan")
    names += [f"Client{n} {families[n % len(families)]}" for n in range(number)]
    return [(f"token{n:04}", a_representation(represented=a_party(names[n], a_bsn(n)))) for n in range(number)]


def every_ground() -> list[tuple[str, Representation]]:
    """One row for each ground, and of those with a role one for each role; one that is under investigation."""
    office = a_party("Bewindvoeringskantoor Noord B.V.", KvkNummer("90000001"))
    firm = a_party("Bakkerij Jansen B.V.", KvkNummer("90000002"))
    organisational = {Ground.FUNCTIONARIS, Ground.EH_MACHTIGING, Ground.KETEN}
    rows = [
        a_representation(ground, firm if ground in organisational else None, via=(office,))
        for ground in Ground
        if ground is not Ground.EH_BEWIND
    ]
    rows += [
        a_representation(Ground.EH_BEWIND, role=role, acting=office) for role in ("bewindvoerder", "curator", "mentor")
    ]
    rows.append(a_representation(Ground.OUDERLIJK_GEZAG, a_party("Noor Bennis", a_bsn(3)), under_investigation=True))
    return [(f"token{n}", row) for n, row in enumerate(rows)]


def twins() -> list[tuple[str, Representation]]:
    """Two who share name and last digits; a third whose data are secret."""
    same = [Bsn(f"{n}") for n in range(999_900_007, 1_000_000_000, 1000) if passes_elfproef(f"{n}")]
    parties = (
        a_party("Jan de Jong", same[0], born="1938-07-15"),
        a_party("Jan de Jong", same[1], born="1993"),
        a_party("Jan de Jong", same[2], born="1961-02-03", secret=True),
    )
    return [(f"token{n}", a_representation(represented=party)) for n, party in enumerate(parties)]


OFFERED: Final = tuple(
    Offered(
        kvk="68750110",
        rsin=None,
        name=f"Voorbeeld {number} {LONGEST}",
        links=(("90001354", "Accountants Voorbeeld"),) * (number % 2),
        loa=LevelOfAssurance.SUBSTANTIEEL,
        vestiging="000037178598" if number == 2 else None,
    )
    for number in range(4)
)
