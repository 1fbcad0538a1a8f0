"""Pictures, sounds and a film that the project draws itself: nobody and no place is in them."""

from __future__ import annotations

import io
import math
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1_200, 800
FILM = (640, 360)
FPS, SECONDS = 25, 6
RATE = 24_000
SKY, WALL, SOIL, LEAF, TRUNK, SHADE = (
    "#bcd7e6",
    "#e2d6c4",
    "#cdbb9b",
    "#4d8b57",
    "#6d5442",
    "#9a8a70",
)


def yard(size: tuple[int, int] = (WIDTH, HEIGHT), grown: float = 1.0) -> Image.Image:
    """Return a drawing of a yard between two buildings, its trees as large as they have grown."""
    wide, high = size
    picture = Image.new("RGB", size, SKY)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, high * 0.62, wide, high), fill=SOIL)
    for left, right, top in ((0.0, 0.24, 0.12), (0.76, 1.0, 0.2)):
        pen.rectangle((wide * left, high * top, wide * right, high * 0.66), fill=WALL)
        for row in range(4):
            for column in range(3):
                x = wide * (left + (right - left) * (0.15 + 0.28 * column))
                y = high * (top + 0.06 + 0.12 * row)
                pen.rectangle((x, y, x + wide * 0.035, y + high * 0.06), fill="#7f95a3")
    for place in (0.33, 0.5, 0.67):
        _tree(pen, wide * place, high * 0.72, high * 0.3 * grown)
    pen.rectangle((wide * 0.42, high * 0.8, wide * 0.58, high * 0.82), fill=TRUNK)
    return picture


def _tree(pen: ImageDraw.ImageDraw, x: float, y: float, high: float) -> None:
    if high < 4:
        return
    round_ = high * 0.45
    pen.ellipse((x - round_, y - high * 0.06, x + round_ * 1.4, y + high * 0.08), fill=SHADE)
    pen.rectangle((x - high * 0.04, y - high * 0.5, x + high * 0.04, y), fill=TRUNK)
    pen.ellipse((x - round_, y - high * 1.1, x + round_, y - high * 0.35), fill=LEAF)


def photo() -> bytes:
    """Return the drawing of a yard as JPEG."""
    out = io.BytesIO()
    yard().save(out, "JPEG", quality=88)
    return out.getvalue()


def _hum(seconds: float) -> NDArray[np.float32]:
    """Return something that rises and falls as a voice does, and says nothing."""
    t = np.arange(int(seconds * RATE)) / RATE
    pitch = 150 + 25 * np.sin(2 * np.pi * 0.45 * t) + 8 * np.sin(2 * np.pi * 1.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 7))
    syllables = np.clip(np.sin(2 * np.pi * 2.6 * t) + 0.35, 0, 1) ** 0.7
    made = 0.18 * tone * syllables
    return np.asarray(np.clip(made, -0.95, 0.95), dtype=np.float32)


def sound(seconds: float = 8.0) -> bytes:
    """Return a hum as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((_hum(seconds) * 32_000).astype("<i2").tobytes())
    return out.getvalue()


def film(target: Path, seconds: int = SECONDS) -> None:
    """Write a few seconds of trees that grow, with a hum, as MP4."""
    with av.open(str(target), "w", format="mp4") as out:
        seen = out.add_stream("libx264", rate=FPS)
        seen.width, seen.height, seen.pix_fmt = *FILM, "yuv420p"
        heard = out.add_stream("aac", rate=RATE, layout="mono")
        for n in range(FPS * seconds):
            grown = 0.1 + 0.9 * (1 - math.cos(math.pi * n / (FPS * seconds))) / 2
            frame = av.VideoFrame.from_ndarray(np.asarray(yard(FILM, grown)), "rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            out.mux(seen.encode(frame))
        out.mux(seen.encode(None))
        samples = _hum(seconds)
        for at in range(0, len(samples), 1_024):
            part = av.AudioFrame.from_ndarray(samples[None, at : at + 1_024], "fltp", "mono")
            part.sample_rate, part.pts = RATE, at
            out.mux(heard.encode(part))
        out.mux(heard.encode(None))


SUBTITLES = """WEBVTT

00:00.000 --> 00:02.500
[Un bourdonnement fabriqué, sans paroles]

00:02.500 --> 00:06.000
« Si on plante aujourd’hui, nos enfants auront l’ombre. » (voix inventée)
"""
"""What the film says, as its subtitles tell it."""
