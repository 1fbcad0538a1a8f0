"""What may be published: no figure about fewer than eleven households.

Source: INSEE's rule for tax data (Filosofi), kept here for everything that is counted on people.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MIN_HOUSEHOLDS = 11
# Where households are not counted, residents stand in for them: eleven large households.
MIN_RESIDENTS = 55


def hidden(households: Floats, population: Floats) -> Bools:
    """Return which zones are too small to publish anything about.

    Args:
        households: NaN where not counted, shape (zones,).
        population: residents, shape (zones,); a zone where neither is known hides nothing, since
            nothing is known of it.
    """
    by_households = households < MIN_HOUSEHOLDS
    by_residents = population < MIN_RESIDENTS
    return np.where(np.isnan(households), by_residents, by_households)
