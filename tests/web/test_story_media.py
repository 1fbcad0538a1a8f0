"""Files of reportages: made again without metadata, bounded, given part by part, or refused."""

import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from PIL import Image

from labo_web import bounds
from labo_web.releases.models import Release
from labo_web.stories import encoding, files
from labo_web.stories.models import Block, Medium, Story
from labo_web.stories.serving import ranged
from labo_web.stories.subtitles import BadSubtitles, cues_of, said_in, written
from labo_web.workshops.photos import BadMedium
from tests.web.told import begun, film, jpeg, put, sent, sound

Browse = Callable[[str], Client]


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "stories"


@pytest.fixture
def story(public: Release, people: dict[str, Any]) -> Story:
    return begun(public, people["officer"])


def with_metadata() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Rue des Secrets"
    exif[0x0132] = "2026:01:01 10:00:00"
    Image.new("RGB", (90, 60), "#204080").save(out, "JPEG", exif=exif, comment=b"Rue des Secrets")
    return out.getvalue()


def test_a_photo_is_made_again_without_what_it_says_of_its_author(
    story: Story, own_folder: Path
) -> None:
    given = with_metadata()
    assert b"Rue des Secrets" in given
    made = files.keep(story, Medium.Kind.PHOTO, sent("a.jpg", given))
    for path in made.paths:
        assert b"Rue des Secrets" not in path.read_bytes()
        with Image.open(path) as image:
            assert not image.getexif()
    assert len(made.paths) == 2
    assert made.digest == hashlib.sha256(made.paths[0].read_bytes()).hexdigest()


def test_a_sound_and_a_film_are_made_again(story: Story) -> None:
    audio = files.keep(story, Medium.Kind.AUDIO, sent("a.wav", sound()))
    assert audio.seconds == pytest.approx(1.0, abs=0.1)
    with av.open(str(audio.paths[0])) as found:
        assert [s.codec_context.name for s in found.streams] == ["aac"]
    video = files.keep(story, Medium.Kind.VIDEO, sent("a.mp4", film()))
    assert video.seconds == pytest.approx(2.0, abs=0.2)
    assert (video.width, video.height) == (640, 360)
    with av.open(str(video.paths[0])) as found:
        assert {s.codec_context.name for s in found.streams} == {"h264", "aac"}
        assert found.metadata.get("title") is None
    with Image.open(video.paths[1]) as thumbnail:
        assert thumbnail.format == "JPEG"
    # Nothing is left of what was sent.
    kept = {p.name for p in files.folder().iterdir()}
    assert kept == {".encoding", audio.name, video.name, video.thumbnail}


def turned(rotation: int) -> bytes:
    """A film wider than high, which says that it is to be turned."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 160, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for n in range(10):
            pixels = np.zeros((160, 320, 3), dtype=np.uint8)
            pixels[:, :160] = (255, 0, 0)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = n
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


@pytest.mark.skipif(
    not hasattr(av.VideoStream, "set_display_rotation"),
    reason="this PyAV cannot write the rotation of a film",
)
@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_a_film_held_upright_stays_so(story: Story, rotation: int) -> None:
    made = files.keep(story, Medium.Kind.VIDEO, sent("a.mp4", turned(rotation)))
    upright = abs(rotation) == 90
    assert (made.width, made.height) == ((160, 320) if upright else (320, 160))
    with Image.open(made.paths[1]) as seen:
        small = seen.convert("RGB").resize((2, 4) if upright else (4, 2))
        corners = [small.getpixel((0, 0)), small.getpixel((small.width - 1, small.height - 1))]
    red = [c for c in corners if isinstance(c, tuple) and c[0] > 150]
    assert len(red) == 1


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
HTML = b"<!doctype html><script>alert(1)</script>"
BAD: dict[str, bytes] = {
    "a playlist that names a file": PLAYLIST,
    "a list of files": CONCAT,
    "a page": HTML,
    "nothing": b"",
    "a head and noise": b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40,
    "a head and a playlist": b"\x1aE\xdf\xa3" + PLAYLIST,
    "an svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://example.org"/></svg>',
    "a program": b"\x7fELF" + bytes(500),
    "a gif": b"GIF89a" + bytes(200),
}


@pytest.mark.parametrize("kind", ["audio", "video", "photo"])
@pytest.mark.parametrize("what", BAD)
def test_what_is_no_medium_is_refused_in_a_sentence(
    story: Story, own_folder: Path, kind: str, what: str
) -> None:
    with pytest.raises(BadMedium) as refused:
        files.keep(story, kind, sent("a.mp4", BAD[what]))
    assert str(refused.value).endswith(".")
    assert not Medium.objects.exists()
    left = own_folder.iterdir() if own_folder.is_dir() else ()
    assert {p.name for p in left} <= {".encoding"}


def test_a_film_without_sound_is_one_and_a_sound_in_a_film_is_a_sound(story: Story) -> None:
    silent = turned(0)
    made = files.keep(story, Medium.Kind.VIDEO, sent("a.mp4", silent))
    assert made.seconds == pytest.approx(0.4, abs=0.1)
    with pytest.raises(BadMedium, match="n’a pas de son"):
        files.keep(story, Medium.Kind.AUDIO, sent("a.mp4", silent))
    assert files.keep(story, Medium.Kind.AUDIO, sent("a.mp4", film())).seconds
    with pytest.raises(BadMedium, match="que l’on sait lire"):
        files.keep(story, Medium.Kind.VIDEO, sent("a.wav", sound()))


def test_what_is_too_long_or_too_large_says_so(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source, target, thumb = tmp_path / "in", tmp_path / "out.mp4", tmp_path / "t.jpg"
    source.write_bytes(film())
    monkeypatch.setattr(encoding, "VIDEO_SECONDS", 1)
    with pytest.raises(encoding.Refused, match="long"):
        encoding.video(source, target, thumb)
    monkeypatch.setattr(encoding, "AUDIO_SECONDS", 1)
    with pytest.raises(encoding.Refused, match="long"):
        encoding.sound(source, target)
    monkeypatch.setattr(encoding, "MOST_PIXELS", 100)
    with pytest.raises(encoding.Refused, match="large"):
        encoding.video(source, target, thumb)
    monkeypatch.setattr(files, "_made", lambda *args: {"refused": "long"})
    heavy = SimpleUploadedFile("a.mp4", b"")
    heavy.size = 200_000_000
    with pytest.raises(BadMedium, match="pèse 200 Mo : 95 Mo au plus"):
        files.keep(story, Medium.Kind.VIDEO, heavy)


def test_what_takes_too_long_is_ended(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "TIMEOUT", 0.01)
    with pytest.raises(BadMedium, match="trop long à préparer"):
        files.keep(story, Medium.Kind.VIDEO, sent("a.mp4", film()))


def test_only_one_is_made_again_at_a_time(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WAIT", 1)
    with files._alone(), pytest.raises(BadMedium, match="réessayez dans une minute"):
        files.keep(story, Medium.Kind.AUDIO, sent("a.wav", sound()))


def test_the_process_has_its_bounds(tmp_path: Path) -> None:
    """Whatever a file does, its process ends by itself, and writes no more than its bound."""
    code = (
        "import resource\n"
        "from labo_web.stories import encoding\n"
        "encoding.sound = lambda source, target: "
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0], "
        "resource.getrlimit(resource.RLIMIT_FSIZE)[0]) or encoding.Made()\n"
        "encoding.main('audio', 'a', 'b', 'c')\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{encoding.CPU} {encoding.WRITTEN}")
    assert "django" not in encoding.__dict__


def get(path: Path, digest: str = "a" * 64, **headers: str) -> HttpResponseBase:
    request = RequestFactory().get("/", headers=headers)
    return ranged(request, path, "video/mp4", digest)


def body(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


TEN = bytes(range(48, 58))


@pytest.mark.parametrize(
    ("header", "status", "part", "said"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, TEN, "bytes 0-9/10"),
        ("bytes=0-99", 206, TEN, "bytes 0-9/10"),
        ("bytes=9-9", 206, b"9", "bytes 9-9/10"),
        # What is not understood, or asks for several parts, is answered by the whole.
        ("bytes=5-2", 200, TEN, None),
        ("bytes=0-1,4-5", 200, TEN, None),
        ("items=0-1", 200, TEN, None),
        ("bytes=a-b", 200, TEN, None),
        ("bytes=-", 200, TEN, None),
        ("", 200, TEN, None),
    ],
)
def test_parts_of_a_file(
    tmp_path: Path, header: str, status: int, part: bytes, said: str | None
) -> None:
    path = tmp_path / "ten"
    path.write_bytes(TEN)
    answer = get(path, **({"range": header} if header else {}))
    assert answer.status_code == status
    assert body(answer) == part
    assert answer["Content-Length"] == str(len(part))
    assert answer.get("Content-Range") == said
    assert answer["Accept-Ranges"] == "bytes"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", f"bytes={10**17}-"])
def test_parts_that_are_not_there(tmp_path: Path, header: str) -> None:
    path = tmp_path / "ten"
    path.write_bytes(TEN)
    answer = get(path, range=header)
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */10"


def test_a_part_of_another_file_is_answered_by_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "ten"
    path.write_bytes(TEN)
    tag = get(path)["ETag"]
    assert get(path, range="bytes=0-1", **{"if-range": tag}).status_code == 206
    assert get(path, range="bytes=0-1", **{"if-range": '"other"'}).status_code == 200


def test_a_film_is_given_part_by_part_to_whoever_may_see_it(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    made = files.keep(story, Medium.Kind.VIDEO, sent("a.mp4", film()))
    put(story, Block.Kind.VIDEO, people["officer"], medium=made, nobody=True,
        subtitles="WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n")  # fmt: skip
    path = f"/recits/fichiers/{made.key}"
    for name in ("visitor", "reader", "officer_elsewhere"):
        assert browse(name).get(f"{path}/fichier").status_code == 404
    answer = browse("officer").get(f"{path}/fichier", headers={"range": "bytes=0-99"})
    assert answer.status_code == 206
    assert answer["Content-Type"] == "video/mp4"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert body(answer) == made.paths[0].read_bytes()[:100]
    subtitles = browse("officer").get(f"{path}/sous-titres.vtt")
    assert subtitles["Content-Type"] == "text/vtt; charset=utf-8"
    assert b"Bonjour" in subtitles.content
    assert browse("officer").get(f"{path}/autre").status_code == 404


def test_two_hundred_megabytes_are_refused_before_they_are_read(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    passage = put(story, Block.Kind.VIDEO, people["officer"])
    path = f"/territoires/999000001/recits/{story.number}/ecrire/{passage.block.key}/"

    class Unread(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("the body was read")

    def post(name: str, length: int, to: str = path, **more: str) -> Any:
        sent: dict[str, Any] = {"CONTENT_LENGTH": str(length), "wsgi.input": Unread(), **more}
        return browse(name).generic(
            "POST", to, content_type="multipart/form-data; boundary=x", **sent
        )

    answer = post("officer", 200_000_000)
    assert answer.status_code == 413
    assert "Votre envoi pèse 200 Mo : 100 Mo au plus ici" in answer.content.decode()
    # Elsewhere less is taken, and of a stranger never more.
    assert post("officer", 30_000_000, "/a/").status_code == 413
    assert post("visitor", 30_000_000).status_code == 413
    assert "20 Mo au plus" in post("visitor", 30_000_000).content.decode()
    chunked = post("officer", 0, HTTP_TRANSFER_ENCODING="chunked")
    assert chunked.status_code == 411
    assert "taille" in chunked.content.decode()
    assert bounds.LARGE.match(path)
    assert not bounds.LARGE.match(f"{path}retirer/")


def test_a_file_is_sent_by_the_form_and_its_refusal_keeps_the_texts(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    passage = put(story, Block.Kind.PHOTO, people["officer"])
    path = f"/territoires/999000001/recits/{story.number}/ecrire/{passage.block.key}/"
    typed = {"seen": passage.pk, "alt": "Une cour sans ombre.", "nobody": "on"}
    refused = browse("officer").post(path, typed | {"file": sent("a.jpg", HTML)})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Une cour sans ombre." in page
    assert "envoyez une image JPEG" in page
    answer = browse("officer").post(path, typed | {"file": sent("a.jpg", jpeg())})
    assert answer.status_code == 302
    assert story.media.count() == 1


def test_subtitles_are_read_and_written_again() -> None:
    srt = (
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,500 align:left\r\n<b>Bonjour</b> & a<b\r\n\r\n2\r\n"
        "00:03.000 --> 00:04.000\r\nA --> B\r\n"
    )
    made = written(cues_of(srt))
    assert made.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nBonjour &amp; a")
    # Written again, it does not change.
    assert written(cues_of(made)) == made
    assert "A --> B" in said_in(made)
    assert "-->" not in made.split("00:00:04.000\n")[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Aucun sous-titre"),
        ("WEBVTT\n\nBonjour", "Aucun sous-titre"),
        ("00:00.000 --> demain\nBonjour", "n’est pas un temps"),
        ("00:02.000 --> 00:01.000\nBonjour", "finit avant de commencer"),
        ("00:05.000 --> 00:06.000\nA\n\n00:01.000 --> 00:02.000\nB", "commence avant"),
        ("00:00.000 --> 00:00.001\nA\n\n" * 2_001, "plus de 2000"),
    ],
)
def test_what_is_no_subtitles_is_told(text: str, said: str) -> None:
    with pytest.raises(BadSubtitles, match=said):
        cues_of(text)
    assert said_in(text) == ""
