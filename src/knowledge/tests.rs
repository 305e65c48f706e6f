//! The file against its schema, and every way to look something up.

use super::*;

#[test]
fn every_entry_parses() {
    for id in Store::get().ids() {
        assert!(Store::get().by_id(id).is_some(), "{id}");
    }
}
