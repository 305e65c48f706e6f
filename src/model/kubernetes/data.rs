//! ConfigMaps and Secrets: keys and what they hold.
//!
//! Owns their shape, base64 included. Must not know who uses them.

use super::field::Field;
use super::pod::RefKind;
use crate::model::workload::Text;
use crate::source::Spanned;

/// A ConfigMap or a Secret, or something that makes one.
#[derive(Clone, Debug)]
pub struct Data {
    /// Which of the two.
    pub kind: RefKind,
    /// Its name.
    pub name: Spanned<Text>,
    /// Its namespace.
    pub namespace: Option<Text>,
    /// The keys that are known, in order; `stringData` stands behind `data`, so
    /// the last of a name counts.
    pub keys: Vec<Key>,
    /// Whether there may be further keys: it is encrypted, or something else
    /// makes it.
    pub open: bool,
}

/// A key and what it holds.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub name: Spanned<Text>,
    /// The text; `None` where it is encrypted, binary or not known.
    pub text: Option<Spanned<Text>>,
}

impl Data {
    /// What a key holds, if it is known.
    pub fn key(&self, name: &str) -> Option<&Key> {
        let mut keys = self.keys.iter().rev();
        keys.find(|it| it.name.value.as_ref() == name)
    }
}

/// Reads a ConfigMap.
pub(super) fn config_map(fields: Field<'_>, named: Named, encrypted: bool) -> Data {
    let mut keys = Vec::new();
    for section in ["data", "binaryData"] {
        for (key, at, value) in fields.get(section).into_iter().flat_map(Field::entries) {
            let readable = section == "data" && !encrypted;
            keys.push(Key {
                name: Spanned::new(key.into(), at),
                text: value.text().filter(|it| readable && is_open(&it.value)),
            });
        }
    }
    named.with(RefKind::ConfigMap, keys, encrypted)
}

/// Reads a Secret.
pub(super) fn secret(fields: Field<'_>, named: Named, encrypted: bool) -> Data {
    let mut keys = Vec::new();
    for (key, at, value) in fields.get("data").into_iter().flat_map(Field::entries) {
        let coded = value.text().filter(|_| !encrypted);
        let text = coded.and_then(|it| Some(Spanned::new(base64(&it.value)?.into(), it.at)));
        keys.push(Key {
            name: Spanned::new(key.into(), at),
            text: text.filter(|it: &Spanned<Text>| is_open(&it.value)),
        });
    }
    for (key, at, value) in fields
        .get("stringData")
        .into_iter()
        .flat_map(Field::entries)
    {
        keys.push(Key {
            name: Spanned::new(key.into(), at),
            text: value.text().filter(|it| !encrypted && is_open(&it.value)),
        });
    }
    named.with(RefKind::Secret, keys, encrypted)
}

/// What names an object of this kind.
pub(super) struct Named {
    pub(super) name: Spanned<Text>,
    pub(super) namespace: Option<Text>,
}

impl Named {
    pub(super) fn with(self, kind: RefKind, keys: Vec<Key>, open: bool) -> Data {
        Data {
            kind,
            name: self.name,
            namespace: self.namespace,
            keys,
            open,
        }
    }
}

/// The name of the Secret that an object of another kind makes.
pub(super) fn made(kind: &str, fields: Field<'_>, own: &Spanned<Text>) -> Option<Spanned<Text>> {
    let at = |keys: &[&str]| fields.path(keys).and_then(Field::text);
    match kind {
        "SealedSecret" => {
            at(&["spec", "template", "metadata", "name"]).or_else(|| Some(own.clone()))
        }
        "ExternalSecret" => at(&["spec", "target", "name"]).or_else(|| Some(own.clone())),
        "Certificate" => at(&["spec", "secretName"]),
        _ => None,
    }
}

/// Whether a value is what it says: no SOPS, no template.
fn is_open(text: &str) -> bool {
    !text.starts_with("ENC[") && !text.starts_with("AGE-SECRET")
}

/// The text in base64, if it is one (RFC 4648, with or without padding, blanks
/// ignored as Go's decoder ignores line breaks).
fn base64(coded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(coded.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in coded.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b'\n' | b'\r' | b' ' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_read_with_and_without_padding() {
        assert_eq!(base64("ZGI=").as_deref(), Some("db"));
        assert_eq!(
            base64("cmVkaXM6Ly9yOjYzNzk\n").as_deref(),
            Some("redis://r:6379")
        );
        assert_eq!(base64("/w=="), None);
        assert_eq!(base64("not base64!"), None);
    }
}
