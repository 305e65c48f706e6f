//! Our resolved projects against those of the reference loader.
