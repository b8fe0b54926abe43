"""What is wrong with a client's request: each kind with the error of OAuth that the client reads (RFC 6749).

The description that goes out is fixed per kind; what was expected and found stands in the log, with the clause.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from authlib.oauth2.rfc6749 import errors

from stelsel.failures import Failure, MessageRefused, TooManyTries, Unavailable, outcome_of


class OAuthRefused(MessageRefused):
    """A request that cannot be answered; `error` is how its client is told."""

    error: ClassVar[str] = errors.InvalidRequestError.error
    clause = "OIDC-01"


class ClientRefused(OAuthRefused):
    """Who asks is not proven to be the client that it says."""

    error = errors.InvalidClientError.error
    clause = "OIDC-21"


class GrantRefused(OAuthRefused):
    """The code is unknown, used, expired, of another client, or bound to something else."""

    error = errors.InvalidGrantError.error
    clause = "OIDC-24"


class ScopeRefused(OAuthRefused):
    """The scope names no service, or one that this client may not ask for."""

    error = errors.InvalidScopeError.error
    clause = "OIDC-04"


class ResponseTypeRefused(OAuthRefused):
    """Another response type than a code."""

    error = errors.UnsupportedResponseTypeError.error
    clause = "OIDC-01"


class GrantTypeRefused(OAuthRefused):
    """Another grant than an authorization code."""

    error = errors.UnsupportedGrantTypeError.error
    clause = "OIDC-54"


class RequestUriRefused(OAuthRefused):
    """No pushed request of this client under that name, or not any more."""

    error = "invalid_request_uri"  # RFC 9101 7.1.

    clause = "PAR-01"


class RequestObjectUnsupported(OAuthRefused):
    """A request object by value."""

    error = "request_not_supported"  # OpenID Connect Core 6.1.

    clause = "OIDC-12"


class TokenRefused(OAuthRefused):
    """No access token of ours that holds, or not one for this (RFC 6750 3.1)."""

    error = "invalid_token"  # RFC 6750 3.1.

    clause = "OAU-19"


_STATUS: Final[Mapping[str, int]] = {
    "invalid_client": 401,
    "invalid_token": 401,
    "temporarily_unavailable": 503,
}


def told(failure: Failure) -> tuple[str, str, int]:
    """The error that a client reads, its fixed description, and the HTTP status at an endpoint for programs."""
    if isinstance(failure, OAuthRefused):
        name = failure.error
        return name, (type(failure).__doc__ or "").partition("\n")[0].strip(), _STATUS.get(name, 400)
    outcome = outcome_of(failure)
    if isinstance(failure, TooManyTries):
        return "temporarily_unavailable", "Too many requests", outcome.http
    if outcome.oidc is None:
        return "invalid_request", "The request is not understood", outcome.http
    status = outcome.http if isinstance(failure, Unavailable) else _STATUS.get(outcome.oidc, 400)
    return outcome.oidc, outcome.message or "", status
