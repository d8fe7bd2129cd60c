//! The header with which a proxy says whose connection it passes on: version 2 of the PROXY protocol, as section 2.2 of
//! haproxy's `proxy-protocol.txt` has it.
//!
//! ```text
//!  0           12                  13        14       16
//!  ┌───────────┬─────────┬─────────┬─────────┬────────┬────────┬─────────────┬───────┬──────┐
//!  │ signature │ version │ command │ family  │ length │ source │ destination │ ports │ TLVs │
//!  └───────────┴─────────┴─────────┴─────────┴────────┴────────┴─────────────┴───────┴──────┘
//!                                                     ╰──────────── length ─────────────────╯
//! ```
//! Only the source's address is of interest. What TLVs say is skipped unread, a checksum among them: a proxy is on the
//! list because it is believed, and TCP has its own checksum.

use core::net::IpAddr;

use crate::pure::crowd::is_loopback;

/// No header is longer: the longest addresses take 232 bytes, and the rest is room for TLVs.
pub(crate) const PROXY_HEADER_BYTES_MAX: usize = 4 * 1024;

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family, length.
const FIXED_BYTES: usize = SIGNATURE.len() + 4;

/// Two addresses and two ports.
const TCP4_BYTES: usize = 2 * (4 + 2);
const TCP6_BYTES: usize = 2 * (16 + 2);

/// So many bytes of a header are read to know all that it is read for.
pub(crate) const TELLING_BYTES_MAX: usize = FIXED_BYTES + TCP6_BYTES;

/// What the first bytes of a connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// They are the beginning of a header, and so many more of it are needed.
    Needs(usize),
    /// They are a header, or all of it that matters.
    Header {
        /// From where the connection comes that is passed on. Nothing if the proxy speaks for itself, as it does to ask
        /// whether the server is there, or does not say.
        source: Option<IpAddr>,
        /// The length of the whole header: what follows is the peer's.
        header_bytes: usize,
    },
    /// They are something else, or a header that no proxy should send.
    NoHeader,
}

/// Looks at the first bytes of a connection. Whoever reads no more than what is needed reads nothing of what comes
/// after the header.
pub(crate) fn read(bytes: &[u8]) -> Known {
    let signature_bytes = bytes.len().min(SIGNATURE.len());
    if !SIGNATURE.starts_with(&bytes[..signature_bytes]) {
        return Known::NoHeader;
    }
    let Some((&fixed, block)) = bytes.split_first_chunk::<FIXED_BYTES>() else {
        return Known::Needs(FIXED_BYTES - bytes.len());
    };
    let [.., command, family, length_high, length_low] = fixed;
    let block_bytes = usize::from(u16::from_be_bytes([length_high, length_low]));
    let header_bytes = FIXED_BYTES + block_bytes;
    let (address_bytes, addresses_bytes) = match (command, family) {
        // LOCAL, whatever else it says.
        (0x20, _) => (0, 0),
        // PROXY, for TCP over IPv4 or IPv6.
        (0x21, 0x11) => (4, TCP4_BYTES),
        (0x21, 0x21) => (16, TCP6_BYTES),
        // PROXY, for what has no address that is known here: nothing said, datagrams, a Unix socket.
        (0x21, 0x00 | 0x12 | 0x22 | 0x31 | 0x32) => (0, 0),
        _ => return Known::NoHeader,
    };
    if header_bytes > PROXY_HEADER_BYTES_MAX || block_bytes < addresses_bytes {
        return Known::NoHeader;
    }
    if block.len() < addresses_bytes {
        return Known::Needs(addresses_bytes - block.len());
    }
    Known::Header {
        source: address(&block[..address_bytes]),
        header_bytes,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(ipv4) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(ipv4));
    }
    let ipv6 = <[u8; 16]>::try_from(bytes).ok()?;
    Some(IpAddr::from(ipv6).to_canonical())
}

/// From where a connection counts that a proxy passes on.
///
/// A loopback address is the proxy's machine. It is ours only if the proxy is on ours; otherwise whoever comes from
/// there counts as the proxy does, like everybody for whom it names no address.
pub(crate) fn origin(proxy: IpAddr, source: Option<IpAddr>) -> IpAddr {
    source
        .filter(|&source| !is_loopback(source) || is_loopback(proxy))
        .unwrap_or(proxy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // As the specification writes them: signature, version and command, family, length; then the block.
    const FROM_IPV4: [u8; 28] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0x00,
        0x0c, // TCP, IPv4
        192, 0, 2, 7, 198, 51, 100, 1, 0xc3, 0x50, 0x1f, 0x40, // port 50000 to port 8000
    ];
    const FROM_IPV6: [u8; 52] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x21, 0x00,
        0x24, // TCP, IPv6
        0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, // 2001:db8:1:2::7
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, // 2001:db8::1
        0xc3, 0x50, 0x1f, 0x40,
    ];
    const LOCAL: [u8; 16] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x20, 0x00, 0x00, 0x00,
    ];

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A header with these bytes 12 to 15, and a block that is all zeros.
    fn header([command, family]: [u8; 2], block_bytes: u16) -> Vec<u8> {
        let fixed = [&SIGNATURE[..], &[command, family], &block_bytes.to_be_bytes()].concat();
        [fixed, vec![0; block_bytes.into()]].concat()
    }

    #[test]
    fn a_header_says_who_connects() {
        let from_ipv4 = Known::Header {
            source: Some(address("192.0.2.7")),
            header_bytes: 28,
        };
        assert_eq!(read(&FROM_IPV4), from_ipv4);
        let from_ipv6 = Known::Header {
            source: Some(address("2001:db8:1:2::7")),
            header_bytes: 52,
        };
        assert_eq!(read(&FROM_IPV6), from_ipv6);
        let local = Known::Header {
            source: None,
            header_bytes: 16,
        };
        assert_eq!(read(&LOCAL), local);
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_an_ipv4_address() {
        let mut mapped = FROM_IPV6;
        mapped[16..32].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7]);
        let known = Known::Header {
            source: Some(address("192.0.2.7")),
            header_bytes: 52,
        };
        assert_eq!(read(&mapped), known);
    }

    #[test]
    fn what_is_not_of_interest_is_skipped_by_its_length() {
        for (command, block_bytes) in [
            ([0x20, 0x00], 7),
            ([0x20, 0x11], 12),
            ([0x20, 0xff], 3),
            ([0x21, 0x00], 0),
            ([0x21, 0x00], 99),
            ([0x21, 0x12], 12),
            ([0x21, 0x22], 36),
            ([0x21, 0x31], 216),
            ([0x21, 0x32], 216),
        ] {
            let known = Known::Header {
                source: None,
                header_bytes: 16 + usize::from(block_bytes),
            };
            assert_eq!(read(&header(command, block_bytes)), known, "{command:x?}");
        }
        // A TLV of four bytes after the addresses.
        let mut with_tlv = [&FROM_IPV4[..], &[0x04, 0, 1, 0xff]].concat();
        with_tlv[15] += 4;
        let known = Known::Header {
            source: Some(address("192.0.2.7")),
            header_bytes: 32,
        };
        assert_eq!(read(&with_tlv), known);
    }

    #[test]
    fn what_no_proxy_should_send_is_no_header() {
        for (command, block_bytes) in [
            ([0x10, 0x11], 12), // another version
            ([0x31, 0x11], 12),
            ([0x22, 0x11], 12), // another command
            ([0x21, 0x10], 12), // other families and protocols
            ([0x21, 0x01], 12),
            ([0x21, 0x13], 12),
            ([0x21, 0x41], 12),
            ([0x21, 0x11], 11), // shorter than its addresses
            ([0x21, 0x21], 35),
        ] {
            let header = header(command, block_bytes);
            assert_eq!(read(&header), Known::NoHeader, "{command:x?}, {block_bytes}");
        }
        let longest = u16::try_from(PROXY_HEADER_BYTES_MAX - FIXED_BYTES).unwrap();
        assert!(matches!(
            read(&header([0x21, 0x11], longest)),
            Known::Header { .. }
        ));
        assert_eq!(read(&header([0x21, 0x11], longest + 1)), Known::NoHeader);
        assert_eq!(read(&header([0x20, 0x00], u16::MAX)), Known::NoHeader);
    }

    #[test]
    fn another_beginning_is_told_by_its_first_byte_that_differs() {
        for beginning in [
            &b"PROXY TCP4 192.0.2.7 "[..],
            b"\x16\x03",
            b"\0\0\0\x20",
            b"\r\n\r\nG",
            b"G",
        ] {
            assert_eq!(read(beginning), Known::NoHeader, "{beginning:?}");
        }
    }

    #[test]
    fn a_loopback_address_is_this_machine_only_if_the_proxy_is_on_it() {
        let (here, there) = (address("127.0.0.1"), address("10.0.0.9"));
        let outside = address("192.0.2.7");
        for loopback in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"].map(address) {
            assert_eq!(origin(here, Some(loopback)), loopback);
            assert_eq!(origin(there, Some(loopback)), there);
        }
        for proxy in [here, there] {
            assert_eq!(origin(proxy, Some(outside)), outside);
            assert_eq!(origin(proxy, None), proxy);
        }
    }

    /// Bytes among which headers are not rare.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let families = prop::sample::select(&[0x00_u8, 0x11, 0x11, 0x21, 0x21, 0x31, 0x41][..]);
        let fixed = (0x20_u8..0x23, families, 0_u16..300);
        let like_a_header = (fixed, prop::collection::vec(any::<u8>(), 0..400));
        let like_a_header = like_a_header.prop_map(|((command, family, length), rest)| {
            [&SIGNATURE[..], &[command, family], &length.to_be_bytes(), &rest].concat()
        });
        prop_oneof![prop::collection::vec(any::<u8>(), 0..100), like_a_header]
    }

    proptest! {
        #[test]
        fn no_bytes_are_read_beyond_the_header(bytes in bytes()) {
            let mut taken = 0;
            loop {
                match read(&bytes[..taken]) {
                    Known::Needs(count) => {
                        prop_assert!(count > 0, "whoever waits for nothing waits for ever");
                        prop_assert!(taken + count <= TELLING_BYTES_MAX);
                        taken += count;
                        if taken > bytes.len() {
                            break;
                        }
                    }
                    Known::Header { source, header_bytes } => {
                        prop_assert!(taken <= header_bytes && header_bytes <= PROXY_HEADER_BYTES_MAX);
                        // What follows changes nothing.
                        prop_assert_eq!(read(&bytes), Known::Header { source, header_bytes });
                        break;
                    }
                    Known::NoHeader => {
                        prop_assert_eq!(read(&bytes), Known::NoHeader);
                        break;
                    }
                }
            }
        }

        #[test]
        fn a_header_may_come_in_any_pieces(cut in 0_usize..52) {
            for whole in [&FROM_IPV4[..], &FROM_IPV6, &LOCAL] {
                let known = read(&whole[..cut.min(whole.len())]);
                if cut < whole.len() {
                    prop_assert!(matches!(known, Known::Needs(count) if cut + count <= whole.len()), "{:?}", known);
                } else {
                    prop_assert_eq!(known, read(whole));
                }
            }
        }
    }
}
