//! Any bytes as a log or a table of a LevelDB, a SQLite file or a property list: no panic, and no more shown than is bounded.
#![no_main]

use keytrawl::source::{leveldb, property_list, sqlite};
use libfuzzer_sys::fuzz_target;

/// The footer of a table whose index begins at 0, and how each other kind begins.
const MAGIC: [&[u8]; 4] = [b"", b"", b"SQLite format 3\0\x02\x00\x01\x01", b"bplist00"];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let choice = usize::from(*choice) % 4;
    let mut bytes = [MAGIC[choice], rest].concat();
    let mut shown = 0;
    match choice {
        0 => leveldb::join("1/000003.log", &bytes, &mut |text, _| shown += text.len()),
        1 => {
            // The handle of the index stands behind that of the meta index, in the first bytes of the footer.
            let size = rest.len().saturating_sub(5).min(100) as u8;
            bytes.extend([0, 0, 0, size]);
            bytes.resize(bytes.len() + 36, 0);
            bytes.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
            leveldb::join("1/000005.ldb", &bytes, &mut |text, pieces| {
                assert!(pieces.iter().all(|piece| piece.at <= text.len() && piece.raw <= bytes.len()));
                shown += text.len();
            });
        }
        2 => sqlite::join(&bytes, &mut |text, _| shown += text.len()),
        _ => shown = property_list::join(&bytes).0.len(),
    }
    assert!(shown <= 100 * bytes.len() + (8 << 20));
});
