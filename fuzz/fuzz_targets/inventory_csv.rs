//! Any bytes as a CSV inventory: read or refused, never a crash.
#![no_main]

use keytrawl::inventory::export::rows;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A header line makes sure that the rest is read as rows of it.
    let text = [b"id,state,kind,issuer,match,expires_at\n", bytes].concat();
    let mut count = 0_usize;
    let _ = rows(&text, &mut |_| count += 1);
    assert!(count <= text.len());
    let _ = rows(bytes, &mut |_| {});
});
