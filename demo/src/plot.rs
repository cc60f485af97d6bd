use std::f64::consts::LN_2;
use std::fmt::Write;

use fader_leptos::LiveSignals;
use leptos::prelude::*;

use crate::band::BandId;
use crate::curve::{ConfirmedCurve, HEIGHT_DB, WIDTH};
use crate::group::EqGroup;
use crate::handle::Handle;
use crate::scale::LogScale;

/// Frequencies that the axis names. The minor ones give way on narrow screens.
const FREQUENCIES: [(f64, &str, &str); 10] = [
    (20.0, "20", "tick"),
    (50.0, "50", "tick minor"),
    (100.0, "100", "tick"),
    (200.0, "200", "tick minor"),
    (500.0, "500", "tick minor"),
    (1000.0, "1k", "tick"),
    (2000.0, "2k", "tick minor"),
    (5000.0, "5k", "tick minor"),
    (10_000.0, "10k", "tick"),
    (20_000.0, "20k", "tick"),
];
/// Gains that the axis names, in dB.
const GAINS: [(f64, &str); 7] = [
    (18.0, "+18"),
    (12.0, "+12"),
    (6.0, "+6"),
    (0.0, "0\u{2009}dB"),
    (-6.0, "\u{2212}6"),
    (-12.0, "\u{2212}12"),
    (-18.0, "\u{2212}18"),
];

/// The response: the server's curve, and the points that the person drags.
#[component]
pub(crate) fn Plot<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let area = NodeRef::new();
    let top = -HEIGHT_DB;
    let height = 2.0 * HEIGHT_DB;
    view! {
        <div
            class="plot"
            class:empty=move || live.result().is_none()
            class:pending=move || live.pending()
            class:stalled=move || live.stalled()
        >
            <Axes />
            <div class="plot-area" node_ref=area>
                <svg
                    viewBox=format!("0 {top} {WIDTH} {height}")
                    preserveAspectRatio="none"
                    aria-hidden="true"
                    focusable="false"
                >
                    <path class="grid" vector-effect="non-scaling-stroke" d=grid() />
                    <path class="zero" vector-effect="non-scaling-stroke" d=format!("M0 0H{WIDTH}") />
                    <ConfirmedCurve live />
                    {BandId::ALL.map(|band| view! { <Width band live /> })}
                </svg>
                <p class="waiting">"Waiting for the server\u{2019}s first answer\u{2026}"</p>
                {BandId::ALL.map(|band| view! { <Handle band live area /> })}
            </div>
        </div>
    }
}

#[component]
fn Axes() -> impl IntoView {
    let frequencies = FREQUENCIES.map(|(hz, label, class)| {
        let left = format!("{}%", 100.0 * LogScale::FREQUENCY.position(hz));
        view! {
            <span class=class style:left=left>
                {label}
            </span>
        }
    });
    let gains = GAINS.map(|(db, label)| {
        let top = format!("{}%", 50.0 - 50.0 * db / HEIGHT_DB);
        view! {
            <span class="tick" style:top=top>
                {label}
            </span>
        }
    });
    view! {
        <div class="axis gains" aria-hidden="true">
            {gains}
        </div>
        <div class="axis frequencies" aria-hidden="true">
            {frequencies}
        </div>
    }
}

/// Where a band acts, from its local values: a stem from 0 dB to its point, and
/// across it the band's width between the points of half its gain.
#[component]
fn Width<G: EqGroup>(band: BandId, live: LiveSignals<G>) -> impl IntoView {
    let value = Memo::new(move |_| band.of(&live.local()));
    let path = move || {
        let band = value.get();
        let x = |hz: f64| WIDTH * LogScale::FREQUENCY.position(hz);
        // The Audio EQ Cookbook: 1/Q = 2·sinh(ln 2 / 2 · bandwidth in octaves).
        let octaves = (0.5 / band.q).asinh() * 2.0 / LN_2;
        let (from, to) =
            (band.frequency / (octaves / 2.0).exp2(), band.frequency * (octaves / 2.0).exp2());
        let y = 0.0 - band.gain;
        format!("M{0:.2} 0V{y}M{1:.2} {y}H{2:.2}", x(band.frequency), x(from), x(to))
    };
    view! {
        <path class=format!("width {}", band.class()) vector-effect="non-scaling-stroke" d=path />
    }
}

fn grid() -> String {
    let mut path = String::new();
    for decade in [10.0, 100.0, 1000.0, 10_000.0] {
        for digit in 1..10 {
            let hz = decade * f64::from(digit);
            if (20.0..20_000.0).contains(&hz) {
                let x = WIDTH * LogScale::FREQUENCY.position(hz);
                _ = write!(path, "M{x:.2} {}V{HEIGHT_DB}", -HEIGHT_DB);
            }
        }
    }
    for (db, _) in GAINS {
        _ = write!(path, "M0 {}H{WIDTH}", -db);
    }
    path
}
