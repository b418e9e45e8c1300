//! Places beside client configs in which credentials of servers stand, each with what is said of it.
