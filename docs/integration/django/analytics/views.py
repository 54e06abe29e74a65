"""Two redirects bring a user in, and each request to Grafana then asks for a token."""

from urllib.parse import unquote, urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import tokens, visits


@require_safe
@never_cache
@login_required
def enter(request):
    """On the service's host: who is logged in goes on to Grafana's, with a code."""
    if tokens.claims(request.user) is None:
        return HttpResponseForbidden("Analytics is for teachers. Ask whoever runs the service if you should have it.")
    # Where to is what comes last: nginx cannot encode it, and ingress-nginx does.
    target = unquote(request.META["QUERY_STRING"].partition("next=")[2])
    if not target.startswith("/"):
        target = "/"
    code = visits.announce(request, target)
    return HttpResponseRedirect(f"{settings.ANALYTICS_URL}/-/begin?{urlencode({'code': code})}")


@require_safe
@never_cache
def begin(request):
    """On Grafana's host, where the ingress brings this path here: the code becomes a cookie."""
    begun = visits.begin(request.GET.get("code", ""))
    if begun is None:  # it was used, or is older than half a minute
        return HttpResponseForbidden("This link has been used or is too old. Open analytics from the service again.")
    key, target = begun
    response = HttpResponseRedirect(settings.ANALYTICS_URL + target)
    response.set_cookie(
        visits.COOKIE, key, max_age=settings.SESSION_COOKIE_AGE, secure=True, httponly=True, samesite="Lax", path="/",
    )
    return response


@require_safe
@never_cache
def token(request):
    """For the ingress, at each request to Grafana: 204 with a token in a header, or 401, or 403."""
    if request.get_host() != settings.ANALYTICS_INTERNAL_HOST:
        raise Http404
    user = visits.visitor(request.COOKIES.get(visits.COOKIE, ""))
    if not user.is_authenticated:
        return HttpResponse(status=401)
    claims = tokens.claims(user)
    if claims is None:
        return HttpResponse(status=403)
    return HttpResponse(status=204, headers={"X-JWT-Assertion": tokens.sign(claims)})
