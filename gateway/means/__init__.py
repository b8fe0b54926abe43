"""Login means: one module and one line each."""

from collections.abc import Callable
from typing import Final

from gateway.means.contract import Means, MeansTools
from gateway.means.digid import Digid

MEANS: Final[dict[str, Callable[[MeansTools], Means]]] = {
    "digid": Digid,
}
