//! Image references: the repository in one spelling, the tag as words and a version.
//!
//! Owns how registries and tags are read. Must not know any entry.

use std::cmp::Ordering;

/// An image reference, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The repository in lower case, without the prefixes that mean Docker Hub.
    pub repository: String,
    /// The tag as written.
    pub tag: Option<String>,
    /// The digest as written, `sha256:` included.
    pub digest: Option<String>,
}

/// Prefixes of the same official images elsewhere, longest first.
const HUB: [&str; 8] = [
    "public.ecr.aws/docker/library/",
    "registry-1.docker.io/library/",
    "mirror.gcr.io/library/",
    "index.docker.io/",
    "registry-1.docker.io/",
    "mirror.gcr.io/",
    "docker.io/",
    "library/",
];

/// Registries in which a namespace belongs to whoever took it, so that nothing
/// follows from a path that also exists on Docker Hub.
const PUBLIC: [&str; 14] = [
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "public.ecr.aws",
    "mcr.microsoft.com",
    "lscr.io",
    "registry.k8s.io",
    "k8s.gcr.io",
    "codeberg.org",
    "registry.gitlab.com",
    "docker.elastic.co",
    "cgr.dev",
    "nvcr.io",
    "container-registry.oracle.com",
];

impl Reference {
    /// Reads a reference. `None` for what cannot be one: empty, with white
    /// space, or with a variable left in it.
    pub fn parse(image: &str) -> Option<Self> {
        let image = image.trim();
        let usable = !image.is_empty() && !image.contains(['$', '{', '}', ' ', '\t', '\n']);
        if !usable {
            return None;
        }
        let (rest, digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (image, None),
        };
        // A colon before the last slash belongs to a registry's port.
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match rest[slash..].find(':') {
            Some(at) => (&rest[..slash + at], Some(rest[slash + at + 1..].to_owned())),
            None => (rest, None),
        };
        let repository = strip_hub(&repository.to_ascii_lowercase()).to_owned();
        if repository.is_empty() || repository.ends_with('/') {
            return None;
        }
        Some(Self {
            repository,
            tag: tag.filter(|it| !it.is_empty()),
            digest,
        })
    }

    /// The repository without a leading private registry (`registry:5000/`,
    /// `registry.example/`), if there is one. What is left must match exactly.
    pub fn without_registry(&self) -> Option<&str> {
        let (host, rest) = self.repository.split_once('/')?;
        let is_host = host.contains(['.', ':']) || host == "localhost";
        (is_host && !PUBLIC.contains(&host)).then(|| strip_hub(rest))
    }

    /// The version the tag starts with, if any: `16.3-alpine` has 16, 3.
    pub fn version(&self) -> Option<Version> {
        Version::parse(self.tag.as_deref()?)
    }

    /// Whether `word` is a part of the tag: `alpine` is one of `16-alpine3.20`.
    pub fn has_tag_word(&self, word: &str) -> bool {
        let Some(tag) = self.tag.as_deref() else {
            return false;
        };
        tag.split(['-', '_', '.', '+']).any(|part| {
            part.strip_prefix(word)
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }
}

fn strip_hub(mut repository: &str) -> &str {
    while let Some(rest) = HUB
        .iter()
        .find_map(|prefix| repository.strip_prefix(prefix))
    {
        repository = rest;
    }
    repository
}

/// A version as far as it is written; what is not written is the newest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version(Vec<u64>);

impl Version {
    /// Reads leading numbers. A name (`bookworm`), a date in a word or a commit
    /// hash is no version.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text
            .find(|it: char| !it.is_ascii_digit() && it != '.')
            .unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let ends_well = rest.is_empty()
            || rest.starts_with(['-', '_', '+'])
            || ["rc", "alpha", "beta"]
                .iter()
                .any(|word| rest.starts_with(word));
        if !ends_well {
            return None;
        }
        let parts: Option<Vec<u64>> = numbers
            .trim_end_matches('.')
            .split('.')
            .map(|part| part.parse().ok())
            .collect();
        parts.map(Self)
    }

    /// Compares with a bound; a part that the tag leaves open is the newest.
    fn against(&self, bound: &Self) -> Ordering {
        for (index, part) in bound.0.iter().enumerate() {
            let order = self
                .0
                .get(index)
                .map_or(Ordering::Greater, |mine| mine.cmp(part));
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// Whether a version lies within bounds such as `<8` or `>=17 <25`; `None` is the
/// newest there is. `None` as answer: the bounds cannot be read.
pub fn within(version: Option<&Version>, bounds: &str) -> Option<bool> {
    let mut all = true;
    for bound in bounds.split_ascii_whitespace() {
        let (lower, text) = match bound.strip_prefix(">=") {
            Some(text) => (true, text),
            None => (false, bound.strip_prefix('<')?),
        };
        let limit = Version::parse(text)?;
        let below = version.is_some_and(|it| it.against(&limit) == Ordering::Less);
        all &= below != lower;
    }
    Some(all)
}

/// Whether `text` matches a pattern in which `*` stands for anything.
pub fn glob(pattern: &str, text: &str) -> bool {
    // Most are told apart by their first letter.
    let first = pattern.bytes().next();
    if first != Some(b'*') && first != text.bytes().next() {
        return false;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some(at) = memchr::memmem::find(rest.as_bytes(), middle.as_bytes()) else {
                return false;
            };
            rest = &rest[at + middle.len()..];
        }
    }
    last.map_or(rest.is_empty(), |end: &str| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;

    #[test]
    fn repositories_have_one_spelling() {
        let table = [
            ("postgres", "postgres", None),
            ("postgres:16", "postgres", Some("16")),
            (
                "docker.io/library/postgres:16-alpine",
                "postgres",
                Some("16-alpine"),
            ),
            ("index.docker.io/library/redis", "redis", None),
            ("library/redis:7", "redis", Some("7")),
            ("public.ecr.aws/docker/library/nginx:1", "nginx", Some("1")),
            ("mirror.gcr.io/library/mysql", "mysql", None),
            ("mirror.gcr.io/bitnami/redis", "bitnami/redis", None),
            ("docker.io/bitnami/redis:7", "bitnami/redis", Some("7")),
            ("registry:5000/postgres", "registry:5000/postgres", None),
            (
                "registry:5000/postgres:12",
                "registry:5000/postgres",
                Some("12"),
            ),
            ("Postgres:16", "postgres", Some("16")),
            ("GHCR.io/Org/App:V1", "ghcr.io/org/app", Some("V1")),
            (" redis ", "redis", None),
        ];
        for (image, repository, tag) in table {
            let it = Reference::parse(image).unwrap();
            assert_eq!(
                (it.repository.as_str(), it.tag.as_deref()),
                (repository, tag),
                "{image}"
            );
        }
    }

    #[test]
    fn digests_are_kept_apart() {
        let it = Reference::parse("postgres:16@sha256:abc").unwrap();
        assert_eq!(it.tag.as_deref(), Some("16"));
        assert_eq!(it.digest.as_deref(), Some("sha256:abc"));
        let it = Reference::parse("reg.example:5000/a/b@sha256:abc").unwrap();
        assert_eq!(
            (it.repository.as_str(), it.tag),
            ("reg.example:5000/a/b", None)
        );
    }

    #[test]
    fn what_is_no_reference_has_no_answer() {
        for image in [
            "",
            "  ",
            "${IMAGE}",
            "postgres:${TAG}",
            "$IMAGE",
            "a b",
            ":16",
            "docker.io/",
        ] {
            assert_eq!(Reference::parse(image), None, "{image}");
        }
    }

    #[test]
    fn private_registries_can_be_taken_off_public_ones_not() {
        let rest = |image: &str| {
            Reference::parse(image)
                .unwrap()
                .without_registry()
                .map(ToOwned::to_owned)
        };
        assert_eq!(
            rest("registry.example/postgres:16").as_deref(),
            Some("postgres")
        );
        assert_eq!(
            rest("localhost:5000/library/redis").as_deref(),
            Some("redis")
        );
        assert_eq!(rest("localhost/redis").as_deref(), Some("redis"));
        assert_eq!(rest("ghcr.io/mysql/mysql-router"), None);
        assert_eq!(rest("bitnami/redis"), None);
        assert_eq!(rest("redis"), None);
    }

    #[test]
    fn versions_open_at_the_end_are_the_newest() {
        let holds = |tag: &str, bounds: &str| within(Version::parse(tag).as_ref(), bounds).unwrap();
        assert!(holds("4.4", "<5"));
        assert!(holds("4", "<5"));
        assert!(!holds("5.0.1", "<5"));
        assert!(holds("10.1.3-jammy", "<10.2"));
        assert!(!holds("10", "<10.2"), "the newest 10 is not below 10.2");
        assert!(!holds("10.11", "<10.2"));
        assert!(!holds("latest", "<5"), "a floating tag is the newest");
        assert!(holds("latest", ">=11"));
        assert!(holds("v3.5.0", "<3.6"));
        assert!(holds("24.0", ">=17 <25"));
        assert!(!holds("25.0", ">=17 <25"));
        assert_eq!(within(None, "8"), None);
    }

    #[test]
    fn names_and_hashes_are_no_versions() {
        for tag in [
            "latest",
            "bookworm",
            "7f3a2bc",
            "alpine",
            "RELEASE.2023-11-01",
            "sha-1234",
            "",
        ] {
            assert_eq!(Version::parse(tag), None, "{tag}");
        }
        for tag in ["7", "v7", "7.4-rc1", "8.0rc1", "2022-latest", "1.2.3_4"] {
            assert!(Version::parse(tag).is_some(), "{tag}");
        }
    }

    #[test]
    fn tag_words_are_whole_words() {
        let it = Reference::parse("x:16.3-alpine3.20-slim").unwrap();
        assert!(it.has_tag_word("alpine"));
        assert!(it.has_tag_word("slim"));
        assert!(!it.has_tag_word("alp"));
        assert!(!Reference::parse("x:client").unwrap().has_tag_word("cli"));
        assert!(!Reference::parse("x").unwrap().has_tag_word("alpine"));
    }

    #[test]
    fn globs() {
        assert!(glob("*pgbouncer*", "acme/pgbouncer-x"));
        assert!(glob("a/*", "a/b/c"));
        assert!(glob("*b*d", "abcd"));
        assert!(glob("abc", "abc"));
        assert!(!glob("abc", "abcd"));
        assert!(!glob("*b*d", "abc"));
        assert!(!glob("a*a", "a"), "the two ends may not share a letter");
    }
}
