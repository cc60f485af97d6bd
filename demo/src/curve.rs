use std::fmt::Write;

use fader_demo_contract::{Curve, POINTS};
use fader_leptos::LiveSignals;
use leptos::prelude::*;

use crate::group::EqGroup;

/// The plot's half height, in dB. Five bands may add up to more; that is clipped.
pub(crate) const HEIGHT_DB: f64 = 24.0;
/// The plot's width, in points of the curve.
pub(crate) const WIDTH: f64 = (POINTS - 1) as f64;

/// The curve that the server answered last.
///
/// The plot's coordinates are the data's: x is the index of the point (so that
/// frequency is logarithmic), y is the gain in dB, negated since SVG counts
/// downwards. The path's `d` is `M0 y0L1 y1 … 511 y511`.
#[component]
pub(crate) fn ConfirmedCurve<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let line = Memo::new(move |_| live.result().map(|curve| path(&curve)));
    let area = move || line.get().map(|line| format!("{line}L{WIDTH} 0L0 0Z"));
    view! {
        <path class="area" d=area />
        <path
            class="curve"
            vector-effect="non-scaling-stroke"
            data-testid="plot-curve"
            data-seq=move || live.status().seq.to_string()
            data-pending=move || live.pending().to_string()
            d=move || line.get()
        />
    }
}

fn path(curve: &Curve) -> String {
    let mut path = String::with_capacity(curve.db.len() * 12);
    for (i, db) in curve.db.iter().enumerate() {
        let command = match i {
            0 => "M",
            1 => "L",
            _ => " ",
        };
        // Writing to a string cannot fail. 0 - db, since -0 would be written with its sign.
        _ = write!(path, "{command}{i} {}", 0.0 - db);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_index_and_negated_gain() {
        let curve = Curve { db: vec![0.0, 6.021, -3.5] };
        assert_eq!(path(&curve), "M0 0L1 -6.021 2 3.5");
    }
}
