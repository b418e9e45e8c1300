//! Pointers for what is found in the text of a config, outside of all slots.

use crate::client::{self, SlotKind};
use crate::scan::candidate::Candidate;
use crate::span::Span;

/// Gives candidates that stand in a config, but in no slot that is known, the pointer to the string that holds them.
pub(in crate::scan) fn point(candidates: &mut [Candidate<'_>], path: &str, text: &[u8]) {
    let mut bare: Vec<&mut Candidate<'_>> = candidates
        .iter_mut()
        .filter(|candidate| candidate.slot.kind == SlotKind::Text && candidate.slot.pointer.is_none())
        .collect();
    let spans: Vec<Span> = bare.iter().map(|candidate| candidate.span).collect();
    let Some(text) = std::str::from_utf8(text).ok().filter(|_| !spans.is_empty()) else { return };
    for (candidate, holder) in bare.iter_mut().zip(client::holders(path, text, &spans)) {
        let Some(holder) = holder else { continue };
        candidate.slot.pointer = Some(holder.pointer);
        // The name of a whole value is the credential's; a part of one may be called anything.
        if candidate.slot.variable.is_none() && holder.span == candidate.span {
            candidate.slot.variable = holder.key;
        }
    }
}
