/// The fewest digits of an integer that a double does not hold: 2^53 + 1 has 16.
const DIGITS: usize = 16;

/// The first integer in a JSON text that JavaScript's numbers do not hold exactly, and
/// what they make of it: a page would read another number, without an error.
///
/// It costs a look at each 16th byte, unless there are long integers, or strings that
/// look like them.
pub(super) fn first_inexact(json: &str) -> Option<(&str, f64)> {
    if !may_have_long(json.as_bytes()) {
        return None;
    }
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c.is_ascii_digit()) {
        let (_, token) = rest.split_at(start);
        if let Some(string) = token.strip_prefix('"') {
            rest = after_string(string);
            continue;
        }
        let is_number = |c: char| c.is_ascii_digit() || ".eE+-".contains(c);
        let end = token.find(|c| !is_number(c)).unwrap_or(token.len());
        let (number, after) = token.split_at(end);
        let is_integer = number.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(read) = is_integer.then(|| inexact(number)).flatten() {
            let sign = json.len() - rest.len() + start;
            let is_negative = json[..sign].ends_with('-');
            return Some(if is_negative {
                (&json[sign - 1..sign + end], -read)
            } else {
                (number, read)
            });
        }
        rest = after;
    }
    None
}

/// Whether there are as many digits in a row, and they are no part of a fraction.
fn may_have_long(json: &[u8]) -> bool {
    let is_digit = |byte: &&u8| byte.is_ascii_digit();
    // So many digits cannot lie between two of the bytes that are looked at.
    let mut at = DIGITS - 1;
    while at < json.len() {
        let after = json[at..].iter().take_while(is_digit).count();
        if after > 0 {
            let before = json[..at].iter().rev().take_while(is_digit).count();
            let (start, end) = (at - before, at + after);
            let is_fraction = json[..start].ends_with(b".")
                || json.get(end).is_some_and(|byte| b".eE".contains(byte));
            if end - start >= DIGITS && !is_fraction {
                return true;
            }
            at = end;
        }
        at += DIGITS;
    }
    false
}

/// What JavaScript makes of an integer, if that is another one.
fn inexact(digits: &str) -> Option<f64> {
    if digits.len() < DIGITS {
        return None;
    }
    let read: f64 = digits.parse().ok()?;
    // What has no place in 127 bits comes from no integer type, and is no double's either.
    let is_exact = digits.parse::<u128>().is_ok_and(|exact| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        let read = read as u128;
        exact < 1 << 127 && read == exact
    });
    (!is_exact).then_some(read)
}

/// What follows a string's closing quote.
fn after_string(mut string: &str) -> &str {
    while let Some(at) = string.find(['"', '\\']) {
        let (_, rest) = string.split_at(at);
        match rest.strip_prefix('\\') {
            Some(escaped) => {
                let mut chars = escaped.chars();
                chars.next();
                string = chars.as_str();
            }
            None => return &rest[1..],
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_that_a_page_would_read_as_another_is_found() {
        for (json, number, read) in [
            ("9007199254740993", "9007199254740993", 9_007_199_254_740_992.0),
            ("-9007199254740993", "-9007199254740993", -9_007_199_254_740_992.0),
            (r#"{"a":[1,{"id":18446744073709551615}]}"#, "18446744073709551615", 2f64.powi(64)),
            (r#"["1\\",9007199254740993,"]"]"#, "9007199254740993", 9_007_199_254_740_992.0),
            (r#"["\"9007199254740995",9007199254740993]"#, "9007199254740993", 2f64.powi(53)),
            ("[0.1234567890123456789,9007199254740993]", "9007199254740993", 2f64.powi(53)),
            (
                "340282366920938463463374607431768211455",
                "340282366920938463463374607431768211455",
                2f64.powi(128),
            ),
        ] {
            assert_eq!(first_inexact(json), Some((number, read)), "{json}");
        }
    }

    #[test]
    fn what_a_page_reads_as_it_is_and_what_is_no_integer_is_left_alone() {
        for json in [
            "",
            "null",
            "9007199254740991",
            "9007199254740994",
            "1152921504606846976",
            "100000000000000000000",
            "0.1234567890123456789",
            "1.2345678901234567e-5",
            "12345678901234567.5",
            "12345678901234567e3",
            r#""9007199254740993""#,
            r#"{"9007199254740993":"\"9007199254740993"}"#,
            r#""a\\\"9007199254740993""#,
        ] {
            assert_eq!(first_inexact(json), None, "{json}");
        }
    }

    #[test]
    fn it_is_found_wherever_it_stands_between_the_bytes_that_are_looked_at() {
        for before in 0..70 {
            for after in 0..35 {
                let json =
                    format!("[{}9007199254740993,{}1]", "1,".repeat(before), "2,".repeat(after));
                assert!(first_inexact(&json).is_some(), "{json}");
                let json =
                    format!("[{}9007199254740992,{}1]", "12,".repeat(before), "2,".repeat(after));
                assert_eq!(first_inexact(&json), None, "{json}");
                let json = format!("[{}9007199254740993]", " ".repeat(before));
                assert!(first_inexact(&json).is_some(), "{json}");
            }
        }
    }
}
