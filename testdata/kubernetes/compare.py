"""Holds the manifests of a tree, as they are and as they were repaired, against
Kubernetes' schemas. Exits with 1 where a repair made a document worse, moved it
or lost it."""

import sys
from pathlib import Path

import kubernetes_validate
import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VERSION = "1.33"


def documents(path):
    """The mappings of a file in order; None where it does not parse."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = list(yaml.load_all(text, LOADER))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    flat = []
    for document in found:
        is_list = isinstance(document, dict) and document.get("kind") == "List"
        flat.extend(document.get("items") or [] if is_list else [document])
    return [it for it in flat if isinstance(it, dict) and "apiVersion" in it and "kind" in it]


def name(document):
    meta = document.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    return (str(document["kind"]), str(meta.get("namespace")), str(meta.get("name")))


def verdict(document):
    """`valid`, `unknown` to Kubernetes itself, or why it is not valid."""
    try:
        kubernetes_validate.validate(document, VERSION, strict=False)
        return "valid"
    except kubernetes_validate.SchemaNotFoundError:
        return "unknown"
    except kubernetes_validate.ValidationError as error:
        return str(error.message)[:200]
    except Exception as error:  # odd documents trip the validator itself
        return f"{type(error).__name__}: {error}"[:200]


def main():
    tree, copy, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    paths = sorted(p for p in tree.rglob("*") if p.is_file() and p.suffix in (".yaml", ".yml", ".json"))
    changed = [p for p in paths if p.read_bytes() != (copy / p.relative_to(tree)).read_bytes()]
    if most and len(paths) > most:
        # Whatever was repaired, and others spread evenly.
        paths = sorted(set(paths[:: len(paths) // most]) | set(changed))
    altered = set(changed)
    counts, faults = {"valid": 0, "unknown": 0, "not valid": 0}, []
    for path in paths:
        before = documents(path)
        if not before:
            continue
        where = path.relative_to(tree)
        after = documents(copy / where) if path in altered else before
        if after is None or [name(it) for it in before] != [name(it) for it in after]:
            faults.append(f"{where}: its documents are not the same, or not in the same order")
            continue
        for old, new in zip(before, after):
            was = verdict(old)
            counts[was if was in counts else "not valid"] += 1
            now = verdict(new) if path in altered else was
            if now != was and now != "valid":
                faults.append(f"{where}: {' '.join(name(new))}: {now}")
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    print(f"{tree.name}: {len(paths)} files, {len(changed)} repaired, documents before: {told}; {len(faults)} faults")
    for fault in faults:
        print(f"  {fault}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
