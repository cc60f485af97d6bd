//! The handlers of `docs/handlers.md`, in a server that runs:
//! `cargo run -p fader-server --example handlers`. A test checks that the page shows
//! them as they are here.

use std::time::Duration;

use fader_server::{
    CancellationToken, HandlerError, LiveContext, LiveGroup, LiveOptions, Phase, Server,
};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

/// A part of a fractal that a person moves and zooms.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct View {
    x: f64,
    y: f64,
    zoom: f64,
}

/// Brightness, row by row.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Image {
    width: usize,
    pixels: Vec<u8>,
}

macro_rules! views {
    ($($group:ident $name:literal)*) => {$(
        struct $group;

        impl LiveGroup for $group {
            const NAME: &'static str = $name;
            type Model = View;
            type Result = Image;
        }
    )*};
}

views! {
    Quick "quick"
    Whole "whole"
    Refined "refined"
    Elsewhere "elsewhere"
    Saved "saved"
    Shared "shared"
    Erratic "erratic"
}

async fn quick(_: LiveContext, view: View) -> Result<Image, HandlerError> {
    if view.zoom <= 0.0 {
        return Err(HandlerError::new("out-of-range", "the zoom must be positive"));
    }
    Ok(Image { width: 1, pixels: vec![brightness(view.x, view.y)] })
}

/// The image, unless it is cancelled before it is done.
fn render(view: &View, width: usize, cancelled: &CancellationToken) -> Option<Image> {
    let mut pixels = Vec::with_capacity(width * width);
    for row in 0..width {
        if cancelled.is_cancelled() {
            return None;
        }
        pixels.extend((0..width).map(|column| pixel(view, width, column, row)));
    }
    Some(Image { width, pixels })
}

async fn whole(context: LiveContext, view: View) -> Result<Image, HandlerError> {
    let cancelled = context.cancellation();
    let work = spawn_blocking(move || render(&view, 512, &cancelled));
    work.await?.ok_or_else(superseded)
}

async fn refined(context: LiveContext, view: View) -> Result<Image, HandlerError> {
    let work = spawn_blocking(move || {
        let cancelled = context.cancellation();
        for width in [32, 128] {
            let coarse = render(&view, width, &cancelled).ok_or_else(superseded)?;
            context.partial(&coarse)?;
        }
        render(&view, 512, &cancelled).ok_or_else(superseded)
    });
    work.await?
}

async fn elsewhere(context: LiveContext, view: View) -> Result<Image, HandlerError> {
    let cancelled = context.cancellation();
    tokio::select! {
        () = cancelled.cancelled() => Err(superseded()),
        image = ask_another_service(view) => image,
    }
}

async fn saved(context: LiveContext, view: View) -> Result<Image, HandlerError> {
    if context.phase() == Phase::Commit {
        save(&view).await?;
    }
    whole(context, view).await
}

async fn shared(context: LiveContext, view: View) -> Result<Image, HandlerError> {
    context.push_to_others(&view)?;
    whole(context, view).await
}

/// Some keys of [`View`].
#[derive(Serialize)]
struct Zoom {
    zoom: f64,
}

async fn zoom_in(server: Server) -> Result<(), fader_server::PushError> {
    for step in 1..=10 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        server.push::<Shared>(&Zoom { zoom: f64::from(step) })?;
    }
    Ok(())
}

fn server() -> Result<Server, fader_server::BuildError> {
    let erratic = LiveOptions {
        preempt_after: Some(Duration::from_millis(400)),
        time_limit: Duration::from_secs(5),
        ..LiveOptions::default()
    };
    let together = LiveOptions { keep_pushed: true, ..LiveOptions::default() };
    Server::builder()
        .live::<Whole>(whole)
        .live_with::<Erratic>(erratic, whole)
        .live::<Quick>(quick)
        .live::<Refined>(refined)
        .live::<Elsewhere>(elsewhere)
        .live::<Saved>(saved)
        .live_with::<Shared>(together, shared)
        .build()
}

/// Nobody sees it: what a cancelled call returns is dropped.
fn superseded() -> HandlerError {
    HandlerError::new("superseded", "a newer value is there")
}

fn pixel(view: &View, width: usize, column: usize, row: usize) -> u8 {
    let at = |index: usize| (index as f64 / width as f64 - 0.5) * 4.0 / view.zoom;
    brightness(view.x + at(column), view.y + at(row))
}

/// How soon the point leaves the circle of radius 2, of the Mandelbrot set.
fn brightness(x: f64, y: f64) -> u8 {
    let (mut re, mut im) = (0.0, 0.0);
    for step in 0..=u8::MAX {
        (re, im) = (re * re - im * im + x, 2.0 * re * im + y);
        if re * re + im * im > 4.0 {
            return step;
        }
    }
    u8::MAX
}

/// In the place of an HTTP request or a database.
async fn ask_another_service(view: View) -> Result<Image, HandlerError> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(Image { width: 1, pixels: vec![brightness(view.x, view.y)] })
}

async fn save(view: &View) -> Result<(), HandlerError> {
    tracing::info!(?view, "saved");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = server()?;
    let app: axum::Router = axum::Router::new().route("/fader", server.route());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    tokio::spawn(zoom_in(server));
    axum::serve(listener, app).await?;
    Ok(())
}
