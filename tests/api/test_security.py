"""Who may call what, and whom each client may see."""

import re

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select
from wire import seeker, vacancy

from api import security
from api.app import BEHIND_KEYS
from api.security import MATRIX, authenticate, create_client, list_clients, revoke_client, rotate_client
from models.account import ApiClient
from models.enums import Role
from models.errors import Conflict, NotFound, Refused

LIMITS = {Role.SYSTEM: {"source": "caiji"}, Role.COUNSELLOR: {"district": "500103"}}
ROUTES = [route for router in BEHIND_KEYS for route in router.routes if isinstance(route, APIRoute)]
CALLS = [(method, route) for route in ROUTES for method in route.methods]
VALUES = {
    "source": "caiji",
    "external_id": "V00",
    "vacancy_source": "caiji",
    "vacancy_external_id": "V00",
    "run": "1",
    "subscription": "1",
}


def address(route):
    return re.sub(r"{(\w+)}", lambda found: VALUES[found[1]], route.path)


@pytest.fixture
def write(database):
    """Runs one of the key functions in a transaction of its own."""

    def run(function, *given, **named):
        with database.write() as session:
            return function(session, *given, **named)

    return run


def test_a_key_is_shown_once_and_only_its_hash_is_kept(write, database):
    key = write(create_client, "caiji", Role.SYSTEM, source="caiji")
    assert re.fullmatch(r"zhp_[A-Za-z0-9_-]{43}", key)
    with database.read() as session:
        stored = session.execute(select(ApiClient)).scalar_one()
        assert key.encode() not in stored.key_hash
        assert len(stored.key_hash) == 32
        assert authenticate(session.connection(), key) == security.Client("caiji", Role.SYSTEM, "caiji", None)
        assert authenticate(session.connection(), key + "x") is None
        assert authenticate(session.connection(), "") is None
        assert authenticate(session.connection(), "\ud800键") is None


def test_a_rotated_or_revoked_key_opens_nothing(write, database):
    old = write(create_client, "office", Role.OFFICE)
    new = write(rotate_client, "office")
    with database.read() as session:
        assert authenticate(session.connection(), old) is None
        assert authenticate(session.connection(), new)
    write(revoke_client, "office")
    write(revoke_client, "office")
    with database.read() as session:
        assert authenticate(session.connection(), new) is None
        assert [client.revoked_at is None for client in list_clients(session)] == [False]
    with pytest.raises(Conflict):
        write(rotate_client, "office")


IMPROPER = [
    ("", Role.OFFICE, {}), ("x" * 65, Role.OFFICE, {}), (" x", Role.OFFICE, {}), ("a\nb", Role.OFFICE, {}),
    ("x", Role.SYSTEM, {}), ("x", Role.SYSTEM, {"source": "a b"}), ("x", Role.COUNSELLOR, {}),
    ("x", Role.COUNSELLOR, {"district": "999999"}),
]  # fmt: skip


def test_a_client_needs_a_name_and_the_limit_of_its_role(write):
    for name, role, limits in IMPROPER:
        with pytest.raises(Refused):
            write(create_client, name, role, **limits)


def test_names_are_given_once(write):
    write(create_client, "li", Role.BROKER)
    with pytest.raises(Conflict):
        write(create_client, "li", Role.BROKER)
    for function in (revoke_client, rotate_client):
        with pytest.raises(NotFound):
            write(function, "nobody")


def test_every_route_has_its_line_in_the_matrix_and_every_line_its_route():
    assert {route.name for route in ROUTES} == set(MATRIX)
    assert all(MATRIX.values())


def test_a_stranger_gets_nothing_but_a_401_before_any_body_is_read(client, refused):
    stranger = client(None)
    revoked = client(Role.OFFICE).headers["Authorization"][:-1]
    for header in (None, "", "Bearer", "Bearer ", "Bearer zhp_x", "Basic YTpi", revoked, "Bearer " + "x" * 5_000):
        headers = {"Content-Type": "text/plain", **({"Authorization": header} if header is not None else {})}
        for method, route in CALLS:
            answer = stranger.request(method, address(route), content=b"{" * 10, headers=headers)
            refused(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_role_may_call_its_routes_and_no_other(market, client, refused):
    for role in Role:
        caller = client(role, **LIMITS.get(role, {}))
        for method, route in CALLS:
            answer = caller.request(method, address(route), content=b"", headers={"Content-Type": "text/plain"})
            if role in MATRIX[route.name]:
                assert answer.status_code not in (401, 403, 500), route.name
            else:
                refused(answer, 403)


def test_a_system_knows_no_source_but_its_own(market, client, refused):
    office, other = client(Role.OFFICE), client(Role.SYSTEM, source="other")
    missing = refused(office.get("/v1/vacancies/caiji/NONE"), 404)
    for answer in (
        other.get("/v1/vacancies/caiji/V00"),
        other.put("/v1/vacancies/caiji/V00", json=vacancy("V00", "叉车工")),
        other.delete("/v1/vacancies/caiji/V00"),
        other.post("/v1/vacancies:batch?source=caiji", json=[vacancy("V00", "叉车工")]),
    ):
        assert refused(answer, 404) == missing
    assert office.get("/v1/vacancies/caiji/V00").json()["title"] == "叉车司机"


SEEN = {
    ("office", None): {"P1", "P2", "P3", "P4"},
    ("broker", "li"): {"P1", "P3"},
    ("broker", "wang"): {"P2"},
    ("broker", "nobody"): set(),
    ("counsellor", "500103"): {"P1", "P3"},
    ("counsellor", "500106"): {"P2"},
    ("counsellor", "500000"): {"P1", "P2", "P3"},
    ("counsellor", "510100"): set(),
}
OF_A_PERSON = ("", "/recommendations", "/recommendations?fresh=true&k=5", "/why/caiji/V00")


def test_staff_see_their_people_and_the_others_look_missing(market, client, refused):
    for (who, limit), seen in SEEN.items():
        caller = client(Role(who), **({"name": limit} if who == "broker" else {"district": limit} if limit else {}))
        missing = refused(caller.get("/v1/seekers/caiji/NONE"), 404)
        for name in ("P1", "P2", "P3", "P4"):
            for suffix in OF_A_PERSON:
                answer = caller.get(f"/v1/seekers/caiji/{name}{suffix}")
                if name in seen:
                    assert answer.status_code == 200
                else:
                    assert refused(answer, 404) == missing


def test_a_person_who_changes_hands_changes_scope(market, client):
    li, wang = client(Role.BROKER, name="li"), client(Role.BROKER, name="wang")
    client(Role.OFFICE).put("/v1/seekers/caiji/P1", json=seeker("P1", "叉车司机", broker="wang"))
    assert li.get("/v1/seekers/caiji/P1").status_code == 404
    assert wang.get("/v1/seekers/caiji/P1").status_code == 200
