"""Places that one walks to, and who lives within reach of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labo.estimate import Estimate
from labo.layer import layer
from labo.opening import open_in_august
from labo.place import place
from labo.way import Walk

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    Chosen = pd.Series[bool]

Floats = npt.NDArray[np.float64]

# km/h: a grown-up, and someone of 65 or more (methods: 4 and 3 km/h).
WALKING_KM_H, SENIOR_KM_H = 4.0, 3.0
NEAR_MIN, VERY_NEAR_MIN = 10.0, 5.0
# WHO Europe, Urban green spaces: a brief for action (2017): 300 m, at least 0.5 to 1 ha.
GREEN_SPACE_M, GREEN_SPACE_M2 = 300.0, 5_000.0
# What BPE calls them; codes changed in 2023, so both are taken.
CARE_TYPES = ("D108", "D113", "D106", "D201", "D265", "D301", "D307")
LIBRARY_TYPES = ("F307", "F315")
INFORMATION_TYPES = ("A128", "A129", "F307", "F315")
FOOD_TYPES = ("B101", "B102", "B104", "B105", "B201", "B202", "B206", "B208")
# Of OpenStreetMap (`labo.sources.osm.KINDS`).
COOL_OUTDOOR = ("park", "wood", "water_park", "fountain")
COOL_INDOOR = (
    "library", "place_of_worship", "community_centre", "museum", "cinema", "shop", "swimming_pool",
)  # fmt: skip
INFORMATION = ("library", "community_centre", "public_service")


def _of_kind(places: gpd.GeoDataFrame, kinds: tuple[str, ...]) -> Chosen:
    return places["kind"].isin(kinds)


def _of_type(equipment: gpd.GeoDataFrame, types: tuple[str, ...]) -> Chosen:
    return equipment["typequ"].isin(types)


def _large(places: gpd.GeoDataFrame) -> Chosen:
    # Square metres are those of an equal-area system; a point has none.
    return places.geometry.to_crs("EPSG:3035").area >= GREEN_SPACE_M2


@place(
    label="Lieu extérieur frais",
    choices={"osm_places": lambda places: _of_kind(places, COOL_OUTDOOR)},
)
def cool_outdoor_place() -> None:
    """Parc, jardin, bois, baignade ou fontaine ouverts à tous, d'après OpenStreetMap."""


@place(
    label="Lieu intérieur frais ouvert en août",
    choices={
        "osm_places": lambda places: (
            _of_kind(places, COOL_INDOOR) & open_in_august(places["opening_hours"])
        )
    },
)
def cool_indoor_place() -> None:
    """Bibliothèque, lieu de culte, centre social, musée, cinéma, grande surface ou piscine dont
    les horaires, dans OpenStreetMap, disent qu'il ouvre en août. Un lieu dont personne n'a noté les
    horaires n'est pas compté : à vérifier sur place.
    """


@place(
    label="Lieu de soin",
    choices={
        "insee_bpe": lambda equipment: _of_type(equipment, CARE_TYPES),
        "osm_places": lambda places: _of_kind(places, ("care",)),
    },
)
def care_place() -> None:
    """Médecin généraliste, centre de santé, urgences ou pharmacie."""


@place(
    label="Lieu d'information",
    choices={
        "insee_bpe": lambda equipment: _of_type(equipment, INFORMATION_TYPES),
        "osm_places": lambda places: _of_kind(places, INFORMATION),
        "mednum": lambda places: places["name"].notna(),
    },
)
def information_place() -> None:
    """Mairie, France services, bibliothèque, centre social ou lieu de médiation numérique : où
    l'on apprend l'alerte et où l'on trouve de l'aide.
    """


@place(
    label="Espace vert d'un demi-hectare",
    choices={
        "osm_places": lambda places: _of_kind(places, ("park", "wood")) & _large(places),
    },
)
def green_space() -> None:
    """Parc, jardin ou bois ouvert à tous d'au moins 0,5 ha, d'après OpenStreetMap."""


@place(
    label="Arrêt de transport en commun",
    choices={
        "gtfs": lambda stops: stops["departures"].isna() | (stops["departures"] > 0),
        "osm_places": lambda places: _of_kind(places, ("stop",)),
    },
)
def transport_stop() -> None:
    """Arrêt desservi un jour de semaine ordinaire."""


@place(
    label="Commerce alimentaire",
    choices={"insee_bpe": lambda equipment: _of_type(equipment, FOOD_TYPES)},
)
def food_shop() -> None:
    """Supermarché, hypermarché, supérette, épicerie ou primeur : la fraîcheur des produits n'est
    pas connue.
    """


def within(minutes: Floats, limit: float) -> Floats:
    """Return 1 where a walk takes at most `limit` minutes, else 0; NaN where it is unknown."""
    result: Floats = np.where(np.isnan(minutes), np.nan, (minutes <= limit).astype(float))
    return result


PACE = Estimate(
    central=0.05,
    low=0.02,
    high=0.15,
    unit="1",
    reference=(
        "Ordre de grandeur de ce que les rues ne disent pas : entrées, traversées, raccourcis, pas "
        "de chacun"
    ),
    grade="to_check",
    scope="minutes de marche d'un logement à un lieu",
)
OSM_PLACES, BPE, GTFS, STREETS = "osm_places", "insee_bpe", "gtfs", "ign_bdtopo_troncon_de_route"


@layer(
    label="Habitants à 10 minutes d'un lieu extérieur frais",
    unit="resident",
    kind="extensive",
    sources=(OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="cool_outdoor_place", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_cool_outdoor(minutes: Floats) -> Floats:
    """Habitants à 10 minutes à pied ou moins, par les rues, d'un lieu extérieur frais."""
    return within(minutes, NEAR_MIN)


@layer(
    label="Habitants à 10 minutes d'un lieu intérieur frais ouvert en août",
    unit="resident",
    kind="extensive",
    sources=(OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="cool_indoor_place", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_cool_indoor(minutes: Floats) -> Floats:
    """Habitants à 10 minutes à pied ou moins d'un lieu intérieur frais ouvert en août."""
    return within(minutes, NEAR_MIN)


@layer(
    label="Habitants à 10 minutes d'un lieu frais au pas d'un aîné",
    unit="resident",
    kind="extensive",
    sources=(OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="cool_indoor_place", whose="residents", speed_km_h=SENIOR_KM_H),
    error=PACE,
)
def residents_near_cool_indoor_at_senior_pace(minutes: Floats) -> Floats:
    """Habitants d'où une personne de 65 ans ou plus (3 km/h) atteint en 10 minutes un lieu
    intérieur frais ouvert en août.
    """
    return within(minutes, NEAR_MIN)


@layer(
    label="Habitants à 10 minutes d'un lieu de soin",
    unit="resident",
    kind="extensive",
    sources=(BPE, OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="care_place", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_care(minutes: Floats) -> Floats:
    """Habitants à 10 minutes à pied ou moins d'un médecin, d'un centre de santé, d'urgences ou
    d'une pharmacie.
    """
    return within(minutes, NEAR_MIN)


@layer(
    label="Habitants à 10 minutes d'un lieu d'information",
    unit="resident",
    kind="extensive",
    sources=(BPE, OSM_PLACES, "mednum", STREETS, "osm"),
    carried=Walk(place="information_place", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_information(minutes: Floats) -> Floats:
    """Habitants à 10 minutes à pied ou moins d'un lieu d'information et d'aide."""
    return within(minutes, NEAR_MIN)


@layer(
    label="Habitants à 300 m d'un espace vert d'un demi-hectare",
    unit="resident",
    kind="extensive",
    sources=(OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="green_space", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_green_space(minutes: Floats) -> Floats:
    """Habitants à 300 m ou moins, par les rues, d'un espace vert d'au moins 0,5 ha."""
    return within(minutes, GREEN_SPACE_M / (WALKING_KM_H * 1000 / 60))


@layer(
    label="Habitants à 5 minutes d'un arrêt de transport en commun",
    unit="resident",
    kind="extensive",
    sources=(GTFS, OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="transport_stop", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_transport_stop(minutes: Floats) -> Floats:
    """Habitants à 5 minutes à pied ou moins d'un arrêt desservi."""
    return within(minutes, VERY_NEAR_MIN)


@layer(
    label="Habitants à 10 minutes d'un commerce alimentaire",
    unit="resident",
    kind="extensive",
    sources=(BPE, STREETS, "osm"),
    carried=Walk(place="food_shop", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def residents_near_food_shop(minutes: Floats) -> Floats:
    """Habitants à 10 minutes à pied ou moins d'un commerce alimentaire."""
    return within(minutes, NEAR_MIN)


@layer(
    label="Temps de marche vers un lieu frais",
    unit="minute",
    kind="field",
    sources=(OSM_PLACES, STREETS, "osm"),
    carried=Walk(place="cool_indoor_place", whose="residents", speed_km_h=WALKING_KM_H),
    error=PACE,
)
def walk_to_cool_indoor(minutes: Floats) -> Floats:
    """Minutes de marche, par les rues, vers le lieu intérieur frais ouvert en août le plus proche :
    la moitié des habitants en est plus près.
    """
    return minutes
