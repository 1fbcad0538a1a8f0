"""What helps a neighbourhood to cope: trees, open soil, vegetation, nature, gardens."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator
from labo.indicators.sensitivity import ratio

Floats = npt.NDArray[np.float64]


@indicator(
    label="Part de canopée",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat", "air", "nature"),
    reference="sol de l'agglomération",
    reading="Ici, {value} du sol est sous des arbres.",
)
def canopy_share(canopy_ground: Floats, zone_ground: Floats) -> Floats:
    """Part du sol couverte par des couronnes d'arbres. Le satellite voit mal les arbres isolés et
    les jeunes plantations ; il ne dit ni leur santé, ni si l'on peut s'asseoir à leur ombre.
    """
    return np.minimum(ratio(canopy_ground, zone_ground), 1.0)


@indicator(
    label="Canopée par habitant",
    unit="m**2 / resident",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat", "air", "nature"),
    reference="habitants de l'agglomération",
    reading="Ici, il y a {value} de couronnes d'arbres par habitant.",
)
def canopy_per_resident(canopy_ground: Floats, population: Floats) -> Floats:
    """Surface sous les arbres du quartier, par habitant des ménages fiscaux. Un quartier étendu et
    peu peuplé en a beaucoup sans que ses rues soient à l'ombre : à lire avec la part de canopée.
    """
    return ratio(canopy_ground, population)


@indicator(
    label="Part de végétation arborée (IGN)",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat", "nature"),
    reference="sol de l'agglomération",
    reading="Ici, {value} du sol est en bois, haies ou vergers.",
)
def vegetation_share(vegetation_ground: Floats, zone_ground: Floats) -> Floats:
    """Part du sol en bois, forêts, haies, vergers, vignes ou landes dessinés par l'IGN. Les
    pelouses, les arbres d'alignement et les petits bosquets n'y sont pas : peu de végétation
    dessinée ne veut pas dire un quartier sans vert.
    """
    return np.minimum(ratio(vegetation_ground, zone_ground), 1.0)


@indicator(
    label="Part de sol ouvert (pleine terre possible)",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat", "flood", "drought", "nature"),
    reference="sol de l'agglomération",
    reading="Ici, {value} du sol n'est ni bâti ni revêtu.",
)
def open_soil_share(impervious_ground: Floats, zone_ground: Floats) -> Floats:
    """Part du sol ni bâtie ni revêtue, où l'eau peut s'infiltrer et un sol vivre. C'est le plus que
    la pleine terre puisse être : une pelouse sur dalle, un sol tassé ou pollué y sont comptés ;
    l'eau libre aussi.
    """
    return np.clip(1.0 - ratio(impervious_ground, zone_ground), 0.0, 1.0)


@indicator(
    label="Part de trame verte et bleue",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("nature",),
    reference="sol de l'agglomération",
    reading="Ici, {value} du sol est dans un corridor ou un réservoir de nature.",
)
def corridor_share(corridor_ground: Floats, zone_ground: Floats) -> Floats:
    """Part du sol dans un corridor ou un réservoir de la trame verte et bleue régionale. La carte
    est dessinée au 1/100 000 : elle dit une intention, et ne montre ni la petite nature du
    quartier, ni les obstacles.
    """
    return np.minimum(ratio(corridor_ground, zone_ground), 1.0)


@indicator(
    label="Espèces observées à effort égal",
    unit="1 / km**2",
    component="adaptive_capacity",
    direction=-1,
    hazards=("nature",),
    reference="habitants de l'agglomération",
    reading="Ici, 100 observations feraient voir {value}, dans la maille de 1 km où l'on habite.",
)
def species_richness(species_richness: Floats) -> Floats:
    """Nombre d'espèces attendues pour 100 observations dans la maille de 1 km où l'on habite : on
    corrige ainsi le fait que certaines mailles sont bien plus visitées que d'autres. Les espèces
    que l'on aime noter (oiseaux, fleurs) restent plus présentes que les autres ; une espèce vue
    n'est pas une espèce qui se porte bien.
    """
    return species_richness


@indicator(
    label="Jardins partagés par habitant",
    unit="m**2 / resident",
    component="adaptive_capacity",
    direction=-1,
    hazards=("nature",),
    reference="habitants de l'agglomération",
    reading="Ici, il y a {value} de jardins partagés par habitant.",
)
def shared_garden_per_resident(shared_garden_area: Floats, population: Floats) -> Floats:
    """Surface des jardins partagés et familiaux du quartier, par habitant des ménages fiscaux. Les
    listes des collectivités sont inégales : zéro peut vouloir dire « non recensé ». Un jardin situé
    juste de l'autre côté de la rue n'est pas compté.
    """
    return ratio(shared_garden_area, population)
