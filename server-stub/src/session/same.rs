use fader_protocol::{RawPayload, json};
use serde_json::{Number, Value};

/// Whether two payloads mean the same, however they are spelled. A page writes
/// `1` where a handler writes `1.0`: that is no news.
pub(super) fn same(a: &RawPayload, b: &RawPayload) -> bool {
    if a == b {
        return true;
    }
    match (json::from_raw(a), json::from_raw(b)) {
        (Ok(a), Ok(b)) => equal(&a, &b),
        _ => false,
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => equal_numbers(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn equal_numbers(a: &Number, b: &Number) -> bool {
    if a.is_f64() || b.is_f64() { a.as_f64() == b.as_f64() } else { a == b }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> RawPayload {
        let value: Box<serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
        json::to_raw(&value).unwrap()
    }

    #[test]
    fn spelling_does_not_matter() {
        for (a, b) in [
            ("1", "1.0"),
            ("1e2", "100"),
            ("-0.0", "0"),
            (r#""é""#, r#""\u00e9""#),
            (r#"{"a":1,"b":[2.0]}"#, r#"{ "b": [2], "a": 1.0 }"#),
            ("null", " null"),
        ] {
            assert!(same(&raw(a), &raw(b)), "{a} {b}");
        }
    }

    #[test]
    fn meaning_does() {
        for (a, b) in [
            ("1", "2"),
            ("1", "\"1\""),
            ("null", "0"),
            ("[1]", "[1,1]"),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            (r#"{"a":1}"#, r#"{"a":1,"b":1}"#),
            ("9007199254740992", "9007199254740993"),
            ("0.1", "0.10000000000000002"),
        ] {
            assert!(!same(&raw(a), &raw(b)), "{a} {b}");
        }
    }

    /// What a handler read and writes again is the same as what it was given.
    #[test]
    fn reading_and_writing_a_number_does_not_change_it() {
        for text in ["0.30000000000000004", "1.7976931348623157e308", "2.2250738585072014e-308"] {
            let number: f64 = json::from_raw(&raw(text)).unwrap();
            assert!(same(&json::to_raw(&number).unwrap(), &raw(text)), "{text}");
        }
        for bits in (0..2000_u64).map(|i| 0x3fd0_0000_0000_0000 + i * 0x1234_5678_9ab1) {
            let number = f64::from_bits(bits);
            let text = json::to_raw(&number).unwrap();
            assert_eq!(json::from_raw::<f64>(&text).unwrap().to_bits(), bits);
        }
    }
}
