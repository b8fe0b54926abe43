"""The sample hospital: requests name the service by its UUID in Extensions (DV-REQ-09, DV-REQ-10).

Also the way of every other DV of a world, since it asks nothing of the metadata.
"""

from pilot.dienstverleners import Site, sample_service
from pilot.sample_dv.settings import SampleDvSettings


def configure(site: Site) -> SampleDvSettings:
    """The settings of this DV."""
    return site.settings(sample_service(service) for service in site.services)
