//! A corpus of MCP-shaped files, generated from recipes: what is planted is found where it was planted, and nothing else is.
