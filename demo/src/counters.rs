use fader_demo_contract::Eq;
use fader_leptos::LiveSignals;
use leptos::prelude::*;

/// What became of the person's input since the page was opened.
#[component]
pub(crate) fn Counters(live: LiveSignals<Eq>) -> impl IntoView {
    let counters = Memo::new(move |_| live.status().counters);
    view! {
        <section class="counters">
            <h2>"Traffic"</h2>
            <dl>
                <div>
                    <dt>"Inputs"</dt>
                    <dd data-testid="counter-inputs">{move || grouped(counters.get().inputs)}</dd>
                </div>
                <div>
                    <dt>"Frames sent"</dt>
                    <dd data-testid="counter-frames">{move || grouped(counters.get().frames)}</dd>
                </div>
                <div>
                    <dt>"Coalesced"</dt>
                    <dd data-testid="counter-coalesced">{move || grouped(counters.get().coalesced)}</dd>
                </div>
                <div>
                    <dt>"Results shown"</dt>
                    <dd data-testid="counter-results">{move || grouped(counters.get().results)}</dd>
                </div>
            </dl>
            <p class="explanation">
                "Inputs that a newer one overtakes are never sent. The last one always is."
            </p>
        </section>
    }
}

/// Digits in groups of three, with a narrow space that does not break.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn groups_digits_by_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_204), "1\u{202f}204");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
