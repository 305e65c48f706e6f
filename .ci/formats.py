"""Reads JUnit, Checkstyle and GitHub annotations, and the SARIF validator's verdict.

The argument is the folder with what tierlint wrote. Every format must tell of
the same findings.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from junitparser import Failure, JUnitXml

out = Path(sys.argv[1])
trouble = []


def must(holds, what):
    if not holds:
        trouble.append(what)


def sarif():
    # No page of the tool is on the network yet, so it cannot name one.
    accepted = {"SARIF2005"}
    verdict = json.loads((out / "verdict.sarif").read_text())
    for result in verdict["runs"][0].get("results", []):
        if result["ruleId"] not in accepted:
            must(False, f"sarif: {result['ruleId']}: {result['message']}")
    must(verdict["runs"][0]["tool"]["driver"]["name"], "sarif: no verdict")
    return [
        (it["ruleId"], it["locations"][0]["physicalLocation"]["region"]["startLine"])
        for it in json.loads((out / "sarif").read_text())["runs"][0]["results"]
    ]


def junit():
    found = []
    for suite in JUnitXml.fromfile(str(out / "junit")):
        cases = list(suite)
        must(suite.tests == len(cases), f"junit: {suite.name}: {suite.tests} tests, {len(cases)} cases")
        failed = [case for case in cases if any(isinstance(it, Failure) for it in case.result)]
        must(suite.failures == len(failed), f"junit: {suite.name}: {suite.failures} failures")
        found += [(case.name.split(":")[0], int(case.name.split(":")[1])) for case in failed]
    return found


def checkstyle():
    root = ElementTree.parse(out / "checkstyle").getroot()
    must(root.tag == "checkstyle" and root.get("version"), "checkstyle: no root")
    found = []
    for file in root:
        must(file.tag == "file" and Path(file.get("name")).is_file(), f"checkstyle: {file.attrib}")
        for error in file:
            must(error.get("severity") in {"error", "warning", "info"}, f"checkstyle: {error.attrib}")
            must(int(error.get("column")) > 0 and error.get("message"), f"checkstyle: {error.attrib}")
            found.append((error.get("source").removeprefix("tierlint."), int(error.get("line"))))
    return found


def github():
    """As the runner reads: a command, properties with commas, then the text."""
    command = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
    ranks = ["error", "warning", "notice"]
    last = 0
    found = []
    for line in (out / "github").read_text().split("\n")[:-1]:
        match = command.fullmatch(line)
        if not match:
            must(False, f"github: no command: {line}")
            continue
        word, properties, text = match.groups()
        must(ranks.index(word) >= last, f"github: {word} after something milder")
        last = ranks.index(word)
        pairs = dict(it.split("=", 1) for it in properties.split(","))
        known = {"file", "line", "endLine", "col", "endColumn", "title"}
        must(set(pairs) <= known, f"github: {line}")
        must(Path(pairs["file"]).is_file(), f"github: no such file: {line}")
        must(not re.search(r"%(?!25|0D|0A)", text), f"github: a bare percent sign: {line}")
        found.append((pairs["title"], int(pairs["line"])))
    return found


def same(name, found, wanted):
    must(sorted(found) == wanted, f"{name}: not the findings of json: {sorted(found)}")


def main():
    findings = json.loads((out / "json").read_text())["findings"]
    wanted = sorted((it["rule"], it["location"]["start"]["line"]) for it in findings)
    must(len(wanted) > 10, f"json: only {len(wanted)} findings")
    gitlab = json.loads((out / "gitlab").read_text())
    prints = {it["fingerprint"] for it in gitlab}
    must(len(prints) == len(gitlab), "gitlab: fingerprints are not unique")
    rdjson = json.loads((out / "rdjson").read_text())["diagnostics"]
    same("sarif", sarif(), wanted)
    same("junit", junit(), wanted)
    same("checkstyle", checkstyle(), wanted)
    same("github", github(), wanted)
    same("gitlab", [(it["check_name"], it["location"]["lines"]["begin"]) for it in gitlab], wanted)
    same("rdjson", [(it["code"]["value"], it["location"]["range"]["start"]["line"]) for it in rdjson], wanted)
    for line in trouble:
        print(line, file=sys.stderr)
    sys.exit(1 if trouble else 0)


main()
