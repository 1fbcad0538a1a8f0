"""Layers brought to the zones of a territory: what is missing or secret is empty and says why."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse

from labo import secrecy, transfer
from labo.areas import Areas
from labo.catalogue import LAYERS
from labo.layer import Layer
from labo.mirror import Mirror
from labo.source import SourceFile
from labo.territory import Territory
from labo.transfer import CAUSES, Cause
from labo.way import Crosswalk, Official
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

# A zone rests on a source area when at least this share of its residents is in the zone.
CONTRIBUTING_SHARE = 0.001
# Files of the census by IRIS.
CENSUS = (
    "insee_rp_iris",
    "insee_rp_iris_logement",
    "insee_rp_iris_couples",
    "insee_rp_iris_activite",
)
# INSEE surveys a sample of the dwellings in communes of so many residents; the others, all.
SAMPLED_COMMUNE = 10_000
# The stated error of a layer that was surveyed is that of so many.
SURVEYED_COUNT = 100.0
# Below this share of its inputs an aggregate is empty: the rest might be anything.
AVAILABILITY_FLOOR = 0.999
# Standard deviation (residents) of the secrecy keys in INSEE's figures for the QPVs of 2024.
# INSEE has not published it: to check.
QPV_2024_PERTURBATION = 5.0
# Beyond this gap between an estimate and the official total, something is wrong somewhere.
RAKING_ALERT = 0.15
# The contours of which IRIS counts are carried; Filosofi's cells are their own.
GRID, IRIS = "insee_filosofi_200m", "ign_iris_2021"
HIDDEN = "moins de 11 ménages : secret statistique"
HIDDEN_BY_DIFFERENCE = "secret statistique : sa différence avec une autre zone serait trop petite"


def layers_of(dataset: str) -> list[Layer]:
    """Return the layers that the crosswalk carries from the cells or IRIS of a dataset.

    Those of one geography go together: `dataset` is any of the datasets that they read.
    """
    return [x for x in LAYERS if dataset in x.sources and isinstance(x.carried, Crosswalk)]


def in_order(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers so that each comes after the one that it is counted among."""
    done: list[Layer] = []
    left = list(layers)
    while left:
        ready = [x for x in left if x.among is None or x.among in {y.id for y in done}]
        if not ready:
            raise TypeError(f"layers counted among one another: {', '.join(x.id for x in left)}")
        done += ready
        left = [x for x in left if x not in ready]
    return done


def carried(dataset: str, areas: Areas | str, seed: int, draws: int) -> dict[str, transfer.Carried]:
    """Share out the layers of a dataset over the zones."""
    if isinstance(areas, str):
        return {}
    layers = in_order([x for x in layers_of(dataset) if x.sources[0] in areas.files])
    totals = {x.id: np.asarray(x.formula(areas.table), dtype=np.float64) for x in layers}
    return transfer.carry(layers, totals, areas.grain, seed=seed, draws=draws)


def to_zones(
    dataset: str,
    areas: Areas | str,
    place: Territory,
    carried: Mapping[str, transfer.Carried],
    seed: int,
) -> dict[str, ZoneLayer]:
    """Empty what the file does not cover, and say why it is empty."""
    layers = layers_of(dataset)
    zones = len(place.zones)
    if isinstance(areas, str):
        return {x.id: empty(zones, areas) for x in layers}
    support = _support(areas, carried)
    outside = areas.available < AVAILABILITY_FLOOR
    surveyed = {x.id for x in layers if x.error is not None}
    result: dict[str, ZoneLayer] = {}
    for x in in_order(layers):
        file = areas.files.get(x.sources[0])
        if file is None:
            result[x.id] = empty(zones, f"aucun fichier {x.sources[0]}")
            continue
        found = carried[x.id]
        if not found.draws:
            result[x.id] = empty(zones, f"variable absente de cet extrait de {file.source.id}")
            continue
        draws = _surveyed(x, found, areas, seed)
        whole = result[x.among].draws if x.bounded and x.among in result else {}
        if whole and x.among is not None and surveyed & {x.id, x.among}:
            # Both were surveyed: what is counted among others is never more than they are.
            draws = {c: np.fmin(d, whole[c]) for c, d in draws.items()}
        reasons = np.where(outside, f"hors de l'emprise de {file.source.id}", "").astype(object)
        result[x.id] = ZoneLayer(
            np.where(outside, np.nan, found.central),
            {c: np.where(outside[:, None], np.nan, d) for c, d in draws.items()},
            reasons,
            np.where(outside, np.nan, found.imputed),
            support,
        )
    return result


def _surveyed(
    layer: Layer, found: transfer.Carried, areas: Areas, seed: int
) -> Mapping[Cause, Floats]:
    """Add to a layer's draws that it was counted on a sample: communes below the threshold are not.

    A source area's count errs as the square root of the count; what a zone holds of it errs with
    it, and one area errs without regard to the next.
    """
    error = layer.error
    if error is None:
        return found.draws
    atoms = areas.grain.atoms
    owner = scipy.sparse.csr_matrix(
        (found.on_atoms, (np.arange(len(atoms.source)), atoms.source)),
        shape=(len(atoms.source), len(areas.table)),
    )
    held = (areas.inside @ owner).toarray()
    whole: Floats = np.bincount(atoms.source, found.on_atoms, len(areas.table)).astype(float)
    per_count: Floats
    if layer.sources[0] in CENSUS:
        per_count = SURVEYED_COUNT * error.central**2 * _is_sampled(areas)
    else:
        # What a model foretells errs as a whole, however many there are.
        per_count = error.central**2 * whole
    variance = np.divide(held**2, whole, out=np.zeros_like(held), where=whole > 0) @ per_count
    rng = np.random.default_rng([seed, 6, zlib.crc32(layer.id.encode())])
    noise = np.sqrt(variance)[:, None] * rng.standard_normal(found.draws["all"].shape)
    return {
        c: np.maximum(d + noise, 0.0) if c in ("all", "measurement") else d
        for c, d in found.draws.items()
    }


def _is_sampled(areas: Areas) -> Floats:
    """Return 0 for the source areas of communes where the census counts everyone, else 1."""
    table = areas.table
    if not {"commune", "census_population"} <= set(table):
        return np.ones(len(table))
    residents = table.groupby("commune")["census_population"].transform("sum")
    return (residents.to_numpy() >= SAMPLED_COMMUNE).astype(np.float64)


def _support(areas: Areas, carried: Mapping[str, transfer.Carried]) -> Support:
    """Say what values rest on; imputed is a share of residents, or else of the first layer."""
    zones = len(areas.available)
    atoms = areas.grain.atoms
    held = areas.inside @ atoms.plain_share
    surface = areas.inside @ (atoms.plain_share * atoms.by_area[atoms.source])
    resting = areas.inside @ (atoms.plain_share > CONTRIBUTING_SHARE).astype(float)
    share = np.divide(surface, held, out=np.zeros(zones), where=held > 0)
    method = np.where(share > 0.99, "surface", np.where(share > 0.01, "mixed", "dwellings"))
    people = carried.get("population") or next(iter(carried.values()))
    imputed = np.divide(
        people.imputed, people.central, out=np.full(zones, np.nan), where=people.central > 0
    )
    return Support(method.astype(object), imputed, resting.astype(np.int64), areas.available)


def official(
    mirror: Mirror, place: Territory, files: list[SourceFile], seed: int, draws: int
) -> dict[str, ZoneLayer]:
    """Bring the producer's own figures to the QPVs of the matching generation."""
    zones = place.zones
    dataset = f"insee_qpv_{place.generation}"
    layers = [x for x in LAYERS if isinstance(x.carried, Official)]
    file = mirror.newest(dataset)
    if file is None:
        reason = f"aucun fichier de statistiques officielles pour la génération {place.generation}"
        return {x.id: empty(len(zones), reason) for x in layers}
    files.append(file)
    table = file.table().set_index("code")
    is_qpv = (zones["kind"] == "qpv").to_numpy()
    deviation = QPV_2024_PERTURBATION if place.generation == "2024" else 0.0
    rng = np.random.default_rng([seed, 1])
    result: dict[str, ZoneLayer] = {}
    for x in layers:
        given = x.formula(table).reindex(zones["zone"]).to_numpy(dtype=float)
        central = np.where(is_qpv, given, np.nan)
        keys = rng.normal(0.0, deviation, (len(zones), draws)) if x.unit == "resident" else 0.0
        noisy = np.maximum(central[:, None] + np.broadcast_to(keys, (len(zones), draws)), 0.0)
        still = np.broadcast_to(central[:, None], noisy.shape)
        unsaid = np.where(is_qpv, "non publié par l'Insee pour ce quartier", "publié pour les QPV")
        result[x.id] = ZoneLayer(
            central,
            {c: noisy if c in ("all", "measurement") else still for c in CAUSES},
            np.where(np.isnan(central), unsaid, "").astype(object),
            np.zeros(len(zones)),
            Support(
                np.full(len(zones), "official", dtype=object),
                np.zeros(len(zones)),
                np.zeros(len(zones), dtype=np.int64),
                (~np.isnan(central)).astype(float),
            ),
        )
    return result


def kept_secret(layers: Mapping[str, ZoneLayer], place: Territory) -> dict[str, ZoneLayer]:
    """Empty everything about zones where fewer than 11 households live.

    What subtraction would tell is hidden as well: a drawn perimeter before an official zone, since
    the official one is what everyone else publishes, and else the smallest zone of the sum.
    """
    households, population = layers["households"].central, layers["population"].central
    small = secrecy.hidden(households, population)
    secret = hidden_by_difference(place, small, households, population)
    reason = np.where(small, HIDDEN, np.where(secret, HIDDEN_BY_DIFFERENCE, "")).astype(object)
    return {
        name: ZoneLayer(
            np.where(secret, np.nan, x.central),
            {c: np.where(secret[:, None], np.nan, d) for c, d in x.draws.items()},
            np.where(secret, reason, x.reason).astype(object),
            np.where(secret, np.nan, x.imputed),
            x.support,
        )
        for name, x in layers.items()
    }


def hidden_by_difference(
    place: Territory,
    secret: Bools,
    households: Floats,
    population: Floats,
    fewest: float = secrecy.MIN_HOUSEHOLDS,
) -> Bools:
    """Return the zones to hide, those of `secret` and as many more as no subtraction tells of few.

    Args:
        place: whose zones.
        secret: zones that publish nothing, (zones,).
        households: counts that are published otherwise, (zones,), NaN where there is none.
        population: the same of residents.
        fewest: households that there must be at least.
    """
    zones = place.zones
    names = zones["zone"].to_numpy()
    drawn = (zones["kind"] == "perimeter").to_numpy()
    size = np.where(np.isnan(population), households, population)
    secret = secret.copy()
    while not secret.all():
        seen = secrecy.Published(
            list(names[~secret]),
            zones.geometry.to_numpy()[~secret],
            households[~secret],
            population[~secret],
            fewest,
        )
        found = secrecy.leaks(seen, seen)
        if not found:
            break
        for leak in found:
            told = np.isin(names, [*leak.members, leak.outer, *leak.added]) & ~secret
            if not told.any():
                continue  # other leaks have had all of its zones hidden already
            first = np.flatnonzero(told & drawn) if (told & drawn).any() else np.flatnonzero(told)
            secret[first[np.argmin(size[first])]] = True
    return secret


def raked(
    layers: Mapping[str, ZoneLayer], place: Territory, rake: bool
) -> tuple[dict[str, ZoneLayer], dict[str, float]]:
    """Compare the census estimate of each QPV with its official population, and fit it if asked.

    Both count all residents; the fiscal households of Filosofi are another concept and stay as they
    are.

    Returns:
        the layers, and official / estimate by QPV.
    """
    estimate, official = layers["census_population"].central, layers["municipal_population"].central
    factor = np.divide(official, estimate, out=np.full(len(estimate), np.nan), where=estimate > 0)
    known = ~np.isnan(factor)
    zones = place.zones["zone"].to_numpy()
    raking = {str(zone): float(f) for zone, f in zip(zones[known], factor[known], strict=True)}
    if not rake:
        return dict(layers), raking
    times = np.where(known, factor, 1.0)
    fitted = dict(layers)
    for x in layers_of(IRIS):
        old = layers[x.id]
        draws = {c: d * times[:, None] for c, d in old.draws.items()}
        fitted[x.id] = replace(
            old, central=old.central * times, draws=draws, imputed=old.imputed * times
        )
    return fitted, raking


def raking_alerts(raking: Mapping[str, float]) -> list[str]:
    """Return the QPVs whose estimate is too far from the official population to be believed."""
    return [zone for zone, factor in raking.items() if abs(factor - 1) > RAKING_ALERT]
