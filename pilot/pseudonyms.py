"""As whom an employee is known to each DV: eTD's specific pseudonym (st-saml 5, TYP-07)."""

import hashlib

from pilot.cast import Employee
from pilot.world import World
from stelsel.identifiers import Oin, Pseudonym


def specific_pseudonym(world: World, employee: Employee, dv: Oin) -> Pseudonym:
    """`<64 hex>@<32 hex>`, made of the pseudonym that the authenticatiedienst keeps to itself, the DV, and the
    organisation that authorised the employee.

    So it stays the same whoever is represented through a chain, and no two DVs can tell that they know the same
    person. One that the world pins is told to every DV as it stands there.
    """
    if employee.pinned:
        return employee.pseudonym
    organisation = world.organisation(employee.organisation).kvk
    parts = (employee.pseudonym.value, organisation.value, dv.value)
    digest = hashlib.sha512("\n".join(("namens pilot", *parts)).encode()).hexdigest()
    return Pseudonym(f"{digest[:64]}@{digest[64:96]}")


def pseudonyms_of(world: World, employee: Employee) -> dict[str, Pseudonym]:
    """By the name of each DV; those that offer eHerkenning first."""
    offering = {service.provider for service in world.services if "eherkenning" in service.means}
    dvs = sorted(world.dvs, key=lambda dv: dv.entity_id not in offering)
    return {dv.name: specific_pseudonym(world, employee, dv.oin) for dv in dvs}
