"""A territory leaves and arrives: its open data holds nothing else, the whole of it is the same."""

import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models

from labo_web import withdrawals
from labo_web.accounts.models import Organisation, Person, Role, Signature, Territory
from labo_web.moving import tables
from labo_web.moving.archive import BadArchive
from labo_web.moving.arriving import unpack
from labo_web.moving.belonging import FILES, INSIDE, MATCHED, OF_TERRITORY, STAYS
from labo_web.moving.leaving import pack
from labo_web.releases.importing import import_release
from labo_web.releases.models import Decision, Release
from labo_web.resources import giving
from labo_web.resources.models import Contradiction, Resource
from labo_web.roadmaps.models import Action, Change, Link, Roadmap, Step
from labo_web.workshops.models import Ballot, Choice, Contribution, Event, Medium, Question
from tests.web import installations, room, town
from tests.web.conftest import RECEIVED
from tests.web.installations import Original, Place, at
from tests.web.test_backup import files_in

HERE, THERE = "999000001", "999000002"
# In rows of the other territory, or that nobody may read.
MARK = "NE-DOIT-PAS-SORTIR"


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


def known() -> dict[str, type[models.Model]]:
    found = apps.get_models(include_auto_created=True)
    return {m._meta.label_lower: m for m in found if m._meta.label_lower not in tables.LEFT_OUT}


def test_every_table_says_how_it_belongs_to_a_territory() -> None:
    said = [*OF_TERRITORY, *MATCHED, *STAYS]
    assert len(said) == len(set(said))
    assert set(said) == set(known()), "say it in labo_web/moving/belonging.py"


def test_every_way_leads_to_a_territory() -> None:
    for label, ways in OF_TERRITORY.items():
        for way in ways:
            model: Any = known()[label]
            for step in way.split("__"):
                field = model._meta.pk if step == "pk" else model._meta.get_field(step)
                model = field.related_model or model
            assert model is Territory, (label, way)


def test_every_field_of_a_file_says_its_files() -> None:
    for label, model in known().items():
        if any(isinstance(field, models.FileField) for field in model._meta.get_fields()):
            assert label in FILES, label
    assert set(FILES) | set(INSIDE) <= set(OF_TERRITORY)


def test_every_json_was_looked_at_for_numbers_of_rows() -> None:
    """Numbers change when a territory moves: of each JSON, somebody said whether it holds some."""
    plain = {
        "releases.release.sources",
        "releases.release.notices", "releases.indicator.hazards", "releases.indicator.sources",
        "releases.zone.communes", "releases.cellvalues.content", "releases.brief.items",
        "resources.description.needs", "resources.description.fragilities",
        "workshops.cumulation.shown", "workshops.cumulation.counted",
        "workshops.tablesheet.content", "workshops.solutionversion.content",
        "roadmaps.action.zones", "roadmaps.frozen.content", "roadmaps.grant.zones",
    }  # fmt: skip
    found = {
        f"{label}.{field.name}"
        for label, model in known().items()
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField) and label in OF_TERRITORY
    }
    assert {name for name in found if name.rpartition(".")[0] not in INSIDE} == plain


def furnish(code: str, mark: str = "", mail: str = "") -> None:
    """Put something of each kind into a territory, so that numbers meet those of another."""
    territory = Territory.objects.get(code=code)
    body = Organisation.objects.create(name=f"Régie {code} {mark}", kind="association")
    person = Person.objects.create_user(mail or f"chef-{code}@example.org", name=f"Chef {code}",
                                        function="Chef de projet", organisation=body)  # fmt: skip
    Role.objects.create(person=person, kind="officer", territory=territory)
    given, _ = giving.give(
        territory, "place", {"name": f"Local {mark}", "offer": "Un local.", "zone": ""},
        scope="open", contact=f"06 00 00 00 00 {mark}",
    )  # fmt: skip
    giving.rule(given.descriptions.get(), "published", person=None)
    said = Contradiction(territory=territory, claim="other", text=mark, resource=given)
    said.renew()
    said.save()
    event = room.an_event(territory, title=f"Rencontre {code} {mark}", holder=body)
    event.facilitators.add(person)
    dots = room.ask_dots(event)
    chosen = dots.choices.earliest("pk")
    Ballot.objects.create(question=dots, voter="v", content={str(chosen.pk): 2})
    words = Contribution.objects.create(
        territory=territory, event=event, text=f"Trop chaud {mark}", number=f"7{code[-6:]}"
    )
    roadmap, _ = Roadmap.objects.get_or_create(territory=territory, defaults={"title": "Feuille"})
    action = Action.objects.create(
        roadmap=roadmap, number=70, origin="nothing", title=f"Planter {mark}", finding="Chaud",
        carrier="La ville", first_step="Voir", pilot=body, created_by=person.sign(),
    )  # fmt: skip
    first = Step.objects.create(action=action, position=1, label="Un", organisation=body)
    second = Step.objects.create(action=action, position=2, label="Deux", after=first)
    Link.objects.create(action=action, kind="contribution", contribution=words, sentence="Dit")
    Link.objects.create(action=action, kind="resource", resource=given, sentence="Ici")
    Change.objects.create(
        action=action, version=2, field="steps", before=[], signature=person.sign(),
        organisation=body,
        after=[
            {"pk": second.pk, "label": "Deux", "after_id": first.pk, "organisation_id": body.pk}
        ],
    )  # fmt: skip
    Change.objects.create(action=action, version=2, field="pilot", before=None, after=body.pk)


@pytest.fixture(scope="module")
def origin(
    original: Original, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Original:
    """The whole installation, furnished in both of its territories."""
    folder = tmp_path_factory.mktemp("origin")
    with django_db_blocker.unblock(), at(Place(folder / "data")):
        call_command("restore", original.copy, stdout=io.StringIO())
        furnish(THERE, MARK, f"{MARK}@example.org")
        furnish(HERE)
        facilitator = Person.objects.get(email="facilitator@example.org")
        facilitator.function, facilitator.name = "Animation", "Facilitatrice"
        facilitator.save()
        release = Release.objects.get(territory__code=HERE)
        Decision.objects.filter(release=release).update(person=facilitator)
        Action.objects.filter(roadmap__territory__code=HERE, number=1).update(
            created_by=facilitator.sign()
        )
        pack(HERE, folder / "territoire.zip")
    return Original(Place(folder / "data"), original.paths, folder / "territoire.zip", {})


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def rows_in(path: Path, label: str) -> list[Any]:
    return [json.loads(line) for line in members_of(path)[f"tables/{label}.jsonl"].splitlines()]


def test_nothing_of_another_territory_leaves(origin: Original) -> None:
    members = members_of(origin.copy)
    with at(origin.place):
        digest = Release.objects.get(territory__code=THERE).digest
    for name, content in members.items():
        for word in (MARK, "officer_elsewhere", "Ailleurs", THERE, digest, "facilitator@"):
            assert word.encode() not in content, (name, word)
            assert word not in name
    # What is of this one is there: the whole of it.
    assert b"06 00 00 00 00" in members["tables/resources.contact.jsonl"]
    assert b"officer@example.org" in members["tables/accounts.person.jsonl"]
    assert origin.copy.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def empty(tmp_path: Path) -> Any:
    with at(Place(tmp_path / "empty")):
        installations.migrate()
        yield tmp_path / "empty"


def of_one_territory(paths: list[str]) -> list[str]:
    """Leave out the pages of all territories together, and what stays: invitations, programmes."""
    stays = ("/invitation/", "/programmes/", "/rencontres-inter-regionales/")
    return [path for path in paths if re.search(r"\d", path) and not path.startswith(stays)]


def apart(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    """Return where two pages begin to differ."""
    place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one[max(place - 60, 0) : place + 60], other[max(place - 60, 0) : place + 60]


def test_an_empty_installation_then_answers_the_same(origin: Original, empty: Path) -> None:
    own = of_one_territory(origin.paths)
    assert len(own) > 60
    with at(origin.place):
        before = installations.pages(own)
        first = {label: rows_in(origin.copy, label) for label in OF_TERRITORY}
        release = f"/livraisons/{Release.objects.get(territory__code=HERE).code}/"
    done = unpack(origin.copy)
    after = installations.pages(own)
    # The page of the release says who decided to open it.
    assert b"Facilitatrice" in before.pop(release)
    assert b"Facilitatrice" not in after.pop(release)
    assert {p: apart(before[p], after[p]) for p in before if before[p] != after[p]} == {}
    assert all(there == here for there, here in done.rows.values()), done.rows
    assert done.renamed == []
    # The facilitator runs another programme: what they decided stays, without their name.
    assert done.former == 1
    assert Action.objects.get(number=1).created_by is None
    assert not Decision.objects.exclude(person=None).exists()
    assert Person.objects.count() == done.people
    # And leaves again as it came.
    pack(HERE, empty / "again.zip")
    again = {label: rows_in(empty / "again.zip", label) for label in OF_TERRITORY}
    # People, bodies and signatures have numbers of here; all the rest is the same, to the letter.
    pointing = {
        label
        for label, model in known().items()
        for field in model._meta.concrete_fields
        if (other := field.related_model) is not None and other._meta.label_lower in MATCHED
    }
    changed = {label for label in first if first[label] != again[label]}
    assert changed <= pointing | set(INSIDE)
    assert {label: len(rows) for label, rows in again.items()} == {
        label: len(rows) for label, rows in first.items()
    }
    files = {name for name in members_of(origin.copy) if not name.startswith("tables/")}
    assert files == {name for name in members_of(empty / "again.zip") if "tables/" not in name}


def elsewhere(folder: Path, town_release: Path) -> None:
    """Make an installation with another territory, whose numbers are those that arrive."""
    installations.migrate()
    import_release(town.changed(town_release, folder, town.elsewhere), received_on=RECEIVED)
    for _ in range(3):
        Organisation.objects.create(name=f"Autre {Organisation.objects.count()}", kind="state")
    furnish(THERE, MARK)
    for number in range(3):
        said = Contradiction(territory=Territory.objects.get(), claim="gone", text=f"{number}")
        said.renew()
        said.save()
    facilitator = Person.objects.create_user("Facilitator@example.org", name="Facilitatrice")
    assert facilitator.email == "facilitator@example.org"


NUMBERS = re.compile(r"(?<![\w-])([RC])-(\d+)|(/(?:ressources|rencontres|paroles|fichiers)/)(\d+)")


def test_another_territory_keeps_its_numbers_and_nothing_mixes(
    origin: Original, tmp_path: Path, town_release: Path
) -> None:
    with at(origin.place):
        # Rooms and calendars have the numbers of questions and events inside.
        rooms = re.compile(r"/a/|.*/maintenant/|.*\.ics")
        own = [path for path in of_one_territory(origin.paths) if not rooms.match(path)]
        before = installations.pages(own)
        uuids = dict(Resource.objects.values_list("uuid", "pk"))
        codes = dict(Event.objects.values_list("code", "pk"))
        names = dict(Medium.objects.values_list("name", "pk"))
        links = dict(Contradiction.objects.values_list("token_hash", "pk"))
    with at(Place(tmp_path / "b")):
        elsewhere(tmp_path / "other", town_release)
        held = {m: list(m._default_manager.order_by("pk").values()) for m in known().values()
               if m._meta.label_lower in OF_TERRITORY}  # fmt: skip
        done = unpack(origin.copy)
        # Every row that was here is as it was.
        for model, rows in held.items():
            numbers = [row[model._meta.pk.attname] for row in rows]
            still = model._default_manager.filter(pk__in=numbers).order_by("pk")
            assert list(still.values()) == rows
        assert {before[0] for before, _ in done.renamed} == {"R", "C"}
        assert len(done.renamed) >= 2
        # The facilitator is known here, whatever their number.
        assert done.known == 1
        signed = Action.objects.get(number=1, roadmap__territory__code=HERE).created_by
        assert signed is not None
        assert signed.name == "Facilitatrice"
        here = {"territory__code": HERE}
        came = {
            "R": {uuids[x.uuid]: x.pk for x in Resource.objects.filter(**here)},
            "C": {links[x.token_hash]: x.pk for x in Contradiction.objects.filter(**here)},
            "/rencontres/": {codes[x.code]: x.pk for x in Event.objects.filter(**here)},
            "/fichiers/": {names[x.name]: x.pk for x in Medium.objects.exclude(name="")},
        }
        came["/ressources/"] = came["R"]

        def renumbered(found: re.Match[str]) -> str:
            kind, number = found[1] or found[3], int(found[2] or found[4])
            new = came.get(kind, {}).get(number, number)
            return f"{kind}-{new}" if found[1] else f"{kind}{new}"

        moved = {path: NUMBERS.sub(renumbered, path) for path in before}
        after = installations.pages(list(moved.values()))
        different = {}
        for path, there in moved.items():
            told = NUMBERS.sub(renumbered, before[path].decode("utf-8", "replace")).encode()
            now = after[there].decode("utf-8", "replace").encode()
            if told != now:
                different[path] = apart(told, now)
        assert different == {}
        for content in after.values():
            assert MARK.encode() not in content
        _points_to_its_own()


def _points_to_its_own() -> None:
    """Numbers inside JSON, and of steps that wait for others, are those of here."""
    body = Organisation.objects.get(name__startswith=f"Régie {HERE}")
    action = Action.objects.get(roadmap__territory__code=HERE, number=70)
    assert action.pilot == body
    first, second = action.steps.order_by("position")
    assert second.after == first
    steps, pilot = Change.objects.filter(action=action, version=2).order_by("-field")
    assert pilot.after == body.pk
    assert steps.after == [
        {"pk": second.pk, "label": "Deux", "after_id": first.pk, "organisation_id": body.pk}
    ]
    ballot = Ballot.objects.get(question__event__territory__code=HERE, voter="v")
    choice = Choice.objects.filter(question=ballot.question).earliest("pk")
    assert ballot.content == {str(choice.pk): 2}
    assert Question.objects.get(pk=choice.question_id).event.territory.code == HERE
    words = [link.contribution for link in action.links.exclude(contribution=None)]
    assert [word.territory.code for word in words if word is not None] == [HERE]


def test_a_territory_that_is_here_is_not_written_over(origin: Original, empty: Path) -> None:
    with at(origin.place), pytest.raises(BadArchive, match="est déjà"):
        unpack(origin.copy)
    # Of which there is nothing: it is this one.
    kept = Territory.objects.create(code=HERE, name="Ville-Témoin")
    unpack(origin.copy)
    assert Territory.objects.get(code=HERE).pk == kept.pk
    with pytest.raises(CommandError, match="est déjà"):
        call_command("import_territory", _folder(origin.copy, empty / "x"))


def _folder(copy: Path, folder: Path) -> Path:
    folder.mkdir()
    (folder / "territoire.zip").write_bytes(copy.read_bytes())
    return folder


def test_an_organisation_of_another_nature_is_said(origin: Original, empty: Path) -> None:
    Organisation.objects.create(name=f"Régie {HERE} ", kind="state")
    with pytest.raises(BadArchive, match="est ici d’une autre nature"):
        unpack(origin.copy)
    assert not Territory.objects.exists()
    assert not Person.objects.exists()
    assert not (empty / "releases").exists() or not list((empty / "releases").iterdir())


def test_what_was_withdrawn_since_stays_so(origin: Original, empty: Path, tmp_path: Path) -> None:
    with at(origin.place):
        taken = Resource.objects.filter(territory__code=HERE, source="resident").earliest("pk")
        left = Person.objects.get(email="reader@example.org")
        journal = tmp_path / "theirs.jsonl"
        line = {"kind": "resources.resource", "key": str(taken.uuid), "date": "2026-11-30"}
        journal.write_text(json.dumps(line) + "\n")
    # This installation knows of somebody who left it.
    withdrawals.record("accounts.person", str(left.uuid))
    done = unpack(origin.copy, journal)
    assert (done.replayed.known, done.replayed.again, done.replayed.left) == (2, 2, [])
    assert Resource.objects.get(uuid=taken.uuid).withdrawn_at is not None
    assert not Person.objects.filter(uuid=left.uuid).exists()


def test_a_damaged_territory_changes_nothing(origin: Original, empty: Path, tmp_path: Path) -> None:
    whole = origin.copy.read_bytes()
    for place in (100, len(whole) // 2, len(whole) - 100):
        wrong = bytearray(whole)
        wrong[place : place + 40] = bytes(40)
        (tmp_path / "wrong.zip").write_bytes(wrong)
        with pytest.raises(BadArchive):
            unpack(tmp_path / "wrong.zip")
    with at(origin.place):
        call_command("backup", tmp_path / "all.zip", stdout=io.StringIO())
    with pytest.raises(CommandError, match="de la sorte"):
        # A copy of everything is no territory.
        call_command("import_territory", _folder(tmp_path / "all.zip", tmp_path / "dir"))
    assert not Territory.objects.exists()


def test_the_folder_says_what_it_holds(origin: Original, tmp_path: Path) -> None:
    out = io.StringIO()
    with at(origin.place):
        call_command("export_territory", HERE, tmp_path / "out", "--whole", stdout=out)
        with pytest.raises(CommandError, match="existe déjà"):
            call_command("export_territory", HERE, tmp_path / "out", "--whole")
        with pytest.raises(CommandError, match="999000002, 999000001"):
            call_command("export_territory", "1", tmp_path / "no", "--whole")
    assert not (tmp_path / "no").exists()
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    text = (tmp_path / "out" / "LISEZMOI.md").read_text()
    assert "données personnelles" in text
    assert "sans avoir de rôle dans ce territoire (1)" in text
    assert "données personnelles comprises" in out.getvalue()
    with at(Place(tmp_path / "b")):
        installations.migrate()
        call_command("import_territory", tmp_path / "out", stdout=out)
        assert Release.objects.count() == 1
    assert "anciens membres : 1" in out.getvalue()


def everything_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, those inside zip archives too."""
    found = files_in(folder)
    for name, content in list(found.items()):
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                found |= {f"{name}/{inner}": packed.read(inner) for inner in packed.namelist()}
    return found


def test_open_data_holds_what_a_visitor_reads_and_nothing_else(
    origin: Original, tmp_path: Path
) -> None:
    with at(origin.place):
        territory = Territory.objects.get(code=HERE)
        secret = Contribution.objects.create(territory=territory, text=f"Parole {MARK}")
        hidden = giving.give(territory, "place", {"name": f"Caché {MARK}", "offer": MARK},
                             scope="open", contact=MARK)[0]  # fmt: skip
        closed = giving.give(territory, "place", {"name": f"Pages seules {MARK}", "offer": "x"},
                             scope="pages")[0]  # fmt: skip
        giving.rule(closed.descriptions.get(), "published", person=None)
        roadmap = Roadmap.objects.get(territory=territory)
        draft = Action.objects.create(
            roadmap=roadmap, number=90, origin="nothing", title=f"Brouillon {MARK}",
            finding=MARK, carrier=MARK, first_step=MARK,
        )  # fmt: skip
        public = Action.objects.filter(roadmap=roadmap).exclude(published_on=None)[0]
        Action.objects.filter(pk=public.pk).update(carrier=MARK, risks=MARK, upkeep_by=MARK)
        call_command("export_territory", HERE, tmp_path / "open", stdout=io.StringIO())
        for row in (secret, draft):
            row.delete()
        giving.withdraw(hidden)
        giving.withdraw(closed)
        release = Release.objects.get(territory__code=HERE)
        values = installations.pages([f"/territoires/{HERE}/valeurs.csv"]).popitem()[1]
    found = everything_in(tmp_path / "open")
    for name, content in found.items():
        for word in (MARK, "@example.org", "06 00 00", THERE, "Facilitatrice"):
            assert word.encode() not in content, (name, word)
    top = f"diagnostic-{release.code}"
    assert found[f"{top}/valeurs.csv"] == values.removeprefix(b"200 ")
    assert f"{top}/zones.gpkg" in found
    actions = json.loads(found["feuille-de-route/actions.json"])["actions"]
    assert [a["numero"] for a in actions] == [public.number_shown]
    assert "Ressources des quartiers" in found["LISEZMOI.md"].decode()
    assert "données fictives" in found["LISEZMOI.md"].decode().lower()
    assert "Licence Ouverte 2.0" in found["LICENCES.md"].decode()
    sums = dict(line.split("  ")[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(files_in(tmp_path / "open")) - {"SHA256SUMS"}
    # Squares carry classes of the environment, never a value, nor who lives there.
    cells = [name for name in found if "/carreaux/" in name]
    assert cells
    assert all("values" not in json.loads(found[name]) for name in cells)
    assert not any("poverty" in name for name in cells)


def test_a_territory_that_is_not_open_gives_nothing(origin: Original, tmp_path: Path) -> None:
    with at(origin.place), pytest.raises(CommandError, match="n’est ouvert à tout le monde"):
        call_command("export_territory", THERE, tmp_path / "open")
    assert not list(tmp_path.iterdir())


def test_signatures_of_people_who_are_known_are_theirs(origin: Original, empty: Path) -> None:
    body = Organisation.objects.create(name="Chez nous", kind="state")
    here = Person.objects.create_user("officer@example.org", name="Nom d’ici", organisation=body)
    unpack(origin.copy)
    assert Person.objects.filter(email="officer@example.org").get() == here
    assert here.name == "Nom d’ici"
    assert Role.objects.filter(person=here, territory__code=HERE, kind="officer").exists()
    assert not Signature.objects.exclude(person__in=Person.objects.all()).exists()
    assert dt.date.today() >= RECEIVED  # noqa: DTZ011
