import json

from django.core.management.base import BaseCommand

from analytics import tokens


class Command(BaseCommand):
    help = "Print the key set for Grafana: the public halves of the private keys in these files."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="+", help="a private key of P-256 in PEM; two while keys are changed")

    def handle(self, *args, **options):
        keys = [tokens.jwk(tokens.private_key(path)) for path in options["file"]]
        self.stdout.write(json.dumps({"keys": keys}, indent=2))
