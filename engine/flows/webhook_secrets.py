"""The secrets that endpoints know us by: made anew from the installation's own whenever one is needed, and kept nowhere."""

import hmac
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

from engine.flows.kit import Kit
from engine.store.webhooks import Endpoint

PREFIX = "whsec_"


def secret_of(kit: Kit, endpoint_id: str, secret_round: int) -> str:
    """Return the secret that an endpoint has in this round, as Standard Webhooks writes it."""
    assert kit.webhook_key, "a kit that tells programs needs a key for their secrets"
    made = hmac.new(kit.webhook_key, f"{endpoint_id}:{secret_round}".encode(), sha256).digest()
    return PREFIX + b64encode(made).decode()


def secrets_of(kit: Kit, endpoint: Endpoint, *, within: timedelta) -> tuple[str, ...]:
    """Return what signs for *endpoint*: its secret, and the one before it if that was replaced *within* this time."""
    rounds = [endpoint.secret_round]
    if endpoint.rotated_at is not None and kit.clock.now() - endpoint.rotated_at < within:
        rounds.append(endpoint.secret_round - 1)
    return tuple(secret_of(kit, endpoint.id, one) for one in rounds)
