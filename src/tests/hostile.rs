//! Bad input at the command line: each kind gives an error or a finding that
//! names the file (and the line where there is one), the exit code says that
//! the view is partial, and the sound project beside it is still reported.

use std::fs;
use std::path::Path;

use super::support::{self, Ran};

/// A project with one weak wait, which must be reported whatever lies beside it.
const SOUND: &str = "\
services:
  db:
    image: postgres:16
    healthcheck:
      test: [CMD, pg_isready, -h, 127.0.0.1]
  api:
    image: acme/api
    depends_on: [db]
";

/// A tree with the sound project in `sound` and these files beside it.
fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    write(dir.path(), "sound/compose.yaml", SOUND.as_bytes());
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    dir
}

fn write(root: &Path, path: &str, text: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Checks the tree; the sound project must be among what is said.
fn check(dir: &Path) -> Ran {
    let ran = support::run(dir, &["check", "--format", "concise"], b"");
    assert!(
        ran.out.contains("sound/compose.yaml:8:18: ") && ran.out.contains("[weak-dependency]"),
        "the sound project is lost:\n{}{}",
        ran.out,
        ran.err
    );
    ran
}

/// Checks one bad file beside the sound project: the exit code is 2 and
/// something is said that begins and goes on as told.
fn fails(files: &[(&str, &[u8])], starts: &str, says: &str) {
    let dir = tree(files);
    let ran = check(dir.path());
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    said(&ran, starts, says);
}

fn said(ran: &Ran, starts: &str, says: &str) {
    let mut lines = ran.out.lines().chain(ran.err.lines());
    assert!(
        lines.any(|line| line.starts_with(starts) && line.contains(says)),
        "`{starts}` … `{says}` is not said:\n{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn an_unclosed_quote_names_its_line() {
    let text = b"services:\n  web:\n    image: \"nginx\n    ports: [80]\n";
    fails(
        &[("bad/compose.yaml", text)],
        "bad/compose.yaml:3:",
        "quote",
    );
}

#[test]
fn a_tab_as_indentation_names_its_line() {
    let text = b"services:\n  web:\n\timage: nginx\n";
    fails(&[("bad/compose.yaml", text)], "bad/compose.yaml:3:", "tab");
}

#[test]
fn a_file_that_is_too_large_is_named_and_not_read() {
    let dir = tree(&[]);
    let path = dir.path().join("bad/compose.yaml");
    fs::create_dir(path.parent().unwrap()).unwrap();
    // Sparse: the length counts, no byte is written.
    fs::File::create(&path).unwrap().set_len(60 << 20).unwrap();
    let ran = check(dir.path());
    assert_eq!(ran.code, 2);
    said(&ran, "error: bad/compose.yaml: ", "60 MB");
}

#[test]
fn bytes_that_are_no_text_name_their_line() {
    let text = b"services:\n  web:\n    image: ngi\xff\xfenx\n";
    fails(
        &[("bad/compose.yaml", text)],
        "error: bad/compose.yaml: ",
        "is not UTF-8 text: line 3, byte 15",
    );
}

#[test]
fn an_alias_bomb_is_stopped_at_its_line() {
    let mut text = "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..12 {
        let item = format!("*a{}", n - 1);
        text.push_str(&format!(
            "x-{n}: &a{n} [{}]\n",
            [item.as_str(); 9].join(", ")
        ));
    }
    text.push_str("services:\n  web:\n    image: nginx\n    labels: *a11\n");
    fails(
        &[("bad/compose.yaml", text.as_bytes())],
        "bad/compose.yaml:",
        "unfolds to more than",
    );
}

#[test]
fn nesting_ten_thousand_deep_is_stopped() {
    let text = format!(
        "services:\n  web:\n    image: nginx\n    labels: {}{}\n",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    fails(
        &[("bad/compose.yaml", text.as_bytes())],
        "bad/compose.yaml:4:",
        "deep",
    );
}

#[test]
fn a_loop_of_extends_is_refused_at_its_line() {
    let text = b"services:\n  a:\n    extends: {service: b}\n  b:\n    extends: {service: a}\n";
    let dir = tree(&[("bad/compose.yaml", text)]);
    let ran = check(dir.path());
    assert_ne!(ran.code, 0);
    said(&ran, "bad/compose.yaml:", "extends");
}

#[test]
fn an_include_outside_the_root_is_not_read() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "other.yaml", SOUND.as_bytes());
    let path = outside.path().join("other.yaml");
    let text = format!(
        "include:\n  - {}\nservices:\n  web:\n    image: nginx\n",
        path.display()
    );
    fails(
        &[("bad/compose.yaml", text.as_bytes())],
        "bad/compose.yaml:2:",
        "outside",
    );
}

#[test]
#[cfg(unix)]
fn a_loop_of_links_neither_hangs_nor_hides() {
    let dir = tree(&[]);
    std::os::unix::fs::symlink("..", dir.path().join("sound/up")).unwrap();
    let ran = check(dir.path());
    assert_eq!(ran.code, 1, "folders are seen once:\n{}", ran.err);
    assert_eq!(ran.out.matches("[weak-dependency]").count(), 1);

    // A link that leads to itself, named by a project.
    let text = b"include: [self.yaml]\nservices:\n  web:\n    image: nginx\n";
    write(dir.path(), "bad/compose.yaml", text);
    std::os::unix::fs::symlink("self.yaml", dir.path().join("bad/self.yaml")).unwrap();
    let ran = check(dir.path());
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    said(&ran, "bad/compose.yaml:1:", "self.yaml");
}

#[test]
#[cfg(unix)]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&[("shut/compose.yaml", SOUND.as_bytes())]);
    let shut = dir.path().join("shut");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    let may_enter = fs::read_dir(&shut).is_ok();
    let ran = check(dir.path());
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
    if may_enter {
        // The superuser passes every door; the same error is met below, by a
        // name that is longer than any file's.
        let long = format!("include: [{}.yaml]\nservices: {{}}\n", "n".repeat(300));
        let beside = [("bad/compose.yaml", long.as_bytes())];
        return fails(&beside, "bad/compose.yaml:1:", "cannot be read");
    }
    assert_eq!(ran.code, 2);
    said(&ran, "error: shut: cannot be read", "permission denied");
}
