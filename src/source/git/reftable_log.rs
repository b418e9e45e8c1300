//! What a ref named before, where refs lie in a reftable: the records of its blocks of logs.

use std::collections::BTreeMap;
use std::path::Path;

use super::inflate::Inflater;
use super::reftable::{Records, body, number, tables};
use super::revision::Change;
use super::{GitError, Id};

/// The changes of a ref by their number.
type Changes = BTreeMap<u64, Change>;

/// The changes of a ref that the stack at `directory` tells of, the oldest first.
///
/// # Errors
/// Where one of its tables cannot be read or is damaged.
pub(super) fn read(directory: &Path, hash: usize, name: &str) -> Result<Vec<Change>, GitError> {
    let changes: Changes = tables(directory, &|table, changes| take(table, hash, name.as_bytes(), changes))?;
    // A log that was created empty has one record of nothing.
    Ok(changes.into_values().filter(|change| !(change.old.is_null() && change.new.is_null())).collect())
}

/// Lets a table amend the changes of that ref; `None` where it is damaged.
fn take(table: &[u8], hash: usize, name: &[u8], changes: &mut Changes) -> Option<()> {
    let (body, header) = body(table, hash)?;
    // Behind the header, the footer holds four other numbers; logs begin at 0 where they come first.
    let mut at = number(table, body.len() + header + 24, 8)?;
    if at == 0 && body.get(header) != Some(&b'g') {
        return Some(());
    }
    let (mut inflater, mut block, mut taken) = (Inflater::default(), Vec::new(), 0);
    loop {
        // The header of the table stands within the first block.
        let start = if at == 0 { header } else { at };
        if body.get(start) != Some(&b'g') {
            return Some(());
        }
        // Only what follows the head of a block is deflated, but its size is that of the whole.
        let size = number(body, start + 1, 3)?.checked_sub(start - at + 4)?;
        let used = inflater.measured(body.get(start + 4..)?, size as u64, &mut block)?;
        changes_of(&block, hash, name, changes, &mut taken)?;
        at = start + 4 + used.max(1);
    }
}

/// Takes the records of one block.
fn changes_of(block: &[u8], hash: usize, name: &[u8], changes: &mut Changes, taken: &mut usize) -> Option<()> {
    let mut records = Records::of(block, 0)?;
    while let Some(kind) = records.next(taken)? {
        // The name, a NUL, and the number of the change, counted from the other end.
        let (of, number) = records.key.split_at_checked(records.key.len().checked_sub(9)?)?;
        let number = u64::MAX - u64::from_be_bytes(number.get(1..)?.try_into().ok()?);
        let meant = of == name;
        match kind {
            0 if meant => _ = changes.remove(&number),
            0 => {}
            1 => {
                let (old, new) = records.bytes(2 * hash)?.split_at_checked(hash)?;
                let (old, new) = (Id::from_bytes(old)?, Id::from_bytes(new)?);
                // Who and where to reach them, when, in which time zone, why.
                records.text()?;
                records.text()?;
                records.number()?;
                records.bytes(2)?;
                let why = records.text()?;
                if meant {
                    changes.insert(number, Change { old, new, why: why.trim_ascii_end().to_vec() });
                }
            }
            _ => return None,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A table with one block of these records of logs.
    fn table(records: &[u8]) -> Vec<u8> {
        let mut header = b"REFT\x01\0\x10\0".to_vec();
        header.extend([0; 16]);
        let len = header.len() + 4 + records.len() + 5;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&[records, &[0, 0, 28, 0, 1]].concat()).expect("memory");
        let block = [&[b'g', 0, (len >> 8) as u8, len as u8][..], &encoder.finish().expect("memory")].concat();
        [&header[..], &block, &header, &[0; 44]].concat()
    }

    fn change(name: &[u8], number: u64, kind: u8, ids: Option<[u8; 2]>) -> Vec<u8> {
        let key = [name, &[0], &(u64::MAX - number).to_be_bytes()].concat();
        let mut record = [&[0, (key.len() << 3) as u8 | kind][..], &key].concat();
        if let Some([old, new]) = ids {
            record.extend([old; 20]);
            record.extend([new; 20]);
            record.extend([1, b'A', 2, b'a', b'@', 7, 0, 60, 4, b'w', b'h', b'y', b'\n']);
        }
        record
    }

    #[test]
    fn changes_come_in_their_order_and_newer_tables_take_some_back() {
        let id = |byte: u8| Id::from_bytes(&[byte; 20]).expect("a name");
        let mut changes = Changes::new();
        let first =
            [change(b"m", 2, 1, Some([1, 2])), change(b"m", 1, 1, Some([0, 1])), change(b"mn", 2, 1, Some([0, 9]))];
        assert_eq!(take(&table(&first.concat()), 20, b"m", &mut changes), Some(()));
        let told = |old: u8, new: u8| Change { old: id(old), new: id(new), why: b"why".to_vec() };
        assert_eq!(changes.clone().into_values().collect::<Vec<_>>(), [told(0, 1), told(1, 2)]);
        let second = [change(b"m", 3, 1, Some([2, 3])), change(b"m", 2, 0, None)].concat();
        assert_eq!(take(&table(&second), 20, b"m", &mut changes), Some(()));
        assert_eq!(changes.into_values().collect::<Vec<_>>(), [told(0, 1), told(2, 3)]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(records in proptest::collection::vec(0u8.., 0..120), flip in 0usize..200) {
            let mut bytes = table(&records);
            let _ = take(&bytes, 20, b"m", &mut Changes::new());
            if let Some(byte) = bytes.get_mut(flip) {
                *byte ^= 0x41;
            }
            let _ = take(&bytes, 20, b"m", &mut Changes::new());
            proptest::prop_assert!(take(&records, 20, b"m", &mut Changes::new()).is_none());
        }
    }
}
