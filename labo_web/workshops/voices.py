"""Voice notes that phones send: unpacked, cut to a bound, packed again without metadata."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import av
import av.error
from av.audio.resampler import AudioResampler

from labo_web.workshops.photos import BadMedium

MOST_BYTES = 8_000_000
MOST_SECONDS = 180
RATE = 24_000  # samples a second, one channel: a voice is clear
BITS = 32_000  # a second
# What the file begins with, and the one way in which it may be unpacked: a playlist, which could
# name other files, is none of them.
HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mov"),
    (0, b"RIFF", "wav"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"#!AMR", "amr"),
)
CODECS = {"opus", "libopus", "vorbis", "aac", "mp3", "mp3float", "pcm_s16le", "amrnb", "amrwb"}
UNREADABLE = (
    "Ce fichier n’est pas un message vocal que l’on sait lire. Enregistrez-le de nouveau, ou "
    "écrivez votre message."
)


class Voice(NamedTuple):
    """An M4A (AAC, one channel) without metadata, and how long it is."""

    content: bytes
    seconds: float


def clean_voice(given: bytes) -> Voice:
    """Return the voice made again, MOST_SECONDS at most, without metadata.

    Raises:
        BadMedium: it is too heavy, too long, of another format, empty or broken.
    """
    if len(given) > MOST_BYTES:
        raise BadMedium(
            f"Ce message pèse {len(given) / 1e6:.0f} Mo : {MOST_BYTES / 1e6:.0f} Mo au plus. "
            "Faites-le plus court."
        )
    named = (form for at, head, form in HEADS if given[at : at + len(head)] == head)
    form = next(named, None)
    if form is None:
        raise BadMedium(UNREADABLE)
    out = BytesIO()
    try:
        samples = _repack(given, form, out)
    except (av.error.FFmpegError, ValueError, EOFError, OverflowError) as error:
        raise BadMedium(UNREADABLE) from error
    if not samples:
        raise BadMedium("Ce message est vide. Enregistrez-le de nouveau.")
    return Voice(out.getvalue(), samples / RATE)


def _repack(given: bytes, form: str, out: BytesIO) -> int:
    """Write the voice into `out`, and return how many samples it has."""
    samples = 0
    with (
        av.open(BytesIO(given), "r", format=form, metadata_errors="replace") as source,
        av.open(out, "w", format="mp4", options={"fflags": "+bitexact"}) as target,
    ):
        stream = next(iter(source.streams.audio), None)
        # A track whose packing the library does not know has no context.
        context = getattr(stream, "codec_context", None)
        if stream is None or context is None or context.name not in CODECS:
            raise BadMedium(UNREADABLE)
        packed = target.add_stream("aac", rate=RATE, layout="mono", bit_rate=BITS)
        packed.codec_context.options = {"flags": "+bitexact"}
        for frame in _mono(source, stream):
            samples += frame.samples
            if samples > MOST_SECONDS * RATE:
                raise BadMedium(
                    f"Ce message dure plus de {MOST_SECONDS // 60} minutes. Faites-en plusieurs."
                )
            target.mux(packed.encode(frame))
        target.mux(packed.encode(None))
    return samples


def _mono(source: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    turn = AudioResampler(format="fltp", layout="mono", rate=RATE)
    for frame in source.decode(stream):
        yield from turn.resample(frame)
    yield from turn.resample(None)
