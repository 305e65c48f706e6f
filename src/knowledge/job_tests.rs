//! Real commands of public stacks, and whether they end.

use super::*;

fn ask(name: &str, image: &str, entrypoint: &[&str], command: &[&str]) -> Option<Strength> {
    let image = (!image.is_empty()).then_some(image);
    let service = Service {
        name,
        image,
        entrypoint,
        command,
        ..Service::default()
    };
    evidence(&service, Knowledge::builtin()).map(|it| it.strength)
}

#[test]
fn something() {
    assert_eq!(
        ask("x", "flyway/flyway", &[], &["migrate"]),
        Some(Strength::Strong)
    );
}
