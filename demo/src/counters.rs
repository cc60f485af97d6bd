use fader_leptos::LiveSignals;
use leptos::prelude::*;

use crate::group::EqGroup;

/// What became of the person's input since the page was opened.
#[component]
pub(crate) fn Counters<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let counters = Memo::new(move |_| live.status().counters);
    let frames = Memo::new(move |_| live.status().frames_per_second);
    let results = Memo::new(move |_| live.status().results_per_second);
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
                    <dd>
                        <span data-testid="counter-frames">
                            {move || grouped(counters.get().frames)}
                        </span>
                        <Rate per_second=frames />
                    </dd>
                </div>
                <div>
                    <dt>"Coalesced"</dt>
                    <dd data-testid="counter-coalesced">{move || grouped(counters.get().coalesced)}</dd>
                </div>
                <div>
                    <dt>"Results shown"</dt>
                    <dd>
                        <span data-testid="counter-results">
                            {move || grouped(counters.get().results)}
                        </span>
                        <Rate per_second=results />
                    </dd>
                </div>
            </dl>
            <p class="explanation">
                "Inputs that a newer one overtakes are never sent. The last one always is."
            </p>
        </section>
    }
}

/// How often it happened in the last second, if it did.
#[component]
fn Rate(per_second: Memo<u32>) -> impl IntoView {
    let text = move || match per_second.get() {
        0 => String::new(),
        rate => format!("{rate}/s"),
    };
    view! { <small class="rate">{text}</small> }
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
