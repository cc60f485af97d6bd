use std::cell::RefCell;
use std::rc::Rc;

/// The keys of the controls of one group that are held at the moment: by several
/// fingers, or by the next control before the last one's `blur`. The end of one
/// control's gesture does not end those of the others.
#[derive(Debug, Default)]
pub struct Held(RefCell<Vec<Rc<[String]>>>);

impl Held {
    pub(super) fn add(&self, control: &Rc<[String]>) {
        self.0.borrow_mut().push(Rc::clone(control));
    }

    pub(super) fn remove(&self, control: &Rc<[String]>) {
        self.0.borrow_mut().retain(|held| !Rc::ptr_eq(held, control));
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.0.borrow().iter().flat_map(|keys| keys.iter().cloned()).collect()
    }
}
