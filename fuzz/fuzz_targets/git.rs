//! Any bytes as a git index and as a git config: read or refused, never a crash.
#![no_main]

use keytrawl::source::git_config::{GitConfig, canonical_remote, public_remote};
use keytrawl::source::git_index::Tracked;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for hash in [20, 32] {
        let _ = Tracked::parse(data, hash);
        let entries = [b"DIRC\0\0\0", data].concat();
        if let Ok(tracked) = Tracked::parse(&entries, hash) {
            let below = tracked.below(b"a", tracked.all());
            assert!(below.end <= tracked.all().end);
        }
    }
    if let Ok(config) = GitConfig::parse(data) {
        for (_, url) in &config.remotes {
            let _ = (canonical_remote(url), public_remote(url));
        }
    }
});
