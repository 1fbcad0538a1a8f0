"""Resources: added without an account, read before they are shown, taken back from everywhere."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Organisation, fingerprint
from labo_web.releases.models import Release, Zone
from labo_web.resources import giving, purge, rate
from labo_web.resources.corrected import NamedPlace
from labo_web.resources.forms import told_apart
from labo_web.resources.models import (
    Contact,
    Contradiction,
    Description,
    Known,
    Resource,
    Ruling,
    Slot,
    last_june,
)
from labo_web.resources.spots import snapped
from tests.web.conftest import first_qpv
from tests.web.rules_resources import contradicted, given

AT = "/territoires/999000001/ressources"
NAME = "Cour fraîche des Lilas"
TYPED = {
    "kind": "place", "name": NAME, "offer": "Un grand figuier et trois bancs.", "zone": "",
    "afternoon": "yes", "evening": "no", "weekend": "yes", "in_heat": "same", "scope": "open",
    "agreed": "on", "needs": ["shade"], "fragilities": ["one_key"], "lon": "-0.58123",
    "lat": "47.43321", "contact": "06 00 00 00 00",
}  # fmt: skip


def added(client: Client, **more: Any) -> tuple[Resource, str]:
    """Add a resource as a resident; return it and the address of its private page."""
    answer = client.post(f"{AT}/ajouter/", TYPED | more)
    assert answer.status_code == 302, answer.content.decode()
    made = Resource.objects.latest("pk")
    return made, answer["Location"]


def publish(resource: Resource) -> Description:
    x = resource.descriptions.get()
    giving.rule(x, Ruling.Status.PUBLISHED, person=None)
    return x


def everywhere(release: Release) -> list[str]:
    """Return every address that may speak of a resource."""
    zone = first_qpv(release)
    return [
        f"{AT}/", f"{AT}.csv", f"{AT}.geojson", f"{AT}-odbl.csv", f"{AT}-odbl.geojson",
        f"{AT}/donnees/", f"{AT}/ajouter/",
        "/territoires/999000001/signaler/", f"/territoires/999000001/quartiers/{zone}/",
        f"/territoires/999000001/quartiers/{zone}/ressources/", "/territoires/999000001/",
        "/territoires/999000001/indicateurs/cool_indoor_access_share/",
        "/territoires/999000001/indicateurs/walk_to_cool_indoor/",
    ]  # fmt: skip


def speaking(client: Client, release: Release, word: str) -> set[str]:
    return {path for path in everywhere(release) if word in client.get(path).content.decode()}


def test_a_resource_waits_then_appears_then_is_taken_back_from_everywhere(
    public: Release, browse: Callable[[str], Client]
) -> None:
    visitor, officer = browse("visitor"), browse("officer")
    made, link = added(visitor, zone=first_qpv(public))
    page = f"{AT}/{made.pk}/"
    assert made.number in visitor.get(link).content.decode()
    assert not speaking(visitor, public, NAME)
    assert visitor.get(page).status_code == 404
    assert NAME in officer.get(f"{AT}/moderer/").content.decode()

    answer = officer.post(f"{AT}/{made.pk}/moderer/", {"status": "published"})
    assert answer.status_code == 302
    seen = speaking(visitor, public, NAME)
    zone = f"/territoires/999000001/quartiers/{first_qpv(public)}/ressources/"
    assert {f"{AT}/", f"{AT}.csv", f"{AT}.geojson", zone} <= seen
    assert NAME in visitor.get(page).content.decode()
    # A copy is asked for again before it is used, so that nothing outlives its consent.
    for path in (*seen, page):
        assert re.search("no-cache|no-store", visitor.get(path)["Cache-Control"]), path

    visitor.post("/territoires/999000001/signaler/", {"about": made.number, "claim": "gone"})
    assert visitor.post(link).status_code == 302
    for name in ("visitor", "officer", "facilitator"):
        assert not speaking(browse(name), public, NAME)
        assert browse(name).get(page).status_code == 404
    assert NAME not in officer.get(f"{AT}/moderer/").content.decode()
    assert "Elle a été retirée" in visitor.get(link).content.decode()
    assert not Description.objects.filter(resource=made).exists()
    assert not Contact.objects.exists()
    said = Contradiction.objects.get()
    assert (said.text, said.place_name, said.resource) == ("", "", None)
    assert made.consents.get().withdrawn_on == timezone.localdate()
    # A second time, nothing more happens.
    assert visitor.post(link).status_code == 200


def test_only_a_fingerprint_of_the_link_is_kept(public: Release, client: Client) -> None:
    made, link = added(client)
    token = link.rstrip("/").rsplit("/", 1)[1]
    assert made.token_hash == fingerprint(token)
    assert len(token) >= 30
    assert client.get(f"/ressources/suivi/{token[:-1]}/").status_code == 404


def test_what_is_given_is_snapped_and_no_name_is_asked(public: Release, client: Client) -> None:
    made, _ = added(client)
    x = made.descriptions.get()
    assert (x.lon, x.lat) == snapped(-0.58123, 47.43321)
    assert x.signature is None
    text = client.get(f"{AT}/ajouter/").content.decode()
    assert not re.search(r'name="(email|nom|prenom|adresse|address)"', text)
    required = re.findall(r'name="(\w+)"[^>]* required', text)
    assert "contact" not in required


def test_snapping_loses_at_most_half_a_square() -> None:
    for lon, lat in ((-0.58123, 47.43321), (2.35, 48.85), (-4.1, 48.0)):
        a, b = snapped(lon, lat)
        assert abs(a - lon) * 111_320 * 0.68 <= 25.1
        assert abs(b - lat) * 111_320 <= 25.1
        assert snapped(a, b) == (a, b)


def test_near_a_place_stands_for_a_point(public: Release, client: Client) -> None:
    text = client.get(f"{AT}/ajouter/").content.decode()
    place = re.search(r'<option value="(node/\d+)">', text)
    assert place
    made, _ = added(client, lon="", lat="", near=place[1])
    assert made.descriptions.get().lon is not None


@pytest.mark.parametrize("kind", ["know_how", "practice"])
def test_know_how_is_reached_through_an_association(
    public: Release, client: Client, kind: str
) -> None:
    answer = client.post(f"{AT}/ajouter/", TYPED | {"kind": kind, "holder": ""})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "jamais publié au nom d’une personne" in text
    # What was typed is kept.
    assert NAME in text
    assert "06 00 00 00 00" in text
    assert not Resource.objects.exists()
    added(client, kind=kind, holder="Les Lilas ensemble")


def test_agreement_is_asked(public: Release, client: Client) -> None:
    answer = client.post(f"{AT}/ajouter/", {k: v for k, v in TYPED.items() if k != "agreed"})
    assert answer.status_code == 422
    assert "accord de la structure" in answer.content.decode()


def test_machines_are_told_nothing(public: Release, client: Client) -> None:
    assert client.post(f"{AT}/ajouter/", TYPED | {"website": "http://x"}).status_code == 404
    assert not Resource.objects.exists()


def test_too_many_messages_wait_and_nothing_typed_is_lost(
    public: Release, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "MOST_FROM_ONE", 2)
    added(client)
    added(client)
    answer = client.post(f"{AT}/ajouter/", TYPED)
    assert answer.status_code == 429
    assert NAME in answer.content.decode()
    assert Resource.objects.count() == 2
    # Another address is not held to account for this one.
    assert client.post(f"{AT}/ajouter/", TYPED, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_no_address_of_the_network_is_kept(
    public: Release, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(cache, "set", lambda key, value, _: kept.update({key: value}))
    client.post(f"{AT}/ajouter/", TYPED, REMOTE_ADDR="192.0.2.77")
    assert kept
    assert "192.0.2.77" not in repr(kept)


def test_a_refusal_says_why_to_whoever_gave_it(
    public: Release, browse: Callable[[str], Client]
) -> None:
    made, link = added(browse("visitor"))
    officer = browse("officer")
    path = f"{AT}/{made.pk}/moderer/"
    assert officer.post(path, {"status": "refused"}).status_code == 422
    assert officer.post(path, {"status": "refused", "reason": "other"}).status_code == 422
    note = "La salle est en travaux jusqu’en mars."
    sent = {"status": "refused", "reason": "other", "note": note}
    assert officer.post(path, sent).status_code == 302
    assert note in browse("visitor").get(link).content.decode()
    ruling = Ruling.objects.get()
    assert ruling.person is not None
    assert ruling.reason == "other"


def test_another_territory_reads_nothing_that_is_not_published(
    public: Release, browse: Callable[[str], Client]
) -> None:
    made, _ = added(browse("visitor"))
    said = contradicted(public)
    elsewhere = browse("officer_elsewhere")
    for path in (
        f"{AT}/{made.pk}/", f"{AT}/moderer/", f"{AT}/{made.pk}/moderer/",
        f"/territoires/999000001/signaler/{said.pk}/",
        # Through their own territory neither.
        f"/territoires/999000002/ressources/{made.pk}/",
        f"/territoires/999000002/ressources/{made.pk}/moderer/",
        f"/territoires/999000002/signaler/{said.pk}/",
    ):  # fmt: skip
        assert elsewhere.get(path).status_code == 404, path
    assert NAME not in elsewhere.get("/territoires/999000002/ressources/moderer/").content.decode()


def test_a_contact_is_for_the_team_and_in_no_file(
    public: Release, browse: Callable[[str], Client]
) -> None:
    made, _ = added(browse("visitor"))
    publish(made)
    assert "06 00 00 00 00" in browse("officer").get(f"{AT}/{made.pk}/moderer/").content.decode()
    for name in ("visitor", "analyst", "officer"):
        assert not speaking(browse(name), public, "06 00 00 00 00")
        assert "06 00 00 00 00" not in browse(name).get(f"{AT}/{made.pk}/").content.decode()


def test_open_files_hold_what_may_be_open_and_keep_odbl_apart(
    public: Release, client: Client
) -> None:
    for scope, name in (("pages", "Sur les pages"), ("open", "Partout")):
        made, _ = added(client, scope=scope, name=name)
        publish(made)
    given(public, published=True, source="osm", name="D’OpenStreetMap")
    given(public, published=True, source="team", name="=1+1")
    table = client.get(f"{AT}.csv").content.decode("utf-8-sig")
    assert "Partout" in table
    assert "Sur les pages" not in table
    assert "OpenStreetMap" not in table
    # A spreadsheet takes nothing for a formula.
    assert "'=1+1" in table
    odbl = json.loads(client.get(f"{AT}-odbl.geojson").content)
    assert [f["properties"]["nom"] for f in odbl["features"]] == ["D’OpenStreetMap"]
    assert odbl["about"]["licence"] == "ODbL 1.0"
    assert "Sur les pages" in client.get(f"{AT}/").content.decode()
    package = json.loads(client.get(f"{AT}/datapackage.json").content)
    header = table.splitlines()[0].split(";")
    for file in package["resources"]:
        assert [field["name"] for field in file["schema"]["fields"]] == header
        assert client.get(file["path"]).status_code == 200


def test_hostile_text_is_harmless(public: Release, client: Client) -> None:
    hostile = "<script>alert(1)</script> \u202e evil 🏳️‍🌈 " + "x" * 60
    made, link = added(client, name=hostile, offer="<img src=x onerror=alert(1)>")
    publish(made)
    for path in (f"{AT}/", f"{AT}/{made.pk}/", link):
        text = client.get(path).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    answer = client.post(f"{AT}/ajouter/", TYPED | {"offer": "a" * 1_000_000})
    assert answer.status_code == 422
    answer = client.post(f"{AT}/ajouter/", TYPED | {"name": "a\0b"})
    assert answer.status_code == 422


def described(**more: Any) -> Description:
    return Description(name="Salle", afternoon="yes", evening="no", weekend="unknown", **more)


def test_what_was_not_checked_since_june_is_not_open() -> None:
    today = dt.date(2026, 8, 14)
    seen = described(checked_on=dt.date(2026, 6, 1))
    assert seen.opens(Slot.AFTERNOON, today) == Known.YES
    for day in (None, dt.date(2026, 5, 31), dt.date(2025, 8, 1)):
        x = described(checked_on=day)
        assert x.opens(Slot.AFTERNOON, today) == Known.UNKNOWN
        # Closed is believed at once.
        assert x.opens(Slot.EVENING, today) == Known.NO
    assert last_june(dt.date(2026, 6, 1)) == dt.date(2026, 6, 1)
    assert last_june(dt.date(2026, 5, 31)) == dt.date(2025, 6, 1)


def test_an_alert_may_close_a_place_or_keep_it_open() -> None:
    today = dt.date(2026, 8, 14)
    fresh = dt.date(2026, 7, 1)
    assert described(checked_on=fresh, in_heat="closed").opens(Slot.AFTERNOON, today) == Known.NO
    assert described(checked_on=fresh, in_heat="more").opens(Slot.EVENING, today) == Known.UNKNOWN
    assert described(checked_on=fresh, condition="out").opens(Slot.AFTERNOON, today) == Known.NO


def test_a_page_says_to_check_in_place_of_open(public: Release, client: Client) -> None:
    x = given(public, published=True, afternoon="yes", checked_on=dt.date(2020, 7, 1))
    text = client.get(f"{AT}/{x.resource_id}/").content.decode()
    assert "à vérifier : vu le 01/07/2020" in text.replace("\xa0", " ")
    assert "l’après-midi&nbsp;: ouvert" not in text


def test_two_people_who_edit_at_once(public: Release, browse: Callable[[str], Client]) -> None:
    x = given(public, published=True)
    officer = browse("officer")
    path = f"{AT}/{x.resource_id}/modifier/"
    written = TYPED | {"version": "1", "name": "Salle nouvelle", "condition": "good"}
    assert officer.post(path, written).status_code == 302
    answer = officer.post(path, written | {"name": "Salle d’un autre"})
    assert answer.status_code == 422
    assert "Salle d’un autre" in answer.content.decode()
    assert [d.name for d in x.resource.descriptions.all()] == ["Salle nouvelle", "Salle des fêtes"]
    assert "Salle nouvelle" in browse("visitor").get(f"{AT}/").content.decode()


def test_a_visit_makes_a_resource_fresh(public: Release, browse: Callable[[str], Client]) -> None:
    x = given(public, published=True, afternoon="yes")
    body = Organisation.objects.create(name="Ville", kind="authority")
    today = timezone.localdate()
    sent = {"what": "verification", "v-body": body.pk, "v-holds": "1", "v-found": "Ouverte.",
            "v-checked_on": today.isoformat()}  # fmt: skip
    officer = browse("officer")
    path = f"{AT}/{x.resource_id}/verifier/"
    assert officer.post(path, sent).status_code == 302
    newest = Description.objects.published().get(resource=x.resource)
    assert newest.checked_on == today
    assert newest.version == 2
    text = browse("visitor").get(f"{AT}/{x.resource_id}/").content.decode()
    assert "Ville, le" in text
    later = (today + dt.timedelta(1)).isoformat()
    assert officer.post(path, sent | {"v-checked_on": later}).status_code == 422


def test_the_team_takes_back_for_who_lost_their_link(
    public: Release, browse: Callable[[str], Client]
) -> None:
    x = given(public, published=True, name=NAME)
    assert browse("officer").post(f"{AT}/{x.resource_id}/retirer/").status_code == 302
    assert not speaking(browse("officer"), public, NAME)


def test_purge_erases_what_is_past_its_time(public: Release, client: Client) -> None:
    now = timezone.now()
    refused, _ = added(client)
    giving.rule(refused.descriptions.get(), "refused", person=None, reason="twice")
    waiting, _ = added(client)
    withdrawn, _ = added(client)
    giving.withdraw(withdrawn)
    kept = contradicted(public)
    withheld = contradicted(public, withheld="insult", read_on=timezone.localdate())
    assert not any(purge.purge(now).values())

    counts = purge.purge(now + dt.timedelta(91))
    assert counts["ressources refusées, effacées"] == 1
    assert counts["signalements écartés, effacés"] == 1
    assert (
        counts["contacts effacés"] == 1
    )  # of the one that waits: the other went with its resource
    assert not Contact.objects.exists()
    assert not refused.descriptions.exists()
    assert waiting.descriptions.exists()
    withheld.refresh_from_db()
    assert withheld.text == ""
    kept.refresh_from_db()
    assert kept.text
    assert Resource.objects.filter(pk=withdrawn.pk).exists()

    counts = purge.purge(now + dt.timedelta(731))
    # What was refused was withdrawn just now: its number is kept as long as another's.
    assert counts["numéros retirés, oubliés"] >= 1
    assert not Resource.objects.filter(pk=withdrawn.pk).exists()


def test_the_purge_command_says_what_it_did(
    public: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("purge")
    assert "Ressources : 0 contacts effacés" in capsys.readouterr().out


def test_places_of_one_name_are_told_apart() -> None:
    zone = Zone(code="Q", west=-0.59, south=47.43, east=-0.57, north=47.45)
    places = [
        NamedPlace(f"{n}", name, (), "", "", lon, lat)
        for n, (name, lon, lat) in enumerate(
            [("Parc", -0.58, 47.445), ("Parc", -0.573, 47.44), ("Piscine", -0.58, 47.44)]
        )
    ]
    assert told_apart(zone, places) == [
        ("0", "Parc, à 560 m au nord du milieu du quartier"),
        ("1", "Parc, à 530 m à l’est du milieu du quartier"),
        ("2", "Piscine"),
    ]
