//! Twitter's emoji: 64 x 64 pixels in colour, a folder a category, one in eight held out.
//!
//! From the npm package `emoji-datasource-twitter`. Its pictures are Twemoji's, under CC-BY 4.0, which
//! wants the source to be named; the list of them is under the MIT licence.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::archive::Archive;

pub(super) const TWITTER: Archive = Archive {
    url: "https://registry.npmjs.org/emoji-datasource-twitter/-/\
          emoji-datasource-twitter-16.0.0.tgz",
    sha256: "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
};

/// The file that says where the pictures are from; it is written last.
pub(super) const NOTICE: &str = "NOTICE.txt";

const CREDIT: &str = "\
Emoji of 64 x 64 pixels: graphics by Twitter, Inc. and the contributors of Twemoji
(https://github.com/jdecked/twemoji), licensed under CC-BY 4.0
(https://creativecommons.org/licenses/by/4.0/). Unchanged, but for their order: from the npm package
emoji-datasource-twitter 16.0.0 by Cal Henderson (MIT), sorted into folders by category.
";

/// One in so many is held out, counted in Unicode's order.
const HELD_OUT: usize = 8;

/// What the package says of an emoji.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Emoji {
    pub(super) image: String,
    pub(super) category: String,
    pub(super) sort_order: u32,
    pub(super) has_img_twitter: bool,
    pub(super) has_img_google: bool,
}

/// Fetches them into `into`; says how many there are to learn from, and how many are held out.
///
/// # Errors
///
/// When curl or tar fails, or the package is not as expected.
pub(super) fn fetch(into: &Path) -> Result<[usize; 2]> {
    let scratch = into.join(".fetched");
    TWITTER.unpack(&[LIST, "package/img/twitter/64"], &scratch)?;
    let counts = sort(listed(&scratch)?, &scratch.join("package/img/twitter/64"), into)?;
    fs::remove_dir_all(&scratch)?;
    fs::write(into.join(NOTICE), CREDIT)?;
    Ok(counts)
}

/// The file of a package that lists the emoji.
pub(super) const LIST: &str = "package/emoji.json";

/// The emoji that an unpacked package lists.
pub(super) fn listed(scratch: &Path) -> Result<Vec<Emoji>> {
    let list = scratch.join(LIST);
    let text = fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Copies the pictures to where they belong.
fn sort(all: Vec<Emoji>, from: &Path, into: &Path) -> Result<[usize; 2]> {
    let mut counts = [0; 2];
    for (emoji, part) in divided(all) {
        let folder = into.join(["train", "test"][part]).join(folder_name(&emoji.category));
        fs::create_dir_all(&folder)?;
        let (source, to) = (from.join(&emoji.image), folder.join(&emoji.image));
        fs::copy(&source, &to).with_context(|| format!("cannot copy {}", source.display()))?;
        counts[part] += 1;
    }
    Ok(counts)
}

/// The emoji with a picture, in Unicode's order, and whether each is held out (1) or not (0). Those
/// that only change another's skin are left out.
pub(super) fn divided(mut all: Vec<Emoji>) -> impl Iterator<Item = (Emoji, usize)> {
    all.retain(|emoji| emoji.has_img_twitter && emoji.category != "Component");
    all.sort_by_key(|emoji| emoji.sort_order);
    let part = |idx| usize::from(idx % HELD_OUT == HELD_OUT - 1);
    all.into_iter().enumerate().map(move |(idx, emoji)| (emoji, part(idx)))
}

/// `Smileys & Emotion` to `smileys-emotion`.
fn folder_name(category: &str) -> String {
    let words = category.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emoji(sort_order: u32, category: &str) -> Emoji {
        let (image, category) = (format!("{sort_order}.png"), category.to_owned());
        let has_img_twitter = sort_order != 3;
        Emoji { image, category, sort_order, has_img_twitter, has_img_google: true }
    }

    #[test]
    fn one_in_eight_with_a_picture_is_held_out() {
        let mut all: Vec<_> = (0..18).rev().map(|order| emoji(order, "Flags")).collect();
        all.push(emoji(18, "Component"));
        let divided: Vec<_> = divided(all).map(|(emoji, part)| (emoji.sort_order, part)).collect();
        let held_out: Vec<_> = divided.iter().filter(|(_, part)| *part == 1).collect();
        // 0, 1, 2, 4, 5, 6, 7, then 8.
        assert_eq!((divided.len(), held_out), (17, vec![&(8, 1), &(16, 1)]));
    }

    #[test]
    fn emoji_lie_in_the_folder_of_their_category() {
        let (from, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(from.path().join("1.png"), "x").unwrap();
        let all = vec![emoji(1, "Smileys & Emotion")];
        assert_eq!(sort(all, from.path(), into.path()).unwrap(), [1, 0]);
        assert!(into.path().join("train/smileys-emotion/1.png").is_file());
    }
}
