"""A folder of keys that is looked at while the service runs, and the last good ring that was read from it."""

from datetime import datetime
from pathlib import Path

from metadata.keys import KeyRing
from stelsel.failures import Misconfigured

Stamp = tuple[tuple[str, int, int, int], ...]


class KeyFolder:
    """Reads files: call it in `offload`. `ring` is one object as long as this is: a look replaces what is in it.

    Raises `Misconfigured`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp = _stamp(folder)
        self.ring = KeyRing.from_folder(folder)

    def look(self, at: datetime) -> bool:
        """Takes what changed in the folder since the last good look; whether anything did.

        Raises `Misconfigured`, which names the file, and keeps what is there, also where a use would be left without a
        key. It is raised again at each look until it is mended.
        """
        stamp = _stamp(self._folder)  # before reading: what changes in between is seen the next time
        if stamp == self._stamp:
            return False
        read = KeyRing.from_folder(self._folder)
        lost = self.ring.in_use(at) - read.in_use(at)
        if lost:
            raise Misconfigured(f"{self._folder} has no key any more for {', '.join(sorted(lost))}")
        self.ring.replace(read)
        self._stamp = stamp
        return True


def _stamp(folder: Path) -> Stamp:
    """What tells a file from another of the same name, rewritten in place or with its old dates."""
    try:
        known = [(path.name, path.stat()) for path in folder.iterdir() if path.suffix in (".pem", ".toml")]
    except OSError as error:
        raise Misconfigured(f"{folder} is no folder of keys") from error
    return tuple(sorted((name, found.st_ino, found.st_ctime_ns, found.st_size) for name, found in known))
