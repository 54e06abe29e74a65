"""The uids of a course's folder and dashboards, by the rule of dashboards-go/board/course/course.go.

docs/integration/course-uids.json holds examples; tests of both languages read it.
"""

import re

KINDS = ("overview", "assignment", "tests", "deadlines")

# What of a slug fits into the 40 bytes of a uid beside its kind.
LONGEST = 40 - len("-assignment")


def dashboard(course: str, kind: str = "overview") -> str:
    """The uid of one of the dashboards of a course, which is named as records name it."""
    if kind not in KINDS:
        raise ValueError(f"no dashboard of a course is called {kind!r}; there are {', '.join(KINDS)}")
    return f"{_short(course)}-{kind}"


def folder(course: str) -> str:
    """The uid of the folder of a course."""
    return f"course-{_short(course)}"


def _short(course: str) -> str:
    fitting = re.sub(r"[^A-Za-z0-9_-]+", "-", course)
    if fitting == course and len(course) <= LONGEST:
        return course
    return f"{fitting[:LONGEST - 9]}-{_fnv1a(course.encode()):08x}"


def _fnv1a(data: bytes) -> int:
    hashed = 0x811C9DC5
    for byte in data:
        hashed = (hashed ^ byte) * 0x01000193 & 0xFFFFFFFF
    return hashed
