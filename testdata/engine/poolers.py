#!/usr/bin/env python3
"""Goes through a real PgBouncer to a real PostgreSQL as migrated files say.

`tierlint migrate --apply` rewrites copies of two projects: one that has a
pooler which nobody uses, and one that gets a pooler. Both servers are then
started with what their services declare, each on a loopback address of its
own, and psql is given the clients' URLs as they stand in the files. Whether a
client comes through the pooler is what the pooler's own console says.
"""

import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from run import FAILED, PASSED, ROOT, TOOL, expect, folder, judge, start, stop, tool, until, user

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 5432


def variables(path):
    """The variables of a `.env` file."""
    lines = [line.strip() for line in open(path) if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def filled(text, known):
    """A value as Compose reads it: `${NAME}`, with `:-` or `:?` behind the name."""

    def value(found):
        name, default = found.group(1), found.group(2)
        if known.get(name):
            return known[name]
        if default is not None:
            return default
        raise SystemExit(f"nothing gives `{name}` a value")

    return re.sub(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}", value, text)


def service(text, name):
    """The lines of a service without their indent. Enough for files in block style."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", text, re.M)
    if not found:
        raise SystemExit(f"there is no service `{name}`")
    return "".join(line[4:] + "\n" for line in found.group(1).splitlines())


def environment(text, name, known):
    """The variables that a service is given."""
    found = re.search(r"^environment:\n((?:  .*\n)+)", service(text, name), re.M)
    pairs = [line.split(":", 1) for line in found.group(1).splitlines() if not line.strip().startswith("#")]
    return {key.strip(): filled(value.strip().strip("\"'"), known) for key, value in pairs}


def healthcheck(text, name):
    """The test of a service, as words, with `$$` undone by whoever runs it."""
    found = re.search(r"^  test: \[(?:CMD-SHELL|\"CMD-SHELL\"), (['\"])(.*)\1\]$", service(text, name), re.M)
    quote, script = found.groups()
    return ["CMD-SHELL", script.replace("''", "'") if quote == "'" else script.replace('\\"', '"')]


def migrated(project, label, *more):
    """The text of a project's file before and after, and its variables."""
    target = os.path.join(folder(label), "project")
    shutil.copytree(os.path.join(HERE, "..", project), target, dirs_exist_ok=True)
    file = next(glob.iglob(os.path.join(target, "*compose.y*ml")))
    before = open(file).read()
    subprocess.run([TOOL, "migrate", "--apply", "--allow-no-vcs", *more, target], check=True, capture_output=True)
    return before, open(file).read(), variables(os.path.join(target, ".env"))


class Postgres:
    """A server with the user, the password and the database of its service."""

    def __init__(self, label, env, address, method="scram-sha-256"):
        self.address = address
        self.owner = user("postgres")
        self.data, self.sockets = folder(f"{label}-data", "postgres"), folder(f"{label}-run", "postgres")
        self.bin = os.path.dirname(tool("initdb", "/usr/lib/postgresql/*/bin/initdb"))
        first = env.get("POSTGRES_USER", "postgres")
        self.login = {"PGUSER": first, "PGPASSWORD": env["POSTGRES_PASSWORD"]}
        secret = os.path.join(folder(f"{label}-init", "postgres"), "password")
        with open(secret, "w") as it:
            it.write(env["POSTGRES_PASSWORD"])
        os.chmod(secret, 0o644)
        argv = [f"{self.bin}/initdb", "-D", self.data, "-U", first, f"--pwfile={secret}", f"--auth={method}"]
        if method == "md5":
            argv += ["--auth-host=md5"]
        subprocess.run(argv, check=True, capture_output=True, cwd=ROOT, **self.owner)
        with open(os.path.join(self.data, "pg_hba.conf"), "a") as it:
            it.write(f"host all all all {method}\n")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as it:
            it.write(f"password_encryption = '{method}'\n")
        self.process = None
        self.up()
        database = env.get("POSTGRES_DB", first)
        if database != "postgres":
            self.query("postgres", f'CREATE DATABASE "{database}"')

    def up(self):
        argv = [f"{self.bin}/postgres", "-D", self.data, "-k", self.sockets, "-p", str(PORT)]
        self.process = start([*argv, "-c", f"listen_addresses={self.address}"], **self.owner)
        end = time.time() + 40
        while time.time() < end and subprocess.run(
            [f"{self.bin}/pg_isready", "-q", "-h", self.address, "-p", str(PORT)]
        ).returncode:
            time.sleep(0.2)

    def down(self):
        stop(self.process, signal.SIGINT)

    def query(self, database, text):
        argv = ["psql", "-qtAX", "-h", self.address, "-p", str(PORT), "-d", database, "-c", text]
        subprocess.run(argv, check=True, capture_output=True, env={**os.environ, **self.login})


def ini(env, hosts, home, address):
    """What edoburu/pgbouncer's entrypoint.sh makes of its variables (v1.25.2-p0).

    The service listens on its own address in place of all, names are addresses,
    and whoever is its user may look at the console.
    """
    mode = env.get("AUTH_TYPE", "md5")
    name, secret = env["DB_USER"], env["DB_PASSWORD"]
    if mode not in ("plain", "scram-sha-256"):
        secret = "md5" + hashlib.md5((secret + name).encode()).hexdigest()
    with open(os.path.join(home, "userlist.txt"), "w") as it:
        it.write(f'"{name}" "{secret}"\n')
    lines = [
        "[databases]",
        f"{env.get('DB_NAME', '*')} = host={hosts[env['DB_HOST']]} port={env.get('DB_PORT', '5432')} auth_user={name}",
        "[pgbouncer]",
        f"listen_addr = {address}",
        f"listen_port = {env.get('LISTEN_PORT', '5432')}",
        "unix_socket_dir =",
        f"auth_file = {home}/userlist.txt",
        f"auth_type = {mode}",
        f"ignore_startup_parameters = {env.get('IGNORE_STARTUP_PARAMETERS', 'extra_float_digits')}",
        f"admin_users = {env.get('ADMIN_USERS', 'postgres')}",
        f"stats_users = {name}",
    ]
    for key in ("POOL_MODE", "MAX_CLIENT_CONN", "DEFAULT_POOL_SIZE"):
        if key in env:
            lines.append(f"{key.lower()} = {env[key]}")
    path = os.path.join(home, "pgbouncer.ini")
    with open(path, "w") as it:
        it.write("\n".join(lines) + "\n")
    return path


def pgbouncer(label, env, hosts, address):
    path = ini(env, hosts, folder(f"{label}-bouncer", "postgres"), address)
    return start([tool("pgbouncer", "/usr/sbin/pgbouncer"), path], **user("postgres"))


def clients(address, env):
    """The clients on the pooler's console, its own visitors left out: user and database."""
    argv = ["psql", "-tAX", "-F", "|", "-h", address, "-p", str(PORT), "-U", env["DB_USER"], "-d", "pgbouncer"]
    done = subprocess.run(
        [*argv, "-c", "SHOW CLIENTS"], capture_output=True, text=True, check=True, env={**os.environ, "PGPASSWORD": env["DB_PASSWORD"]}
    )
    rows = [line.split("|") for line in done.stdout.splitlines()]
    return [row[1:3] for row in rows if row[2] != "pgbouncer"]


def note(label, good, said):
    (PASSED if good else FAILED).append(label)
    print(f"{'ok  ' if good else 'FAIL'} {label}: {said}", flush=True)


def through(label, url, hosts, pooler, env, want):
    """Connects with a URL as it is written, and asks the pooler whether it sees that."""
    host = re.search(r"@([\w.-]+)", url).group(1)
    call = subprocess.Popen(
        ["psql", "-qtAX", url, "-c", "SELECT pg_sleep(1.5), 'done'"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PGHOSTADDR": hosts[host], "PGCONNECT_TIMEOUT": "5"},
    )
    seen, end = [], time.time() + 1.2
    while time.time() < end and not seen:
        seen = clients(pooler, env)
        time.sleep(0.1)
    answer = call.communicate(timeout=20)[0].strip()
    good = call.returncode == 0 and answer == "|done" and bool(seen) == want
    told = f"host {host}, the pooler sees {seen or 'nobody'}, must see {'it' if want else 'nobody'}"
    note(label, good, told if answer == "|done" else f"{told}; psql: {answer}")


def addresses():
    """Two loopback addresses that hardly anybody else uses at the same time."""
    part = os.getpid() % 250 + 2
    return f"127.77.{part}.2", f"127.77.{part}.3"


def unused_pooler():
    """A project with a pooler that its client goes past."""
    before, after, known = migrated("projects/reconciliation", "reconciliation")
    database, pooler = addresses()
    hosts = {"postgres": database, "pgbouncer": pooler}
    server = Postgres("reconciliation", environment(after, "postgres", known), database)
    env = environment(after, "pgbouncer", known)
    bouncer = pgbouncer("reconciliation", env, hosts, pooler)
    until("the pooler of reconciliation is up", ["CMD", "pg_isready", "-q", "-h", pooler, "-p", str(PORT)])
    for label, text, want in (("as it was", before, False), ("migrated", after, True)):
        url = environment(text, "backend", known)["DATABASE_URL"]
        through(f"reconciliation {label}: the backend's URL", url, hosts, pooler, env, want)
    stop(bouncer)
    server.down()


def added_pooler():
    """A project that gets a pooler."""
    before, after, known = migrated("add-pooler/references", "shop", "--add-pooler", "pgbouncer")
    database, pooler = addresses()
    hosts = {"db": database, "pgbouncer": pooler}
    env = environment(after, "pgbouncer", known)
    test = [word.replace("127.0.0.1", pooler) for word in healthcheck(after, "pgbouncer")]
    expect("the added pooler's check, all down", test, False, env)
    server = Postgres("shop", environment(after, "db", known), database)
    expect("the added pooler's check, pooler down", test, False, env)
    bouncer = pgbouncer("shop", env, hosts, pooler)
    until("the added pooler's check, all up", test, env)
    expect("the added pooler's check, another password", test, False, {**env, "DB_PASSWORD": "another"})
    for name, variable, text, want in (
        ("web", "DATABASE_URL", before, False),
        ("web", "DATABASE_URL", after, True),
        ("migrate", "DATABASE_URL", after, False),
        ("worker", "DIRECT_URL", after, False),
    ):
        url = environment(text, name, known)[variable]
        when = "as it was" if text is before else "migrated"
        through(f"shop {when}: `{variable}` of {name}", url, hosts, pooler, env, want)
    server.query("postgres", "CREATE ROLE reader LOGIN PASSWORD 'r3ad'")
    url = f"postgresql://reader:r3ad@pgbouncer:{PORT}/shop"
    through("shop: another user of the server", url, hosts, pooler, env, True)
    server.down()
    expect("the added pooler's check, database down", test, False, env)
    server.up()
    until("the added pooler's check, database back", test, env)
    stop(bouncer)
    server.down()
    old = Postgres("old", environment(after, "db", known), database, "md5")
    bouncer = pgbouncer("old", env, hosts, pooler)
    until("the added pooler's check, before a server with md5", test, env)
    stop(bouncer)
    every = {key: value for key, value in env.items() if key != "DB_NAME"}
    bouncer = pgbouncer("every", every, hosts, pooler)
    until("the added pooler's check, no database named", test, every)
    url = environment(after, "web", known)["DATABASE_URL"]
    through("shop: a pooler for every database", url, hosts, pooler, every, True)
    stop(bouncer)
    old.down()


def poolers():
    os.environ["PATH"] = ":".join(sorted(glob.glob("/usr/lib/postgresql/*/bin"))) + ":" + os.environ["PATH"]
    unused_pooler()
    added_pooler()


if __name__ == "__main__":
    sys.exit(judge(poolers))
