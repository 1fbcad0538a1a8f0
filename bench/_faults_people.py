"""Who uses the site while it is broken: phones in a room, officers at a sheet, readers.

Each keeps what was not acknowledged and sends it again, as `js/queue.js` does on a phone and as a
person does at a desk. What was acknowledged is written in a ledger, to be compared with the base.
"""

from __future__ import annotations

import html
import http.client
import io
import json
import random
import re
import threading
import time
import urllib.parse
import uuid
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench._faults_forms import Forms

PATIENCE = 40.0  # seconds that anybody waits for an answer, as `js/queue.js` does
SOON, LATER = 0.1, 1.0  # seconds before something is sent again
WORDS_EACH = 20  # of one phone, before another person takes its place: below the room's rate
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
REFUSED = (404, 413, 422)
MOST_STEPS = 6  # of a sheet: then the first ones go when another comes


class NoAnswer(Exception):
    """The connection broke, or the answer is not whole."""


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """Its content as a text."""
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True)
class Scene:
    """What people are given: a room with its questions, and a roadmap with its sheets."""

    room: str
    say: int
    dots: int
    choices: tuple[int, ...]
    shown: tuple[str, ...]
    roadmap: str
    sheets: tuple[int, ...]
    # Session cookies of officers.
    officers: tuple[str, ...]
    photo: bytes = b""


@dataclass
class Ledger:
    """What was sent and what was acknowledged, by everybody."""

    # What a phone was told: {client id: (number, words, whether with a photo)}.
    words: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    # {(person, question): dots by choice}, {(person, contribution): stance}.
    votes: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    stances: dict[tuple[str, str], str] = field(default_factory=dict)
    # Texts that a sheet was told to hold, in the order of their answers; labels of its steps.
    texts: dict[int, list[str]] = field(default_factory=dict)
    steps: dict[int, list[str]] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    # Digests of the releases whose import was announced.
    releases: set[str] = field(default_factory=set)
    documents: int = 0
    conflicts: int = 0
    answers: int = 0
    retries: int = 0
    # What no answer should have been.
    wrong: list[str] = field(default_factory=list)


class Browser:
    """One connection and its cookies; it never answers with half an answer."""

    def __init__(self, port: Callable[[], int], ledger: Ledger, **cookies: str) -> None:
        self._port, self._ledger = port, ledger
        # Any token is one, when the cookie and the header agree.
        chance = random.SystemRandom()
        self.cookies = {"csrftoken": "".join(chance.choices(LETTERS, k=32)), **cookies}
        self._line: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, form: Mapping[str, str] | None = None,
        photo: bytes = b"", accept: str = "text/html",
    ) -> Answer:  # fmt: skip
        """Return a whole answer.

        Raises:
            NoAnswer: there was none.
        """
        body, kind = encoded(form or {}, photo)
        headers = {
            "Host": "127.0.0.1", "Accept": accept, "X-CSRFToken": self.cookies["csrftoken"],
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }  # fmt: skip
        if method == "POST":
            headers["Content-Type"] = kind
        if self._line is not None and self._line.port != self._port():
            self.hang_up()  # there is another way to the site now
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self._port(), timeout=PATIENCE)
            self._line.request(method, path, body if method == "POST" else None, headers)
            found = self._line.getresponse()
            content = found.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            self._ledger.retries += 1
            raise NoAnswer(repr(error)) from error
        heads = {k.lower(): v for k, v in found.getheaders()}
        if not {"content-length", "transfer-encoding"} & set(heads):
            # The site says how long each answer is. Where the line was cut in its head, what reads
            # it here takes the beginning for all of it; a browser does not.
            self.hang_up()
            self._ledger.retries += 1
            raise NoAnswer(f"{path}: the head of the answer was cut")
        for name, value in found.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key.strip()] = rest.split(";")[0]
        self._ledger.answers += 1
        return Answer(found.status, heads, content)

    def hang_up(self) -> None:
        """Close the connection: the next question opens another."""
        if self._line is not None:
            self._line.close()
        self._line = None


def encoded(form: Mapping[str, str], photo: bytes) -> tuple[bytes, str]:
    """Return a form as it is sent, and its type: in parts where a photo goes with it."""
    if not photo:
        return urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
    mark = uuid.uuid4().hex
    out = io.BytesIO()
    for name, value in form.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        out.write(head.encode() + value.encode() + b"\r\n")
    out.write(
        f'--{mark}\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + photo
        + f"\r\n--{mark}--\r\n".encode()
    )
    return out.getvalue(), f"multipart/form-data; boundary={mark}"


class Person(threading.Thread):
    """Somebody who does one thing after the other until told to stop, and pauses when told to."""

    slowness = 1  # against others, in what is thought between two gestures

    def __init__(self, number: int, crowd: Crowd) -> None:
        super().__init__(daemon=True, name=f"{type(self).__name__} {number}")
        self.crowd, self.scene, self.ledger = crowd, crowd.scene, crowd.ledger
        self.chance = random.Random(1_000 * crowd.seed + number)
        self.done = 0
        self.idle = False

    def run(self) -> None:
        """Live."""
        while not self.crowd.over.is_set():
            with self.crowd.gate:
                # In one go with `settle`, which else could take somebody who begins for idle.
                self.idle = self.crowd.paused.is_set()
            if self.idle:
                time.sleep(0.02)
                continue
            try:
                self.step()
            except Exception as error:  # noqa: BLE001 (a mistake of the harness is told, not hidden)
                self.ledger.wrong.append(f"{self.name}: {error!r}")
                time.sleep(LATER)
            self.done += 1
            time.sleep(self.chance.expovariate(1 / (self.slowness * self.crowd.think)))

    def step(self) -> None:
        """Do one thing, whole."""
        raise NotImplementedError

    def insist(self, ask: Callable[[], Answer], good: tuple[int, ...] = (200,)) -> Answer:
        """Ask until there is an answer of these, or one that says never."""
        wait = SOON
        while not self.crowd.over.is_set():
            try:
                found = ask()
            except NoAnswer:
                pass
            else:
                if found.status in good or found.status in REFUSED:
                    return found
                self.ledger.retries += 1
            time.sleep(wait * (0.5 + self.chance.random()))
            wait = min(1.5 * wait, LATER)
        raise NoAnswer("the run is over")


class Phone(Person):
    """Speaks, with or without a photo, votes and reacts."""

    def __init__(self, number: int, crowd: Crowd) -> None:
        super().__init__(number, crowd)
        self.arrive()

    def arrive(self) -> None:
        """Be another person, with a phone of their own."""
        self.browser = Browser(self.crowd.port, self.ledger)
        self.who, self.said = "", 0

    def step(self) -> None:
        """Open the page if new, then say, vote or react."""
        if self.said >= WORDS_EACH:
            self.browser.hang_up()
            self.arrive()
        if not self.who:
            self.insist(lambda: self.browser.ask("GET", f"/a/{self.scene.room}/"))
            self.who = f"{self.name}, {uuid.uuid4().hex}"
        self.chance.choices((self.say, self.vote, self.react), (0.6, 0.25, 0.15))[0]()

    def _send(self, rest: str, form: dict[str, str], photo: bytes = b"") -> dict[str, Any]:
        path = f"/a/{self.scene.room}/{rest}"
        found = self.insist(
            lambda: self.browser.ask("POST", path, form, photo, accept="application/json")
        )
        if found.status != 200:
            self.ledger.wrong.append(f"{path}: {found.status} {found.text[:200]}")
            return {}
        return dict(json.loads(found.content))

    def say(self) -> None:
        """Send some words, and sometimes send them again although they were acknowledged."""
        number = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        words = " ".join(["parole"] * self.chance.randint(3, 40)) + f" {number[:8]}"
        photo = self.scene.photo if self.chance.random() < 0.15 else b""
        form = {"client_id": number, "text": words, "question": str(self.scene.say)}
        self.said += 1
        self.ledger.sent.add(number)
        for _ in range(1 + (self.chance.random() < 0.1)):
            answer = self._send("dire/", form, photo)
            told = str(answer.get("number", "")).replace(" ", "")
            kept = self.ledger.words.setdefault(number, (told, words, bool(photo)))
            if told != kept[0]:
                self.ledger.wrong.append(f"{number} was told two numbers")

    def vote(self) -> None:
        """Put dots, or put them elsewhere."""
        put = [self.chance.choice(self.scene.choices) for _ in range(3)]
        form = {str(c): str(put.count(c)) for c in self.scene.choices}
        if self._send(f"voter/{self.scene.dots}/", form).get("kept"):
            votes = {c: int(n) for c, n in form.items()}
            self.ledger.votes[self.who, self.scene.dots] = votes

    def react(self) -> None:
        """Say what one thinks of something on the wall."""
        stance = self.chance.choice(("support", "oppose", "doubt"))
        form = {"number": self.chance.choice(self.scene.shown), "stance": stance}
        if self._send("reagir/", form).get("kept"):
            self.ledger.stances[self.who, form["number"]] = stance


class Officer(Person):
    """Writes in sheets that others write in too."""

    def __init__(self, number: int, crowd: Crowd, session: str) -> None:
        super().__init__(number, crowd)
        self.browser = Browser(crowd.port, self.ledger, sessionid=session)

    def step(self) -> None:
        """Change the objective of a sheet, or add a step to it."""
        sheet = self.chance.choice(self.scene.sheets)
        mark = uuid.UUID(int=self.chance.getrandbits(128)).hex[:12]
        if self.chance.random() < 0.6:
            self.write(sheet, "besoin", f"objectif {mark}", self.ledger.texts, _objective)
        else:
            self.write(sheet, "etapes", f"étape {mark}", self.ledger.steps, _step)

    def write(
        self, sheet: int, section: str, text: str, kept: dict[int, list[str]],
        fill: Callable[[dict[str, str], str], None],
    ) -> None:  # fmt: skip
        """Type a text in a part of a sheet until it is seen there, as a person does."""
        path = f"{self.scene.roadmap}actions/{sheet}/ecrire/{section}/"
        self.ledger.typed.add(text)
        page = self._page(path)
        fields = page.fields
        fill(fields, text)
        while not self.crowd.over.is_set():
            try:
                found = self.browser.ask("POST", path, fields)
            except NoAnswer:
                found = None
            if found is not None and found.status == 302:
                kept.setdefault(sheet, []).append(text)
                return
            if found is not None and found.status == 409:
                self.ledger.conflicts += 1
                page = self._read(path, found.text)
                if text not in page.fields.values():
                    self.ledger.wrong.append(f"{path}: a conflict without one's own text")
                if self._is_kept(sheet, text):
                    # What overtook it is one's own: it was on its way when nobody answered.
                    kept.setdefault(sheet, []).append(text)
                    return
                fields = page.fields
                continue
            if found is not None and found.status < 500:
                self.ledger.wrong.append(f"{path}: {found.status} {_words(found.text)}")
                return
            self.ledger.retries += 1
            time.sleep(SOON)
            # Nobody answered: is it there? Looked for in the history, for another may have
            # written over it since.
            if self._is_kept(sheet, text):
                kept.setdefault(sheet, []).append(text)
                return
            page = self._page(path)
            fields = page.fields
            fill(fields, text)

    def _page(self, path: str) -> Forms:
        return self._read(path, self.insist(lambda: self.browser.ask("GET", path)).text)

    def _read(self, path: str, text: str) -> Forms:
        found = Forms(path)
        found.feed(text)
        if "base" not in found.fields:
            raise RuntimeError(f"{path}: there is no form in {_words(text)}")
        return found

    def _is_kept(self, sheet: int, text: str) -> bool:
        path = f"{self.scene.roadmap}actions/{sheet}/historique/"
        return text in html.unescape(self.insist(lambda: self.browser.ask("GET", path)).text)


def _objective(fields: dict[str, str], text: str) -> None:
    fields["objective"], fields["public"] = text, "tous"


def _step(fields: dict[str, str], text: str) -> None:
    count = int(fields["ligne-TOTAL_FORMS"])
    free = next((n for n in range(count) if not fields.get(f"ligne-{n}-label")), count)
    # Two who write at once add two and remove the same one: there may be more than one too many.
    for n in range(free + 1 - MOST_STEPS):
        fields[f"ligne-{n}-DELETE"] = "on"
    fields["ligne-TOTAL_FORMS"] = str(max(count, free + 1))
    fields[f"ligne-{free}-label"] = text


def _words(page: str) -> str:
    errors = re.findall(r'<ul class="errorlist.*?</ul>', page, re.DOTALL)
    inside = page[page.find("<main") :] if "<main" in page else page
    return " ".join(" ".join([*errors, inside]).split())[:300]


class Reader(Person):
    """Asks for documents, and looks whether those that came are whole."""

    slowness = 40
    NAMES = ("annexe.docx", "feuille-de-route.pdf", "financement.xlsx", "feuille-de-route.json")

    def __init__(self, number: int, crowd: Crowd, session: str) -> None:
        super().__init__(number, crowd)
        self.browser = Browser(crowd.port, self.ledger, sessionid=session)

    def step(self) -> None:
        """Ask for one."""
        name = self.NAMES[self.done % len(self.NAMES)]
        found = self.insist(lambda: self.browser.ask("GET", self.scene.roadmap + name))
        if found.status != 200 or not whole(name, found.content):
            self.ledger.wrong.append(
                f"{name}: {found.status}, {len(found.content)} bytes, not whole"
            )
        self.ledger.documents += 1


def whole(name: str, content: bytes) -> bool:
    """Return whether a document is all there."""
    if name.endswith(".pdf"):
        return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    try:
        if name.endswith(".json"):
            json.loads(content)
            return True
        with zipfile.ZipFile(io.BytesIO(content)) as found:
            return found.testzip() is None and "[Content_Types].xml" in found.namelist()
    except (ValueError, zipfile.BadZipFile):
        return False


class Crowd:
    """All of them."""

    def __init__(
        self, scene: Scene, port: Callable[[], int], *, seed: int, phones: int, think: float
    ) -> None:
        self.scene, self.port, self.seed, self.think = scene, port, seed, think
        self.ledger = Ledger()
        self.paused, self.over = threading.Event(), threading.Event()
        self.gate = threading.Lock()
        self.paused.set()
        people: list[Person] = [Phone(n, self) for n in range(phones)]
        people += [Officer(500 + n, self, s) for n, s in enumerate(scene.officers)]
        people.append(Reader(900, self, scene.officers[0]))
        self.people = people
        for person in people:
            person.start()

    def work(self) -> None:
        """Let everybody go on."""
        self.paused.clear()

    def settle(self, seconds: float) -> list[str]:
        """Let everybody end what they write, and return the names of those who could not.

        Whoever waits for a document may go on: nothing depends on it.
        """
        with self.gate:
            self.paused.set()
        writers = [p for p in self.people if not isinstance(p, Reader)]
        until = time.monotonic() + seconds
        while time.monotonic() < until and not all(p.idle for p in writers):
            time.sleep(0.02)
        return [p.name for p in writers if not p.idle]

    def progress(self, seconds: float) -> None:
        """Wait until somebody of each kind has got something done."""
        before = {p.name: p.done for p in self.people}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            kinds = {type(p) for p in self.people if p.done > before[p.name]}
            if {Phone, Officer} <= kinds:
                return
            time.sleep(0.05)

    def end(self) -> None:
        """Send everybody home."""
        self.over.set()
        for person in self.people:
            person.join(PATIENCE + 5)
