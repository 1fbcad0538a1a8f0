"""Sounds and videos made again, in a process of its own: `python -m labo_web.stories.encoding`.

What people send is unpacked here and nowhere else, with bounds on time, memory and size. The file
is given as bytes and never as a name, under the one format that it begins with: no playlist, no
other file, no network. What comes out is MP4 (H.264, AAC) or M4A, without metadata.

It imports no Django: it starts quickly, and whatever a hostile file does to it ends with it.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
from av.audio.resampler import AudioResampler
from av.filter import Graph

# What a file begins with, and the one way in which it may be unpacked.
HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mov"),
    (0, b"RIFF", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"\xff\xf3", "mp3"),
)
SOUNDS = {
    *("opus", "libopus", "vorbis", "aac", "mp3", "mp3float", "flac", "amrnb", "amrwb"),
    *("pcm_s16le", "pcm_s24le", "pcm_f32le"),
}
PICTURES = {"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "libvpx", "libvpx-vp9"}
AUDIO_SECONDS = 20 * 60
VIDEO_SECONDS = 3 * 60
MOST_PIXELS = 4_096 * 2_304
SIDE = 1_280  # pixels kept on the long side
FPS = 25
RATE = 44_100
THUMB = 480
# Of the process: seconds of processor, bytes of memory, bytes written.
CPU, MEMORY, WRITTEN = 300, 3_000_000_000, 200_000_000
EXACT = {"fflags": "+bitexact", "movflags": "+faststart"}


class Refused(Exception):
    """A file that is not taken: `unreadable`, `long`, `large`, `empty` or `silent`."""


@dataclass
class Made:
    """What came out."""

    seconds: float = 0.0
    width: int = 0
    height: int = 0


def form_of(head: bytes) -> str:
    """Return the format that a file begins with.

    Raises:
        Refused: it is none of those that are taken.
    """
    for at, mark, form in HEADS:
        if head[at : at + len(mark)] == mark:
            return form
    raise Refused("unreadable")


@contextmanager
def _opened(source: Path) -> Iterator[Any]:
    with source.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        # A file object, not a name: the library has no way to any other file.
        with av.open(file, "r", format=form_of(head), metadata_errors="replace") as found:
            yield found


def sound(source: Path, target: Path) -> Made:
    """Write a sound again: one channel is enough for voices, two are kept for places."""
    made = Made()
    with _opened(source) as found, av.open(str(target), "w", format="mp4", options=EXACT) as out:
        stream = _sound_of(found)
        if stream is None:
            raise Refused("silent")
        packed = _new_sound(out)
        turn = AudioResampler(format="fltp", layout="stereo", rate=RATE)
        samples = 0
        for frame in found.decode(stream):
            for part in turn.resample(frame):
                samples += part.samples
                if samples > AUDIO_SECONDS * RATE:
                    raise Refused("long")
                out.mux(packed.encode(part))
        for part in turn.resample(None):
            samples += part.samples
            out.mux(packed.encode(part))
        out.mux(packed.encode(None))
    if not samples:
        raise Refused("empty")
    made.seconds = samples / RATE
    return made


def _sound_of(found: Any) -> Any:
    stream = next(iter(found.streams.audio), None)
    if stream is not None and stream.codec_context.name not in SOUNDS:
        raise Refused("unreadable")
    return stream


def _new_sound(out: Any) -> Any:
    packed = out.add_stream("aac", rate=RATE, layout="stereo", bit_rate=96_000)
    packed.codec_context.options = {"flags": "+bitexact"}
    return packed


def _fit(width: int, height: int) -> tuple[int, int]:
    """Return the size that is kept: even, and SIDE at most on the long side."""
    scale = min(1.0, SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _graph(stream: Any, frame: Any) -> tuple[Graph, tuple[int, int]]:
    """Return what turns frames upright, at most SIDE wide or high, FPS a second."""
    turns = round((frame.rotation or 0) / 90) % 4
    width, height = frame.width, frame.height
    if turns % 2:
        width, height = height, width
    # Pixels that are not square are made so.
    shape = stream.sample_aspect_ratio or Fraction(1)
    if not turns % 2 and 0 < shape != 1:
        width = max(2, round(width * float(shape)))
    size = _fit(width, height)
    graph = Graph()
    steps = [graph.add_buffer(template=stream)]
    steps.append(graph.add("fps", f"fps={FPS}"))
    # The rotation of a frame is counted counter-clockwise.
    steps += [graph.add("transpose", "dir=cclock") for _ in range(turns)]
    steps.append(graph.add("scale", f"{size[0]}:{size[1]}"))
    steps.append(graph.add("setsar", "1"))
    steps.append(graph.add("format", "yuv420p"))
    steps.append(graph.add("buffersink"))
    for one, other in pairwise(steps):
        one.link_to(other)
    graph.configure()
    return graph, size


def _pulled(graph: Graph) -> Iterator[Any]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def video(source: Path, target: Path, thumbnail: Path) -> Made:
    """Write a video again, with its sound if it has one, and a small picture of its beginning."""
    made = Made()
    with _opened(source) as found, av.open(str(target), "w", format="mp4", options=EXACT) as out:
        pictures = next(iter(found.streams.video), None)
        if pictures is None or pictures.codec_context.name not in PICTURES:
            raise Refused("unreadable")
        context = pictures.codec_context
        if context.width * context.height > MOST_PIXELS:
            raise Refused("large")
        context.thread_count = 1
        heard = _sound_of(found)
        writer = _Writer(out, pictures, thumbnail, heard is not None)
        for packet in found.demux([s for s in (pictures, heard) if s is not None]):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    writer.see(frame)
                elif isinstance(frame, av.AudioFrame):
                    writer.hear(frame)
        made.seconds, (made.width, made.height) = writer.close()
    if not made.seconds:
        raise Refused("empty")
    return made


class _Writer:
    """Takes frames as they come, and packs them; the first picture says the size."""

    def __init__(self, out: Any, stream: Any, thumbnail: Path, sounds: bool) -> None:
        self.out, self.stream, self.thumbnail = out, stream, thumbnail
        self.graph: Graph | None = None
        self.size = (0, 0)
        self.packed: Any = None
        self.frames = 0
        self.heard = _new_sound(out) if sounds else None
        self.turn = AudioResampler(format="fltp", layout="stereo", rate=RATE)

    def see(self, frame: Any) -> None:
        if frame.width * frame.height > MOST_PIXELS:
            raise Refused("large")
        if self.graph is None:
            self.graph, self.size = _graph(self.stream, frame)
            packed = self.out.add_stream("libx264", rate=FPS)
            packed.width, packed.height, packed.pix_fmt = *self.size, "yuv420p"
            packed.codec_context.thread_count = 1
            packed.codec_context.options = {
                "preset": "veryfast", "crf": "26", "flags": "+bitexact", "maxrate": "2500k",
                "bufsize": "5000k",
            }  # fmt: skip
            self.packed = packed
        self.graph.vpush(frame)
        self._pack()

    def _pack(self) -> None:
        assert self.graph is not None  # noqa: S101 (made with the first frame)
        for frame in _pulled(self.graph):
            self.frames += 1
            if self.frames > VIDEO_SECONDS * FPS:
                raise Refused("long")
            if self.frames in (1, FPS):
                picture = frame.to_image()
                picture.thumbnail((THUMB, THUMB))
                picture.save(self.thumbnail, "JPEG", quality=80)
            frame.pict_type = 0
            self.out.mux(self.packed.encode(frame))

    def hear(self, frame: Any) -> None:
        if self.heard is None:
            return
        for part in self.turn.resample(frame):
            self.out.mux(self.heard.encode(part))

    def close(self) -> tuple[float, tuple[int, int]]:
        if self.graph is None:
            return 0.0, (0, 0)
        self.graph.vpush(None)
        self._pack()
        self.out.mux(self.packed.encode(None))
        if self.heard is not None:
            for part in self.turn.resample(None):
                self.out.mux(self.heard.encode(part))
            self.out.mux(self.heard.encode(None))
        return self.frames / FPS, self.size


def main(kind: str, source: str, target: str, thumbnail: str) -> int:
    """Make a file again; print what it is, or why it is refused, as JSON."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    av.logging.set_level(av.logging.PANIC)
    try:
        if kind == "video":
            made = video(Path(source), Path(target), Path(thumbnail))
        else:
            made = sound(Path(source), Path(target))
    except Refused as error:
        said: dict[str, Any] = {"refused": str(error)}
    except (av.error.FFmpegError, ValueError, EOFError, OverflowError, MemoryError, OSError):
        said = {"refused": "unreadable"}
    else:
        said = vars(made)
    sys.stdout.write(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
