"""What every test may ask for: a clock that is set by hand, free ports, a real Redis, SQLite and a real PostgreSQL.

Servers are started by the first test of a process that asks for one, and stopped by their process id at its end.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.database import Database, upgrade
from runtime.sealing import Sealer

AN_HOUR_OF_TESTING = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
POSTGRES_BIN = Path(os.environ.get("POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))


class SettableClock:
    """A `Clock` that stands still until somebody moves it; what it counts as passed goes along, but for a step."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._began = now
        self._stepped = timedelta()

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Moves on by `seconds=`, `minutes=`, `days=`."""
        self.now += timedelta(**duration)

    def step(self, **duration: float) -> None:
        """Is set forward or back, and no time passes."""
        self.now += timedelta(**duration)
        self._stepped += timedelta(**duration)

    def elapsed(self) -> float:
        """See `runtime.settings.Timed`."""
        return (self.now - self._began - self._stepped).total_seconds()


@pytest.fixture
def clock() -> SettableClock:
    """Noon in Amsterdam on 10 March 2026, until the test moves it."""
    return SettableClock(AN_HOUR_OF_TESTING)


@pytest.fixture
def sealer() -> Sealer:
    """With a key of its own."""
    return Sealer(secrets.token_bytes(32))


def a_free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives another free port at each call."""
    return a_free_port


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder with a short path, for the sockets in it, that an unprivileged server may enter."""
    path = Path(tempfile.mkdtemp(prefix="namens-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _running(
    command: list[str],
    log: Path,
    answers: Callable[[], bool],
    *,
    stop: int = signal.SIGTERM,
    as_user: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `command` and begins the block once it answers; at the end sends it the signal `stop`."""
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, user=as_user, cwd="/")
    try:
        deadline = time.monotonic() + 30
        while not answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} does not answer:\n{log.read_text(errors='replace')}")
            time.sleep(0.02)
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


class RedisServer:
    """A Redis of our own on a unix socket, that keeps its data in a file when it is told to stop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"

    def start(self) -> None:
        """Starts it, with the data of the last time."""
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._folder)]
        command += ["--save", "3600 1000000", "--appendonly", "no", "--daemonize", "no"]
        self._server = self._held.enter_context(_running(command, self._folder / "redis.log", self._answers))

    def stop(self) -> None:
        """Stops it; a start brings back what it held."""
        self._held.close()

    def fail(self) -> None:
        """Ends it as when the power fails: a start brings nothing back."""
        self._server.kill()
        self._server.wait()
        self.socket.unlink(missing_ok=True)
        self._held.close()

    def command(self, *words: str) -> str:
        """The answer of `redis-cli`."""
        done = subprocess.run(
            ["redis-cli", "-s", str(self.socket), *words], capture_output=True, timeout=10, check=False
        )
        return done.stdout.decode(errors="replace").strip()

    def _answers(self) -> bool:
        return self.socket.exists() and self.command("PING") == "PONG"


@contextmanager
def a_redis() -> Iterator[RedisServer]:
    """A Redis that lasts as long as the block."""
    with _folder() as folder:
        server = RedisServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """One Redis for all tests of this process; use `redis_url`, whose database is empty."""
    with a_redis() as server:
        yield server


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    """URL of a real Redis that holds nothing."""
    shared_redis.command("FLUSHALL")
    return shared_redis.url


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis for a test that stops it."""
    with a_redis() as server:
        yield server


class PostgresServer:
    """A PostgreSQL cluster of our own on a unix socket and a loopback port; each test gets a database of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()
        self._port = a_free_port()
        # PostgreSQL refuses to run as root.
        self._user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
        self.admin_url = self.url("postgres")

    def create(self) -> None:
        """Makes the cluster."""
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
        command = [str(POSTGRES_BIN / "initdb"), "-D", str(self._folder / "data"), "-U", "namens", "-A", "trust"]
        command += ["-E", "UTF8", "--locale", "C", "-N"]
        subprocess.run(command, check=True, capture_output=True, user=self._user, cwd="/")

    def start(self) -> None:
        """Starts it. Nothing is synced to disk: it lives as long as the tests do."""
        command = [str(POSTGRES_BIN / "postgres"), "-D", str(self._folder / "data"), "-p", str(self._port)]
        command += ["-k", str(self._folder), "-h", "127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60"]
        log = self._folder.with_suffix(".log")
        self._held.callback(lambda: log.unlink(missing_ok=True))
        # SIGINT: does not wait until clients leave.
        running = _running(command, log, self._answers, stop=signal.SIGINT, as_user=self._user)
        self._server = self._held.enter_context(running)

    def stop(self) -> None:
        """Stops it, sending every client away."""
        self._held.close()

    def fail(self) -> None:
        """Ends all its processes at once, with nothing written that was not (PostgreSQL: immediate shutdown)."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait()
        self._held.close()

    def url(self, name: str) -> str:
        """URL of the database `name`."""
        return f"postgresql+asyncpg://namens@127.0.0.1:{self._port}/{name}"

    def command(self, sql: str) -> None:
        """Carries out `sql`, with `psql`, in the database that holds no tables of ours."""
        command = [str(POSTGRES_BIN / "psql"), "-h", str(self._folder), "-p", str(self._port), "-U", "namens"]
        subprocess.run([*command, "-q", "-c", sql, "postgres"], check=True, capture_output=True, timeout=30)

    def _answers(self) -> bool:
        ready = [str(POSTGRES_BIN / "pg_isready"), "-q", "-h", str(self._folder), "-p", str(self._port)]
        return subprocess.run(ready, check=False).returncode == 0


@contextmanager
def a_postgres() -> Iterator[PostgresServer]:
    """A cluster without a table of ours that lasts as long as the block."""
    with _folder() as folder:
        server = PostgresServer(folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    """One cluster for all tests of this process, with a database `template` that has all our tables."""
    with a_postgres() as server:
        server.command("CREATE DATABASE template")
        upgrade(server.url("template"))
        yield server


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A cluster for a test that stops it."""
    with a_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(shared_postgres: PostgresServer) -> Iterator[str]:
    """URL of a PostgreSQL database with all our tables, empty."""
    name = f"test_{secrets.token_hex(8)}"
    shared_postgres.command(f"CREATE DATABASE {name} TEMPLATE template")
    yield shared_postgres.url(name)
    shared_postgres.command(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def pilot_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the keys of all parties of pilot networks, one for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pilot-keys"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all our tables, empty."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a SQLite database with all our tables, empty."""
    path = tmp_path / "namens.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database with all our tables; the test runs on both kinds."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with all our tables; the test runs on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    await opened.close()
