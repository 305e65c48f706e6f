//! Whether a service listens somewhere else than its image usually does.
//!
//! Owns the comparison of the port that a test asks with what the service says
//! of its ports. Must not know which test it is.

use super::fact::Setting;

/// The port that a test names although the service speaks of other ports only:
/// it publishes others, or a variable such as `ZOOKEEPER_CLIENT_PORT` gives
/// another, and nothing names this one. `targets` are the ports inside the
/// container that the service publishes.
pub fn elsewhere(
    test: &[String],
    usual: &[u16],
    setting: &Setting<'_>,
    targets: &[u16],
) -> Option<u16> {
    let asked = usual.iter().copied();
    let mut asked = asked.filter(|port| test.iter().any(|word| names(word, *port)));
    asked.find(|port| {
        let mut values = setting.env.iter().filter_map(|(_, value)| *value);
        let mut words = setting.words.iter();
        let known = targets.contains(port)
            || values.any(|it| names(it, *port))
            || words.any(|it| names(it, *port));
        !known && (!targets.is_empty() || has_other_port(setting, *port))
    })
}

/// Whether a number stands in a text as a number of its own.
fn names(text: &str, port: u16) -> bool {
    let number = port.to_string();
    let digit = |it: Option<char>| it.is_some_and(|it| it.is_ascii_digit());
    text.match_indices(&number).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + number.len()..].chars().next();
        !digit(before) && !digit(after)
    })
}

/// Whether a variable gives the server's own port, and it is another one.
fn has_other_port(setting: &Setting<'_>, port: u16) -> bool {
    const OWN: [&str; 6] = [
        "CLIENT_PORT",
        "HTTP_PORT",
        "LISTEN_PORT",
        "PORT_NUMBER",
        "SERVER_PORT",
        "SERVICE_PORT",
    ];
    let own = |name: &str| name == "PORT" || OWN.iter().any(|it| name.ends_with(it));
    setting.env.iter().any(|(name, value)| {
        let number = value.and_then(|it| it.trim().parse::<u16>().ok());
        own(name) && number.is_some_and(|it| it != port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_nothing_names_beside_others_is_doubted() {
        let test = ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2181"];
        let test: Vec<String> = test.map(str::to_owned).into();
        let at = |env: &[(&str, Option<&str>)], words: &[&str], targets: &[u16]| {
            let mounts = &[];
            elsewhere(&test, &[2181], &Setting { words, env, mounts }, targets)
        };
        let named = [("ZOOKEEPER_CLIENT_PORT", Some("2182"))];
        assert_eq!(at(&named, &[], &[]), Some(2181));
        assert_eq!(
            at(&[("ZOOKEEPER_CLIENT_PORT", Some("2181"))], &[], &[]),
            None
        );
        assert_eq!(at(&[], &[], &[2182]), Some(2181));
        assert_eq!(at(&[], &[], &[2181, 2888]), None);
        assert_eq!(at(&[], &[], &[]), None);
        assert_eq!(at(&[], &["--listen=0.0.0.0:2181"], &[12181]), None);
        // 12181 is another number.
        assert_eq!(at(&[], &["--listen=0.0.0.0:12181"], &[12181]), Some(2181));
    }
}
