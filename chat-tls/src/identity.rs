//! An Ed25519 key of ours, here or elsewhere, and how keys are shown.

use std::fmt;
use std::io;
use std::sync::Arc;

use chat_proto::ids::PublicKey;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use ssh_key::HashAlg;
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey};
use ssh_key::public::{Ed25519PublicKey, KeyData};

use crate::elsewhere::KeyElsewhere;

/// An Ed25519 signature has so many bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// What PKCS #8 has in front of the 32 bytes of a private Ed25519 key.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];

/// What a `SubjectPublicKeyInfo` has in front of the 32 bytes of a public Ed25519 key.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// Somebody with a private key: who they are is what its [public half](Self::public_key) says. A clone shares the key, and it
/// is never printed.
#[derive(Clone)]
pub struct Identity {
    public: PublicKey,
    signing: Arc<dyn SigningKey>,
}

impl Identity {
    /// A new one.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    pub fn generate() -> io::Result<Self> {
        Ok(Self::from_private(&generate_private()?))
    }

    /// One whose private key lies elsewhere, such as in an agent or in a piece of hardware: `sign` has each handshake
    /// signed there. It may take long, and blocks [`Tls::handshake`](crate::Tls::handshake) meanwhile; what it fails with is told by
    /// [`TlsError::NotSigned`](crate::TlsError::NotSigned).
    ///
    /// # Examples
    /// ```
    /// use chat_tls::Identity;
    ///
    /// let key = Identity::generate()?;
    /// let same = Identity::elsewhere(key.public_key(), {
    ///     let key = key.clone();
    ///     move |message| key.sign(message)
    /// });
    /// assert_eq!(same.sign(b"a message")?, key.sign(b"a message")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn elsewhere(
        public: PublicKey,
        sign: impl Fn(&[u8]) -> io::Result<[u8; SIGNATURE_BYTES]> + Send + Sync + 'static,
    ) -> Self {
        let signing = Arc::new(KeyElsewhere::new(sign));
        Self { public, signing }
    }

    pub(crate) fn from_private(private: &Ed25519PrivateKey) -> Self {
        let mut der = [PKCS8_PREFIX.as_slice(), private.as_ref()].concat();
        let signing = any_eddsa_type(&PrivatePkcs8KeyDer::from(der.as_slice()));
        der.fill(0);
        let signing = signing.expect("any 32 bytes are a private Ed25519 key");
        let spki = signing.public_key().expect("ring tells the public half");
        Self {
            public: from_spki(&spki).expect("ring writes the public half as everybody does"),
            signing,
        }
    }

    /// The key of this pair; `None` if its halves do not belong together.
    pub(crate) fn from_pair(pair: &Ed25519Keypair) -> Option<Self> {
        let identity = Self::from_private(&pair.private);
        (identity.public.0 == pair.public.0).then_some(identity)
    }

    /// By which others know it.
    #[must_use]
    pub const fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Signs a message, as an agent does for others.
    ///
    /// # Errors
    /// Only for a key that lies [elsewhere](Self::elsewhere): why there is no signature.
    ///
    /// # Panics
    /// Never.
    pub fn sign(&self, message: &[u8]) -> io::Result<[u8; SIGNATURE_BYTES]> {
        let signer = self.signing.choose_scheme(&[SignatureScheme::ED25519]);
        let signer = signer.expect("an Ed25519 key signs as one");
        let signature = signer.sign(message).map_err(io::Error::other)?;
        Ok(signature
            .try_into()
            .expect("all of its signatures are of the same length"))
    }

    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        let spki = [SPKI_PREFIX.as_slice(), &self.public.0].concat();
        Arc::new(CertifiedKey::new(
            vec![CertificateDer::from(spki)],
            Arc::clone(&self.signing),
        ))
    }
}

/// Bytes for a private key.
pub(crate) fn generate_private() -> io::Result<Ed25519PrivateKey> {
    let mut private = [0; 32];
    getrandom::fill(&mut private)?;
    Ok(Ed25519PrivateKey::from_bytes(&private))
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// The public key in a `SubjectPublicKeyInfo`, if it is an Ed25519 key.
pub(crate) fn from_spki(spki: &[u8]) -> Option<PublicKey> {
    spki.strip_prefix(&SPKI_PREFIX)?.try_into().ok().map(PublicKey)
}

/// The short form by which people compare keys: `SHA256:` and 43 characters, as `ssh-keygen -l` prints it.
///
/// # Examples
/// ```
/// use chat_proto::ids::PublicKey;
///
/// let shown = chat_tls::fingerprint(&PublicKey([0; 32]));
/// assert_eq!(shown, "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk");
/// ```
#[must_use]
pub fn fingerprint(key: &PublicKey) -> String {
    KeyData::Ed25519(Ed25519PublicKey(key.0))
        .fingerprint(HashAlg::Sha256)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first test vector of RFC 8032, section 7.1.
    const PRIVATE: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    const PUBLIC: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e,
        0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];

    #[test]
    fn the_public_half_is_that_of_the_standard() {
        let identity = Identity::from_private(&Ed25519PrivateKey::from_bytes(&PRIVATE));
        assert_eq!(identity.public_key(), PublicKey(PUBLIC));
    }

    #[test]
    fn halves_that_do_not_belong_together_are_no_key() {
        let mut pair = Ed25519Keypair {
            public: Ed25519PublicKey(PUBLIC),
            private: Ed25519PrivateKey::from_bytes(&PRIVATE),
        };
        assert!(Identity::from_pair(&pair).is_some());
        pair.public.0[0] ^= 1;
        assert!(Identity::from_pair(&pair).is_none());
    }

    #[test]
    fn two_generated_keys_differ() {
        let key = || Identity::generate().unwrap().public_key();
        assert_ne!(key(), key());
    }

    #[test]
    fn the_private_half_is_never_printed() {
        let shown = format!(
            "{:?}",
            Identity::from_private(&Ed25519PrivateKey::from_bytes(&PRIVATE))
        );
        let public = PublicKey(PUBLIC);
        assert_eq!(shown, format!("Identity {{ public: PublicKey({public}), .. }}"));
    }

    #[test]
    fn only_a_whole_ed25519_key_is_taken_for_one() {
        let spki = [SPKI_PREFIX.as_slice(), &PUBLIC].concat();
        assert_eq!(from_spki(&spki), Some(PublicKey(PUBLIC)));
        assert_eq!(from_spki(&spki[..43]), None);
        assert_eq!(from_spki(&[spki.as_slice(), &[0]].concat()), None);
        let mut other_kind = spki;
        other_kind[8] = 0x71;
        assert_eq!(from_spki(&other_kind), None);
    }
}
