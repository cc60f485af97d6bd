//! Controls bound to a live group, moved by the events that a browser sends.

use std::rc::Rc;

use fader::{Binding, Client, Live};
use fader_test_page::{FakeSocket, Page, turn, until};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    Event, HtmlElement, HtmlInputElement, KeyboardEvent, KeyboardEventInit, PointerEvent,
    PointerEventInit,
};

use crate::client::connected;
use crate::contract::{Area, UNIT};

const PREVIEW: u64 = 0;
const COMMIT: u64 = 1;
const CANCEL: u64 = 2;

/// An open group whose first result is shown.
struct Bench {
    page: Page,
    area: Rc<Live<Area>>,
    socket: FakeSocket,
    _client: Client,
}

impl Bench {
    async fn new() -> Self {
        let page = Page::observe();
        let (client, socket) = connected(&page);
        let area = Rc::new(client.live::<Area>(UNIT).unwrap());
        let bench = Self { page, area, socket, _client: client };
        bench.patches(1).await;
        bench.answer(1);
        bench
    }

    fn slider(&self) -> (HtmlInputElement, Binding) {
        self.input("range")
    }

    fn input(&self, kind: &str) -> (HtmlInputElement, Binding) {
        let input: HtmlInputElement = element("input");
        input.set_type(kind);
        let width = |value: f64| value as i32;
        let binding = self.area.bind_number(
            &input,
            "width",
            |sides| f64::from(sides.width),
            move |sides, value| sides.width = width(value),
        );
        (input, binding.unwrap())
    }

    fn answer(&self, seq: u64) {
        self.socket.receive(&json!([[21, 1, 1, seq, 0, 0, 0]]).to_string());
    }

    /// The values that were sent, as `(phase, patch)`, once there are so many.
    async fn patches(&self, count: usize) -> Vec<(u64, Value)> {
        let patches = std::cell::RefCell::new(Vec::new());
        until("patches", || {
            let frames = self.socket.sent().concat();
            let live = frames.into_iter().filter(|frame| frame[0] == 20);
            patches
                .borrow_mut()
                .extend(live.map(|frame| (frame[5].as_u64().unwrap(), frame[7].clone())));
            patches.borrow().len() >= count
        })
        .await;
        patches.take()
    }

    async fn no_patch(&self) {
        turn().await;
        let frames = self.socket.sent().concat();
        assert!(frames.iter().all(|frame| frame[0] != 20), "{frames:?}");
    }
}

fn element<T: JsCast>(name: &str) -> T {
    let document = web_sys::window().unwrap().document().unwrap();
    let element = document.create_element(name).unwrap();
    document.body().unwrap().append_child(&element).unwrap();
    element.dyn_into().ok().unwrap()
}

fn tell(element: &HtmlElement, event: &str) {
    element.dispatch_event(&Event::new(event).unwrap()).unwrap();
}

fn point(element: &HtmlElement, event: &str, x: i32, y: i32) {
    let init = PointerEventInit::new();
    init.set_pointer_id(1);
    init.set_client_x(x);
    init.set_client_y(y);
    init.set_buttons(u16::from(event == "pointerdown" || event == "pointermove"));
    let event = PointerEvent::new_with_event_init_dict(event, &init).unwrap();
    element.dispatch_event(&event).unwrap();
}

fn press(element: &HtmlElement, event: &str, key: &str) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict(event, &init).unwrap();
    element.dispatch_event(&event).unwrap();
}

fn input(element: &HtmlInputElement, value: f64) {
    element.set_value_as_number(value);
    tell(element, "input");
}

#[wasm_bindgen_test]
async fn a_drag_is_one_gesture_whatever_reports_its_end() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    assert_eq!(slider.value(), "1", "it shows the model");
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 5.0);
    assert_eq!(bench.patches(1).await, [(PREVIEW, json!({"width": 5}))]);
    assert!(bench.area.status().gesture);
    input(&slider, 7.0);
    point(&slider, "pointerup", 0, 0);
    tell(&slider, "change");
    point(&slider, "lostpointercapture", 0, 0);
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 7}))]);
    tell(&slider, "blur");
    bench.no_patch().await;
    assert!(!bench.area.status().gesture);
}

#[wasm_bindgen_test]
async fn each_report_of_the_end_alone_ends_a_drag_in_one_commit() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    let ends = ["pointerup", "lostpointercapture", "change", "pointercancel"];
    for (value, end) in (10..).zip(ends) {
        point(&slider, "pointerdown", 0, 0);
        input(&slider, f64::from(value));
        match end {
            "change" => tell(&slider, end),
            end => point(&slider, end, 0, 0),
        }
        assert!(!bench.area.status().gesture, "{end}");
        assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": value}))], "{end}");
    }
    // The focus may go elsewhere while a pointer holds on.
    point(&slider, "pointerdown", 0, 0);
    tell(&slider, "blur");
    assert!(bench.area.status().gesture);
}

#[wasm_bindgen_test]
async fn a_drag_is_final_when_the_page_is_left() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 5.0);
    let window = web_sys::window().unwrap();
    window.dispatch_event(&Event::new("pagehide").unwrap()).unwrap();
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 5}))]);
    window.dispatch_event(&Event::new("pageshow").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn escape_moves_the_control_back_and_what_follows_does_not_count() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 5.0);
    bench.patches(1).await;
    press(&slider, "keydown", "Escape");
    assert_eq!((slider.value().as_str(), bench.area.local()), ("1", UNIT));
    input(&slider, 9.0);
    assert_eq!((slider.value().as_str(), bench.area.local()), ("1", UNIT));
    point(&slider, "pointerup", 0, 0);
    let sent = bench.patches(1).await;
    assert_eq!(sent, [(CANCEL, json!({"width": 1}))]);
}

#[wasm_bindgen_test]
async fn a_key_and_its_repeats_are_one_commit() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    for value in [2.0, 3.0, 4.0] {
        press(&slider, "keydown", "ArrowRight");
        input(&slider, value);
        tell(&slider, "change");
    }
    assert!(bench.area.status().gesture);
    press(&slider, "keyup", "ArrowRight");
    assert!(bench.area.status().gesture, "another step may follow");
    press(&slider, "keydown", "ArrowRight");
    input(&slider, 5.0);
    tell(&slider, "change");
    press(&slider, "keyup", "ArrowRight");
    assert_eq!(bench.patches(1).await, [(PREVIEW, json!({"width": 5}))]);
    until("the steps have settled", || !bench.area.status().gesture).await;
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({}))]);
}

#[wasm_bindgen_test]
async fn steps_by_key_are_final_when_the_focus_goes() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    press(&slider, "keydown", "ArrowRight");
    input(&slider, 2.0);
    press(&slider, "keyup", "ArrowRight");
    tell(&slider, "blur");
    assert!(!bench.area.status().gesture);
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 2}))]);
}

#[wasm_bindgen_test]
async fn a_drag_after_steps_by_key_is_another_gesture() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    press(&slider, "keydown", "ArrowRight");
    input(&slider, 2.0);
    press(&slider, "keyup", "ArrowRight");
    point(&slider, "pointerdown", 0, 0);
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 2}))]);
    input(&slider, 9.0);
    press(&slider, "keydown", "Escape");
    assert_eq!(bench.area.local().width, 2);
}

/// Another one is taken hold of before the first one loses the focus, or with
/// another finger.
#[wasm_bindgen_test]
async fn a_control_that_is_let_go_of_does_not_end_the_gesture_of_another() {
    let bench = Bench::new().await;
    let (field, _field) = bench.input("number");
    let slider: HtmlInputElement = element("input");
    slider.set_type("range");
    let bound = bench.area.bind_number(
        &slider,
        "height",
        |sides| f64::from(sides.height),
        |sides, value| sides.height = value as i32,
    );
    let _slider = bound.unwrap();
    input(&field, 12.0);
    point(&slider, "pointerdown", 0, 0);
    tell(&field, "change");
    tell(&field, "blur");
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 12}))]);
    assert!(bench.area.status().gesture);
    input(&slider, 7.0);
    press(&slider, "keydown", "Escape");
    assert_eq!((bench.area.local().width, bench.area.local().height), (12, 1));
    point(&slider, "pointerup", 0, 0);
    assert!(!bench.area.status().gesture);
}

#[wasm_bindgen_test]
async fn values_from_elsewhere_move_a_control_only_while_nobody_holds_it() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    let push = |value: i32, seq: u64| {
        bench.socket.receive(&json!([[25, 1, 1, seq, {"width": value}]]).to_string());
    };
    push(20, 1);
    until("the push", || slider.value() == "20").await;

    point(&slider, "pointerdown", 0, 0);
    push(30, 1);
    turn().await;
    assert_eq!(slider.value(), "20", "the thumb is held");
    point(&slider, "pointerup", 0, 0);
    until("the release", || slider.value() == "30").await;
}

#[wasm_bindgen_test]
async fn a_field_without_a_number_changes_nothing_and_its_change_is_final() {
    let bench = Bench::new().await;
    let (field, _binding) = bench.input("number");
    field.set_value("");
    tell(&field, "input");
    bench.no_patch().await;
    input(&field, 12.0);
    assert!(bench.area.status().gesture, "typing is a gesture");
    tell(&field, "change");
    assert!(!bench.area.status().gesture);
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 12}))]);
}

#[wasm_bindgen_test]
async fn a_control_disabled_in_the_middle_of_a_drag_is_let_go_of() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 5.0);
    slider.set_disabled(true);
    until("the release", || !bench.area.status().gesture).await;
    // The value may have left as a preview, which the commit need not say again.
    let patches = bench.patches(1).await;
    assert_eq!(patches.last().map(|(phase, _)| *phase), Some(COMMIT), "{patches:?}");
    assert_eq!(patches[0].1, json!({"width": 5}), "{patches:?}");
}

#[wasm_bindgen_test]
async fn a_pointer_that_the_browser_takes_commits_or_reverts() {
    let bench = Bench::new().await;
    let (slider, binding) = bench.slider();
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 5.0);
    point(&slider, "pointercancel", 0, 0);
    assert_eq!((bench.area.local().width, bench.area.status().gesture), (5, false));

    let _binding = binding.revert_on_pointer_cancel();
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 9.0);
    point(&slider, "pointercancel", 0, 0);
    assert_eq!((bench.area.local().width, slider.value().as_str()), (5, "5"));
}

#[wasm_bindgen_test]
async fn dropping_the_binding_commits_and_leaves_nothing_at_the_control() {
    let bench = Bench::new().await;
    let before = bench.page.listeners();
    let (slider, binding) = bench.slider();
    assert!(bench.page.listeners() > before);
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 5.0);
    drop(binding);
    assert_eq!(bench.page.listeners(), before);
    assert!(!bench.area.status().gesture);
    assert_eq!(bench.patches(1).await.last(), Some(&(COMMIT, json!({"width": 5}))));
    input(&slider, 9.0);
    bench.no_patch().await;
}

#[wasm_bindgen_test]
async fn a_pad_moves_both_keys_in_one_patch() {
    let bench = Bench::new().await;
    let pad: HtmlElement = element("div");
    pad.set_attribute("style", "position:fixed;left:0;top:0;width:200px;height:100px").unwrap();
    pad.set_tab_index(0);
    let bound = bench.area.bind_pad(
        &pad,
        &["width", "height"],
        |sides| (f64::from(sides.width) / 100.0, f64::from(sides.height) / 100.0),
        |sides, x, y| {
            (sides.width, sides.height) = ((x * 100.0).round() as i32, (y * 100.0).round() as i32);
        },
    );
    let _binding = bound.unwrap();
    // The mouse, which the browser lets be captured.
    point(&pad, "pointerdown", 100, 25);
    assert_eq!(bench.patches(1).await, [(PREVIEW, json!({"width": 50, "height": 25}))]);
    assert!(bench.area.status().gesture);
    // Outside, the point stays at the edge.
    point(&pad, "pointermove", 900, -5);
    point(&pad, "pointerup", 900, -5);
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 100, "height": 0}))]);

    press(&pad, "keydown", "ArrowLeft");
    press(&pad, "keydown", "ArrowDown");
    press(&pad, "keydown", "ArrowDown");
    press(&pad, "keyup", "ArrowDown");
    tell(&pad, "blur");
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 99, "height": 2}))]);
    press(&pad, "keydown", "ArrowUp");
    assert_eq!(bench.area.local().height, 1);
    press(&pad, "keydown", "Escape");
    assert_eq!(bench.area.local().height, 2);
}

#[wasm_bindgen_test]
async fn a_pad_knows_where_between_two_pixels_a_pointer_is() {
    let bench = Bench::new().await;
    let pad: HtmlElement = element("div");
    pad.set_attribute("style", "position:fixed;left:0;top:0;width:10px;height:10px").unwrap();
    let points = Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = points.clone();
    let bound = bench.area.bind_pad(
        &pad,
        &["width", "height"],
        |_| (0.0, 0.0),
        move |_, x, y| seen.borrow_mut().push((x, y)),
    );
    let _binding = bound.unwrap();
    let init = js_sys::Object::new();
    for (name, value) in [("pointerId", 1.0), ("buttons", 1.0), ("clientX", 2.25), ("clientY", 7.5)]
    {
        js_sys::Reflect::set(&init, &name.into(), &value.into()).unwrap();
    }
    let event =
        PointerEvent::new_with_event_init_dict("pointerdown", init.unchecked_ref()).unwrap();
    pad.dispatch_event(&event).unwrap();
    assert_eq!(*points.borrow(), [(0.225, 0.75)]);
    point(&pad, "pointerup", 0, 0);
}

#[wasm_bindgen_test]
async fn a_pad_in_a_scroll_box_is_pressed_where_it_is() {
    let bench = Bench::new().await;
    let scroll_box: HtmlElement = element("div");
    let style = "position:fixed;left:0;top:0;width:100px;height:100px;overflow:auto";
    scroll_box.set_attribute("style", style).unwrap();
    let pad: HtmlElement = element("div");
    pad.set_attribute("style", "width:50px;height:1000px;margin-top:50px").unwrap();
    pad.set_tab_index(0);
    scroll_box.append_child(&pad).unwrap();
    let bound = bench.area.bind_pad(&pad, &["width"], |_| (0.0, 0.0), |_, _, _| {});
    let _binding = bound.unwrap();
    point(&pad, "pointerdown", 10, 90);
    assert_eq!(scroll_box.scroll_top(), 0);
    point(&pad, "pointerup", 10, 90);
}

#[wasm_bindgen_test]
async fn what_a_control_says_is_final_counts_without_an_input() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    slider.set_value("77");
    tell(&slider, "change");
    assert_eq!(slider.value(), "77");
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 77}))]);
    tell(&slider, "change");
    bench.no_patch().await;
}

#[wasm_bindgen_test]
async fn input_that_nobody_says_is_final_becomes_so() {
    let bench = Bench::new().await;
    let (slider, _binding) = bench.slider();
    input(&slider, 5.0);
    assert!(bench.area.status().gesture);
    until("the end of the hold", || !bench.area.status().gesture).await;
    let sent = bench.patches(2).await;
    assert_eq!(sent, [(PREVIEW, json!({"width": 5})), (COMMIT, json!({}))]);
    // What comes then is another gesture.
    point(&slider, "pointerdown", 0, 0);
    input(&slider, 9.0);
    press(&slider, "keydown", "Escape");
    assert_eq!(slider.value(), "5");
    point(&slider, "pointerup", 0, 0);
}

#[wasm_bindgen_test]
async fn what_cannot_be_bound_is_refused_by_name() {
    let bench = Bench::new().await;
    let number = |element: &HtmlElement, key: &str| {
        let bound = bench.area.bind_number(element, key, |_| 0.0, |_, _| {});
        bound.err().map(|error| error.to_string())
    };
    let typed = |kind: &str| {
        let input: HtmlInputElement = element("input");
        input.set_type(kind);
        input
    };
    let refused = |text: &str| Some(text.to_owned());
    assert_eq!(
        number(&typed("range"), "wdith"),
        refused("the live group has no key \"wdith\"; it has \"height\", \"width\"")
    );
    assert_eq!(
        number(&typed("file"), "width"),
        refused("an <input type=\"file\"> cannot be bound")
    );
    assert_eq!(
        number(&typed("text"), "width"),
        refused("an <input type=\"text\"> holds text, but \"width\" is a number")
    );
    assert_eq!(
        number(&element::<HtmlElement>("div"), "width"),
        refused(
            "[object HTMLDivElement] cannot be bound: it takes an <input>, a <select> or a <textarea>"
        )
    );
    let pad = element::<HtmlElement>("div");
    assert!(bench.area.bind_pad(&pad, &["depth"], |_| (0.0, 0.0), |_, _, _| {}).is_err());
    assert!(bench.area.bind_gesture(&pad, &["depth"]).is_err());
    assert!(bench.area.bind_bool(&typed("range"), "width", |_| true, |_, _| {}).is_err());
    assert!(
        bench.area.bind_text(&typed("checkbox"), "width", |_| String::new(), |_, _| {}).is_err()
    );
}

#[wasm_bindgen_test]
async fn a_checkbox_holds_true_or_false_and_a_choice_its_value() {
    let bench = Bench::new().await;
    let checkbox: HtmlInputElement = element("input");
    checkbox.set_type("checkbox");
    let bound = bench.area.bind_bool(
        &checkbox,
        "width",
        |sides| sides.width > 1,
        |sides, on| sides.width = if on { 2 } else { 1 },
    );
    let _checkbox = bound.unwrap();
    assert!(!checkbox.checked());
    checkbox.click();
    assert_eq!(bench.patches(1).await, [(COMMIT, json!({"width": 2}))]);

    let select: web_sys::HtmlSelectElement = element("select");
    select.set_inner_html("<option>1</option><option>7</option>");
    let bound = bench.area.bind_text(
        &select,
        "height",
        |sides| sides.height.to_string(),
        |sides, height| sides.height = height.parse().unwrap(),
    );
    let _select = bound.unwrap();
    assert_eq!(select.value(), "1");
    select.set_value("7");
    tell(&select, "change");
    assert_eq!(bench.area.local().height, 7);
}

#[wasm_bindgen_test]
async fn an_element_that_the_app_moves_makes_gestures() {
    let bench = Bench::new().await;
    let thumb: HtmlElement = element("div");
    let _binding = bench.area.bind_gesture(&thumb, &["width"]).unwrap();
    point(&thumb, "pointerdown", 0, 0);
    assert!(bench.area.status().gesture);
    bench.area.update(|sides| sides.width = 5).unwrap();
    // Its own end is not that of the person's.
    bench.area.commit();
    assert!(bench.area.status().gesture);
    point(&thumb, "pointerup", 0, 0);
    until("the release", || !bench.area.status().gesture).await;
    let sent = bench.patches(2).await;
    assert_eq!(sent.iter().filter(|(phase, _)| *phase == COMMIT).count(), 1, "{sent:?}");
}
