"""Housing, energy, living alone, work and associations: what makes a hot or cold spell worse."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator
from labo.indicators.sensitivity import ratio

Floats = npt.NDArray[np.float64]

AGGLOMERATION = "habitants de l'agglomération"
PER = 1_000.0


@indicator(
    label="Part des logements suroccupés",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("heat", "energy"),
    reference=AGGLOMERATION,
    reading="Ici, il manque au moins une pièce dans {value} des logements.",
)
def overcrowding_share(overcrowded_residences: Floats, rated_residences: Floats) -> Floats:
    """Part des résidences principales, hors studios d'une personne, où il manque au moins une pièce
    au ménage selon la norme de l'Insee en 2021 : on ne peut pas s'y écarter de la chaleur. Le
    recensement interroge 40 % des logements sur cinq ans : le chiffre est une estimation. À partir
    de 2022 l'Insee emploie une autre norme, qui donne des parts presque deux fois plus grandes : ne
    pas y lire une hausse.
    """
    return ratio(overcrowded_residences, rated_residences)


@indicator(
    label="Part des ménages sans voiture",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference=AGGLOMERATION,
    reading="Ici, {value} des ménages n'ont pas de voiture.",
)
def no_car_share(residences_without_car: Floats, main_residences: Floats) -> Floats:
    """Part des ménages qui ne disposent d'aucune voiture : s'éloigner de la chaleur, de l'eau ou
    rejoindre un lieu frais dépend alors de la marche et des transports publics. Ne pas avoir de
    voiture peut aussi être un choix ; ce chiffre ne les distingue pas.
    """
    return ratio(residences_without_car, main_residences)


@indicator(
    label="Part des 80 ans ou plus qui vivent seuls",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference=AGGLOMERATION,
    reading="Ici, {value} des habitants de 80 ans ou plus vivent seuls.",
)
def aged_80_plus_alone_share(aged_80_plus_alone: Floats, census_aged_80_plus: Floats) -> Floats:
    """Part des habitants de 80 ans ou plus qui vivent seuls dans leur logement, parmi tous ceux de
    cet âge, maisons de retraite comprises. Un quartier n'en compte souvent que quelques dizaines,
    et le recensement n'en interroge que 40 % : l'intervalle est large. Vivre seul n'est pas être
    isolé.
    """
    return ratio(aged_80_plus_alone, census_aged_80_plus)


@indicator(
    label="Part des 55 ans ou plus qui vivent seuls",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference=AGGLOMERATION,
    reading="Ici, {value} des habitants de 55 ans ou plus vivent seuls.",
)
def aged_55_plus_alone_share(aged_55_plus_alone: Floats, census_aged_55_plus: Floats) -> Floats:
    """Part des habitants de 55 ans ou plus qui vivent seuls dans leur logement, parmi tous ceux de
    cet âge. À l'IRIS, l'Insee ne publie que les classes 55-79 ans et 80 ans ou plus : la part des
    65 ans ou plus n'y est pas. Plus sûr que celle des 80 ans ou plus, parce qu'ils sont plus
    nombreux.
    """
    return ratio(aged_55_plus_alone, census_aged_55_plus)


@indicator(
    label="Part des actifs aux métiers exposés à la chaleur",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("heat",),
    reference=AGGLOMERATION,
    reading="Ici, {value} des habitants qui travaillent sont ouvriers ou agriculteurs.",
)
def heat_exposed_jobs_share(farmers_and_workers: Floats, employed_15_64: Floats) -> Floats:
    """Part des agriculteurs exploitants et des ouvriers parmi les habitants de 15 à 64 ans qui ont
    un emploi. C'est une approximation : à l'IRIS, l'Insee publie la catégorie sociale et non le
    métier ni le secteur. Les ouvriers du bâtiment y sont, comme ceux d'un entrepôt climatisé ; les
    agents d'entretien et les livreurs à leur compte n'y sont pas.
    """
    return ratio(farmers_and_workers, employed_15_64)


@indicator(
    label="Part des logements F ou G, d'après les DPE",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("heat", "energy"),
    reference=AGGLOMERATION,
    reading="Ici, d'après les diagnostics déposés, {value} des logements sont classés F ou G.",
)
def dpe_f_g_share(diagnosed_dwellings_f_g: Floats, diagnosed_dwellings: Floats) -> Floats:
    """Part des étiquettes F et G parmi les logements diagnostiqués depuis juillet 2021, le dernier
    DPE de chacun. Tous les logements n'en ont pas : ceux qui sont vendus, loués ou gérés par un
    bailleur social en ont plus souvent. Ce n'est donc pas un échantillon tiré au hasard : à lire
    avec la part des logements diagnostiqués.
    """
    return ratio(diagnosed_dwellings_f_g, diagnosed_dwellings)


@indicator(
    label="Part des logements au confort d'été insuffisant, d'après les DPE",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("heat",),
    reference=AGGLOMERATION,
    reading=(
        "Ici, d'après les diagnostics déposés, {value} des logements protègent mal de la chaleur."
    ),
)
def poor_summer_comfort_share(
    diagnosed_dwellings_poor_summer_comfort: Floats, diagnosed_dwellings_of_known_comfort: Floats
) -> Floats:
    """Part des logements dont le DPE juge le confort d'été insuffisant, parmi ceux dont le DPE le
    dit. L'indicateur regarde la toiture, les protections solaires, l'inertie, les brasseurs d'air
    et si le logement traverse l'immeuble ; il ignore le quartier, l'étage et la nuit. Les logements
    diagnostiqués ne sont pas tirés au hasard.
    """
    return ratio(diagnosed_dwellings_poor_summer_comfort, diagnosed_dwellings_of_known_comfort)


@indicator(
    label="Part des logements qui ont un DPE",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("energy",),
    reference=AGGLOMERATION,
    reading="Ici, les logements diagnostiqués font {value} des résidences principales.",
)
def dpe_coverage(diagnosed_dwellings: Floats, main_residences: Floats) -> Floats:
    """Logements diagnostiqués rapportés aux résidences principales du recensement. Il dit sur quoi
    reposent les parts tirées des DPE : sous 30 %, elles valent peu. Les logements vacants ont aussi
    des DPE : la part peut dépasser 100 %. Ce n'est pas une fragilité en soi : ne pas lui donner de
    poids dans un indice.
    """
    return ratio(diagnosed_dwellings, main_residences)


@indicator(
    label="Part des ménages en précarité énergétique (logement)",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("energy", "heat"),
    reference=AGGLOMERATION,
    reading="Ici, selon un modèle, l'énergie du logement pèse trop pour {value} des ménages.",
)
def energy_poverty_share(energy_poor_households: Floats, onpe_households: Floats) -> Floats:
    """Part des ménages des trois premiers déciles de niveau de vie qui consacrent plus de 8 % de
    leur revenu à l'énergie du logement (TEE 3D), selon GEODIP. C'est un modèle, pas une mesure :
    les ménages qui se privent de chauffage dépensent peu et n'y sont pas. Il lisse les écarts entre
    les IRIS d'une même commune.
    """
    return ratio(energy_poor_households, onpe_households)


@indicator(
    label="Part des ménages en précarité énergétique (mobilité)",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("energy",),
    reference=AGGLOMERATION,
    reading="Ici, selon un modèle, le carburant pèse trop pour {value} des ménages.",
)
def fuel_poverty_share(fuel_poor_households: Floats, onpe_households: Floats) -> Floats:
    """Part des ménages des trois premiers déciles de niveau de vie qui consacrent plus de 4,5 % de
    leur revenu au carburant des trajets quotidiens, selon GEODIP : un modèle, pas une mesure. Un
    ménage qui renonce à se déplacer n'y est pas.
    """
    return ratio(fuel_poor_households, onpe_households)


@indicator(
    label="Associations pour 1 000 habitants",
    unit="1 / kiloresident",
    component="adaptive_capacity",
    direction=-1,
    hazards=("all",),
    reference=AGGLOMERATION,
    reading="Ici, on compte {value} associations enregistrées pour 1 000 habitants.",
)
def associations_per_1000(associations: Floats, census_population: Floats) -> Floats:
    """Associations enregistrées au répertoire national dont le siège est ici, pour 1 000 habitants
    recensés. Enregistrée ne veut pas dire active, et le siège n'est pas toujours là où l'on agit :
    un immeuble d'associations en réunit des dizaines. À contredire par ce que les habitants savent.
    """
    return PER * ratio(associations, census_population)
