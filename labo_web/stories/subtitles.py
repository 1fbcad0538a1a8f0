"""Subtitles in WebVTT: read before they are kept, written again as browsers want them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

TIME = re.compile(r"(?:(\d{1,2}):)?([0-5]\d):([0-5]\d)[.,](\d{3})")
ARROW = re.compile(rf"^\s*({TIME.pattern})\s*-->\s*({TIME.pattern})(?:\s.*)?$")
TAG = re.compile(r"<[^>]*>")
MOST_CUES = 2_000
EXAMPLE = "00:00.000 --> 00:04.000"


class BadSubtitles(Exception):
    """A text that is no subtitles; its text is the sentence to show."""


@dataclass(frozen=True)
class Cue:
    """What is said from a moment to another, in seconds."""

    start: float
    end: float
    text: str


def _seconds(written: str) -> float:
    found = TIME.fullmatch(written)
    assert found is not None  # noqa: S101 (it was matched as a part of its line)
    hours, minutes, seconds, thousandths = found.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def cues_of(text: str) -> list[Cue]:
    """Return what is said and when, of WebVTT or SRT.

    Raises:
        BadSubtitles: a time is not understood, goes back, or nothing is said.
    """
    found: list[Cue] = []
    lines = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if "-->" not in line:
            continue
        times = ARROW.match(line)
        if times is None:
            raise BadSubtitles(
                f"La ligne « {line.strip()[:60]} » n’est pas un temps de sous-titre. "
                f"Écrivez-la ainsi : {EXAMPLE}."
            )
        start, end = _seconds(times.group(1)), _seconds(times.group(6))
        if end <= start:
            raise BadSubtitles(f"« {line.strip()[:60]} » finit avant de commencer.")
        if found and start < found[-1].start:
            raise BadSubtitles(f"« {line.strip()[:60]} » commence avant le sous-titre d’avant.")
        said = []
        while at < len(lines) and lines[at].strip():
            said.append(html.unescape(TAG.sub("", lines[at])).strip())
            at += 1
        if any(said):
            found.append(Cue(start, end, "\n".join(filter(None, said))))
        if len(found) > MOST_CUES:
            raise BadSubtitles(f"Il y a plus de {MOST_CUES} sous-titres : c’est trop.")
    if not found:
        raise BadSubtitles(
            f"Aucun sous-titre n’est lu. Une ligne de temps ({EXAMPLE}), puis ce qui est dit "
            "dessous, puis une ligne vide."
        )
    return found


def _time(seconds: float) -> str:
    whole = round(seconds * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def written(cues: list[Cue]) -> str:
    """Return WebVTT without styles nor tags: only times and words."""
    made = ["WEBVTT", ""]
    for c in cues:
        # The characters that WebVTT reads as marks.
        said = c.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        made += [f"{_time(c.start)} --> {_time(c.end)}", said, ""]
    return "\n".join(made)


def said_in(subtitles: str) -> str:
    """Return what subtitles say, a line each; nothing where there are none."""
    if not subtitles:
        return ""
    try:
        return "\n".join(c.text for c in cues_of(subtitles))
    except BadSubtitles:
        return ""
