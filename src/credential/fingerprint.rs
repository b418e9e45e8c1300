//! Turns a secret, while it is still borrowed, into everything that may be kept of it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::disclosure::{Disclosure, HIDDEN_FLOOR};
use super::key::{KeyRing, finish, keyed};
use super::{Hint, Identity};
use crate::detector::{Anatomy, Facts};

/// Sets our digests apart from any other use of the same key or hash.
const DOMAIN: &[u8] = b"keytrawl/1\0";

/// Heads and tails that may be kept for matching, in variable characters, most telling first. Provider consoles reveal a
/// few characters at either end, so a short pair is still worth keeping where a longer one would give too much away.
const REVEALED: [(usize, usize); 8] = [(8, 8), (4, 8), (8, 4), (0, 8), (4, 4), (3, 4), (0, 4), (3, 0)];

/// Makes identities. Holds the keyed hash states; may be used from any number of threads.
#[derive(Clone)]
pub struct Fingerprinter {
    keys: Vec<Hmac<Sha256>>,
    fold: Hmac<Sha256>,
    hmsl: bool,
}

/// Shows how many keys there are, and nothing else.
impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fingerprinter")
            .field("keys", &self.keys.len())
            .field("hmsl", &self.hmsl)
            .finish_non_exhaustive()
    }
}

impl Fingerprinter {
    /// `hmsl`: whether to compute HMSL digests too, which take some 5 ms each; only worth it where the inventory holds
    /// such keys.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // The keys are done with once the hash states are made: take and wipe them.
    pub fn new(keys: KeyRing, hmsl: bool) -> Self {
        Self { keys: keys.states(), fold: keyed(run_key().as_ref()), hmsl }
    }

    /// Everything that may be kept of `secret`.
    ///
    /// `public` says what of it is constant, `bits` how strong it is, `facts` what stands in or beside it.
    #[must_use]
    pub fn identify(&self, secret: &[u8], public: Anatomy, bits: u32, facts: Facts) -> Identity {
        let strong = bits >= HIDDEN_FLOOR;
        Identity {
            fold: finish(self.fold.clone().chain_update(secret)),
            hmac: self.keys.iter().map(|key| finish(key.clone().chain_update(DOMAIN).chain_update(secret))).collect(),
            sha256: strong.then(|| Sha256::digest(secret).into()),
            tagged_sha256: strong.then(|| Sha256::new().chain_update(DOMAIN).chain_update(secret).finalize().into()),
            hmsl: if self.hmsl { hmsl(secret) } else { None },
            facts,
            hint: hint(secret, public, bits),
            bits,
        }
    }
}

/// The HMSL digest of a secret: scrypt with public parameters and a public salt, as ggscout writes it.
#[must_use]
pub fn hmsl(secret: &[u8]) -> Option<[u8; 32]> {
    let params = scrypt::Params::new(11, 8, 1).ok()?;
    let mut digest = [0; 32];
    scrypt::scrypt(secret, &Sha256::digest("GitGuardian"), &params, &mut digest).ok()?;
    Some(digest)
}

/// The longest head and tail that leave enough hidden.
fn hint(secret: &[u8], public: Anatomy, bits: u32) -> Option<Hint> {
    let disclosure = Disclosure::of(secret, public, bits)?;
    let (head, tail) = REVEALED.iter().find_map(|&(head, tail)| disclosure.reveal(head, tail))?;
    let Anatomy { prefix, suffix } = disclosure.public();
    Some(Hint {
        head: head.to_owned(),
        tail: tail.to_owned(),
        length: secret.len(),
        public_prefix: prefix,
        public_suffix: suffix,
    })
}

/// A key good for this run only, so that fold values mean nothing to anyone.
fn run_key() -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    if getrandom::fill(key.as_mut()).is_err() {
        // Fold values never leave the process, so the standard library's own randomness serves where the system has none.
        for chunk in key.chunks_exact_mut(8) {
            chunk.copy_from_slice(&RandomState::new().hash_one(0_u8).to_le_bytes());
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn public() -> Anatomy {
        Anatomy { prefix: 4, suffix: 0 }
    }

    fn secret() -> String {
        format!("ghp_{}", "aZ3".repeat(12))
    }

    #[test]
    fn a_strong_secret_has_plain_hashes_and_a_weak_one_has_none() {
        let maker = Fingerprinter::new(KeyRing::none(), false);
        let strong = maker.identify(secret().as_bytes(), public(), 178, Facts::default());
        assert_eq!(strong.sha256, Some(Sha256::digest(secret()).into()));
        assert_eq!(strong.tagged_sha256, Some(Sha256::digest(format!("keytrawl/1\0{}", secret())).into()));
        let weak = maker.identify(b"hunter2", Anatomy::default(), 79, Facts::default());
        assert_eq!((weak.sha256, weak.tagged_sha256, weak.hint, weak.hmsl), (None, None, None, None));
    }

    #[test]
    fn each_live_key_gives_a_digest_in_order() {
        let ring = KeyRing::parse(&format!("a:{},b:{}", "0b".repeat(32), "0c".repeat(32)), "test").unwrap();
        let identity = Fingerprinter::new(ring, false).identify(b"s", Anatomy::default(), 0, Facts::default());
        let expected = [0x0b_u8, 0x0c].map(|byte| finish(keyed(&[byte; 32]).chain_update(b"keytrawl/1\0s")));
        assert_eq!(identity.hmac, expected);
    }

    #[test]
    fn hmsl_is_the_published_algorithm() {
        // scrypt("hello", SHA-256("GitGuardian"), N=2048, r=8, p=1, dkLen=32) by Python's hashlib.
        assert_eq!(hex(&hmsl(b"hello").unwrap()), "9c5e58ea929286e18d9de75f1f2686bf842f1cdac1e2af9e8ff115974e730ca3");
    }

    #[test]
    fn fold_is_equal_for_equal_secrets_and_differs_from_run_to_run() {
        let one = Fingerprinter::new(KeyRing::none(), false);
        let two = Fingerprinter::new(KeyRing::none(), false);
        let of =
            |maker: &Fingerprinter, text: &[u8]| maker.identify(text, Anatomy::default(), 0, Facts::default()).fold;
        assert_eq!(of(&one, b"x"), of(&one.clone(), b"x"));
        assert_ne!(of(&one, b"x"), of(&one, b"y"));
        assert_ne!(of(&one, b"x"), of(&two, b"x"));
    }

    #[test]
    fn a_hint_shrinks_until_enough_stays_hidden() {
        let of = |bits| hint(secret().as_bytes(), public(), bits).map(|hint| (hint.head.len(), hint.tail.len()));
        assert_eq!(of(178), Some((12, 8)));
        assert_eq!(of(120), Some((8, 8)));
        assert_eq!(of(95), Some((4, 4)));
        assert_eq!(of(80), None);
    }

    proptest! {
        #[test]
        fn what_a_hint_leaves_hidden_is_at_least_80_bits(
            secret in "[!-~]{0,120}", prefix in 0usize..130, suffix in 0usize..130, bits in 0u32..700
        ) {
            let public = Anatomy { prefix, suffix };
            if let Some(hint) = hint(secret.as_bytes(), public, bits) {
                let prefix = prefix.min(secret.len());
                let suffix = suffix.min(secret.len() - prefix);
                let variable = secret.len() - prefix - suffix;
                let shown = (hint.head.len() - prefix) + hint.tail.len().saturating_sub(suffix);
                prop_assert!(u64::from(bits) * (variable - shown) as u64 / variable as u64 >= 80);
                prop_assert!(secret.starts_with(&hint.head) && secret.ends_with(&hint.tail));
            }
        }
    }
}
