#!/usr/bin/env python3
"""Runs the healthchecks that tierlint would write against real servers.

Each row says which image's test is tried, in which state of the server, and
whether it must pass. A wrong answer is printed and makes the exit code 1.
"""

import glob
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOOL = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/debug/tierlint")
ROOT = tempfile.mkdtemp(prefix="tierlint-engine-")
RUNNING = []
PASSED = []
FAILED = []


def known(image):
    """What the tool knows about an image."""
    done = subprocess.run([TOOL, "explain", "--image", image], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def moved(words, ports):
    """The test with its usual ports replaced by those of this run."""
    for old, new in ports.items():
        words = [re.sub(rf"(?<!\d){old}(?!\d)", str(new), word) for word in words]
    return words


def probe(test, env, ports):
    """Runs a test as Docker does: `$$` undone, CMD as it is, CMD-SHELL by sh."""
    words = [word.replace("$$", "$") for word in moved(test, ports)]
    argv = words[1:] if words[0] == "CMD" else ["/bin/sh", "-c", words[1]]
    path = ":".join(sorted(glob.glob("/usr/lib/postgresql/*/bin"))) + ":" + os.environ["PATH"]
    try:
        done = subprocess.run(
            argv, env={"PATH": path, **env}, capture_output=True, timeout=10, stdin=subprocess.DEVNULL, cwd=ROOT
        )
        return done.returncode
    except subprocess.TimeoutExpired:
        return "timeout"


def expect(label, test, want, env=None, ports=None):
    code = probe(test, env or {}, ports or {})
    good = (code == 0) == want
    (PASSED if good else FAILED).append(label)
    print(f"{'ok  ' if good else 'FAIL'} {label}: exit {code}, must {'pass' if want else 'fail'}", flush=True)


def until(label, test, env=None, ports=None, seconds=40):
    """Waits for a test to pass, then counts it."""
    end = time.time() + seconds
    while time.time() < end and probe(test, env or {}, ports or {}) != 0:
        time.sleep(0.2)
    expect(label, test, True, env, ports)


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def user(name):
    """Settings to run as a user of that name, where this is root."""
    if os.getuid() != 0:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def folder(name, owner=None):
    path = os.path.join(ROOT, name)
    os.makedirs(path, exist_ok=True)
    if owner and os.getuid() == 0:
        shutil.chown(path, owner, owner)
    return path


def start(argv, **options):
    log = open(os.path.join(ROOT, f"log-{len(RUNNING)}"), "wb")
    process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT, **options)
    RUNNING.append(process)
    return process


def stop(process, how=signal.SIGTERM):
    process.send_signal(how)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(20)


def tool(name, *places):
    for place in places:
        for path in sorted(glob.glob(place), reverse=True):
            if os.path.exists(path):
                return path
    found = shutil.which(name)
    if not found:
        sys.exit(f"{name} is not installed: see testdata/engine/README.md")
    return found


def postgres(port):
    """A cluster, first with the socket-only server of an image's first start."""
    data = folder("pg", "postgres")
    sockets = folder("pgs", "postgres")
    as_user = user("postgres")
    bin_dir = os.path.dirname(tool("initdb", "/usr/lib/postgresql/*/bin/initdb"))
    subprocess.run(
        [f"{bin_dir}/initdb", "-D", data, "-A", "trust", "-U", "postgres"], check=True, capture_output=True, cwd=ROOT, **as_user
    )
    argv = [f"{bin_dir}/postgres", "-D", data, "-k", sockets, "-p", str(port)]
    test = known("postgres:16")["test"]
    ports = {5432: port}
    # The image gives PGPORT only if the user does; a moved port is such a case.
    env = {"PGPORT": str(port)}
    expect("postgres, down", test, False, env, ports)
    init = start([*argv, "-c", "listen_addresses="], **as_user)
    fooled = ["CMD-SHELL", f"pg_isready -q -h {sockets} -p {port}"]
    until("postgres, first start: the socket answers (this is what fools others)", fooled)
    expect("postgres, first start: ours is not fooled", test, False, env, ports)
    stop(init, signal.SIGINT)
    server = start([*argv, "-c", "listen_addresses=127.0.0.1"], **as_user)
    until("postgres, ready", test, env, ports)
    return server, lambda: start([*argv, "-c", "listen_addresses=127.0.0.1"], **as_user)


def pgbouncer(database_port, database, database_again):
    port = free_port()
    home = folder("bouncer", "postgres")
    with open(os.path.join(home, "users.txt"), "w") as it:
        it.write('"postgres" ""\n')
    with open(os.path.join(home, "pgbouncer.ini"), "w") as it:
        it.write(
            f"[databases]\npostgres = host=127.0.0.1 port={database_port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nauth_type = any\nauth_file = {home}/users.txt\nunix_socket_dir =\n"
            "server_login_retry = 0\n"
        )
    facts = known("edoburu/pgbouncer:v1.23")
    env = {"LISTEN_PORT": str(port), "DB_USER": "postgres", "DB_PASSWORD": "x", "DB_NAME": "postgres", "PGCONNECT_TIMEOUT": "4"}
    through = next(it["test"] for it in facts["alternatives"] if "psql" in it["test"][1])
    expect("pgbouncer, down", facts["test"], False, env)
    expect("pgbouncer through to the database, down", through, False, env)
    server = start([tool("pgbouncer", "/usr/sbin/pgbouncer"), os.path.join(home, "pgbouncer.ini")], **user("postgres"))
    until("pgbouncer, ready", facts["test"], env)
    until("pgbouncer through to the database, ready", through, env)
    stop(database, signal.SIGINT)
    expect("pgbouncer through to the database, database down", through, False, env)
    again = database_again()
    until("pgbouncer through to the database, database back", through, env)
    stop(server)
    stop(again, signal.SIGINT)


def redis():
    port = free_port()
    test = known("redis:7")["test"]
    ports = {"redis-cli": f"redis-cli -p {port}"}
    words = [test[0], test[1].replace("redis-cli", f"redis-cli -p {port}")]
    home = folder("redis")
    expect("redis, down", words, False)
    argv = [tool("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", home, "--enable-debug-command", "yes"]
    server = start(argv)
    until("redis, ready", words)
    bare = ["CMD-SHELL", f"redis-cli -p {port} ping"]
    # A data set that takes seconds to load: the bare ping exits 0 meanwhile.
    subprocess.run(["redis-cli", "-p", str(port), "debug", "populate", "400000", "key", "100"], check=True, capture_output=True)
    subprocess.run(["redis-cli", "-p", str(port), "save"], check=True, capture_output=True)
    stop(server)
    server = start([*argv, "--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024"])
    until("redis, loading: a bare ping passes (this is what fools others)", bare, seconds=10)
    expect("redis, loading: ours is not fooled", words, False)
    server.kill()
    server.wait()
    server = start([tool("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", "secret", "--save", ""])
    until("redis with a password, ready", words)
    stop(server)
    del ports


def mariadb():
    port = free_port()
    data = folder("maria", "mysql")
    as_user = user("mysql")
    install = tool("mariadb-install-db", "/usr/bin/mariadb-install-db")
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, capture_output=True, cwd=ROOT, **as_user,
    )
    argv = [tool("mariadbd", "/usr/sbin/mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={data}/s.sock",
            f"--port={port}", "--bind-address=127.0.0.1"]
    test = known("mysql:8")["test"]
    words = [*test, f"--port={port}"]
    expect("mysql, down", words, False)
    init = start([*argv, "--skip-networking"], **as_user)
    until("mysql, first start: the socket answers (this is what fools others)",
          ["CMD", "mysqladmin", "ping", f"--socket={data}/s.sock", "--silent"])
    expect("mysql, first start: ours is not fooled", words, False)
    stop(init)
    server = start(argv, **as_user)
    until("mysql, ready", words)
    stop(server)
    print("note: MariaDB's own test is a script inside its image (healthcheck.sh); it is not tried here")


def memcached():
    port = free_port()
    ports = {11211: port}
    for image in ("memcached:1.6", "memcached:1.6-alpine"):
        test = known(image)["test"]
        expect(f"{image}, down", test, False, {}, ports)
        server = start([tool("memcached"), "-p", str(port), "-l", "127.0.0.1", "-u", "nobody"])
        until(f"{image}, ready", test, {}, ports)
        stop(server)


def nginx():
    port = free_port()
    home = folder("nginx")
    os.chmod(ROOT, 0o755)
    with open(os.path.join(home, "nginx.conf"), "w") as it:
        it.write(
            f"daemon off; pid {home}/pid; error_log {home}/error; events {{}}\n"
            f"http {{ access_log off; server {{ listen 127.0.0.1:{port}; return 200; }} }}\n"
        )
    test = known("nginx:1.27")["test"]
    # Only the port of the URL moves: the path holds no number.
    words = [word.replace("127.0.0.1:80", f"127.0.0.1:{port}") for word in test]
    expect("nginx, down", words, False)
    server = start([tool("nginx", "/usr/sbin/nginx"), "-c", os.path.join(home, "nginx.conf"), "-p", home])
    until("nginx, ready", words)
    stop(server)


def mosquitto():
    port = free_port()
    home = folder("mosquitto")
    with open(os.path.join(home, "m.conf"), "w") as it:
        it.write(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    with open(os.path.join(home, "closed.conf"), "w") as it:
        it.write(f"listener {port} 127.0.0.1\nallow_anonymous false\n")
    test = known("eclipse-mosquitto:2")["test"]
    words = [test[0], test[1].replace("-h 127.0.0.1", f"-h 127.0.0.1 -p {port}")]
    expect("mosquitto, down", words, False)
    for conf, label in (("m.conf", "open"), ("closed.conf", "with passwords")):
        server = start([tool("mosquitto", "/usr/sbin/mosquitto"), "-c", os.path.join(home, conf)])
        until(f"mosquitto {label}, ready", words)
        stop(server)


def judge(steps):
    """Takes the steps, leaves nothing behind, and says how it went."""
    os.chmod(ROOT, 0o755)
    try:
        steps()
    finally:
        for process in RUNNING:
            if process.poll() is None:
                process.kill()
        shutil.rmtree(ROOT, ignore_errors=True)
    print(f"{len(PASSED)} passed, {len(FAILED)} failed")
    return 1 if FAILED else 0


def servers():
    port = free_port()
    server, again = postgres(port)
    pgbouncer(port, server, again)
    redis()
    mariadb()
    memcached()
    nginx()
    mosquitto()


if __name__ == "__main__":
    sys.exit(judge(servers))
