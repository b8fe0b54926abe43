"""The sample municipality: its services stand in its metadata, and requests name them by index (DV-REQ-07)."""

from pilot.dienstverleners import Site, sample_service
from pilot.sample_dv.settings import SampleDvSettings


def configure(site: Site) -> SampleDvSettings:
    """The settings of this DV."""
    return site.settings(sample_service(service, index) for index, service in enumerate(site.services))
