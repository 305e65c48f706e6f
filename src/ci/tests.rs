//! Files to starts.
