//! Strings that one YAML reader or another takes for something else, or loses a part of.

/// All of them, each once.
#[rustfmt::skip]
pub const NASTY: &[&str] = &[
    // Booleans and nulls.
    "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "true", "True",
    "TRUE", "false", "False", "FALSE", "null", "Null", "NULL", "~", "",
    // Numbers.
    "0", "-0", "+1", "-1", "1_000", "1__0", "1_000.5", "0x1F", "0x_1F", "0b11", "0B11", "0o17", "017", "0177", "08",
    "09", "1.0", "1.", ".5", "-.5", "1e3", "1E3", "1e+3", "1.5e-3", "685_230.15", "685.230_15e+03", ".inf", "-.inf",
    "+.INF", ".nan", ".NaN", "NaN", "inf", "12345678901234567890", "1e400", "1.10", "1.20", "500m", "1Gi", "1e3Mi",
    "0.0.0.0", "00", "1,000", "123e4567", "0e0", "+.5", "-", "+", ".", "..",
    // Dates, times and sexagesimal numbers.
    "2018-07-01", "2018-7-1", "2018-07-01T00:00:00Z", "2018-07-01 00:00:00", "2018-07-01t00:00:00.5-05:00", "12:30",
    "12:30:45", "190:20:30", "190:20:30.15", "1:1", "-1:30", "60:60", "5m", "1h30m", "15d",
    // Signs of YAML and of other languages.
    "=", "<<", "<", ">", "|", "|-", ">-", "!", "!!str", "!foo bar", "&a", "*a", "@at", "`tick", "%", "%TAG", "#",
    "# comment", "a # comment", "a #", "a#b", ":", ": ", "a: b", "a:b", "a:", ":a", "- a", "-a", "--", "---", "--- a",
    "...", "... a", "?", "? a", "?a", "[", "]", "[]", "[a]", "{", "}", "{}", "{a: b}", ",", ", a", "a, b", "'", "\"",
    "''", "\"\"", "'a'", "\"a\"", "it's", "say \"yes\"", "\\", "\\n", "\\x41", "a\\", "{{ value }}", "${VALUE}",
    "$(VALUE)", "%{value}", "key: |", "<<: *a",
    // Blanks, tabs, line breaks, and lines that some writers fold.
    " ", "  ", "\t", "\n", "\n\n", " a", "a ", "  a  ", "\ta", "a\t", "a\tb", "a\n", "a\n\n", "\na", "\n\na", "a\nb",
    "a\nb\n", "a\n\nb\n\n\n", " a\nb", "  a\n b\n", "a\n  b\n", "a \nb", "a\t\nb\n", "\ta\n\tb\n", "\n\ta\nb", "a\n ",
    "a\n\t", "\n a\n", "\r", "a\rb", "a\r\nb\r\n", "---\na\n---\nb\n", "...\n", "# a\n# b\n", "- a\n- b\n",
    "a: b\nc: d\n", "|\n  a\n", "a\n...\nb", "%YAML 1.1\n---\n",
    "a long line of words that some writers fold at eighty columns, and some readers then unfold with another number of blanks",
    "a long line of words with  two blanks   and three, which some writers fold at eighty columns, ending in a blank just there ",
    "alongwordwithoutanyblankthatcannotbefoldedatallandisjustlongerthanonehundredandtwentycolumnssothatnobodyhasaplacetobreakitupanywhere",
    // Controls, separators and other scripts.
    "\0", "\u{1}", "\u{7}", "\u{8}", "\u{b}", "\u{c}", "\u{1b}[31m", "\u{7f}", "\u{80}", "\u{85}", "a\u{85}b", "\u{a0}",
    "\u{ad}", "\u{200b}", "\u{200e}", "\u{2028}", "a\u{2028}b", "\u{2029}", "\u{202e}", "\u{feff}", "\u{feff}a",
    "a\u{feff}", "\u{fffd}", "\u{e000}", "\u{fdd0}", "\u{fffe}", "é", "e\u{301}", "ß", "λόγος", "日本語", "العربية", "🦀",
    "👩‍👩‍👧", "a🦀: b", "\u{10ffff}", "İstanbul", "ﬁ", "½", "²", "١٢٣",
    // Payloads as a whole.
    "<source>\n  @type tail\n  path /var/log/*.log\n  tag \"kube.#{ENV['NODE']}\"\n</source>\n",
    "{\"title\": \"a\", \"expr\": \"rate(a{b=~\\\"c|d\\\"}[5m])\"}\n",
    "#!/bin/sh\nset -eu\n\tif [ -n \"$A\" ]; then\n\t\techo \"a: b\"\n\tfi\n",
    "groups:\n  - name: a\n    rules:\n      - expr: |\n          a > 1\n        for: 5m\n",
    "-----BEGIN CERTIFICATE-----\nMIIB+jCCAaCgAwIBAgIU=\n-----END CERTIFICATE-----\n", "$2y$10$abcdefghijklmnopqrstuv",
    "a:$6$rounds=5000$salt$hash", "Zm9vYmFy=", "==", "dGVzdA==\n",
];
