"""The short way in: one layer between the server and a route, instead of the framework's dozen.

Everything else is left to the framework, told and logged by the same parts: an unknown path, a wrong method, the start
and the end of a service, a route of another kind.
"""

import inspect
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.telemetry import Tracing, begin_trace_of, log_answered
from runtime.web.errors import Errors
from runtime.web.headers import SecurityHeaders, encoded_headers

Endpoint = Callable[[Request], Awaitable[Response]]


class Direct:
    """ASGI, outermost: trace, route, failures, headers and log line of a request, in that order.

    `app` is the framework's application with the same `routes`, and with `errors` installed.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], errors: Errors, *, https: bool) -> None:
        self._otherwise = SecurityHeaders(Tracing(app), https=https)
        self._errors = errors
        self._headers = encoded_headers(https=https)
        ours = [route for route in routes if isinstance(route, Route) and inspect.iscoroutinefunction(route.endpoint)]
        self._exact: dict[tuple[str, str], Endpoint] = {
            key: route.endpoint for route in reversed(ours) for key in _keys(route)
        }
        self._with_parameters = [route for route in ours if route.param_convertors]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or passes it on."""
        endpoint = self._endpoint(scope) if scope["type"] == "http" else None
        if endpoint is None:
            await self._otherwise(scope, receive, send)
            return
        begin_trace_of(scope)
        began = time.perf_counter()
        status = 500
        try:
            response = await self._response(endpoint, Request(scope, receive))
            status = response.status_code
            own = {name for name, _ in response.raw_headers}
            response.raw_headers += [header for header in self._headers if header[0] not in own]
            await response(scope, receive, send)
        finally:
            log_answered(scope, status, began)

    async def _response(self, endpoint: Endpoint, request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:
            return await self._errors.tell(request, error)

    def _endpoint(self, scope: Scope) -> Endpoint | None:
        """Of the route that takes this method at this path; what the path holds is in the scope then."""
        found = self._exact.get((scope["method"], scope["path"]))
        if found is not None:
            return found
        for route in self._with_parameters:
            match, inner = route.matches(scope)
            if match is Match.FULL:
                scope.update(inner)
                endpoint: Endpoint = route.endpoint
                return endpoint
        return None


def _keys(route: Route) -> Iterator[tuple[str, str]]:
    """Method and path of a route without parameters."""
    if not route.param_convertors:
        yield from ((method, route.path) for method in route.methods or ())
