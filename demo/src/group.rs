use fader::LiveGroup;
use fader_demo_contract::{Curve, Equaliser};

/// An equaliser on the server: this page's own, or the one that all share.
pub(crate) trait EqGroup: LiveGroup<Model = Equaliser, Result = Curve> {}

impl<G: LiveGroup<Model = Equaliser, Result = Curve>> EqGroup for G {}
