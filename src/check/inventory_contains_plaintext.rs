//! An export of the inventory that held a secret in the clear.

use super::{Check, Evidence, Meta, Sink};
use crate::coverage::NoticeKind;

declare! {
    /// ## What it does
    ///
    /// Reports each cell of an inventory export that held a credential in the clear. The value was used to make a match
    /// key and dropped.
    ///
    /// ## Why it is bad
    ///
    /// The inventory is read by many and mailed around. A secret in it is a secret no longer, and its export is a list
    /// of keys with the doors they open.
    ///
    /// ## What to do
    ///
    /// Rotate the credential, take the column out of the export, and put a match key there instead:
    /// `keytrawl inventory hash` makes one.
    InventoryContainsPlaintext {
        id: "inventory-contains-plaintext",
        title: "Inventory export holds a credential in the clear",
        severity: 8.1,
        needs: [Inventory],
        nhi: ["NHI2"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [312, 256],
    }
}

impl Check for InventoryContainsPlaintext {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let wanted = |kind| kind == NoticeKind::InventoryPlaintext;
        sink.on_notices(evidence, |notice| wanted(notice.kind), |notice| notice.message.clone());
    }
}
