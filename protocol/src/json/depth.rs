/// Whether arrays and objects nest deeper than `limit` in a JSON text.
pub(crate) fn exceeds(text: &str, limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::exceeds;

    #[test]
    fn counts_levels_but_not_brackets_in_strings() {
        assert!(!exceeds("[[1]]", 2));
        assert!(exceeds("[[[1]]]", 2));
        assert!(!exceeds(r#"["[[[[",{"a":"\"[["}]"#, 2));
        assert!(exceeds(r#"["\"","\\",[[]]]"#, 2));
        assert!(!exceeds("[[],[],[],{}]", 2));
    }
}
