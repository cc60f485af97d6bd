//! TypeScript types of what a server offers, from the same contract that its handlers use.
//!
//! The contract's structs derive [`ts_rs::TS`], which understands serde's attributes. [`Api`]
//! collects methods, topics and live groups, and writes the interface that the npm package's
//! `connect<Api>(url)` takes. [`Bytes`](fader_protocol::Bytes) are a `Uint8Array`.
//!
//! ```
//! use fader_protocol::{LiveGroup, Method, NoError};
//! use fader_typescript::Api;
//! use serde::{Deserialize, Serialize};
//! use ts_rs::TS;
//!
//! struct Sum;
//!
//! #[derive(Serialize, Deserialize, TS)]
//! struct Terms { a: f64, b: f64 }
//!
//! impl Method for Sum {
//!     const NAME: &'static str = "sum";
//!     type Params = Terms;
//!     type Reply = f64;
//!     type Error = NoError;
//! }
//!
//! let text = Api::new().method::<Sum>().to_string();
//! assert!(text.contains("type Terms = { a: number, b: number, };"));
//! assert!(text.contains("\"sum\": { params: Terms; reply: number };"));
//! ```

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use fader_protocol::{LiveGroup, Method, StreamMethod, Topic};
use ts_rs::{Config, TS, TypeVisitor};

/// What a server offers; displays itself as a TypeScript module that exports `Api`.
pub struct Api {
    config: Config,
    methods: BTreeMap<&'static str, String>,
    streams: BTreeMap<&'static str, String>,
    members: BTreeMap<&'static str, String>,
    topics: BTreeMap<&'static str, String>,
    live: BTreeMap<&'static str, String>,
    /// The declarations of the contract's own types, by name.
    types: BTreeMap<String, String>,
    visited: HashSet<TypeId>,
}

impl Api {
    /// A server that offers nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            // What JSON makes of large integers, too.
            config: Config::new().with_large_int("number"),
            methods: BTreeMap::new(),
            streams: BTreeMap::new(),
            members: BTreeMap::new(),
            topics: BTreeMap::new(),
            live: BTreeMap::new(),
            types: BTreeMap::new(),
            visited: HashSet::new(),
        }
    }

    /// With the method `M`.
    #[must_use]
    pub fn method<M: Method<Params: TS, Reply: TS>>(mut self) -> Self {
        let (params, reply) = (self.name::<M::Params>(), self.name::<M::Reply>());
        self.methods.insert(M::NAME, format!("{{ params: {params}; reply: {reply} }}"));
        self
    }

    /// With the topic `T`.
    #[must_use]
    pub fn topic<T: Topic<Event: TS>>(mut self) -> Self {
        let event = self.name::<T::Event>();
        self.topics.insert(T::NAME, event);
        self
    }

    /// With the method `M`, which answers with many items.
    #[must_use]
    pub fn stream<M: StreamMethod<Params: TS, Item: TS>>(mut self) -> Self {
        let (params, item) = (self.name::<M::Params>(), self.name::<M::Item>());
        self.streams.insert(M::NAME, format!("{{ params: {params}; item: {item} }}"));
        self
    }

    /// With what the subscribers of the topic `T` are told of each other.
    #[must_use]
    pub fn members<T: Topic<Member: TS>>(mut self) -> Self {
        let member = self.name::<T::Member>();
        self.members.insert(T::NAME, member);
        self
    }

    /// With the live group `G`.
    #[must_use]
    pub fn live<G: LiveGroup<Model: TS, Result: TS>>(mut self) -> Self {
        let (model, result) = (self.name::<G::Model>(), self.name::<G::Result>());
        self.live.insert(G::NAME, format!("{{ model: {model}; result: {result} }}"));
        self
    }

    /// The type as TypeScript refers to it. It and what it is made of are declared.
    fn name<T: TS + 'static + ?Sized>(&mut self) -> String {
        self.visit::<T>();
        T::name(&self.config)
    }
}

impl TypeVisitor for Api {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // A type may be made of itself.
        if !self.visited.insert(TypeId::of::<T>()) {
            return;
        }
        // Only types of an app's own have a file of their own.
        if T::output_path().is_some() {
            self.types.insert(T::ident(&self.config), T::decl(&self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "// Generated from the Rust contract: do not edit.\n")?;
        for declaration in self.types.values() {
            writeln!(f, "export {declaration}\n")?;
        }
        writeln!(f, "export interface Api {{")?;
        for (kind, all) in [
            ("methods", &self.methods),
            ("streams", &self.streams),
            ("topics", &self.topics),
            ("members", &self.members),
            ("live", &self.live),
        ] {
            writeln!(f, "  {kind}: {{")?;
            for (name, types) in all {
                writeln!(f, "    {name:?}: {types};")?;
            }
            writeln!(f, "  }};")?;
        }
        writeln!(f, "}}")
    }
}
