"""A real client before the built server, over standard input and output.

pytest-lsp starts the binary named by TIERLINT and speaks with it as the editors
do whose capabilities it carries. What each answer must say is held against the
command line in the suite of the crate; here it is the protocol that is tried,
through somebody else's implementation: every message is parsed into the types
of lsprotocol, which fail on what the specification does not know.
"""

import asyncio
import os
import statistics
import sys
import time

import pytest
import pytest_lsp
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

SERVER = os.environ["TIERLINT"]
EDITORS = ["visual-studio-code", "neovim@v0.10.0", "neovim@v0.11.0", "emacs"]

BASE = """services:
  web: {labels: {x: "ä𝄞"}, image: example.com/web:1, depends_on: [db]}
  db:
    image: postgres:17
    environment: {POSTGRES_PASSWORD: hunter2}
    healthcheck:
      test: ["CMD", "pg_isready", "-h", "127.0.0.1"]
      interval: 2s
      timeout: 2s
      retries: 30
      start_period: 30s
      start_interval: 1s
"""
OVERRIDE = "services:\n  api:\n    image: example.com/api:1\n    depends_on: [db]\n"


class Told(dict):
    """Diagnostics by file, as the client keeps them, and in the order they came."""

    def __init__(self):
        super().__init__()
        self.queue = asyncio.Queue()

    def __setitem__(self, uri, diagnostics):
        super().__setitem__(uri, diagnostics)
        self.queue.put_nowait((uri, diagnostics))


@pytest_lsp.fixture(
    params=EDITORS,
    config=ClientServerConfig(server_command=[SERVER, "lsp", "--stdio"]),
)
async def client(request, lsp_client: LanguageClient, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "compose.yaml").write_text(BASE)
    (tmp_path / "compose.override.yaml").write_text(OVERRIDE)
    lsp_client.root = tmp_path
    lsp_client.diagnostics = Told()
    lsp_client.watched = []

    @lsp_client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def registered(params: lsp.RegistrationParams):
        lsp_client.watched += [it.method for it in params.registrations]

    capabilities = client_capabilities(request.param)
    answer = await lsp_client.initialize_session(
        lsp.InitializeParams(
            capabilities=capabilities,
            root_uri=tmp_path.as_uri(),
            workspace_folders=[lsp.WorkspaceFolder(uri=tmp_path.as_uri(), name="x")],
        )
    )
    general = capabilities.general
    offered = (general and general.position_encodings) or []
    wanted = "utf-8" if "utf-8" in offered else "utf-16"
    assert answer.capabilities.position_encoding == wanted
    lsp_client.encoding = wanted
    yield
    await lsp_client.shutdown_session()


def uri(client, name):
    return (client.root / name).as_uri()


def opened(client, name, text):
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(
            text_document=lsp.TextDocumentItem(
                uri=uri(client, name), language_id="yaml", version=1, text=text
            )
        )
    )


def changed(client, name, version, change):
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(
                uri=uri(client, name), version=version
            ),
            content_changes=[change],
        )
    )


async def told(client, name):
    """The next diagnostics of a file."""
    wanted = uri(client, name)
    while True:
        told, diagnostics = await asyncio.wait_for(client.diagnostics.queue.get(), 20)
        if told == wanted:
            return list(diagnostics)


def at(line, character):
    return lsp.Position(line=line, character=character)


def columns(client, text):
    """How many columns a text has for this client."""
    return len(text.encode("utf-8" if client.encoding == "utf-8" else "utf-16-le")) // (
        1 if client.encoding == "utf-8" else 2
    )


def applied(client, text, edits):
    """A text with plain edits made, from the last to the first."""
    lines = text.splitlines(keepends=True) + [""]

    def offset(position):
        before = "".join(lines[: position.line])
        rest = lines[position.line] if position.line < len(lines) else ""
        for n in range(len(rest) + 1):
            if columns(client, rest[:n]) == position.character:
                return len(before) + n
        raise AssertionError(f"{position} is inside of a character")

    for edit in sorted(edits, key=lambda it: offset(it.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def edits_of(action, wanted):
    edit = action.edit
    if edit.document_changes is None:
        return edit.changes[wanted]
    changes = [it for it in edit.document_changes if it.text_document.uri == wanted]
    return [edit for it in changes for edit in it.edits]


async def actions(client, name, line, only=None):
    return await client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri(client, name)),
            range=lsp.Range(start=at(line, 1), end=at(line, 1)),
            context=lsp.CodeActionContext(diagnostics=[], only=only),
        )
    )


async def whole(client, action):
    """An action with its edit, now or when it is asked for."""
    return action if action.edit else await client.code_action_resolve_async(action)


@pytest.mark.asyncio
async def test_every_file_of_the_stack_is_told(client: LanguageClient):
    opened(client, "compose.yaml", BASE)
    other = await told(client, "compose.override.yaml")
    own = await told(client, "compose.yaml")
    assert [it.code for it in own] == ["weak-dependency"]
    line = BASE.splitlines()[1]
    assert own[0].range.start == at(1, columns(client, line[: line.rindex("db")]))
    assert own[0].severity == lsp.DiagnosticSeverity.Warning
    assert [it.code for it in other] == ["weak-dependency"]
    assert "hunter2" not in str(own) + str(other)
    # The change is one of a few characters, behind some that count differently.
    before = columns(client, line[: line.rindex("[db]")])
    changed(
        client,
        "compose.yaml",
        2,
        lsp.TextDocumentContentChangePartial(
            range=lsp.Range(start=at(1, before), end=at(1, before + 4)),
            text="{db: {condition: service_healthy}}",
        ),
    )
    assert await told(client, "compose.yaml") == []


@pytest.mark.asyncio
async def test_repairs_are_edits_that_apply(client: LanguageClient):
    opened(client, "compose.yaml", BASE)
    await told(client, "compose.yaml")
    found = await actions(client, "compose.yaml", 1)
    fixes = [it for it in found if it.is_preferred]
    assert [it.kind for it in fixes] == [lsp.CodeActionKind.QuickFix]
    own = uri(client, "compose.yaml")
    fix = await whole(client, fixes[0])
    text = applied(client, BASE, edits_of(fix, own))
    assert text == BASE.replace("[db]", "{db: {condition: service_healthy}}"), text
    ignore = next(it for it in found if it.title.startswith("ignore `weak-dependency`"))
    text = applied(client, BASE, edits_of(await whole(client, ignore), own))
    assert "# tierlint: ignore[weak-dependency]" in text
    changed(client, "compose.yaml", 2, lsp.TextDocumentContentChangeWholeDocument(text=text))
    assert await told(client, "compose.yaml") == []
    changed(client, "compose.yaml", 3, lsp.TextDocumentContentChangeWholeDocument(text=BASE))
    [every] = await actions(client, "compose.yaml", 0, ["source.fixAll"])
    every = await whole(client, every)
    assert "service_healthy" in applied(client, BASE, edits_of(every, own))


@pytest.mark.asyncio
async def test_plans_are_shown(client: LanguageClient):
    opened(client, "compose.yaml", BASE)
    document = lsp.TextDocumentIdentifier(uri=uri(client, "compose.yaml"))
    hover = await client.text_document_hover_async(
        lsp.HoverParams(text_document=document, position=at(2, 3))
    )
    assert hover.contents.kind == lsp.MarkupKind.Markdown
    assert "**`db`** · tier 1 of 2" in hover.contents.value
    assert "- `web`: to be started" in hover.contents.value
    hints = await client.text_document_inlay_hint_async(
        lsp.InlayHintParams(
            text_document=document, range=lsp.Range(start=at(0, 0), end=at(99, 0))
        )
    )
    assert [it.position.line for it in hints] == [1, 2]
    assert all("ready " in it.label and "@" in it.label for it in hints)


@pytest.mark.asyncio
async def test_odd_requests_get_errors(client: LanguageClient):
    opened(client, "compose.yaml", BASE)
    document = lsp.TextDocumentIdentifier(uri=uri(client, "compose.yaml"))
    rename = lsp.RenameParams(text_document=document, position=at(1, 3), new_name="x")
    with pytest.raises(JsonRpcMethodNotFound):
        await client.text_document_rename_async(rename)
    with pytest.raises(JsonRpcException) as refused:
        await client.code_action_resolve_async(lsp.CodeAction(title="x"))
    assert refused.value.code == lsp.ErrorCodes.InvalidParams
    outside = lsp.TextDocumentIdentifier(uri="file:///nowhere/compose.yaml")
    answer = await client.text_document_hover_async(
        lsp.HoverParams(text_document=outside, position=at(0, 0))
    )
    assert answer is None
    assert (await actions(client, "compose.yaml", 1)) != []


def large(lines):
    """A Compose file of so many lines, in which services wait for each other."""
    text, services = "services:\n", 0
    while text.count("\n") < lines:
        waits = f"[s{services - 1}]" if services % 7 else "[]"
        text += f"""  s{services}:
    image: postgres:17   # one of many
    restart: unless-stopped
    depends_on: {waits}
    environment:
      POSTGRES_PASSWORD: ${{PASSWORD}}
      PEER: postgres://u@s{max(services - 1, 0)}:5432/x
    healthcheck:
      test: ["CMD", "pg_isready", "-h", "127.0.0.1"]
      interval: 2s
      timeout: 2s
      retries: 30
      start_period: 30s
      start_interval: 1s
    ports: ["{10000 + services}:5432"]
"""
        services += 1
    return text


async def timed(ask, turns):
    """The median and the worst time of something that is done over and over, and
    how much of the mean is spent in this process: the client reads slowly."""
    times = []
    own = time.process_time()
    for turn in range(turns):
        start = time.perf_counter()
        await ask(turn)
        times.append((time.perf_counter() - start) * 1000)
    own = (time.process_time() - own) * 1000 / turns
    median, worst = statistics.median(times), max(times)
    return f"median {median:.1f} ms, worst of {turns} {worst:.1f} ms; the client's own {own:.1f} ms"


@pytest.mark.asyncio
async def test_answers_come_while_one_types(client: LanguageClient, request):
    """Measures; what is asserted is only that each question gets its answer."""
    text = large(2000)
    opened(client, "compose.yaml", text)
    findings = len(await told(client, "compose.yaml"))
    assert findings > 100
    document = lsp.TextDocumentIdentifier(uri=uri(client, "compose.yaml"))
    turns = 20
    # Where things are once so many lines are typed above them.
    key = text.splitlines().index("  s71:") + turns
    weak = text.splitlines().index("    depends_on: [s70]") + turns

    async def type_a_line(turn):
        change = lsp.TextDocumentContentChangePartial(
            range=lsp.Range(start=at(1, 0), end=at(1, 0)), text=f"  # {turn}\n"
        )
        changed(client, "compose.yaml", 2 + turn, change)
        assert len(await told(client, "compose.yaml")) == findings

    async def look_around(_):
        params = lsp.HoverParams(text_document=document, position=at(key, 3))
        assert await client.text_document_hover_async(params)

    async def ask_for_hints(_):
        everything = lsp.Range(start=at(0, 0), end=at(9999, 0))
        params = lsp.InlayHintParams(text_document=document, range=everything)
        assert len(await client.text_document_inlay_hint_async(params)) > 100

    async def repair_one(_):
        found = await actions(client, "compose.yaml", weak)
        assert (await whole(client, next(it for it in found if it.is_preferred))).edit

    editor = request.node.callspec.params["client"]
    print(f"\n{editor}: {len(text.splitlines())} lines, {findings} findings", file=sys.stderr)
    print("  a line typed, to diagnostics:", await timed(type_a_line, turns), file=sys.stderr)
    print("  hover:", await timed(look_around, 5), file=sys.stderr)
    print("  all hints:", await timed(ask_for_hints, 5), file=sys.stderr)
    print("  actions, and one repair:", await timed(repair_one, 5), file=sys.stderr)
