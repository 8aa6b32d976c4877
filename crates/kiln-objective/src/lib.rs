//! Losses, penalties and regularisers: pure functions of what the critic returns.
