//! How a batch is shared out among tasks.

/// Images that one task computes together, at most `most`: so few that there are four tasks, or eight, or
/// more of fours, where the batch has as many images, and two or four threads finish together.
pub(super) fn images_a_task(batch: usize, most: usize) -> usize {
    batch.div_ceil(batch.div_ceil(most).next_multiple_of(4).min(batch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_fours_of_tasks_where_there_are_as_many_images() {
        for (batch, most, images) in [
            (8, 1, 1),
            (8, 3, 2),
            (8, 12, 2),
            (64, 3, 3),
            (64, 12, 8),
            (3, 12, 1),
            (1, 9, 1),
            (5, 2, 2),
        ] {
            assert_eq!(images_a_task(batch, most), images, "{batch} by {most}");
        }
    }
}
