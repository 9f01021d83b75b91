//! The cryptography of ring for the sigstore crates, which bring none of their own without C code that needs another build system.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::RefCell;

use ring::{digest, signature};
use sigstore_crypto::{
    CryptoProvider, Error, HashContext, Result, SigningScheme, VerificationKey,
    install_default_provider,
};
use sigstore_types::{DerPublicKey, HashAlgorithm, SignatureBytes};

/// Makes the sigstore crates use ring. Whoever calls them calls this before.
pub fn install() {
    // It is there already from the second time on.
    let _ = install_default_provider(&Ring);
}

/// A signature that ring found to be right: over bytes of this digest, by this key.
#[derive(PartialEq)]
struct Proof {
    scheme: SigningScheme,
    key: Vec<u8>,
    digest: Vec<u8>,
    signature: Vec<u8>,
}

thread_local! {
    /// ring checks signatures over bytes only, and the sigstore crates ask about digests. So the bytes are checked first, and
    /// this is the only answer that [`Ring::verify_prehashed`] knows.
    static PROVED: RefCell<Option<Proof>> = const { RefCell::new(None) };
}

/// Whether `signature` is one of `key` over `content`; if so, `then` is run while the sigstore crates can be told this.
pub fn proving<T>(
    key: &DerPublicKey,
    scheme: SigningScheme,
    content: &[u8],
    signature: &SignatureBytes,
    then: impl FnOnce() -> T,
) -> Result<T> {
    install();
    let key = VerificationKey::from_spki_with_scheme(key, scheme)?;
    key.verify(content, signature)?;
    let algorithm = scheme.hash_algorithm().ok_or_else(|| unsupported("keys without a digest"))?;
    let proof = Proof {
        scheme,
        key: key.as_bytes().to_vec(),
        digest: digest::digest(of(algorithm)?, content).as_ref().to_vec(),
        signature: signature.as_bytes().to_vec(),
    };
    PROVED.set(Some(proof));
    let result = then();
    PROVED.set(None);
    Ok(result)
}

#[derive(Debug)]
struct Ring;

struct Context(digest::Context);

impl HashContext for Context {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

impl CryptoProvider for Ring {
    fn hash(&self, algorithm: HashAlgorithm) -> Result<Box<dyn HashContext>> {
        Ok(Box::new(Context(digest::Context::new(of(algorithm)?))))
    }

    fn verify_raw(
        &self,
        scheme: SigningScheme,
        spki_pubkey_bytes: &[u8],
        data: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        let algorithm: &dyn signature::VerificationAlgorithm = match scheme {
            SigningScheme::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
            SigningScheme::EcdsaP256Sha384 => &signature::ECDSA_P256_SHA384_ASN1,
            SigningScheme::EcdsaP384Sha256 => &signature::ECDSA_P384_SHA256_ASN1,
            SigningScheme::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
            SigningScheme::Ed25519 => &signature::ED25519,
            SigningScheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            SigningScheme::RsaPkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            SigningScheme::RsaPkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            SigningScheme::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
            SigningScheme::RsaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
            SigningScheme::RsaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
            other => return Err(unsupported(other.name())),
        };
        signature::UnparsedPublicKey::new(algorithm, spki_pubkey_bytes)
            .verify(data, signature)
            .map_err(|_| Error::Verification(format!("no {} signature of it", scheme.name())))
    }

    fn verify_prehashed(
        &self,
        scheme: SigningScheme,
        spki_pubkey_bytes: &[u8],
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        let asked = Proof {
            scheme,
            key: spki_pubkey_bytes.to_vec(),
            digest: digest.to_vec(),
            signature: signature.to_vec(),
        };
        if PROVED.with_borrow(|proof| proof.as_ref() == Some(&asked)) {
            return Ok(());
        }
        Err(Error::Verification("no signature over bytes with this digest was checked".to_owned()))
    }
}

fn of(algorithm: HashAlgorithm) -> Result<&'static digest::Algorithm> {
    Ok(match algorithm {
        HashAlgorithm::Sha2256 => &digest::SHA256,
        HashAlgorithm::Sha2384 => &digest::SHA384,
        HashAlgorithm::Sha2512 => &digest::SHA512,
        other => return Err(unsupported(&other.to_string())),
    })
}

fn unsupported(what: &str) -> Error {
    Error::UnsupportedAlgorithm(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_alone_is_never_enough() {
        let content = b"hello";
        let digest = digest::digest(&digest::SHA256, content);
        let answer =
            Ring.verify_prehashed(SigningScheme::EcdsaP256Sha256, &[4; 65], digest.as_ref(), &[]);
        assert!(answer.is_err());
    }

    #[test]
    fn every_digest_is_the_one_of_its_name() {
        install();
        let sha256 = crate::facts::Sha256::of(b"hello").to_string();
        assert_eq!(sigstore_crypto::sha256(b"hello").to_hex(), sha256);
        assert!(Ring.hash(HashAlgorithm::Sha2384).is_ok_and(|hash| hash.finalize().len() == 48));
        assert!(Ring.hash(HashAlgorithm::Sha2512).is_ok_and(|hash| hash.finalize().len() == 64));
    }
}
