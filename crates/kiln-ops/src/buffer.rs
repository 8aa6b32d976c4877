//! Memory that is not cleared before it is written.
#![expect(unsafe_code, reason = "a vector's length is set before its numbers are written")]

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// A vector of `len` numbers, every one of which `fill` writes. In a debug build they are NaN
/// before, so that a test finds one that was left out.
///
/// # Safety
///
/// `fill` writes every number, and reads none that it has not written.
pub(crate) unsafe fn written(len: usize, fill: impl FnOnce(&mut [f32])) -> Vec<f32> {
    #[expect(clippy::uninit_vec, reason = "clearing them costs as much as some kernels")]
    let mut values = if cfg!(debug_assertions) {
        vec![f32::NAN; len]
    } else {
        let mut values = Vec::with_capacity(len);
        // SAFETY: the capacity is there, and the caller's promise covers the contents.
        unsafe {
            values.set_len(len);
        }
        values
    };
    fill(&mut values);
    values
}

/// Numbers for the time of one call: what they are at first is anything. The memory goes back to a
/// shelf, from where the next call takes it without asking the system.
#[derive(Debug)]
pub(crate) struct Room {
    values: Vec<f32>,
    len: usize,
}

static SHELF: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

impl Room {
    /// Room for `len` numbers.
    pub(crate) fn of(len: usize) -> Self {
        let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = shelf.iter().enumerate().filter(|(_, values)| values.len() >= len);
        let best = fits.min_by_key(|(_, values)| values.len()).map(|(idx, _)| idx);
        // If none fits, one that is too small is given up, so that the shelf does not grow.
        let taken = match best {
            Some(idx) => Some(shelf.swap_remove(idx)),
            None => shelf.pop(),
        };
        drop(shelf);
        let fitting = taken.filter(|values| values.len() >= len);
        let mut values = fitting.unwrap_or_else(|| vec![0.0; len]);
        if cfg!(debug_assertions) {
            values.fill(f32::NAN);
        }
        Self { values, len }
    }

    /// Room for `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut room = Self::of(len);
        room.fill(0.0);
        room
    }
}

impl Deref for Room {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.len]
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.len]
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        SHELF.lock().unwrap_or_else(PoisonError::into_inner).push(values);
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn room_has_the_length_asked_for_whatever_lies_on_the_shelf() {
        for len in [5, 3, 100, 0, 7] {
            let (a, b) = (Room::of(len), Room::zeros(len));
            assert_eq!([a.len(), b.len()], [len; 2]);
            assert!(b.iter().all(|x| *x == 0.0));
        }
    }
}
