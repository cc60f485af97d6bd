use std::collections::BTreeMap;

use fader_protocol::json::{self, JsonFrame};
use fader_protocol::{ClientFrame, Message, MessageLimits, RawPayload, ServerFrame};

use crate::document::{Example, codes, examples, table};

/// JSON without the white space between tokens.
fn compact(text: &str) -> String {
    let mut out = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    out
}

/// Reads the message, every frame of which must be understood, and writes it again.
fn rewritten<F: JsonFrame>(example: &Example) -> String {
    let line = example.line;
    let frames = json::decode::<F>(&example.text, &MessageLimits::default())
        .unwrap_or_else(|error| panic!("line {line}: {error}"));
    let frames: Vec<F> = frames
        .into_iter()
        .map(|frame| frame.unwrap_or_else(|error| panic!("line {line}: {error}")))
        .collect();
    json::encode(&frames).text().expect("a text message").into()
}

#[test]
fn good_examples_are_what_the_code_writes() {
    let examples = examples();
    for (i, example) in examples.iter().enumerate() {
        let written = match example.tag {
            "json client" | "json client lenient" => rewritten::<ClientFrame<RawPayload>>(example),
            "json server" => rewritten::<ServerFrame<RawPayload>>(example),
            _ => continue,
        };
        // A lenient one means the same as the one after it.
        let same = if example.tag.ends_with("lenient") { &examples[i + 1] } else { example };
        assert_eq!(written, compact(&same.text), "line {}", example.line);
    }
}

/// The parts of a binary message, each in a line.
#[test]
fn binary_examples_are_what_the_code_writes() {
    let hex = |line: &str| -> Vec<u8> {
        line.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    };
    for example in examples().iter().filter(|example| example.tag == "binary client") {
        let lines: Vec<_> = example.text.lines().collect();
        let [length, text, bytes] = lines[..] else { panic!("line {}", example.line) };
        let message = Message::Binary([hex(length), text.into(), hex(bytes)].concat());
        let frames =
            json::decode::<ClientFrame<RawPayload>>(&message, &MessageLimits::default()).unwrap();
        let frames: Vec<_> = frames.into_iter().map(Result::unwrap).collect();
        assert_eq!(json::encode(&frames), message);
    }
}

#[test]
fn bad_examples_fail_with_the_error_that_is_named() {
    for example in examples() {
        let Some(error) = example.tag.strip_prefix("json bad-client ") else { continue };
        let line = example.line;
        let found =
            match json::decode::<ClientFrame<RawPayload>>(&example.text, &MessageLimits::default())
            {
                Err(error) => error.close_code().to_string(),
                Ok(frames) => {
                    let errors: Vec<_> = frames.iter().filter_map(|f| f.as_ref().err()).collect();
                    assert_eq!(errors.len(), 1, "line {line}: one bad frame");
                    errors[0].code.to_owned()
                }
            };
        assert_eq!(found, error, "line {line}");
        // The tag is not visible to readers: the text must say it as well.
        assert!(example.before.contains(error), "line {line}: the text does not name {error}");
    }
}

#[test]
fn every_block_is_one_that_is_checked() {
    let mut counts = BTreeMap::<_, usize>::new();
    for example in examples() {
        let kind = match example.tag {
            "json client" | "json client lenient" => "client",
            "json server" => "server",
            // One is enough to show the form.
            "binary client" => continue,
            tag if tag.starts_with("json bad-client ") => "bad-client",
            tag => panic!("line {}: a block tagged {tag:?}", example.line),
        };
        *counts.entry(kind).or_default() += 1;
    }
    assert!(counts.len() == 3 && counts.values().all(|n| *n >= 10), "{counts:?}");
}

#[test]
fn every_frame_has_an_example() {
    let shown = |direction: &str| -> Vec<u64> {
        examples()
            .iter()
            .filter(|example| example.tag == format!("json {direction}"))
            .flat_map(|example| codes(&example.text))
            .collect()
    };
    let (client, server) = (shown("client"), shown("server"));
    for row in table("Frames") {
        let code: u64 = row[0].parse().unwrap();
        let is_shown = match row[2].as_str() {
            "client" => client.contains(&code),
            "server" => server.contains(&code),
            _ => client.contains(&code) || server.contains(&code),
        };
        assert!(is_shown, "frame {code} has no example");
    }
}
