"""Users of the test DV: whoever logged in with that number, a citizen by BSN and an organisation by RSIN."""

from digid_eherkenning.managers import BaseDigidManager, BaseeHerkenningManager
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Citizens(BaseDigidManager):
    """What the library asks when somebody comes back from DigiD."""

    def get_by_bsn(self, bsn):
        """The citizen with this number. Raises `DoesNotExist`."""
        return self.get(bsn=bsn)

    def digid_create(self, bsn, **_):
        """A citizen who was never here before."""
        return self.create(name=f"bsn {bsn}", bsn=bsn)


class Organisations(BaseeHerkenningManager):
    """What the library asks when somebody comes back from eHerkenning."""

    def get_by_rsin(self, rsin):
        """The organisation with this number. Raises `DoesNotExist`."""
        return self.get(rsin=rsin)

    def eherkenning_create(self, rsin, **_):
        """An organisation that was never here before."""
        return self.create(name=f"rsin {rsin}", rsin=rsin)


class User(AbstractBaseUser):
    """Known by one of both numbers."""

    name = models.CharField(max_length=20, unique=True)
    bsn = models.CharField(max_length=9, blank=True)
    rsin = models.CharField(max_length=9, blank=True)
    USERNAME_FIELD = "name"
    objects = models.Manager()
    digid_objects = Citizens()
    eherkenning_objects = Organisations()
