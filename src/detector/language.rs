//! How far text is from language: a model of which letters follow which, to tell what a generator made from what a person named.

/// Log-odds that a letter (row) is followed by another (column) in words rather than in random letters, in half bits from
/// `m`, which is none. Counted over the identifiers of six large programs in Ruby, C, Go, Java, C# and PHP.
const FOLLOWS: [&[u8; 26]; 26] = [
    b"enonbhmblagpooamaoorlifiji",
    b"qijgqeebnndqjfoedmmgqaaama",
    b"ogjdpgapkaooidrianjpmabaga",
    b"qlinsffaqcdlhfnkalngmgdija",
    b"ngnojmjbebcnlpfkirqogjknia",
    b"pcghnoifsmfnhjqeaommlaaama",
    b"lfhbtmllpaajimlfaqojneeahd",
    b"rfhfsdabqafejepgamknnbaaea",
    b"kinnmknaaabomrpkclopakaial",
    b"peelsaeaiaheidriderdmfiahb",
    b"mjeitjfgpafkelljfgqlnfgaea",
    b"qidmridbqadodcpiacmnnhcala",
    b"rkjjsdbaoacjnhopeclhkbaaha",
    b"odoppnpembkigknhchoqjkaaga",
    b"kkmmfjlakejnormnbqlnojkfea",
    b"qdhjqfejmacocbpnaqkpmeaaga",
    b"cbefbbaababpicdhbgifvcbdaa",
    b"pglksflapakjkkpgalnnkldama",
    b"mbmhrdfnnajjgenngfosmcfaka",
    b"pakgrfdoqaahhbpiapnlkaffmd",
    b"kmlkpliamabpnqgnaqppebaded",
    b"sahatbddqaaiifkgaahfebaaaa",
    b"qfggoceosabjdnqeapmidaiaad",
    b"mgpkqibgoaafjdjrafgsebblla",
    b"lihdpneajbaloqjrahpnfdhaoi",
    b"nadgufbenadhgjnaeeheqacdlk",
];

/// Log-odds in bits that `text` is made of words: well above zero for names, far below for random characters.
///
/// Letters count by what follows them. Digits within letters, and capitals behind small letters, are rarer in names than in
/// random text. Other characters count nothing.
#[must_use]
pub fn wordiness(text: &str) -> f64 {
    let mut half_bits = 0_i32;
    for pair in text.as_bytes().windows(2) {
        let &[before, after] = pair else { continue };
        half_bits += match (before.is_ascii_alphabetic(), after.is_ascii_alphabetic()) {
            (true, true) => {
                let hump = before.is_ascii_lowercase() && after.is_ascii_uppercase();
                follows(before, after) - if hump { 2 } else { 0 }
            }
            (true, false) if after.is_ascii_digit() => -2,
            (false, true) if before.is_ascii_digit() => -4,
            _ => 0,
        };
    }
    f64::from(half_bits) / 2.0
}

fn follows(before: u8, after: u8) -> i32 {
    let place = |letter: u8| usize::from(letter.to_ascii_lowercase() - b'a');
    i32::from(FOLLOWS[place(before)][place(after)]) - i32::from(b'm')
}

#[cfg(test)]
mod tests {
    use super::wordiness;
    use crate::detector::recipe::expand;

    #[test]
    fn names_are_words() {
        for name in [
            "getUserAccessToken",
            "application/json",
            "us-east-1",
            "aws_sse_customer_key_base64",
            "AccessTokenExpired2024",
        ] {
            assert!(wordiness(name) > 0.0, "{name}: {}", wordiness(name));
        }
    }

    #[test]
    fn random_text_is_not() {
        for recipe in ["{alnum:20}", "{alnum:40}", "{lowernum:28}", "{base32:26}", "{b64:43}", "{lower:32}", "{hex:32}"]
        {
            let wordy = (0..1000).filter(|&seed| wordiness(&expand(recipe, seed).unwrap()) > -8.0).count();
            assert!(wordy <= 10, "{recipe}: {wordy} of 1000");
        }
    }
}
