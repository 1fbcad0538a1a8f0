"""What a neighbourhood needs when it is hot, flooded, dry or cold: one table, to be read by people.

A need says when it is felt, how near its answer has to be, and which indicators show that it is
felt here. Nobody can answer for all of these thresholds: those that were not read in a publication
are `to_check`, and a territory that knows better changes them here.
"""

from __future__ import annotations

from dataclasses import dataclass

from labo.catalogue import INDICATORS, MEASURES
from labo.estimate import Estimate
from labo.measure import Measure
from labo.measure_words import FAMILIES
from labo_web.resources.models import Slot

HAZARDS = {
    "heat": "Canicule",
    "flood": "Inondation",
    "drought": "Sécheresse",
    "air": "Air",
    "energy": "Énergie, froid et factures",
    "nature": "Nature",
}

# What makes a resource fragile; the holder or whoever describes it says which.
FRAGILITIES = {
    "volunteers": "tenue par des bénévoles seulement",
    "one_person": "repose sur une seule personne",
    "one_key": "une seule personne a la clé",
    "funding": "son financement s’arrête ou n’est pas sûr",
    "hot": "il y fait chaud aussi",
    "steps": "on n’y entre pas en fauteuil ou avec une poussette",
    "papers": "il faut une carte, une adhésion ou payer",
}


def minutes(central: float, low: float, high: float, scope: str) -> Estimate:
    """Return a walking time beyond which a need is not met, which nobody has settled."""
    return Estimate(
        central=central,
        low=low,
        high=high,
        unit="minute",
        reference="Repère de praticiens pour une marche en pleine chaleur, sans publication lue",
        grade="to_check",
        scope=scope,
    )


NEAR = minutes(10, 5, 15, "à pied, pour une personne qui marche sans aide")
DOORSTEP = minutes(5, 3, 10, "à pied, avec un enfant ou de l’eau à porter")


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that people must be able to count on when a hazard comes.

    `slots`: when it is felt, on a hot August day. `within`: how far its answer may be; None where
    somebody comes, or where a telephone is enough. `signs`: indicators that show it is felt here.
    `families`: of the solutions that answer it (`labo.measure_words.FAMILIES`). `responsible`:
    whether the holder must have confirmed how many people it receives, and that it answers for
    them.
    """

    id: str
    hazard: str
    label: str
    why: str
    slots: tuple[Slot, ...]
    within: Estimate | None
    signs: tuple[str, ...]
    families: tuple[str, ...]
    responsible: bool

    @property
    def hazard_label(self) -> str:
        """The hazard, in words."""
        return HAZARDS[self.hazard]

    @property
    def measures(self) -> list[Measure]:
        """The solutions of the catalogue that answer what shows this need, the closest first."""
        found = [
            (len({*self.signs} & {*x.answers}), x)
            for x in MEASURES
            if self.hazard in x.hazards
            and x.family in self.families
            and {*self.signs} & {*x.answers}
        ]
        found.sort(key=lambda pair: -pair[0])
        return [x for _, x in found][:MOST_MEASURES]


MOST_MEASURES = 4

_ALL = (
    Need(
        id="cool_room",
        hazard="heat",
        label="Une salle fraîche ouverte l’après-midi en août",
        why="Quand le logement reste chaud, quelques heures au frais reposent le corps.",
        slots=(Slot.AFTERNOON,),
        within=NEAR,
        signs=("cool_indoor_access_share", "walk_to_cool_indoor"),
        families=("places",),
        responsible=True,
    ),
    Need(
        id="cool_evening",
        hazard="heat",
        label="Un endroit frais le soir et le week-end",
        why="La nuit ne rafraîchit plus les logements, et le week-end presque tout est fermé.",
        slots=(Slot.EVENING, Slot.WEEKEND),
        within=NEAR,
        signs=("cool_outdoor_access_share", "cool_indoor_access_share"),
        families=("places", "shade"),
        responsible=True,
    ),
    Need(
        id="shade",
        hazard="heat",
        label="De l’ombre et un banc dehors",
        why="On attend, on se repose, on garde les enfants : sans ombre, on reste enfermé.",
        slots=(Slot.AFTERNOON,),
        within=DOORSTEP,
        signs=("cool_outdoor_access_share", "canopy_share", "green_space_access_share"),
        families=("shade", "places"),
        responsible=False,
    ),
    Need(
        id="water",
        hazard="heat",
        label="De l’eau à boire, gratuite",
        why="On boit trop peu dehors quand il faut acheter l’eau ou la demander.",
        slots=(Slot.AFTERNOON, Slot.WEEKEND),
        within=DOORSTEP,
        signs=("walk_to_cool_indoor", "cool_outdoor_access_share"),
        families=("water", "places"),
        responsible=False,
    ),
    Need(
        id="visits",
        hazard="heat",
        label="Quelqu’un qui passe voir les personnes âgées et seules",
        why="Ceux qui sont seuls n’appellent pas : il faut passer chaque jour d’alerte.",
        slots=(Slot.AFTERNOON, Slot.WEEKEND),
        within=None,
        signs=("aged_80_plus_alone_share", "aged_55_plus_alone_share"),
        families=("care",),
        responsible=True,
    ),
    Need(
        id="accompany",
        hazard="heat",
        label="Quelqu’un qui accompagne jusqu’au lieu frais",
        why="À 3 km/h et en plein soleil, dix minutes seul suffisent à renoncer.",
        slots=(Slot.AFTERNOON,),
        within=None,
        signs=("senior_cool_indoor_access_share", "aged_80_plus_share"),
        families=("care", "mobility"),
        responsible=True,
    ),
    Need(
        id="languages_heat",
        hazard="heat",
        label="L’alerte dite dans les langues du quartier",
        why="Une alerte que l’on ne comprend pas ne protège personne.",
        slots=(),
        within=None,
        signs=("information_access_share",),
        families=("care",),
        responsible=False,
    ),
    Need(
        id="care",
        hazard="heat",
        label="Un soignant que l’on peut joindre en août",
        why="En août les cabinets ferment, et les malaises augmentent.",
        slots=(Slot.AFTERNOON,),
        within=NEAR,
        signs=("care_access_share",),
        families=("care",),
        responsible=False,
    ),
    Need(
        id="shelter",
        hazard="flood",
        label="Un lieu d’accueil hors d’eau",
        why="Les familles des rez-de-chaussée doivent pouvoir dormir au sec, le soir même.",
        slots=(),
        within=NEAR,
        signs=("flood_residents_share", "flood_dwellings_share"),
        families=("care", "water"),
        responsible=True,
    ),
    Need(
        id="warning",
        hazard="flood",
        label="Quelqu’un qui donne l’alerte, porte après porte",
        why="Tout le monde ne reçoit pas l’alerte sur son téléphone, ni ne la comprend.",
        slots=(),
        within=None,
        signs=("flood_residents_share", "information_access_share"),
        families=("care",),
        responsible=False,
    ),
    Need(
        id="rainwater",
        hazard="drought",
        label="De l’eau de pluie pour les jardins",
        why="Quand l’arrosage est interdit, les jardins nourriciers meurent les premiers.",
        slots=(),
        within=DOORSTEP,
        signs=("water_restriction_days_per_year", "shared_garden_per_resident"),
        families=("water",),
        responsible=False,
    ),
    Need(
        id="air_advice",
        hazard="air",
        label="Un conseil les jours d’air pollué",
        why="Savoir quand sortir, et par où, surtout avec un enfant asthmatique.",
        slots=(),
        within=None,
        signs=("no2_above_who_share", "pm25_above_who_share", "no2_mean", "pm25_mean"),
        families=("mobility", "care"),
        responsible=False,
    ),
    Need(
        id="bills",
        hazard="energy",
        label="Quelqu’un qui aide pour les factures et les petits travaux",
        why="Une visite trouve des droits, des joints à poser, un volet à réparer.",
        slots=(),
        within=None,
        signs=("energy_poverty_share", "fuel_poverty_share", "dpe_f_g_share"),
        families=("care", "energy"),
        responsible=False,
    ),
    Need(
        id="gardening",
        hazard="nature",
        label="Des outils et un savoir-faire de jardinage",
        why="Les plantations tiennent quand des habitants savent les soigner.",
        slots=(),
        within=NEAR,
        signs=("shared_garden_per_resident", "associations_per_1000"),
        families=("places", "water", "soil"),
        responsible=False,
    ),
)

NEEDS: dict[str, Need] = {x.id: x for x in _ALL}
# Read as data at import: a hazard, an indicator or an id that is not there is an error now.
_KNOWN = {x.id for x in INDICATORS}
if len(NEEDS) < len(_ALL) or not all(
    x.hazard in HAZARDS and {*x.signs} <= _KNOWN and x.signs and {*x.families} <= {*FAMILIES}
    for x in _ALL
):
    raise TypeError("a need is declared twice, or names a hazard or an indicator that is not there")


def needs_by_hazard() -> list[tuple[str, list[Need]]]:
    """Return the needs, by the words of their hazard, in the order of the table."""
    groups = [(label, [x for x in _ALL if x.hazard == hazard]) for hazard, label in HAZARDS.items()]
    return [(label, rows) for label, rows in groups if rows]
