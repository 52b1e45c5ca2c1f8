//! Serve the web app from bytes in the program.
//!
//! What `npm run build` left in `ui/dist` is part of the program ([`Site::built`]); without it a page says how to build
//! it. [`Site::answer`] is a function of the request alone: whoever has a server calls it.

mod media;
mod site;

pub use site::{File, POLICY, Page, Site, Wanted};
