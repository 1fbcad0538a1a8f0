"""`labo-web demo_resources`: fictive resources in the fictive territories (debug only)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from labo import release as engine
from labo.without import SEPARATOR
from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release, Zone
from labo_web.resources import giving
from labo_web.resources.corrected import places_of
from labo_web.resources.models import (
    Confirmation,
    Contradiction,
    Description,
    Resource,
    Ruling,
    Verification,
    last_june,
)
from labo_web.resources.spots import snapped, within

Closed, Open = "no", "yes"
# The fields of a description, and whether it was seen since June and confirmed: all invented.
INVENTED: tuple[dict[str, Any], ...] = (
    {
        "kind": "place", "name": "Salle des Tilleuls (fictive)", "holder": "Commune (fictive)",
        "offer": "Salle climatisée avec fauteuils, eau fraîche et toilettes.",
        "needs": ["cool_room", "water"], "capacity": 40, "hours": "tous les jours, 9 h à 19 h",
        "afternoon": Open, "evening": Closed, "weekend": Open, "in_heat": "more",
        "condition": "good", "fragilities": [], "seen": True, "confirmed": True,
    },
    {
        "kind": "association", "name": "Les Voisins de palier (fictif)",
        "holder": "Les Voisins de palier (fictif)",
        "offer": "Des voisins appellent et montent voir les personnes âgées seules.",
        "needs": ["visits", "accompany"], "capacity": 12, "hours": "tous les jours en alerte",
        "afternoon": Open, "evening": "unknown", "weekend": Open, "in_heat": "same",
        "condition": "good", "fragilities": ["volunteers", "one_person"], "seen": True,
        "confirmed": True,
    },
    {
        "kind": "know_how", "name": "Dire l’alerte en quatre langues (fictif)",
        "holder": "Maison des langues (fictive)",
        "offer": "Des habitants redisent l’alerte au pied des immeubles et par messages vocaux.",
        "needs": ["languages_heat", "warning"], "capacity": None, "hours": "",
        "afternoon": Open, "evening": Open, "weekend": "unknown", "in_heat": "same",
        "condition": "good", "fragilities": ["volunteers"], "seen": True, "confirmed": False,
    },
    {
        "kind": "practice", "name": "Bancs sortis le soir au pied des tours (fictif)",
        "holder": "Amicale de locataires (fictive)",
        "offer": "Quand le soleil tombe, on sort les bancs et les jeux, à l’ombre du porche.",
        "needs": ["cool_evening", "shade"], "capacity": 25, "hours": "de 20 h à 23 h en été",
        "afternoon": Closed, "evening": Open, "weekend": Open, "in_heat": "same",
        "condition": "worn", "fragilities": ["volunteers"], "seen": False, "confirmed": False,
    },
    {
        "kind": "tool", "name": "Outils de jardin à prêter (fictif)",
        "holder": "Régie de quartier (fictive)",
        "offer": "Bêches, arrosoirs et un récupérateur d’eau, prêtés le samedi.",
        "needs": ["gardening", "rainwater"], "capacity": 10, "hours": "samedi, 10 h à 12 h",
        "afternoon": Closed, "evening": Closed, "weekend": Open, "in_heat": "same",
        "condition": "worn", "fragilities": ["one_key"], "seen": True, "confirmed": True,
    },
    {
        "kind": "service", "name": "Permanence factures (fictive)",
        "holder": "Espace France services (fictif)",
        "offer": "Aide pour les factures d’énergie et les petits travaux, sans rendez-vous.",
        "needs": ["bills"], "capacity": 8, "hours": "mardi et jeudi, 14 h à 17 h",
        "afternoon": Open, "evening": Closed, "weekend": Closed, "in_heat": "same",
        "condition": "good", "fragilities": ["funding"], "seen": True, "confirmed": False,
    },
)  # fmt: skip
# Metres from the middle of the neighbourhood.
SCATTER = ((60, 40), (-110, 90), (150, -80), (-60, -140), (220, 130), (-240, 20))


def _felt_most(release: Release, zones: Mapping[str, Zone]) -> tuple[str, str]:
    """Return the neighbourhood that loses most when one cool place closes, and the place."""
    table = engine.read(release.folder).without
    alone = ~table["places"].str.contains(SEPARATOR, regex=False)
    cool = table["layer"] == "residents_near_cool_indoor"
    felt = table[alone & cool & table["zone"].isin(list(zones))].sort_values("change")
    if felt.empty:
        return next(iter(zones)), ""
    return str(felt["zone"].iloc[0]), str(felt["places"].iloc[0])


class Command(BaseCommand):
    """Makes resources that one can read at once; made again, nothing changes."""

    help = "Crée des ressources fictives dans les territoires fictifs (en débogage seulement)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, territory by territory."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        newest: dict[int, Release] = {}
        for release in Release.objects.filter(fictive=True).order_by("generation", "pk"):
            newest[release.territory_id] = release
        for release in newest.values():
            if Resource.objects.filter(territory=release.territory).exists():
                continue
            with transaction.atomic():
                self._fill(release)
            self.stdout.write(f"{release.territory} : {len(INVENTED)} ressources fictives")

    def _fill(self, release: Release) -> None:
        zones = {z.code: z for z in release.zones.filter(kind="qpv").order_by("code")}
        if not zones:
            return
        code, closed = _felt_most(release, zones)
        zone = zones[code]
        today = timezone.localdate()
        town, _ = Organisation.objects.get_or_create(
            name="Commune (fictive)", defaults={"kind": Organisation.Kind.AUTHORITY}
        )
        for row, metres in zip(INVENTED, SCATTER, strict=True):
            self._add(release, zone, dict(row), metres, town, today)
        giving.give(
            release.territory,
            Resource.Kind.PLACE,
            {"zone": zone.code, "name": "Cave voûtée (fictive)", "offer": "Il y fait 18 °C."},
            scope="pages",
            fictive=True,
        )
        back, _ = giving.give(
            release.territory,
            Resource.Kind.PLACE,
            {"zone": zone.code, "name": "Garage frais (fictif)", "offer": "À l’ombre."},
            scope="pages",
            fictive=True,
        )
        giving.withdraw(back)
        self._contradict(release, zone, closed, town, today)

    def _add(
        self,
        release: Release,
        zone: Zone,
        row: dict[str, Any],
        metres: tuple[int, int],
        town: Organisation,
        today: dt.date,
    ) -> None:
        seen, confirmed = row.pop("seen"), row.pop("confirmed")
        made = Resource.objects.create(
            territory=release.territory,
            kind=row.pop("kind"),
            source=Resource.Source.TEAM,
            fictive=True,
        )
        june = last_june(today)
        lon, lat = snapped(
            (zone.west + zone.east) / 2 + metres[0] / 75_000,
            (zone.south + zone.north) / 2 + metres[1] / 111_000,
        )
        checked = min(june + dt.timedelta(14), today) if seen else june - dt.timedelta(300)
        x = Description.objects.create(
            resource=made, version=1, zone=zone.code, lon=lon, lat=lat, checked_on=checked, **row
        )
        giving.rule(x, Ruling.Status.PUBLISHED, person=None, note="Démonstration.")
        if confirmed:
            Confirmation.objects.create(
                resource=made,
                body=town,
                capacity=x.capacity or 10,
                liability="assurance, clés et une personne présente (inventé)",
                confirmed_on=checked,
            )

    def _contradict(
        self, release: Release, zone: Zone, closed: str, town: Organisation, today: dt.date
    ) -> None:
        near = [
            p
            for p in places_of(release.folder).values()
            if "cool_indoor_place" in p.kinds and within(zone, p.lon, p.lat, 1_500)
        ]
        near.sort(key=lambda p: (p.id != closed, p.name))
        said = (
            ("closed_august", "La porte est restée fermée tout le mois d’août (inventé)."),
            ("not_cool", "Il y fait aussi chaud que dehors l’après-midi (inventé)."),
        )
        for number, (place, (claim, text)) in enumerate(zip(near, said, strict=False)):
            x = Contradiction(
                territory=release.territory,
                zone=zone.code,
                place=place.id,
                place_name=place.name,
                claim=claim,
                text=text,
                fictive=True,
            )
            x.renew()
            x.read_on = today
            x.save()
            if number == 0:
                Verification.objects.create(
                    contradiction=x,
                    body=town,
                    holds=True,
                    found="Fermé du 1er au 31 août, affiché sur la porte (inventé).",
                    checked_on=today - dt.timedelta(3),
                )
