//! Selectors that find nobody.
//!
//! Owns when that can be said: what operators add at run time is not seen. Must
//! not know ports.

use crate::finding::Finding;
use crate::model::kubernetes::network::Service;
use crate::model::kubernetes::pod::Pod;
use crate::rules::dangling_reference::RULE;
use crate::rules::{ClusterContext, nearest};

/// A selector that no pod satisfies, though one almost does. What operators
/// make is not seen, so a selector that nothing resembles is left alone.
pub(in crate::rules) fn selector(cx: &ClusterContext<'_>, service: &Service) -> Option<Finding> {
    let found = cx.cluster.selected(service);
    if service.selector.is_empty() || !found.is_empty() || cx.is_partial() {
        return None;
    }
    let own = &cx.cluster.objects[service.object];
    let agree = |pod: &Pod| {
        let labels = service.selector.iter();
        labels
            .filter(|it| pod.has_label(&it.key.value, &it.value.value))
            .count()
    };
    let close = cx.pods().filter(|(_, pod)| {
        let named = cx.object(pod).name.value == own.name.value;
        !pod.patched && (agree(pod) > 0 || named)
    });
    let (index, pod) = close.max_by_key(|(index, pod)| (agree(pod), std::cmp::Reverse(*index)))?;
    let title = &own.name.value;
    let name = cx.name(index);
    let wrong = service
        .selector
        .iter()
        .find(|it| !pod.has_label(&it.key.value, &it.value.value));
    let Some(wrong) = wrong else {
        let (here, there) = (
            own.space().unwrap_or("none"),
            cx.object(pod).space().unwrap_or("none"),
        );
        let message =
            format!("the Service `{title}` finds no pod: `{name}` is in another namespace");
        let place = own.namespace.as_ref().map_or(own.name.at, |it| it.at);
        return Some(
            RULE.finding(place, message)
                .label(format!("`{here}`, there `{there}`"))
                .note(cx.object(pod).name.at, "its labels fit")
                .about(&[title, name]),
        );
    };
    // A label that is not there may be added at run time, as Patroni does with
    // `role`; another value may be the other half of a switch-over.
    let key = &wrong.key.value;
    let has = pod.labels.iter().find(|it| it.key.value == *key)?;
    let same = cx.object(pod).name.value == own.name.value;
    let typo = nearest(
        &wrong.value.value,
        std::iter::once(has.value.value.as_ref()),
    )
    .is_some();
    if !(same || typo) {
        return None;
    }
    let (text, at) = (format!("it has `{key}: {}`", has.value.value), has.value.at);
    let message = format!(
        "the Service `{title}` finds no pod: none has `{key}: {}`",
        wrong.value.value
    );
    Some(
        RULE.finding(wrong.value.at, message)
            .note(at, format!("`{name}` is the nearest, and {text}"))
            .place(own.name.at)
            .about(&[title, name]),
    )
}
