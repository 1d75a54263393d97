//! Loom models of the world.
