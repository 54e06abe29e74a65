"""Tokens by which Grafana knows a user for a minute."""

import base64
import hashlib
import json
import re
import time
from functools import cache
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.contrib.auth import get_user_model

_SECONDS = 60

# Grafana does not tell upper from lower case, looks for a name with an @ among addresses, and has an admin of its own.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = {"admin"}


def role(user):
    """The highest role that the user's groups have, or None: students have none, and so no token."""
    names = set(user.groups.values_list("name", flat=True))
    roles = {settings.ANALYTICS_ROLES[name] for name in names & set(settings.ANALYTICS_ROLES)}
    return next((r for r in ("Editor", "Viewer") if r in roles), None)


def login(user):
    """The user's name in Grafana, or None where it could be taken for somebody else's."""
    name = user.get_username()
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        return None
    users = get_user_model()
    same = users.objects.filter(**{users.USERNAME_FIELD + "__iexact": name}).count()
    return name.lower() if same == 1 else None


def claims(user):
    """What Grafana is told of the user, or None for who has no role or no name there."""
    subject, granted = login(user), role(user)
    if subject is None or granted is None:
        return None
    now = int(time.time())
    return {
        "iss": "tasks", "aud": "grafana", "sub": subject, "name": user.get_full_name(), "role": granted,
        "iat": now, "nbf": now, "exp": now + _SECONDS,
    }


def sign(told):
    """The claims as a token."""
    key = private_key(settings.ANALYTICS_KEY_FILE)
    return jwt.encode(told, key, algorithm="ES256", headers={"kid": jwk(key)["kid"]})


@cache
def private_key(path):
    """The key in a file, which is read once: start anew to change it."""
    return load_pem_private_key(Path(path).read_bytes(), password=None)


def jwk(key):
    """The public half of a P-256 key as the key set has it. Its kid is the thumbprint of RFC 7638."""
    numbers = key.public_key().public_numbers()
    public = {"crv": "P-256", "kty": "EC", "x": _base64(numbers.x.to_bytes(32, "big")), "y": _base64(numbers.y.to_bytes(32, "big"))}
    thumb = hashlib.sha256(json.dumps(public, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {**public, "kid": _base64(thumb), "use": "sig", "alg": "ES256"}


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
