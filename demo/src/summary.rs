use fader_demo_contract::{Curve, frequencies};
use fader_leptos::LiveSignals;
use leptos::prelude::*;

use crate::group::EqGroup;
use crate::quantity::Quantity;

/// The frequencies that the table names, in Hz.
const ROWS: [f64; 10] =
    [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0];

/// The confirmed curve in words and as a table, for those who do not see the plot.
#[component]
pub(crate) fn Summary<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let sentence = move || match live.result() {
        Some(curve) => describe(&curve),
        None => "The server has not answered yet.".into(),
    };
    let rows = move || {
        let curve = live.result()?;
        let rows = ROWS.map(|hz| {
            let gain = nearest(&curve, hz).unwrap_or_default();
            view! {
                <tr>
                    <th scope="row">{Quantity::Frequency.text(hz)}</th>
                    <td>{Quantity::Gain.text(gain)}</td>
                </tr>
            }
        });
        Some(rows.collect_view())
    };
    view! {
        <div class="visually-hidden">
            <p data-testid="response-summary">{sentence}</p>
            <table>
                <caption>"The response that the server computed"</caption>
                <tbody data-testid="response-table">{rows}</tbody>
            </table>
        </div>
    }
}

fn describe(curve: &Curve) -> String {
    let points = || frequencies().zip(curve.db.iter().copied().map(f64::from));
    let highest = points().max_by(|a, b| a.1.total_cmp(&b.1));
    let lowest = points().min_by(|a, b| a.1.total_cmp(&b.1));
    let (Some((high_hz, high)), Some((low_hz, low))) = (highest, lowest) else {
        return "The server's answer is empty.".into();
    };
    if high < 0.05 && low > -0.05 {
        return "Flat: 0.0 dB at all frequencies.".into();
    }
    format!(
        "Highest {} at {}, lowest {} at {}.",
        Quantity::Gain.text(high),
        Quantity::Frequency.text(high_hz),
        Quantity::Gain.text(low),
        Quantity::Frequency.text(low_hz),
    )
}

/// The gain at the point of the curve nearest to a frequency.
fn nearest(curve: &Curve, hz: f64) -> Option<f64> {
    let distance = |at: f64| (at / hz).ln().abs();
    frequencies()
        .zip(&curve.db)
        .min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))
        .map(|(_, db)| f64::from(*db))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fader_demo_contract::{Band, Equaliser};

    #[test]
    fn says_where_the_curve_is_highest_and_lowest() {
        let equaliser = Equaliser {
            low: Band::new(100.0, 6.0, 5.0),
            high: Band::new(5000.0, -9.0, 5.0),
            ..Equaliser::flat()
        };
        let curve = equaliser.response();
        assert_eq!(
            describe(&curve),
            "Highest +6.0 dB at 99.9 Hz, lowest \u{2212}9.0 dB at 4.97 kHz."
        );
        assert!((nearest(&curve, 100.0).unwrap() - 6.0).abs() < 0.1);
        assert_eq!(describe(&Equaliser::flat().response()), "Flat: 0.0 dB at all frequencies.");
    }

    #[test]
    fn an_empty_answer_breaks_nothing() {
        let empty = Curve { db: Vec::new() };
        assert_eq!(describe(&empty), "The server's answer is empty.");
        assert_eq!(nearest(&empty, 100.0), None);
    }
}
