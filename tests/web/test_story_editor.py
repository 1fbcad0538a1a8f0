"""Writing a reportage without losing anybody's text, and having it read before it is public."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from labo import words
from labo_web.accounts.models import Circle
from labo_web.releases.models import Release, Value
from labo_web.stories import publishing, saving
from labo_web.stories.models import Block, Decision, Story
from labo_web.stories.saving import Overtaken, TooMany
from tests.web.conftest import first_qpv
from tests.web.rules_stories import consent_of
from tests.web.told import begun, jpeg, put, sent

Browse = Callable[[str], Client]
ROOT = "/territoires/999000001/recits"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def story(public: Release, people: dict[str, Any]) -> Story:
    made = begun(public, people["officer"])
    put(made, Block.Kind.TEXT, people["officer"], text="Premier.")
    put(made, Block.Kind.TEXT, people["officer"], text="Second.")
    made.refresh_from_db()
    return made


def texts(story: Story) -> list[str]:
    story.refresh_from_db()
    return [p.text for p in saving.order_of(saving.newest(story))]


def page_of(story: Story, rest: str = "ecrire/") -> str:
    return f"{ROOT}/{story.number}/{rest}"


def test_it_is_begun_written_and_read_without_a_script(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    head = {"title": "Une cour", "kind": "place", "zone": first_qpv(public),
            "licence": "programme"}  # fmt: skip
    answer = officer.post(f"{ROOT}/nouveau/", head, follow=True)
    assert "commencé" in answer.content.decode()
    made = Story.objects.get()
    for kind in Block.Kind.values:
        answer = officer.post(page_of(made, "ecrire/ajouter/"), {"kind": kind}, follow=True)
        assert answer.status_code == 200, kind
    made.refresh_from_db()
    assert [p.block.kind for p in saving.order_of(saving.newest(made))] == Block.Kind.values
    assert officer.get(page_of(made)).status_code == 200
    assert officer.get(page_of(made, "apercu/")).status_code == 200
    assert browse("visitor").get(f"{ROOT}/{made.number}/").status_code == 404
    nothing = officer.post(page_of(made, "ecrire/ajouter/"), {"kind": "gif"}, follow=True)
    assert "Choisissez ce que vous ajoutez" in nothing.content.decode()


def test_passages_are_added_after_one_moved_and_removed(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    officer = browse("officer")
    first = story.blocks.first()
    assert first is not None
    officer.post(page_of(story, "ecrire/ajouter/"), {"kind": "text", "after": str(first.key)})
    assert texts(story) == ["Premier.", "", "Second."]
    move = page_of(story, f"ecrire/{first.key}/deplacer/")
    officer.post(move, {"sens": "descendre"})
    assert texts(story) == ["", "Premier.", "Second."]
    officer.post(move, {"sens": "monter"})
    officer.post(move, {"sens": "monter"})
    assert texts(story) == ["Premier.", "", "Second."]
    empty = saving.order_of(saving.newest(story))[1]
    remove = page_of(story, f"ecrire/{empty.block.key}/retirer/")
    officer.post(remove, {"seen": empty.pk})
    assert texts(story) == ["Premier.", "Second."]


def test_of_two_who_write_the_same_passage_nobody_loses_their_text(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    passage = saving.order_of(saving.newest(story))[0]
    path = page_of(story, f"ecrire/{passage.block.key}/")
    one = browse("officer").post(path, {"text": "De la cheffe.", "seen": passage.pk})
    assert one.status_code == 302
    other = browse("analyst").post(path, {"text": "De l’analyste.", "seen": passage.pk})
    assert other.status_code == 409
    page = other.content.decode()
    assert "De la cheffe." in page
    assert "De l’analyste." in page
    assert texts(story)[0] == "De la cheffe."
    # Knowing what the other wrote, one may write again; both stay in the versions.
    seen = saving.order_of(saving.newest(story))[0].pk
    assert f'name="seen" value="{seen}"' in page
    browse("analyst").post(path, {"text": "Des deux.", "seen": seen})
    assert texts(story)[0] == "Des deux."
    kept = {p.text for v in story.versions.all() for p in saving.order_of(v)}
    assert {"De la cheffe.", "Des deux."} <= kept


def test_two_who_write_different_passages_do_not_meet(story: Story, people: dict[str, Any]) -> None:
    one, other = saving.order_of(saving.newest(story))
    saving.write(one.block, {"text": "A"}, (), by=people["officer"], seen=one.pk)
    saving.write(other.block, {"text": "B"}, (), by=people["analyst"], seen=other.pk)
    assert texts(story) == ["A", "B"]


def test_a_passage_removed_meanwhile_is_told_and_may_come_back(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    passage = saving.order_of(saving.newest(story))[0]
    saving.remove(passage.block, by=people["analyst"], seen=passage.pk)
    path = page_of(story, f"ecrire/{passage.block.key}/")
    answer = browse("officer").post(path, {"text": "Long texte.", "seen": passage.pk})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "retiré" in page
    assert "Long texte." in page
    browse("officer").post(path, {"text": "Long texte.", "seen": 0})
    assert texts(story) == ["Second.", "Long texte."]


def test_what_somebody_wrote_meanwhile_is_not_removed(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    passage = saving.order_of(saving.newest(story))[0]
    saving.write(passage.block, {"text": "Neuf."}, (), by=people["analyst"], seen=passage.pk)
    path = page_of(story, f"ecrire/{passage.block.key}/retirer/")
    answer = browse("officer").post(path, {"seen": passage.pk}, follow=True)
    assert "Relisez-le" in answer.content.decode()
    assert texts(story) == ["Neuf.", "Second."]
    with pytest.raises(Overtaken):
        saving.remove(passage.block, by=people["officer"], seen=passage.pk)


def test_the_head_too(browse: Browse, story: Story) -> None:
    head = {"kind": "place", "zone": "", "licence": "programme", "base": story.version}
    path = page_of(story)
    assert browse("officer").post(path, head | {"title": "À elle"}).status_code == 302
    other = browse("analyst").post(path, head | {"title": "À lui"})
    assert other.status_code == 409
    assert "À elle" in other.content.decode()
    assert "À lui" in other.content.decode()
    # A passage written meanwhile is no conflict.
    story.refresh_from_db()
    base = story.version
    saving.add(story, "text", by=None)
    again = browse("analyst").post(path, head | {"title": "À deux", "base": base})
    assert again.status_code == 302


def test_versions_are_listed_read_and_taken_up(browse: Browse, story: Story) -> None:
    officer = browse("officer")
    assert texts(story) == ["Premier.", "Second."]
    page = officer.get(page_of(story, "versions/")).content.decode()
    assert page.count("<tr>") == story.version + 1
    assert "Premier." in officer.get(page_of(story, "apercu/?version=3")).content.decode()
    answer = officer.post(page_of(story, "versions/"), {"version": "3"}, follow=True)
    assert "La version 3 est reprise" in answer.content.decode()
    assert texts(story) == ["Premier."]
    assert officer.post(page_of(story, "versions/"), {"version": "999"}).status_code == 422
    assert officer.get(page_of(story, "apercu/?version=999")).status_code == 404


def test_a_reportage_has_an_end(
    story: Story, people: dict[str, Any], monkeypatch: pytest.MonkeyPatch, browse: Browse
) -> None:
    monkeypatch.setattr(saving, "MOST_BLOCKS", 2)
    with pytest.raises(TooMany, match="2 passages au plus"):
        saving.add(story, "text", by=people["officer"])
    page = browse("officer").post(page_of(story, "ecrire/ajouter/"), {"kind": "text"}, follow=True)
    assert "2 passages au plus" in page.content.decode()


def test_whoever_reads_it_again_is_not_who_wrote_it(story: Story, people: dict[str, Any]) -> None:
    officer, other = people["officer"], people["facilitator"]
    publishing.submit(story, by=officer)
    with pytest.raises(ValidationError, match="une autre personne"):
        publishing.publish(story, by=officer)
    publishing.send_back(story, by=other, reason="Trop court.")
    with pytest.raises(ValidationError, match="pas été proposé"):
        publishing.publish(story, by=other)
    publishing.submit(story, by=officer)
    # Whoever changes a word meanwhile has written it, and it waits again.
    passage = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[0]
    saving.write(passage.block, {"text": "Autre."}, (), by=other, seen=passage.pk)
    story.refresh_from_db()
    assert story.state == Story.State.DRAFT
    publishing.submit(story, by=officer)
    with pytest.raises(ValidationError, match="une autre personne"):
        publishing.publish(story, by=other)
    acts = list(story.decisions.values_list("act", flat=True))
    assert acts == ["submitted", "sent_back", "submitted", "sent_back", "submitted"]


def test_it_is_published_then_written_again_and_withdrawn(
    browse: Browse, story: Story, people: dict[str, Any]
) -> None:
    page = page_of(story, "publier/")
    officer, reader, visitor = browse("officer"), browse("facilitator"), browse("visitor")
    officer.post(page, {"action": "submit"})
    assert reader.post(page, {"action": "publish"}).status_code == 302
    public = f"{ROOT}/{story.number}/"
    assert "Premier." in visitor.get(public).content.decode()
    passage = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[0]
    saving.write(passage.block, {"text": "Pas encore."}, (), by=people["officer"], seen=passage.pk)
    assert "Pas encore." not in visitor.get(public).content.decode()
    assert "Pas encore." in officer.get(f"{public}apercu/").content.decode()
    assert reader.post(page, {"action": "withdraw"}).status_code == 422
    reader.post(page, {"action": "withdraw", "reason": "Une erreur."})
    assert visitor.get(public).status_code == 404
    assert Decision.objects.filter(act="withdrawn", reason="Une erreur.").exists()


def test_publishing_is_refused_with_the_list_of_what_lacks(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    officer = people["officer"]
    story = saving.create(public.territory, {"title": "Nu"}, by=officer, kind="place")
    for kind in ("text", "photo", "audio", "video", "quote", "map", "figure"):
        put(story, kind, officer)
    page = browse("officer").get(page_of(story, "publier/")).content.decode()
    for said in (
        "Écrivez le chapô", "Il est vide", "Aucun fichier n’est déposé", "La description manque",
        "La transcription manque", "Les sous-titres manquent", "Aucun accord n’y est relié",
        "Aucun chiffre n’est choisi", "Aucun quartier n’est choisi",
    ):  # fmt: skip
        assert said in page, said
    answer = browse("officer").post(page_of(story, "publier/"), {"action": "submit"})
    assert answer.status_code == 422
    assert "Il manque encore quelque chose" in answer.content.decode()


def test_a_consent_stays_bound_to_its_block(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    consent, _ = consent_of(public)
    elsewhere, _ = consent_of(public)
    story = begun(public, people["officer"])
    passage = put(story, Block.Kind.QUOTE, people["officer"], (consent,), text="Avant.")
    path = page_of(story, f"ecrire/{passage.block.key}/")
    answer = browse("officer").post(
        path, {"text": "Après.", "seen": passage.pk, "consents": [elsewhere.pk]}
    )
    assert answer.status_code == 302
    assert set(passage.block.consents.all()) == {consent, elsewhere}


def test_a_figure_is_a_dated_reference_and_never_typed(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    story = begun(public, people["officer"])
    passage = put(story, Block.Kind.FIGURE, people["officer"])
    path = page_of(story, f"ecrire/{passage.block.key}/")
    target = f"{first_qpv(public)}|poverty_share"
    typed = {"target": target, "text": "Ici, 43 % sont pauvres.", "seen": passage.pk}
    refused = browse("officer").post(path, typed)
    assert refused.status_code == 422
    assert "Un chiffre ne se tape pas" in refused.content.decode()
    answer = browse("officer").post(path, typed | {"text": "Le diagnostic le dit."})
    assert answer.status_code == 302
    kept = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[0]
    assert (kept.release, kept.zone, kept.indicator) == (
        public, first_qpv(public), "poverty_share")  # fmt: skip
    page = browse("officer").get(page_of(story, "apercu/")).content.decode()
    value = Value.objects.get(
        zone__release=public, zone__code=first_qpv(public), indicator__name="poverty_share",
        scenario="present",
    )  # fmt: skip
    assert public.code in page
    said = words.quantity(value.central, value.indicator.unit)
    assert said.replace("\xa0", " ") in page.replace("\xa0", " ").replace("&nbsp;", " ")


def test_a_newer_release_is_told_and_taken_when_asked(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    zone = first_qpv(public)
    story = begun(public, people["officer"])
    put(story, Block.Kind.FIGURE, people["officer"], release=public, zone=zone,
        indicator="poverty_share")  # fmt: skip
    preview = page_of(story, "apercu/")
    assert "plus récente" not in browse("officer").get(preview).content.decode()
    newer = _newer(public, zone)
    assert "plus récente" in browse("officer").get(preview).content.decode()
    block = story.blocks.get()
    path = page_of(story, f"ecrire/{block.key}/recalculer/")
    answer = browse("officer").post(path, follow=True)
    assert "vient maintenant de la livraison" in answer.content.decode()
    kept = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[0]
    assert kept.release == newer
    again = browse("officer").post(path, follow=True)
    assert "déjà celui de la livraison la plus récente" in again.content.decode()


def _newer(release: Release, zone: str) -> Release:
    """A release like another one, where one value of one neighbourhood is doubled."""
    value = Value.objects.select_related("zone", "indicator").get(
        zone__release=release, zone__code=zone, indicator__name="poverty_share", scenario="present"
    )
    old = release.pk
    other = Release.objects.get(pk=old)
    other.pk, other.digest = None, "f" * 64
    other.save()
    other.decisions.create(circle=Circle.TEAM, decided_on="2026-06-01")
    place, what = value.zone, value.indicator
    place.pk = what.pk = value.pk = None
    place.release = what.release = other
    place.save()
    what.save()
    value.zone, value.indicator, value.central = place, what, (value.central or 0) * 2
    value.save()
    return other


def test_a_file_that_came_with_a_text_in_conflict_is_not_sent_twice(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    story = begun(public, people["officer"])
    first = put(story, Block.Kind.PHOTO, people["officer"])
    saving.write(first.block, {"alt": "D’un autre."}, (), by=people["analyst"], seen=first.pk)
    path = page_of(story, f"ecrire/{first.block.key}/")
    typed = {"alt": "À moi.", "seen": first.pk, "file": sent("a.jpg", jpeg())}
    answer = browse("officer").post(path, typed)
    assert answer.status_code == 409
    medium = story.media.get()
    assert str(medium.key) in answer.content.decode()
    now = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[0]
    browse("officer").post(
        path, {"alt": "À moi.", "seen": now.pk, "medium": str(medium.key), "nobody": "on"}
    )
    kept = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[0]
    assert kept.medium == medium


def test_marks_are_few_and_nothing_else_passes(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    story = begun(public, people["officer"])
    put(story, Block.Kind.TEXT, people["officer"], text=(
        "## Titre\n\n**gras** [lien](https://example.org) [piège](javascript:alert(1))\n\n"
        "<script>alert(2)</script>\n\n![image](https://example.org/x.png)\n\n- un\n- deux"
    ))  # fmt: skip
    page = browse("officer").get(page_of(story, "apercu/")).content.decode()
    assert "<h2>Titre</h2>" in page
    assert "<strong>gras</strong>" in page
    assert 'href="https://example.org" rel="nofollow noopener"' in page
    assert "<li>un</li>" in page
    assert "javascript:alert" not in page.split("<article")[1].replace("[piège](javascript:", "")
    assert "<script>alert" not in page
    assert "<img" not in page.split("<article")[1].split("</article>")[0]
