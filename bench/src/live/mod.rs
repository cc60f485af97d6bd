mod by_hand;
mod clock;
mod compute;
mod fader;
mod gesture;
mod line;
mod measure;
mod record;
mod scenario;
mod strategies;
mod worker;
use std::time::Duration;
use measure::*;
pub(crate) fn try_out() {
    let ms = Duration::from_millis;
    let seeds = 24;
    let arg = |n: &str| std::env::args().any(|a| a == n);
    let noise = if arg("noisy") {0.3} else {0.0};
    let grid = std::env::var("GRID").is_ok(); let rs: Vec<u64> = if grid {vec![0,1,20,100,150,600]} else {vec![5,50,300]}; let cs: Vec<u64> = if grid {vec![0,5,12,17,20,30,75,100,200,333,1000]} else {vec![1,50,500]};
    for rtt in rs { for c in cs.clone() {
        let mut sc = scenario::Scenario::new(ms(rtt), compute::Compute::steady(ms(c), noise), !arg("nocancel"));
        if arg("late") { sc.lateness = ms(4); sc.input = Duration::from_micros(16667); }
        if arg("jitter") { sc.jitter = 0.2; }
        if arg("cold") { sc.warm = false; }
        print!("{rtt:>3}/{c:<3} ");
        let mut row = |name: &str, f: &dyn Fn(u64)->Vec<record::Record>| {
            let ms: Vec<Measured> = (0..seeds).flat_map(|s| f(s*7919+17)).map(|r| Measured::new(&r, sc.cancellable)).collect();
            let all = |g: &dyn Fn(&Measured)->Vec<f64>| ms.iter().flat_map(|m| g(m)).collect::<Vec<_>>();
            let st = all(&|m| m.staleness.clone()); let ex = all(&|m| m.excess.clone());
            let fin = all(&|m| m.last.into_iter().collect()); let fe = all(&|m| m.last_excess.into_iter().collect());
            let fr = ms.iter().map(|m| m.frames).sum::<usize>() as f64 / ms.len() as f64;
            let rate = all(&|m| vec![m.rate]);
            println!("{name:>14} {fr:6.1}f {:5.1}/s(max {:5.1}, lim {:5.1}) final {:7.1} {:7.1} ({:6.1}) stale {:7.1} {:7.1} over p50 {:6.1} p99 {:6.1} max {:6.1}", rate.iter().sum::<f64>()/rate.len() as f64, quantile(&rate,1.0).unwrap(), if c>=50 {(1300.0/c as f64+5.0).min(60.0)} else {60.0},
              quantile(&fin,0.5).unwrap_or(f64::NAN), quantile(&fin,0.99).unwrap_or(f64::NAN), quantile(&fe,0.99).unwrap_or(f64::NAN), quantile(&st,0.99).unwrap(), quantile(&st,1.0).unwrap(), quantile(&ex,0.5).unwrap_or(f64::NAN), quantile(&ex,0.99).unwrap_or(f64::NAN), quantile(&ex,1.0).unwrap_or(f64::NAN));
        };
        if let Ok(t) = std::env::var("TRACE") { if t == format!("{rtt}/{c}") {
            for i in 0..seeds { let r = fader::drag(&sc, Default::default(), i*7919+17).unwrap().remove(0); let m = Measured::new(&r, true);
              let worst = m.excess.iter().copied().fold(0.0, f64::max);
              if worst < std::env::var("MIN").unwrap().parse().unwrap() { continue }
              println!("seed {i} worst {worst}"); let z = r.gesture.first; let mut ev: Vec<(Duration,String)> = r.frames.iter().map(|f| (*f-z, format!("send     (arrives {:.1})", (*f - z + sc.rtt/2).as_secs_f64()*1e3))).collect();
              let mut newest=0; for s in &r.shown { let start = s.at - z - sc.rtt/2 - s.service; ev.push((start, format!("   start input {} service {:.1} ends {:.1} excess {:.1}", s.input, s.service.as_secs_f64()*1e3, (start+s.service).as_secs_f64()*1e3, (s.at - r.gesture.at(newest+1)).as_secs_f64()*1e3 - (s.trip+s.service+s.before.max(FRAME)).as_secs_f64()*1e3))); newest=s.input; ev.push((s.at-z, "      ack".into())); }
              ev.sort(); for (t,e) in ev { println!("{:8.1} {e}", t.as_secs_f64()*1e3); } println!("end {:?}", r.gesture.length()); break }
        } }
        row("fader", &|s| fader::drag(&sc, Default::default(), s).unwrap());
        if arg("all") { for (name, make) in strategies::all() { print!("        "); row(name, &|s| vec![by_hand::drag(&sc, make(), s)]); } }
    }}
}
