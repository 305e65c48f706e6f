//! tierlint
