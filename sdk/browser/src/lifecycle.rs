use fader_core::Lifecycle;
use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    fn listen(tell: &Function) -> Function;
    /// Whether the browser says that there is no network.
    #[wasm_bindgen(js_name = isOffline)]
    pub(crate) fn is_offline() -> bool;
}

/// In the order of `CHANGES` in `platform.js`.
const CHANGES: [Lifecycle; 7] = [
    Lifecycle::Online,
    Lifecycle::Offline,
    Lifecycle::PageShow,
    Lifecycle::PageHide,
    Lifecycle::Freeze,
    Lifecycle::Resume,
    Lifecycle::Visible,
];

/// Listens to what happens to the page, until dropped.
pub(crate) struct LifecycleListeners {
    stop: Function,
    _tell: Closure<dyn Fn(usize)>,
}

impl LifecycleListeners {
    pub(crate) fn new(on_change: impl Fn(Lifecycle) + 'static) -> Self {
        let tell = Closure::<dyn Fn(usize)>::new(move |index: usize| {
            if let Some(change) = CHANGES.get(index) {
                on_change(*change);
            }
        });
        Self { stop: listen(tell.as_ref().unchecked_ref()), _tell: tell }
    }
}

impl Drop for LifecycleListeners {
    fn drop(&mut self) {
        // Does not throw.
        let _ = self.stop.call0(&JsValue::UNDEFINED);
    }
}
