"""A visit is a session of its own for Grafana's host, which ends with the session of the service that it belongs to.

It is kept where sessions are, so SESSION_ENGINE may be any that has a store on the server. The browser has its key only, in a
cookie that no other host gets.
"""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

COOKIE = "__Host-analytics"
_CODE_SECONDS = 30


def _session(key=None):
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def announce(request, target):
    """Prepare a visit of the request's user, and return a code that begins it, once and soon."""
    visit = _session()
    visit["analytics_of"] = request.session.session_key
    visit["analytics_target"] = target
    visit.set_expiry(_CODE_SECONDS)
    visit.create()
    return visit.session_key


def begin(code):
    """Begin the visit that was announced under the code: its key for the cookie, and where it wants to go; or None."""
    visit = _session(code)
    target = visit.pop("analytics_target", None)
    if target is None:
        return None
    visit.set_expiry(settings.SESSION_COOKIE_AGE)
    visit.cycle_key()  # the code has been in a URL, and so perhaps in a log
    visit.save()
    return visit.session_key, target


def visitor(key):
    """The user whose visit it is. It is anonymous after logging out, a change of the password or of is_active."""
    visit = _session(key)
    asked = HttpRequest()
    asked.session = _session("" if "analytics_target" in visit else visit.get("analytics_of", ""))
    return get_user(asked)
