"""To be included at the root: path("", include("analytics.urls"))."""

from django.urls import path

from . import views

urlpatterns = [
    path("analytics/enter", views.enter),
    path("analytics/token", views.token),
    path("-/begin", views.begin),
]
