pub(crate) const SPEC: &str = include_str!("../../PROTOCOL.md");

/// A fenced block of the document.
pub(crate) struct Example {
    /// The number of the line that opens it.
    pub(crate) line: usize,
    /// What follows the fence: `json client` and so on.
    pub(crate) tag: &'static str,
    pub(crate) text: String,
    /// The text before it, back to the last heading.
    pub(crate) before: String,
}

/// All of them, in order.
pub(crate) fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    let mut before = String::new();
    let mut lines = SPEC.lines().zip(1..);
    while let Some((text, line)) = lines.next() {
        if text.starts_with('#') {
            before.clear();
        }
        let Some(tag) = text.trim_start().strip_prefix("```") else {
            before.push_str(text);
            continue;
        };
        let text = lines.by_ref().map(|(text, _)| text).take_while(|text| text.trim() != "```");
        let text = text.collect::<Vec<_>>().join("\n");
        examples.push(Example { line, tag, text, before: before.clone() });
    }
    examples
}

/// The rows of the first table below a heading, without the table's own head.
pub(crate) fn table(heading: &str) -> Vec<Vec<String>> {
    let heading = format!("\n## {heading}\n");
    let start = SPEC.find(&heading).unwrap_or_else(|| panic!("no heading{heading}"));
    let rows: Vec<_> = SPEC[start..]
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|row| {
            let cells = row.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "no table below{heading}");
    rows
}

/// The codes of a message's frames.
pub(crate) fn codes(message: &str) -> Vec<u64> {
    let frames: Vec<Vec<serde_json::Value>> = serde_json::from_str(message).unwrap();
    frames.iter().map(|frame| frame[0].as_u64().unwrap()).collect()
}
