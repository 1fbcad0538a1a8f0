"""A request whose line is cut in the middle keeps nothing; sent again, it keeps all."""

import io
import uuid
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution, Event
from labo_web.wsgi import WholeBody, whole_bodies
from tests.web import room
from tests.web.conftest import same_connection

TOKEN = "a" * 32
MARK = "limite"


@pytest.fixture
def event(public: Release) -> Event:
    made = room.an_event(public.territory)
    room.ask(made)
    return made


def sent(event: Event, body: bytes, length: int, kind: str) -> tuple[str, str]:
    """Return the status and the page of what arrives of a request, as a server hands it on."""
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": f"/a/{event.code}/dire/", "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(length), "CONTENT_TYPE": kind, "QUERY_STRING": "",
        "HTTP_COOKIE": f"csrftoken={TOKEN}", "HTTP_X_CSRFTOKEN": TOKEN,
        "HTTP_ACCEPT": "application/json", "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1", "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    site = whole_bodies(WSGIHandler())
    with same_connection():
        content = b"".join(site(environ, lambda status, _: told.append(status)))
    return str(told[0]), content.decode()


def in_parts(said: dict[str, str]) -> bytes:
    parts = [f'--{MARK}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
             for k, v in said.items()]  # fmt: skip
    return "".join([*parts, f"--{MARK}--\r\n"]).encode()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_half_a_text_is_not_kept(event: Event, kind: str) -> None:
    said = {"client_id": str(uuid.uuid4()), "text": "Il fait chaud dans la cour, surtout à midi"}
    plain = "&".join(f"{k}={v}" for k, v in said.items()).encode()
    whole = in_parts(said) if kind.startswith("multipart") else plain
    kind += f"; boundary={MARK}" if kind.startswith("multipart") else ""
    for cut in (0, 10, len(whole) // 2, len(whole) - 5, len(whole) - 1):
        status, page = sent(event, whole[:cut], len(whole), kind)
        # Neither of the answers after which a phone would not send it again.
        assert status == "400 Bad Request"
        assert "arrivé incomplet" in page
        assert not Contribution.objects.exists()
    status, _ = sent(event, whole, len(whole), kind)
    assert status == "200 OK"
    assert Contribution.objects.get().text == said["text"]


def test_a_body_is_read_to_its_length() -> None:
    environ: dict[str, Any] = {}
    body = WholeBody(io.BytesIO(b"one\ntwo\nand another request"), environ, 8)
    assert body.readline() == b"one\n"
    assert body.read(2) == b"tw"
    assert body.read() == b"o\n"
    assert body.read() == body.readline() == b""
    assert environ == {}
    cut = WholeBody(io.BytesIO(b"on"), environ, 8)
    with pytest.raises(OSError, match="6 bytes never came"):
        cut.read()
    assert environ == {"labo.body_cut": True}
