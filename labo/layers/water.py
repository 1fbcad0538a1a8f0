"""Water and drought: who lives where it floods or where clay moves, and what communes went through.

People are counted where they live, never by the surface that is exposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labo.estimate import Estimate
from labo.layer import layer
from labo.way import AtHomes, OfCommune

if TYPE_CHECKING:
    import pandas as pd

    Floats = npt.NDArray[np.float64]

TRI = "georisques_tri"
PPRI = "georisques_ppri"
CLAY = "georisques_rga"
CATNAT = "catnat"
RESTRICTIONS = "water_restrictions_communes"
RIVERS = "eaufrance_etat_rivieres"
BATHING = "sante_baignade"

INLAND = ("river", "runoff")
SEA = ("sea",)
# Each event floods what a more frequent one does.
MEDIUM = ("frequent", "medium")
CLIMATE = (*MEDIUM, "medium_climate")
EXTREME = (*MEDIUM, "extreme")
CLAY_MEDIUM = 2
# The law on natural disasters is of 13 July 1982.
CATNAT_SINCE = 1982
ALERT = 1
"""Level of restriction, of 0 to 3, from which uses are restricted; vigilance (0) only informs."""
GOOD = 2
"""Class, of 1 (best) to 4 or 5, down to which water is good."""

FLOOD_ERROR = Estimate(
    central=0.08,
    low=0.03,
    high=0.2,
    unit="1",
    reference=(
        "Guide méthodologique PPR inondation (cartes au 1/25 000 ou 1/10 000) : les producteurs "
        "ne chiffrent pas l'erreur ; ordre de grandeur à vérifier sur une carte et un relevé"
    ),
    grade="to_check",
    scope="habitants ou logements d'un quartier dans l'emprise d'un scénario",
)
CLAY_ERROR = Estimate(
    central=0.08,
    low=0.03,
    high=0.2,
    unit="1",
    reference=(
        "BRGM, note d'accompagnement de la carte d'exposition (validité 1/50 000) : les "
        "producteurs ne chiffrent pas l'erreur ; ordre de grandeur à vérifier"
    ),
    grade="to_check",
    scope="maisons d'un quartier en exposition moyenne ou forte",
)


def _flooded(zones: pd.DataFrame, kinds: tuple[str, ...], scenarios: tuple[str, ...]) -> Floats:
    """Return 1 for the areas of these kinds and scenarios, 0 for the others."""
    chosen = zones["kind"].isin(kinds) & zones["scenario"].isin(scenarios)
    return np.asarray(chosen, dtype=np.float64)


@layer(
    label="Habitants en zone inondable (crue moyenne)",
    unit="resident",
    kind="extensive",
    sources=(TRI,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=FLOOD_ERROR,
)
def flood_residents(zones: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est dans l'emprise d'une crue fréquente ou moyenne (au
    moins centennale), par débordement de cours d'eau ou ruissellement. Hors du périmètre
    cartographié, rien n'est dit.
    """
    return _flooded(zones, INLAND, MEDIUM)


@layer(
    label="Logements en zone inondable (crue moyenne)",
    unit="household",
    kind="extensive",
    sources=(TRI,),
    carried=AtHomes(whose="households", elsewhere=0.0, reach_m=0),
    error=FLOOD_ERROR,
)
def flood_households(zones: pd.DataFrame) -> Floats:
    """Nombre de ménages, donc de logements occupés, dans l'emprise d'une crue fréquente ou moyenne.
    L'étage du logement n'est pas connu : un quatrième étage est compté, car ses habitants sont
    coupés de la rue et des réseaux.
    """
    return _flooded(zones, INLAND, MEDIUM)


@layer(
    label="Habitants en zone inondable (crue extrême)",
    unit="resident",
    kind="extensive",
    sources=(TRI,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=FLOOD_ERROR,
)
def flood_extreme_residents(zones: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est dans l'emprise d'une crue de faible probabilité (de
    l'ordre de mille ans) ou d'une crue plus fréquente.
    """
    return _flooded(zones, INLAND, EXTREME)


@layer(
    label="Habitants en zone d'aléa d'un plan de prévention (inondation)",
    unit="resident",
    kind="extensive",
    sources=(PPRI,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=FLOOD_ERROR,
)
def ppri_residents(zones: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est dans une zone d'aléa inondation ou submersion d'un
    plan de prévention des risques : crue de référence, au moins centennale.
    """
    return np.asarray(zones["kind"].isin((*INLAND, *SEA)), dtype=np.float64)


@layer(
    label="Habitants en zone de submersion marine (événement moyen)",
    unit="resident",
    kind="extensive",
    sources=(TRI,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=FLOOD_ERROR,
)
def submersion_residents(zones: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est dans l'emprise d'une submersion marine fréquente ou
    moyenne (au moins centennale), au niveau actuel de la mer.
    """
    return _flooded(zones, SEA, MEDIUM)


@layer(
    label="Habitants en zone de submersion marine (événement moyen, mer de 2100)",
    unit="resident",
    kind="extensive",
    sources=(TRI,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=FLOOD_ERROR,
)
def submersion_climate_residents(zones: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est dans l'emprise d'une submersion marine moyenne avec
    la mer qu'une élévation de 60 cm ferait à l'horizon 2100, ou d'une submersion plus fréquente.
    """
    return _flooded(zones, SEA, CLIMATE)


@layer(
    label="Ménages en maison individuelle",
    unit="household",
    kind="extensive",
    sources=(CLAY,),
    carried=AtHomes(whose="households in houses", elsewhere=1.0, reach_m=0),
    error=None,
)
def houses(zones: pd.DataFrame) -> Floats:
    """Nombre de ménages logés en maison individuelle, exposée ou non : ce à quoi les maisons
    exposées sont rapportées.
    """
    return np.ones(len(zones))


@layer(
    label="Maisons en exposition moyenne ou forte au retrait-gonflement des argiles",
    unit="household",
    kind="extensive",
    sources=(CLAY,),
    carried=AtHomes(whose="households in houses", elsewhere=0.0, reach_m=0),
    error=CLAY_ERROR,
)
def clay_houses(zones: pd.DataFrame) -> Floats:
    """Nombre de ménages en maison individuelle sur un sol d'exposition moyenne ou forte. Les
    immeubles collectifs, aux fondations plus profondes, ne sont guère touchés. Là où la carte ne
    dessine rien, le sol est tenu pour non exposé.
    """
    return np.asarray(zones["level"] >= CLAY_MEDIUM, dtype=np.float64)


def _orders_per_year(orders: pd.DataFrame, hazard: str) -> Floats:
    """Return what each order adds to the yearly number of orders on a hazard since 1982."""
    last = orders["published"].fillna(orders["begin"]).max()
    years = last.year - CATNAT_SINCE + 1 if len(orders) else 1
    since = orders["begin"].dt.year >= CATNAT_SINCE
    return np.asarray((orders["hazard"] == hazard) & since, dtype=np.float64) / years


@layer(
    label="Arrêtés de catastrophe naturelle par an, inondation",
    unit="1 / year",
    kind="field",
    sources=(CATNAT,),
    carried=OfCommune(rows="sum"),
    error=None,
)
def catnat_flood_orders(orders: pd.DataFrame) -> Floats:
    """Nombre moyen, par an depuis 1982, d'arrêtés qui ont reconnu la commune en état de
    catastrophe naturelle pour une inondation. Ils mesurent la reconnaissance, pas l'aléa : une
    commune qui ne demande rien n'en a pas, et l'arrêté de décembre 1999 compte presque partout.
    """
    return _orders_per_year(orders, "flood")


@layer(
    label="Arrêtés de catastrophe naturelle par an, sécheresse",
    unit="1 / year",
    kind="field",
    sources=(CATNAT,),
    carried=OfCommune(rows="sum"),
    error=None,
)
def catnat_drought_orders(orders: pd.DataFrame) -> Floats:
    """Nombre moyen, par an depuis 1982, d'arrêtés qui ont reconnu la commune en état de
    catastrophe naturelle pour les mouvements de sol dus à la sécheresse. Ils mesurent la
    reconnaissance, pas l'aléa.
    """
    return _orders_per_year(orders, "drought")


@layer(
    label="Jours de restriction d'eau par an",
    unit="day",
    kind="field",
    sources=(RESTRICTIONS,),
    carried=OfCommune(rows="sum"),
    error=None,
)
def water_restriction_days(orders: pd.DataFrame) -> Floats:
    """Nombre moyen de jours par an où l'usage de l'eau était restreint dans la commune, au niveau
    alerte ou plus. Un jour sous plusieurs arrêtés compte une fois. Les années vont du premier au
    dernier arrêté du fichier.
    """
    if orders.empty:
        return np.zeros(0)
    begin = orders["begin"].to_numpy("datetime64[D]")
    end = orders["end"].to_numpy("datetime64[D]")
    # An order in force has no end yet: it counts up to the last day that the file speaks of.
    last = max(begin.max(), end[~np.isnat(end)].max(initial=begin.max()))
    end = np.where(np.isnat(end), last, end)
    years = last.astype("datetime64[Y]").astype(int) - begin.min().astype("datetime64[Y]").astype(
        int
    )
    restricted = (orders["level"] >= ALERT).to_numpy()
    days = days_not_counted_yet(
        orders["commune"].to_numpy(dtype=str)[restricted],
        begin[restricted].astype(np.int64),
        end[restricted].astype(np.int64),
    )
    result = np.zeros(len(orders))
    result[restricted] = days / (years + 1)
    return result


def days_not_counted_yet(
    communes: npt.NDArray[np.str_], begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> Floats:
    """Return how many days each period adds to those of its commune that began before it.

    Args:
        communes: shape (periods,).
        begin: first day, as a number, same shape.
        end: last day, included.
    """
    if not len(begin):
        return np.zeros(0)
    _, number = np.unique(communes, return_inverse=True)
    order = np.lexsort((end, begin, number))
    # Communes one after another on a single line of days, so that one running maximum does.
    shift = (number * (end.max() - begin.min() + 2))[order]
    first, after = begin[order] + shift, end[order] + shift + 1
    reached = np.concatenate([[first[0]], np.maximum.accumulate(after)[:-1]])
    days = np.zeros(len(begin))
    days[order] = np.maximum(0, after - np.maximum(first, reached))
    return days


@layer(
    label="Part des cours d'eau en bon état écologique",
    unit="1",
    kind="field",
    sources=(RIVERS,),
    carried=OfCommune(rows="mean"),
    error=None,
)
def good_rivers(bodies: pd.DataFrame) -> Floats:
    """Part des masses d'eau de la commune en bon ou très bon état écologique (directive cadre sur
    l'eau), parmi celles dont l'état est connu.
    """
    return _good(bodies["state"].to_numpy(dtype=float))


@layer(
    label="Part des sites de baignade de bonne qualité",
    unit="1",
    kind="field",
    sources=(BATHING,),
    carried=OfCommune(rows="mean"),
    error=None,
)
def good_bathing(sites: pd.DataFrame) -> Floats:
    """Part des sites de baignade surveillés de la commune classés bons ou excellents (directive
    2006/7/CE), parmi les sites classés.
    """
    return _good(sites["class"].to_numpy(dtype=float))


def _good(classes: Floats) -> Floats:
    """Return 1 for the good classes, 0 for the others, NaN for what has no class."""
    return np.where(np.isnan(classes), np.nan, classes <= GOOD)
