//! Dumps of an environment in every form, with values that every form has to quote.
