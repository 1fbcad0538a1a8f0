"""Files given part by part, as browsers ask for sounds and videos (RFC 9110, ranges)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*\Z")
PART = 1 << 16


def _read(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (part := file.read(min(PART, length))):
            length -= len(part)
            yield part


def asked(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte that are asked for; nothing for the whole file.

    What is not understood, and several parts at once, are answered by the whole, as one may.

    Raises:
        ValueError: no byte of the file is asked for.
    """
    found = RANGE.match(header)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = int(last)
        if not length or not size:
            raise ValueError(header)
        return max(size - length, 0), size - 1
    start, stop = int(first), min(int(last or size - 1), size - 1)
    if last and int(last) < start:
        return None
    if start >= size:
        raise ValueError(header)
    return start, stop


def ranged(request: HttpRequest, path: Path, kind: str, digest: str) -> HttpResponseBase:
    """Return a file, or the part of it that the request asks for; nobody keeps a copy of it."""
    size = path.stat().st_size
    tag = f'"{digest[:32]}"'
    header = request.headers.get("Range", "") if request.method in ("GET", "HEAD") else ""
    # The part is of another file than the one that whoever asks has begun: the whole, then.
    if (condition := request.headers.get("If-Range", "")) and condition != tag:
        header = ""
    try:
        part = asked(header, size)
    except ValueError:
        refused = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        refused["Accept-Ranges"] = "bytes"
        return refused
    start, stop = part or (0, size - 1)
    length = stop - start + 1
    answer = StreamingHttpResponse(
        _read(path, start, length), status=206 if part else 200, content_type=kind
    )
    if part:
        answer["Content-Range"] = f"bytes {start}-{stop}/{size}"
    answer["Content-Length"] = str(length)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Encoding"] = "identity"  # bytes are counted: nothing may pack them again
    answer["Content-Disposition"] = "inline"
    return answer
