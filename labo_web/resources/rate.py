"""How often one may write without an account: addresses of the network are counted, never kept.

What is counted is a fingerprint of the address with a salt that chance makes and an hour erases:
nobody can go back from it to the address.
"""

import hashlib
import secrets
import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

HOUR = 3_600
# A room of forty people may share one address; a territory receives no more than this in an hour.
MOST_FROM_ONE, MOST_IN_ALL = 60, 600


def too_often(request: HttpRequest, territory: str) -> bool:
    """Count one more message to a territory, and return whether there are too many this hour."""
    salt = cache.get_or_set("resources-salt", lambda: secrets.token_hex(16), HOUR)
    address = get_adapter(request).get_client_ip(request)
    mark = hashlib.sha256(f"{salt} {address}".encode()).hexdigest()[:32]
    hour = int(time.time() // HOUR)
    over = False
    for who, most in ((mark, MOST_FROM_ONE), ("all", MOST_IN_ALL)):
        key = f"resources-{territory}-{hour}-{who}"
        count = cache.get(key, 0) + 1
        cache.set(key, count, HOUR)
        over |= count > most
    return over
