//! Archives made by other libraries and by hand, whole and hostile.
