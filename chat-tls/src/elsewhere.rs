//! A private key that lies elsewhere, as rustls wants to see it.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::sign::{Signer, SigningKey};
use rustls::{Error, OtherError, SignatureAlgorithm, SignatureScheme};

use crate::identity::SIGNATURE_BYTES;

type Sign = dyn Fn(&[u8]) -> io::Result<[u8; SIGNATURE_BYTES]> + Send + Sync;

/// An Ed25519 key of which only signatures are to be had.
#[derive(Clone)]
pub(crate) struct KeyElsewhere(Arc<Sign>);

impl KeyElsewhere {
    pub(crate) fn new(
        sign: impl Fn(&[u8]) -> io::Result<[u8; SIGNATURE_BYTES]> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(sign))
    }
}

impl SigningKey for KeyElsewhere {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let is_offered = offered.contains(&self.scheme());
        is_offered.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for KeyElsewhere {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match (self.0)(message) {
            Ok(signature) => Ok(signature.into()),
            Err(cause) => Err(Error::Other(OtherError(Arc::new(NotSigned(Arc::new(cause)))))),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl fmt::Debug for KeyElsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyElsewhere")
    }
}

/// Why there is no signature, on its way through rustls.
#[derive(Debug)]
pub(crate) struct NotSigned(pub(crate) Arc<io::Error>);

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotSigned {}
