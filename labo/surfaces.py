"""What a site is made of: surfaces by the square metre, trees by their age, with coefficients.

Coefficients are those of ADEME and TRIBU (« Plus fraîche ma ville »), read in their public code.
They publish no range: ours says how far a coefficient may be from the truth of one place, and is
still to be checked. A coefficient compares surfaces; none is a temperature.
"""

from dataclasses import dataclass
from typing import Any

from labo.declared import Declared
from labo.estimate import Estimate
from labo.runoff import GRASS_CN, SEALED_CN

ADEME_TRIBU = (
    "ADEME et TRIBU, Plus fraîche ma ville, https://github.com/incubateur-ademe/"
    "plusfraichemaville-site/blob/7aa6f5b20cab1e5901ab18bf983e99a6951cb102/src/helpers/"
    "indicateurs-environnementaux/indi-en-questions.ts (valeur centrale lue) ; fourchette : la "
    "nôtre"
)
GROUPS = {
    "planted": "sol planté",
    "hard": "sol dur",
    "water": "eau",
    "shade": "ombre au-dessus du sol",
    "roof": "toit",
}
# A coefficient may be wrong by a quarter of itself, and by no less than a twentieth of the scale.
SPREAD, LEAST_SPREAD = 0.25, 0.05
TREE_SPREAD = 0.4
# Curve numbers of TR-55, soil groups A to D: brush in fair state, gravel.
BRUSH_CN = (35.0, 56.0, 70.0, 77.0)
GRAVEL_CN = (76.0, 85.0, 89.0, 91.0)
# Roofs and slabs hold what their soil holds, whatever lies below: to be checked, no soil group.
THIN_ROOF_CN, THICK_ROOF_CN, SLAB_CN = 88.0, 80.0, 82.0
SEALED = (SEALED_CN,) * 4


@dataclass(frozen=True, kw_only=True)
class Surface:
    """A kind of surface.

    `covers` says whether it is ground or roof seen from above; shade hangs over other surfaces and
    has no ground of its own. `curve_numbers` are by soil group, none where nothing is shed.
    `made_by` is the measure that makes it, where the catalogue has one counted in m².
    """

    id: str
    label: str
    group: str
    cooling: Estimate
    permeability: Estimate
    biodiversity: Estimate
    canopy: Estimate
    covers: bool
    curve_numbers: tuple[float, float, float, float] | None
    made_by: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"id": self.id, "label": self.label, "group": self.group}


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A tree of some age: coefficients are m² of a perfect surface per tree."""

    id: str
    label: str
    cooling: Estimate
    permeability: Estimate
    biodiversity: Estimate
    canopy: Estimate
    made_by: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"id": self.id, "label": self.label}


SURFACES: Declared[Surface] = Declared("surface")
TREES: Declared[Tree] = Declared("tree")


def _share(central: float, name: str) -> Estimate:
    spread = max(LEAST_SPREAD, SPREAD * central)
    return Estimate(
        central=central,
        low=max(0.0, central - spread),
        high=min(1.0, central + spread),
        unit="1",
        reference=ADEME_TRIBU,
        grade="to_check",
        scope=f"coefficient de {name}, par m²",
    )


def _each(central: float, name: str) -> Estimate:
    return Estimate(
        central=central,
        low=central * (1 - TREE_SPREAD),
        high=central * (1 + TREE_SPREAD),
        unit="m**2 / tree",
        reference=ADEME_TRIBU,
        grade="to_check",
        scope=f"{name}, par arbre",
    )


def _exactly(central: float) -> Estimate:
    return Estimate(
        central=central,
        low=central,
        high=central,
        unit="1",
        reference=ADEME_TRIBU,
        grade="to_check",
        scope="part de la surface qui fait de l'ombre d'en haut",
    )


def _surface(
    id: str,
    label: str,
    group: str,
    *,
    cooling: float,
    biodiversity: float,
    permeability: float,
    curve_numbers: tuple[float, float, float, float] | None,
    made_by: str | None,
) -> None:
    shade = group == "shade"
    SURFACES.add(
        Surface(
            id=id,
            label=label,
            group=group,
            cooling=_share(cooling, "rafraîchissement"),
            permeability=_share(permeability, "perméabilité"),
            biodiversity=_share(biodiversity, "biodiversité"),
            canopy=_exactly(1.0 if shade else 0.0),
            covers=not shade,
            curve_numbers=curve_numbers,
            made_by=made_by,
        )
    )


_surface(
    "grass", "Herbe, prairie en pleine terre", "planted",
    cooling=0.5, biodiversity=0.6, permeability=1.0,
    curve_numbers=GRASS_CN, made_by="grass_meadow",
)  # fmt: skip
_surface(
    "shrubs", "Buissons, massifs en pleine terre", "planted",
    cooling=0.7, biodiversity=1.0, permeability=1.0,
    curve_numbers=BRUSH_CN, made_by="micro_forest",
)  # fmt: skip
_surface(
    "planted_slab", "Plantes sur dalle (plus de 20 cm de terre)", "planted",
    cooling=0.4, biodiversity=0.6, permeability=0.6,
    curve_numbers=(SLAB_CN,) * 4, made_by=None,
)  # fmt: skip
_surface(
    "grass_joints", "Pavés à joints enherbés", "hard",
    cooling=0.25, biodiversity=0.3, permeability=0.3,
    curve_numbers=GRAVEL_CN, made_by="permeable_paving",
)  # fmt: skip
_surface(
    "wood_chips", "Copeaux de bois, revêtement biosourcé", "hard",
    cooling=0.2, biodiversity=0.1, permeability=0.3,
    curve_numbers=GRAVEL_CN, made_by=None,
)  # fmt: skip
_surface(
    "light_concrete", "Béton clair, stabilisé, pierre", "hard",
    cooling=0.15, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "light_asphalt", "Enrobé clair, sol souple", "hard",
    cooling=0.1, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by="light_paving",
)  # fmt: skip
_surface(
    "asphalt", "Enrobé sombre, bitume", "hard",
    cooling=0.0, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "planted_pond", "Bassin planté", "water",
    cooling=0.8, biodiversity=1.0, permeability=0.5, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "mineral_pond", "Bassin sans plantes", "water",
    cooling=0.8, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "fountain", "Jets d'eau, brumisation", "water",
    cooling=1.0, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "planted_shade", "Pergola plantée", "shade",
    cooling=0.7, biodiversity=0.2, permeability=0.1,
    curve_numbers=None, made_by="planted_pergola",
)  # fmt: skip
_surface(
    "shade_sail", "Voile ou ombrière", "shade",
    cooling=0.5, biodiversity=0.0, permeability=0.0,
    curve_numbers=None, made_by="shade_structures",
)  # fmt: skip
_surface(
    "tiled_roof", "Toit en tuiles", "roof",
    cooling=0.1, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "light_roof", "Toit clair", "roof",
    cooling=0.3, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by="cool_roof",
)  # fmt: skip
_surface(
    "dark_roof", "Toit sombre", "roof",
    cooling=0.0, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip
_surface(
    "thin_green_roof", "Toit végétalisé mince (moins de 10 cm)", "roof",
    cooling=0.2, biodiversity=0.3, permeability=0.2,
    curve_numbers=(THIN_ROOF_CN,) * 4, made_by="green_roof",
)  # fmt: skip
_surface(
    "thick_green_roof", "Toit végétalisé épais (plus de 10 cm)", "roof",
    cooling=0.3, biodiversity=0.3, permeability=0.4,
    curve_numbers=(THICK_ROOF_CN,) * 4, made_by="green_roof",
)  # fmt: skip
_surface(
    "solar_roof", "Toit avec panneaux solaires", "roof",
    cooling=0.2, biodiversity=0.0, permeability=0.0, curve_numbers=SEALED, made_by=None,
)  # fmt: skip

for _id, _label, _cooling, _biodiversity, _canopy, _made_by in (
    ("young", "Arbre de moins de 20 ans", 8.0, 5.0, 8.0, "plant_trees"),
    ("grown", "Arbre de 20 à 50 ans", 30.0, 20.0, 30.0, None),
    ("old", "Arbre de plus de 50 ans", 90.0, 70.0, 90.0, None),
):
    TREES.add(
        Tree(
            id=_id,
            label=_label,
            cooling=_each(_cooling, "rafraîchissement"),
            permeability=_each(1.0, "perméabilité"),
            biodiversity=_each(_biodiversity, "biodiversité"),
            canopy=_each(_canopy, "couronne"),
            made_by=_made_by,
        )
    )
SURFACES.freeze()
TREES.freeze()
