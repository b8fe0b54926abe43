"""Our own keys at one provider: files in folders, read again in the background, so that they roll over as we run."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.means.terms import Terms
from runtime.offload import Offload
from stelsel.failures import Misconfigured
from stelsel.jose.keys import PrivateJwk, read_private
from stelsel.jose.sealed import OpeningJwk, read_opening

_LOG: Final = logging.getLogger("namens.oidc")


K = TypeVar("K", PrivateJwk, OpeningJwk)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where they are: those that sign and, where tokens are encrypted for us, those that open."""

    terms: Terms
    signing: Path
    opening: Path | None

    def read(self) -> tuple[tuple[PrivateJwk, ...], tuple[OpeningJwk, ...]]:
        """All of them, in the order of their names. Raises `Misconfigured`."""
        signing = _in(self.terms, "keys", self.signing, read_private)
        opening = _in(self.terms, "decryption_keys", self.opening, read_opening) if self.opening else ()
        if not {each.kid for each in signing}.isdisjoint(each.kid for each in opening):
            raise self.terms.refuse("decryption_keys", "has a key that signs")
        return signing, opening


class OwnKeys:
    """The keys in these folders; what cannot be read leaves those that were."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._signing, self._opening = folders.read()

    @property
    def signing(self) -> PrivateJwk:
        """The first by name."""
        return self._signing[0]

    @property
    def opening(self) -> tuple[OpeningJwk, ...]:
        """Each of them opens; none where nothing is encrypted for us."""
        return self._opening

    @property
    def listed(self) -> list[dict[str, Any]]:
        """What the provider reads at our `jwks_uri`: old and new beside each other."""
        return [each.public for each in self._signing] + [each.public for each in self._opening]

    async def keep_up(self, offload: Offload) -> None:
        """Reads the folders anew; what is wrong there is logged."""
        try:
            self._signing, self._opening = await offload(self._folders.read)
        except Misconfigured as failure:
            _LOG.warning("our keys are not read anew", extra=failure.facts())


def _in(terms: Terms, key: str, folder: Path, read: Callable[[bytes], K]) -> tuple[K, ...]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".pem")
        keys = tuple(read(path.read_bytes()) for path in files)
    except OSError as error:
        raise terms.refuse(key, "is no folder that can be read") from error
    except Misconfigured as error:
        raise terms.refuse(key, f"has a file that is {error.why}") from error
    if not keys or len({each.kid for each in keys}) < len(keys):
        raise terms.refuse(key, "holds no .pem file, or one key twice")
    return keys
