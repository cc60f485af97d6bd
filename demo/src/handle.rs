use fader_demo_contract::GAIN;
use fader_leptos::LiveSignals;
use leptos::web_sys::js_sys;
use leptos::{ev, html, prelude::*};

use crate::band::BandId;
use crate::curve::HEIGHT_DB;
use crate::group::EqGroup;
use crate::hold::{Hold, With};
use crate::quantity::Quantity;
use crate::scale::{self, LogScale};

/// How far one arrow key moves: in widths of the plot, and in dB. With shift, a fifth of it.
const KEY_FREQUENCY: f64 = 0.01;
const KEY_GAIN: f64 = 0.5;
/// How much a pixel of the mouse wheel changes the logarithm of Q.
const WHEEL_Q: f64 = 0.002;
/// The height of a line, for mice that scroll by lines.
const LINE_PIXELS: f64 = 16.0;

/// The point that stands for a band in the plot: dragged, it moves the band's
/// frequency and gain; the mouse wheel over it, once it has the focus, changes Q.
#[component]
pub(crate) fn Handle<G: EqGroup>(
    band: BandId,
    live: LiveSignals<G>,
    /// The element that the plot's coordinates fill.
    area: NodeRef<html::Div>,
) -> impl IntoView {
    let hold = Hold::new(live, band.key());
    let element = NodeRef::<html::Div>::new();
    // From the pointer to the point's centre, in pixels, at the beginning of the drag.
    let offset = StoredValue::new((0.0, 0.0));

    // How much of the wheel's turning has not changed Q yet.
    let scrolled = StoredValue::new(0.0);

    let value = Memo::new(move |_| band.of(&live.local()));
    let x = move || LogScale::FREQUENCY.position(value.get().frequency);
    let y = move || 0.5 - value.get().gain / (2.0 * HEIGHT_DB);
    let move_to = move |x: f64, y: f64| {
        live.update(|equaliser| {
            let band = band.of_mut(equaliser);
            band.frequency = LogScale::FREQUENCY.value(x);
            band.gain = scale::gain((0.5 - y) * 2.0 * HEIGHT_DB);
        });
    };

    let on_pointerdown = move |event: ev::PointerEvent| {
        let (Some(element), Some(area)) = (element.get(), area.get()) else { return };
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        _ = element.focus();
        // Fails only if the pointer is gone already.
        if element.set_pointer_capture(event.pointer_id()).is_ok() {
            let rect = area.get_bounding_client_rect();
            let (at_x, at_y) = position(&event);
            offset.set_value((
                rect.left() + x() * rect.width() - at_x,
                rect.top() + y() * rect.height() - at_y,
            ));
            hold.begin(With::Pointer);
        }
    };
    let on_pointermove = move |event: ev::PointerEvent| {
        let Some(area) = area.get() else { return };
        if hold.is_held(With::Pointer) {
            let rect = area.get_bounding_client_rect();
            let ((at_x, at_y), (dx, dy)) = (position(&event), offset.get_value());
            move_to(
                (at_x + dx - rect.left()) / rect.width(),
                (at_y + dy - rect.top()) / rect.height(),
            );
        }
    };
    let on_keydown = move |event: ev::KeyboardEvent| {
        let (right, up) = match event.key().as_str() {
            "ArrowLeft" => (-1.0, 0.0),
            "ArrowRight" => (1.0, 0.0),
            "ArrowUp" => (0.0, 1.0),
            "ArrowDown" => (0.0, -1.0),
            "Escape" => return hold.cancel(),
            _ => return,
        };
        event.prevent_default();
        hold.begin(With::Key);
        if hold.is_held(With::Key) {
            let part = if event.shift_key() { 0.2 } else { 1.0 };
            move_to(
                x() + right * part * KEY_FREQUENCY,
                y() - up * part * KEY_GAIN / (2.0 * HEIGHT_DB),
            );
        }
    };
    let on_keyup = move |event: ev::KeyboardEvent| {
        if event.key() != "Escape" {
            hold.release(With::Key);
        }
    };
    let on_wheel = move |event: ev::WheelEvent| {
        // Only when it has the focus, so that scrolling past changes nothing.
        let focused = element.get().is_some_and(|element| {
            document().active_element().is_some_and(|active| active == **element)
        });
        // With the control key down, the page is zoomed.
        if !focused || event.ctrl_key() {
            return;
        }
        event.prevent_default();
        let lines = event.delta_mode() == ev::WheelEvent::DOM_DELTA_LINE;
        let pixels = event.delta_y() * if lines { LINE_PIXELS } else { 1.0 };
        // Small movements add up until they change what is left after rounding.
        let turned = scrolled.get_value() - WHEEL_Q * pixels;
        let q = LogScale::Q.value(LogScale::Q.position(value.get().q * turned.exp()));
        if q == value.get().q {
            scrolled.set_value(turned);
        } else {
            scrolled.set_value(0.0);
            live.update(|equaliser| band.of_mut(equaliser).q = q);
        }
    };

    // Near the top there is no room for the readout above the point.
    let below = move || value.get().gain > 12.0;
    let frequency_text = move || Quantity::Frequency.text(value.get().frequency);
    let gain_text = move || Quantity::Gain.text(value.get().gain);
    let spoken = move || {
        format!("{}, {}, Q {}", frequency_text(), gain_text(), Quantity::Q.text(value.get().q))
    };
    view! {
        <div
            class=format!("handle {}", band.class())
            class:held=move || hold.is_held(With::Pointer)
            class:below=below
            data-testid=format!("band-{}-handle", band.number())
            node_ref=element
            tabindex="0"
            role="slider"
            aria-roledescription="two-dimensional slider"
            aria-label=format!("{} band, frequency and gain", band.name())
            aria-valuemin=*GAIN.start()
            aria-valuemax=*GAIN.end()
            aria-valuenow=move || value.get().gain
            aria-valuetext=spoken
            style:--x=move || x().to_string()
            style:--y=move || y().to_string()
            on:pointerdown=on_pointerdown
            on:pointermove=on_pointermove
            on:pointerup=move |_| hold.release(With::Pointer)
            on:lostpointercapture=move |_| hold.release(With::Pointer)
            on:pointercancel=move |_| hold.lose()
            on:keydown=on_keydown
            on:keyup=on_keyup
            on:blur=move |_| hold.release(With::Key)
            on:wheel=on_wheel
        >
            <span class="number">{band.number()}</span>
            <span class="readout" aria-hidden="true">
                <b>{gain_text}</b>
                <span>{frequency_text}</span>
            </span>
        </div>
    }
}

/// Where a pointer is in the page, with fractions of pixels, which web-sys cuts off.
fn position(event: &ev::PointerEvent) -> (f64, f64) {
    let read = |name: &str| {
        let value = js_sys::Reflect::get(event, &name.into());
        value.ok().and_then(|value| value.as_f64()).unwrap_or_default()
    };
    (read("clientX"), read("clientY"))
}
