import json
import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest import mock

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from . import uids, visits

TASKS, ANALYTICS, INTERNAL = "tasks.university.example", "analytics.university.example", "tasks.internal"


class UIDs(SimpleTestCase):
    def test_are_those_of_the_dashboards(self):
        examples = json.loads((Path(__file__).parents[2] / "course-uids.json").read_text())
        self.assertGreaterEqual(len(examples), 5)
        for example in examples:
            with self.subTest(course=example["course"]):
                self.assertEqual(uids.folder(example["course"]), example["folder"])
                for kind in uids.KINDS:
                    self.assertEqual(uids.dashboard(example["course"], kind), example[kind])


@override_settings(LOGIN_URL="/login", SESSION_COOKIE_SECURE=True)
class Analytics(TestCase):
    def setUp(self):
        self.keys = tempfile.NamedTemporaryFile(suffix=".pem")
        self.addCleanup(self.keys.close)
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.keys.write(pem)
        self.keys.flush()
        settings = override_settings(ANALYTICS_KEY_FILE=self.keys.name)
        settings.enable()
        self.addCleanup(settings.disable)

        self.anna = self.user("anna", "teachers")
        self.service, self.grafana = Client(), Client()  # the cookies of one browser for two hosts

    def user(self, name, *groups):
        user = User.objects.create_user(name, password="secret")
        user.groups.set(Group.objects.get_or_create(name=group)[0] for group in groups)
        return user

    def enter(self, target="%2Fd%2Falgorithms-2026-autumn-overview%3Fkiosk"):
        return self.service.get(f"/analytics/enter?next={target}", HTTP_HOST=TASKS)

    def begin(self, entered):
        host, path = entered["Location"].removeprefix("https://").split("/", 1)
        self.assertEqual(host, ANALYTICS)
        return self.grafana.get("/" + path, HTTP_HOST=ANALYTICS)

    def visit(self, user):
        self.service.force_login(user)
        return self.begin(self.enter())

    def token(self, host=INTERNAL):
        return self.grafana.get("/analytics/token", HTTP_HOST=host)

    def claims(self, response):
        out = StringIO()
        call_command("analytics_jwks", self.keys.name, stdout=out)
        token = response["X-JWT-Assertion"]
        keys = {k["kid"]: jwt.PyJWK(k).key for k in json.loads(out.getvalue())["keys"]}
        return jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]], algorithms=["ES256"], issuer="tasks", audience="grafana",
                          options={"require": ["exp", "iat", "nbf", "sub"]})

    def test_a_teacher_comes_to_where_she_wanted(self):
        begun = self.visit(self.anna)
        self.assertRedirects(begun, f"https://{ANALYTICS}/d/algorithms-2026-autumn-overview?kiosk", fetch_redirect_response=False)
        cookie = begun.cookies[visits.COOKIE]
        self.assertTrue(cookie["secure"] and cookie["httponly"])
        self.assertEqual((cookie["samesite"], cookie["domain"], cookie["path"]), ("Lax", "", "/"))

    def test_a_target_that_is_not_encoded(self):
        self.service.force_login(self.anna)
        begun = self.begin(self.enter("/d/a-overview?var-assignment=hw1&from=now-7d"))
        self.assertEqual(begun["Location"], f"https://{ANALYTICS}/d/a-overview?var-assignment=hw1&from=now-7d")

    def test_no_target_leads_elsewhere(self):
        self.service.force_login(self.anna)
        for target in ("https%3A%2F%2Fevil.example", "%40evil.example", ".evil.example", ""):
            with self.subTest(target=target):
                self.assertEqual(self.begin(self.enter(target))["Location"], f"https://{ANALYTICS}/")

    def test_the_token_says_who_for_a_minute(self):
        self.visit(self.anna)
        response = self.token()
        self.assertEqual(response.status_code, 204)
        self.assertIn("no-store", response["Cache-Control"])
        claims = self.claims(response)
        self.assertEqual((claims["sub"], claims["role"]), ("anna", "Viewer"))
        self.assertEqual(claims["exp"] - claims["iat"], 60)
        self.assertNotIn("email", claims)

    def test_roles(self):
        for name, groups, status, role in (
            ("boris", ["product"], 204, "Editor"), ("clara", ["teachers", "product"], 204, "Editor"), ("dora", ["teachers"], 204, "Viewer"),
        ):
            with self.subTest(name):
                self.visit(self.user(name, *groups))
                response = self.token()
                self.assertEqual(response.status_code, status)
                self.assertEqual(self.claims(response)["role"], role)

    def test_who_must_log_in_first(self):
        self.assertTrue(self.enter()["Location"].startswith("/login?next=/analytics/enter"))

    def test_a_student_has_no_way_in(self):
        self.service.force_login(self.user("student"))
        self.assertEqual(self.enter().status_code, 403)

    def test_names_that_could_be_somebody_elses(self):
        for name in ("anna@university.example", "admin", "Admin", "ann a", "ïda", "Anna", "-anna"):
            with self.subTest(name):
                self.service.force_login(self.user(name, "teachers"))
                self.assertEqual(self.enter().status_code, 403)
        self.visit(self.user("Boris", "teachers"))
        self.assertEqual(self.claims(self.token())["sub"], "boris")

    def test_access_ends(self):
        def log_out():
            self.service.logout()

        def change_password():
            self.anna.set_password("another")
            self.anna.save()

        def deactivate():
            User.objects.filter(pk=self.anna.pk).update(is_active=False)

        def pass_time():
            later = timezone.now() + timedelta(days=15)
            patch = mock.patch("django.utils.timezone.now", return_value=later)
            patch.start()
            self.addCleanup(patch.stop)

        for end in (log_out, change_password, deactivate, pass_time):
            with self.subTest(end.__name__):
                User.objects.filter(pk=self.anna.pk).update(is_active=True)
                self.anna.refresh_from_db()
                self.visit(self.anna)
                self.assertEqual(self.token().status_code, 204)
                end()
                self.assertEqual(self.token().status_code, 401)

    def test_leaving_the_group_ends_it_too(self):
        self.visit(self.anna)
        self.anna.groups.clear()
        self.assertEqual(self.token().status_code, 403)

    def test_a_code_begins_one_visit_and_is_no_cookie(self):
        self.service.force_login(self.anna)
        entered = self.enter()
        code = entered["Location"].partition("code=")[2]
        self.grafana.cookies[visits.COOKIE] = code
        self.assertEqual(self.token().status_code, 401)
        begun = self.begin(entered)
        self.assertEqual(begun.status_code, 302)
        self.assertNotEqual(begun.cookies[visits.COOKIE].value, code)
        self.assertEqual(self.begin(entered).status_code, 403)

    def test_a_code_is_good_for_half_a_minute(self):
        self.service.force_login(self.anna)
        entered = self.enter()
        with mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(seconds=31)):
            self.assertEqual(self.begin(entered).status_code, 403)

    def test_a_session_of_the_service_is_no_visit(self):
        self.service.force_login(self.anna)
        key = self.service.session.session_key
        self.grafana.cookies[visits.COOKIE] = key
        self.assertEqual(self.token().status_code, 401)
        self.assertEqual(self.grafana.get(f"/-/begin?code={key}", HTTP_HOST=ANALYTICS).status_code, 403)

    def test_no_token_without_a_visit_nor_from_outside(self):
        self.assertEqual(self.token().status_code, 401)
        self.visit(self.anna)
        self.assertEqual(self.token(host=TASKS).status_code, 404)
        self.assertEqual(self.token(host=ANALYTICS).status_code, 404)
