use std::time::Duration;

use fader_leptos::{LiveSignals, use_connection};
use leptos::prelude::*;

use crate::group::EqGroup;
use crate::parameter::Parameter;
use crate::slider::Slider;

/// How long an answer takes and where the time goes, with a slider to make it longer.
#[component]
pub(crate) fn Latency<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let connection = use_connection();
    let status = move || live.status();
    let rtt = Memo::new(move |_| live.status().rtt.or(connection.rtt.get()));
    let wait = Memo::new(move |_| live.status().wait);
    let service = Memo::new(move |_| live.status().service);
    let total = move || {
        let parts = [rtt.get()?, wait.get()?, service.get()?];
        Some(parts.into_iter().sum())
    };
    let share = move |part: Memo<Option<Duration>>| {
        move || part.get().unwrap_or_default().as_micros().to_string()
    };
    view! {
        <section class="latency">
            <h2>"Latency"</h2>
            <p class="figure">
                <output data-testid="total">{move || text(total())}</output>
                <span>"from sending to answer"</span>
            </p>
            <div class="shares" aria-hidden="true">
                <i class="network" style:flex-grow=share(rtt)></i>
                <i class="queue" style:flex-grow=share(wait)></i>
                <i class="compute" style:flex-grow=share(service)></i>
            </div>
            <dl>
                <dt class="network">"Round trip"</dt>
                <dd data-testid="rtt">{move || text(rtt.get())}</dd>
                <dt class="queue">"Queue"</dt>
                <dd data-testid="wait">{move || text(wait.get())}</dd>
                <dt class="compute">"Compute"</dt>
                <dd data-testid="service">{move || text(service.get())}</dd>
                <dt>"Curve is behind by"</dt>
                <dd data-testid="staleness">{move || text(Some(status().staleness))}</dd>
            </dl>
            <Slider parameter=Parameter::Work live />
            <p class="explanation">
                "Extra work for every answer. Raise it and drag: the points stay with you, the curve catches up."
            </p>
        </section>
    }
}

fn text(duration: Option<Duration>) -> String {
    let Some(duration) = duration else { return "\u{2013}".into() };
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        ..9.95 => format!("{ms:.1} ms"),
        ..999.5 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (micros, expected) in [
            (0, "0.0 ms"),
            (4_230, "4.2 ms"),
            (9_960, "10 ms"),
            (184_400, "184 ms"),
            (999_600, "1.0 s"),
            (12_340_000, "12.3 s"),
        ] {
            assert_eq!(text(Some(Duration::from_micros(micros))), expected);
        }
        assert_eq!(text(None), "\u{2013}");
    }
}
