//! Each form takes its example, and says why it refuses what it refuses.

use super::{ALL, cpu_millis, find, size_bytes};

#[test]
fn each_form_takes_its_own_example() {
    for format in ALL {
        assert_eq!((format.check)(format.example), Ok(()), "{}", format.name);
    }
}

#[test]
fn editors_accept_what_we_accept() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let image = format!("registry.example:5000/a/b_c:1.0-x@{digest}");
    let texts = [
        "a",
        "a-1",
        "a.b-c.d",
        "A_b.c",
        "example.org/Name",
        "",
        "2",
        "0.125",
        "1500m",
        "1.5Gi",
        "2Pi",
        "3P",
        "1000000000",
        "1y2w3d4h5m6s",
        "90m",
        "docker.io/library/nginx:1",
        "nginx:1.2",
        "localhost:5000/a:b",
        "quay.io",
        "quay.io:443",
        "*",
        "a.b:1/c/d-e",
        "0.0.0.0/0",
        "fd00::/8",
        "::ffff:1.2.3.4/128",
        &digest,
        &image,
    ];
    for format in ALL {
        let pattern = jsonschema::validator_for(&serde_json::json!({ "pattern": format.pattern })).unwrap();
        for text in texts.iter().filter(|text| (format.check)(text).is_ok()) {
            assert!(pattern.is_valid(&(*text).into()), "{} {text:?}", format.name);
        }
    }
}

#[test]
fn amounts_are_exact() {
    assert_eq!([cpu_millis("500m"), cpu_millis("2"), cpu_millis("0.25")], [Ok(500), Ok(2000), Ok(250)]);
    assert_eq!(
        [size_bytes("1Mi"), size_bytes("1.5Gi"), size_bytes("2G")],
        [Ok(1 << 20), Ok(3 << 29), Ok(2_000_000_000)]
    );
}

#[test]
fn durations_add_up() {
    let seconds = |text: &str| super::Duration::try_from(text.to_owned()).map(|duration| duration.seconds());
    assert_eq!([seconds("90m"), seconds("1d12h"), seconds("2w")], [Ok(5400), Ok(129_600), Ok(1_209_600)]);
}

#[test]
fn each_refusal_has_a_reason() {
    let cases = [
        ("profile-name", "Prod", "has `P`; only lower-case letters, digits and `-` are allowed"),
        ("profile-name", "1a", "begins with a digit; it must begin with a letter"),
        ("profile-name", "a-", "must begin and end with a letter or digit"),
        ("profile-name", &"a".repeat(41), "has 41 characters; at most 40 are allowed"),
        ("dns-label", "", "is empty"),
        ("dns-label", "a b", "has a space; only lower-case letters, digits and `-` are allowed"),
        ("dns-subdomain", "a..b", "has a `.` with nothing before or after it"),
        ("label-key", "A/b", "has a prefix that has `A`; only lower-case letters, digits, `-` and `.` are allowed"),
        ("label-value", "a\n", "has `\\n`; only letters, digits, `-`, `_` and `.` are allowed"),
        ("cpu-quantity", "0", "is less than a thousandth of a core (1m)"),
        ("cpu-quantity", "2000", "is more than 1024 cores; is an `m` missing?"),
        ("cpu-quantity", "1Gi", "has the unit `Gi`; CPU has none, or `m`"),
        ("cpu-quantity", "0.5m", "is a fraction of a thousandth of a core"),
        ("cpu-quantity", "0.0001", "is finer than a thousandth of a core"),
        ("memory-size", "512", "is 512 bytes; is the unit missing?"),
        ("memory-size", "400m", "is in thousandths of a byte; `Mi` is a mebibyte"),
        ("memory-size", "1Gib", "has the unit `Gib`; the units are Ki, Mi, Gi, Ti, Pi and k, M, G, T, P"),
        ("storage-size", "-1Gi", "is negative"),
        ("storage-size", "50 Gi", "has a space between number and unit"),
        ("storage-size", "99999999999999999999Gi", "is more than any cluster has"),
        ("storage-size", "big", "does not begin with a number"),
        ("prometheus-duration", "14", "has no unit; 14d would be days"),
        ("prometheus-duration", "14 days", "has the unit ` days`; the units are y, w, d, h, m and s"),
        ("prometheus-duration", "1h1d", "has `d` after a smaller unit"),
        ("prometheus-duration", "0d", "is no time at all"),
        ("prometheus-duration", "", "is no time at all"),
        ("image-reference", "nginx", "has neither a tag nor a digest"),
        ("image-reference", "nginx:latest", "has the tag `latest`, which is a different image every week"),
        ("image-reference", "https://a.b/c:1", "has a scheme; leave `https://` out"),
        (
            "image-reference",
            "a.b/C:1",
            "has `C`; only lower-case letters, digits, `.`, `_`, `-` and `/` in the path are allowed",
        ),
        ("image-reference", "a.b/c:1\"; rm", "has `\"`; only letters, digits, `.`, `_` and `-` in the tag are allowed"),
        ("image-reference", "a.b/c@sha256:12", "has a digest that has 2 hexadecimal digits, not 64"),
        ("tagged-image", "prometheus:v1", "has no registry, such as `docker.io/library/`"),
        (
            "registry-prefix",
            "registry.example/",
            "has a part of its path that does not begin and end with a letter or digit",
        ),
        ("registry-prefix", "registry.example:http", "has a port that is no port number"),
        (
            "mirror-source",
            "docker.io/library",
            "has `/`; only lower-case letters, digits, `-` and `.` in the registry are allowed",
        ),
        ("image-digest", "md5:0", "does not begin with `sha256:`"),
        ("cidr", "10.0.0.1/16", "is not the beginning of its range, which is 10.0.0.0/16"),
        ("cidr", "10.0.0.0", "has no `/` with a number of bits"),
        ("cidr", "10.0.0.0/33", "must have 0 to 32 after the `/`"),
        ("cidr", "fd00::1/64", "is not the beginning of its range, which is fd00::/64"),
    ];
    for (name, text, reason) in cases {
        let format = find(name).expect("a known form");
        assert_eq!((format.check)(text), Err(reason.to_owned()), "{name} {text:?}");
    }
}
