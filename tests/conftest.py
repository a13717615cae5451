"""What tests of every room share: both databases, settings, and clients of every role."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import postgres
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import URL

from api.security import create_client
from api.settings import Settings
from models.database import Database
from models.enums import Role
from models.identity import Keyring

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[URL]:
    with postgres.server(testrun_uid) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL, testrun_uid: str, worker_id: str) -> Iterator[URL]:
    """A migrated database of this worker, to be copied."""
    url = postgres_server.set(database=f"zhipei_{testrun_uid[:12]}_{worker_id}")
    postgres.execute(postgres_server, f'CREATE DATABASE "{url.database}"')
    database = Database(url.render_as_string(hide_password=False))
    database.migrate()
    database.close()
    yield url
    postgres.execute(postgres_server, f'DROP DATABASE "{url.database}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "zhipei.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_template: URL, postgres_server: URL) -> Iterator[str]:
    url = postgres_template.set(database=f"{postgres_template.database}_{next(_numbers)}")
    postgres.execute(postgres_server, f'CREATE DATABASE "{url.database}" TEMPLATE "{postgres_template.database}"')
    yield url.render_as_string(hide_password=False)
    postgres.execute(postgres_server, f'DROP DATABASE "{url.database}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database at head: every test that asks for one, or for what stands on it, runs on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Iterator[Settings]:
    """An installation of its own, whatever the environment says."""
    made = Settings(
        _env_file=None, database_url=database_url, data_dir=tmp_path / "data", secret_keys=Keyring.new_key(),
        home_city="500000", config=None, screening=None, deliver_in_serve=False,
    )  # fmt: skip
    yield made
    made.database.close()


@pytest.fixture
def database(settings: Settings) -> Database:
    return settings.database


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    from api.app import create_app  # with the engine behind it: only for those who need it

    return create_app(settings)


ClientMaker = Callable[..., TestClient]


@pytest.fixture
def client(app: FastAPI, settings: Settings) -> Iterator[ClientMaker]:
    """Makes HTTP clients: `client(Role.BROKER, name="li")`, `client(Role.SYSTEM, source="caiji")`, `client(None)`."""
    with ExitStack() as stack:
        door = stack.enter_context(TestClient(app))

        def make(role: Role | None = Role.OFFICE, name: str | None = None, **limits: str) -> TestClient:
            found = TestClient(app)
            found.portal = door.portal  # one event loop a test, not one a request
            if role:
                with settings.database.write() as session:
                    key = create_client(session, name or f"{role.value}-{next(_numbers)}", role, **limits)
                found.headers["Authorization"] = f"Bearer {key}"
            return found

        yield make
