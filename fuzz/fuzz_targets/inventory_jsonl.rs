//! Any bytes as a JSON or JSONL inventory: read or refused, never a crash.
#![no_main]

use keytrawl::inventory::export::rows;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let last = bytes.split(|byte| *byte == b'\n').count();
    for start in ["", "{\"id\":\"a\"}\n", "[", "{\"records\":["] {
        let text = [start.as_bytes(), bytes].concat();
        let _ = rows(&text, &mut |row| {
            let line = row.map_or_else(|bad| bad.line, |row| row.line);
            assert!(line >= 1 && line as usize <= last + 1);
        });
    }
});
