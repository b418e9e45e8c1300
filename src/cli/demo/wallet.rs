//! The credentials of the sample workspace: made up from recipes, shaped like real ones, never issued by anybody.

use crate::detector::recipe::{self, RecipeError};

/// One made-up value each.
pub(super) struct Wallet {
    /// GitHub token that two different agents run on.
    pub(super) github: String,
    /// Database password that nobody registered.
    pub(super) postgres: String,
    /// OpenAI key that nobody registered.
    pub(super) openai: String,
    /// Linear key of a suspended identity, claimed by two rows.
    pub(super) linear: String,
    /// Notion token past its expiry.
    pub(super) notion: String,
    /// Anthropic key of an agent that was switched off; the key was not.
    pub(super) anthropic: String,
    /// Slack token that was revoked.
    pub(super) slack: String,
    /// Hugging Face token of somebody who left.
    pub(super) hugging_face: String,
    /// AWS key pair of a retired job.
    pub(super) aws_id: String,
    /// Its secret half.
    pub(super) aws_secret: String,
    /// Stripe key of which the inventory knows too little.
    pub(super) stripe: String,
    /// Key for the inventory's fingerprints.
    pub(super) key: String,
}

impl Wallet {
    /// The same seed gives the same values.
    ///
    /// # Errors
    /// Never, unless a recipe below is malformed.
    pub(super) fn from_seed(seed: u64) -> Result<Self, RecipeError> {
        let mut ordinal = 0;
        let mut make = |recipe: &str| {
            ordinal += 1;
            recipe::expand(recipe, seed.wrapping_mul(1000).wrapping_add(ordinal))
        };
        Ok(Self {
            github: make("ghp_{alnum:30}{crc32-github}")?,
            postgres: make("{password:22}")?,
            openai: make("sk-proj-{b64url:74}T3BlbkFJ{b64url:74}")?,
            linear: make("lin_api_{alnum:40}")?,
            notion: make("ntn_{digit:11}{alnum:35}")?,
            anthropic: make("sk-ant-api03-{b64url:93}AA")?,
            slack: make("xoxb-{digit:12}-{digit:13}-{alnum:24}")?,
            hugging_face: make("hf_{alnum:34}")?,
            aws_id: make("AKIA{base32:16}")?,
            aws_secret: make("{b64:40}")?,
            stripe: make("sk_live_{alnum:24}")?,
            key: make("{hex:64}")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_credentials() {
        let (one, two) = (Wallet::from_seed(1).expect("valid"), Wallet::from_seed(1).expect("valid"));
        let other = Wallet::from_seed(2).expect("valid");
        assert!(one.github == two.github && one.key == two.key);
        assert!(one.github != other.github && one.key != other.key);
    }
}
