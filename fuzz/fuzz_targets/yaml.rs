//! Any bytes as a YAML config: no panic, and every span slices the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(Some(tree)) = keytrawl::client::yaml::read(text) {
        tree.each_span(&mut |span| assert!(text.get(span.start..span.end).is_some()));
    }
    if let Ok(Some(reading)) = keytrawl::client::read(".continue/config.yaml", text) {
        for value in &reading.values {
            let span = value.text.span();
            assert!(text.get(span.start..span.end).is_some());
        }
    }
});
