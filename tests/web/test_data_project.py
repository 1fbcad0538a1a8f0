"""The data project: inventory, decisions on method, disagreements that are answered publicly."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from labo import release as engine
from labo.data_clause import worth
from labo.index_data import composites_of, directions_of, draws_of, known
from labo_web.accounts.models import Circle, Organisation, fingerprint
from labo_web.programme.models import (
    Dataset,
    Disagreement,
    Membership,
    MethodDecision,
    PartnerImport,
)
from labo_web.programme.purge import purge
from labo_web.programme.worth import Gain, worth_of
from labo_web.releases.models import Release
from labo_web.resources import rate
from tests.web.conftest import open_to
from tests.web.rules_programme import agreed, filed, joined, programme_of

DATA = "/programmes/labo/donnees/"
FILE = f"{DATA}desaccord/"


@pytest.fixture
def member(release: Release) -> Membership:
    return joined(release)


def text(answer: Any) -> str:
    return str(answer.content.decode())


# The inventory


def dataset_form(**more: Any) -> dict[str, Any]:
    return {
        "label": "Impayés", "access": "agreement", "holder": "Fournisseur", "grain": "IRIS",
        "purpose": "Voir", "threshold": "11", "publication": "team",
    } | more  # fmt: skip


def test_officer_adds_a_dataset_of_its_own_territory_only(
    browse: Callable[[str], Client], member: Membership
) -> None:
    officer = browse("officer")
    refused = officer.post(f"{DATA}jeux/", dataset_form())
    assert refused.status_code == 422  # of the whole cohort: the resource centre's
    done = officer.post(f"{DATA}jeux/", dataset_form(membership=member.pk))
    assert done.status_code == 302
    found = Dataset.objects.get()
    assert (found.membership, str(found.signature)) == (member, "officer")
    assert browse("facilitator").post(f"{DATA}jeux/", dataset_form()).status_code == 302
    shared = Dataset.objects.get(membership=None)
    assert officer.get(f"{DATA}jeux/{shared.pk}/").status_code == 404
    assert officer.get(f"{DATA}jeux/{found.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"threshold": "10"}, "supérieure ou égale à 11"),
        ({"signed_on": "2026-01-05"}, "Dites le dernier jour"),
        ({"signed_on": "2026-01-05", "expires_on": "2025-01-05"}, "se termine avant d’être signée"),
        ({"received_on": "2026-01-06"}, "une fois la convention signée"),
        ({"access": "open", "signed_on": "2026-01-05"}, "Seule une donnée « par convention »"),
        ({"source": "rien"}, "rien"),
    ],
)
def test_a_dataset_is_refused_in_a_sentence(
    browse: Callable[[str], Client], member: Membership, given: dict[str, Any], said: str
) -> None:
    answer = browse("facilitator").post(f"{DATA}jeux/", dataset_form(**given))
    assert answer.status_code == 422
    assert said in text(answer)
    assert "Fournisseur" in text(answer)
    assert not Dataset.objects.exists()


def test_what_waits_for_somebody_comes_first(
    browse: Callable[[str], Client], member: Membership
) -> None:
    agreed(member, label="Ici depuis peu", received_on=dt.date(2026, 2, 1))
    agreed(member, label="Finie en mai", signed_on=dt.date(2026, 1, 5),
           expires_on=dt.date(2026, 5, 1))  # fmt: skip
    agreed(member, label="Promise sans suite", signed_on=None, expires_on=None,
           promised_on=dt.date(2026, 1, 5), expected_on=dt.date(2026, 6, 1))  # fmt: skip
    page = text(browse("visitor").get(DATA))
    places = [page.index(x) for x in ("Finie en mai", "Promise sans suite", "Ici depuis peu")]
    assert places == sorted(places)
    assert "convention expirée" in page
    assert "en retard" in page


def test_other_territories_are_left_out_where_one_is_chosen(
    browse: Callable[[str], Client], member: Membership, many: Release
) -> None:
    other = Membership.objects.create(
        programme=member.programme, territory=many.territory, joined_on=dt.date(2026, 1, 5)
    )
    agreed(member, label="D’ici")
    agreed(other, label="De là")
    Dataset.objects.create(programme=member.programme, label="De tous", access="open",
                           holder="Insee", grain="carreau", purpose="x")  # fmt: skip
    page = text(browse("visitor").get(f"{DATA}?territoire=999000003"))
    assert "De là" in page
    assert "De tous" in page
    assert "D’ici" not in page
    assert browse("visitor").get(f"{DATA}?territoire=rien").status_code == 404


def test_gain_is_told_where_the_release_gives_it(
    browse: Callable[[str], Client], member: Membership, many: Release
) -> None:
    other = Membership.objects.create(
        programme=member.programme, territory=many.territory, joined_on=dt.date(2026, 1, 5)
    )
    Dataset.objects.create(
        programme=member.programme, membership=other, label="Zones climatiques", access="open",
        holder="Cerema", grain="îlot", purpose="x", source="cerema_lcz_2022",
    )  # fmt: skip
    page = text(browse("visitor").get(f"{DATA}?territoire=999000003"))
    assert "À négocier ici, la plus utile d’abord" in page
    # All the indices of the release, each with its page; pairs out of all of them.
    assert "les 6 indices" in page
    assert re.search(r'href="/territoires/999000003/indices/\w+/"', page)
    assert re.search(
        r"rangs resserrés de [\d,]+ en moyenne, (\d+|aucune) paires? de quartiers", page
    )
    assert re.search(r"départagées? sur \d+<", page)
    assert not re.search(r"\u2212|resserrés de 0,0", page)
    asked = re.search(
        r"Nous demandons une version plus sûre de « ([^»]+) » à ([^,<]+), parce que,", page
    )
    assert asked is not None
    data, holder = (x.strip() for x in asked.groups())
    # Of whoever holds it here, as the table says of the first.
    assert f"{data} <small>à demander à {holder}</small>" in page


def test_a_clause_asks_only_what_somebody_near_can_give(
    browse: Callable[[str], Client], member: Membership, many: Release
) -> None:
    here = Membership.objects.create(
        programme=member.programme, territory=many.territory, joined_on=dt.date(2026, 1, 5)
    )
    # The one that would settle most is a European raster, which the clause does not ask for.
    near, far = clause_of(browse)
    assert "Copernicus" in far
    assert "Copernicus" not in near
    assert "Filosofi" not in near
    assert "Concentration moyenne annuelle modélisée" in near
    assert "Concentration moyenne annuelle modélisée" not in far
    assert "ne les demande donc pas" in far
    assert "Nous demandons" not in far
    # What the inventory has by agreement is asked of whoever signs, whoever makes it.
    agreed(here, label="Précarité", source="onpe_geodip_2021", holder="Agence (fictive)")
    # What only a national producer makes is not to be made here.
    Dataset.objects.create(
        programme=member.programme, membership=here, label="Arbres", access="missing",
        holder="personne", grain="10 m", purpose="x", source="copernicus_tree_cover_2018",
    )  # fmt: skip
    near, far = clause_of(browse)
    assert "à demander à Agence (fictive)" in near
    assert "GEODIP" not in far
    assert "« Arbres »" not in near
    first = re.search(r"Nous demandons[^<]+", near)
    assert first
    assert "GEODIP" in first[0]
    assert "à Agence (fictive), parce que" in first[0]


def clause_of(browse: Callable[[str], Client]) -> tuple[str, str]:
    """Return what the page tells to negotiate here, and what it tells of national producers."""
    page = text(browse("visitor").get(f"{DATA}?territoire=999000003"))
    told = page.split("À négocier ici</h3>")[1].split('id="decisions"')[0]
    near, far = told.split("Ce qui dépend de producteurs nationaux</h3>")
    return near, far


def test_why_there_is_no_gain_is_said(
    browse: Callable[[str], Client], member: Membership, release: Release, rf: Any
) -> None:
    # Not public: nothing is calculated for a visitor.
    page = text(browse("visitor").get(f"{DATA}?territoire=999000001"))
    assert "Pas de diagnostic ouvert ici" in page
    # Two neighbourhoods are not ranked: the gap to the agglomeration is told.
    page = text(browse("officer").get(f"{DATA}?territoire=999000001"))
    assert "Avec moins de huit quartiers classés" in page
    assert re.search(r"écart à l’agglomération resserré de [\d,]+ points sur [\d,]+, soit", page)
    assert "rangs resserrés" not in page
    open_to(release, Circle.EVERYONE)
    page = text(browse("visitor").get(f"{DATA}?territoire=999000001"))
    assert "écart à l’agglomération resserré de" in page


def test_data_that_no_index_uses_say_what_they_are_for(
    browse: Callable[[str], Client], member: Membership, public: Release
) -> None:
    agreed(member, label="Logements", grain="logement", received_on=None, promised_on=None,
           signed_on=None, expires_on=None, purpose="Voir où la chaleur s’accumule")  # fmt: skip
    agreed(member, label="Reçue", received_on=dt.date(2026, 2, 1), purpose="Autre chose")
    page = text(browse("visitor").get(f"{DATA}?territoire=999000001"))
    words = "n’entre dans aucun indice : elle servirait à ceci, « Voir où la chaleur s’accumule »"
    page = re.sub(r"\s", " ", page.replace("&nbsp;", " "))
    assert words in page
    assert "pas calculé" not in page
    assert (
        "Nous demandons « Logements » à Bailleur (fictif), à la maille « logement », parce "
        "qu’aucun indice du diagnostic ne la contient, et qu’elle servirait à ceci : "
        "« Voir où la chaleur s’accumule »." in page
    )
    Dataset.objects.create(programme=member.programme, label="Nuit", access="missing",
                           holder="personne", grain="rue", purpose="Dormir")  # fmt: skip
    asked = text(browse("visitor").get(f"{DATA}?territoire=999000001"))
    assert "Nous demandons que soit produite la donnée « Nuit »" in asked.replace("\xa0", " ")
    # Nothing is asked for twice.
    assert "Nous demandons « Reçue »" not in page


def gain(**more: Any) -> Gain:
    given: dict[str, Any] = {
        "source": "s", "label": "Zones", "producer": "P", "holder": "", "state": "présent",
        "index": "i", "index_label": "Chaleur", "ranked": True, "width": 1.26, "pairs": 10.2,
        "of": 45.0, "absent": False,
    }  # fmt: skip
    return Gain(**given | more)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "rangs resserrés de 1,3 en moyenne, 10 paires de quartiers départagées sur 45"),
        ({"pairs": 0.3}, "rangs resserrés de 1,3 en moyenne, aucune paire de quartiers départagée"),
        ({"pairs": 1.0}, "rangs resserrés de 1,3 en moyenne, 1 paire de quartiers départagée sur"),
        ({"absent": True}, "rangs resserrés de 1,3 en moyenne au plus, 10 paires"),
        ({"width": -0.1}, "rien de sûr"),
        ({"ranked": False, "width": 5.0, "of": 20.0}, "resserré de 5,0 points sur 20,0, soit 25 %"),
        ({"ranked": False, "width": 0.4, "of": 20.0}, "rien de sûr"),
        ({"ranked": False, "absent": True}, "on ne peut pas le dire : aucun quartier ne l’a"),
    ],
)  # fmt: skip
def test_a_gain_is_told_in_words(given: dict[str, Any], said: str) -> None:
    assert said in gain(**given).said.replace("\u202f", " ")


def test_gain_is_that_of_the_engine(many: Release, rf: Any) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    told = worth_of(request, many)
    found = engine.read(many.folder)
    directions = directions_of(found.catalogue)
    widths: dict[str, dict[str, float]] = {}
    for of in composites_of(found.catalogue):
        draws = found.draws[found.draws["indicator"].isin(set(of.indicators))]
        known_of = known(of, directions, found.values, draws_of(draws), found.places)
        assert known_of.ranked
        seed = int(found.manifest["seed"])
        table = worth(known_of, found.catalogue, found.manifest, found.values, seed)
        for row in table.to_dict("records"):
            widths.setdefault(row["dataset"], {})[of.id] = row["width_less"]
    # A row per dataset: the index where it settles most, the most useful first.
    assert {g.source for g in told.gains} == set(widths)
    for g in told.gains:
        assert g.width == pytest.approx(max(widths[g.source].values()))
        assert widths[g.source][g.index] == pytest.approx(g.width)
    for part in (told.here, told.elsewhere):
        useful = [g.width for g in part.told if g.useful]
        assert useful == sorted(useful, reverse=True)
        assert useful
    near = [bool(g.holder) for g in told.gains]
    assert near == sorted(near, reverse=True)


def test_without_a_release_nothing_is_calculated(rf: Any) -> None:
    found = worth_of(rf.get("/"), None)
    assert found.gains == ()
    assert found.why


# Questions, group, decisions


def test_the_group_is_of_bodies_and_decisions_stay(
    browse: Callable[[str], Client], member: Membership
) -> None:
    client = browse("facilitator")
    body = Organisation.objects.create(name="Agglo", kind="authority")
    asked = client.post(f"{DATA}questions/", {"text": "Où fait-il trop chaud la nuit ?"})
    assert asked.status_code == 302
    [question] = member.programme.questions.all()
    known = {"text": question.text, "answer": "Au troisième étage."}
    assert client.post(f"{DATA}questions/{question.pk}/", known).status_code == 302
    seat = {"field": "data", "organisation": body.pk, "function": "géomaticienne"}
    assert client.post(f"{DATA}groupe/", seat).status_code == 302
    decision = {
        "subject": "Deux cartes", "decision": "Côte à côte.", "reason": "Elles diffèrent.",
        "dissent": "Une seule serait plus simple.", "decided_on": "2026-05-04",
    }  # fmt: skip
    assert client.post(f"{DATA}decisions/", decision).status_code == 302
    first = MethodDecision.objects.get()
    later = decision | {"subject": "Une carte", "replaces": first.pk, "decided_on": "2026-06-04"}
    assert client.post(f"{DATA}decisions/", later).status_code == 302
    page = text(browse("visitor").get(DATA))
    for words in ("Au troisième étage.", "géomaticienne", "Une seule serait plus simple.",
                  "Remplacée depuis", "Remplace une décision d’avant"):  # fmt: skip
        assert words in page
    tomorrow = (timezone.localdate() + dt.timedelta(1)).isoformat()
    assert client.post(f"{DATA}decisions/", decision | {"decided_on": tomorrow}).status_code == 422


# Disagreements


def test_a_disagreement_is_filed_read_answered_and_followed(
    browse: Callable[[str], Client], member: Membership
) -> None:
    visitor, centre = browse("visitor"), browse("facilitator")
    answer = visitor.post(FILE, {"text": "Vos poids écrasent l’âge.", "proposal": "Les dire."})
    assert answer.status_code == 302
    link = answer["Location"]
    found = Disagreement.objects.get()
    token = link.rstrip("/").rsplit("/", 1)[1]
    assert found.token_hash == fingerprint(token)
    page = text(visitor.get(link))
    assert found.number in page
    assert "Il sera public quand il aura été relu." in page
    # Nobody else reads it before it was read.
    assert "écrasent" not in text(browse("visitor").get(DATA))
    assert "écrasent" in text(centre.get(f"{DATA}desaccords/"))
    address = f"{DATA}desaccords/{found.pk}/"
    assert centre.post(address, {"quoi": "lire", "withheld": ""}).status_code == 302
    assert "Pas encore de réponse." in text(visitor.get(DATA))
    assert centre.post(address, {"quoi": "repondre", "reponse-text": "  "}).status_code == 422
    said = {"quoi": "repondre", "reponse-text": "Nous montrons les deux."}
    assert centre.post(address, said).status_code == 302
    for where in (DATA, link):
        assert "Nous montrons les deux." in text(visitor.get(where))
    # Neither the officers of territories nor anybody else answer for the resource centre.
    assert browse("officer").post(address, said).status_code == 404


def test_what_is_set_aside_is_not_shown_and_the_author_is_told_why(
    browse: Callable[[str], Client], member: Membership
) -> None:
    found = filed(member.programme, text="Madame Untel a tort.")
    link = found.renew()
    found.save()
    address = f"{DATA}desaccords/{found.pk}/"
    form = {"quoi": "lire", "withheld": "personal"}
    assert browse("facilitator").post(address, form).status_code == 302
    assert "Untel" not in text(browse("visitor").get(DATA))
    page = text(browse("visitor").get(f"/desaccords/{link}/"))
    assert "il contient des données personnelles" in page
    bad = browse("facilitator").post(address, {"quoi": "lire", "withheld": "trop dur"})
    assert bad.status_code == 422


def test_it_is_taken_back_by_whoever_filed_it(
    browse: Callable[[str], Client], member: Membership
) -> None:
    found = filed(member.programme, read_on=dt.date(2026, 5, 4))
    link = found.renew()
    found.save()
    visitor = browse("visitor")
    assert found.number in text(visitor.get(DATA))
    assert visitor.post(f"/desaccords/{link}/").status_code == 302
    assert found.number not in text(visitor.get(DATA)).split("desaccords")[-1]
    assert "Je ne suis pas d’accord." not in text(visitor.get(DATA))
    found.refresh_from_db()
    assert (found.text, found.answers.count()) == ("", 0)
    assert "a été retiré" in text(visitor.get(f"/desaccords/{link}/"))
    assert visitor.get("/desaccords/autre/").status_code == 404


def test_machines_and_floods_are_stopped(
    browse: Callable[[str], Client], member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = browse("visitor")
    assert visitor.post(FILE, {"text": "x", "website": "http://spam"}).status_code == 404
    assert not Disagreement.objects.exists()
    monkeypatch.setattr(rate, "MOST_FROM_ONE", 2)
    statuses = [visitor.post(FILE, {"text": f"non {n}"}).status_code for n in range(4)]
    assert statuses == [302, 302, 429, 429]
    answer = visitor.post(FILE, {"text": "Je garde ce que j’ai tapé."})
    assert "Je garde ce que j’ai tapé." in text(answer)
    assert Disagreement.objects.count() == 2


def test_too_long_or_empty_a_text_is_refused(
    browse: Callable[[str], Client], member: Membership
) -> None:
    visitor = browse("visitor")
    assert visitor.post(FILE, {"text": "x" * 3_001}).status_code == 422
    assert visitor.post(FILE, {"text": "   "}).status_code == 422


def test_hostile_text_is_shown_as_text(browse: Callable[[str], Client], member: Membership) -> None:
    filed(member.programme, text="<script>alert(1)</script>", read_on=dt.date(2026, 5, 4))
    page = text(browse("visitor").get(DATA))
    assert "<script>alert" not in page


def test_time_erases_what_was_set_aside_and_taken_back(db: None) -> None:
    programme = programme_of()
    today = timezone.localdate()
    old = today - dt.timedelta(settings.REFUSED_DAYS + 1)
    aside = filed(programme, text="Injure", read_on=old, withheld="insult")
    shown = filed(programme, read_on=old)
    gone = filed(programme, text="")
    Disagreement.objects.filter(pk=gone.pk).update(
        withdrawn_at=timezone.now() - dt.timedelta(settings.RETENTION_DAYS + 1)
    )
    counts = purge(timezone.now())
    assert counts["désaccords écartés, effacés"] == 1
    assert counts["numéros de désaccords retirés, oubliés"] == 1
    aside.refresh_from_db()
    shown.refresh_from_db()
    assert aside.text == ""
    assert shown.text
    assert not Disagreement.objects.filter(pk=gone.pk).exists()
    assert not PartnerImport.objects.exists()
