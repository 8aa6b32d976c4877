//! The moments of several groups together.

use faer::Mat;

use super::Moments;
use crate::EvalError;

impl Moments {
    /// Of the samples of all groups: the scatter about the mean of all is that of each group about
    /// its own, and the scatter of the groups' means.
    ///
    /// # Errors
    ///
    /// When there is no group, their widths differ, or a group's number of samples is not known.
    pub fn of_groups(groups: &[Self]) -> Result<Self, EvalError> {
        let Some(width) = groups.first().map(Self::width) else { return Err(EvalError::Empty) };
        if let Some(other) = groups.iter().map(Self::width).find(|other| *other != width) {
            return Err(EvalError::Widths { left: width, right: other });
        }
        let counts: Option<Vec<u64>> = groups.iter().map(Self::count).collect();
        let unknown = EvalError::Moments("the number of samples of a group is not known");
        let counts = counts.ok_or(unknown)?;
        let n = counts.iter().sum::<u64>() as f64;
        let weighted = || groups.iter().zip(counts.iter().map(|count| *count as f64));
        let mean: Vec<f64> =
            (0..width).map(|i| weighted().map(|(g, m)| m * g.mean()[i]).sum::<f64>() / n).collect();
        let mut scatter = Mat::<f64>::zeros(width, width);
        for (group, m) in weighted() {
            let away: Vec<f64> =
                group.mean().iter().zip(&mean).map(|(own, all)| own - all).collect();
            let own = group.matrix();
            for j in 0..width {
                for i in 0..width {
                    scatter[(i, j)] += (m - 1.0) * own[(i, j)] + m * away[i] * away[j];
                }
            }
        }
        scatter.col_iter_mut().for_each(|column| column.iter_mut().for_each(|x| *x /= n - 1.0));
        Ok(Self::from_parts(n as u64, mean, scatter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;

    #[test]
    fn groups_together_have_the_moments_of_all() {
        let values = (0..60).map(|at| ((at * at) % 17) as f32).collect();
        let all = Features::new(3, values).unwrap();
        let group = |rows: std::ops::Range<usize>| {
            Moments::of(&all.select(&rows.collect::<Vec<_>>())).unwrap()
        };
        let joined = Moments::of_groups(&[group(0..5), group(5..7), group(7..20)]).unwrap();
        let whole = Moments::of(&all).unwrap();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(joined.mean(), whole.mean()));
        assert!(near(&joined.covariance(), &whole.covariance()));
        assert_eq!(joined.count(), Some(20));
        assert_eq!(Moments::of_groups(&[]), Err(EvalError::Empty));
    }
}
