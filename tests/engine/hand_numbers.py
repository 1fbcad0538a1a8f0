"""Layers of one zone and the value of each indicator, worked out by hand."""

from collections.abc import Mapping
from typing import NamedTuple


class Hand(NamedTuple):
    """Layers of one zone, the value worked out by hand, and the layer it is a share of, if any."""

    layers: Mapping[str, float]
    value: float
    whole: str | None


GROUND = {"zone_ground": 20_000.0}
# The retention of curve number 98, in mm, and what then runs off.
RETENTION = 25_400.0 / 98.0 - 254.0
SEALED_MM = (50.0 - 0.2 * RETENTION) ** 2 / (50.0 + 0.8 * RETENTION)
DWELLINGS = {"dwellings_1945_1970": 30.0, "dwellings_of_other_period": 70.0}
BY_HAND = {
    "population": Hand({"population": 1_542.0}, 1_542.0, None),
    "households": Hand({"households": 604.0}, 604.0, None),
    "census_population": Hand({"census_population": 1_839.0}, 1_839.0, None),
    "municipal_population": Hand({"municipal_population": 1_807.0}, 1_807.0, None),
    "poverty_share": Hand({"poor_households": 60.0, "households": 150.0}, 0.4, "households"),
    "children_0_3_share": Hand({"aged_0_3": 25.0, "population": 500.0}, 0.05, "population"),
    "children_0_5_share": Hand(
        {"aged_0_3": 25.0, "aged_4_5": 15.0, "population": 500.0}, 0.08, "population"
    ),
    "aged_65_plus_share": Hand(
        {"aged_65_79": 60.0, "aged_80_plus": 15.0, "population": 500.0}, 0.15, "population"
    ),
    "aged_80_plus_share": Hand({"aged_80_plus": 15.0, "population": 500.0}, 0.03, "population"),
    "one_person_household_share": Hand(
        {"one_person_households": 45.0, "households": 150.0}, 0.3, "households"
    ),
    "single_parent_household_share": Hand(
        {"single_parent_households": 30.0, "households": 150.0}, 0.2, "households"
    ),
    # Of 150 households 30 own their home: 120 are tenants.
    "tenant_share": Hand({"owner_households": 30.0, "households": 150.0}, 0.8, "households"),
    "social_housing_share": Hand({"social_housing": 105.0, "households": 150.0}, 0.7, "households"),
    "collective_housing_share": Hand(
        {"collective_households": 135.0, "households": 150.0}, 0.9, "households"
    ),
    "housing_1945_1970_share": Hand(DWELLINGS, 0.3, None),
    "floor_area_per_person": Hand(
        {"floor_area": 15_000.0, "population": 500.0}, 30.0, "population"
    ),
    "mean_standard_of_living": Hand(
        {"standard_of_living": 8_000_000.0, "population": 500.0}, 16_000.0, "population"
    ),
    "median_income": Hand({"median_income": 13_275.0}, 13_275.0, None),
    "census_aged_65_plus_share": Hand(
        {"census_aged_65_plus": 90.0, "census_population": 600.0}, 0.15, "census_population"
    ),
    # Of 20,000 m² of neighbourhood, crowns cover 3,000.
    "canopy_share": Hand({"canopy_ground": 3_000.0, **GROUND}, 0.15, "zone_ground"),
    "canopy_per_resident": Hand({"canopy_ground": 3_000.0, "population": 500.0}, 6.0, "population"),
    "vegetation_share": Hand({"vegetation_ground": 7_000.0, **GROUND}, 0.35, "zone_ground"),
    # 13,000 m² are sealed: 7,000 of 20,000 are not.
    "open_soil_share": Hand({"impervious_ground": 13_000.0, **GROUND}, 0.35, "zone_ground"),
    "impervious_share": Hand({"impervious_ground": 13_000.0, **GROUND}, 0.65, "zone_ground"),
    "corridor_share": Hand({"corridor_ground": 500.0, **GROUND}, 0.025, "zone_ground"),
    "species_richness": Hand({"species_richness": 42.0}, 42.0, None),
    "shared_garden_per_resident": Hand(
        {"shared_garden_area": 250.0, "population": 500.0}, 0.5, "population"
    ),
    # Of a storm of 50 mm, sealed ground sheds what its curve number 98 says, and open ground as
    # much as 900 m² that would shed all of it: 1,200 less the 300 that woods take back.
    "runoff_potential": Hand(
        {
            "impervious_ground": 13_000.0,
            "soil_runoff_ground": 1_200.0,
            "woodland_relief_ground": 300.0,
            **GROUND,
        },
        (SEALED_MM * 13_000.0 + 50.0 * 900.0) / 20_000.0,
        "zone_ground",
    ),
    "days_above_30_per_year": Hand({"days_above_30": 11.0}, 11.0, None),
    "days_above_35_per_year": Hand({"days_above_35": 2.0}, 2.0, None),
    "nights_above_20_per_year": Hand({"nights_above_20": 4.0}, 4.0, None),
    "heat_wave_days_per_year": Hand({"heat_wave_days": 7.5}, 7.5, None),
    "dry_spell_of_the_year": Hand({"longest_dry_spell": 24.0}, 24.0, None),
    "heavy_rain_days_per_year": Hand({"heavy_rain_days": 3.2}, 3.2, None),
    "heating_degree_days_per_year": Hand({"heating_degree_days": 1_850.0}, 1_850.0, None),
    "cooling_degree_days_per_year": Hand({"cooling_degree_days": 95.0}, 95.0, None),
    "hot_night_share": Hand({"homes_hot_at_night": 0.62}, 0.62, None),
    "hot_day_share": Hand({"homes_hot_by_day": 0.81}, 0.81, None),
    "surface_temperature_anomaly": Hand({"surface_anomaly": 2.4}, 2.4, None),
    "overcrowding_share": Hand(
        {"overcrowded_residences": 18.0, "rated_residences": 120.0}, 0.15, "rated_residences"
    ),
    "no_car_share": Hand(
        {"residences_without_car": 63.0, "main_residences": 150.0}, 0.42, "main_residences"
    ),
    "aged_80_plus_alone_share": Hand(
        {"aged_80_plus_alone": 12.0, "census_aged_80_plus": 30.0}, 0.4, "census_aged_80_plus"
    ),
    "aged_55_plus_alone_share": Hand(
        {"aged_55_plus_alone": 45.0, "census_aged_55_plus": 180.0}, 0.25, "census_aged_55_plus"
    ),
    "heat_exposed_jobs_share": Hand(
        {"farmers_and_workers": 54.0, "employed_15_64": 150.0}, 0.36, "employed_15_64"
    ),
    "dpe_f_g_share": Hand(
        {"diagnosed_dwellings_f_g": 9.0, "diagnosed_dwellings": 60.0}, 0.15, "diagnosed_dwellings"
    ),
    "poor_summer_comfort_share": Hand(
        {
            "diagnosed_dwellings_poor_summer_comfort": 20.0,
            "diagnosed_dwellings_of_known_comfort": 50.0,
        },
        0.4,
        "diagnosed_dwellings_of_known_comfort",
    ),
    "dpe_coverage": Hand(
        {"diagnosed_dwellings": 60.0, "main_residences": 150.0}, 0.4, "main_residences"
    ),
    "energy_poverty_share": Hand(
        {"energy_poor_households": 33.0, "onpe_households": 150.0}, 0.22, "onpe_households"
    ),
    "fuel_poverty_share": Hand(
        {"fuel_poor_households": 6.0, "onpe_households": 150.0}, 0.04, "onpe_households"
    ),
    # 9 associations for 600 residents are 15 for 1,000.
    "associations_per_1000": Hand(
        {"associations": 9.0, "census_population": 600.0}, 15.0, "census_population"
    ),
    "walk_to_cool_indoor": Hand({"walk_to_cool_indoor": 8.5}, 8.5, None),
    **{
        indicator: Hand({layer: 350.0, "population": 500.0}, 0.7, "population")
        for indicator, layer in {
            "cool_outdoor_access_share": "residents_near_cool_outdoor",
            "cool_indoor_access_share": "residents_near_cool_indoor",
            "senior_cool_indoor_access_share": "residents_near_cool_indoor_at_senior_pace",
            "care_access_share": "residents_near_care",
            "information_access_share": "residents_near_information",
            "green_space_access_share": "residents_near_green_space",
            "transport_access_share": "residents_near_transport_stop",
            "food_access_share": "residents_near_food_shop",
        }.items()
    },
    "flood_dwellings_share": Hand(
        {"flood_households": 30.0, "households": 150.0}, 0.2, "households"
    ),
    **{
        indicator: Hand({layer: 35.0, "population": 500.0}, 0.07, "population")
        for indicator, layer in {
            "flood_residents_share": "flood_residents",
            "flood_extreme_residents_share": "flood_extreme_residents",
            "ppri_residents_share": "ppri_residents",
            "submersion_residents_share": "submersion_residents",
            "submersion_climate_residents_share": "submersion_climate_residents",
            "pm25_above_who_share": "pm25_above_who",
            "no2_above_who_share": "no2_above_who",
            "pm25_above_2030_share": "pm25_above_2030",
            "no2_above_2030_share": "no2_above_2030",
            "road_noise_55_share": "road_noise_55",
            "road_noise_68_share": "road_noise_68",
            "polluted_site_500m_share": "near_polluted_site",
        }.items()
    },
    "clay_houses_share": Hand({"clay_houses": 12.0, "houses": 40.0}, 0.3, "houses"),
    "catnat_flood_orders_per_year": Hand({"catnat_flood_orders": 0.4}, 0.4, None),
    "catnat_drought_orders_per_year": Hand({"catnat_drought_orders": 0.6}, 0.6, None),
    "water_restriction_days_per_year": Hand({"water_restriction_days": 48.0}, 48.0, None),
    "pm25_mean": Hand({"pm25": 9.1}, 9.1, None),
    "no2_mean": Hand({"no2": 17.3}, 17.3, None),
    "o3_mean": Hand({"o3": 58.0}, 58.0, None),
    "good_rivers_share": Hand({"good_rivers": 0.25}, 0.25, None),
    "good_bathing_share": Hand({"good_bathing": 0.8}, 0.8, None),
}
