# Leaves the development dependencies, tests and benches out of a Cargo.toml.
/^\[/ { dropped = /^\[dev-dependencies/ || /\.dev-dependencies\]/ || /^\[\[(test|bench)\]\]/ }
!dropped
