"""What a dialect is: how a DV of one profile asks, how it reads an assertion, and what it looks at there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pilot.sample_dv import xml
from pilot.sample_dv.checks import Checks, Opened, Trust
from pilot.sample_dv.received import Message

# A verified assertion taken apart; whatever stands inside it as evidence is added to the messages.
Read = Callable[[xml.Element, Trust, list[Message]], Opened]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One way of speaking SAML. `levels` are the words of a DV's own settings, and what stands on the wire.

    `by_url`: requests give the consumer by URL instead of by index. `redirect`: messages travel in the query, signed
    there. `names_level`: requests ask a level by RequestedAuthnContext.
    """

    read: Read
    checks: Checks
    levels: Mapping[str, str]
    by_url: bool = True
    redirect: bool = False
    names_level: bool = False
