//! Workers that run ahead: results arrive in the order of their tickets, however many workers
//! there are, and never more than a few wait.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::decode::panic_message;

/// Results made ahead, beyond one for each worker.
const SPARE: u64 = 2;

/// What a ticket came to: a result, or the message of the panic that it ended in.
pub(crate) type Outcome<T> = Result<T, String>;

/// Threads that make the results of tickets 0, 1, 2, ...
#[derive(Debug)]
pub(crate) struct Crew<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    /// Signalled whenever the state changes.
    changed: Condvar,
    /// Tickets that may be taken beyond the last that was collected.
    window: u64,
}

#[derive(Debug)]
struct State<T> {
    next_ticket: u64,
    collected: u64,
    ready: BTreeMap<u64, Outcome<T>>,
    stopping: bool,
}

impl<T: Send + 'static> Crew<T> {
    /// Starts `n_workers` threads (at least one) that turn tickets into results by `make`.
    ///
    /// # Errors
    ///
    /// When the system starts no thread.
    pub(crate) fn start(
        n_workers: usize,
        make: impl Fn(u64) -> T + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                next_ticket: 0,
                collected: 0,
                ready: BTreeMap::new(),
                stopping: false,
            }),
            changed: Condvar::new(),
            window: n_workers as u64 + SPARE,
        });
        let make = Arc::new(make);
        let mut crew = Self { shared, threads: Vec::new() };
        for worker_idx in 0..n_workers.max(1) {
            let (shared, make) = (Arc::clone(&crew.shared), Arc::clone(&make));
            let thread = thread::Builder::new()
                .name(format!("kiln-data-{worker_idx}"))
                .spawn(move || shared.work(&*make))?;
            crew.threads.push(thread);
        }
        Ok(crew)
    }

    /// The result of the next ticket; waits until it is made.
    pub(crate) fn collect(&self) -> Outcome<T> {
        let mut state = self.shared.lock();
        loop {
            let ticket = state.collected;
            if let Some(outcome) = state.ready.remove(&ticket) {
                state.collected += 1;
                self.shared.changed.notify_all();
                return outcome;
            }
            state = self.shared.wait(state);
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one result after another until the crew stops.
    fn work(&self, make: &dyn Fn(u64) -> T) {
        while let Some(ticket) = self.take_ticket() {
            // Whatever happens, the ticket is answered: nobody waits for ever.
            let outcome = catch_unwind(AssertUnwindSafe(|| make(ticket)))
                .map_err(|panic| panic_message(&*panic));
            self.lock().ready.insert(ticket, outcome);
            self.changed.notify_all();
        }
    }

    /// The next ticket, once there is room for its result; none when the crew stops.
    fn take_ticket(&self) -> Option<u64> {
        let mut state = self.lock();
        while !state.stopping && state.next_ticket >= state.collected + self.window {
            state = self.wait(state);
        }
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        (!state.stopping).then_some(ticket)
    }
}

impl<T> Drop for Crew<T> {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A worker catches the panics of its work; there is nothing to learn from its end.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_although_early_tickets_take_longer() {
        for n_workers in [1, 2, 7] {
            let crew = Crew::start(n_workers, |ticket| {
                thread::sleep(Duration::from_millis(3 * (3 - ticket % 4)));
                ticket
            });
            let crew = crew.unwrap();
            let results: Vec<u64> = (0..20).map(|_| crew.collect().unwrap()).collect();
            assert_eq!(results, (0..20).collect::<Vec<_>>());
        }
    }

    #[test]
    fn only_a_few_results_are_made_ahead() {
        let n_made = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&n_made);
        let crew = Crew::start(2, move |_| counter.fetch_add(1, Ordering::SeqCst)).unwrap();
        crew.collect().unwrap();
        thread::sleep(Duration::from_millis(100));
        // One collected, and at most workers + spare ahead of it.
        assert_eq!(n_made.load(Ordering::SeqCst), 1 + 2 + SPARE);
    }

    #[test]
    fn a_panic_is_an_answer_and_the_crew_goes_on() {
        let crew = Crew::start(2, |ticket| {
            assert!(ticket != 1, "ticket one");
            ticket
        });
        let crew = crew.unwrap();
        assert_eq!(crew.collect(), Ok(0));
        assert_eq!(crew.collect(), Err("ticket one".into()));
        assert_eq!(crew.collect(), Ok(2));
    }

    #[test]
    fn a_dropped_crew_joins_its_threads() {
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        let crew = Crew::start(3, move |ticket| {
            let _held = &held;
            ticket
        });
        drop(crew.unwrap());
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
