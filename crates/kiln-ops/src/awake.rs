//! Threads that stay awake from one kernel to the next.
//!
//! A thread of rayon's sleeps some twenty microseconds after its last work. In a round of a small network
//! more lies between two kernels, and to be woken takes a thread as long as some of them.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use rayon::Yield;

/// How long a thread looks for work that does not come: longer than what lies between two kernels, short
/// enough to cost nobody else much.
const PATIENCE: Duration = Duration::from_micros(300);

thread_local! {
    /// Whether this thread looks for work already, further up its stack.
    static LOOKS: Cell<bool> = const { Cell::new(false) };
}

/// Has the other threads of rayon's pool look for work without going to sleep, each until none came for
/// some 300 microseconds. Called once a round, it keeps them awake through the round.
///
/// Does nothing on a thread outside the pool, whose processor they would take.
pub fn keep_awake() {
    if let Some(here) = rayon::current_thread_index() {
        rayon::spawn_broadcast(move |thread| {
            if thread.index() != here && !LOOKS.replace(true) {
                look_for_work();
                LOOKS.set(false);
            }
        });
        // This thread's own call, which would wait for as long as it is busy.
        rayon::yield_local();
    }
}

fn look_for_work() {
    let mut last = Instant::now();
    while last.elapsed() < PATIENCE {
        match rayon::yield_now() {
            Some(Yield::Executed) => last = Instant::now(),
            // Whoever else wants the processor has it.
            Some(Yield::Idle) | None => thread::yield_now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rayon::prelude::*;

    use super::*;

    /// Rounds in rounds, work within work: whoever waits may find a thread's own call to stay awake.
    #[test]
    fn work_is_done_and_threads_come_to_rest() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let done = AtomicUsize::new(0);
        pool.install(|| {
            for _ in 0..100 {
                keep_awake();
                (0..8).into_par_iter().for_each(|_| {
                    keep_awake();
                    (0..8).into_par_iter().for_each(|_| {
                        done.fetch_add(1, Ordering::Relaxed);
                    });
                });
            }
        });
        assert_eq!(done.into_inner(), 6400);
        // Whoever looks for work finds this, too, and looks on.
        while pool.broadcast(|_| LOOKS.get()) != [false; 3] {
            thread::sleep(2 * PATIENCE);
        }
    }

    #[test]
    fn outside_the_pool_nothing_is_asked_for() {
        keep_awake();
        // A thread that had been asked would look for work by now, and find this.
        assert!(!rayon::broadcast(|_| LOOKS.get()).contains(&true));
    }
}
