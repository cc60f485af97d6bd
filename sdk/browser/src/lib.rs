//! A realtime client for web pages: requests and live input over one connection.
