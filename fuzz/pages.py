"""Every address of the website: hostile paths, parameters and forms, asked by seven people.

Addresses come from the URL configuration, parameters from what the code reads, fields from the
forms that pages show: what is new is tried by itself.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fuzz import Entry, Try
from fuzz.draws import Draws, changed_bytes
from fuzz.importers import NO_PHOTOS

GET_PARAMETERS = re.compile(
    r"""(?:GET|given|POST|query|data)\s*(?:\.get(?:list)?\(|\[)\s*f?["']([\w.-]+)["']"""
)
HEADERS = (
    "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_RANGE",
    "HTTP_IF_MODIFIED_SINCE", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR",
    "HTTP_HX_REQUEST", "HTTP_HX_TARGET", "HTTP_HX_CURRENT_URL", "HTTP_AUTHORIZATION", "HTTP_COOKIE",
)  # fmt: skip
BODIES = ("application/json", "multipart/form-data; boundary=x", "text/plain")
MOST_CHANGES = 5
# What writes a document takes a thousand times longer than what writes a page.
SLOW = (".pdf", ".<kind:kind>", ".docx", ".xlsx", ".gpkg", ".pmtiles")


@cache
def addresses() -> dict[str, str]:
    """Return each declared address with the module of its view."""
    from fuzz.site import configured

    configured()
    from django.urls import URLPattern, URLResolver, get_resolver

    def under(patterns: Sequence[Any], before: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for x in patterns:
            path = before + str(x.pattern)
            if isinstance(x, URLResolver):
                found |= under(x.url_patterns, path)
            elif isinstance(x, URLPattern):
                found[path] = getattr(x.callback, "__module__", "")
        return found

    return under(get_resolver().url_patterns, "")


def family_of(path: str, module: str) -> str:
    """Return the entry that an address belongs to."""
    if path.endswith(SLOW) or ".documents" in module:
        return "documents"
    for first in ("api/", "ogc/"):
        if path.startswith(first):
            return first.rstrip("/")
    parts = module.split(".")
    return parts[1] if parts[0] == "labo_web" and len(parts) > 1 else "accounts"


@cache
def families() -> dict[str, list[str]]:
    """Return the declared addresses of each family."""
    found: dict[str, list[str]] = {}
    for path, module in addresses().items():
        found.setdefault(family_of(path, module), []).append(path)
    return found


@cache
def parameters(family: str) -> tuple[str, ...]:
    """Return the names that the code of a family reads from addresses and forms."""
    from django.forms import BaseForm

    package = (
        f"labo_web.{family}" if family not in ("api", "ogc", "documents") else "labo_web.atlas"
    )
    names: set[str] = {"page", "q", "limit", "offset", "format", "f", "bbox", "datetime", "next"}
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        if ".migrations" in info.name or ".management" in info.name:
            continue
        module = importlib.import_module(info.name)
        source = inspect.getsource(module) if getattr(module, "__file__", None) else ""
        names |= set(GET_PARAMETERS.findall(source))
        for thing in vars(module).values():
            if inspect.isclass(thing) and issubclass(thing, BaseForm):
                names |= set(getattr(thing, "base_fields", ()))
        if family == "api" and info.name.endswith(".api"):
            for thing in vars(module).values():
                if inspect.isfunction(thing) and thing.__module__ == info.name:
                    names |= set(inspect.signature(thing).parameters) - {"request", "return"}
    return tuple(sorted(names))


class _Forms(HTMLParser):
    """The forms of a page: where they go, and what they would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]], set[str]]] = []
        self.select = ""
        self.area = ""
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "form":
            if given.get("method", "").lower() == "post":
                self.forms.append((given.get("action", ""), [], set()))
            else:
                self.forms.append(("GET", [], set()))
        if not self.forms:
            return
        _, fields, files = self.forms[-1]
        name = given.get("name", "")
        if tag == "input" and name:
            if given.get("type") == "file":
                files.add(name)
            else:
                fields.append((name, given.get("value", "")))
        elif tag == "button" and name:
            fields.append((name, given.get("value", "")))
        elif tag == "textarea":
            self.area, self.words = name, []
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and given.get("value"):
            fields.append((self.select, given["value"]))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area and self.forms:
            self.forms[-1][1].append((self.area, "".join(self.words)))
            self.area = ""
        elif tag == "select":
            self.select = ""


# What scripts send, or pages that the town does not show.
BY_HAND: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "a/<room:code>/dire/": (
        [
            ("client_id", "7f9c2ba4-e88f-427d-8161-5e0e7c1d3b5a"), ("text", "Il fait chaud."),
            ("dictated_to", ""), ("table", "2"), ("minority", "on"), ("longitude", "-1.5"),
            ("latitude", "47.4"), ("page_id", "7f9c2ba4-e88f-427d-8161-5e0e7c1d3b5b"),
        ],
        ["voice", "photo"],
    ),
    "a/<room:code>/reagir/": ([("number", "1000001"), ("stance", "support")], []),
    "compte/entrer/": ([("email", "officer@example.org")], []),
    "compte/code/confirmer/": ([("code", "ABCDEF")], []),
    "livraisons/<code:code>/repondre/": ([("text", "Non.")], []),
    "rencontres/<int:pk>/inscriptions/": ([("row", "1")], []),
}  # fmt: skip
Fields = tuple[Sequence[tuple[str, str]], Collection[str]]


def harvested(
    visit: Any, posted: Sequence[str], pages: Sequence[str] | None = None
) -> dict[str, Fields]:
    """Return the fields that pages send, by the declared address that they go to."""
    from django.urls import Resolver404, resolve

    found: dict[str, tuple[list[tuple[str, str]], set[str]]] = {}
    for path, address in visit.said["addresses"].items():
        if path.endswith(SLOW) or (pages is not None and path not in pages):
            continue
        for person in ("officer", "reader", "visitor", "facilitator"):
            answer = visit.ask(person, lambda client, a=address: client.get(a))
            if answer.status_code != 200 or not answer.headers["Content-Type"].startswith(
                "text/html"
            ):
                continue
            reader = _Forms()
            reader.feed(answer.content.decode("utf-8", errors="replace"))
            for action, fields, files in reader.forms:
                if action == "GET":
                    continue
                target = urlsplit(action).path or urlsplit(address).path
                try:
                    route = resolve(target).route
                except Resolver404:
                    continue
                known = found.setdefault(route, ([], set()))
                known[0].extend(x for x in fields if x not in known[0])
                known[1].update(files)
    for path, (own, others) in BY_HAND.items():
        found.setdefault(path, (list(own), set(others)))
    return {path: found.get(path, ([], set())) for path in posted}


@cache
def files() -> tuple[tuple[str, bytes, str], ...]:
    """Return files to send, each with its name and what it says to be."""
    from fuzz.archives import xlsx, zipped
    from fuzz.importers import voice
    from tests.web.room import picture

    sheet = zipped(xlsx([["titre", "constat"], ["a", "b"]]))
    return (
        ("a.jpg", picture(), "image/jpeg"), ("a.m4a", voice(), "audio/mp4"),
        ("a.csv", b"titre;constat\na;b\n", "text/csv"), ("a.xlsx", sheet, "application/zip"),
        ("a.docx", sheet, "application/zip"),
        *((f"x{i}.jpg", content, "image/jpeg") for i, content in enumerate(NO_PHOTOS)),
    )  # fmt: skip


def _path(draws: Draws, address: str) -> str:
    """Return an address of which a part may be another."""
    path, _, query = address.partition("?")
    if draws.below(4) == 0:
        parts = path.strip("/").split("/")
        at = draws.below(len(parts))
        stem, dot, end = parts[at].rpartition(".")
        new = draws.text(stem if dot else parts[at])
        parts[at] = quote(new.encode(errors="replace"), safe="") + (dot + end if dot else "")
        path = "/" + "/".join(parts) + ("/" if path.endswith("/") else "")
    return path + ("?" + query if query else "")


def _query(draws: Draws, names: Sequence[str], known: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for _ in range(draws.below(MOST_CHANGES)):
        name = draws.pick(names) if draws.below(12) else draws.text()
        value = draws.pick(known) if draws.below(3) == 0 else draws.text(draws.pick(known))
        found.append((name, value))
    return found


def _headers(draws: Draws) -> dict[str, str]:
    if draws.below(6):
        return {}
    # A server gives headers as Latin-1 without ends of lines.
    value = draws.text().replace("\n", "").replace("\r", "").replace("\0", "")
    return {
        draws.pick(HEADERS): value.encode("latin-1", errors="replace").decode("latin-1")[:4_000]
    }


def _known(visit: Any) -> list[str]:
    """Return values that mean something here."""
    said = visit.said
    codes = [said["code"], said["zone"], "999000001", "poverty_share", "canicule", "plant_trees"]
    return [
        *codes,
        "qpv",
        "heat",
        "1",
        "2",
        "0",
        "-1",
        "2027",
        "oui",
        "csv",
        "json",
        "-1.6,47.2,-1.2,47.6",
    ]


def _allowed(statuses: Mapping[str, int]) -> tuple[str, ...]:
    """Return those who are answered something else than that there is nothing."""
    return tuple(name for name, status in statuses.items() if status not in (404, 405)) or (
        "officer",
    )


def asking(family: str, visit: Any) -> Try:
    """Return what asks for an address of a family as an input says."""
    from fuzz.site import PEOPLE
    from tests.web.test_permissions import RULES

    paths, names, known = families()[family], parameters(family), _known(visit)
    allowed = {path: _allowed(RULES[path][2]) for path in paths}

    def attempt(given: bytes) -> None:
        draws = Draws(given)
        pattern = draws.pick(paths)
        person = draws.pick(allowed[pattern] if draws.below(4) else PEOPLE)
        address = _path(draws, visit.said["addresses"][pattern])
        query = urlencode(_query(draws, names, known), errors="replace")
        address += ("&" if "?" in address else "?") + query if query else ""
        headers = _headers(draws)
        method = draws.pick(("get", "get", "get", "head", "options"))
        visit.ask(person, lambda client: getattr(client, method)(address, **headers))

    return attempt


def _asked(family: str) -> Any:
    def prepare(folder: Path, shared: Path) -> Try:
        del folder
        from fuzz.site import Visit, lived_in

        return asking(family, Visit(lived_in(shared)))

    return prepare


def _name(label: str) -> str:
    """Return a name that a file can come with: of any other, nothing reaches a page."""
    return label if label.rpartition("/")[2] not in ("", ".", "..") else "x"


def _fields(
    draws: Draws, base: Fields, names: Sequence[str], known: Sequence[str]
) -> dict[str, Any]:
    """Return what a form sends, some of it changed."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    fields: dict[str, Any] = {}
    for name, value in base[0]:
        fields.setdefault(name, []).append(value)
    # Of what may be chosen, one; what is ticked or not, by the input.
    for name, values in fields.items():
        fields[name] = [draws.pick(values)]
    for _ in range(draws.below(MOST_CHANGES + 1)):
        name = draws.pick(sorted(fields) or list(names)) if draws.below(5) else draws.pick(names)
        match draws.below(6):
            case 0:
                fields.pop(name, None)
            case 1:
                fields[name] = [*fields.get(name, []), draws.text()]
            case 2:
                fields[name] = [draws.pick(known)]
            case _:
                own = fields.get(name) or [""]
                fields[name] = [draws.text(str(own[0]))]
    for name in sorted(base[1]):
        if draws.below(3):
            label, content, kind = draws.pick(files())
            if draws.below(3) == 0:
                content = changed_bytes(draws, content)
            if draws.below(6) == 0:
                label = draws.text(label) or "x"
            label = label.replace("\0", "").replace("\r", "").replace("\n", "")
            fields[name] = SimpleUploadedFile(_name(label), content, kind)
    return {
        name.encode(errors="replace").decode(): (
            [x.encode(errors="replace").decode() for x in value]
            if isinstance(value, list)
            else value
        )
        for name, value in fields.items()
    }


def posting(family: str, visit: Any, pages: Sequence[str] | None = None) -> Try:
    """Return what sends a form of a family as an input says.

    `pages` are the declared addresses whose forms are looked at; None: all.
    """
    from fuzz.site import PEOPLE
    from tests.web.test_permissions import POSTS

    paths = [x for x in families()[family] if x in _posts()]
    known_forms = visit.said.get("forms")
    if known_forms is None:
        forms = harvested(visit, paths, pages)
    else:
        forms = {path: known_forms.get(path, ((), ())) for path in paths}
    names, known = parameters(family), _known(visit)
    allowed = {path: _allowed(POSTS[path]) for path in paths}

    def attempt(given: bytes) -> None:
        draws = Draws(given)
        pattern = draws.pick(paths)
        person = draws.pick(allowed[pattern] if draws.below(8) else PEOPLE)
        address = visit.said["addresses"][pattern]
        if draws.below(8) == 0:
            address = _path(draws, address)
        fields = _fields(draws, forms[pattern], names, known)
        headers = _headers(draws)
        if draws.below(40) == 39:
            body, kind = draws.rest(), draws.pick(BODIES)
            visit.ask(person, lambda client: client.post(address, body, content_type=kind))
            return
        visit.ask(person, lambda client: client.post(address, fields, **headers))

    return attempt


def _posted(family: str) -> Any:
    def prepare(folder: Path, shared: Path) -> Try:
        del folder
        from fuzz.site import Visit, lived_in

        return posting(family, Visit(lived_in(shared)))

    return prepare


def _watched(family: str) -> tuple[str, ...]:
    """Return the modules behind a family."""
    found = {module for path, module in addresses().items() if family_of(path, module) == family}
    return tuple(sorted(x for x in found if x.startswith("labo_web")))


def _entries() -> list[Entry]:
    posts = _posts()
    made = []
    for family, paths in sorted(families().items()):
        watched = _watched(family) or ("labo_web.accounts.adapter",)
        common: Mapping[str, Any] = {
            "refusals": (),
            "watched": watched,
            "longest": 64,
            "seconds": 20.0,
        }
        made.append(Entry(name=f"get_{family}", prepare=_asked(family), **common))
        if any(path in posts for path in paths):
            made.append(Entry(name=f"post_{family}", prepare=_posted(family), **common))
    return made


@cache
def _posts() -> frozenset[str]:
    from fuzz.site import configured

    configured()
    from tests.web.test_permissions import POSTS

    return frozenset(POSTS)


ENTRIES = _entries()
