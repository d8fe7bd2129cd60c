//! A thermostat that is turned while the heating looks at it: only the newest setting counts.

#![expect(clippy::print_stdout, reason = "an example speaks to its reader")]

use std::thread;

use channels::watch;
use futures_lite::future::block_on;

#[derive(Clone)]
struct Setting {
    degrees: i32,
    is_on: bool,
}

fn main() {
    let (thermostat, mut heating) = watch::channel(Setting {
        degrees: 18,
        is_on: true,
    });
    let hand = thread::spawn(move || {
        for _ in 0..4 {
            thermostat.send_if_modified(|setting| {
                setting.degrees += 1;
                true
            });
        }
        let last = thermostat.send_replace(Setting {
            degrees: 0,
            is_on: false,
        });
        println!("turned off at {} degrees", last.degrees);
    });
    block_on(async {
        let mut setting = heating.borrow_and_update();
        while setting.is_on {
            // The snapshot holds no lock: heating may take its time.
            println!("heating to {} degrees", setting.degrees);
            heating
                .changed()
                .await
                .expect("it is turned off before it is dropped");
            setting = heating.borrow_and_update();
        }
    });
    hand.join().expect("the hand does not panic");
}
