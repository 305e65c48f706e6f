//! `fix` on a disk: what is written and what is left alone, and patches that
//! `git apply` takes.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::support::{self, run};
use crate::write::{self, Change};

/// A stack with a weak dependency, without a final line break.
const WEAK: &str = "services:\r\n  web:\r\n    image: example.com/web:1\r\n    depends_on: [db] # keep\r\n  db:\r\n    image: postgres:17\r\n    healthcheck:\r\n      test: [\"CMD-SHELL\", \"pg_isready -h 127.0.0.1 -U app -d app\"]\r\n      start_period: 30s\r\n      start_interval: 1s";

const GATED: &str = "services:\r\n  web:\r\n    image: example.com/web:1\r\n    depends_on: # keep\r\n      db:\r\n        condition: service_healthy\r\n  db:\r\n    image: postgres:17\r\n    healthcheck:\r\n      test: [\"CMD-SHELL\", \"pg_isready -h 127.0.0.1 -U app -d app\"]\r\n      start_period: 30s\r\n      start_interval: 1s";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn git(dir: &Path, args: &[&str]) -> bool {
    let ran = Command::new("git").args(args).current_dir(dir).output();
    ran.expect("git is there, as in every clone")
        .status
        .success()
}

#[test]
fn line_ends_and_a_missing_last_one_are_kept() {
    let folder = folder(&[("compose.yaml", WEAK)]);
    let ran = run(folder.path(), &["fix"], b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(read(&folder, "compose.yaml"), GATED);
    let again = run(folder.path(), &["fix"], b"");
    assert!(
        again.out.starts_with("nothing fixed · nothing left"),
        "{}",
        again.out
    );
}

#[test]
fn a_patch_is_one_that_git_takes() {
    for name in ["compose.yaml", "a b/compose.yaml", "ä\"q\"/compose.yaml"] {
        for (text, fixed) in [
            (WEAK.to_owned(), GATED.to_owned()),
            (format!("{WEAK}\r\n"), format!("{GATED}\r\n")),
        ] {
            let folder = folder(&[(name, &text)]);
            let inner = folder.path().join(name);
            assert!(git(folder.path(), &["init", "-q", "."]));
            // From a folder below the root, too, paths count from the root.
            let ran = run(inner.parent().unwrap(), &["fix", "--diff"], b"");
            assert_eq!(ran.code, 1, "{}", ran.err);
            assert_eq!(read(&folder, name), text, "a patch writes nothing");
            fs::write(folder.path().join("p.diff"), &ran.out).unwrap();
            assert!(git(folder.path(), &["apply", "p.diff"]), "{}", ran.out);
            assert_eq!(read(&folder, name), fixed);
        }
    }
}

#[test]
fn without_anything_to_do_there_is_no_patch() {
    let folder = folder(&[("compose.yaml", GATED)]);
    let ran = run(folder.path(), &["fix", "--diff"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    // What is left without a repair makes no patch.
    let left = GATED
        .replace("postgres:17", "example.com/pg:1")
        .replace("\r\n      start_period: 30s", " || true");
    let left = left.replace("app\"] || true", "app || true\"]");
    fs::write(folder.path().join("compose.yaml"), &left).unwrap();
    let ran = run(folder.path(), &["fix", "--diff"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(run(folder.path(), &["check"], b"").code, 1);
}

#[test]
fn standard_input_comes_back_repaired() {
    let folder = folder(&[]);
    let args = ["fix", "-", "--stdin-filename", "compose.yaml"];
    let ran = run(folder.path(), &args, WEAK.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, GATED), "{}", ran.err);
    let ran = run(folder.path(), &args, GATED.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, GATED), "{}", ran.err);
    assert!(support::files(folder.path()).is_empty());
}

#[test]
fn check_with_fix_is_fix() {
    let folder = folder(&[("compose.yaml", WEAK)]);
    let ran = run(folder.path(), &["check", "--fix", "--diff"], b"");
    assert!(ran.code == 1 && ran.out.starts_with("--- a/compose.yaml\n"));
    let ran = run(folder.path(), &["check", "--fix"], b"");
    assert_eq!(
        (ran.code, read(&folder, "compose.yaml").as_str()),
        (0, GATED)
    );
}

#[test]
fn only_what_was_named_changes() {
    let two = WEAK.replace(
        "  db:\r\n",
        "  api:\r\n    image: example.com/api:1\r\n    depends_on: [db]\r\n  db:\r\n",
    );
    let folder = folder(&[("compose.yaml", &two)]);
    let ran = run(
        folder.path(),
        &["fix", "--only", "missing-healthcheck"],
        b"",
    );
    assert_eq!((ran.code, read(&folder, "compose.yaml")), (1, two.clone()));
    assert!(
        ran.out.contains("2 findings left (2 not asked for)"),
        "{}",
        ran.out
    );
    let ran = run(folder.path(), &["fix", "--workload", "api"], b"");
    assert!(
        ran.out.contains("1 fix in 1 file · 1 finding left"),
        "{}",
        ran.out
    );
    assert!(read(&folder, "compose.yaml").contains("depends_on: [db] # keep"));
    let ran = run(folder.path(), &["fix", "--workload", "nobody"], b"");
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "error: no stack has a workload `nobody`\n")
    );
}

#[test]
fn a_named_file_is_the_only_one_that_changes() {
    let base = "services:\n  web:\n    image: example.com/web:1\n    depends_on: [db]\n  db:\n    image: postgres:17\n    healthcheck:\n      test: [\"CMD-SHELL\", \"pg_isready -h 127.0.0.1 -U app -d app\"]\n      start_period: 30s\n      start_interval: 1s\n";
    let over = "services:\n  job:\n    image: example.com/job:1\n    depends_on: [db]\n";
    let folder = folder(&[("compose.yaml", base), ("compose.override.yaml", over)]);
    let ran = run(folder.path(), &["fix", "compose.override.yaml"], b"");
    assert_eq!(read(&folder, "compose.yaml"), base, "{}", ran.out);
    assert!(read(&folder, "compose.override.yaml").contains("condition: service_healthy"));
    assert_eq!(ran.code, 0, "{}", ran.out);
}

fn change<'t>(path: &'t Path, before: &'t str, after: &'t str) -> Change<'t> {
    Change {
        path,
        before,
        after,
    }
}

#[test]
fn what_changed_since_it_was_read_is_left_alone_and_so_is_the_rest() {
    let folder = folder(&[("a", "1"), ("b", "2")]);
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let error = write::all(
        &[change(&a, "1", "x"), change(&b, "old", "y")],
        folder.path(),
    );
    let error = error.unwrap_err().to_string();
    assert!(
        error.ends_with("b: it has changed since it was read"),
        "{error}"
    );
    assert_eq!(
        (read(&folder, "a"), read(&folder, "b")),
        ("1".into(), "2".into())
    );
    assert_eq!(
        support::files(folder.path()).len(),
        2,
        "nothing is left over"
    );
}

#[cfg(unix)]
#[test]
fn mode_and_owner_are_kept_and_links_lead_to_the_file() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let folder = folder(&[("real", "1")]);
    let real = folder.path().join("real");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    // Only somebody who may give files away can show that they are kept.
    let other = std::os::unix::fs::chown(&real, Some(65534), Some(65534)).is_ok();
    let owner = fs::metadata(&real).unwrap().uid();
    let link = folder.path().join("link");
    symlink("real", &link).unwrap();
    write::all(&[change(&link, "1", "2")], folder.path()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let after = fs::metadata(&real).unwrap();
    assert_eq!(
        (read(&folder, "real").as_str(), after.mode() & 0o777),
        ("2", 0o640)
    );
    assert_eq!((after.uid(), other), (owner, owner == 65534));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_and_a_read_only_file_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let outside = folder(&[("real", "1")]);
    let inside = folder(&[("fixed", "1")]);
    let link = inside.path().join("link");
    symlink(outside.path().join("real"), &link).unwrap();
    let error = write::all(&[change(&link, "1", "2")], inside.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it lies outside the repository"),
        "{error}"
    );
    let fixed = inside.path().join("fixed");
    fs::set_permissions(&fixed, fs::Permissions::from_mode(0o444)).unwrap();
    let error = write::all(&[change(&fixed, "1", "2")], inside.path()).unwrap_err();
    assert!(error.to_string().ends_with("it is read-only"), "{error}");
    assert_eq!(
        (read(&outside, "real"), read(&inside, "fixed")),
        ("1".into(), "1".into())
    );
}
