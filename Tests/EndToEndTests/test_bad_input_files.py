# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""State and configuration that are damaged, missing, open to others or on a full disk: said clearly, nothing lost."""

import os
import re
import shutil

import pytest

from harness import toml
from harness.certificates import issue
from harness.isolation import is_root, mount_tmpfs, needs_root, unmount
from harness.page import SignInWithoutBrowser
from kill_rig import enrollments

SILENT = {"user_verification": "DISCOURAGED", "user_mediation": "NONE"}
CRASH = re.compile(r"Fatal error|Stack dump|Program crashed|Backtrace|Illegal instruction|Thread \d+ .*crashed")
DAMAGES = {
    "text": lambda data: b"this is no database, whatever its name says\n" * 100,
    "zeros": lambda data: bytes(len(data)),
    "torn off": lambda data: data[: len(data) // 2 - 7],
    "damaged inside": lambda data: data[:100] + bytes(byte ^ 0x5A for byte in data[100:]),
}


def assert_told(result, *words, code=1):
    """It failed with this exit code, and said in few lines what and where."""
    assert result.returncode == code, (result.returncode, result.stderr)
    assert not CRASH.search(result.stderr), result.stderr
    for word in words:
        assert word.lower() in result.stderr.lower(), f"{word!r} is not in: {result.stderr}"
    assert len(result.stderr.strip().splitlines()) <= 12, result.stderr


def contents(directory):
    """Every file below a directory, with its bytes."""
    return {path: path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


def serve(verifier, timeout=20):
    """Runs `verifier serve`, which is to fail, to its end."""
    import subprocess

    return subprocess.run(
        [str(verifier.program), "serve", "--config", str(verifier.config_path)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def flatten(database):
    """Brings all that is in a database's log into the file itself."""
    import sqlite3

    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


# The agent's state


@pytest.mark.parametrize("damage", DAMAGES)
def test_agent_says_that_its_database_is_damaged(make_world, damage):
    """Every command names the file and what to do; the file stays as it is; put right, all is as before."""
    world = make_world(sign_in=SILENT)
    world.agent.stop()
    database = world.agent.state / "agent.sqlite"
    flatten(database)
    right = database.read_bytes()
    database.write_bytes(DAMAGES[damage](right))
    before = contents(world.agent.state)
    for command in (
        ["status"],
        ["run"],
        ["enroll", world.verifier.issuer, "--code", world.verifier.code("alice")],
        ["unenroll", world.verifier.issuer],
    ):
        assert_told(world.agent.run(*command, check=False, timeout=20), "agent.sqlite", "damaged")
    after = contents(world.agent.state)
    assert after[database] == before[database]
    assert {path: data for path, data in after.items() if path.suffix == ".p8"} == {
        path: data for path, data in before.items() if path.suffix == ".p8"
    }
    for path in world.agent.state.glob("agent.sqlite-*"):
        path.unlink()
    database.write_bytes(right)
    world.agent.start()
    assert world.sign_in()["sub"]


def test_agent_says_that_its_database_is_a_folder(make_world):
    """A folder in the database's place is named."""
    world = make_world(enroll=None, sign_in=SILENT)
    world.agent.stop()
    for path in world.agent.state.glob("agent.sqlite*"):
        path.unlink()
    (world.agent.state / "agent.sqlite").mkdir()
    assert_told(world.agent.run("status", check=False), "agent.sqlite")


@pytest.mark.parametrize("mode", ["unreadable", "foreign"])
def test_agent_says_that_it_may_not_read_its_state(make_world, make_agent, second_user, mode):
    """A state folder or database of somebody else is named; nothing is written."""
    world = make_world(enroll=None, sign_in=SILENT)
    agent = make_agent("other", uid=second_user)
    world.enroll(agent=agent)
    database = agent.state / "agent.sqlite"
    os.chmod(database, 0) if mode == "unreadable" else os.chown(database, 0, 0)
    before = contents(agent.state)
    assert_told(agent.run("status", check=False), "agent.sqlite")
    assert_told(agent.run("run", check=False, timeout=20), "agent.sqlite")
    after = contents(agent.state)
    assert {path: after.get(path) for path in before} == before
    os.chmod(database, 0o600)
    os.chown(database, second_user, second_user)
    assert len(enrollments(agent)) == 1


def test_state_folder_that_others_may_enter_is_refused(make_agent):
    """Whoever may enter the folder could put another database there."""
    agent = make_agent()
    agent.state.chmod(0o755)
    assert_told(agent.run("status", check=False), "open to other users")
    agent.state.chmod(0o700)
    assert "open to other users" not in agent.run("status", check=False).stderr


def test_state_folder_of_another_user_is_refused(make_agent, second_user):
    """A folder of somebody else's is not written to, though its rights would do."""
    agent = make_agent("other", uid=second_user)
    os.chown(agent.state, 0, 0)
    assert_told(agent.run("status", check=False), "belongs to another user")
    assert contents(agent.state) == {}


def proof_key(agent):
    """The key files of the only enrolment."""
    keys = sorted((agent.state / "keys").glob("*.p8"))
    assert len(keys) >= 2
    return keys


def try_to_sign_in(world):
    """A sign-in that is to fail; answers the loopback's status and where the sign-in stands."""
    page = SignInWithoutBrowser(world.app.authorize_url())
    page.begin()
    page.identify("alice")
    answer = page.post_challenge(world.agent.port)
    return answer, page.call("/idp/idx/introspect")["state"]


@pytest.mark.parametrize(
    "damage", ["text", "zeros", "torn off", "damaged inside", "empty", "missing", "another key", "long"]
)
def test_damaged_keys_sign_nothing_and_are_left_alone(make_world, damage):
    """A sign-in ends with an error, the agent lives, its log names what is wrong; put right, the sign-in works."""
    world = make_world(sign_in=SILENT, enrollment={"user_verification": "none"})
    world.agent.stop()
    keys = proof_key(world.agent)
    right = {path: path.read_bytes() for path in keys}
    other = world.agent.directory / "other.p8"
    shutil.copy(keys[0], other)
    for index, path in enumerate(keys):
        if damage == "missing":
            path.unlink()
        elif damage == "another key":
            path.write_bytes(right[keys[index - 1]])
        else:
            path.write_bytes(
                {"empty": b"", "long": bytes(1 << 20)}.get(damage)
                if damage in ("empty", "long")
                else DAMAGES[damage](right[path])
            )
    before = {path: path.read_bytes() for path in keys if path.exists()}
    world.agent.start()
    answer, state = try_to_sign_in(world)
    assert answer.status == 502 and sorted(answer.json()) == ["error", "message"], answer
    assert "enrol" in answer.json()["message"].lower(), answer.text
    assert state == "challenge"
    assert world.agent.daemon.running and not CRASH.search(world.agent.log())
    assert {path: path.read_bytes() for path in keys if path.exists()} == before
    world.agent.stop()
    for path, data in right.items():
        path.write_bytes(data)
        path.chmod(0o600)
    world.agent.start()
    assert world.sign_in()["sub"]


@pytest.mark.parametrize("damage", ["missing", "open to others", "torn off", "another", "a link"])
def test_passphrase_that_is_not_right_opens_nothing(make_world, damage):
    """No new passphrase takes the place of one that is lost or that others could read; put right, the sign-in works."""
    world = make_world(sign_in=SILENT, enrollment={"user_verification": "none"})
    world.agent.stop()
    passphrase = world.agent.state / "keys" / "passphrase"
    right = passphrase.read_bytes()
    if damage == "missing":
        passphrase.unlink()
    elif damage == "open to others":
        passphrase.chmod(0o644)
    elif damage == "torn off":
        passphrase.write_bytes(right[:20])
    elif damage == "another":
        passphrase.write_bytes(b"A" * len(right))
    else:
        target = world.agent.directory / "elsewhere"
        passphrase.rename(target)
        passphrase.symlink_to(target)
    world.agent.start()
    answer, state = try_to_sign_in(world)
    assert answer.status == 502 and state == "challenge", answer
    assert right.decode() not in world.agent.log() + answer.text
    if damage == "missing":
        assert not passphrase.exists(), "a new passphrase was made"
    if damage == "open to others":
        assert "chmod" in answer.json()["message"] + world.agent.log()
    world.agent.stop()
    passphrase.unlink(missing_ok=True)
    passphrase.write_bytes(right)
    passphrase.chmod(0o600)
    world.agent.start()
    assert world.sign_in()["sub"]


def test_keys_folder_that_others_may_read_is_refused(make_world):
    """Nothing is signed by keys that others could have copied, until the person puts it right."""
    world = make_world(sign_in=SILENT, enrollment={"user_verification": "none"})
    world.agent.stop()
    keys = world.agent.state / "keys"
    keys.chmod(0o755)
    world.agent.start()
    answer, _ = try_to_sign_in(world)
    assert answer.status == 502 and "chmod" in answer.json()["message"] + world.agent.log(), answer.text
    keys.chmod(0o700)
    assert world.sign_in()["sub"]


# The verifier's state


@pytest.mark.parametrize("damage", DAMAGES)
def test_verifier_says_that_its_store_is_damaged(make_world, damage):
    """Server and commands name the file and what to do; the file stays as it is; put right, all is as before."""
    world = make_world(sign_in=SILENT)
    world.verifier.stop()
    store = world.verifier.directory / "verifier.sqlite"
    flatten(store)
    right = store.read_bytes()
    store.write_bytes(DAMAGES[damage](right))
    damaged = store.read_bytes()
    for result in (
        serve(world.verifier),
        world.verifier.run("enrollment", "list", check=False),
        world.verifier.run("user", "add", "bob", check=False),
        world.verifier.run("code", "alice", check=False),
    ):
        assert_told(result, "verifier.sqlite", "damaged")
    assert store.read_bytes() == damaged
    for path in world.verifier.directory.glob("verifier.sqlite-*"):
        path.unlink()
    store.write_bytes(right)
    world.verifier.start()
    assert world.sign_in()["sub"]


@pytest.mark.parametrize("damage", ["missing", "open to others", "torn off", "another", "a folder"])
def test_verifier_says_that_its_key_file_is_not_right(make_world, damage):
    """Without the file that opens its keys nothing starts, and no new file or key takes its place."""
    world = make_world(sign_in=SILENT)
    world.verifier.stop()
    [key] = [path for path in world.verifier.directory.glob("verifier.sqlite*") if path.suffix == ".key"]
    right = key.read_bytes()
    if damage == "open to others":
        key.chmod(0o640)
    else:
        key.unlink()
    if damage == "torn off":
        key.write_bytes(right[:7])
        key.chmod(0o600)
    elif damage == "another":
        key.write_bytes(bytes(len(right)))
        key.chmod(0o600)
    elif damage == "a folder":
        key.mkdir()
    assert_told(serve(world.verifier), key.name)
    if damage == "missing":
        assert not key.exists(), "a new key file was made, which opens nothing"
    if key.is_dir():
        key.rmdir()
    key.write_bytes(right)
    key.chmod(0o600)
    world.verifier.start()
    assert world.sign_in()["sub"]


@pytest.mark.parametrize(
    "section, values, words",
    [
        ("store", {"path": "{directory}/nowhere/verifier.sqlite"}, ["nowhere/verifier.sqlite"]),
        ("store", {"path": "/proc/version"}, ["/proc/version"]),
        ("store", {"path": "{directory}"}, ["{directory}"]),
        ("store", {"path": ""}, ["store.path", "empty"]),
        ("store", {"path": 7}, ["store.path", "text"]),
        ("store", {"pth": "x"}, ["store.pth", "not a key"]),
        ("audit", {"path": "{directory}/nowhere/audit"}, ["nowhere/audit"]),
        ("listen", {"port": 99999}, ["listen.port", "99999"]),
        ("listen", {"port": "8800"}, ["listen.port", "number"]),
        ("listen", {"address": "localhost"}, ["listen.address"]),
        ("listen", {"address": "0.0.0.0"}, ["listen.address"]),
        ("tls", {"certificate": "{directory}/nowhere.pem", "key": "{directory}/nowhere.key"}, ["issuer"]),
        ("sign_in", {"user_mediation": "MAYBE"}, ["sign_in.user_mediation", "REQUIRED"]),
        ("sign_in", {"session_minutes": -1}, ["sign_in.session_minutes"]),
        ("enrollment", {"code_minutes": 10**12}, ["enrollment.code_minutes"]),
        ("loopback", {"allowed_origins": ["https://idp.example/path"]}, ["loopback.allowed_origins"]),
        ("loopback", {"ports": []}, ["loopback.ports"]),
        ("assurance", {"directory": "{directory}/nowhere"}, ["assurance.directory"]),
        ("proxies", {"trusted": ["everyone"]}, ["proxies.trusted", "everyone"]),
        ("notices", {"command": ["sendmail"]}, ["notices.command", "absolute"]),
        ("attestation", {"cards": ["/nowhere.pem"]}, ["attestation.cards", "/nowhere.pem"]),
        ("attestation", {"fido_metadata_roots": ["r3.pem"]}, ["attestation.fido_metadata", "missing"]),
        ("attestation", {"card_policies": ["1.2.x"]}, ["attestation.card_policies", "1.2.x"]),
        ("attestation", {"card_ocsp": "ask"}, ["attestation.card_ocsp", "fetch"]),
        ("organization", {"id": ""}, ["organization.id", "empty"]),
        ("surprise", {"a": 1}, ["surprise", "not a key"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_verifier_names_the_key_that_is_wrong(make_verifier, section, values, words):
    """Exit code 1, the key, what is wrong with it; nothing is made."""
    verifier = make_verifier()

    def fill(value):
        return value.replace("{directory}", str(verifier.directory)) if isinstance(value, str) else value

    verifier.configure(section, **{key: fill(value) for key, value in values.items()})
    verifier.write_configuration()
    assert_told(serve(verifier), *map(fill, words))
    assert not (verifier.directory / "verifier.sqlite").exists()


def test_people_are_suspended_while_an_attestation_file_is_broken(make_verifier):
    """Only `serve` needs the files of [attestation]: who was robbed does not wait for a new one."""
    verifier = make_verifier()
    verifier.configure("attestation", cards=["/nowhere.pem"])
    verifier.write_configuration()
    assert_told(serve(verifier), "attestation.cards")
    verifier.run("user", "add", "alice")
    verifier.run("code", "alice")
    assert verifier.run_json("user", "suspend", "alice")["status"] == "suspended"
    assert [user["status"] for user in verifier.run_json("user", "list")] == ["suspended"]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda text: "", ["issuer", "missing"]),
        (lambda text: text + '\nissuer = "http://localhost:1"\n[listen]\nport = 1\n', ["TOML"]),
        (lambda text: text[: len(text) // 2] + '"', ["line", "TOML"]),
        (lambda text: text.replace("http://localhost", "http://idp.example"), ["issuer", "https"]),
        (lambda text: text.replace("http://localhost", "localhost"), ["issuer"]),
        (lambda text: text.replace("http://localhost", "http://localhost/a?b"), ["issuer"]),
        (lambda text: text + "\x00", ["zero byte"]),
        (lambda text: text + "\n# \udcff\n", ["UTF-8"]),
        (lambda text: text + "#" * (2 << 20), ["longer"]),
    ],
    ids=["empty", "twice", "torn off", "plain http", "no scheme", "with a query", "NUL", "not UTF-8", "2 MB"],
)
def test_verifier_says_what_is_wrong_with_its_file(make_verifier, change, words):
    """Exit code 1 and the reason, for every kind of broken file."""
    verifier = make_verifier()
    text = toml.dumps(verifier.configuration)
    verifier.config_path.write_bytes(change(text).encode("utf-8", "surrogateescape"))
    assert_told(serve(verifier), *words)


def test_verifier_says_that_its_file_is_missing_or_a_folder(make_verifier):
    """The path is named."""
    verifier = make_verifier()
    assert_told(serve(verifier), "verifier.toml")
    verifier.config_path.mkdir()
    assert_told(serve(verifier), "verifier.toml")


@pytest.mark.parametrize(
    "damage", ["missing key", "missing certificate", "another key", "no PEM", "swapped", "unreadable"]
)
def test_verifier_says_what_is_wrong_with_its_tls_files(make_verifier, place, programs, damage):
    """Both files are named, and what belongs in them."""
    certificate, other = issue(place / "tls", "localhost"), issue(place / "other", "localhost")
    verifier = make_verifier(certificate=certificate)
    verifier.write_configuration()
    if damage == "missing key":
        certificate.key.unlink()
    elif damage == "missing certificate":
        certificate.certificate.unlink()
    elif damage == "another key":
        shutil.copy(other.key, certificate.key)
    elif damage == "no PEM":
        certificate.key.write_text("no PEM\n")
    elif damage == "swapped":
        shutil.copy(other.certificate, certificate.key)
    elif is_root:
        pytest.skip("root may read everything")
    else:
        certificate.key.chmod(0)
    assert_told(serve(verifier), "server.pem", "server.key", "PEM")


def test_verifier_says_that_its_port_is_taken(make_verifier):
    """The address is named; the one that has it goes on."""
    first = make_verifier("first")
    first.start()
    second = make_verifier("second", port=first.port)
    second.write_configuration()
    assert_told(serve(second), str(first.port), "in use")
    first.wait_until_alive(2)


# A full disk


def fill(directory):
    """Takes all the room of a file system; answers the file that gives it back."""
    path = directory / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


@needs_root
def test_enrolment_on_a_full_disk_says_so(make_world, place):
    """The agent's disk is full: said so, nothing is half done, and with room again the enrolment works."""
    world = make_world(enroll=None, sign_in=SILENT, enrollment={"user_verification": "none"})
    world.agent.stop()
    mount_tmpfs(world.agent.state, "1m", "0700")
    try:
        assert enrollments(world.agent) == []
        filler = fill(world.agent.state)
        told = world.agent.run("status", check=False)
        assert told.returncode == 1 and "no room on the disk" in told.stderr, (told.stdout, told.stderr)
        assert "hint" not in told.stderr, told.stderr
        code = world.verifier.code("alice")
        failed = world.agent.enroll(world.verifier.issuer, code, check=False)
        assert failed.returncode == 1 and not CRASH.search(failed.stderr), failed.stderr
        assert re.search(r"no space|no room|disk.*full|full.*disk", failed.stderr, re.IGNORECASE), failed.stderr
        filler.unlink()
        assert enrollments(world.agent) == []
        if world.agent.enroll(world.verifier.issuer, code, check=False).returncode != 0:
            world.enroll()
        world.agent.start()
        assert world.sign_in()["sub"]
        assert not [path for path in (world.agent.state / "keys").iterdir() if path.name.startswith(".tmp-")]
    finally:
        world.agent.stop()
        unmount(world.agent.state)


@needs_root
def test_sign_in_needs_no_room_on_the_agents_disk(make_world):
    """A full disk does not keep a person from signing in."""
    world = make_world(enroll=None, sign_in=SILENT, enrollment={"user_verification": "none"})
    world.agent.stop()
    mount_tmpfs(world.agent.state, "1m", "0700")
    try:
        world.enroll()
        world.agent.start()
        world.sign_in()
        filler = fill(world.agent.state)
        assert world.sign_in()["sub"]
        filler.unlink()
    finally:
        world.agent.stop()
        unmount(world.agent.state)


@needs_root
def test_verifier_on_a_full_disk_says_so_and_recovers(make_world, place):
    """500 or 507 with E0000009 and a log line that names the disk; reads go on; with room again sign-ins work."""
    data = place / "data"
    data.mkdir()
    mount_tmpfs(data, "4m", "0700")
    world = None
    try:
        world = make_world(sign_in=SILENT, store={"path": str(data / "verifier.sqlite")})
        world.sign_in()
        filler = fill(data)
        answer = None
        for _ in range(300):
            answer = world.page().http.get(world.app.authorize_url())
            if answer.status >= 500:
                break
        assert answer.status in (500, 507), answer
        assert answer.json()["errorCode"] == "E0000009" and "later" in answer.json()["errorSummary"].lower(), (
            answer.text
        )
        assert "disk" in world.verifier.daemon.output().lower() and not CRASH.search(world.verifier.daemon.output())
        result = world.verifier.run("user", "add", "bob", check=False)
        assert_told(result, "disk", "full")
        assert world.app.http.get(f"{world.verifier.issuer}/.well-known/openid-configuration").status == 200
        assert len(world.verifier.enrollments("alice")) == 1
        filler.unlink()
        assert world.sign_in()["sub"]
        world.verifier.restart()
        assert world.sign_in()["sub"]
    finally:
        if world:
            world.verifier.stop()
        unmount(data)
