use fader_protocol::json::{self, JsonFrame};
use fader_protocol::{ClientFrame, MessageLimits, RawPayload, ServerFrame};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::strategies::{client_frame, server_frame, text_of};

/// Small limits, so that they are met.
fn tight() -> MessageLimits {
    MessageLimits {
        message_bytes: 400,
        frames: 4,
        depth: 3,
        name_bytes: 8,
        ..MessageLimits::default()
    }
}

/// Reads whatever it is. What is understood must survive being written and read again.
fn survive<F: JsonFrame + PartialEq + std::fmt::Debug>(text: &str) {
    let _ = json::decode::<F>(text, &tight());
    let limits = MessageLimits { message_bytes: usize::MAX, ..MessageLimits::default() };
    let Ok(frames) = json::decode::<F>(text, &limits) else { return };
    let understood: Vec<F> = frames.into_iter().flatten().collect();
    let again = json::decode::<F>(&json::encode(&understood), &limits).unwrap();
    assert_eq!(again.into_iter().map(Result::unwrap).collect::<Vec<_>>(), understood);
}

fn survive_as_both(text: &str) {
    survive::<ClientFrame<RawPayload>>(text);
    survive::<ServerFrame<RawPayload>>(text);
}

/// One thing done to a message.
#[derive(Debug, Clone)]
enum Mutation {
    Delete(Index),
    Insert(Index, char),
    Replace(Index, char),
    Truncate(Index),
    /// Copies a stretch somewhere else.
    Splice(Index, Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<Index>;
    let structural = "[]{},:\"\\0123456789-+.eEntfu \0".chars().collect::<Vec<_>>();
    let char = || prop_oneof![4 => select(structural.clone()), 1 => any::<char>()];
    prop_oneof![
        index().prop_map(Mutation::Delete),
        (index(), char()).prop_map(|(at, c)| Mutation::Insert(at, c)),
        (index(), char()).prop_map(|(at, c)| Mutation::Replace(at, c)),
        index().prop_map(Mutation::Truncate),
        (index(), index(), index()).prop_map(|(a, b, to)| Mutation::Splice(a, b, to)),
    ]
}

fn mutate(text: &mut Vec<char>, mutation: &Mutation) {
    let at = |index: &Index| index.index(text.len() + 1);
    match mutation {
        _ if text.is_empty() => {}
        Mutation::Delete(index) => {
            text.remove(index.index(text.len()));
        }
        Mutation::Insert(index, c) => text.insert(at(index), *c),
        Mutation::Replace(index, c) => {
            let index = index.index(text.len());
            text[index] = *c;
        }
        Mutation::Truncate(index) => text.truncate(at(index)),
        Mutation::Splice(a, b, to) => {
            let (a, b, to) = (at(a), at(b), at(to));
            let stretch = text[a.min(b)..a.max(b)].to_vec();
            text.splice(to..to, stretch);
        }
    }
}

fn mutated(text: &str, mutations: &[Mutation]) -> String {
    let mut chars = text.chars().collect();
    for mutation in mutations {
        mutate(&mut chars, mutation);
    }
    chars.into_iter().collect()
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survive_as_both(&text);
    }

    /// Made of JSON's own characters, so that more of it gets past the first one.
    #[test]
    fn anything_like_json_is_survived(text in r#"\[[\[\]{},:"\\0-9a-z .eE+-]{0,80}\]"#) {
        survive_as_both(&text);
    }

    #[test]
    fn a_frame_of_anything_is_survived(
        code in 0..30_u64,
        fields in vec(select(vec![
            "0", "1", "-1", "1.5", "9007199254740992", "null", "true", "\"\"", "\"name\"",
            "\"\\ud800\"", "[]", "{}", "{\"a\":{}}", "{\"\":0}", "{\"version\":1}", "[[[[]]]]",
        ]), 0..9),
    ) {
        let fields: String = fields.iter().map(|field| format!(",{field}")).collect();
        survive_as_both(&format!("[[{code}{fields}]]"));
    }

    #[test]
    fn a_clients_mutated_message_is_survived(
        frames in vec(client_frame(), 1..4),
        mutations in vec(mutation(), 1..6),
    ) {
        survive_as_both(&mutated(text_of(&json::encode(&frames)), &mutations));
    }

    #[test]
    fn a_servers_mutated_message_is_survived(
        frames in vec(server_frame(), 1..4),
        mutations in vec(mutation(), 1..6),
    ) {
        survive_as_both(&mutated(text_of(&json::encode(&frames)), &mutations));
    }
}
