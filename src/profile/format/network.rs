//! Addresses, and ranges of them.

use std::net::IpAddr;

use super::Format;
use super::text::checked_text;
use crate::kubernetes::address;

pub(super) const CIDR: Format = Format {
    name: "cidr",
    words: "a range of addresses",
    example: "10.0.0.0/16",
    pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$",
    check,
};

pub(super) const HTTP_URL: Format = Format {
    name: "http-url",
    words: "an http or https URL without a password",
    example: "https://hooks.example.org/alerts",
    pattern: "^https?://[^@/]+(/.*)?$",
    check: |text| match address::url(text)? {
        address if address.has_user => Err("holds a user or password".to_owned()),
        _ => Ok(()),
    },
};

pub(super) const HOST_AND_PORT: Format = Format {
    name: "host-and-port",
    words: "a host and a port",
    example: "mail.example.org:587",
    pattern: "^[^/@]+:[0-9]+$",
    check: |text| address::host_and_port(text).map(drop),
};

checked_text! {
    /// A range of IPv4 or IPv6 addresses.
    Cidr is CIDR
}

fn check(text: &str) -> Result<(), String> {
    let (address, bits) = text.split_once('/').ok_or("has no `/` with a number of bits")?;
    let address: IpAddr = address.parse().map_err(|_| "does not begin with an IP address".to_owned())?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let digits = !bits.is_empty() && bits.chars().all(|c| c.is_ascii_digit());
    let bits = bits.parse::<u32>().ok().filter(|bits| digits && *bits <= width);
    let bits = bits.ok_or_else(|| format!("must have 0 to {width} after the `/`"))?;
    let first = match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(width - bits).unwrap_or_default();
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(width - bits).unwrap_or_default();
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    };
    if first == address { Ok(()) } else { Err(format!("is not the beginning of its range, which is {first}/{bits}")) }
}
