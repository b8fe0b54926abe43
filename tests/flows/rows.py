"""What the tests add to the world of mandates 7: the cases that the scenarios bring along, and those beside them."""

# F1 has tasks that do not count today: ended, not begun, suspended. F3 has one, together with F2.
BEWIND_BESIDE = """
[[person]]
name = "F3"
bsn = "999990202"
[[person]]
name = "Voorbij"
bsn = "999990160"
[[person]]
name = "Straks"
bsn = "999990172"
[[person]]
name = "Even Niet"
bsn = "999990184"
[[person]]
name = "Samen"
bsn = "999990196"

[[measure]]
name = "Voorbij"
person = "Voorbij"
kind = "BEWIND"
from = 2021-03-10
until = 2026-03-10
representatives = [{who = "F1", role = "bewindvoerder"}]
[[measure]]
name = "Straks"
person = "Straks"
kind = "BEWIND"
from = 2026-03-11
representatives = [{who = "F1", role = "bewindvoerder"}]
[[measure]]
name = "Even Niet"
person = "Even Niet"
kind = "BEWIND"
from = 2022-05-01
representatives = [{who = "F1", role = "bewindvoerder", suspended = {from = 2026-03-01, until = 2026-04-01}}]
[[measure]]
name = "Samen"
person = "Samen"
kind = "BEWIND"
from = 2022-05-01
representatives = [
  {who = "F2", role = "bewindvoerder", authority = "GEZAMENLIJK"},
  {who = "F3", role = "bewindvoerder", authority = "GEZAMENLIJK"},
]
"""

# Scenarios 16, 18, 19, 20: a birth year and no more, nobody with gezag, an unknown third, a father without a BSN; and
# the leap day.
CHILDREN_BESIDE = """
[[service]]
name = "S9"
dv = "ziekenhuis"
uuid = "7d7b0a7c-9a5e-4c0e-8f25-0e1f6d2f9c09"
title = {nl = "Tandartsportaal", en = "Dental portal"}
minimum = "substantieel"
grounds = ["OUDERLIJK_GEZAG"]
interest = ["zorg"]
max_age = {OUDERLIJK_GEZAG = 14}
means = ["digid"]

[[person]]
name = "Moeder"
bsn = "999990214"
[[person]]
name = "Vader Zonder"
bsn = "999990226"
[[person]]
name = "Vage"
bsn = "999990238"
born = "2014"
[[person]]
name = "Schrikkel"
bsn = "999990251"
born = 2012-02-29
[[person]]
name = "Derde"
bsn = "999990263"
born = 2020-06-01
[[person]]
name = "Ongekoppeld"
bsn = "999990275"
born = 2020-06-01

[[person]]
name = "Wees"
bsn = "999990342"
born = 2019-06-01
[[person]]
name = "Pupil"
bsn = "999990354"
born = 2019-06-01

[[gezag]]
name = "Wees"
child = "Wees"
type = "TijdelijkGeenGezag"
[[gezag]]
name = "Pupil"
child = "Pupil"
type = "Voogdij"
third = []
[[gezag]]
name = "Vage"
child = "Vage"
type = "EenhoofdigOuderlijkGezag"
parents = ["Moeder"]
[[gezag]]
name = "Schrikkel"
child = "Schrikkel"
type = "EenhoofdigOuderlijkGezag"
parents = ["Moeder"]
[[gezag]]
name = "Derde"
child = "Derde"
type = "GezamenlijkGezag"
parents = ["Moeder"]
third = "unknown"
[[gezag]]
name = "Ongekoppeld"
child = "Ongekoppeld"
type = "GezamenlijkOuderlijkGezag"
parents = ["Moeder", {name = "Vader Zonder", bsn = false}]
"""

# F1 has a second client; the municipality lets its logins be shared, the hospital has a federation of the same name.
FEDERATED = """
[[dv]]
name = "gemeente"
oin = "00000099000000010000"
entity = "9001"
title = "Gemeente Waterhoek"
connection = {federation = "samen"}
[[dv]]
name = "ziekenhuis"
oin = "00000099000000020000"
entity = "9002"
title = {nl = "Ziekenhuis Lindenhof", en = "Lindenhof Hospital"}
connection = {federation = "samen"}
[[person]]
name = "Tweede"
bsn = "999990160"
[[measure]]
name = "Tweede"
person = "Tweede"
kind = "BEWIND"
from = 2022-03-10
representatives = [{who = "F1", role = "bewindvoerder"}]
"""

# Employees of D and of its accountant A, who act for D in S6: whole, for one branch, no longer, and through a chain.
EMPLOYEES_BESIDE = """
[[employee]]
name = "d1"
organisation = "D"
loa = "loa4"
authorised = [{for = "S6"}]
[[employee]]
name = "d2"
organisation = "D"
authorised = [{for = "S6", vestiging = "000037178598"}]
[[employee]]
name = "d3"
organisation = "D"
authorised = [{for = "S6", state = "INGETROKKEN"}]
[[employee]]
name = "d4"
organisation = "D"
authorised = [{for = "S6", loa = "loa2"}]
[[employee]]
name = "a2"
organisation = "A"

[[chain]]
name = "D to A"
from = "D"
to = "A"
service = "S6"
[[chain]]
name = "A to a1"
from = "A"
to = "a1"
service = "S6"
[[employee]]
name = "b1"
organisation = "B1"
[[chain]]
name = "D to B1"
from = "D"
to = "B1"
service = "S1"
[[chain]]
name = "B1 to b1"
from = "B1"
to = "b1"
service = "S1"
[[chain]]
name = "A to a2"
from = "A"
to = "a2"
service = "S6"
state = "INGETROKKEN"
"""

# Scenario 24: who stands in the Handelsregister at D, at a bankrupt company, and at one that is her own.
FUNCTIONARISSEN_BESIDE = """
[[person]]
name = "Directeur"
bsn = "999990287"
[[person]]
name = "Mededirecteur"
bsn = "999990299"
[[person]]
name = "Gevolmachtigde"
bsn = "999990305"
[[person]]
name = "Geschorste"
bsn = "999990317"
[[person]]
name = "Eigenares"
bsn = "999990329"

[[organisation]]
name = "Failliet"
kvk = "90004760"
state = "bankrupt"
[[organisation]]
name = "Eenmanszaak"
kvk = "69599084"

[[functionaris]]
name = "Directeur bij D"
organisation = "D"
who = "Directeur"
kind = "bestuursfunctie"
authority = "Alleen/zelfstandig bevoegd"
[[functionaris]]
name = "Directeur bij Failliet"
organisation = "Failliet"
who = "Directeur"
kind = "bestuursfunctie"
authority = "Alleen/zelfstandig bevoegd"
[[functionaris]]
name = "Mededirecteur bij D"
organisation = "D"
who = "Mededirecteur"
kind = "bestuursfunctie"
authority = "Gezamenlijk bevoegd"
[[functionaris]]
name = "Gevolmachtigde bij D"
organisation = "D"
who = "Gevolmachtigde"
kind = "gevolmachtigde"
authority = "Beperkte volmacht"
limit = 10000
[[functionaris]]
name = "Geschorste bij D"
organisation = "D"
who = "Geschorste"
kind = "bestuursfunctie"
authority = "Onbeperkt bevoegd"
suspended = {from = 2026-03-01, until = 2026-04-01}
[[functionaris]]
name = "Eigenares"
organisation = "Eenmanszaak"
who = "Eigenares"
kind = "eigenaar"
"""

# Scenario 7: a care portal that employees can reach, as S4 is, and as an administrator made it.
CARE_BESIDE = """
[[service]]
name = "S10"
dv = "ziekenhuis"
uuid = "0b8a5c2e-7d63-4f0e-9b1a-3c5f7e9a1d10"
title = {nl = "Zorgportaal voor iedereen", en = "Care portal for all"}
minimum = "substantieel"
grounds = ["CURATELE", "MENTORSCHAP"]
interest = ["zorg"]
by_bsn = true
means = ["digid", "eherkenning"]
[[service]]
name = "S11"
dv = "ziekenhuis"
uuid = "0b8a5c2e-7d63-4f0e-9b1a-3c5f7e9a1d11"
title = {nl = "Zorgportaal voor kantoren", en = "Care portal for offices"}
minimum = "substantieel"
grounds = ["CURATELE", "MENTORSCHAP", "EH_BEWIND"]
interest = ["zorg"]
by_bsn = true
means = ["digid", "eherkenning"]
"""
