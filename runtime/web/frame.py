"""What stands around the content of a page: the operator's part, and what differs per login."""

from dataclasses import dataclass

from runtime.web.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host. `operator` is the name people read, `help_url` where they reach the operator, if anywhere.

    `pilot` puts on every page that all is made up.
    """

    operator: str
    help_url: str = ""
    pilot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One page. `dv` and `service` are titles in `language`, empty where no login is known.

    `path` is this page's own path: its forms post to it and the language switch asks for it; empty where asking again
    would not give this page. `token` goes into each form (`Csrf.token`). `back` is the DV's own
    address, for pages from which a login cannot go on; empty where it is not known for sure.
    """

    language: Language
    dv: str = ""
    service: str = ""
    path: str = ""
    token: str = ""
    back: str = ""
