//! Two styles of emoji as two sets without pairs: Twitter's pictures of one half of the emoji, and
//! Google's of the other half, so that no emoji stands in both.
//!
//! From the npm packages `emoji-datasource-twitter` and `emoji-datasource-google`. The pictures are
//! Twemoji's (CC-BY 4.0) and Noto Emoji's (Apache 2.0).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::archive::Archive;
use super::emoji::{Emoji, LIST, NOTICE, TWITTER, divided, listed};

const GOOGLE: Archive = Archive {
    url: "https://registry.npmjs.org/emoji-datasource-google/-/emoji-datasource-google-16.0.0.tgz",
    sha256: "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
};

const CREDIT: &str = "\
Emoji of 64 x 64 pixels, unchanged. trainA and testA: graphics by Twitter, Inc. and the contributors of
Twemoji (https://github.com/jdecked/twemoji), licensed under CC-BY 4.0
(https://creativecommons.org/licenses/by/4.0/). trainB and testB: Noto Emoji by Google
(https://github.com/googlefonts/noto-emoji), licensed under the Apache License 2.0
(https://www.apache.org/licenses/LICENSE-2.0). From the npm packages emoji-datasource-twitter and
emoji-datasource-google 16.0.0 by Cal Henderson (MIT).
";

/// Where the pictures of each set lie in their package.
const PICTURES: [&str; 2] = ["package/img/twitter/64", "package/img/google/64"];

/// Fetches them into `into`; says how many of both together there are to learn from, and how many are
/// held out.
///
/// # Errors
///
/// When curl or tar fails, or a package is not as expected.
pub(super) fn fetch(into: &Path) -> Result<[usize; 2]> {
    let scratch = into.join(".fetched");
    TWITTER.unpack(&[LIST, PICTURES[0]], &scratch)?;
    GOOGLE.unpack(&[PICTURES[1]], &scratch)?;
    let counts = sort(listed(&scratch)?, &scratch, into)?;
    fs::remove_dir_all(&scratch)?;
    fs::write(into.join(NOTICE), CREDIT)?;
    Ok(counts)
}

/// Copies the pictures to where they belong.
fn sort(all: Vec<Emoji>, scratch: &Path, into: &Path) -> Result<[usize; 2]> {
    let mut counts = [0; 2];
    for (emoji, part, set) in apart(all) {
        let folder = into.join(["train", "test"][part].to_owned() + ["A", "B"][set]);
        fs::create_dir_all(&folder)?;
        let source = scratch.join(PICTURES[set]).join(&emoji.image);
        fs::copy(&source, folder.join(&emoji.image))
            .with_context(|| format!("cannot copy {}", source.display()))?;
        counts[part] += 1;
    }
    Ok(counts)
}

/// The emoji that have both pictures, whether each is held out (1) or not (0), and of which set (0 or 1)
/// it is: of each part, they belong to the sets in turn.
fn apart(mut all: Vec<Emoji>) -> impl Iterator<Item = (Emoji, usize, usize)> {
    all.retain(|emoji| emoji.has_img_google);
    let mut counts = [0; 2];
    divided(all).map(move |(emoji, part)| {
        counts[part] += 1;
        (emoji, part, (counts[part] - 1) % 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_emoji_is_in_one_set_and_both_parts_have_both_sets() {
        let emoji = |sort_order: u32| {
            let (image, category) = (format!("{sort_order}.png"), "Flags".to_owned());
            let (has_img_twitter, has_img_google) = (true, sort_order != 2);
            Emoji { image, category, sort_order, has_img_twitter, has_img_google }
        };
        let apart: Vec<_> = apart((0..17).map(emoji).collect()).collect();
        let of = |part: usize, set: usize| -> Vec<u32> {
            let some = apart.iter().filter(|found| (found.1, found.2) == (part, set));
            some.map(|(emoji, ..)| emoji.sort_order).collect()
        };
        assert_eq!(of(0, 0), [0, 3, 5, 7, 10, 12, 14]);
        assert_eq!(of(0, 1), [1, 4, 6, 9, 11, 13, 15]);
        assert_eq!((of(1, 0), of(1, 1)), (vec![8], vec![16]));
    }
}
