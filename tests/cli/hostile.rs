//! Files that are no profiles: refused at once, with a place where there is one, and nothing written.

use std::fs;
use std::time::{Duration, Instant};

use crate::program::{finish, program, skopos};

/// Far beyond what a refusal takes, and far below what parsing all of a hostile file would.
const AT_ONCE: Duration = Duration::from_secs(10);

fn refused(name: &str, bytes: &[u8], code: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.yaml"), bytes).unwrap();
    let begin = Instant::now();
    let run = skopos(folder.path(), &["render", "p.yaml", "--out", "out", "--message-format", "short"]);
    assert!(begin.elapsed() < AT_ONCE, "{name} takes {:?}", begin.elapsed());
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{name}: {}", run.err);
    assert!(run.err.contains(&format!("error[{code}]")), "{name}: {}", run.err);
    assert!(run.err.len() < 4_000, "{name}: the report is {} bytes", run.err.len());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{name} leaves something behind");
}

#[test]
fn files_that_are_too_large() {
    refused("50 MB of text", &vec![b'a'; 50 << 20], "SK0102");
    refused("50 MB of settings", "name: monitoring\n".repeat((50 << 20) / 17).as_bytes(), "SK0102");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stream_without_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let run = skopos(folder.path(), &["validate", "/dev/zero", "--message-format", "short"]);
    assert!(begin.elapsed() < AT_ONCE);
    assert_eq!((run.code, run.err.as_str()), (2, "error[SK0102]: /dev/zero is larger than 1 MiB\n"));
}

#[test]
fn nesting_ten_thousand_deep() {
    refused("open brackets", "[".repeat(10_000).as_bytes(), "SK0107");
    refused("brackets", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes(), "SK0107");
    refused("braces", format!("{}1{}", "{a: ".repeat(10_000), "}".repeat(10_000)).as_bytes(), "SK0107");
    refused("a list of lists", "- ".repeat(10_000).as_bytes(), "SK0107");
    let staircase: String = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    refused("a staircase", staircase.as_bytes(), "SK0107");
}

#[test]
fn aliases_that_expand_without_end() {
    let mut bomb = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    refused("a billion laughs", bomb.as_bytes(), "SK0107");
}

#[test]
fn bytes_that_are_no_text() {
    refused("no UTF-8", b"name: \xff\xfe\n", "SK0101");
    refused("UTF-16", b"\xff\xfen\0a\0m\0e\0", "SK0101");
    refused("a program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0\x80", "SK0101");
    refused("NUL", b"name: a\0b\n", "SK0103");
}

#[test]
fn files_with_too_little_or_too_much_in_them() {
    refused("nothing", b"", "SK0105");
    refused("blanks", b" \n\n", "SK0105");
    refused("a comment", b"# later\n", "SK0105");
    refused("an end", b"---\n...\n", "SK0105");
    refused("two documents", b"name: a\n---\nname: b\n", "SK0106");
    refused("a text", b"hello\n", "SK0202");
    refused("a list", b"- a\n", "SK0202");
}

#[test]
fn a_name_that_is_no_text() {
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let run = finish(program(folder.path()).arg("validate").arg(OsStr::from_bytes(b"m\xff3")), b"");
        assert_eq!(run.code, 2, "{}", run.err);
        let run = finish(program(folder.path()).arg("validate").arg(OsStr::from_bytes(b"m\xff3.yaml")), b"");
        assert_eq!(run.code, 3, "{}", run.err);
        let run = skopos(folder.path(), &["validate", "a\u{1b}[2Jb"]);
        assert!(run.code == 2 && !run.err.contains('\u{1b}'), "{:?}", run.err);
    }
}
