"""Every door of a running network, attacked with every corpus: refused, told with a code, logged, nothing stored.

Each attack by itself has a test of its own beside this one, on the reader; here the doors are shown to use it.
"""

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.attacks.canary import Canary
from tests.attacks.confusions import DIFFERENTIALS, HIDDEN_IN_TEXTS, SEVERAL, inside, reaching_out
from tests.attacks.doors import DOORS, IN_ORDER, Change, changed, refused, signed_by
from tests.attacks.forgeries import OF_ALGORITHMS, OF_KEYS, of_shape
from tests.attacks.mutations import DOUBLED, POLLUTED_IDS, UNSIGNED, WRAPPING, Mutation
from tests.attacks.parties import Attacked
from tests.attacks.test_exhausting_messages import EXHAUSTING


def _all(mutations: Mapping[str, Mutation]) -> Callable[[str], Mapping[str, Change]]:
    return lambda _: {name: changed(mutation) for name, mutation in mutations.items()}


# What is within the bounds on size; all of them are tried on the readers.
SMALL_AND_COSTLY: Final = ("deep", "key-names")
# By name: the threats, and the attacks with the address of a canary.
CORPORA: Final[Mapping[str, tuple[tuple[str, ...], Callable[[str], Mapping[str, Change]]]]] = {
    "wrapping": (("S1",), _all(WRAPPING)),
    "polluted-ids": (("S2",), _all(POLLUTED_IDS)),
    "spellings": (("S3", "S4"), _all(DIFFERENTIALS)),
    "hidden-in-the-issuer": (
        ("S5",),
        _all({name: inside(b"saml:Issuer", what) for name, what in HIDDEN_IN_TEXTS.items()}),
    ),
    "doubled": (("S6",), _all(DOUBLED)),
    "several": (("S7",), _all(SEVERAL)),
    "reaching-out": (("S8",), lambda url: _all(reaching_out(url))(url)),
    "exhausting": (("S9",), _all({name: EXHAUSTING[name] for name in SMALL_AND_COSTLY})),
    "shapes": (("S11", "S3", "S13"), lambda url: {name: signed_by(each) for name, (_, each) in of_shape(url).items()}),
    "algorithms": (("S13", "S14"), lambda _: {name: signed_by(each) for name, (_, each) in OF_ALGORITHMS.items()}),
    "keys": (("S12",), lambda _: {name: signed_by(each) for name, each in OF_KEYS.items()}),
    "unsigned": (("S15",), _all(UNSIGNED)),
}


@pytest.mark.parametrize("door", DOORS)
async def test_a_message_in_order_is_taken(attacked: Attacked, door: str) -> None:
    for name, change in IN_ORDER.items():
        assert (await DOORS[door].knock(attacked, change)).taken, name


@pytest.mark.parametrize(
    "corpus", [pytest.param(name, marks=pytest.mark.clause(*threats)) for name, (threats, _) in CORPORA.items()]
)
@pytest.mark.parametrize("door", DOORS)
async def test_a_door_refuses_the_corpus_with_a_code_and_keeps_nothing(
    attacked: Attacked, canary: Canary, caplog: pytest.LogCaptureFixture, door: str, corpus: str
) -> None:
    attacks = CORPORA[corpus][1](canary.url)
    async with DOORS[door].opened(attacked) as knock:
        assert await refused(caplog, knock, attacks) == []
        assert (await knock(IN_ORDER["nothing changed"])).taken
