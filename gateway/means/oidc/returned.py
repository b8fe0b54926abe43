"""What the browser comes back from a provider with: a code, or why there is none (RFC 6749 4.1.2, RFC 9207)."""

import hmac
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from stelsel.failures import (
    AnswerRefused,
    AssuranceTooLow,
    AuthenticationFailed,
    Cancelled,
    Failure,
    MeansRefused,
    MessageMalformed,
    PartyUnavailable,
)

MAX_CHARS: Final = 4096
_MOST_PARAMETERS: Final = 16
_ERRORS: Final[Mapping[str, Callable[[str], Failure]]] = {
    "access_denied": Cancelled,
    "unmet_authentication_requirements": AssuranceTooLow,
    "invalid_request": MeansRefused,
    "invalid_scope": MeansRefused,
    "unauthorized_client": MeansRefused,
    "unsupported_response_type": MeansRefused,
    "request_not_supported": MeansRefused,
    "server_error": PartyUnavailable,
    "temporarily_unavailable": PartyUnavailable,
}


def read_query(query: str) -> Mapping[str, str]:
    """The parameters of our callback, each once. Raises `MessageMalformed`."""
    try:
        if len(query) > MAX_CHARS:
            raise ValueError("too long")
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise _malformed("no query of a provider") from error
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _malformed("a parameter twice")
    return found


def check_returned(parameters: Mapping[str, str], state: str, issuer: str) -> None:
    """The answer is to the request of this login, and of the provider that it was sent to. Raises `AnswerRefused`."""
    if not hmac.compare_digest(parameters.get("state", "").encode(), state.encode()):
        raise AnswerRefused(
            "answers another request", clause="O12", expected="the state of this request", found="another, or none"
        )
    if parameters.get("iss") != issuer:
        raise AnswerRefused(
            "answered by another provider", clause="O11", expected=issuer, found=parameters.get("iss", "no iss")[:200]
        )


def code_in(parameters: Mapping[str, str]) -> str:
    """The code. Raises the failure that the provider tells instead."""
    error, code = parameters.get("error"), parameters.get("code", "")
    if error is not None:
        raise _ERRORS.get(error, AuthenticationFailed)("the provider says that it recognised nobody")
    if not code:
        raise _malformed("neither code nor error")
    return code


def _malformed(found: str) -> MessageMalformed:
    return MessageMalformed("no answer of a provider", clause="O12", expected="code, state and iss", found=found)
