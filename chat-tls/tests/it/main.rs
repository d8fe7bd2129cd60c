//! Keys on disk, and both ends of real TLS.

mod dishonest;
mod keys;
mod tls;
