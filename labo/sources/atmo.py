"""Associations of the ATMO federation: yearly mean concentrations, as fine images."""

from collections.abc import Callable

from labo.raster import Raster, read_raster
from labo.source import SOURCES, Bounds, Source, SourceFile

# Codes that the associations write where nothing was modelled, besides the file's own.
NODATA = (-9999.0, -999.0)
# (identifier, name, least and greatest yearly mean that a pixel may have, µg/m³)
POLLUTANTS = (
    ("pm25", "particules fines PM2,5", (0.0, 100.0)),
    ("no2", "dioxyde d'azote NO2", (0.0, 200.0)),
    ("o3", "ozone O3", (0.0, 200.0)),
)
VINTAGES = ("2024",)


def concentrations(
    valid: tuple[float, float],
) -> Callable[[SourceFile, Bounds | None], Raster]:
    """Return the reader of one pollutant's image: yearly mean, µg/m³, EPSG:2154, NaN for none.

    Raises (the reader):
        BadInput: another CRS, a value outside `valid`, or see `labo.raster.read_raster`.
    """

    def read(file: SourceFile, bounds: Bounds | None) -> Raster:
        return read_raster(file, bounds, band=1, valid=valid, nodata=NODATA)

    return read


for _pollutant, _name, _valid in POLLUTANTS:
    for _vintage in VINTAGES:
        SOURCES.add(
            Source(
                id=f"atmo_{_pollutant}_{_vintage}",
                dataset=f"atmo_{_pollutant}",
                label=f"Concentration moyenne annuelle modélisée, {_name}",
                producer="Association agréée de surveillance de la qualité de l'air (ATMO)",
                licence="ODbL 1.0",
                vintage=_vintage,
                page="https://www.atmo-france.org/article/les-portails-regionaux-open-data",
                # Each association has its own portal; none covers the country.
                url=None,
                format="tif",
                crs="EPSG:2154",
                scope="territory",
                # Local authorities sit on its board (code de l'environnement, L221-3).
                local_holder="l’association régionale de surveillance de la qualité de l’air",
                read=concentrations(_valid),
            )
        )
