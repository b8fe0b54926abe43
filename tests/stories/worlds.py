"""What a network has besides the demo world, for pages that the demo does not lead to."""

import tomllib
from typing import Final

from pilot.world import DEMO

# The court is away at first. Dirkje's bewind ends tonight; Yasin is young enough; two families more.
TROUBLED: Final = """
[fault.rechtspraak]
mode = "503"
until = 2026-03-10T12:05:00+01:00

[[person]]
name = "Yasin"
bsn = "999991735"
given = "Yasin"
family = "Bennis"
born = "10 years ago"
means = {}
[[person]]
name = "Hanna"
bsn = "999990214"
given = "Hanna"
family = "Mol"
[[person]]
name = "Joris"
bsn = "999990226"
given = "Joris"
family = "Mol"
born = "13 years ago"
means = {}
[[person]]
name = "Leo"
bsn = "999990238"
given = "Leo"
family = "Vos"

[[gezag]]
name = "Joris"
child = "Joris"
type = "EenhoofdigOuderlijkGezag"
parents = ["Hanna"]
[[measure]]
name = "Leo"
person = "Leo"
kind = "CURATELE"
from = "2 years ago"
representatives = [{who = "Hanna"}]
[[measure]]
name = "Dirkje"
person = "Dirkje"
kind = "BEWIND"
from = "6 years ago"
until = 2026-03-11
representatives = [{who = "Anna"}]
"""


def sixty_clients(of: str) -> str:
    """The clients of the office of the demo, as those of one person."""
    rows = tomllib.loads(DEMO.read_text())["measure"]
    office = [row for row in rows if row["representatives"] == [{"who": "Rivierland"}]]
    return "".join(
        f'[[measure]]\nname = "{row["name"]}"\nperson = "{row["person"]}"\nkind = "BEWIND"\nfrom = "1 year ago"\n'
        f'representatives = [{{who = "{of}"}}]\n'
        for row in office
    )
