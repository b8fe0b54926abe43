"""Draws pages: one set of templates, texts and static files per host, all read and compiled when the host starts."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from runtime.web.frame import Frame, Site
from runtime.web.language import other
from runtime.web.static import FOLDER as STATIC
from runtime.web.static import Static
from runtime.web.texts import Texts

HERE: Final = Path(__file__).parent
MOST_MOULDS: Final = 1_000
_PATH: Final = ""  # the place of the page's own path; a field has a name


class _Compiled(BytecodeCache):
    """Templates by where they stand and what is in them: several hosts of one process compile what they share once."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED: Final = _Compiled()


class Look:
    """A host's pages. `folder` is the service's own: `templates/`, and if it has them `texts.toml` and `static/`.

    `shared` is such a folder of several services of one kind.
    """

    def __init__(self, site: Site, folder: Path, texts: Texts | None = None, *, shared: Path | None = None) -> None:
        self.site = site
        folders = (folder,) if shared is None else (folder, shared)
        self.texts = texts if texts is not None else Texts(*files_of(*folders))
        self.static = Static(*(each for each in (STATIC, *(one / "static" for one in folders)) if each.is_dir()))
        environment = Environment(
            loader=FileSystemLoader([*(one / "templates" for one in folders), HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        environment.globals["static"] = self.static.url
        environment.globals["site"] = site
        self._mark = f"mark-{secrets.token_hex(16)}-"  # no text of anybody's holds it
        self._moulds: dict[object, list[tuple[str | None, str]]] = {}
        self._templates: dict[str, Template] = {
            name: environment.get_template(name) for name in environment.list_templates()
        }

    def text(self, frame: Frame, key: str, **values: object) -> Markup:
        """A text in the page's language."""
        return self.texts.get(frame.language, key, **values)

    def fill(
        self,
        template: str,
        frame: Frame,
        name: str,
        fields: Mapping[str, str],
        *,
        headers: Mapping[str, str],
        **same: Any,
    ) -> HTMLResponse:
        """A page as `draw` gives it, drawn once for all who read the same, and filled in for each.

        What differs is the text of `fields` and `frame.path`: the template puts them down escaped, and asks no more of
        a path than whether there is one, and a query in it.
        """
        key = (template, _kind_of(frame), name, tuple(fields), tuple(same.items()))
        mould = self._moulds.get(key)
        if mould is None:
            marks = {field: f"{self._mark}{number}-" for number, field in enumerate(fields)}
            path = f"{self._mark}path-"
            drawn = self.draw(template, replace(frame, path=path if frame.path else ""), name, fields=marks, **same)
            places = {mark: field for field, mark in marks.items()} | {path: _PATH}
            pieces = re.split("(" + "|".join(map(re.escape, places)) + ")", bytes(drawn.body).decode())
            mould = self._moulds[key] = [(places.get(piece), piece) for piece in pieces]
            if len(self._moulds) > MOST_MOULDS:
                self._moulds.pop(next(iter(self._moulds)))
        texts = {_PATH: escape(frame.path)} | {field: escape(text) for field, text in fields.items()}
        return HTMLResponse("".join(piece if place is None else texts[place] for place, piece in mould), 200, headers)

    def draw(
        self,
        template: str,
        frame: Frame,
        name: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """A page. `name` is the state's name of PAGES 5.1 (`G2.down`); it stands in `<main data-page>`."""
        away = other(frame.language)
        html = self._templates[template].render(
            frame=frame,
            name=name,
            t=partial(self.texts.get, frame.language),
            away=away,
            in_other=partial(self.texts.get, away),
            **values,
        )
        return HTMLResponse(html, status, headers)


def _kind_of(frame: Frame) -> tuple[Frame, bool, bool]:
    return replace(frame, path=""), bool(frame.path), "?" in frame.path


def files_of(*folders: Path) -> tuple[Path, ...]:
    """The files with the texts of the host in `folders`: what all hosts say, and its own."""
    return tuple(file for file in (each / "texts.toml" for each in (HERE, *folders)) if file.is_file())
