"""Users of the test DV: a citizen is whoever logged in with that BSN."""

from digid_eherkenning.managers import BaseDigidManager
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Citizens(BaseDigidManager):
    """What the library asks when somebody comes back from DigiD."""

    def get_by_bsn(self, bsn):
        """The citizen with this number. Raises `DoesNotExist`."""
        return self.get(bsn=bsn)

    def digid_create(self, bsn, **_):
        """A citizen who was never here before."""
        return self.create(bsn=bsn)


class Citizen(AbstractBaseUser):
    """Known by BSN alone."""

    bsn = models.CharField(max_length=9, unique=True)
    USERNAME_FIELD = "bsn"
    objects = models.Manager()
    digid_objects = Citizens()
