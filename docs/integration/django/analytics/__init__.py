"""Lets users of the service into Grafana: see docs/integration.md.

Settings:
    ANALYTICS_URL           where Grafana is for browsers, as https://analytics.university.example
    ANALYTICS_INTERNAL_HOST the host by which the ingress calls this service, from inside; also in ALLOWED_HOSTS
    ANALYTICS_KEY_FILE      the private key that signs, in PEM
    ANALYTICS_ROLES         which group has which role, as {"teachers": "Viewer", "product": "Editor"}
"""
