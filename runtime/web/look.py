"""Draws pages: one set of templates, texts and static files per host, all read and compiled when the host starts."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from starlette.responses import HTMLResponse

from runtime.web.frame import Frame, Site
from runtime.web.language import other
from runtime.web.static import FOLDER as STATIC
from runtime.web.static import Static
from runtime.web.texts import Texts

HERE: Final = Path(__file__).parent


class Look:
    """A host's pages. `folder` is the service's own: `templates/`, and if it has them `texts.toml` and `static/`."""

    def __init__(self, site: Site, folder: Path, texts: Texts | None = None) -> None:
        self.site = site
        self.texts = texts if texts is not None else Texts(*files_of(folder))
        self.static = Static(*(each for each in (STATIC, folder / "static") if each.is_dir()))
        environment = Environment(
            loader=FileSystemLoader([folder / "templates", HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals["static"] = self.static.url
        environment.globals["site"] = site
        self._templates: dict[str, Template] = {
            name: environment.get_template(name) for name in environment.list_templates()
        }

    def text(self, frame: Frame, key: str, **values: object) -> Markup:
        """A text in the page's language."""
        return self.texts.get(frame.language, key, **values)

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


def files_of(folder: Path) -> tuple[Path, ...]:
    """The files with the texts of the host in `folder`: what all hosts say, and its own."""
    return tuple(file for file in (HERE / "texts.toml", folder / "texts.toml") if file.is_file())
