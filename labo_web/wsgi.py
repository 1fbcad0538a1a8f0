"""What granian serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from labo_web.bounds import CUT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labo_web.settings")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WholeBody:
    """What a client sends, which fails where it ends too early.

    A server hands on the beginning of a request whose line was cut, and ends there as if that were
    all: half a text would be kept as the whole of it.
    """

    def __init__(self, stream: Any, environ: dict[str, Any], length: int) -> None:
        self._stream, self._environ, self._left = stream, environ, length

    def read(self, size: int | None = -1) -> bytes:
        """Return some bytes, all that are left where no number is said."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        parts = []
        while wanted:
            data = self._stream.read(wanted)
            parts.append(self._counted(data))
            wanted -= len(data)
        return b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line, or as much of it."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        return self._counted(self._stream.readline(wanted)) if wanted else b""

    def _counted(self, data: bytes) -> bytes:
        if not data:
            self._environ[CUT] = True
            raise OSError(f"the line was cut: {self._left} bytes never came")
        self._left -= len(data)
        return data


def whole_bodies(site: Application) -> Application:
    """Let a site read whole requests only."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], environ, int(length))
        return site(environ, start_response)

    return answer


application = whole_bodies(get_wsgi_application())
