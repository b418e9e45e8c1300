//! Any bytes as a dotenv file and as an env dump: no panic, and every span slices the text.
#![no_main]

use keytrawl::client::{dotenv, env_dump};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for found in dotenv::read(text).iter().chain(&env_dump::read(text).assignments) {
        let span = found.text.span();
        assert!(text.get(span.start..span.end).is_some());
    }
});
