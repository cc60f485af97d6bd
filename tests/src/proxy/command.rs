//! What a proxy is told, one command a line, and what it answers.
//!
//! | command | means |
//! |---|---|
//! | `delay up 25`, `delay down 25` | each byte takes 25 ms in that direction |
//! | `hold up`, `hold down` | nothing is passed on in that direction, and nobody is told |
//! | `release` | what was held back goes on its way |
//! | `cut` | all open connections are cut |
//! | `cut-after down 137` | a connection is cut after exactly 137 bytes in that direction |
//! | `cut-after down never` | it is not |
//! | `chop 3` | what is passed on is chopped into pieces of 1 to 3 bytes; `chop 0`: it is not |
//! | `hang on`, `hang off` | nothing comes of new connections |
//! | `stats` | asks what went through |
//!
//! The answer is `ok`, `ok connections=… up=… down=…` after `stats`, or `error` and why.

use std::time::Duration;

use super::{Direction, Proxy};

/// Obeys one line, and says what to answer.
///
/// # Errors
/// When the line is no command.
pub fn obey(proxy: &Proxy, line: &str) -> Result<String, String> {
    let words: Vec<_> = line.split_whitespace().collect();
    match words.as_slice() {
        ["delay", way, time] => {
            let (way, time) = (direction(way)?, Duration::from_millis(number(time)?));
            proxy.change(|faults| faults.delay(way, time));
        }
        ["hold", way] => {
            let way = direction(way)?;
            proxy.change(|faults| faults.hold(way, true));
        }
        ["release"] => proxy.change(|faults| {
            faults.hold(Direction::Up, false);
            faults.hold(Direction::Down, false);
        }),
        ["cut"] => proxy.change(super::Faults::cut),
        ["cut-after", way, bytes] => {
            let way = direction(way)?;
            let bytes = if *bytes == "never" { None } else { Some(number(bytes)?) };
            proxy.change(|faults| faults.cut_after(way, bytes));
        }
        ["chop", most] => {
            let most = usize::try_from(number(most)?).unwrap_or(usize::MAX);
            proxy.change(|faults| faults.chop((most > 0).then_some(most)));
        }
        ["hang", "on"] => proxy.change(|faults| faults.hang(true)),
        ["hang", "off"] => proxy.change(|faults| faults.hang(false)),
        ["stats"] => {
            let stats = proxy.stats();
            return Ok(format!(
                "ok connections={} up={} down={}",
                stats.connections, stats.up, stats.down
            ));
        }
        _ => return Err(format!("no such command: {line}")),
    }
    Ok("ok".into())
}

fn direction(word: &str) -> Result<Direction, String> {
    match word {
        "up" => Ok(Direction::Up),
        "down" => Ok(Direction::Down),
        _ => Err(format!("neither up nor down: {word}")),
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("not a number: {word}"))
}
