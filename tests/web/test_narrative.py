"""The shared narrative, what is taken away of it, and the thread that reaches a story."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release, Zone
from labo_web.roadmaps.models import Action, Decision, Observation, Roadmap, Step, Tracked
from labo_web.stories import offline
from labo_web.stories.demo import NotFictive, write
from labo_web.stories.models import Story, StoryLink
from labo_web.stories.narrative import narrative_of
from labo_web.workshops.models import Contribution, Event, Reaction, Subject
from tests.web.conftest import first_qpv
from tests.web.rules_roadmaps import action_of
from tests.web.rules_stories import story_of
from tests.web.told import told

Browse = Callable[[str], Client]
ROOT = "/territoires/999000001"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def zone(public: Release) -> Zone:
    found = public.zones.get(code=first_qpv(public))
    found.release = public
    return found


def said(release: Release, text: str, **given: Any) -> Contribution:
    fields: dict[str, Any] = {"state": "shown", "zone": first_qpv(release)} | given
    return Contribution.objects.create(territory=release.territory, text=text, **fields)


def lived(release: Release, people: dict[str, Any]) -> Action:
    """What a neighbourhood went through: each kind of thing once, and what nobody should read."""
    here, code = release.territory, first_qpv(release)
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    for title, state in (("Marche publique", "announced"), ("Marche secrète", "draft")):
        Event.objects.create(territory=here, zone=code, kind="walk", state=state, title=title,
                             starts_at=now - 48 * hour, ends_at=now - 47 * hour, place="Place",
                             level="concert")  # fmt: skip
    liked = said(release, "La fontaine est cassée.")
    Reaction.objects.create(contribution=liked, voter="a", stance="support", people=5)
    hated = said(release, "Coupons les arbres.", minority=True)
    Reaction.objects.create(contribution=hated, voter="a", stance="oppose", people=9)
    said(release, "Mot jamais relu.", state="received")
    said(release, "Mot d’ailleurs.", zone="QN00000X")
    body = Organisation.objects.create(name="Service de l’eau", kind="authority")
    subject = Subject.objects.create(
        territory=here, zone=code, title="L’eau", service=body, due_on=dt.date(2026, 6, 1)
    )
    subject.answers.create(text="Réparée en mai.", organisation=body)
    action = action_of(release, people)
    action.zones, action.level = [code], "under_way"
    action.save()
    Decision.objects.create(action=action, subject="level", body="copil", reason="Il fait chaud.",
                            decided_on="2026-02-02", before="idea", after="under_way")  # fmt: skip
    refused = Action.objects.create(
        roadmap=action.roadmap, number=2, title="Poser des brumisateurs", origin="nothing",
        finding="Chaud.", carrier="ville", first_step="voir", level="abandoned",
        published_on="2026-02-03", zones=[code],
    )  # fmt: skip
    Decision.objects.create(action=refused, subject="level", body="copil", reason="Trop d’eau.",
                            decided_on="2026-02-03", before="idea", after="abandoned")  # fmt: skip
    hidden = Action.objects.create(
        roadmap=action.roadmap, number=3, title="Action secrète", origin="nothing",
        finding="Chaud.", carrier="ville", first_step="voir", zones=[code],
    )  # fmt: skip
    Decision.objects.create(action=hidden, subject="level", body="team", reason="Raison secrète.",
                            decided_on="2026-02-03", before="idea", after="study")  # fmt: skip
    Step.objects.create(action=action, position=1, label="Planter", done_on="2026-03-03")
    tracked = Tracked.objects.create(action=action, kind="output", label="Arbres", unit="arbres")
    Observation.objects.create(tracked=tracked, observed_on="2026-04-04", value=12, source="régie")
    return action


def test_it_joins_all_that_is_public_with_who_said_it_and_who_disagrees(
    browse: Browse, public: Release, zone: Zone, people: dict[str, Any]
) -> None:
    lived(public, people)
    story_of(public)
    found = narrative_of(zone)
    kinds = {e.kind for e in found.entries}
    assert kinds == {"diagnosis", "voice", "workshop", "answer", "decision", "result", "story"}
    assert [e.day for e in found.entries] == sorted(e.day for e in found.entries)
    by = {" ".join(e.title.split()): e.by for e in found.entries}
    assert by["Réponse à « L’eau »"] == "Service de l’eau"
    assert by["Arbres : 12 arbres"] == "régie"
    assert {e.by for e in found.entries if e.kind == "voice"} == {"anonyme"}
    assert {e.text: e.dissent for e in found.entries if e.kind == "voice"} == {
        "La fontaine est cassée.": "",
        "Coupons les arbres.": "Avis minoritaire, noté comme tel à la table.",
    }
    assert found.dissents == 2
    page = browse("visitor").get(f"{ROOT}/quartiers/{zone.code}/recit/").content.decode()
    for word in (
        *("Marche publique", "Réparée en mai.", "idée non retenue", "Trop d’eau."),
        *("Étape faite : Planter", "Une cour", "Pas d’accord.", "Service de l’eau"),
    ):
        assert word in page.replace("\xa0", " ").replace("&nbsp;", " "), word
    for word in ("secrète", "Mot jamais relu", "Mot d’ailleurs"):
        assert word not in page, word
    # The team reads the same: what it takes away is what everyone reads.
    team = browse("officer").get(f"{ROOT}/quartiers/{zone.code}/recit/").content.decode()
    assert team.count("<li class=") == page.count("<li class=")


def test_its_queries_do_not_follow_the_number_of_things(
    browse: Browse, public: Release, zone: Zone, people: dict[str, Any],
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    lived(public, people)
    path = f"{ROOT}/quartiers/{zone.code}/recit/"
    visitor = browse("visitor")
    visitor.get(path)
    for n in range(40):
        said(public, f"Parole {n}")
    with django_assert_max_num_queries(22):
        assert visitor.get(path).status_code == 200


def test_nothing_is_told_of_a_release_that_is_not_public(
    browse: Browse, release: Release, people: dict[str, Any]
) -> None:
    path = f"{ROOT}/quartiers/{first_qpv(release)}/recit/"
    assert browse("visitor").get(path).status_code == 404
    page = browse("officer").get(path).content.decode()
    assert "Rien n’est encore public" in page


def test_the_folder_opens_without_network(
    public: Release, zone: Zone, people: dict[str, Any], tmp_path: Path
) -> None:
    lived(public, people)
    made = told(public, people)
    target = tmp_path / "out"
    call_command("export_narrative", "999000001", zone.code, str(target), verbosity=0)
    names = {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()}
    assert {"index.html", f"recits/{made.story.number}.html", "LISEZMOI.txt", "css/atlas.css",
            "css/stories.css"} <= names  # fmt: skip
    assert sum(name.startswith("media/") for name in names) == 4
    for page in target.rglob("*.html"):
        html = page.read_text("utf-8")
        assert "<script" not in html
        for link in re.findall(r'(?:href|src|poster)="([^"]*)"', html):
            if link.startswith("data:text/vtt"):
                continue
            assert not re.match(r"[a-z]+:|/", link), link
            path = link.split("#")[0]
            assert not path or (page.parent / path).resolve().is_file(), link
        assert len(re.findall(r"<h1", html)) == 1
    for sheet in target.rglob("*.css"):
        for link in re.findall(r'url\("?([^")]*)"?\)', sheet.read_text("utf-8")):
            assert (sheet.parent / link).resolve().is_relative_to(target.resolve()), link
    with pytest.raises(CommandError, match="n’est pas vide"):
        call_command("export_narrative", "999000001", zone.code, str(target))
    with pytest.raises(CommandError, match="n’est pas un quartier"):
        call_command("export_narrative", "999000001", "QN00000X", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="Aucune livraison publique"):
        call_command("export_narrative", "123456789", zone.code, str(tmp_path / "x"))


def test_links_of_texts_stand_in_brackets_where_there_is_no_network(
    public: Release, zone: Zone, people: dict[str, Any]
) -> None:
    story = story_of(public)
    block = story.blocks.get()
    block.passages.update(text="Lire [la page](https://example.org/page).")
    pages = {n: c for n, c in offline.files_of(zone) if n.endswith(".html")}
    html = pages[f"recits/{story.number}.html"]
    assert isinstance(html, bytes)
    assert "la page (https://example.org/page)" in html.decode()
    assert 'href="https' not in html.decode()


def test_the_archive_holds_the_same(browse: Browse, public: Release, zone: Zone) -> None:
    story_of(public)
    answer = browse("officer").get(f"{ROOT}/quartiers/{zone.code}/recit.zip")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        inside = {n.removeprefix(f"recit-{zone.code}/") for n in archive.namelist()}
    assert inside == {name for name, _ in offline.files_of(zone)}


def test_the_thread_of_an_action_reaches_its_story_and_back(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    action = lived(public, people)
    story = story_of(public)
    StoryLink.objects.create(story=story, kind="action", action=action, sentence="On la voit.")
    thread = f"{ROOT}/feuille-de-route/actions/{action.number}/fil/"
    for name in ("visitor", "officer"):
        page = browse(name).get(thread).content.decode()
        assert f'href="{ROOT}/recits/{story.number}/"' in page
        assert "On la voit." in page
    page = browse("visitor").get(f"{ROOT}/recits/{story.number}/").content.decode()
    assert thread in page
    # Of a story that is not public, nothing is told.
    Story.objects.update(published_version=None, state="draft")
    assert "On la voit." not in browse("visitor").get(thread).content.decode()


def test_what_is_not_public_is_not_named_by_a_story(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    lived(public, people)
    story = story_of(public)
    hidden = Action.objects.get(title="Action secrète")
    word = Contribution.objects.get(text="Mot jamais relu.")
    StoryLink.objects.create(story=story, kind="action", action=hidden, sentence="Phrase A.")
    StoryLink.objects.create(story=story, kind="contribution", contribution=word,
                             sentence="Phrase B.")  # fmt: skip
    page = browse("visitor").get(f"{ROOT}/recits/{story.number}/").content.decode()
    for secret in ("Action secrète", "Phrase A.", "Phrase B."):
        assert secret not in page
    assert "Phrase A." in browse("officer").get(f"{ROOT}/recits/{story.number}/").content.decode()


def test_a_story_is_tied_and_untied(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    action = lived(public, people)
    story = story_of(public)
    path = f"{ROOT}/recits/{story.number}/liens/action/"
    typed = {"target": action.pk, "sentence": "On la voit."}
    for _ in range(2):
        assert browse("officer").post(path, typed).status_code == 302
    link = StoryLink.objects.get()
    browse("officer").post(f"{ROOT}/recits/{story.number}/liens/{link.pk}/retirer/")
    link.refresh_from_db()
    assert link.removed_on is not None
    elsewhere = Roadmap.objects.exclude(pk=action.roadmap_id)
    assert not elsewhere.exists()
    wrong = browse("officer").post(path, {"target": "999999", "sentence": "Rien."})
    assert wrong.status_code == 422
    assert browse("officer").get(f"{ROOT}/recits/{story.number}/liens/rien/").status_code == 404


def test_the_page_of_a_neighbourhood_lists_its_stories(
    browse: Browse, public: Release, django_assert_max_num_queries: Any
) -> None:
    page = f"{ROOT}/quartiers/{first_qpv(public)}/"
    empty = browse("visitor").get(page).content.decode()
    assert "Aucun récit n’est encore publié ici." in empty
    story = story_of(public)
    client = browse("visitor")
    with django_assert_max_num_queries(7):
        html = client.get(page).content.decode()
    section = html.split('<h2 id="recits">')[1].split("<h2")[0]
    assert f'href="{ROOT}/recits/{story.number}/"' in section
    assert f'href="{page}recit/"' in section
    Story.objects.update(zone="QN00000X")
    assert "Aucun récit" in browse("visitor").get(page).content.decode()


def test_the_demonstration_is_written_once_and_in_invented_places_only(
    public: Release, people: dict[str, Any]
) -> None:
    officer, facilitator = people["officer"], people["facilitator"]
    story = write(public.territory, officer, facilitator)
    assert story is not None
    story.refresh_from_db()
    assert story.is_public
    kinds = set(story.blocks.values_list("kind", flat=True))
    assert kinds == {"text", "photo", "quote", "figure", "map", "audio", "video"}
    assert write(public.territory, officer, facilitator) is None
    Story.objects.all().delete()
    Release.objects.filter(pk=public.pk).update(fictive=False)
    with pytest.raises(NotFictive):
        write(public.territory, officer, facilitator)
