"""The report as one HTML file: every language inside, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from csimodels.errors import MissingExtraError
from csimodels.i18n import LANGUAGES, check_languages
from csimodels.report.brand import Cover, lightened
from csimodels.report.content import Content
from csimodels.report.escaping import clean, held
from csimodels.report.figures import style
from csimodels.report.figures.scene import THEMES
from csimodels.report.html.sections import page_view
from csimodels.report.html.table_views import lang_of

if TYPE_CHECKING:
    from jinja2 import Environment


def render_html(content: Content, lang: str = "en") -> str:
    """The whole report in one language as a self-contained HTML document.

    Parameters
    ----------
    content : Content
    lang : ``"en"`` or ``"zh"``

    Raises
    ------
    SpecError
        Unknown language.
    MissingExtraError
        jinja2 is not installed.
    """
    return _document(content, check_languages([lang]))


def write_html(content: Content, path: str | Path, langs: Iterable[str] = ("en",)) -> Path:
    """Write the report to `path`; with several languages the page has a switch, and opens in the first one.

    Parameters
    ----------
    content : Content
    path : str or Path
        File to write; folders above it are made.
    langs : iterable of ``"en"``, ``"zh"``

    Returns
    -------
    Path
        The file written (UTF-8).
    """
    text = _document(content, check_languages(langs))
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def _document(content: Content, langs: tuple[str, ...]) -> str:
    pages = [page_view(content, lang_of(content, code)) for code in langs]
    script = template_part("report.js")
    template = environment().get_template("report.html.j2")
    return template.render(
        pages=pages,
        languages={code: LANGUAGES[code] for code in langs},
        css=css_of(content.model.report.brand.color),
        logo=_logo(pages[0].cover),
        script=script,
        script_hash=script_hash(script),
        wording={page.lang.code: page.lang.tr for page in pages},
        version=content.fact("csimodels version"),
    )


def _logo(cover: Cover) -> str:
    """The logo as text that stands in the page."""
    return base64.b64encode(cover.logo.data).decode("ascii") if cover.logo else ""


def css_of(brand: str = "") -> str:
    """The style sheet: colours as variables, light and dark; a reader's own choice wins over that of the device."""
    light, dark = ("".join(f"--{name}:{value};" for name, value in THEMES[kind].items()) for kind in ("light", "dark"))
    light, dark = f"{light}--q-overkill:#33738f;color-scheme:light;", f"{dark}--q-overkill:#9ccbe2;color-scheme:dark;"
    if brand:
        light, dark = f"{light}--brand:{brand};", f"{dark}--brand:{lightened(brand, THEMES['dark']['paper'])};"
    root = (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}\n"
    )
    return f"{root}body{{font-family:{style.FONT_STACK}}}\n{template_part('report.css')}"


def script_hash(script: str) -> str:
    """The hash by which a page allows this script alone to run."""
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def template_part(name: str) -> str:
    """A file of the folder of templates."""
    return (files("csimodels.report.html") / "templates" / name).read_text(encoding="utf-8")


def environment() -> Environment:
    """What fills the templates; text is escaped."""
    try:
        import jinja2
        from markupsafe import Markup
    except ImportError:
        raise MissingExtraError("jinja2", "report", "the HTML report") from None
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_part),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    environment.filters["held"] = lambda text, strong="": Markup(held(text, strong))
    return environment
