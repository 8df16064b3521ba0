// SPDX-License-Identifier: Apache-2.0
//! Patterns of server URIs.
#![warn(clippy::arithmetic_side_effects)]

use alloc::boxed::Box;
use core::fmt;

use fluent_uri::Uri;

use crate::consistency::{MAX_URI, default_port};

/// A pattern of server URIs: `scheme://host`, with `:port` and `/path` where they matter.
///
/// `*` stands for any characters within its part, so one in the host never reaches into the
/// path. Scheme and host are compared without regard to case, and a dot at the end of the host is
/// passed over. Without a port every port matches, without a path every path; a port matches also
/// where the URI leaves out that it is the scheme's own. The pattern `*` matches every URI.
///
/// ```
/// use simstrap_policy::UriPattern;
///
/// let pattern = UriPattern::new("coaps*://*.example.com")?;
/// assert!(pattern.matches("coaps+tcp://DM.Example.com:5684"));
/// assert!(!pattern.matches("coaps://evil.example/.example.com"));
/// assert!(!pattern.matches("coaps://dm.example.com@evil.example"));
/// # Ok::<(), simstrap_policy::InvalidPattern>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UriPattern {
    text: Box<str>,
    /// `None` for the pattern `*`.
    ends: Option<Ends>,
}

/// Why text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPattern {
    /// Longer than the longest URI.
    #[error("a pattern of {length} bytes is longer than the 255 a server URI can have")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// No scheme, or no host.
    #[error("a pattern is `scheme://host`, for example `coaps://*.example.com`, or `*`")]
    NoSchemeAndHost,
    /// Characters that no scheme, host or port has.
    #[error("no server URI matches this pattern: `{part}` has characters that do not occur there")]
    Impossible {
        /// The part of the pattern: `scheme`, `host` or `port`.
        part: &'static str,
    },
}

impl UriPattern {
    /// A pattern.
    ///
    /// # Errors
    /// [`InvalidPattern`] when no URI of a server could match it.
    pub fn new(pattern: &str) -> Result<Self, InvalidPattern> {
        if pattern.len() > MAX_URI {
            return Err(InvalidPattern::TooLong { length: pattern.len() });
        }
        if pattern == "*" {
            return Ok(Self { text: pattern.into(), ends: None });
        }
        let ends = Ends::of(pattern).ok_or(InvalidPattern::NoSchemeAndHost)?;
        let Parts { scheme, host, port, .. } =
            ends.split(pattern).ok_or(InvalidPattern::NoSchemeAndHost)?;
        let scheme_ok = |c: char| c.is_ascii_alphanumeric() || "+-.*".contains(c);
        let host_ok = |c: char| c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=[]:".contains(c);
        let port_ok = |c: char| c.is_ascii_digit() || c == '*';
        for (part, possible) in [
            ("scheme", scheme.chars().all(scheme_ok)),
            ("host", host.chars().all(host_ok)),
            ("port", port.is_none_or(|port| port.chars().all(port_ok))),
        ] {
            if !possible {
                return Err(InvalidPattern::Impossible { part });
            }
        }
        Ok(Self { text: pattern.into(), ends: Some(ends) })
    }

    /// Whether a URI matches. What is no URI with a host matches only `*`.
    #[must_use]
    pub fn matches(&self, uri: &str) -> bool {
        self.matches_parts(&UriParts::of(uri))
    }

    /// The same for a URI that was taken apart before.
    pub(super) fn matches_parts(&self, uri: &UriParts<'_>) -> bool {
        let Some(ends) = self.ends else { return true };
        let (Some(pattern), Some(uri)) = (ends.split(&self.text), &uri.0) else { return false };
        let port_matches = |pattern: &str| match uri.port {
            Some(port) => glob(pattern, decimal(port, &mut [0; 5]), false),
            None => pattern == "*",
        };
        glob(pattern.scheme, uri.scheme, true)
            && glob(without_root(pattern.host), uri.host, true)
            && pattern.port.is_none_or(port_matches)
            && pattern.path.is_none_or(|path| glob(path, uri.from_path, false))
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for UriPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for UriPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UriPattern({self})")
    }
}

/// What a pattern is made of.
struct Parts<'p> {
    scheme: &'p str,
    host: &'p str,
    port: Option<&'p str>,
    /// With the `/` at its front.
    path: Option<&'p str>,
}

/// Where the parts of a pattern end, which has at most 255 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ends {
    scheme: u8,
    host: u8,
    /// Host and port.
    authority: u8,
}

impl Ends {
    fn of(pattern: &str) -> Option<Self> {
        let scheme = pattern.find("://")?;
        let rest = pattern.get(scheme.checked_add(SEPARATOR)?..)?;
        let in_pattern = |in_rest: usize| {
            scheme.saturating_add(SEPARATOR).saturating_add(in_rest).try_into().ok()
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        // An IPv6 address has colons of its own, in brackets.
        let after_address = authority.rfind(']').unwrap_or_default();
        let colon = authority.get(after_address..)?.find(':');
        let host = colon.map_or(authority.len(), |colon| after_address.saturating_add(colon));
        (scheme > 0 && host > 0).then_some(Self {
            scheme: scheme.try_into().ok()?,
            host: in_pattern(host)?,
            authority: in_pattern(authority.len())?,
        })
    }

    fn split(self, pattern: &str) -> Option<Parts<'_>> {
        let [scheme, host, authority] = [self.scheme, self.host, self.authority].map(usize::from);
        Some(Parts {
            scheme: pattern.get(..scheme)?,
            host: pattern.get(scheme.checked_add(SEPARATOR)?..host)?,
            // Behind its colon.
            port: pattern.get(host.checked_add(1)?..authority),
            path: pattern.get(authority..).filter(|path| !path.is_empty()),
        })
    }
}

/// Length of `://`.
const SEPARATOR: usize = 3;

/// A URI taken apart, to be held against many patterns; `None` for what is no URI with a host.
pub(super) struct UriParts<'u>(Option<Authority<'u>>);

struct Authority<'u> {
    scheme: &'u str,
    host: &'u str,
    port: Option<u16>,
    /// Path, query and fragment.
    from_path: &'u str,
}

impl<'u> UriParts<'u> {
    pub(super) fn of(uri: &'u str) -> Self {
        Self(Authority::of(uri))
    }
}

impl<'u> Authority<'u> {
    fn of(text: &'u str) -> Option<Self> {
        if text.len() > MAX_URI {
            return None;
        }
        let uri = Uri::parse(text).ok()?;
        let authority = uri.authority()?;
        let scheme = uri.scheme().as_str();
        let before_path = [scheme.len(), SEPARATOR, authority.as_str().len()].iter().sum();
        Some(Self {
            scheme,
            host: without_root(authority.host()),
            port: authority.port_to_u16().ok().flatten().or_else(|| default_port(scheme)),
            from_path: text.get(before_path..).unwrap_or_default(),
        })
    }
}

/// `a.example.` and `a.example` are the same host.
fn without_root(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

fn decimal(port: u16, buffer: &mut [u8; 5]) -> &str {
    let mut rest = port;
    let mut start = buffer.len();
    for (position, digit) in buffer.iter_mut().enumerate().rev() {
        *digit = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or_default());
        rest /= 10;
        start = position;
        if rest == 0 {
            break;
        }
    }
    buffer.get(start..).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or_default()
}

/// Whether text matches a pattern in which `*` stands for any characters. After a mismatch only
/// the last `*` takes one character more, so the steps are at most the product of the lengths.
fn glob(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let equal = |a: u8, b: u8| if ignore_case { a.eq_ignore_ascii_case(&b) } else { a == b };
    let (mut left, mut rest) = (pattern, text);
    // What follows the last `*`, and the text from where that takes one character more.
    let mut star: Option<(&[u8], &[u8])> = None;
    while let [byte, after @ ..] = rest {
        match left {
            [b'*', after_star @ ..] => {
                star = Some((after_star, after));
                left = after_star;
            }
            [expected, others @ ..] if equal(*expected, *byte) => (left, rest) = (others, after),
            _ => {
                let Some((after_star, from)) = star else { return false };
                (left, rest) = (after_star, from);
                star = from.split_first().map(|(_, from)| (after_star, from));
            }
        }
    }
    left.iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, uri: &str) -> bool {
        UriPattern::new(pattern).unwrap().matches(uri)
    }

    #[test]
    fn cr_02_parts_are_matched_each_for_itself() {
        for (pattern, uri) in [
            ("*", "coaps://a"),
            ("coaps://dm.example.com", "COAPS://DM.example.COM"),
            ("coaps://dm.example.com", "coaps://dm.example.com.:9000/path"),
            ("*://*.example.com", "coap+tcp://a.b.example.com"),
            ("coaps://dm.example.com:5684", "coaps://dm.example.com"),
            ("coap://dm.example.com:5683", "coap://dm.example.com:05683"),
            ("coaps://[2001:db8::*]:5684", "coaps://[2001:DB8::1]"),
            ("coaps://*/rd/*", "coaps://a/rd/1?x=/"),
            ("coaps://dm.example.com", "coaps://user@dm.example.com"),
        ] {
            assert!(matches(pattern, uri), "{pattern} {uri}");
        }
        for (pattern, uri) in [
            ("coaps://dm.example.com", "coap://dm.example.com"),
            ("coaps://*.example.com", "coaps://example.com"),
            ("coaps://*.example.com", "coaps://evil.example/.example.com"),
            ("coaps://*.example.com", "coaps://evil.example?.example.com"),
            ("coaps://*.example.com", "coaps://a.example.com@evil.example"),
            ("coaps://*.example.com", "coaps://a.example.com.evil.example"),
            ("coaps://dm.example.com:5684", "coaps://dm.example.com:5685"),
            ("coaps://dm.example.com/rd", "coaps://dm.example.com/RD"),
            ("coaps://*", "no uri"),
        ] {
            assert!(!matches(pattern, uri), "{pattern} {uri}");
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_none() {
        for pattern in ["", "dm.example.com", "coaps://", "://a", "coaps:a"] {
            assert_eq!(UriPattern::new(pattern), Err(InvalidPattern::NoSchemeAndHost), "{pattern}");
        }
        for (pattern, part) in
            [("co aps://a", "scheme"), ("coaps://a b", "host"), ("coaps://a:x", "port")]
        {
            assert_eq!(UriPattern::new(pattern), Err(InvalidPattern::Impossible { part }));
        }
        let long = format!("coaps://{}", "a".repeat(248));
        assert_eq!(UriPattern::new(&long), Err(InvalidPattern::TooLong { length: 256 }));
    }

    #[test]
    fn ft_03_many_wildcards_take_no_more_than_the_product_of_the_lengths() {
        let pattern = format!("coaps://{}b", "*a".repeat(100));
        let uri = format!("coaps://{}", "a".repeat(240));
        assert!(!matches(&pattern, &uri));
    }

    proptest! {
        #[test]
        fn a_glob_agrees_with_its_definition(pattern in "[ab*]{0,7}", text in "[ab]{0,7}") {
            fn defined(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern, text) {
                    ([], _) => text.is_empty(),
                    ([b'*', rest @ ..], _) => {
                        (0..=text.len()).any(|taken| defined(rest, &text[taken..]))
                    }
                    ([a, rest @ ..], [b, after @ ..]) => a == b && defined(rest, after),
                    _ => false,
                }
            }
            prop_assert_eq!(
                glob(&pattern, &text, false),
                defined(pattern.as_bytes(), text.as_bytes())
            );
        }

        #[test]
        fn every_port_has_its_digits(port: u16) {
            let mut buffer = [0; 5];
            prop_assert_eq!(decimal(port, &mut buffer), port.to_string());
        }

        #[test]
        fn ft_03_arbitrary_text_never_panics(pattern in "\\PC{0,40}", uri in "\\PC{0,40}") {
            if let Ok(pattern) = UriPattern::new(&pattern) {
                let _ = pattern.matches(&uri);
            }
        }
    }
}
