"""What a test sees and does of a network's wire: every exchange at every door, and a party that goes away."""

from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that a party got, with its answer. `path` has the query with it."""

    host: str
    method: str
    path: str
    asked: Headers
    question: bytes = field(repr=False)
    status: int
    answered: Headers
    answer: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """A header of the answer, or nothing."""
        return next((value for key, value in self.answered if key == name), "")

    @property
    def everything(self) -> str:
        """All that was said, as one text."""
        headers = [f"{name}: {value}" for name, value in (*self.asked, *self.answered)]
        bodies = [body.decode(errors="replace") for body in (self.question, self.answer)]
        return "\n".join([f"{self.method} {self.path}", *headers, *bodies])


class Watched:
    """ASGI: passes on to the party of `host` and notes what was said; a party that is away answers 503.

    `app` may be set to another worker of that party.
    """

    def __init__(self, app: ASGIApp, host: str, wire: list[Exchange], away: set[str]) -> None:
        self.app = app
        self._host = host
        self._wire = wire
        self._away = away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange."""
        question, answer = bytearray(), bytearray()
        start: Message = {"status": 0, "headers": []}

        async def heard() -> Message:
            message = await receive()
            question.extend(message.get("body", b""))
            return message

        async def said(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            answer.extend(message.get("body", b""))
            await send(message)

        app = Response(status_code=503) if self._host in self._away else self.app
        await app(scope, heard, said)
        query = scope["query_string"].decode()
        self._wire.append(
            Exchange(
                host=self._host,
                method=scope["method"],
                path=scope["path"] + (f"?{query}" if query else ""),
                asked=_text(scope["headers"]),
                question=bytes(question),
                status=start["status"],
                answered=_text(start["headers"]),
                answer=bytes(answer),
            )
        )


def _text(headers: list[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
