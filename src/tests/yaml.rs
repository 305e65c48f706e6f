//! The tree against an independent reader, over all test data.
